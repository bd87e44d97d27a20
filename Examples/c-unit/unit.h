/* A small CV-QKD unit, Alice or Bob, in C11 and static memory: what a microcontroller's firmware may look like.
 *
 * Nothing here needs a library or allocates. Whoever has the ports calls the functions at the end of this file: bytes and
 * time in, frames out. Section numbers in comments are those of firmware-schemas/README.md. */
#ifndef UNIT_H
#define UNIT_H

#include "cvqkd_unit.h"

enum {
    PORTS = 2,
    CONTROL_FRAMES = 96, /* replies and events that wait; section 2: at least 64 are held */
    REQUESTS_AT_ONCE = 24, /* that a port may bring between two looks at unit_has_room */
    REQUEST_LENGTH_MAX = 2048,
    FRAME_BYTES_MAX = 16384,
    STREAM_BYTES = 1 << 18,
    CAPTURE_SAMPLES = 16384,
    SESSIONS_KEPT = 64,
    EVENTS_HELD = 8,
    QUANTITIES = 6,
};

#define MILLISECOND UINT64_C(1000000)
#define SECOND (1000 * MILLISECOND)

/* What both units know of the light between them, because it is the same light. No protocol is in it. */
struct fibre {
    uint64_t key; /* of the words that Alice sends: word k is a function of key and k */
    double scale; /* √SNU per step of her words */
    int lit;
};

/* A frame that waits for its port. */
struct waiting {
    uint16_t length;
    uint8_t bytes[CVQKD_REPLY_LENGTH_MAX];
};

struct port {
    int greeted;
    uint32_t event_number;
    size_t first, count; /* of the ring below */
    struct waiting ring[CONTROL_FRAMES];
};

/* Who asked, so that an answer finds its way; number 0 is nobody. */
struct asker {
    unsigned port;
    uint32_t number;
    uint16_t request;
};

/* A request that the gate has let pass. */
struct call {
    struct asker asker;
    const uint8_t *block;
    size_t length;
};

/* Why a request is refused: Error's code, field and text. */
struct refusal {
    uint16_t code, field;
    const char *text;
};

struct session {
    uint64_t id, next, dropped, delivered, limit, start, guard_until, last_beacon;
    uint64_t frames; /* sent */
    double rate, vacuum, training, dark;
    uint32_t slot, stride, settling, number;
    uint16_t flags; /* of the next frame */
    uint8_t purpose, options, cause, state_before;
    uint8_t exists, armed, running, ended; /* ended: the end frame is in the FIFO */
    uint8_t shutter_before, said_mismatch, lit;
    unsigned port;
};

/* A stream frame in the FIFO: where it begins, and what it takes away if it is discarded. */
struct queued {
    uint32_t length, symbols;
};

struct measurement {
    uint8_t activity, kind;
    uint64_t due, samples;
    struct cvqkd_moments moments; /* as far as they are summed */
    struct asker asker;
};

struct unit {
    /* What it is. */
    uint8_t role, homodyne;
    const char *serial;
    const uint8_t *schema;
    uint32_t schema_length;
    struct fibre *fibre;
    void (*to_peer)(void *context, const uint8_t *frame, size_t length);
    void *peer_context;

    /* Kept over a restart, as in flash memory. */
    uint32_t boot_count;
    uint8_t reset_cause, zeroised;
    uint64_t recent[SESSIONS_KEPT];
    size_t recent_count;
    uint64_t random;

    /* State. */
    uint64_t now, started, silent_until, restart_due;
    uint8_t state, restart_kind;
    int controller; /* port, -1 if none */
    uint64_t last_sign;
    char controller_name[sizeof ((struct cvqkd_hello *)0)->host_name + 1];
    struct port ports[PORTS];
    struct cvqkd_state_changed held[EVENTS_HELD];
    size_t held_count;

    /* Optics. */
    uint8_t laser, oscillator, shutter_open, bias_lock, modulation;
    double oscillator_power, attenuation, variance;
    uint64_t light_since, shutter_moved;
    uint8_t quantity_status[QUANTITIES];
    uint64_t quantities_seen;

    /* The stream. */
    struct session session;
    uint8_t fifo[STREAM_BYTES];
    struct queued queue[STREAM_BYTES / 1024 + 1];
    size_t queue_first, queue_count;
    struct asker stops[4];
    size_t stop_count;
    uint64_t progress; /* when a stream frame was taken last */
    uint8_t training_slots[1024]; /* Alice: what her last slots were, by number modulo 1024 */
    uint32_t peer_number;
    struct cvqkd_training_disclosure disclosure;
    const uint8_t *disclosed;
    int heard_disclosure;
    uint8_t peer_frame[FRAME_BYTES_MAX + 256];

    /* Measurements. */
    struct measurement measurement;
    int16_t capture[CAPTURE_SAMPLES];
    uint32_t capture_id, capture_count;
    uint8_t has_capture;

    uint8_t message[CVQKD_REPLY_LENGTH_MAX]; /* the frame that is being written */
    size_t message_length;
};

/* For whoever has the ports. A unit that restarts is silent until now >= silent_until. */
void unit_start(struct unit *u, uint64_t now);
void unit_receive(struct unit *u, unsigned port, const uint8_t *frame, size_t length, uint64_t now);
void unit_receive_peer(struct unit *u, const uint8_t *frame, size_t length);
void unit_port_closed(struct unit *u, unsigned port, uint64_t now);
void unit_tick(struct unit *u, uint64_t now);
/* Whether the port may bring further requests. If not, they stay on the line: a reply is never dropped (section 2). */
int unit_has_room(const struct unit *u, unsigned port);
/* The next frame for a port, 0 if there is none; room for FRAME_BYTES_MAX bytes. */
size_t unit_take(struct unit *u, unsigned port, uint8_t *frame);

/* messages.c: frames that leave. */
uint8_t *begin(struct unit *u, uint16_t id, uint16_t block_length);
void reply(struct unit *u, struct asker asker);
void event(struct unit *u);
void refuse(struct unit *u, struct asker asker, struct refusal why);
void acknowledge(struct unit *u, const struct call *c);
void announce(struct unit *u, uint8_t before, uint8_t after, uint8_t cause);
void release_events(struct unit *u);
void log_text(struct unit *u, uint8_t level, const char *text);
#define WRITE(u, NAME, name, m) cvqkd_encode_##name(begin(u, CVQKD_##NAME##_ID, CVQKD_##NAME##_BLOCK_LENGTH), m)

/* gate.c: what is wrong with a request, in the order of section 4; code 0 if nothing. */
struct refusal gate(struct unit *u, const uint8_t *frame, const struct cvqkd_frame *header, struct call *c);
/* handlers.c: carries a request out; a refusal changes nothing. */
struct refusal carry_out(struct unit *u, const struct call *c);
/* light.c: numbers and light. */
uint64_t next_random(uint64_t *state);
double fraction(struct unit *u);
double root(double value);
double power_of_decibel(double decibel);
void words(uint64_t key, uint64_t index, int16_t *x, int16_t *p);
int16_t measure(struct unit *u, int oscillator_on, double signal);
double variance_in_force(const struct unit *u);
double sample_scale(const struct unit *u);
/* states.c */
void set_state(struct unit *u, uint8_t state, uint8_t cause);
void go_dark(struct unit *u, uint8_t state, uint8_t cause);
void switch_light(struct unit *u, uint8_t *light, uint8_t on);
uint8_t light_on(const struct unit *u);
uint8_t shutter_read_back(const struct unit *u);
void move_shutter(struct unit *u, uint8_t open, uint64_t when);
void plan_restart(struct unit *u, uint8_t kind);
/* telemetry.c */
void send_catalogue(struct unit *u, const struct call *c, uint16_t first);
void send_telemetry(struct unit *u, const struct call *c);
void watch_quantities(struct unit *u);
/* stream.c, peer.c */
struct refusal start_stream(struct unit *u, const struct call *c, const struct cvqkd_start_stream *m);
struct refusal stop_stream(struct unit *u, const struct call *c, uint64_t id);
void end_session(struct unit *u, uint8_t cause);
void discard_stream(struct unit *u);
void run_stream(struct unit *u);
size_t take_stream(struct unit *u, uint8_t *frame);
void take_slot(struct unit *u, uint32_t count, int locked);
void lose(struct unit *u, uint64_t count, uint16_t flags);
uint32_t slot_length(const struct session *s);
void leave_session(struct unit *u, uint8_t cause);
void send_beacon(struct unit *u, uint8_t running);
int ask_for_disclosure(struct unit *u, uint64_t first, uint32_t count);
/* measurements.c */
struct refusal start_capture(struct unit *u, const struct call *c, uint32_t count);
struct refusal read_capture(struct unit *u, const struct call *c, const struct cvqkd_read_capture *m);
struct refusal measure_moments(struct unit *u, const struct call *c, const struct cvqkd_measure_moments *m);
struct refusal run_self_test(struct unit *u, const struct call *c);
void finish_measurement(struct unit *u);
void cancel_measurement(struct unit *u);

/* What this unit can do. */
#define SYMBOL_RATE_MIN 1e3
#define SYMBOL_RATE_MAX 1e6
#define SHUTTER_SETTLING 2e-4
#define OSCILLATOR_NOMINAL 5e-3
#define OSCILLATOR_MAX 8e-3
#define VARIANCE_MAX 20.0
#define ATTENUATION_MIN 2.0
#define ATTENUATION_MAX 40.0
#define MOMENT_SAMPLES_MAX UINT64_C(10000000)
#define CLIP 2000
#define HEARTBEAT_INTERVAL UINT32_C(200)
#define HEARTBEAT_TIMEOUT UINT32_C(1000)
#define WORD_SIGMA 500.0 /* of Alice's words, LSB */

static const struct refusal nothing_wrong = {0, 0, ""};

static inline int is_alice(const struct unit *u) { return u->role == CVQKD_UNIT_ROLE_ALICE; }

static inline uint64_t device_time(const struct unit *u) { return u->now - u->started; }

static inline uint64_t capabilities_of(const struct unit *u)
{
    uint64_t both = CVQKD_CAPABILITY_SET_CAPTURE | CVQKD_CAPABILITY_SET_SELF_TEST | CVQKD_CAPABILITY_SET_ZEROISE
        | CVQKD_CAPABILITY_SET_STANDALONE;
    return both
        | (is_alice(u) ? CVQKD_CAPABILITY_SET_SIGNAL_LASER | CVQKD_CAPABILITY_SET_VARIABLE_ATTENUATOR
                | CVQKD_CAPABILITY_SET_MODULATOR_BIAS_LOCK | CVQKD_CAPABILITY_SET_MODULATION
                       : CVQKD_CAPABILITY_SET_LOCAL_OSCILLATOR | CVQKD_CAPABILITY_SET_SHUTTER
                | CVQKD_CAPABILITY_SET_MOMENTS | CVQKD_CAPABILITY_SET_DISCLOSURE);
}

static inline int has_option(const struct session *s, uint8_t option) { return (s->options & option) != 0; }

#endif
