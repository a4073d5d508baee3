# The headers compile without a warning in every dialect that they promise, each by itself, and no
# public struct has padding.
. Tools/check.sh
strict=(-Wall -Wextra -Wpedantic -Werror -IInclude)

# alone HEADER COMMAND...: a source that is nothing but the header.
alone() {
  echo "#include <$1>" | "${@:2}" "${strict[@]}" -fsyntax-only -
}

# Padding that is not named would be lost between versions of a struct (design: it can grow).
padded() {
  gcc -std=c11 -IInclude -include roost_fiber.h -include roost_host.h -include roost_uv.h \
    -Wpadded -Werror -fsyntax-only -x c -
}

no_padding() {
  padded </dev/null
}

padding_is_found() {
  ! padded <<<'struct bad { uint64_t a; uint32_t b; };'
}

for standard in c99 c11; do
  for compiler in gcc clang; do
    for header in roost.h roost_fiber.h roost_host.h roost_uv.h; do
      check "$header, $compiler, $standard" alone $header $compiler -std=$standard -x c
    done
    check "options in place, $compiler, $standard" \
      $compiler -std=$standard "${strict[@]}" -fsyntax-only Tests/Library/options.c
  done
done
for compiler in g++ clang++; do
  for header in roost.h roost_fiber.h roost_host.h roost_uv.h; do
    check "$header, $compiler, C++17" alone $header $compiler -std=c++17 -x c++
  done
  check "options, $compiler, C++17" \
    $compiler -std=c++17 "${strict[@]}" -fsyntax-only Tests/Library/options.cc
done
check 'no public struct has padding' no_padding
check 'padding would be found' padding_is_found
