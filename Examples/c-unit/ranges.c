/* The range of each field of each request, in the order of the fields (section 4, and 8 for StartStream). */
#include "unit.h"

struct refusal ranges(const struct unit *u, const struct call *c);

/* NaN is in no range. */
static int within(double value, double low, double high) { return value >= low && value <= high; }

static int is_power_of_two(uint32_t value) { return value != 0 && (value & (value - 1)) == 0; }

#define WRONG(condition, FIELD, what) \
    do { \
        if (condition) { \
            struct refusal why = {CVQKD_ERROR_CODE_OUT_OF_RANGE, CVQKD_##FIELD##_FIELD, what " is out of range"}; \
            return why; \
        } \
    } while (0)

/* Bytes of the largest frame of a slot. */
static uint32_t largest_frame(const struct unit *u, const struct cvqkd_start_stream *m)
{
    uint32_t n = m->symbols_per_frame;
    if (u->homodyne && !(m->options & CVQKD_STREAM_OPTIONS_DELIVER_DISCLOSED))
        return CVQKD_STREAM_FRAME_SAMPLES_OFFSET + 2 * n + (n + 7) / 8;
    return CVQKD_STREAM_FRAME_SAMPLES_OFFSET + 4 * n;
}

static struct refusal start_stream_ranges(const struct unit *u, const struct cvqkd_start_stream *m)
{
    const uint8_t options = CVQKD_STREAM_OPTIONS_STANDALONE | CVQKD_STREAM_OPTIONS_DELIVER_DISCLOSED;
    double alice = is_alice(u) ? 1 : 0, bob = 1 - alice;
    WRONG(m->session_id == 0, START_STREAM_SESSION_ID, "sessionId");
    WRONG(m->purpose < 1 || m->purpose > 3, START_STREAM_PURPOSE, "purpose");
    WRONG((m->options | options) != options, START_STREAM_OPTIONS, "options");
    WRONG(m->frame_bytes < CVQKD_FRAME_BYTES_MIN || m->frame_bytes > FRAME_BYTES_MAX || !is_power_of_two(m->frame_bytes),
          START_STREAM_FRAME_BYTES, "frameBytes");
    WRONG(m->symbols_per_frame < CVQKD_SYMBOLS_PER_FRAME_MIN || m->symbols_per_frame > CVQKD_SYMBOLS_PER_FRAME_MAX
              || largest_frame(u, m) > m->frame_bytes,
          START_STREAM_SYMBOLS_PER_FRAME, "symbolsPerFrame");
    WRONG(!within(m->symbol_rate, SYMBOL_RATE_MIN, SYMBOL_RATE_MAX), START_STREAM_SYMBOL_RATE, "symbolRate");
    WRONG(!within(m->vacuum_fraction, 0, bob), START_STREAM_VACUUM_FRACTION, "vacuumFraction");
    WRONG(!within(m->training_fraction, 0, alice), START_STREAM_TRAINING_FRACTION, "trainingFraction");
    WRONG(!within(m->dark_fraction, 0, bob) || m->vacuum_fraction + m->dark_fraction > 1, START_STREAM_DARK_FRACTION,
          "darkFraction");
    return nothing_wrong;
}

static struct refusal other_ranges(const struct unit *u, const struct call *c)
{
    const uint8_t *b = c->block;
    size_t n = c->length;
    union {
        struct cvqkd_hello hello;
        struct cvqkd_set_signal_laser laser;
        struct cvqkd_set_local_oscillator oscillator;
        struct cvqkd_set_shutter shutter;
        struct cvqkd_set_attenuation attenuation;
        struct cvqkd_set_modulator_bias_lock lock;
        struct cvqkd_set_modulation modulation;
        struct cvqkd_capture capture;
        struct cvqkd_measure_moments moments;
        struct cvqkd_reset reset;
    } m;
    switch (c->asker.request) {
    case CVQKD_HELLO_ID:
        WRONG(!cvqkd_decode_hello(b, n, &m.hello) || m.hello.access < 1 || m.hello.access > 2, HELLO_ACCESS, "access");
        break;
    case CVQKD_SET_SIGNAL_LASER_ID:
        WRONG(!cvqkd_decode_set_signal_laser(b, n, &m.laser) || m.laser.on > 1, SET_SIGNAL_LASER_ON, "on");
        break;
    case CVQKD_SET_LOCAL_OSCILLATOR_ID:
        WRONG(!cvqkd_decode_set_local_oscillator(b, n, &m.oscillator) || m.oscillator.on > 1,
              SET_LOCAL_OSCILLATOR_ON, "on");
        WRONG(!within(m.oscillator.power, 0, OSCILLATOR_MAX), SET_LOCAL_OSCILLATOR_POWER, "power");
        break;
    case CVQKD_SET_SHUTTER_ID:
        WRONG(!cvqkd_decode_set_shutter(b, n, &m.shutter) || m.shutter.position < 1 || m.shutter.position > 2,
              SET_SHUTTER_POSITION, "position");
        break;
    case CVQKD_SET_ATTENUATION_ID:
        WRONG(!cvqkd_decode_set_attenuation(b, n, &m.attenuation)
                  || !within(m.attenuation.attenuation, ATTENUATION_MIN, ATTENUATION_MAX),
              SET_ATTENUATION_ATTENUATION, "attenuation");
        break;
    case CVQKD_SET_MODULATOR_BIAS_LOCK_ID:
        WRONG(!cvqkd_decode_set_modulator_bias_lock(b, n, &m.lock) || m.lock.enabled > 1,
              SET_MODULATOR_BIAS_LOCK_ENABLED, "enabled");
        break;
    case CVQKD_SET_MODULATION_ID:
        WRONG(!cvqkd_decode_set_modulation(b, n, &m.modulation) || m.modulation.format > 1, SET_MODULATION_FORMAT,
              "format");
        WRONG(!within(m.modulation.variance, 0, VARIANCE_MAX), SET_MODULATION_VARIANCE, "variance");
        break;
    case CVQKD_CAPTURE_ID: /* x and p: an odd count is half a pair */
        WRONG(!cvqkd_decode_capture(b, n, &m.capture) || m.capture.sample_count == 0
                  || (!u->homodyne && m.capture.sample_count % 2 != 0),
              CAPTURE_SAMPLE_COUNT, "sampleCount");
        break;
    case CVQKD_MEASURE_MOMENTS_ID:
        WRONG(!cvqkd_decode_measure_moments(b, n, &m.moments) || m.moments.samples == 0, MEASURE_MOMENTS_SAMPLES,
              "samples");
        WRONG(m.moments.kind != CVQKD_SYMBOL_KIND_VACUUM && m.moments.kind != CVQKD_SYMBOL_KIND_DARK,
              MEASURE_MOMENTS_KIND, "kind");
        break;
    case CVQKD_RESET_ID:
        WRONG(!cvqkd_decode_reset(b, n, &m.reset) || m.reset.kind < 1 || m.reset.kind > 3, RESET_KIND, "kind");
        break;
    default: break;
    }
    return nothing_wrong;
}

struct refusal ranges(const struct unit *u, const struct call *c)
{
    struct cvqkd_start_stream m;
    if (c->asker.request == CVQKD_START_STREAM_ID && cvqkd_decode_start_stream(c->block, c->length, &m))
        return start_stream_ranges(u, &m);
    return other_ranges(u, c);
}
