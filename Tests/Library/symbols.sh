# What the libraries export is what the headers declare, both ways.
. Tools/check.sh
declared=$(Tools/functions)

exported=$(nm --dynamic --defined-only .build/lib/libroost.so)

shared_exports_the_headers() {
  same "$declared" "$(sed -n 's/^.* T \(.*\)@@ROOST_1$/\1/p' <<<"$exported" | sort)"
}

# The version node itself is listed too, as an absolute symbol.
shared_exports_nothing_else() {
  same 'ROOST_1' "$(sed '/ T .*@@ROOST_1$/d; s/.* //' <<<"$exported")"
}

archive_exports_the_headers() {
  same "$declared" "$(nm --extern-only --defined-only --just-symbols .build/lib/libroost.a |
    sed '/:$/d; /^$/d' | sort)"
}

headers_are_not_empty() {
  [ "$(wc -l <<<"$declared")" -gt 30 ] && grep -qx roost_spawn <<<"$declared"
}

check 'the functions of the headers are found' headers_are_not_empty
check 'the shared library exports each, under ROOST_1' shared_exports_the_headers
check 'the shared library exports nothing else' shared_exports_nothing_else
check 'the archive has these global symbols and no other' archive_exports_the_headers
