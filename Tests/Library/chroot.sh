# It loads and runs where there is nothing but libc, its loader and libuv.
. Tools/check.sh
root=.build/library/root

in_a_chroot() {
  chroot / true 2>/dev/null || {
    echo 'needs root'
    return 77
  }
  rm -rf $root
  mkdir -p $root/lib
  cc -IInclude Tests/Library/hello.c -o $root/hello -L.build/lib -lroost
  cp -L .build/lib/libroost.so.? $root/lib

  # Of `libc.so.6 => /lib/x/libc.so.6 (0x0)` and `/lib64/ld-linux-x86-64.so.2 (0x0)`, the paths.
  local path
  for path in $(ldd .build/lib/libroost.so | grep -oE '/[^ ]*/(ld-linux|libc\.|libuv\.)[^ ]*'); do
    case $path in
      */ld-linux*) install -D "$path" "$root$path" ;;
      *) cp -L "$path" $root/lib ;;
    esac
  done
  env -i LD_LIBRARY_PATH=/lib "$(command -v chroot)" $root /hello
}

check 'it runs in a chroot with libc and libuv only' in_a_chroot
