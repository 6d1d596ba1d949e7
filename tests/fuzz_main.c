/* fuzz_main.c: a short run of a libFuzzer target where there is no libFuzzer: random inputs, and parts of them again. */
#include "scenario.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUTS = 200, LONGEST = 2000 };

int main(void) {
    static uint8_t input[LONGEST];
    uint64_t random = 20251123;
    for (unsigned i = 0; i < INPUTS; i++) {
        size_t size = (size_t)(scenario_random(&random) >> 33) % (LONGEST + 1);
        size_t changed = i % 2 == 0 ? size : size / 16; /* the rest is of the inputs before */
        for (size_t at = 0; at < changed; at++) {
            size_t place = i % 2 == 0 ? at : (size_t)(scenario_random(&random) >> 33) % size;
            input[place] = (uint8_t)(scenario_random(&random) >> 40);
        }
        if (LLVMFuzzerTestOneInput(input, size) != 0) {
            return 1;
        }
    }
    return 0;
}
