/* Requests that the gate has let pass, one function each but for those of the stream and of measurements. */
#include "unit.h"

static struct refusal because(uint16_t code, uint16_t field, const char *text)
{
    struct refusal why = {code, field, text};
    return why;
}

static void put_fingerprint(struct unit *u, uint16_t id, uint16_t count, uint64_t fingerprint)
{
    struct cvqkd_hello_reply_fingerprints m = {.template_id = id, .field_count = count, .fingerprint = fingerprint};
    cvqkd_encode_hello_reply_fingerprints(u->message + u->message_length, &m);
    u->message_length += CVQKD_HELLO_REPLY_FINGERPRINTS_BLOCK_LENGTH;
}

/* Opens a connection on its port, or replaces it; a session that runs is not touched (section 5). */
static struct refusal hello(struct unit *u, const struct call *c, const struct cvqkd_hello *m)
{
    struct cvqkd_hello_reply r = {
        .role = u->role, .emulated = 1, .state = u->state, .access = m->access, .reset_cause = u->reset_cause,
        .boot_count = u->boot_count, .capabilities = capabilities_of(u), .heartbeat_interval = HEARTBEAT_INTERVAL,
        .heartbeat_timeout = HEARTBEAT_TIMEOUT, .maximum_control_frame = REQUEST_LENGTH_MAX,
        .maximum_frame_bytes = FRAME_BYTES_MAX, .stream_buffer_bytes = STREAM_BYTES,
    };
    uint16_t messages = 0;
    int port = (int)c->asker.port;
#define COUNT(id, count, fingerprint) messages++;
    CVQKD_FOR_EACH_MESSAGE(COUNT)
#undef COUNT
    if (m->access == CVQKD_ACCESS_CONTROL) {
        u->controller = port;
        u->last_sign = u->now;
        size_t length = cvqkd_text_length(m->host_name, sizeof m->host_name);
        for (size_t i = 0; i < sizeof u->controller_name; i++)
            u->controller_name[i] = i < length ? m->host_name[i] : (char)0;
    } else if (u->controller == port) {
        u->controller = -1; /* the time-out runs on */
        cvqkd_text_set(u->controller_name, sizeof u->controller_name, "");
    }
    u->ports[port].greeted = 1;
    u->ports[port].event_number = 0;
    cvqkd_text_set(r.serial, sizeof r.serial, u->serial);
    cvqkd_text_set(r.model, sizeof r.model, "C example");
    cvqkd_text_set(r.firmware, sizeof r.firmware, "0.1.0");
    WRITE(u, HELLO_REPLY, hello_reply, &r);
    u->message_length += cvqkd_put_dimension(
        u->message + u->message_length, CVQKD_HELLO_REPLY_FINGERPRINTS_BLOCK_LENGTH, messages);
#define PUT(id, count, fingerprint) put_fingerprint(u, id, count, fingerprint);
    CVQKD_FOR_EACH_MESSAGE(PUT)
#undef PUT
    reply(u, c->asker);
    return nothing_wrong;
}

/* Behind its end the text is empty, not an error. */
static void send_schema(struct unit *u, const struct call *c, const struct cvqkd_get_schema *m)
{
    struct cvqkd_schema_text r = {.total_bytes = u->schema_length, .offset = m->offset};
    uint32_t first = m->offset < u->schema_length ? m->offset : u->schema_length, n = u->schema_length - first;
    if (n > m->maximum_bytes)
        n = m->maximum_bytes;
    if (n > 4000)
        n = 4000;
    WRITE(u, SCHEMA_TEXT, schema_text, &r);
    u->message_length += cvqkd_put_data(u->message + u->message_length, u->schema + first, n);
    reply(u, c->asker);
}

static void send_status(struct unit *u, const struct call *c)
{
    const struct session *s = &u->session;
    struct cvqkd_status m = {
        .state = u->state, .activity = u->measurement.activity, .light = light_on(u),
        .purpose = u->state == CVQKD_UNIT_STATE_STREAMING ? s->purpose : 0, .session_id = s->exists ? s->id : 0,
        .next_symbol = s->exists ? s->next : 0, .dropped_symbols = s->exists ? s->dropped : 0,
        .frames_sent = s->exists ? s->frames : 0, .uptime = device_time(u),
    };
    cvqkd_text_set(m.controller, sizeof m.controller, u->controller_name);
    WRITE(u, STATUS, status, &m);
    reply(u, c->asker);
}

static void heartbeat(struct unit *u, const struct call *c, const struct cvqkd_heartbeat *m)
{
    struct cvqkd_heartbeat_reply r = {
        .count = m->count, .state = u->state, .light = light_on(u), .device_time = device_time(u),
        .session_id = u->state == CVQKD_UNIT_STATE_STREAMING ? u->session.id : 0,
    };
    u->last_sign = u->now;
    WRITE(u, HEARTBEAT_REPLY, heartbeat_reply, &r);
    reply(u, c->asker);
}

static void send_capabilities(struct unit *u, const struct call *c)
{
    struct cvqkd_capabilities m = {
        .detection = u->homodyne ? CVQKD_DETECTION_HOMODYNE : CVQKD_DETECTION_HETERODYNE,
        .local_oscillator = CVQKD_LOCAL_OSCILLATOR_LOCAL, .coupling = CVQKD_COUPLING_DC, .adc_bits = 12,
        .sample_formats = u->homodyne ? CVQKD_SAMPLE_FORMAT_SET_X16_BASIS : CVQKD_SAMPLE_FORMAT_SET_XP16,
        .maximum_capture_samples = CAPTURE_SAMPLES, .minimum_symbol_rate = SYMBOL_RATE_MIN,
        .maximum_symbol_rate = SYMBOL_RATE_MAX, .warm_up_time = 0.08, .clip_low = -CLIP, .clip_high = CLIP,
    };
    if (is_alice(u)) {
        m.detection = CVQKD_DETECTION_NOT_APPLICABLE;
        m.local_oscillator = CVQKD_LOCAL_OSCILLATOR_NOT_APPLICABLE;
        m.coupling = CVQKD_COUPLING_NOT_APPLICABLE;
        m.maximum_modulation_variance = VARIANCE_MAX;
        m.sample_scale = 2 / WORD_SIGMA;
        m.minimum_attenuation = ATTENUATION_MIN;
        m.maximum_attenuation = ATTENUATION_MAX;
    } else {
        m.maximum_moment_samples = MOMENT_SAMPLES_MAX;
        m.shutter_settling = SHUTTER_SETTLING;
        m.shutter_extinction = 60;
        m.detector_efficiency = 0.6;
        m.detector_efficiency_sigma = 0.01;
        m.nominal_local_oscillator_power = OSCILLATOR_NOMINAL;
        m.maximum_local_oscillator_power = OSCILLATOR_MAX;
    }
    WRITE(u, CAPABILITIES, capabilities, &m);
    reply(u, c->asker);
}

static void send_optical_state(struct unit *u, const struct call *c)
{
    struct cvqkd_optical_state m = {
        .light = light_on(u), .shutter_set = CVQKD_SHUTTER_POSITION_CLOSED, .shutter_read_back = shutter_read_back(u),
        .local_oscillator_power = u->oscillator ? u->oscillator_power : 0,
    };
    if (u->shutter_open || u->laser)
        m.shutter_set = CVQKD_SHUTTER_POSITION_OPEN;
    if (is_alice(u)) {
        m.bias_locked = u->bias_lock;
        m.modulation = u->modulation;
        m.signal_power = u->laser ? 1e-6 : 0;
        m.attenuation_set = m.attenuation_read_back = u->attenuation;
        m.modulation_variance = variance_in_force(u);
    }
    WRITE(u, OPTICAL_STATE, optical_state, &m);
    reply(u, c->asker);
}

static void send_clock(struct unit *u, const struct call *c, uint64_t host_time)
{
    struct cvqkd_clock m = {.host_time = host_time, .received_time = device_time(u), .sent_time = device_time(u)};
    WRITE(u, CLOCK, clock, &m);
    reply(u, c->asker);
}

static struct refusal set_shutter(struct unit *u, const struct call *c, uint8_t position)
{
    uint8_t open = position == CVQKD_SHUTTER_POSITION_OPEN;
    if (open && u->state == CVQKD_UNIT_STATE_DARK)
        return because(CVQKD_ERROR_CODE_CONDITION_NOT_MET, 0, "the shutter opens only when light is on");
    move_shutter(u, open, u->now);
    acknowledge(u, c);
    return nothing_wrong;
}

static struct refusal reset(struct unit *u, const struct call *c, const struct cvqkd_reset *m)
{
    if (m->confirmation != CVQKD_RESET_CONFIRMATION)
        return because(CVQKD_ERROR_CODE_NOT_CONFIRMED, CVQKD_RESET_CONFIRMATION_FIELD, "wrong confirmation word");
    plan_restart(u, m->kind);
    acknowledge(u, c);
    return nothing_wrong;
}

static struct refusal zeroise(struct unit *u, const struct call *c, const struct cvqkd_zeroise *m)
{
    if (m->confirmation != CVQKD_ZEROISE_CONFIRMATION)
        return because(CVQKD_ERROR_CODE_NOT_CONFIRMED, CVQKD_ZEROISE_CONFIRMATION_FIELD, "wrong confirmation word");
    go_dark(u, CVQKD_UNIT_STATE_ZEROISED, CVQKD_STATE_CAUSE_COMMAND);
    u->zeroised = 1;
    u->has_capture = 0;
    for (size_t i = 0; i < CAPTURE_SAMPLES; i++)
        u->capture[i] = 0;
    acknowledge(u, c);
    return nothing_wrong;
}

static void send_bootloader_identity(struct unit *u, const struct call *c)
{
    struct cvqkd_bootloader_identity m = {.application_present = 1};
    cvqkd_text_set(m.serial, sizeof m.serial, u->serial);
    cvqkd_text_set(m.bootloader, sizeof m.bootloader, "0.1.0");
    cvqkd_text_set(m.hardware, sizeof m.hardware, "none");
    WRITE(u, BOOTLOADER_IDENTITY, bootloader_identity, &m);
    reply(u, c->asker);
}

/* What moves the optics under a measurement waits until that is over (section 11). */
static int moves_optics(uint16_t id)
{
    return id >= CVQKD_SET_SIGNAL_LASER_ID && id <= CVQKD_SET_MODULATION_ID;
}

static struct refusal set_optics(struct unit *u, const struct call *c)
{
    const uint8_t *b = c->block;
    switch (c->asker.request) {
    case CVQKD_SET_SIGNAL_LASER_ID: switch_light(u, &u->laser, b[0]); break;
    case CVQKD_SET_LOCAL_OSCILLATOR_ID: {
        struct cvqkd_set_local_oscillator m;
        if (cvqkd_decode_set_local_oscillator(b, c->length, &m))
            u->oscillator_power = m.power > 0 ? m.power : OSCILLATOR_NOMINAL;
        switch_light(u, &u->oscillator, b[0]);
        break;
    }
    case CVQKD_SET_SHUTTER_ID: return set_shutter(u, c, b[0]);
    case CVQKD_SET_ATTENUATION_ID: u->attenuation = cvqkd_get_double(b); break;
    case CVQKD_SET_MODULATOR_BIAS_LOCK_ID: u->bias_lock = b[0]; break;
    default:
        u->modulation = b[0];
        u->variance = cvqkd_get_double(b + 8);
        break;
    }
    acknowledge(u, c);
    return nothing_wrong;
}

struct refusal carry_out(struct unit *u, const struct call *c)
{
    const struct refusal short_block = {CVQKD_ERROR_CODE_MALFORMED, 0, "the block is too short"};
    const uint8_t *b = c->block;
    size_t n = c->length;
    if (moves_optics(c->asker.request)) {
        if (u->measurement.activity != CVQKD_ACTIVITY_IDLE)
            return because(CVQKD_ERROR_CODE_IN_PROGRESS, 0, "a measurement runs");
        return set_optics(u, c);
    }
    switch (c->asker.request) {
#define CASE(NAME, name, what) \
    case CVQKD_##NAME##_ID: { \
        struct cvqkd_##name m; \
        if (!cvqkd_decode_##name(b, n, &m)) \
            return short_block; \
        what; \
        return nothing_wrong; \
    }
        CASE(HELLO, hello, return hello(u, c, &m))
        CASE(GET_SCHEMA, get_schema, send_schema(u, c, &m))
        CASE(GET_STATUS, get_status, send_status(u, c))
        CASE(HEARTBEAT, heartbeat, heartbeat(u, c, &m))
        CASE(GET_CAPABILITIES, get_capabilities, send_capabilities(u, c))
        CASE(GET_TELEMETRY_CATALOG, get_telemetry_catalog, send_catalogue(u, c, m.first_index))
        CASE(GET_TELEMETRY, get_telemetry, send_telemetry(u, c))
        CASE(GET_OPTICAL_STATE, get_optical_state, send_optical_state(u, c))
        CASE(GET_CLOCK, get_clock, send_clock(u, c, m.host_time))
        CASE(START_STREAM, start_stream, return start_stream(u, c, &m))
        CASE(STOP_STREAM, stop_stream, return stop_stream(u, c, m.session_id))
        CASE(CAPTURE, capture, return start_capture(u, c, m.sample_count))
        CASE(READ_CAPTURE, read_capture, return read_capture(u, c, &m))
        CASE(MEASURE_MOMENTS, measure_moments, return measure_moments(u, c, &m))
        CASE(RUN_SELF_TEST, run_self_test, return run_self_test(u, c))
        CASE(RESET, reset, return reset(u, c, &m))
        CASE(ZEROISE, zeroise, return zeroise(u, c, &m))
        CASE(GET_BOOTLOADER_IDENTITY, get_bootloader_identity, send_bootloader_identity(u, c))
#undef CASE
    default: return because(CVQKD_ERROR_CODE_UNKNOWN_MESSAGE, 0, "no handler");
    }
}
