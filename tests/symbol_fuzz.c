/* libFuzzer's entry: the first byte chooses the hash function, the others are operations (symbol_model.h). */
#include "symbol_model.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static weft_thread *self;
    if (self == NULL) {
        self = symbol_begin();
    }
    if (size < 1 + SYMBOL_MODEL_STEP) {
        return 0;
    }
    if (symbol_model_run(self, data[0] % 2 != 0, &data[1], size - 1) != 0) {
        symbol_model_print(&data[1], size - 1);
        abort();
    }
    return 0;
}
