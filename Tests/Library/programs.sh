# Programs in C and in regular Swift, with the shared library and with the archive. (Symbols of the
# Embedded library that got out would take the place of a Swift program's own, and crash it.)
. Tools/check.sh
out=.build/library
lib=$PWD/.build/lib
export SWIFT_BACKTRACE=enable=no

c_shared() {
  cc -IInclude Tests/Library/hello.c -o $out/c-shared -L"$lib" -lroost
  LD_LIBRARY_PATH=$lib $out/c-shared
}

c_archive() {
  cc -IInclude Tests/Library/hello.c -o $out/c-archive "$lib/libroost.a" -luv
  $out/c-archive
}

# Where the address of a function of the library is one in the program.
c_without_pie() {
  cc -no-pie -fno-pie -IInclude Tests/Library/hello.c -o $out/c-no-pie -L"$lib" -lroost
  LD_LIBRARY_PATH=$lib $out/c-no-pie
}

swift_shared() {
  swiftc -I Include Tests/Library/hello.swift -o $out/swift-shared -L "$lib" -lroost
  LD_LIBRARY_PATH=$lib $out/swift-shared
}

swift_archive() {
  swiftc -I Include Tests/Library/hello.swift -o $out/swift-archive "$lib/libroost.a" -luv
  $out/swift-archive
}

check 'a C program with the shared library' c_shared
check 'a C program with the archive' c_archive
check 'a C program that is not position independent' c_without_pie
check 'a Swift program with the shared library' swift_shared
check 'a Swift program with the archive' swift_archive
