#ifndef PROCESS_RESOURCES_H
#define PROCESS_RESOURCES_H

#include <stddef.h>

/* Bytes of the heap in use, all arenas. */
size_t pr_heap_in_use(void);

/* Few arenas, and no caches of threads, so that memory that was given back shows as given back: glibc counts up to 236 KB
 * in the cache of each thread as in use, and how many threads the pool has depends on what else the machine does. Starts
 * the program anew with the same arguments if need be. Before the first thread. */
void pr_settle_allocator(char *const arguments[]);

/* By how many bytes the figure grows for a thread that took blocks of many sizes, gave them all back, and still lives; -1 if
 * there is none. */
long pr_held_by_idle_thread(void);

/* Returns free memory at the top of the arenas to the kernel. */
void pr_trim(void);

#endif
