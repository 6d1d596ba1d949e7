# The front door. Every target first makes sure that what it needs is installed (tools/setup); once that is
# done the check costs nothing, and `bazel build //... && bazel test //...` work directly.

bazel = "$$(tools/find_bazel)"
TEST_GROUPS = core $(if $(wildcard formal),formal)

help:
	@sed -n 's/^## //p' Makefile

## make test         build everything, run every test, then the unit tests under ASan+UBSan and under TSan
test:
	@tools/setup $(TEST_GROUPS)
	@tools/test

.PHONY: help test
