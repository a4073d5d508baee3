# A host's signal handlers are its own affair.
. Tools/check.sh

signal_handlers() {
  cc -D_GNU_SOURCE -IInclude Tests/Library/signals.c -o .build/library/signals -ldl &&
    .build/library/signals "$PWD/.build/lib/libroost.so"
}

check 'no signal handler is changed' signal_handlers
