#ifndef WEFT_TESTS_RUNTIME_STRESS_H
#define WEFT_TESTS_RUNTIME_STRESS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario runtime_stress[];

WEFT_END_DECLS

#endif /* WEFT_TESTS_RUNTIME_STRESS_H */
