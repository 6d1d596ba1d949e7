/* seams.h: for harnesses that have a say in what the operating system does. Compiled with SEAMS, model/weft_wait_model.c asks
 * seam, which the harness defines, before it does something; and its clock is ahead by seam_clock. */
#ifndef WEFT_HARNESS_SEAMS_H
#define WEFT_HARNESS_SEAMS_H

#include <stdbool.h>
#include <stdint.h>

enum { SEAM_PAGES = 1, SEAM_FENCE, SEAM_FORK_HANDLER, SEAM_CLOCK, SEAM_YIELD };

/* False: it fails. The thread may also stay here for ever, or end. child: the handler for forks, else NULL. */
bool seam(int where, void (*child)(void));

extern uint64_t seam_clock;

#endif /* WEFT_HARNESS_SEAMS_H */
