# In an empty environment of each Python the wheel is enough: a program runs, on the wheel's own
# libuv alone.
. Tools/check.sh
out=$PWD/.build/wheel
wheels=("$out"/made/*.whl)

# The environment's Python, with nothing of this shell's; $python is set below.
alone() {
  (cd / && env -i "$@")
}

install() {
  rm -rf "$venv"
  "$1/bin/python" -m venv --without-pip "$venv"
  "$1/bin/pip" --python "$python" install --quiet --disable-pip-version-check --no-index \
    --find-links .build/wheels "${wheels[@]}"
}

first_program() {
  same "$(cat Examples/hello/expected.txt)" "$(alone "$python" "$PWD/Examples/hello/main.py")"
}

own_libuv() {
  local mapped own=("$venv"/lib/python3.*/site-packages/roost{.libs/libuv-*,/libroost.so.0})
  mapped=$(alone "$python" "$PWD/Tests/Wheel/mapped.py")
  same "$(printf '%s\n' "${own[@]}")" "$mapped"
}

says_what_runs() {
  local said
  said=$(alone "$python" -m roost)
  echo "$said"
  grep -q "^roost $(Tools/version): $venv/lib/.*/roost\$" <<<"$said"
  grep -q "^libroost $(Tools/version): $venv/lib/.*/roost/libroost.so.0\$" <<<"$said"
  grep -q "^libuv 1\.[0-9.]*: $venv/lib/.*/roost.libs/libuv-.*\$" <<<"$said"
  grep -q "^Python 3\.[0-9.a-z+]*: $python\$" <<<"$said"
}

# For a program that has a loop of its own: the libraries of the system.
another_library() {
  local mapped
  mapped=$(alone ROOST_LIBRARY="$PWD/.build/lib/libroost.so" "$python" "$PWD/Tests/Wheel/mapped.py")
  echo "$mapped"
  same "$(realpath .build/lib/libroost.so)" "$(grep libroost <<<"$mapped")"
  grep -q '/libuv\.so\.1' <<<"$mapped"
  ! grep -q '/roost\.libs/' <<<"$mapped"
}

typed() {
  "$PWD/.build/venv/bin/mypy" --strict --python-executable "$python" --no-error-summary \
    --cache-dir .build/mypy-wheel --config-file= Examples/hello/main.py
}

for made in .build/venv .build/venv-*; do
  [ -d "$made" ] || continue
  name=${made##*/}
  title="Python ${name#venv-}"
  venv=$out/$name
  python=$venv/bin/python
  [ "$name" != venv ] || title=python3
  check "$title: pip installs the wheel" install "$made"
  check "$title: a first program runs" first_program
  check "$title: it has the wheel's libuv alone" own_libuv
  check "$title: python -m roost says so" says_what_runs
done
venv=$out/venv
python=$venv/bin/python
check 'ROOST_LIBRARY goes before the library of the wheel' another_library
check 'mypy knows the types of what is installed' typed
