# The dump as JSON is read by a parser, and as Graphviz by dot (O1), whatever the names.
. Tools/check.sh
out=.build/library
lib=$PWD/.build/lib
export LD_LIBRARY_PATH=$lib

build_it() {
  cc -IInclude Tests/Library/dump.c -o $out/dump -L"$lib" -lroost
}

json_is_read() {
  $out/dump 1 | python3 -B Tests/Library/dump.py
}

graphviz_is_read() {
  $out/dump 2 >$out/dump.dot
  # A warning is a name that it has not understood.
  same '' "$(dot -Tsvg -o $out/dump.svg $out/dump.dot 2>&1)"
  # 14 nodes; 13 arrows to what is in another; 2 to what is waited for.
  same 14 "$(grep -c 'class="node"' $out/dump.svg)"
  same 15 "$(grep -c 'class="edge"' $out/dump.svg)"
}

text_is_utf8() {
  $out/dump 0 | iconv -f UTF-8 -t UTF-8 >/dev/null
  same 15 "$($out/dump 0 | wc -l)"
}

check 'a program with something of everything' build_it
check 'O1: the dump as JSON' json_is_read
check 'O1: the dump as Graphviz' graphviz_is_read
check 'O1, T4: the dump as text' text_is_utf8
