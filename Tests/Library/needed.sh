# The shared library needs libuv and libc and nothing else, has its name, and binds at once.
. Tools/check.sh
library=.build/lib/libroost.so

dynamic() {
  readelf --dynamic --wide $library
}

needs_libuv_and_libc() {
  same $'libc.so.6\nlibuv.so.1' "$(dynamic | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort)"
}

has_its_name() {
  same "libroost.so.$(Tools/version | cut -d . -f 1)" \
    "$(dynamic | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')"
}

is_read_only_after_loading() {
  dynamic | grep -q 'BIND_NOW' && readelf --segments --wide $library | grep -q 'GNU_RELRO'
}

has_no_executable_stack() {
  readelf --segments --wide $library | grep -q 'GNU_STACK .* RW '
}

check 'it needs libuv and libc only' needs_libuv_and_libc
check 'its SONAME has the major version' has_its_name
check 'what is linked is read-only after loading' is_read_only_after_loading
check 'its stack is not executable' has_no_executable_stack
