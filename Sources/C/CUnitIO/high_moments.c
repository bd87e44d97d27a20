#include "cunitio_kernels.h"

/* Eight lanes in the compiler's own vectors: two 256-bit registers with AVX, four of 128 bits without. */
typedef double lanes __attribute__((vector_size(64)));

__attribute__((always_inline)) static inline void gather(lanes *d, const int16_t *s, size_t stride, double centre) {
    for (int k = 0; k < 8; k++) (*d)[k] = s[(size_t)k * stride];
    *d -= centre;
}

__attribute__((always_inline)) static inline double total(const lanes *v) {
    const lanes t = *v;
    return ((t[0] + t[1]) + (t[2] + t[3])) + ((t[4] + t[5]) + (t[6] + t[7]));
}

__attribute__((always_inline)) static inline void powers(const int16_t *s, size_t count, size_t stride, double centre,
                                                         cu_high_moments *r) {
    lanes second = {0}, third = {0}, fourth = {0};
    size_t i = 0;
    for (; count - i >= 8; i += 8) {
        lanes d;
        if (stride == 1) {
            gather(&d, s + i, 1, centre);
        } else {
            gather(&d, s + i * stride, stride, centre);
        }
        lanes q = d * d;
        second += q, third += q * d, fourth += q * q;
    }
    r->second += total(&second), r->third += total(&third), r->fourth += total(&fourth);
    for (; i < count; i++) {
        double d = s[i * stride] - centre, q = d * d;
        r->second += q, r->third += q * d, r->fourth += q * q;
    }
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static void powers_avx2(const int16_t *s, size_t count, size_t stride,
                                                            double centre, cu_high_moments *r) {
    powers(s, count, stride, centre, r);
}
#endif

void cu_high_moments_i16(const int16_t *samples, size_t count, size_t stride, double centre, cu_high_moments *result) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        powers_avx2(samples, count, stride, centre, result);
        return;
    }
#endif
    powers(samples, count, stride, centre, result);
}
