# A trace is one JSON document in the Trace Event format, as Perfetto and chrome://tracing want it
# (O2), on either clock (the real one: real).
. Tools/check.sh
out=.build/library
lib=$PWD/.build/lib

# write_trace CLOCK
write_trace() {
  cc -IInclude Tests/Library/trace.c -o $out/trace -L"$lib" -lroost
  LD_LIBRARY_PATH=$lib $out/trace "$out/trace-$1.json" "$1"
}

# trace_is_sound CLOCK
trace_is_sound() {
  write_trace "$1"
  python3 -B Tests/Library/trace.py "$out/trace-$1.json"
}

# A line is an event: one that begins, one that ends.
without_an_event_it_is_refused() {
  local phase
  for phase in b e; do
    awk -v event="\"ph\":\"$phase\"" 'index($0, event) && ++count == 1000 { next } { print }' \
      $out/trace-virtual.json >$out/trace-less.json
    ! python3 -B Tests/Library/trace.py $out/trace-less.json
  done
}

# D4: but for the handles, and what depends on the order in which the pool's threads end.
is_the_same_in_every_run() {
  local run
  for run in 1 2; do
    write_trace virtual
    grep -v hash $out/trace-virtual.json | sed 's/0x[0-9a-f]*//g' | sort >$out/trace-$run.txt
  done
  cmp $out/trace-1.txt $out/trace-2.txt
}

check 'a trace on the virtual clock is sound' trace_is_sound virtual
check 'a trace on the real clock is sound' trace_is_sound real
check 'a trace that lacks an event is refused' without_an_event_it_is_refused
check 'a trace on the virtual clock is the same in every run' is_the_same_in_every_run
