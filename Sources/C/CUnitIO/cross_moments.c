#include "cunitio_kernels.h"

static void scalar_pairs(const int16_t *alice, const int16_t *bob, size_t count, cu_cross_moments *u,
                         cu_cross_moments *v) {
    for (size_t i = 0; i < count; i++) {
        int64_t x = alice[2 * i], p = alice[2 * i + 1], a = bob[2 * i], b = bob[2 * i + 1];
        u->x += x, u->p += p, u->xx += x * x, u->xp += x * p, u->pp += p * p;
        u->y += a, u->xy += x * a, u->py += p * a, u->yy += a * a;
        v->y += b, v->xy += x * b, v->py += p * b, v->yy += b * b;
    }
}

static int bit(const uint8_t *bits, size_t i) { return bits[i >> 3] >> (i & 7) & 1; }

static void scalar_single(const int16_t *alice, const int16_t *bob, const uint8_t *bits, size_t first, size_t count,
                          cu_cross_moments *u) {
    for (size_t i = 0; i < count; i++) {
        if (bits && !bit(bits, first + i)) continue;
        int64_t x = alice[2 * i], p = alice[2 * i + 1], y = bob[i];
        u->x += x, u->p += p, u->xx += x * x, u->xp += x * p, u->pp += p * p;
        u->y += y, u->xy += x * y, u->py += p * y, u->yy += y * y;
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx2"))) static inline int64_t total(__m256i v) {
    int64_t t[4];
    _mm256_storeu_si256((__m256i *)t, v);
    return t[0] + t[1] + t[2] + t[3];
}

/* The sum of the 32-bit lanes, as 64-bit numbers. */
__attribute__((target("avx2"))) static inline int64_t total32(__m256i v) {
    __m256i low = _mm256_cvtepi32_epi64(_mm256_castsi256_si128(v));
    __m256i high = _mm256_cvtepi32_epi64(_mm256_extracti128_si256(v, 1));
    return total(_mm256_add_epi64(low, high));
}

/* A product of two int16 is at most 2^30 in size. Its arithmetic halves by 2^15 are summed apart in 32-bit lanes: the
 * high part is at most 2^15, the low part below 2^15, so a block of 2^15 vectors cannot overflow. Exact, and cheaper
 * than widening each product to 64 bits. */
typedef struct {
    __m256i high, low;
} split;

enum { BLOCK = 32768 };

#define ADD(sum, product)                                                                                              \
    do {                                                                                                               \
        __m256i q = (product);                                                                                         \
        (sum).high = _mm256_add_epi32((sum).high, _mm256_srai_epi32(q, 15));                                           \
        (sum).low = _mm256_add_epi32((sum).low, _mm256_and_si256(q, mask));                                            \
    } while (0)

__attribute__((target("avx2"))) static inline int64_t joined(split s) {
    return total32(s.high) * 32768 + total32(s.low);
}

/* x lies in the even, p in the odd int16 of a 32-bit lane. With the other half zero, madd is a plain product. */
__attribute__((target("avx2"))) static void avx2_pairs(const int16_t *alice, const int16_t *bob, size_t count,
                                                       cu_cross_moments *u, cu_cross_moments *v) {
    const __m256i even = _mm256_set1_epi32(0x0000ffff), mask = _mm256_set1_epi32(0x7fff);
    const __m256i take_x = _mm256_set1_epi32(1), take_p = _mm256_set1_epi32(0x00010000);
    const __m256i zero = _mm256_setzero_si256();
    size_t i = 0;
    while (count - i >= 8) {
        size_t vectors = (count - i) / 8;
        if (vectors > BLOCK) vectors = BLOCK;
        __m256i sx = zero, sp = zero, sa = zero, sb = zero;
        split xx = {zero, zero}, xp = xx, pp = xx, xa = xx, pa = xx, aa = xx, xb = xx, pb = xx, bb = xx;
        for (size_t k = 0; k < vectors; k++, i += 8) {
            __m256i m = _mm256_loadu_si256((const __m256i *)(alice + 2 * i));
            __m256i n = _mm256_loadu_si256((const __m256i *)(bob + 2 * i));
            __m256i x = _mm256_and_si256(m, even), p = _mm256_srli_epi32(m, 16);
            __m256i a = _mm256_and_si256(n, even), b = _mm256_srli_epi32(n, 16);
            sx = _mm256_add_epi32(sx, _mm256_madd_epi16(m, take_x));
            sp = _mm256_add_epi32(sp, _mm256_madd_epi16(m, take_p));
            sa = _mm256_add_epi32(sa, _mm256_madd_epi16(n, take_x));
            sb = _mm256_add_epi32(sb, _mm256_madd_epi16(n, take_p));
            ADD(xx, _mm256_madd_epi16(x, x));
            ADD(xp, _mm256_madd_epi16(x, p));
            ADD(pp, _mm256_madd_epi16(p, p));
            ADD(xa, _mm256_madd_epi16(x, a));
            ADD(pa, _mm256_madd_epi16(p, a));
            ADD(aa, _mm256_madd_epi16(a, a));
            ADD(xb, _mm256_madd_epi16(x, b));
            ADD(pb, _mm256_madd_epi16(p, b));
            ADD(bb, _mm256_madd_epi16(b, b));
        }
        u->x += total32(sx), u->p += total32(sp), u->y += total32(sa), v->y += total32(sb);
        u->xx += joined(xx), u->xp += joined(xp), u->pp += joined(pp);
        u->xy += joined(xa), u->py += joined(pa), u->yy += joined(aa);
        v->xy += joined(xb), v->py += joined(pb), v->yy += joined(bb);
    }
    scalar_pairs(alice + 2 * i, bob + 2 * i, count - i, u, v);
}

__attribute__((target("avx2"))) static void avx2_single(const int16_t *alice, const int16_t *bob,
                                                        const uint8_t *bits, size_t first, size_t count,
                                                        cu_cross_moments *u) {
    const __m256i lanes = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    const __m256i even = _mm256_set1_epi32(0x0000ffff), mask = _mm256_set1_epi32(0x7fff);
    const __m256i take_x = _mm256_set1_epi32(1), take_p = _mm256_set1_epi32(0x00010000);
    const __m256i zero = _mm256_setzero_si256();
    size_t i = 0;
    while (count - i >= 8) {
        size_t vectors = (count - i) / 8;
        if (vectors > BLOCK) vectors = BLOCK;
        __m256i sx = zero, sp = zero, sy = zero;
        split xx = {zero, zero}, xp = xx, pp = xx, xy = xx, py = xx, yy = xx;
        for (size_t k = 0; k < vectors; k++, i += 8) {
            __m256i m = _mm256_loadu_si256((const __m256i *)(alice + 2 * i));
            __m256i y = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(bob + i)));
            if (bits) {
                /* The bits of these eight symbols lie in one byte, or in two if the first is not on a border. */
                size_t place = first + i;
                unsigned word = bits[place >> 3];
                if (place & 7) word = (word | (unsigned)bits[(place >> 3) + 1] << 8) >> (place & 7);
                __m256i chosen = _mm256_and_si256(_mm256_set1_epi32((int)word), lanes);
                chosen = _mm256_cmpeq_epi32(chosen, lanes);
                m = _mm256_and_si256(m, chosen);
                y = _mm256_and_si256(y, chosen);
            }
            __m256i x = _mm256_and_si256(m, even), p = _mm256_srli_epi32(m, 16);
            sx = _mm256_add_epi32(sx, _mm256_madd_epi16(m, take_x));
            sp = _mm256_add_epi32(sp, _mm256_madd_epi16(m, take_p));
            sy = _mm256_add_epi32(sy, _mm256_madd_epi16(y, take_x));
            ADD(xx, _mm256_madd_epi16(x, x));
            ADD(xp, _mm256_madd_epi16(x, p));
            ADD(pp, _mm256_madd_epi16(p, p));
            ADD(xy, _mm256_madd_epi16(x, y));
            ADD(py, _mm256_madd_epi16(p, y));
            ADD(yy, _mm256_madd_epi16(y, y));
        }
        u->x += total32(sx), u->p += total32(sp), u->y += total32(sy);
        u->xx += joined(xx), u->xp += joined(xp), u->pp += joined(pp);
        u->xy += joined(xy), u->py += joined(py), u->yy += joined(yy);
    }
    scalar_single(alice + 2 * i, bob + i, bits, first + i, count - i, u);
}
#endif

void cu_cross_moments_xp16(const int16_t *alice, const int16_t *bob, size_t count, cu_cross_moments *x,
                           cu_cross_moments *p) {
    cu_cross_moments u = {0}, v = {0};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        avx2_pairs(alice, bob, count, &u, &v);
    } else
#endif
        scalar_pairs(alice, bob, count, &u, &v);
    /* Alice's own sums are the same for both of Bob's quadratures. */
    v.x = u.x, v.p = u.p, v.xx = u.xx, v.xp = u.xp, v.pp = u.pp;
    *x = u;
    *p = v;
}

void cu_cross_moments_i16(const int16_t *alice, const int16_t *bob, const uint8_t *bits, size_t first_bit, size_t count,
                          cu_cross_moments *result) {
    cu_cross_moments u = {0};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        avx2_single(alice, bob, bits, first_bit, count, &u);
    } else
#endif
        scalar_single(alice, bob, bits, first_bit, count, &u);
    *result = u;
}
