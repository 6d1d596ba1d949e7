/* scenario_main.c: runs tables of scenarios where there is no GoogleTest.
 *
 * Compiled with -DSCENARIO_TABLES='X(base_scenarios) X(park_scenarios)'. Arguments, if any, select
 * the scenarios whose names, TABLE.NAME, contain one of them, or begin with it if it has a dot. Prints a line for each and, at the end, how many
 * passed. A failed check ends the program. */
#include "hints.h"
#include "scenario.h"

#include <stdio.h>
#include <string.h>

#define X(table) extern const scenario table[];
SCENARIO_TABLES
#undef X

static bool selected(const char *suite, const char *name, int count, char **patterns) {
    char whole[256];
    bool found = count == 0;
    (void)snprintf(whole, sizeof whole, "%s.%s", suite, name);
    for (int i = 0; i < count; i++) {
        const char *at = strstr(whole, patterns[i]);
        found = found || (at != NULL && (at == whole || strchr(patterns[i], '.') == NULL));
    }
    return found;
}

static int run_table(const char *suite, const scenario *table, int count, char **patterns) {
    int passed = 0;
    for (; table->name != NULL; table++) {
        if (selected(suite, table->name, count, patterns)) {
            printf("%s.%s\n", suite, table->name);
            fflush(stdout);
            weft_park_set_asymmetric(true); /* as scenario_gtest.h does */
            table->run();
            passed++;
        }
    }
    return passed;
}

int main(int argc, char **argv) {
    int passed = 0;
#define X(table) passed += run_table(#table, table, argc - 1, argv + 1);
    SCENARIO_TABLES
#undef X
    printf("%d passed\n", passed);
    return passed > 0 ? 0 : 1;
}
