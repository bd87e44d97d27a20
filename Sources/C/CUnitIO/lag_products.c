#include "cunitio_kernels.h"

/* The sum of s[i * stride] * s[(i + lag) * stride] over count values of i, exact. */
static int64_t scalar(const int16_t *s, size_t stride, size_t lag, size_t count) {
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += (int32_t)s[i * stride] * s[(i + lag) * stride];
    return sum;
}

#if defined(__x86_64__)
#include <immintrin.h>

/* Vectors that 32-bit lanes can take: the parts of a product are at most 2^15. */
enum { BLOCK = 32768 };

__attribute__((target("avx2"))) static inline int64_t total(__m256i v) {
    int32_t t[8];
    _mm256_storeu_si256((__m256i *)t, v);
    int64_t sum = 0;
    for (int k = 0; k < 8; k++) sum += t[k];
    return sum;
}

/* The sum of s[2i] * s[2i + distance]. The other half of each 32-bit lane is zero, so that madd is a plain product;
 * it is split as in cross_moments.c. A vector reads one sample more than its products need: the last is left to the
 * scalar loop, which does not read beyond the array. */
__attribute__((target("avx2"))) static int64_t every_other(const int16_t *s, size_t distance, size_t count) {
    const __m256i even = _mm256_set1_epi32(0x0000ffff), mask = _mm256_set1_epi32(0x7fff);
    int64_t sum = 0;
    size_t i = 0;
    while (count - i > 8) {
        size_t vectors = (count - i - 1) / 8;
        if (vectors > BLOCK) vectors = BLOCK;
        __m256i high = _mm256_setzero_si256(), low = high;
        for (size_t k = 0; k < vectors; k++, i += 8) {
            __m256i a = _mm256_and_si256(_mm256_loadu_si256((const __m256i *)(s + 2 * i)), even);
            __m256i q = _mm256_madd_epi16(a, _mm256_loadu_si256((const __m256i *)(s + 2 * i + distance)));
            high = _mm256_add_epi32(high, _mm256_srai_epi32(q, 15));
            low = _mm256_add_epi32(low, _mm256_and_si256(q, mask));
        }
        sum += total(high) * 32768 + total(low);
    }
    for (; i < count; i++) sum += (int32_t)s[2 * i] * s[2 * i + distance];
    return sum;
}
#endif

static int64_t products(const int16_t *s, size_t stride, size_t lag, size_t count) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        if (stride == 2) return every_other(s, 2 * lag, count);
        if (stride == 1) return every_other(s, lag, (count + 1) / 2) + every_other(s + 1, lag, count / 2);
    }
#endif
    return scalar(s, stride, lag, count);
}

void cu_lag_products_i16(const int16_t *samples, size_t count, size_t stride, double centre, size_t lags,
                         double *sums) {
    /* The whole part of the centre is taken off in integers: what is left cancels nothing, however large the offset. */
    const int64_t whole = centre > -32768 && centre < 32768 ? (int64_t)centre : 0;
    const double rest = centre - (double)whole;
    int64_t head = 0, tail = 0; /* sums of all samples, less those that have no partner */
    for (size_t i = 0; i < count; i++) head += samples[i * stride];
    tail = head;
    for (size_t lag = 1; lag <= lags && lag < count; lag++) {
        const int64_t pairs = (int64_t)(count - lag);
        head -= samples[(size_t)pairs * stride];
        tail -= samples[(lag - 1) * stride];
        const int64_t sum = products(samples, stride, lag, (size_t)pairs) - whole * (head + tail) + pairs * whole * whole;
        const int64_t means = head + tail - 2 * pairs * whole;
        sums[lag - 1] += (double)sum - rest * (double)means + (double)pairs * rest * rest;
    }
}
