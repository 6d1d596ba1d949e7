/* libFuzzer's entry: the first byte chooses the discipline, the others are operations (list_model.h). */
#include "list_model.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static weft_thread *self;
    if (self == NULL) {
        self = list_begin();
    }
    if (size < 1 + LIST_MODEL_STEP) {
        return 0;
    }
    weft_list_discipline discipline = data[0] % 2 == 0 ? WEFT_LIST_PROMPT : WEFT_LIST_DEFERRED;
    if (list_model_run(self, discipline, &data[1], size - 1) != 0) {
        list_model_print(&data[1], size - 1);
        abort();
    }
    return 0;
}
