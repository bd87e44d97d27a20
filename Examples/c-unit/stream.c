/* The stream (section 8): slots are taken when their time is over and wait in the FIFO; a frame gets its number when it
 * leaves, so that what is discarded leaves no hole. */
#include "unit.h"

static size_t capacity(const struct session *s) { return STREAM_BYTES / s->stride; }

/* Bytes of the frame that will be put into the FIFO next. */
static uint8_t *next_frame(struct unit *u)
{
    return u->fifo + (u->queue_first + u->queue_count) % capacity(&u->session) * u->session.stride;
}

static uint32_t sample_bytes(uint8_t format, uint32_t count)
{
    switch (format) {
    case CVQKD_SAMPLE_FORMAT_XP16: return 4 * count;
    case CVQKD_SAMPLE_FORMAT_X16_BASIS: return 2 * count + (count + 7) / 8;
    default: return 0;
    }
}

/* Puts the frame into the FIFO whose samples lie at next_frame(u) + CVQKD_STREAM_FRAME_SAMPLES_OFFSET already. */
static void put_frame(struct unit *u, struct cvqkd_stream_frame *m)
{
    struct session *s = &u->session;
    uint8_t *frame = next_frame(u);
    size_t n = CVQKD_FRAME_HEADER_LENGTH;
    struct queued *q = &u->queue[(u->queue_first + u->queue_count) % capacity(s)];
    m->dropped_symbols = s->dropped;
    m->device_time = s->start - u->started + (uint64_t)((double)m->first_symbol / s->rate * 1e9);
    m->purpose = s->purpose;
    m->flags = cvqkd_stream_flags_with(m->flags, s->flags);
    if (m->clipped_samples > 0)
        m->flags = cvqkd_stream_flags_with(m->flags, CVQKD_STREAM_FLAGS_CLIPPED);
    s->flags = 0;
    n += cvqkd_put_header(frame + n, CVQKD_STREAM_FRAME_BLOCK_LENGTH, CVQKD_STREAM_FRAME_ID);
    cvqkd_encode_stream_frame(frame + n, m);
    q->length = CVQKD_STREAM_FRAME_SAMPLES_OFFSET + sample_bytes(m->format, m->count);
    q->symbols = m->content == CVQKD_STREAM_CONTENT_MEASURED ? m->count : 0;
    s->delivered += q->symbols;
    u->queue_count++;
}

static void put_end_frame(struct unit *u)
{
    struct cvqkd_stream_frame m = {
        .first_symbol = u->session.next, .content = CVQKD_STREAM_CONTENT_MEASURED,
        .flags = CVQKD_STREAM_FLAGS_END_OF_SESSION,
    };
    put_frame(u, &m);
}

size_t take_stream(struct unit *u, uint8_t *frame)
{
    struct session *s = &u->session;
    const uint8_t *source = u->fifo + u->queue_first * s->stride;
    uint32_t length = u->queue[u->queue_first].length;
    if (u->queue_count == 0)
        return 0;
    for (uint32_t i = 0; i < length; i++)
        frame[i] = source[i];
    cvqkd_frame_seal(frame, CVQKD_STREAM_FRAME_CHANNEL, length, s->number++, s->id);
    u->queue_first = (u->queue_first + 1) % capacity(s);
    u->queue_count--;
    u->progress = u->now;
    s->frames++;
    return length;
}

void lose(struct unit *u, uint64_t count, uint16_t flags)
{
    u->session.next += count;
    u->session.dropped += count;
    u->session.flags = cvqkd_stream_flags_with(u->session.flags, flags);
}

/* What waits will not be read: it is lost, and counted. An end frame is made again behind it. */
void discard_stream(struct unit *u)
{
    struct session *s = &u->session;
    uint64_t lost = 0;
    for (size_t i = 0; i < u->queue_count; i++)
        lost += u->queue[(u->queue_first + i) % capacity(s)].symbols;
    u->queue_count = 0;
    s->delivered -= lost;
    s->dropped += lost;
    if (lost > 0)
        s->flags = cvqkd_stream_flags_with(s->flags, CVQKD_STREAM_FLAGS_GAP);
    if (s->ended)
        put_end_frame(u);
}

/* Where the slot at next ends: at its border or at the limit. */
uint32_t slot_length(const struct session *s)
{
    uint64_t end = (s->next / s->slot + 1) * s->slot;
    return (uint32_t)((s->limit != 0 && s->limit < end ? s->limit : end) - s->next);
}

static void alice_slot(struct unit *u, uint32_t count)
{
    struct session *s = &u->session;
    int training = fraction(u) < s->training;
    uint8_t *samples = next_frame(u) + CVQKD_STREAM_FRAME_SAMPLES_OFFSET;
    struct cvqkd_stream_frame m = {
        .first_symbol = s->next, .count = count, .format = CVQKD_SAMPLE_FORMAT_XP16,
        .content = CVQKD_STREAM_CONTENT_MEASURED,
        .kind = training ? CVQKD_SYMBOL_KIND_TRAINING : CVQKD_SYMBOL_KIND_SIGNAL,
    };
    u->training_slots[s->next / s->slot % sizeof u->training_slots] = training != 0;
    if (u->queue_count + 1 >= capacity(s)) {
        lose(u, count, CVQKD_STREAM_FLAGS_GAP | CVQKD_STREAM_FLAGS_OVERFLOW);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        int16_t x = 0, p = 0;
        if (variance_in_force(u) > 0)
            words(u->fibre->key, s->next + i, &x, &p);
        cvqkd_put_int16(samples + 4 * i, x);
        cvqkd_put_int16(samples + 4 * i + 2, p);
    }
    put_frame(u, &m);
    s->next += count;
}

static uint8_t draw(struct unit *u)
{
    double number = fraction(u);
    if (number < u->session.vacuum)
        return CVQKD_SYMBOL_KIND_VACUUM;
    return number < u->session.vacuum + u->session.dark ? CVQKD_SYMBOL_KIND_DARK : CVQKD_SYMBOL_KIND_SIGNAL;
}

/* Shutter and LO go to their places; the symbols until they have settled are Guard. */
static void move_optics(struct unit *u, uint8_t kind)
{
    struct session *s = &u->session;
    uint8_t open = kind == CVQKD_SYMBOL_KIND_SIGNAL, lit = kind != CVQKD_SYMBOL_KIND_DARK && u->oscillator;
    if (open != u->shutter_open || lit != s->lit)
        s->guard_until = s->next + s->settling;
    move_shutter(u, open, s->start + (uint64_t)((double)s->next / s->rate * 1e9));
    s->lit = lit;
}

/* Samples of Bob's in the frame that is next; returns how many are clipped. */
static uint32_t receive(struct unit *u, uint64_t first, uint32_t count, int open)
{
    const double gain = 0.39; /* √(μ′ηT) */
    double scale = open && u->fibre->lit ? gain * u->fibre->scale : 0;
    uint8_t *samples = next_frame(u) + CVQKD_STREAM_FRAME_SAMPLES_OFFSET, *basis = samples + 2 * count;
    uint32_t clipped = 0, quadratures = u->homodyne ? 1 : 2;
    if (u->homodyne)
        cvqkd_put_zeros(basis, (count + 7) / 8);
    for (uint32_t i = 0; i < count; i++) {
        int16_t word[2] = {0, 0}, seen;
        int is_p = u->homodyne && (next_random(&u->random) >> 63);
        if (scale > 0)
            words(u->fibre->key, first + i, &word[0], &word[1]);
        if (is_p)
            basis[i / 8] = (uint8_t)(basis[i / 8] | (1u << i % 8));
        for (uint32_t q = 0; q < quadratures; q++) {
            seen = measure(u, u->session.lit, scale * word[u->homodyne ? is_p : (int)q]);
            clipped += seen == CLIP || seen == -CLIP;
            cvqkd_put_int16(samples + 2 * (quadratures * i + q), seen);
        }
    }
    return clipped;
}

/* Alice's words of the symbols of the frame before, as her unit has told them. */
static void put_disclosure(struct unit *u, struct cvqkd_stream_frame m)
{
    uint8_t *samples = next_frame(u) + CVQKD_STREAM_FRAME_SAMPLES_OFFSET;
    for (uint32_t i = 0; i < 4 * m.count; i++)
        samples[i] = u->disclosed[i];
    m.kind = CVQKD_SYMBOL_KIND_TRAINING;
    m.content = CVQKD_STREAM_CONTENT_DISCLOSED;
    m.format = CVQKD_SAMPLE_FORMAT_XP16;
    m.clipped_samples = 0;
    m.flags = 0;
    put_frame(u, &m);
}

static void bob_slot(struct unit *u, uint32_t count, int locked)
{
    struct session *s = &u->session;
    uint8_t kind = draw(u);
    uint64_t first = s->next;
    uint32_t guarded = 0;
    int told = 0;
    struct cvqkd_stream_frame m = {.first_symbol = first, .content = CVQKD_STREAM_CONTENT_MEASURED};
    move_optics(u, kind);
    if (u->queue_count + 3 >= capacity(s)) {
        lose(u, count, CVQKD_STREAM_FLAGS_GAP | CVQKD_STREAM_FLAGS_OVERFLOW);
        return;
    }
    if (s->guard_until > first)
        guarded = s->guard_until - first < count ? (uint32_t)(s->guard_until - first) : count;
    if (guarded > 0) {
        m.count = guarded;
        m.kind = CVQKD_SYMBOL_KIND_GUARD;
        put_frame(u, &m);
    }
    s->next += count;
    if (guarded == count)
        return;
    m.first_symbol = first + guarded;
    m.count = count - guarded;
    m.format = u->homodyne ? CVQKD_SAMPLE_FORMAT_X16_BASIS : CVQKD_SAMPLE_FORMAT_XP16;
    m.flags = 0;
    m.local_oscillator_power = s->lit ? u->oscillator_power : 0;
    m.clipped_samples = receive(u, m.first_symbol, m.count, kind == CVQKD_SYMBOL_KIND_SIGNAL);
    /* The record names what was measured: the part behind Guard. */
    if (locked && (kind == CVQKD_SYMBOL_KIND_SIGNAL
                   || (kind == CVQKD_SYMBOL_KIND_VACUUM && has_option(s, CVQKD_STREAM_OPTIONS_DELIVER_DISCLOSED))))
        told = ask_for_disclosure(u, m.first_symbol, m.count);
    if (kind == CVQKD_SYMBOL_KIND_SIGNAL && told)
        kind = u->disclosure.training ? CVQKD_SYMBOL_KIND_TRAINING : CVQKD_SYMBOL_KIND_SIGNAL;
    else if (kind == CVQKD_SYMBOL_KIND_SIGNAL)
        kind = CVQKD_SYMBOL_KIND_UNLOCKED;
    m.kind = kind;
    if (kind == CVQKD_SYMBOL_KIND_UNLOCKED)
        m.flags = CVQKD_STREAM_FLAGS_CLOCK_UNLOCKED;
    put_frame(u, &m);
    if (told && u->disclosure.training && has_option(s, CVQKD_STREAM_OPTIONS_DELIVER_DISCLOSED))
        put_disclosure(u, m);
}

void take_slot(struct unit *u, uint32_t count, int locked)
{
    if (is_alice(u))
        alice_slot(u, count);
    else
        bob_slot(u, count, locked);
}

/* The session is over: its end frame goes into the FIFO, and the shutter back to where it was. */
void end_session(struct unit *u, uint8_t cause)
{
    struct session *s = &u->session;
    if (s->ended)
        return;
    s->running = s->armed = 0;
    s->ended = 1;
    s->cause = cause;
    put_end_frame(u);
    if (is_alice(u)) {
        u->fibre->lit = 0;
        send_beacon(u, 0);
    } else {
        move_shutter(u, s->shutter_before, u->now);
    }
}
