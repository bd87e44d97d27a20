/* Between the two units (section 8, channel 5): Alice's counter, Bob's records, her disclosures. */
#include "unit.h"

static uint8_t *begin_peer(struct unit *u, uint16_t id, uint16_t block_length)
{
    size_t n = CVQKD_FRAME_HEADER_LENGTH;
    n += cvqkd_put_header(u->peer_frame + n, block_length, id);
    return u->peer_frame + n;
}

static void send_peer(struct unit *u, size_t behind_header)
{
    uint32_t length = (uint32_t)(CVQKD_FRAME_HEADER_LENGTH + CVQKD_MESSAGE_HEADER_LENGTH + behind_header);
    cvqkd_frame_seal(u->peer_frame, CVQKD_CHANNEL_PEER, length, u->peer_number++, u->session.id);
    if (u->to_peer)
        u->to_peer(u->peer_context, u->peer_frame, length);
}

/* At the start, behind each slot, at least every 50 ms, and with running 0 at the end. */
void send_beacon(struct unit *u, uint8_t running)
{
    const struct session *s = &u->session;
    struct cvqkd_symbol_beacon m = {
        .session_id = s->id, .symbol = s->next, .sent_time = device_time(u), .symbol_rate = s->rate,
        .running = running, .symbols_per_frame = s->slot,
    };
    if (!is_alice(u) || has_option(s, CVQKD_STREAM_OPTIONS_STANDALONE))
        return;
    u->session.last_beacon = u->now;
    cvqkd_encode_symbol_beacon(begin_peer(u, CVQKD_SYMBOL_BEACON_ID, CVQKD_SYMBOL_BEACON_BLOCK_LENGTH), &m);
    send_peer(u, CVQKD_SYMBOL_BEACON_BLOCK_LENGTH);
}

/* Bob: these symbols are recorded. Returns whether Alice's unit answered; u->disclosure then says what they were. */
int ask_for_disclosure(struct unit *u, uint64_t first, uint32_t count)
{
    struct cvqkd_reception_record m = {.session_id = u->session.id, .first_symbol = first, .count = count};
    u->heard_disclosure = 0;
    cvqkd_encode_reception_record(begin_peer(u, CVQKD_RECEPTION_RECORD_ID, CVQKD_RECEPTION_RECORD_BLOCK_LENGTH), &m);
    send_peer(u, CVQKD_RECEPTION_RECORD_BLOCK_LENGTH);
    return u->heard_disclosure && u->disclosure.first_symbol == first && u->disclosure.count == count;
}

static void hear_beacon(struct unit *u, const struct cvqkd_symbol_beacon *m)
{
    struct session *s = &u->session;
    if (is_alice(u) || !s->exists || s->ended || s->id != m->session_id
        || has_option(s, CVQKD_STREAM_OPTIONS_STANDALONE))
        return; /* of another session: not for us */
    if (m->symbol_rate != s->rate || m->symbols_per_frame != s->slot) {
        if (!s->said_mismatch)
            log_text(u, CVQKD_LOG_LEVEL_ERROR, "Alice's symbol rate or slot length is not this session's");
        s->said_mismatch = 1;
        return;
    }
    s->last_beacon = u->now;
    if (s->armed && m->running) {
        s->armed = 0;
        s->running = 1;
        s->start = u->now - (uint64_t)((double)m->symbol / s->rate * 1e9);
        if (m->symbol > s->next) /* late: what was before is lost */
            lose(u, m->symbol - s->next, CVQKD_STREAM_FLAGS_GAP);
    }
    while (s->running && s->next < m->symbol && s->next + slot_length(s) <= m->symbol)
        take_slot(u, slot_length(s), 1);
    if (s->running && s->limit != 0 && s->next >= s->limit) {
        end_session(u, CVQKD_STATE_CAUSE_SYMBOL_LIMIT);
        leave_session(u, CVQKD_STATE_CAUSE_SYMBOL_LIMIT);
    } else if (!m->running) {
        if (m->symbol > s->next)
            lose(u, m->symbol - s->next, CVQKD_STREAM_FLAGS_GAP);
        end_session(u, CVQKD_STATE_CAUSE_PEER_STOPPED);
        leave_session(u, CVQKD_STATE_CAUSE_PEER_STOPPED);
    }
}

/* Alice tells what a slot was only when Bob has recorded it, and only of what she has sent. */
static void disclose(struct unit *u, const struct cvqkd_reception_record *m)
{
    struct session *s = &u->session;
    struct cvqkd_training_disclosure r = {.session_id = m->session_id, .first_symbol = m->first_symbol, .count = m->count};
    uint8_t *block, *samples;
    uint32_t bytes = 0;
    if (!is_alice(u) || !s->exists || s->id != m->session_id || m->count == 0 || m->count > s->slot
        || m->first_symbol + m->count > s->next || 4 * m->count > FRAME_BYTES_MAX)
        return;
    r.training = u->training_slots[m->first_symbol / s->slot % sizeof u->training_slots];
    r.sample_scale = sample_scale(u);
    block = begin_peer(u, CVQKD_TRAINING_DISCLOSURE_ID, CVQKD_TRAINING_DISCLOSURE_BLOCK_LENGTH);
    cvqkd_encode_training_disclosure(block, &r);
    samples = block + CVQKD_TRAINING_DISCLOSURE_BLOCK_LENGTH;
    for (uint32_t i = 0; r.training && i < m->count; i++, bytes += 4) {
        int16_t x = 0, p = 0;
        if (variance_in_force(u) > 0)
            words(u->fibre->key, m->first_symbol + i, &x, &p);
        cvqkd_put_int16(samples + CVQKD_TRAINING_DISCLOSURE_SAMPLES_LENGTH_SIZE + bytes, x);
        cvqkd_put_int16(samples + CVQKD_TRAINING_DISCLOSURE_SAMPLES_LENGTH_SIZE + bytes + 2, p);
    }
    cvqkd_put_uint32(samples, bytes);
    send_peer(u, CVQKD_TRAINING_DISCLOSURE_BLOCK_LENGTH + CVQKD_TRAINING_DISCLOSURE_SAMPLES_LENGTH_SIZE + bytes);
}

static void hear_disclosure(struct unit *u, const uint8_t *block, size_t block_length, size_t room)
{
    size_t n = block_length;
    uint32_t length;
    const uint8_t *samples;
    struct cvqkd_training_disclosure m;
    if (is_alice(u) || !cvqkd_decode_training_disclosure(block, block_length, &m) || m.session_id != u->session.id
        || !cvqkd_get_data(block, room, &n, &samples, &length))
        return;
    if (length != (m.training ? 4 * m.count : 0))
        return;
    u->disclosure = m;
    u->disclosed = samples;
    u->heard_disclosure = 1;
}

void unit_receive_peer(struct unit *u, const uint8_t *frame, size_t length)
{
    struct cvqkd_frame header;
    struct cvqkd_message_header m;
    const uint8_t *block = frame + CVQKD_FRAME_HEADER_LENGTH + CVQKD_MESSAGE_HEADER_LENGTH;
    size_t room;
    if (!cvqkd_frame_open(frame, length, &header) || header.channel != CVQKD_CHANNEL_PEER)
        return;
    cvqkd_get_header(frame + CVQKD_FRAME_HEADER_LENGTH, &m);
    room = header.length - CVQKD_FRAME_HEADER_LENGTH - CVQKD_MESSAGE_HEADER_LENGTH;
    if (m.schema_id != CVQKD_SCHEMA_ID || m.block_length > room || cvqkd_channel_of(m.template_id) != CVQKD_CHANNEL_PEER)
        return;
    if (m.template_id == CVQKD_SYMBOL_BEACON_ID) {
        struct cvqkd_symbol_beacon beacon;
        if (cvqkd_decode_symbol_beacon(block, m.block_length, &beacon))
            hear_beacon(u, &beacon);
    } else if (m.template_id == CVQKD_RECEPTION_RECORD_ID) {
        struct cvqkd_reception_record record;
        if (cvqkd_decode_reception_record(block, m.block_length, &record))
            disclose(u, &record);
    } else {
        hear_disclosure(u, block, m.block_length, room);
    }
}
