/* Light, as far as an example has any: random numbers, Alice's words, what Bob's converter sees. */
#include "unit.h"

uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* 0 … 1, for the kinds of slots: the unit's own numbers, nobody else's. A real unit has a physical source. */
double fraction(struct unit *u) { return (double)(next_random(&u->random) >> 11) * 0x1p-53; }

/* A normal number of variance 1: the sum of twelve even ones, which needs no library. */
static double normal(uint64_t *state)
{
    int64_t sum = 0;
    for (int i = 0; i < 3; i++) {
        uint64_t bits = next_random(state);
        for (int j = 0; j < 4; j++, bits >>= 16)
            sum += (int64_t)(bits & 0xffff);
    }
    return ((double)sum - 6 * 65535.0) / 65536;
}

double root(double value)
{
    double guess = value > 1 ? value : 1;
    for (int i = 0; i < 60 && value > 0; i++)
        guess = 0.5 * (guess + value / guess);
    return value > 0 ? guess : 0;
}

/* 10^(decibel / 10), for 0 … −100 dB. */
double power_of_decibel(double decibel)
{
    double x, term = 1, sum = 1, result = 1;
    for (; decibel <= -1; decibel += 1)
        result *= 0.794328234724281502;
    x = decibel * 0.230258509299404568;
    for (int i = 1; i < 20; i++) {
        term *= x / i;
        sum += term;
    }
    return result * sum;
}

static int16_t rounded(double value) { return (int16_t)(value < 0 ? value - 0.5 : value + 0.5); }

/* Word k of Alice: a function of its index, so that she can tell it again when she discloses it. */
void words(uint64_t key, uint64_t index, int16_t *x, int16_t *p)
{
    uint64_t state = key ^ (index * UINT64_C(0xD1342543DE82EF95));
    *x = rounded(WORD_SIGMA * normal(&state));
    *p = rounded(WORD_SIGMA * normal(&state));
}

/* A sample of Bob's: signal in √N0, noise, the converter. */
int16_t measure(struct unit *u, int oscillator_on, double signal)
{
    const double shot_noise = 200, electronic_noise = 60;
    double value = electronic_noise * normal(&u->random);
    if (oscillator_on)
        value += shot_noise * root(u->oscillator_power / OSCILLATOR_NOMINAL) * (signal + normal(&u->random));
    return value > CLIP ? CLIP : value < -CLIP ? -CLIP : rounded(value);
}

/* V_A at the output connector (section 8): of the settings, whether the laser is on or not. */
double variance_in_force(const struct unit *u)
{
    if (u->modulation == CVQKD_MODULATION_FORMAT_OFF)
        return 0;
    return u->variance * power_of_decibel(ATTENUATION_MIN - u->attenuation);
}

/* The attenuator changes the scale, not the words. */
double sample_scale(const struct unit *u)
{
    double variance = variance_in_force(u);
    return root(variance > 0 ? variance : 1) / WORD_SIGMA;
}
