/* foreign_scenarios.h: what lib/qsbr promises over a host's own domain. In a process of its own: a domain
 * stays. */
#ifndef WEFT_TESTS_FOREIGN_SCENARIOS_H
#define WEFT_TESTS_FOREIGN_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario foreign_scenarios[];

WEFT_END_DECLS

#endif /* WEFT_TESTS_FOREIGN_SCENARIOS_H */
