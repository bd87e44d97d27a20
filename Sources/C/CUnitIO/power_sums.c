#include "cunitio_kernels.h"

#include <string.h>

/* Eight samples at a time, in the compiler's own vectors. */
typedef int16_t words __attribute__((vector_size(16)));
typedef int16_t pairs __attribute__((vector_size(32)));
typedef int32_t lanes __attribute__((vector_size(32)));
typedef int64_t wide __attribute__((vector_size(64)));

/* So many vectors go by before the eight lanes together could overflow 64 bits: a cube is at most 2^45. */
enum { TURNS = 1 << 14 };

__attribute__((always_inline)) static inline lanes load(const int16_t *s, size_t stride) {
    if (stride == 1) {
        words w;
        memcpy(&w, s, sizeof w);
        return __builtin_convertvector(w, lanes);
    }
    /* The last of these 16 is not used, and may lie behind the array: two loads that overlap do not read it. */
    words low, high;
    memcpy(&low, s, sizeof low);
    memcpy(&high, s + 7, sizeof high);
    words w = __builtin_shufflevector(low, high, 0, 2, 4, 6, 9, 11, 13, 15);
    return __builtin_convertvector(w, lanes);
}

__attribute__((always_inline)) static inline int64_t total(wide v) {
    return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]));
}

__attribute__((always_inline)) static inline void sums(const int16_t *s, size_t count, size_t stride, int16_t clip_low,
                                                       int16_t clip_high, cu_power_sums *r) {
    __int128 third = 0;
    unsigned __int128 fourth = 0;
    size_t i = 0;
    while (count - i > 8 && count > 8) {
        size_t turns = (count - i - 1) / 8;
        if (turns > TURNS) turns = TURNS;
        wide first = {0}, second = {0}, cubes = {0}, low = {0}, high = {0}, lag = {0}, clipped = {0};
        for (size_t k = 0; k < turns; k++, i += 8) {
            lanes x = load(s + i * stride, stride), next = load(s + (i + 1) * stride, stride);
            lanes square = x * x;
            wide wide_x = __builtin_convertvector(x, wide), wide_square = __builtin_convertvector(square, wide);
            wide power = wide_square * wide_square;
            first += wide_x, second += wide_square, cubes += wide_square * wide_x;
            low += power & 0xffffffff, high += power >> 32;
            lag += __builtin_convertvector(x * next, wide);
            clipped -= __builtin_convertvector((x <= clip_low) | (x >= clip_high), wide);
        }
        r->first += total(first), r->second += (uint64_t)total(second), r->lag_product += total(lag);
        r->clipped += (uint64_t)total(clipped);
        third += total(cubes);
        fourth += (unsigned __int128)(uint64_t)total(low) + ((unsigned __int128)(uint64_t)total(high) << 32);
    }
    for (; i < count; i++) {
        int64_t x = s[i * stride], square = x * x;
        r->first += x, r->second += (uint64_t)square;
        third += square * x;
        fourth += (uint64_t)(square * square);
        if (i + 1 < count) r->lag_product += x * s[(i + 1) * stride];
        r->clipped += x <= clip_low || x >= clip_high;
    }
    r->third_high = (int64_t)(third >> 64), r->third_low = (uint64_t)third;
    r->fourth_high = (uint64_t)(fourth >> 64), r->fourth_low = (uint64_t)fourth;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void sums_avx2(const int16_t *s, size_t count, size_t stride, int16_t clip_low,
                                                      int16_t clip_high, cu_power_sums *r) {
    if (stride == 1) {
        sums(s, count, 1, clip_low, clip_high, r);
    } else {
        sums(s, count, 2, clip_low, clip_high, r);
    }
}
#endif

void cu_power_sums_i16(const int16_t *samples, size_t count, size_t stride, int16_t clip_low, int16_t clip_high,
                       cu_power_sums *result) {
    memset(result, 0, sizeof *result);
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        sums_avx2(samples, count, stride, clip_low, clip_high, result);
        return;
    }
#endif
    sums(samples, count, stride, clip_low, clip_high, result);
}
