/* libFuzzer's entry: the first bytes choose how the dicts begin, the others are operations (dict_model.h). */
#include "dict_model.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static weft_thread *self;
    if (self == NULL) {
        self = dict_begin();
    }
    if (size < 2 + DICT_MODEL_STEP) {
        return 0;
    }
    dict_model_setup setup = {(weft_dict_discipline)(data[0] % 2),
                              (weft_dict_kind)(data[0] / 2 % 4), data[1] % 60U + 1,
                              data[0] / 8 % 4};
    if (dict_model_run(self, &setup, &data[2], size - 2) != 0) {
        dict_model_print(&data[2], size - 2);
        abort();
    }
    return 0;
}
