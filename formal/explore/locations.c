#include "locations.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

location *locations;
int location_count;

static int capacity, table_size;
static int *table; /* open addressing, id + 1 */

static uint32_t hash(const location *l) {
    uint64_t h = (l->addr * 8 + l->space) * 0x9E3779B97F4A7C15ull ^
                 (l->generation * 16 + l->size) * 0xC2B2AE3D27D4EB4Full;
    return (uint32_t)((h + l->successor * 0x165667B19E3779F9ull) >> 32);
}

static bool same(const location *a, const location *b) {
    return a->addr == b->addr && a->space == b->space && a->generation == b->generation &&
           a->size == b->size && a->successor == b->successor;
}

static void place(int id) {
    uint32_t i = hash(&locations[id]) & (uint32_t)(table_size - 1);
    while (table[i]) {
        i = (i + 1) & (uint32_t)(table_size - 1);
    }
    table[i] = id + 1;
}

static void grow(void) {
    capacity = capacity ? capacity * 2 : 64;
    table_size = capacity * 4;
    locations = realloc(locations, (size_t)capacity * sizeof *locations);
    free(table);
    table = calloc((size_t)table_size, sizeof *table);
    if (!locations || !table) {
        abort();
    }
    for (int id = 0; id < location_count; id++) {
        place(id);
    }
}

int location_intern(const location *id) {
    if (location_count == capacity) {
        grow();
    }
    uint32_t i = hash(id) & (uint32_t)(table_size - 1);
    for (; table[i]; i = (i + 1) & (uint32_t)(table_size - 1)) {
        if (same(&locations[table[i] - 1], id)) {
            return table[i] - 1;
        }
    }
    locations[location_count] = *id;
    place(location_count);
    return location_count++;
}
