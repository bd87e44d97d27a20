#define _GNU_SOURCE
#include "process_resources.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

size_t pr_heap_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

void pr_settle_allocator(char *const arguments[]) {
    static const char cacheless[] = "glibc.malloc.tcache_count=0";
    mallopt(M_ARENA_MAX, 2);
    const char *tunables = getenv("GLIBC_TUNABLES");
    if (tunables && strstr(tunables, cacheless)) return;
    /* Read once, before main: only a new start of the same program has it. If that fails, figures are less sharp. */
    if (setenv("GLIBC_TUNABLES", cacheless, 1) == 0) execv("/proc/self/exe", arguments);
}

static void *take_and_give_back(void *held) {
    enum { sizes = 64, each = 7 };
    void *blocks[sizes][each];
    size_t before = pr_heap_in_use();
    for (int size = 0; size < sizes; size++)
        for (int i = 0; i < each; i++) blocks[size][i] = malloc(16 * (size_t)size + 8);
    for (int size = 0; size < sizes; size++)
        for (int i = 0; i < each; i++) free(blocks[size][i]);
    /* Looked at by the thread itself: what it keeps is what is asked for. */
    *(long *)held = (long)pr_heap_in_use() - (long)before;
    return NULL;
}

long pr_held_by_idle_thread(void) {
    pthread_t thread;
    long held = -1;
    if (pthread_create(&thread, NULL, take_and_give_back, &held) != 0) return -1;
    pthread_join(thread, NULL);
    return held;
}

void pr_trim(void) { malloc_trim(0); }
