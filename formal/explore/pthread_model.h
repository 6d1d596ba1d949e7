/* pthread as the program sees it. The functions the program calls are explore_pthread_...: symbols.txt renames the calls. */
#ifndef EXPLORE_PTHREAD_MODEL_H
#define EXPLORE_PTHREAD_MODEL_H

#include "machine.h"

/* The current thread ends: destructors of its keys. */
void pthread_model_thread_exit(void);

#endif
