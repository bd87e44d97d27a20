#include "cunitio_kernels.h"

/* Sixteen pairs in the compiler's own vectors: every x86-64 and arm64 has a minimum of int16 lanes. */
typedef int16_t lanes __attribute__((vector_size(64)));

static void add(cu_extremes *r, int16_t sample) {
    if (sample < r->least) r->least = sample;
    if (sample > r->greatest) r->greatest = sample;
}

void cu_extremes_xp16(const int16_t *samples, size_t pairs, cu_extremes *x, cu_extremes *p) {
    size_t i = 0;
    if (pairs >= 16) {
        lanes low, high;
        __builtin_memcpy(&low, samples, sizeof low);
        high = low;
        for (i = 16; pairs - i >= 16; i += 16) {
            lanes v;
            __builtin_memcpy(&v, samples + 2 * i, sizeof v);
            low = __builtin_elementwise_min(low, v);
            high = __builtin_elementwise_max(high, v);
        }
        for (int k = 0; k < 32; k += 2) {
            add(x, low[k]), add(x, high[k]);
            add(p, low[k + 1]), add(p, high[k + 1]);
        }
    }
    for (; i < pairs; i++) add(x, samples[2 * i]), add(p, samples[2 * i + 1]);
}
