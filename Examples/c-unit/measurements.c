/* Single measurements (section 11): one at a time, answered when they are done. */
#include "unit.h"

static struct refusal because(uint16_t code, uint16_t field, const char *text)
{
    struct refusal why = {code, field, text};
    return why;
}

static void begin_measurement(struct unit *u, const struct call *c, uint8_t activity, uint64_t samples, uint64_t wait)
{
    struct measurement m = {.activity = activity, .samples = samples, .due = u->now + wait, .asker = c->asker};
    u->measurement = m;
}

static int is_busy(const struct unit *u) { return u->measurement.activity != CVQKD_ACTIVITY_IDLE; }

struct refusal start_capture(struct unit *u, const struct call *c, uint32_t count)
{
    if (count > CAPTURE_SAMPLES)
        return because(CVQKD_ERROR_CODE_TOO_LARGE, CVQKD_CAPTURE_SAMPLE_COUNT_FIELD, "more than maximumCaptureSamples");
    if (is_busy(u))
        return because(CVQKD_ERROR_CODE_IN_PROGRESS, 0, "a measurement runs");
    begin_measurement(u, c, CVQKD_ACTIVITY_CAPTURING, count, (uint64_t)((double)count / SYMBOL_RATE_MAX * 1e9));
    return nothing_wrong;
}

static void take_capture(struct unit *u)
{
    uint32_t count = (uint32_t)u->measurement.samples;
    uint64_t key = next_random(&u->random);
    struct cvqkd_capture_ready m = {
        .sample_count = count, .light = light_on(u), .sample_rate = SYMBOL_RATE_MAX, .device_time = device_time(u),
        .local_oscillator_power = u->oscillator ? u->oscillator_power : 0,
        .format = u->homodyne ? CVQKD_SAMPLE_FORMAT_X16 : CVQKD_SAMPLE_FORMAT_XP16,
    };
    for (uint32_t i = 0; i < count; i++) {
        int16_t x, p;
        words(key, i / 2, &x, &p);
        u->capture[i] = is_alice(u) ? (i % 2 ? p : x) : measure(u, u->oscillator, 0);
    }
    u->capture_count = count;
    u->has_capture = 1;
    m.capture_id = ++u->capture_id;
    WRITE(u, CAPTURE_READY, capture_ready, &m);
    reply(u, u->measurement.asker);
}

/* Whether the capture exists and reaches to offset is looked at last; at its end it is empty, not an error. */
struct refusal read_capture(struct unit *u, const struct call *c, const struct cvqkd_read_capture *m)
{
    struct cvqkd_capture_data r = {.capture_id = m->capture_id, .offset = m->offset};
    uint32_t count;
    if (!u->has_capture || m->capture_id != u->capture_id)
        return because(CVQKD_ERROR_CODE_OUT_OF_RANGE, CVQKD_READ_CAPTURE_CAPTURE_ID_FIELD, "no such capture");
    if (m->offset > u->capture_count)
        return because(CVQKD_ERROR_CODE_OUT_OF_RANGE, CVQKD_READ_CAPTURE_OFFSET_FIELD, "offset behind the end");
    count = u->capture_count - m->offset;
    if (count > m->count)
        count = m->count;
    if (count > 2000)
        count = 2000;
    WRITE(u, CAPTURE_DATA, capture_data, &r);
    cvqkd_put_uint32(u->message + u->message_length, 2 * count);
    u->message_length += CVQKD_CAPTURE_DATA_SAMPLES_LENGTH_SIZE;
    for (uint32_t i = 0; i < count; i++, u->message_length += 2)
        cvqkd_put_int16(u->message + u->message_length, u->capture[m->offset + i]);
    reply(u, c->asker);
    return nothing_wrong;
}

struct refusal measure_moments(struct unit *u, const struct call *c, const struct cvqkd_measure_moments *m)
{
    int wants_light = m->kind == CVQKD_SYMBOL_KIND_VACUUM;
    if (m->samples > MOMENT_SAMPLES_MAX)
        return because(CVQKD_ERROR_CODE_TOO_LARGE, CVQKD_MEASURE_MOMENTS_SAMPLES_FIELD, "more than maximumMomentSamples");
    if (is_busy(u))
        return because(CVQKD_ERROR_CODE_IN_PROGRESS, 0, "a measurement runs");
    if (shutter_read_back(u) != CVQKD_SHUTTER_POSITION_CLOSED)
        return because(CVQKD_ERROR_CODE_CONDITION_NOT_MET, 0, "the shutter is not closed and at rest");
    if ((u->oscillator != 0) != wants_light)
        return because(CVQKD_ERROR_CODE_CONDITION_NOT_MET, 0, wants_light ? "the LO is off" : "the LO is on");
    begin_measurement(
        u, c, CVQKD_ACTIVITY_MEASURING_MOMENTS, m->samples, (uint64_t)((double)m->samples / SYMBOL_RATE_MAX * 1e9));
    u->measurement.moments.kind = m->kind;
    u->measurement.moments.quadratures = u->homodyne ? 1 : 2;
    u->measurement.moments.local_oscillator_power = u->oscillator ? u->oscillator_power : 0;
    u->measurement.moments.start_time = device_time(u);
    return nothing_wrong;
}

/* Some samples a turn, so that heartbeats are answered meanwhile. Returns whether all are summed. */
static int sum_samples(struct unit *u)
{
    struct cvqkd_moments *m = &u->measurement.moments;
    for (int i = 0; i < 5000 && m->samples < u->measurement.samples; i++, m->samples++) {
        int64_t x = measure(u, u->oscillator, 0), p = u->homodyne ? 0 : measure(u, u->oscillator, 0);
        m->sum_x += x;
        m->sum_squares_x += (uint64_t)(x * x);
        m->sum_p += p;
        m->sum_squares_p += (uint64_t)(p * p);
        m->clipped_samples += (uint64_t)(x == CLIP || x == -CLIP) + (uint64_t)(p == CLIP || p == -CLIP);
    }
    return m->samples == u->measurement.samples;
}

struct refusal run_self_test(struct unit *u, const struct call *c)
{
    if (is_busy(u))
        return because(CVQKD_ERROR_CODE_IN_PROGRESS, 0, "a measurement runs");
    begin_measurement(u, c, CVQKD_ACTIVITY_SELF_TESTING, 0, 500 * MILLISECOND);
    return nothing_wrong;
}

static void send_self_test(struct unit *u)
{
    static const char text[] = "123456789";
    double difference = cvqkd_crc32c(0, (const uint8_t *)text, 9) == UINT32_C(0xE3069283) ? 0 : 1;
    uint8_t outcome = difference == 0 ? CVQKD_TEST_OUTCOME_PASSED : CVQKD_TEST_OUTCOME_FAILED;
    struct cvqkd_self_test_result m = {.outcome = outcome};
    struct cvqkd_self_test_result_items item = {.outcome = outcome, .measured = difference};
    cvqkd_text_set(item.name, sizeof item.name, "crc");
    cvqkd_text_set(item.unit, sizeof item.unit, "1");
    WRITE(u, SELF_TEST_RESULT, self_test_result, &m);
    u->message_length += cvqkd_put_dimension(
        u->message + u->message_length, CVQKD_SELF_TEST_RESULT_ITEMS_BLOCK_LENGTH, 1);
    cvqkd_encode_self_test_result_items(u->message + u->message_length, &item);
    u->message_length += CVQKD_SELF_TEST_RESULT_ITEMS_BLOCK_LENGTH;
    reply(u, u->measurement.asker);
}

void finish_measurement(struct unit *u)
{
    struct measurement *m = &u->measurement;
    if (!is_busy(u))
        return;
    if (m->activity == CVQKD_ACTIVITY_MEASURING_MOMENTS && !sum_samples(u))
        return;
    if (u->now < m->due)
        return;
    if (m->activity == CVQKD_ACTIVITY_CAPTURING) {
        take_capture(u);
    } else if (m->activity == CVQKD_ACTIVITY_MEASURING_MOMENTS) {
        m->moments.end_time = device_time(u);
        WRITE(u, MOMENTS, moments, &m->moments);
        reply(u, m->asker);
    } else {
        send_self_test(u);
    }
    m->activity = CVQKD_ACTIVITY_IDLE;
}

/* Going dark ends a measurement. */
void cancel_measurement(struct unit *u)
{
    if (!is_busy(u))
        return;
    u->measurement.activity = CVQKD_ACTIVITY_IDLE;
    refuse(u, u->measurement.asker, because(CVQKD_ERROR_CODE_CONDITION_NOT_MET, 0, "the unit went dark"));
}
