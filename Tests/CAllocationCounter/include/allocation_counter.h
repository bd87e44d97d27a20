#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdint.h>

/* Allocations since the program began: those of the calling thread, and those of all threads. Any thread may call. */
uint64_t allocations_of_thread(void);
uint64_t allocations_of_process(void);

#endif
