#!/usr/bin/env python3
"""tools/docs on small trees: what it has to find, and what it has to leave alone."""
import pathlib
import subprocess
import sys
import tempfile

HEADER = """/* weft_thing.h: a thing.
 *
 * Not promised. That it is quick.
 *
 * The word
 *     bit 0   LOCKED   somebody has it
 */
#ifndef WEFT_THING_H
#define WEFT_THING_H

WEFT_BEGIN_DECLS

#define WEFT_THING_LOCKED 1U

/* How it ended. */
typedef enum weft_thing_result {
    WEFT_THING_OK = 0, /* well, or so */
    WEFT_THING_BAD = 1 /* not
                        * well */
} weft_thing_result;

/* A thing.
 * wide     how wide
 * run      what runs */
typedef struct weft_thing {
    int high, far[2]; /* how high, and
                       * how far */
    int wide;
    void (*run)(struct weft_thing *thing, int why);

    /* Inside. */
    union {
        struct {
            int weft_left;
            unsigned first : 1;
        } pair;
    } of;

    int marks; /* see the word `marks` */
} weft_thing;

/* Opens and closes. */
void weft_thing_open_at(int thing, const char *site);
static inline void weft_thing_close(int thing) {
    (void)thing;
}

#define weft_thing_open(thing) weft_thing_open_at((thing), NULL)

/* Slow path, not called by users. */
void weft_thing_open_slow(int thing);

void weft_thing_own_(int thing);

WEFT_END_DECLS

#endif
"""
README = "# A title\n\nSee [the page](docs/page.md#its-part) of `weft_thing_open`.\n"
PAGE = "# Page\n\n## Its part\n\n[back](../README.md), [away](https://example.org/none)\n\n```c\na[0](none);\n```\n"
failures = []


def check(what, expected, header=HEADER, readme=README, page=PAGE, more=None):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in {"lib/thing/weft_thing.h": header, "README.md": readme, "docs/page.md": page, **(more or {})}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        run = subprocess.run([sys.executable, "tools/docs", "--check", "--root", folder], capture_output=True, text=True, check=False)
        found = run.stdout.splitlines()[:-1]
        good = run.returncode == (1 if expected else 0) and len(found) == len(expected)
        if not good or not all(e in f for e, f in zip(expected, found)):
            failures.append(f"{what}: expected {expected}, exit code {run.returncode}, found {found} {run.stderr}")


check("all is well", [])
check("a file that is not there", ["README.md:3: no such file: docs/none.md"], readme="# A\n\n[x](docs/none.md)\n")
check("a heading that is not there", ["README.md:3: no such heading: docs/page.md#other"], readme="# A\n\n[x](docs/page.md#other)\n")
check("a link in code is none", [], readme="# A\n\n`[x](none.md)`\n")
check("a name that does not exist", ["README.md: names weft_thing_shut"], readme="# A\n\n`weft_thing_shut`\n")
check("a reference that is not defined", ["README.md:3: no such reference: [x][ref]"], readme="# A\n\n[x][ref]\n")
check("a reference", [], readme="# A\n\n[x][Ref], [y][]\n\n[ref]: docs/page.md\n[y]: docs/page.md\n")
check("a bare link", ["README.md:3: no such file: docs/none.md"], readme="# A\n\n<docs/none.md> and <https://example.org/none.html>\n")
check("a page in any folder", ["bench/deep/er/notes.md:1: no such file"], more={"bench/deep/er/notes.md": "[x](none.md)\n"})
check("a macro that does not exist", ["README.md: names WEFT_THING_SHUT"], readme="# A\n\n`WEFT_THING_SHUT`, `WEFT_THING_LOCKED`, `WEFT_THING_*`\n")
check("a name in a comment", ["weft_thing.h: names weft_thing_shut"], header=HEADER.replace("Opens and", "As weft_thing_shut"))
check("a function", ["weft_thing_open_at is not", "weft_thing_close is not", "weft_thing_open is not"],
      header=HEADER.replace("/* Opens and closes. */\n", ""))
check("behind an empty line", ["weft_thing_close is not documented"],
      header=HEADER.replace("site);\nstatic", "site);\n\nstatic"))
check("a section's title is no text", ["weft_thing_open_at is not", "weft_thing_close is not", "weft_thing_open is not"],
      header=HEADER.replace("/* Opens and closes. */", "/* ---- doors ---- */"))
check("a section that says more", [], header=HEADER.replace("/* Opens and closes. */", "/* ---- doors ----\n * Opens and closes.\n */"))
check("a value", ["WEFT_THING_OK is not documented"], header=HEADER.replace(" /* well, or so */", ""))
check("a macro", ["WEFT_THING_OTHER is not documented"], header=HEADER.replace("1U\n", "1U\n\n#define WEFT_THING_OTHER 2U\n"))
check("a contract without its end", ["weft_thing.h:1: does not say"], header=HEADER.replace("Not promised. ", ""))
check("a function that the first comment names only", ["weft_thing_open_at is not", "weft_thing_close is not", "weft_thing_open is not"],
      header=HEADER.replace("/* Opens and closes. */\n", "").replace("That it is quick.", "weft_thing_close(), weft_thing_open_at()."))
check("a type", ["weft_thing_result is not documented"], header=HEADER.replace("/* How it ended. */\n", ""))
check("a member with a comment beside it", ["weft_thing.high is not", "weft_thing.far is not"], header=HEADER.replace("/* how high, and\n                       * how far */", ""))
check("a member of an inner struct", ["weft_thing.weft_left is not", "weft_thing.first is not"], header=HEADER.replace("    /* Inside. */\n", ""))
check("a member in a row of the type's comment", ["weft_thing.wide is not"], header=HEADER.replace(" * wide     how wide\n", ""))
check("a pointer to a function", ["weft_thing.run is not"], header=HEADER.replace(" * run      what runs", " * It may run."))
check("behind an empty line, a member", ["weft_thing.weft_left is not", "weft_thing.first is not"], header=HEADER.replace("/* Inside. */\n", "/* Inside. */\n\n"))
check("a member that the first comment explains", [], header=HEADER.replace(" /* see the word `marks` */", "").replace("The word", "`marks`"))
check("a member that it names in passing", ["weft_thing.marks is not"], header=HEADER.replace(" /* see the word `marks` */", "").replace("The word", "Its marks"))
check("the only member", [], header=HEADER.replace("/* How it ended. */", "/* A word. */\ntypedef struct weft_word {\n    int value;\n} weft_word;\n\n/* How it ended. */"))
print("\n".join(failures) or "ok")
sys.exit(1 if failures else 0)
