# What `make install` puts down is enough to build programs, by pkg-config and by CMake.
. Tools/check.sh
out=$PWD/.build/library
prefix=$out/prefix
version=$(Tools/version)

install_tree() {
  rm -rf "$prefix"
  make --no-print-directory install PREFIX="$prefix"
  (cd "$prefix" && find . ! -type d ! -path './share/man/*' | sort) >"$out/installed"
  same "./include/roost.h
./include/roost_fiber.h
./include/roost_host.h
./include/roost_uv.h
./lib/cmake/Roost/RoostConfig.cmake
./lib/cmake/Roost/RoostConfigVersion.cmake
./lib/libroost.a
./lib/libroost.so
./lib/libroost.so.${version%%.*}
./lib/libroost.so.$version
./lib/pkgconfig/roost.pc" "$(cat "$out/installed")"
}

# The overview, and a page for each function.
manual_pages() {
  local name
  [ -f "$prefix/share/man/man7/roost.7" ]
  for name in $(Tools/functions); do
    [ -f "$prefix/share/man/man3/$name.3" ] || echo "$name"
  done >"$out/without-a-page"
  same '' "$(cat "$out/without-a-page")"
}

# A package builder's way: the files land under DESTDIR, and speak of PREFIX.
install_for_a_package() {
  rm -rf "$out/destdir"
  make --no-print-directory install PREFIX=/usr DESTDIR="$out/destdir"
  grep -qx 'prefix=/usr' "$out/destdir/usr/lib/pkgconfig/roost.pc"
  cmp "$prefix/lib/libroost.so.$version" "$out/destdir/usr/lib/libroost.so.$version"
}

# pkg-config's answer is words.
# shellcheck disable=SC2046
by_pkg_config() {
  export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
  same "$version" "$(pkg-config --modversion roost)"
  cc Tests/Library/hello.c -o "$out/by-pkg-config" $(pkg-config --cflags --libs roost)
  LD_LIBRARY_PATH=$prefix/lib "$out/by-pkg-config"
}

# shellcheck disable=SC2046
by_pkg_config_static() {
  export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
  cc Tests/Library/hello.c -o "$out/static" $(pkg-config --cflags roost) \
    "$prefix/lib/libroost.a" $(pkg-config --libs libuv)
  "$out/static"
}

by_cmake() {
  rm -rf "$out/cmake"
  cmake -S Tests/Library/cmake -B "$out/cmake" -DCMAKE_PREFIX_PATH="$prefix" -DWANTED="$1" &&
    cmake --build "$out/cmake" && "$out/cmake/hello"
}

not_a_later_version() {
  ! by_cmake 99
}

check 'the files are there' install_tree
check 'a manual page is there for each function' manual_pages
check 'DESTDIR is no part of what they say' install_for_a_package
check 'a program by pkg-config' by_pkg_config
check 'a program by pkg-config, with the archive' by_pkg_config_static
check 'a program by CMake' by_cmake "$version"
check 'CMake refuses a version that it is not' not_a_later_version
