#ifndef PROCESS_RESOURCES_H
#define PROCESS_RESOURCES_H

#include <stddef.h>

/* Bytes of the heap in use, all arenas. */
size_t pr_heap_in_use(void);

/* Few arenas, so that memory that was given back shows as given back. Before the first thread. */
void pr_settle_allocator(void);

/* Returns free memory at the top of the arenas to the kernel. */
void pr_trim(void);

#endif
