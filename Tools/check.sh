# shellcheck shell=bash
# For shell tests: sourced, with the repository as working directory.

# check NAME COMMAND...: runs a command as one test. It fails by its exit status, which says 77 to
# skip, with the reason as the last line of its output.
check() {
  local name=$1 output status
  shift
  set +e # here, and on in the command: an `||` would switch it off there
  output=$(set -e && "$@" 2>&1)
  status=$?
  set -e
  case $status in
    0) echo "ok - $name" ;;
    77) echo "ok - $name # skip ${output##*$'\n'}" ;;
    *)
      echo "not ok - $name"
      [ -z "$output" ] || sed 's/^/    /' <<<"$output"
      ;;
  esac
}

# same EXPECTED ACTUAL: whether two texts are equal; prints the difference.
same() {
  diff <(echo "$1") <(echo "$2")
}
