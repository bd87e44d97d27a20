/* What is wrong with a request, looked for in the order of section 4: length, message, block, access, state, capability,
 * ranges, purpose. What is left is the handler's. */
#include "unit.h"

struct refusal ranges(const struct unit *u, const struct call *c);

#define IN(state) (1u << CVQKD_UNIT_STATE_##state)

static struct refusal because(uint16_t code, uint16_t field, const char *text)
{
    struct refusal why = {code, field, text};
    return why;
}

static unsigned states_of(uint16_t id)
{
    const unsigned settings = IN(DARK) | IN(WARMING_UP) | IN(READY);
    const unsigned up = settings | IN(STREAMING) | IN(FAULT) | IN(ZEROISED);
    switch (id) {
    case CVQKD_HELLO_ID:
    case CVQKD_GET_SCHEMA_ID:
    case CVQKD_RESET_ID: return up | IN(STARTING) | IN(BOOTLOADER);
    case CVQKD_GET_STATUS_ID:
    case CVQKD_HEARTBEAT_ID: return up | IN(STARTING);
    case CVQKD_SET_SIGNAL_LASER_ID:
    case CVQKD_SET_LOCAL_OSCILLATOR_ID:
    case CVQKD_SET_SHUTTER_ID:
    case CVQKD_SET_ATTENUATION_ID:
    case CVQKD_SET_MODULATOR_BIAS_LOCK_ID:
    case CVQKD_SET_MODULATION_ID: return settings;
    case CVQKD_START_STREAM_ID: return IN(READY) | IN(DARK);
    case CVQKD_CAPTURE_ID: return IN(DARK) | IN(READY) | IN(STREAMING);
    case CVQKD_READ_CAPTURE_ID: return settings | IN(STREAMING);
    case CVQKD_MEASURE_MOMENTS_ID: return IN(DARK) | IN(READY);
    case CVQKD_RUN_SELF_TEST_ID: return IN(DARK);
    case CVQKD_GET_BOOTLOADER_IDENTITY_ID: return IN(BOOTLOADER);
    default: return up;
    }
}

static struct refusal check_access(const struct unit *u, const struct call *c, uint8_t needed)
{
    int port = (int)c->asker.port;
    if (c->asker.request == CVQKD_HELLO_ID && c->block[0] == CVQKD_ACCESS_CONTROL && u->controller >= 0
        && u->controller != port
        && (u->state == CVQKD_UNIT_STATE_BOOTLOADER || u->now < u->last_sign + HEARTBEAT_TIMEOUT * MILLISECOND))
        return because(CVQKD_ERROR_CODE_BUSY, 0, u->controller_name);
    if (needed == CVQKD_ACCESS_HELLO && !u->ports[port].greeted)
        return because(CVQKD_ERROR_CODE_NO_CONTROL, 0, "say Hello on this port first");
    if (needed == CVQKD_ACCESS_CONTROL_HELD && u->controller != port)
        return because(CVQKD_ERROR_CODE_NO_CONTROL, 0, "say Hello with access Control on this port first");
    return nothing_wrong;
}

/* The fields of StartStream on which its state and its capability depend. */
static int is_dark_session(const struct unit *u, const struct call *c)
{
    struct cvqkd_start_stream m;
    return cvqkd_decode_start_stream(c->block, c->length, &m) && !is_alice(u)
        && (m.options & CVQKD_STREAM_OPTIONS_STANDALONE) && m.dark_fraction == 1;
}

static struct refusal check_state(const struct unit *u, const struct call *c)
{
    uint16_t id = c->asker.request;
    int allowed = (states_of(id) >> u->state & 1u) != 0;
    if (id == CVQKD_START_STREAM_ID && u->state == CVQKD_UNIT_STATE_DARK)
        allowed = is_dark_session(u, c);
    if (id == CVQKD_STOP_STREAM_ID)
        allowed = allowed && u->session.exists;
    if (allowed)
        return nothing_wrong;
    if (u->state == CVQKD_UNIT_STATE_ZEROISED)
        return because(CVQKD_ERROR_CODE_ZEROISED, 0, "secrets are erased: a cold reset is needed");
    return because(CVQKD_ERROR_CODE_WRONG_STATE, 0, "not allowed in this state");
}

static struct refusal check_capability(const struct unit *u, const struct call *c)
{
    uint64_t needed = 0;
    uint16_t field = 0;
    switch (c->asker.request) {
    case CVQKD_SET_SIGNAL_LASER_ID: needed = CVQKD_CAPABILITY_SET_SIGNAL_LASER; break;
    case CVQKD_SET_LOCAL_OSCILLATOR_ID: needed = CVQKD_CAPABILITY_SET_LOCAL_OSCILLATOR; break;
    case CVQKD_SET_SHUTTER_ID: needed = CVQKD_CAPABILITY_SET_SHUTTER; break;
    case CVQKD_SET_ATTENUATION_ID: needed = CVQKD_CAPABILITY_SET_VARIABLE_ATTENUATOR; break;
    case CVQKD_SET_MODULATOR_BIAS_LOCK_ID: needed = CVQKD_CAPABILITY_SET_MODULATOR_BIAS_LOCK; break;
    case CVQKD_SET_MODULATION_ID: needed = CVQKD_CAPABILITY_SET_MODULATION; break;
    case CVQKD_CAPTURE_ID: needed = CVQKD_CAPABILITY_SET_CAPTURE; break;
    case CVQKD_MEASURE_MOMENTS_ID: needed = CVQKD_CAPABILITY_SET_MOMENTS; break;
    case CVQKD_RUN_SELF_TEST_ID: needed = CVQKD_CAPABILITY_SET_SELF_TEST; break;
    case CVQKD_ZEROISE_ID: needed = CVQKD_CAPABILITY_SET_ZEROISE; break;
    case CVQKD_START_STREAM_ID:
        field = CVQKD_START_STREAM_OPTIONS_FIELD;
        if (c->block[9] & CVQKD_STREAM_OPTIONS_DELIVER_DISCLOSED)
            needed = CVQKD_CAPABILITY_SET_DISCLOSURE;
        break;
    default: break;
    }
    if ((capabilities_of(u) & needed) == needed)
        return nothing_wrong;
    return because(CVQKD_ERROR_CODE_NOT_SUPPORTED, field, "this unit cannot do that");
}

static struct refusal check_purpose(const struct unit *u, const struct call *c)
{
    int reads = c->asker.request == CVQKD_CAPTURE_ID || c->asker.request == CVQKD_READ_CAPTURE_ID;
    if (!reads || u->state != CVQKD_UNIT_STATE_STREAMING || u->session.purpose != CVQKD_SESSION_PURPOSE_KEY)
        return nothing_wrong;
    return because(CVQKD_ERROR_CODE_PURPOSE_FORBIDS, 0, "a session of purpose Key runs");
}

struct refusal gate(struct unit *u, const uint8_t *frame, const struct cvqkd_frame *header, struct call *c)
{
    struct cvqkd_message_header m;
    struct cvqkd_request row;
    struct refusal why;
    size_t room = header->length - CVQKD_FRAME_HEADER_LENGTH - CVQKD_MESSAGE_HEADER_LENGTH;

    cvqkd_get_header(frame + CVQKD_FRAME_HEADER_LENGTH, &m);
    c->asker.request = m.template_id;
    c->block = frame + CVQKD_FRAME_HEADER_LENGTH + CVQKD_MESSAGE_HEADER_LENGTH;
    c->length = m.block_length;
    if (header->length > REQUEST_LENGTH_MAX)
        return because(CVQKD_ERROR_CODE_TOO_LARGE, 0, "longer than maximumControlFrame");
    if (m.schema_id != CVQKD_SCHEMA_ID || !cvqkd_find_request(m.template_id, &row))
        return because(CVQKD_ERROR_CODE_UNKNOWN_MESSAGE, 0, "not a request of this schema");
    if (m.block_length > room || m.block_length < row.least_block || header->number == 0)
        return because(CVQKD_ERROR_CODE_MALFORMED, 0, "block length or request number is wrong");
    why = check_access(u, c, row.access);
    if (why.code == 0)
        why = check_state(u, c);
    if (why.code == 0)
        why = check_capability(u, c);
    if (why.code == 0)
        why = ranges(u, c);
    if (why.code == 0)
        why = check_purpose(u, c);
    return why;
}

/* Bytes that are not a frame, and frames of other channels, are dropped without an answer (section 1). */
void unit_receive(struct unit *u, unsigned port, const uint8_t *frame, size_t length, uint64_t now)
{
    struct cvqkd_frame header;
    struct call c = {.asker = {.port = port}};
    struct refusal why;
    u->now = now;
    if (now < u->silent_until || u->restart_due != 0)
        return;
    if (!cvqkd_frame_open(frame, length, &header) || header.channel != CVQKD_CHANNEL_REQUEST)
        return;
    c.asker.number = header.number;
    why = gate(u, frame, &header, &c);
    if (why.code == 0)
        why = carry_out(u, &c);
    if (why.code != 0)
        refuse(u, c.asker, why);
    release_events(u);
}
