/* Frames that leave: replies, refusals and events, and the ring in which they wait for their port. */
#include "unit.h"

/* Begins a message in the unit's one buffer; returns where its block goes. */
uint8_t *begin(struct unit *u, uint16_t id, uint16_t block_length)
{
    size_t n = CVQKD_FRAME_HEADER_LENGTH;
    n += cvqkd_put_header(u->message + n, block_length, id);
    u->message_length = n + block_length;
    return u->message + n;
}

static int is_event(const struct waiting *w) { return w->bytes[3] == CVQKD_CHANNEL_EVENT; }

/* Makes room: the oldest event goes, a reply never (section 2). */
static int make_room(struct port *p)
{
    for (size_t i = 0; i < p->count; i++) {
        if (!is_event(&p->ring[(p->first + i) % CONTROL_FRAMES]))
            continue;
        for (; i + 1 < p->count; i++)
            p->ring[(p->first + i) % CONTROL_FRAMES] = p->ring[(p->first + i + 1) % CONTROL_FRAMES];
        p->count--;
        return 1;
    }
    return 0;
}

static void put(struct unit *u, unsigned port, uint8_t channel, uint32_t number)
{
    struct port *p = &u->ports[port];
    struct waiting *w;
    if (p->count == CONTROL_FRAMES && !make_room(p))
        return;
    w = &p->ring[(p->first + p->count++) % CONTROL_FRAMES];
    cvqkd_frame_seal(u->message, channel, (uint32_t)u->message_length, number, 0);
    w->length = (uint16_t)u->message_length;
    for (size_t i = 0; i < u->message_length; i++)
        w->bytes[i] = u->message[i];
}

/* Sends the message that was begun as a reply. */
void reply(struct unit *u, struct asker asker) { put(u, asker.port, CVQKD_CHANNEL_REPLY, asker.number); }

/* Sends the message that was begun as an event, to every port that has said Hello. */
void event(struct unit *u)
{
    for (unsigned port = 0; port < PORTS; port++)
        if (u->ports[port].greeted)
            put(u, port, CVQKD_CHANNEL_EVENT, u->ports[port].event_number++);
}

void refuse(struct unit *u, struct asker asker, struct refusal why)
{
    struct cvqkd_error m = {
        .code = why.code, .state = u->state, .request_id = asker.request, .field_id = why.field,
        .retry_after = why.code == CVQKD_ERROR_CODE_BUSY ? HEARTBEAT_TIMEOUT : 0,
    };
    WRITE(u, ERROR, error, &m);
    u->message_length += cvqkd_put_text(u->message + u->message_length, why.text, 200);
    reply(u, asker);
}

void acknowledge(struct unit *u, const struct call *c)
{
    struct cvqkd_acknowledge m = {.request_id = c->asker.request, .state = u->state};
    WRITE(u, ACKNOWLEDGE, acknowledge, &m);
    reply(u, c->asker);
}

/* A change of state is told behind the reply of the request that caused it (section 7). */
void announce(struct unit *u, uint8_t before, uint8_t after, uint8_t cause)
{
    int in_session = before == CVQKD_UNIT_STATE_STREAMING || after == CVQKD_UNIT_STATE_STREAMING;
    struct cvqkd_state_changed m = {
        .before = before, .after = after, .cause = cause, .device_time = device_time(u),
        .session_id = in_session ? u->session.id : 0,
    };
    if (u->held_count < EVENTS_HELD)
        u->held[u->held_count++] = m;
}

void release_events(struct unit *u)
{
    for (size_t i = 0; i < u->held_count; i++) {
        WRITE(u, STATE_CHANGED, state_changed, &u->held[i]);
        event(u);
    }
    u->held_count = 0;
}

void log_text(struct unit *u, uint8_t level, const char *text)
{
    struct cvqkd_log_message m = {.level = level, .device_time = device_time(u)};
    WRITE(u, LOG_MESSAGE, log_message, &m);
    u->message_length += cvqkd_put_text(u->message + u->message_length, text, 1000);
    event(u);
}

int unit_has_room(const struct unit *u, unsigned port)
{
    return u->ports[port].count + REQUESTS_AT_ONCE <= CONTROL_FRAMES;
}

/* Replies and events go before stream frames that wait (section 3). */
size_t unit_take(struct unit *u, unsigned port, uint8_t *frame)
{
    struct port *p = &u->ports[port];
    struct waiting *w = &p->ring[p->first];
    if (p->count == 0)
        return u->session.exists && u->session.port == port ? take_stream(u, frame) : 0;
    for (size_t i = 0; i < w->length; i++)
        frame[i] = w->bytes[i];
    p->first = (p->first + 1) % CONTROL_FRAMES;
    p->count--;
    return w->length;
}
