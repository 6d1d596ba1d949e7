#!/usr/bin/env bash
# The check of tools/docs over the tree that README.md stands in.
exec python3 tools/docs --check --root "$(dirname "$(readlink -f README.md)")"
