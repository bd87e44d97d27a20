#include "cunitio_kernels.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Eight transforms side by side, one per lane: every step of the transform is the same plain arithmetic on whole
 * vectors. A library transforms one signal at a time and spends its time on shuffles; see Benchmarks for the ratio. */
typedef float lanes __attribute__((vector_size(32)));

typedef struct {
    lanes re, im;
} cell;

struct cu_welch {
    size_t length;
    float *window, *cosine, *sine; /* cos and -sin of 2 pi k / length, k < length */
    cell *data, *work;
};

void cu_welch_free(cu_welch *w) {
    if (!w) return;
    free(w->window), free(w->cosine), free(w->sine), free(w->data), free(w->work);
    free(w);
}

cu_welch *cu_welch_make(size_t length, const float *window) {
    cu_welch *w = calloc(1, sizeof *w);
    if (!w) return NULL;
    w->length = length;
    w->window = malloc(length * sizeof *w->window);
    w->cosine = malloc(length * sizeof *w->cosine);
    w->sine = malloc(length * sizeof *w->sine);
    w->data = aligned_alloc(64, length * sizeof *w->data);
    w->work = aligned_alloc(64, length * sizeof *w->work);
    if (!w->window || !w->cosine || !w->sine || !w->data || !w->work) {
        cu_welch_free(w);
        return NULL;
    }
    memcpy(w->window, window, length * sizeof *window);
    for (size_t k = 0; k < length; k++) {
        double angle = 2 * 3.14159265358979323846 * (double)k / (double)length;
        w->cosine[k] = (float)cos(angle);
        w->sine[k] = (float)-sin(angle);
    }
    return w;
}

#define INLINE __attribute__((always_inline)) static inline

INLINE cell plus(cell a, cell b) { return (cell){a.re + b.re, a.im + b.im}; }
INLINE cell minus(cell a, cell b) { return (cell){a.re - b.re, a.im - b.im}; }
INLINE cell times(cell a, float c, float s) { return (cell){a.re * c - a.im * s, a.re * s + a.im * c}; }

/* Stockham's transform, decimation in frequency: n points at distance s, four at a time and two at the end if need be.
 * Returns where the result lies. */
INLINE cell *transform(const cu_welch *w, cell *x, cell *y) {
    size_t n = w->length, s = 1;
    for (; n >= 4; n /= 4, s *= 4) {
        size_t m = n / 4;
        for (size_t p = 0; p < m; p++) {
            float c1 = w->cosine[p * s], s1 = w->sine[p * s];
            float c2 = w->cosine[2 * p * s], s2 = w->sine[2 * p * s];
            float c3 = w->cosine[3 * p * s], s3 = w->sine[3 * p * s];
            for (size_t q = 0; q < s; q++) {
                cell a = x[q + s * p], b = x[q + s * (p + m)], c = x[q + s * (p + 2 * m)], d = x[q + s * (p + 3 * m)];
                cell ac = plus(a, c), amc = minus(a, c), bd = plus(b, d), bmd = minus(b, d);
                cell turned = {bmd.im, -bmd.re}; /* -i (b - d) */
                y[q + s * 4 * p] = plus(ac, bd);
                y[q + s * (4 * p + 1)] = times(plus(amc, turned), c1, s1);
                y[q + s * (4 * p + 2)] = times(minus(ac, bd), c2, s2);
                y[q + s * (4 * p + 3)] = times(minus(amc, turned), c3, s3);
            }
        }
        cell *t = x;
        x = y, y = t;
    }
    if (n == 2) {
        for (size_t q = 0; q < s; q++) {
            cell a = x[q], b = x[q + s];
            y[q] = plus(a, b);
            y[q + s] = minus(a, b);
        }
        return y;
    }
    return x;
}

INLINE void add(cu_welch *w, const int16_t *samples, size_t segments, size_t hop, size_t stride, double *power) {
    size_t n = w->length;
    const int16_t *start[16];
    float mean[16];
    for (size_t k = 0; k < 16; k++) {
        size_t used = k < segments ? k : 0;
        start[k] = stride == 1 ? samples + used * hop : samples + used / 2 * hop * 2 + used % 2;
        int64_t sum = 0;
        for (size_t i = 0; i < n; i++) sum += start[k][i * stride];
        mean[k] = (float)((double)sum / (double)n);
    }
    /* Lanes without a segment are multiplied by 0. */
    lanes even_mean, odd_mean, even_on, odd_on;
    for (int l = 0; l < 8; l++) {
        even_mean[l] = mean[2 * l], odd_mean[l] = mean[2 * l + 1];
        even_on[l] = (size_t)(2 * l) < segments, odd_on[l] = (size_t)(2 * l + 1) < segments;
    }
    for (size_t i = 0; i < n; i++) {
        lanes re, im;
        for (int l = 0; l < 8; l++) re[l] = start[2 * l][i * stride], im[l] = start[2 * l + 1][i * stride];
        w->data[i].re = (re - even_mean) * even_on * w->window[i];
        w->data[i].im = (im - odd_mean) * odd_on * w->window[i];
    }
    cell *z = transform(w, w->data, w->work);
    for (size_t k = 0; k < n; k++) {
        lanes p = z[k].re * z[k].re + z[k].im * z[k].im;
        power[k] += (double)(((p[0] + p[1]) + (p[2] + p[3])) + ((p[4] + p[5]) + (p[6] + p[7])));
    }
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static void add_avx2(cu_welch *w, const int16_t *samples, size_t segments,
                                                         size_t hop, size_t stride, double *power) {
    add(w, samples, segments, hop, stride, power);
}
#endif

void cu_welch_add(cu_welch *w, const int16_t *samples, size_t segments, size_t hop, size_t stride, double *power) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        add_avx2(w, samples, segments, hop, stride, power);
        return;
    }
#endif
    add(w, samples, segments, hop, stride, power);
}
