#include "locations.h"

#include <stdlib.h>
#include <string.h>

location *locations;
int location_count;

static int capacity, table_size;
static int *table; /* open addressing, id + 1 */

static uint32_t hash(int space, uintptr_t addr, uint64_t generation) {
    uint64_t h =
        (addr * 8 + (unsigned)space) * 0x9E3779B97F4A7C15ull ^ generation * 0xC2B2AE3D27D4EB4Full;
    return (uint32_t)(h >> 32);
}

static void place(int id) {
    const location *l = &locations[id];
    uint32_t i = hash(l->space, l->addr, l->generation) & (uint32_t)(table_size - 1);
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

int location_intern(int space, uintptr_t addr, uint64_t generation, int size) {
    if (location_count == capacity) {
        grow();
    }
    uint32_t i = hash(space, addr, generation) & (uint32_t)(table_size - 1);
    for (; table[i]; i = (i + 1) & (uint32_t)(table_size - 1)) {
        const location *l = &locations[table[i] - 1];
        if (l->addr == addr && l->space == space && l->generation == generation) {
            return table[i] - 1;
        }
    }
    locations[location_count] = (location){
        .addr = addr, .generation = generation, .space = (uint8_t)space, .size = (uint8_t)size};
    place(location_count);
    return location_count++;
}
