/* Trace files: the decisions of one execution, one line per event, and the run that follows them. */
#ifndef EXPLORE_TRACE_H
#define EXPLORE_TRACE_H

/* Writes the current execution. last: the thread to run after the last event. */
void trace_write(const char *path, const char *kind, int last);

#endif
