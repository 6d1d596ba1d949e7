/* --time and --stuck, also for a loop that never comes back to the explorer by itself. */
#ifndef EXPLORE_WATCH_H
#define EXPLORE_WATCH_H

#include <stdint.h>

/* Becomes 1, and stays so, when the time is over: every entry from the program looks at it. */
extern volatile int watch_time_over;
/* Which of the two it is then. */
const char *watch_bound(void);

/* The program is at pc, and the time is over: ends the run. */
_Noreturn void watch_end_run(uintptr_t pc);

void watch_start(void);
void watch_stop(void);
/* An execution had gone on for long when the time was over: where it was then. 0: none. */
uintptr_t watch_stuck_at(void);
int watch_stuck_thread(void);

#endif
