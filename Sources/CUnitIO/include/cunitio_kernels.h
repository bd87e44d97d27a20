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
