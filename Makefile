# demo and test see to everything that they need (Tools/deps); the first line that they and quick
# print says what this machine lacks.

PREFIX ?= /usr/local
FOLDER ?= /usr/share
LIB = .build/lib/libroost.so.$(shell Tools/version)
FUZZ_TIME ?= 3600
SUITES = core abi checked asan tsan fuzz model library python wheel examples docs reference guide \
  readme lint

.PHONY: demo test quick fuzz bench lint fmt lib abi reference guide install clean

demo:
	@Tools/missing demo
	@Tools/deps
	@$(MAKE) -s lib
	@Tools/demo $(FOLDER)

test:
	@Tools/missing test
	@Tools/deps python
	@$(MAKE) -s lib
	@Tools/test $(SUITES)

quick:
	@Tools/missing quick
	@Tools/deps
	@$(MAKE) -s lib
	@Tools/test core 'abi quick'

# For FUZZ_TIME seconds.
fuzz:
	@Tools/deps
	@Tools/fuzz $(FUZZ_TIME)

bench: lib
	@Tools/deps python
	@Benchmarks/run

lint:
	@Tools/deps python
	@Tools/test lint

fmt:
	@Tools/deps python
	@Tools/fmt

lib: $(LIB)

# Folders too, which are newer when a file was deleted. A function without its comment ends it all.
$(LIB): Package.swift Tools/lib Tools/functions Tools/version $(wildcard Tools/reference/*.py) \
    $(shell find Include Sources -type d -o -name '*.[ch]' -o -name '*.swift' -o -name '*map')
	@python3 -B Tools/reference --man .build/man
	@Tools/lib

abi:
	@Tools/abi Docs/abi/libroost.abi

# The manual pages are made with the library.
reference:
	@python3 -B Tools/reference --markdown Docs/reference.md

# What Docs/guide.md and Docs/libuv.md show, as it is now.
guide: lib
	@python3 -B Tools/guide

install: lib
	@Tools/install "$(PREFIX)" "$(DESTDIR)"

clean:
	rm -rf .build
