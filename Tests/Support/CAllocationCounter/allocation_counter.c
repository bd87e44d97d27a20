#include "allocation_counter.h"

#include <errno.h>
#include <stddef.h>

/* initial-exec: the usual model may allocate on a thread's first access, which would come back here for ever. */
static __thread uint64_t of_thread __attribute__((tls_model("initial-exec")));

uint64_t allocations_of_thread(void) { return of_thread; }

/* Variables of the Swift runtime, null in programs without such hooks. The untyped one serves typed errors too if the
   other is null. */
extern void *_swift_willThrowTypedImpl __attribute__((weak));
extern void *_swift_willThrow __attribute__((weak));

void forget_error_hooks(void) {
    if (&_swift_willThrowTypedImpl != NULL) __atomic_store_n(&_swift_willThrowTypedImpl, NULL, __ATOMIC_SEQ_CST);
    if (&_swift_willThrow != NULL) __atomic_store_n(&_swift_willThrow, NULL, __ATOMIC_SEQ_CST);
}

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)

bool allocations_are_counted(void) { return false; }

#else

bool allocations_are_counted(void) { return true; }

/* A program's own malloc replaces the C library's everywhere, in the Swift runtime too. These hand over to the names
   under which glibc keeps its own; free needs no replacement. */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

void *malloc(size_t bytes) {
    of_thread++;
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes) {
    of_thread++;
    return __libc_calloc(count, bytes);
}

void *realloc(void *old, size_t bytes) {
    of_thread++;
    return __libc_realloc(old, bytes);
}

void *memalign(size_t alignment, size_t bytes) {
    of_thread++;
    return __libc_memalign(alignment, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    of_thread++;
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **result, size_t alignment, size_t bytes) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
    of_thread++;
    void *memory = __libc_memalign(alignment, bytes);
    if (memory == NULL) return ENOMEM;
    *result = memory;
    return 0;
}

#endif
