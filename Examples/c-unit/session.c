/* Sessions: how they begin, what time brings, how they end. */
#include "unit.h"

static struct refusal because(uint16_t code, uint16_t field, const char *text)
{
    struct refusal why = {code, field, text};
    return why;
}

static int was_used(const struct unit *u, uint64_t id)
{
    for (size_t i = 0; i < SESSIONS_KEPT; i++)
        if (u->recent[i] == id)
            return 1;
    return 0;
}

static uint32_t symbols_of(double seconds, double rate)
{
    double symbols = seconds * rate;
    uint32_t whole = (uint32_t)symbols;
    return whole < symbols ? whole + 1 : whole;
}

/* The shutter may still be on its way from a command before the session: that is Guard too. */
static uint64_t first_guard(const struct unit *u, double rate)
{
    uint64_t rest = u->shutter_moved + (uint64_t)(SHUTTER_SETTLING * 1e9);
    return !is_alice(u) && rest > u->now ? symbols_of((double)(rest - u->now) * 1e-9, rate) : 0;
}

struct refusal start_stream(struct unit *u, const struct call *c, const struct cvqkd_start_stream *m)
{
    int waits = !is_alice(u) && !(m->options & CVQKD_STREAM_OPTIONS_STANDALONE);
    struct session s = {
        .id = m->session_id, .limit = m->symbol_limit, .start = u->now, .rate = m->symbol_rate,
        .vacuum = m->vacuum_fraction, .training = m->training_fraction, .dark = m->dark_fraction,
        .slot = m->symbols_per_frame, .stride = m->frame_bytes, .purpose = m->purpose, .options = m->options,
        .state_before = u->state, .exists = 1, .armed = waits ? 1 : 0, .running = waits ? 0 : 1,
        .shutter_before = u->shutter_open, .lit = u->oscillator, .port = c->asker.port,
        .settling = symbols_of(SHUTTER_SETTLING, m->symbol_rate), .guard_until = first_guard(u, m->symbol_rate),
    };
    struct cvqkd_stream_started r = {
        .session_id = m->session_id, .purpose = m->purpose, .frame_bytes = m->frame_bytes,
        .sample_format = u->homodyne ? CVQKD_SAMPLE_FORMAT_X16_BASIS : CVQKD_SAMPLE_FORMAT_XP16,
        .symbol_rate = m->symbol_rate, .sample_scale = is_alice(u) ? sample_scale(u) : 0, .device_time = device_time(u),
    };
    if (u->measurement.activity != CVQKD_ACTIVITY_IDLE)
        return because(CVQKD_ERROR_CODE_IN_PROGRESS, 0, "a measurement runs");
    if (was_used(u, m->session_id))
        return because(CVQKD_ERROR_CODE_SESSION_REUSED, CVQKD_START_STREAM_SESSION_ID_FIELD, "this number was used");
    u->recent[u->recent_count++ % SESSIONS_KEPT] = m->session_id;
    u->queue_first = u->queue_count = u->stop_count = 0;
    u->peer_number = 0;
    u->progress = u->now;
    u->session = s;
    if (m->purpose == CVQKD_SESSION_PURPOSE_KEY)
        u->has_capture = 0;
    if (is_alice(u)) {
        u->fibre->key = next_random(&u->random);
        u->fibre->scale = r.sample_scale;
        u->fibre->lit = u->laser && variance_in_force(u) > 0;
    }
    set_state(u, CVQKD_UNIT_STATE_STREAMING, CVQKD_STATE_CAUSE_COMMAND);
    WRITE(u, STREAM_STARTED, stream_started, &r);
    reply(u, c->asker);
    send_beacon(u, 1);
    return nothing_wrong;
}

static void answer_stops(struct unit *u)
{
    const struct session *s = &u->session;
    struct cvqkd_stream_stopped m = {
        .session_id = s->id, .next_symbol = s->next, .frames_sent = s->frames + u->queue_count,
        .delivered_symbols = s->delivered, .dropped_symbols = s->dropped, .cause = s->cause,
    };
    for (size_t i = 0; i < u->stop_count; i++) {
        WRITE(u, STREAM_STOPPED, stream_stopped, &m);
        reply(u, u->stops[i]);
    }
    u->stop_count = 0;
}

void leave_session(struct unit *u, uint8_t cause)
{
    if (u->state == CVQKD_UNIT_STATE_STREAMING)
        set_state(u, u->session.state_before, cause);
}

/* Answered when the FIFO is empty, or when the host has not read for a second. */
static void finish_stops(struct unit *u)
{
    if (u->stop_count == 0)
        return;
    if (u->queue_count > 0) {
        if (u->now < u->progress + SECOND)
            return;
        discard_stream(u);
    }
    answer_stops(u);
    leave_session(u, CVQKD_STATE_CAUSE_COMMAND);
}

struct refusal stop_stream(struct unit *u, const struct call *c, uint64_t id)
{
    if (u->session.id != id)
        return because(
            CVQKD_ERROR_CODE_SESSION_UNKNOWN, CVQKD_STOP_STREAM_SESSION_ID_FIELD, "this session does not run");
    if (u->stop_count == sizeof u->stops / sizeof u->stops[0])
        return because(CVQKD_ERROR_CODE_IN_PROGRESS, 0, "StopStream is being answered");
    end_session(u, CVQKD_STATE_CAUSE_COMMAND);
    u->progress = u->now;
    u->stops[u->stop_count++] = c->asker;
    finish_stops(u);
    return nothing_wrong;
}

/* Whose slots come by this unit's own time: Alice, a standalone Bob, and a Bob who has lost her counter. */
static int counts_alone(const struct unit *u)
{
    const struct session *s = &u->session;
    return is_alice(u) || has_option(s, CVQKD_STREAM_OPTIONS_STANDALONE)
        || u->now > s->last_beacon + 100 * MILLISECOND;
}

void run_stream(struct unit *u)
{
    struct session *s = &u->session;
    /* A few slots a turn: requests want to be answered meanwhile. */
    for (int turn = 0; turn < 8 && s->exists && s->running && counts_alone(u); turn++) {
        uint32_t count = slot_length(s);
        if ((double)(u->now - s->start) * 1e-9 * s->rate < (double)(s->next + count))
            break;
        take_slot(u, count, 0);
        send_beacon(u, 1);
        if (s->limit != 0 && s->next >= s->limit) {
            end_session(u, CVQKD_STATE_CAUSE_SYMBOL_LIMIT);
            leave_session(u, CVQKD_STATE_CAUSE_SYMBOL_LIMIT);
        }
    }
    /* A slot may be longer than Bob waits for her counter. */
    if (is_alice(u) && s->exists && s->running && u->now >= s->last_beacon + 50 * MILLISECOND)
        send_beacon(u, 1);
    finish_stops(u);
}
