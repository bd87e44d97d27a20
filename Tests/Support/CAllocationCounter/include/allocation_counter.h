#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

/* Allocations of the calling thread since it began. Any thread may call. */
uint64_t allocations_of_thread(void);

/* Whether this program counts: false under a sanitizer, whose own malloc must stay. */
bool allocations_are_counted(void);

/* Takes away the hooks by which a test library follows every error that Swift code throws, which allocates. For the
   rest of the process: for exit tests only. */
void forget_error_hooks(void);

#endif
