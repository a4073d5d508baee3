# The source distribution has the engine's sources; the wheel is made of it where Swift is, or of a
# library that is there already.
. Tools/check.sh
out=$PWD/.build/wheel
pip=(.build/venv/bin/pip --disable-pip-version-check)

make_it() {
  (cd bindings/python && "$OLDPWD/.build/venv/bin/python" -B -c \
    'import backend, sys; backend.build_sdist(sys.argv[1])' "$out/sdist")
  rm -rf "$out/source"
  mkdir -p "$out/source"
  tar -xf "$out"/sdist/roost-*.tar.gz -C "$out/source" --strip-components 1
}

engine() {
  local file
  find Include Sources Tools Makefile Package.swift Docs/semantics.md -type f \
    ! -path '*/__pycache__/*' >"$out/engine"
  while read -r file; do
    cmp "$file" "$out/source/engine/$file"
    [ ! -x "$file" ] || [ -x "$out/source/engine/$file" ]
  done <"$out/engine"
  make -n -C "$out/source/engine" lib >"$out/to-make"
  grep -qx Tools/lib "$out/to-make"
}

wheel_of_it() {
  "${pip[@]}" wheel --no-build-isolation --no-deps --no-index --quiet \
    --wheel-dir "$out/from-sdist" "$out"/sdist/roost-*.tar.gz
}

of_a_library() {
  ROOST_LIBRARY=$PWD/.build/lib/libroost.so wheel_of_it
  (cd "$out" && same "$(ls made)" "$(ls from-sdist)")
}

of_a_library_that_is_not_there() {
  local said
  said=$(ROOST_LIBRARY=/none/libroost.so wheel_of_it 2>&1) && return 1
  echo "$said"
  grep -q 'ROOST_LIBRARY is to be the path .* no file /none/libroost.so' <<<"$said"
}

# Where the commands are as here, without swift.
without_swift() {
  local folder file said
  rm -rf "$out/commands"
  mkdir "$out/commands"
  for folder in /bin /usr/bin; do
    for file in "$folder"/*; do
      [[ $file == */swift* ]] || ln -sf "$file" "$out/commands"
    done
  done
  said=$(PATH=$out/commands wheel_of_it 2>&1) && return 1
  echo "$said"
  grep -q 'there is no swift here: install Swift, .* or set ROOST_LIBRARY' <<<"$said"
}

check 'the source distribution is made' make_it
check 'it has the sources of the engine' engine
check 'it makes the wheel of a library that is there' of_a_library
check 'a library that is not there is an error that says so' of_a_library_that_is_not_there
check 'without Swift there is an error that says what to do' without_swift
