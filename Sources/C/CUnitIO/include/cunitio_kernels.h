/* Kernels over samples and frames. Vector versions are chosen at run time from what the processor has, so that one
 * binary serves every node. All of them only read their arguments and may be called on any thread. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* CRC-32C (Castagnoli). Start with crc = 0; feed the result back to continue. */
uint32_t cu_crc32c(uint32_t crc, const void *bytes, size_t count);

/* The portable version, as the reference for tests. */
uint32_t cu_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

/* Sums over int16 samples; added to, not overwritten, so that one struct serves a whole session. */
typedef struct {
    int64_t sum;
    uint64_t sum_squares;
    uint64_t clipped; /* samples <= clip_low or >= clip_high */
} cu_moments;

/* One quadrature: count samples. */
void cu_moments_i16(const int16_t *samples, size_t count, int16_t clip_low, int16_t clip_high, cu_moments *result);

/* Interleaved x, p: pairs pairs of samples. */
void cu_moments_xp16(const int16_t *samples, size_t pairs, int16_t clip_low, int16_t clip_high, cu_moments *x,
                     cu_moments *p);

/* Exact sums over triples: Alice's x and p, and a quadrature y of Bob's. Good for 2^33 triples of full scale. */
typedef struct {
    int64_t x, p, y, xx, xp, pp, xy, py, yy;
} cu_cross_moments;

/* Heterodyne: count symbols, alice and bob both x, p, x, p... The sums against Bob's x and against his p, overwritten. */
void cu_cross_moments_xp16(const int16_t *alice, const int16_t *bob, size_t count, cu_cross_moments *x,
                           cu_cross_moments *p);

/* Homodyne: count symbols, alice x, p, x, p... and bob one sample each. Overwritten. With bits, only the symbols whose bit
 * is 1 count: bit first_bit + i (least significant first) for symbol i. */
void cu_cross_moments_i16(const int16_t *alice, const int16_t *bob, const uint8_t *bits, size_t first_bit, size_t count,
                          cu_cross_moments *result);

/* Powers of samples about a centre (LSB), summed in double: within 1e-12 of exact. Added to. */
typedef struct {
    double second, third, fourth;
} cu_high_moments;

/* stride 1: every sample; stride 2: one quadrature of x, p, x, p... from the first sample on. count samples are used. */
void cu_high_moments_i16(const int16_t *samples, size_t count, size_t stride, double centre, cu_high_moments *result);

/* Sums of products of a sample (less centre) with the one lag samples later, for lags 1...lags. Added to. Whole numbers
 * are summed, so that only the centre is rounded. */
void cu_lag_products_i16(const int16_t *samples, size_t count, size_t stride, double centre, size_t lags,
                         double *products);

/* Least and greatest sample. Added to: start with { INT16_MAX, INT16_MIN }. */
typedef struct {
    int16_t least, greatest;
} cu_extremes;

/* Interleaved x, p: pairs pairs of samples. The even samples go to x, the odd ones to p. */
void cu_extremes_xp16(const int16_t *samples, size_t pairs, cu_extremes *x, cu_extremes *p);

/* Exact sums of powers, of products of neighbours (one less than samples) and of clipped samples. Sums of more than 64
 * bits come in two parts: high * 2^64 + low. Overwritten. */
typedef struct {
    int64_t first, lag_product, third_high;
    uint64_t second, third_low, fourth_high, fourth_low, clipped;
} cu_power_sums;

/* stride 1: every sample; stride 2: one quadrature of x, p, x, p... from the first sample on. count samples are used, at
 * most 2^32. */
void cu_power_sums_i16(const int16_t *samples, size_t count, size_t stride, int16_t clip_low, int16_t clip_high,
                       cu_power_sums *result);
