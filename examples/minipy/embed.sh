#!/bin/sh
# embed.sh FILE.py...: a C file with the texts of modules, for modules.c.
printf '/* Made by embed.sh. */\n#include "object.h"\nconst library_module library[] = {\n'
for file in "$@"; do
    printf '{"%s", (const char[]){' "$(basename "$file" .py)"
    od -An -v -tx1 "$file" | sed 's/ \(..\)/0x\1,/g'
    printf '0}},\n'
done
printf '{0}};\n'
