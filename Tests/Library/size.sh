# The shared library is small.
. Tools/check.sh

stripped_size() {
  strip -o .build/library/stripped.so .build/lib/libroost.so
  local size
  size=$(stat --format %s .build/library/stripped.so)
  echo "$size bytes"
  ((size < 416 * 1024))
}

check 'stripped it has less than 416 KiB' stripped_size
