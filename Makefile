# The front door. Every target first makes sure that what it needs is installed (tools/setup); once that is
# done the check costs nothing, and `bazel build //... && bazel test //...` work directly.

bazel = tools/with_bazel
TEST_GROUPS = core $(if $(wildcard formal),formal)

help:
	@sed -n 's/^## //p' Makefile

## make test         build everything, run every test, then the unit tests under ASan+UBSan and under TSan
test:
	@tools/setup $(TEST_GROUPS)
	@tools/test

## make bench        every benchmark, quickly: under 12 minutes; results in bench-out/
bench: BENCH_FLAGS = --quick
## make bench-full   every benchmark, at length
bench bench-full:
	@tools/setup core bench
	@$(bazel) run -c opt //bench -- $(BENCH_FLAGS) --out "$(CURDIR)/bench-out"

## make stress       the stress tests, STRESS_SECONDS (30) for each of their cases
STRESS_SECONDS ?= 30
stress:
	@tools/setup core
	@$(bazel) test --config=stress --test_env=STRESS_SECONDS=$(STRESS_SECONDS) \
		--test_timeout=$$((600 + 40 * $(firstword $(subst ., ,$(STRESS_SECONDS))))) \
		--build_tests_only --test_tag_filters=stress //...

## make stumble      the unit tests while threads are held up at random: finds tests that depend on speed
stumble:
	@tools/setup core
	@$(bazel) test --config=stumble --build_tests_only --test_tag_filters=unit,-stress //tests/...

## make formal       every TLA+ configuration, also the large ones, every harness of the explorer, and the report, in formal-out/
formal:
	@tools/setup core formal
	@formal/run

## make mutants      weaken each memory order, fence and wake of the shipped code, and ask the harnesses
mutants:
	@tools/setup core
	@formal/explore/mutants --csv formal/mutants.csv --caught formal/explore/harness/CAUGHT

## make amalgamation  dist/weft.h and dist/weft.c: the library as two files; PARTS="weft_mutex": only a part of it
amalgamation:
	@tools/amalgamate --out "$(CURDIR)/dist" $(AMALGAMATION_FLAGS) $(PARTS)

## make portability  the unit tests on other CPUs, C libraries and systems, under qemu-user and wine; about an hour;
##                   writes docs/portability.md
portability:
	@tools/setup core portability
	@tests/cross --record

## make vendoring    takes the library into CMake, Meson, pkg-config, plain cc and Bazel projects, and runs them
vendoring:
	@tools/setup core vendoring
	@tests/vendoring/consume

## make docs         the headers and the texts as pages in docs-out/html; broken links and undocumented symbols fail
docs:
	@tools/setup docs
	@tools/docs

## make interpreters  Lua 5.4 and MuJS, from Debian's source packages, with the library inside their own build
interpreters:
	@tools/setup core
	@tests/vendoring/interpreters/build

## make lint         clang-format, clang-tidy, cppcheck and shellcheck; all of it has to be clean
lint:
	@tools/setup core lint
	@tools/lint

## make format       rewrite the C and C++ files in the tree's format
format:
	@tools/setup lint
	@tools/lint --fix

.PHONY: help test bench bench-full stress stumble formal mutants amalgamation vendoring interpreters portability docs lint format
