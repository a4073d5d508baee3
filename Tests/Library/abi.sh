# The interface is the one whose description is committed; `make abi` renews that.
. Tools/check.sh

interface() {
  Tools/abi .build/library/libroost.abi
  abidiff --non-reachable-types Docs/abi/libroost.abi .build/library/libroost.abi
}

description_has_all_functions() {
  local name
  for name in $(Tools/functions); do
    grep -q "<function-decl name='$name'" Docs/abi/libroost.abi
  done
}

check 'the interface is as it was described' interface
check 'the description has every function' description_has_all_functions
