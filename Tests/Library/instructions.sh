# Spawning, cancelling, joining and the rest cost what they cost before: the instructions that
# callgrind counts are within 2 % of Benchmarks/instructions.txt. Where that is meant to change:
# Benchmarks/instructions roost >Benchmarks/instructions.txt
. Tools/check.sh
counted=.build/library/instructions.txt

count() {
  Benchmarks/instructions roost >$counted
}

# within_two_percent WORK BEFORE
within_two_percent() {
  local now
  now=$(sed -n "s/^$1|//p" $counted)
  echo "$now instructions a task, were $2"
  awk -v now="$now" -v before="$2" '
    BEGIN { exit !(now > 0 && now <= before * 1.02 && now >= before * 0.98) }'
}

check 'instructions are counted' count
while IFS='|' read -r work before; do
  check "instructions: $work" within_two_percent "$work" "$before"
done <Benchmarks/instructions.txt
