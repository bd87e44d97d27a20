#include "cunitio_kernels.h"

static void scalar_xp(const int16_t *s, size_t pairs, int16_t low, int16_t high, cu_moments *x, cu_moments *p) {
    for (size_t i = 0; i < pairs; i++) {
        int32_t a = s[2 * i], b = s[2 * i + 1];
        x->sum += a;
        x->sum_squares += (uint64_t)(a * (int64_t)a);
        x->clipped += (uint64_t)((a <= low) | (a >= high));
        p->sum += b;
        p->sum_squares += (uint64_t)(b * (int64_t)b);
        p->clipped += (uint64_t)((b <= low) | (b >= high));
    }
}

static void scalar(const int16_t *s, size_t count, int16_t low, int16_t high, cu_moments *r) {
    for (size_t i = 0; i < count; i++) {
        int32_t a = s[i];
        r->sum += a;
        r->sum_squares += (uint64_t)(a * (int64_t)a);
        r->clipped += (uint64_t)((a <= low) | (a >= high));
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

typedef struct {
    __m256i sum, squares, clipped;
} lanes;

/* madd gives a pair sum of squares of at most 2^31, which fits an unsigned 32-bit lane: hence the zero-extension. */
__attribute__((target("avx2"))) static inline __m256i widen_unsigned(__m256i accumulator, __m256i v) {
    __m256i even = _mm256_and_si256(v, _mm256_set1_epi64x(0xffffffff));
    __m256i odd = _mm256_srli_epi64(v, 32);
    return _mm256_add_epi64(accumulator, _mm256_add_epi64(even, odd));
}

__attribute__((target("avx2"))) static inline __m256i widen_signed(__m256i v) {
    __m256i low = _mm256_cvtepi32_epi64(_mm256_castsi256_si128(v));
    __m256i high = _mm256_cvtepi32_epi64(_mm256_extracti128_si256(v, 1));
    return _mm256_add_epi64(low, high);
}

__attribute__((target("avx2"))) static inline int64_t total(__m256i v) {
    int64_t t[4];
    _mm256_storeu_si256((__m256i *)t, v);
    return t[0] + t[1] + t[2] + t[3];
}

/* Sums of samples are kept in 32-bit lanes for a block of 16,384 vectors (|sum| < 2^15 * 2 * 2^14 < 2^31). */
enum { BLOCK = 16384 };

__attribute__((target("avx2"))) static void avx2(const int16_t *s, size_t count, int16_t low, int16_t high,
                                                 cu_moments *r) {
    const __m256i ones = _mm256_set1_epi16(1), lo = _mm256_set1_epi16(low), hi = _mm256_set1_epi16(high);
    __m256i sum = _mm256_setzero_si256(), squares = _mm256_setzero_si256();
    uint64_t clipped = 0;
    size_t i = 0;
    while (count - i >= 16) {
        size_t vectors = (count - i) / 16;
        if (vectors > BLOCK) vectors = BLOCK;
        __m256i part = _mm256_setzero_si256(), clips = _mm256_setzero_si256();
        for (size_t k = 0; k < vectors; k++, i += 16) {
            __m256i v = _mm256_loadu_si256((const __m256i *)(s + i));
            part = _mm256_add_epi32(part, _mm256_madd_epi16(v, ones));
            squares = widen_unsigned(squares, _mm256_madd_epi16(v, v));
            /* outside = not (v > low and v < high) */
            __m256i inside = _mm256_and_si256(_mm256_cmpgt_epi16(v, lo), _mm256_cmpgt_epi16(hi, v));
            clips = _mm256_sub_epi32(clips, _mm256_madd_epi16(inside, ones));
        }
        sum = _mm256_add_epi64(sum, widen_signed(part));
        clipped += vectors * 16 - (uint64_t)total(widen_signed(clips));
    }
    r->sum += total(sum);
    r->sum_squares += (uint64_t)total(squares);
    r->clipped += clipped;
    scalar(s + i, count - i, low, high, r);
}

/* x lies in the even samples: multiplying by (1, 0) and (0, 1) separates the quadratures in the same instruction. */
__attribute__((target("avx2"))) static void avx2_xp(const int16_t *s, size_t pairs, int16_t low, int16_t high,
                                                    cu_moments *x, cu_moments *p) {
    const __m256i even = _mm256_set1_epi32(0x0000ffff), take_x = _mm256_set1_epi32(1),
                  take_p = _mm256_set1_epi32(0x00010000);
    const __m256i lo = _mm256_set1_epi16(low), hi = _mm256_set1_epi16(high);
    __m256i sx = _mm256_setzero_si256(), sp = sx, qx = sx, qp = sx;
    uint64_t cx = 0, cp = 0;
    size_t i = 0;
    while (pairs - i >= 8) {
        size_t vectors = (pairs - i) / 8;
        if (vectors > BLOCK) vectors = BLOCK;
        __m256i px = _mm256_setzero_si256(), pp = px, kx = px, kp = px;
        for (size_t k = 0; k < vectors; k++, i += 8) {
            __m256i v = _mm256_loadu_si256((const __m256i *)(s + 2 * i));
            __m256i vx = _mm256_and_si256(v, even), vp = _mm256_andnot_si256(even, v);
            px = _mm256_add_epi32(px, _mm256_madd_epi16(v, take_x));
            pp = _mm256_add_epi32(pp, _mm256_madd_epi16(v, take_p));
            qx = widen_unsigned(qx, _mm256_madd_epi16(vx, vx));
            qp = widen_unsigned(qp, _mm256_madd_epi16(vp, vp));
            __m256i inside = _mm256_and_si256(_mm256_cmpgt_epi16(v, lo), _mm256_cmpgt_epi16(hi, v));
            kx = _mm256_sub_epi32(kx, _mm256_madd_epi16(inside, take_x));
            kp = _mm256_sub_epi32(kp, _mm256_madd_epi16(inside, take_p));
        }
        sx = _mm256_add_epi64(sx, widen_signed(px));
        sp = _mm256_add_epi64(sp, widen_signed(pp));
        cx += vectors * 8 - (uint64_t)total(widen_signed(kx));
        cp += vectors * 8 - (uint64_t)total(widen_signed(kp));
    }
    x->sum += total(sx);
    p->sum += total(sp);
    x->sum_squares += (uint64_t)total(qx);
    p->sum_squares += (uint64_t)total(qp);
    x->clipped += cx;
    p->clipped += cp;
    scalar_xp(s + 2 * i, pairs - i, low, high, x, p);
}
#endif

void cu_moments_i16(const int16_t *samples, size_t count, int16_t clip_low, int16_t clip_high, cu_moments *result) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        avx2(samples, count, clip_low, clip_high, result);
        return;
    }
#endif
    scalar(samples, count, clip_low, clip_high, result);
}

void cu_moments_xp16(const int16_t *samples, size_t pairs, int16_t clip_low, int16_t clip_high, cu_moments *x,
                     cu_moments *p) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        avx2_xp(samples, pairs, clip_low, clip_high, x, p);
        return;
    }
#endif
    scalar_xp(samples, pairs, clip_low, clip_high, x, p);
}
