#include "allocation_counter.h"

#include <errno.h>
#include <stddef.h>

/* A program's own malloc replaces the C library's everywhere, in the Swift runtime too. These hand over to the names
   under which glibc keeps its own; free needs no replacement. */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

/* initial-exec: the usual model may allocate on a thread's first access, which would come back here for ever. */
static __thread uint64_t of_thread __attribute__((tls_model("initial-exec")));
static uint64_t of_process;

static void count_one(void) {
    of_thread++;
    __atomic_fetch_add(&of_process, 1, __ATOMIC_RELAXED);
}

uint64_t allocations_of_thread(void) { return of_thread; }

uint64_t allocations_of_process(void) { return __atomic_load_n(&of_process, __ATOMIC_RELAXED); }

void *malloc(size_t bytes) {
    count_one();
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes) {
    count_one();
    return __libc_calloc(count, bytes);
}

void *realloc(void *old, size_t bytes) {
    count_one();
    return __libc_realloc(old, bytes);
}

void *memalign(size_t alignment, size_t bytes) {
    count_one();
    return __libc_memalign(alignment, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    count_one();
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **result, size_t alignment, size_t bytes) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
    count_one();
    void *memory = __libc_memalign(alignment, bytes);
    if (memory == NULL) return ENOMEM;
    *result = memory;
    return 0;
}
