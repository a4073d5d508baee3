# One wheel for every Python, with the library, its libuv and the licenses inside.
. Tools/check.sh
out=.build/wheel
shopt -s nullglob
wheels=("$out"/made/*.whl)
version=$(Tools/version)

one_for_every_python() {
  ((${#wheels[@]} == 1))
  local name=${wheels[0]##*/}
  echo "$name"
  [[ $name == "roost-$version-py3-none-manylinux_"*"_$(uname -m).whl" ]]
}

readme_has_the_tag() {
  local tag
  tag=$(grep -oE 'manylinux_[0-9]+_[0-9]+' <<<"${wheels[0]##*/}")
  grep -qF "\`$tag\`" bindings/python/README.md
}

# The library's name of libuv is one that no other library in the process can have.
library_with_its_libuv() {
  rm -rf $out/unpacked
  .build/venv/bin/python -m zipfile --extract "${wheels[0]}" $out/unpacked
  local files=("$out"/unpacked/roost.libs/*) own dynamic
  ((${#files[@]} == 1))
  own=${files[0]##*/}
  [[ $own == libuv-*.so.* ]]
  dynamic=$(readelf --dynamic --wide $out/unpacked/roost/libroost.so.0)
  same "libc.so.6
$own" "$(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' <<<"$dynamic" | sort)"
  # shellcheck disable=SC2016
  grep -qF '[$ORIGIN/../roost.libs]' <<<"$dynamic"
}

small() {
  local bytes
  bytes=$(stat --format %s "${wheels[0]}")
  echo "$bytes bytes"
  ((bytes < 1000000))
}

licenses() {
  local folder=$out/unpacked/roost-$version.dist-info/licenses
  cmp LICENSE "$folder/LICENSE"
  grep -q 'libuv project contributors' "$folder/LICENSE.libuv"
}

# The package as it is here, and nothing else.
whole_package() {
  diff -r --exclude=__pycache__ --exclude=libroost.so.0 bindings/python/src/roost \
    $out/unpacked/roost
}

check 'the wheel is one for every Python, on Linux' one_for_every_python
check 'the README has its tag' readme_has_the_tag
check 'it carries its own libuv' library_with_its_libuv
check 'it has less than a megabyte' small
check 'it has the licenses' licenses
check 'it has the whole package' whole_package
