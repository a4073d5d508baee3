# dlclose in a thread that has used the library.
. Tools/check.sh

unloading() {
  cc -D_GNU_SOURCE -IInclude Tests/Library/unload.c -o .build/library/unload -ldl -pthread &&
    .build/library/unload "$PWD/.build/lib/libroost.so"
}

check 'a thread that has used it may close it and end' unloading
