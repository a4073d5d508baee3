# Where no libuv is installed, the wheel runs all the same.
. Tools/check.sh
out=$PWD/.build/wheel
python=$out/venv/bin/python
mkdir -p "$out/hidden"

without_libuv() {
  Tests/Wheel/hidden "$out/hidden" env -i "$@"
}

# Else the next one would prove nothing.
no_libuv_there() {
  local said library=$PWD/.build/lib/libroost.so
  said=$(without_libuv ROOST_LIBRARY="$library" "$python" -m roost 2>&1) && return 1
  echo "$said"
  grep -q 'ImportError: .*libuv\.so\.1' <<<"$said" || [ "$said" != 'needs root' ] || return 77
}

first_program() {
  local said
  said=$(without_libuv "$python" Examples/hello/main.py) ||
    { [ "$said" != 'needs root' ] || return 77; }
  same "$(cat Examples/hello/expected.txt)" "$said"
}

check 'without libuv the library of the system does not load' no_libuv_there
check 'without libuv the wheel runs a first program' first_program
