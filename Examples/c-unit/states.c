/* States (section 7), the light that they are about, restarts, and what time brings. */
#include "unit.h"

#define WARM_UP (80 * MILLISECOND)
#define BOOT (50 * MILLISECOND)

static int is_lit(const struct unit *u) { return u->laser || u->oscillator; }

static void leave_light(struct unit *u)
{
    u->laser = u->oscillator = 0;
    move_shutter(u, 0, u->now);
}

void set_state(struct unit *u, uint8_t state, uint8_t cause)
{
    uint8_t before = u->state;
    u->state = state;
    announce(u, before, state, cause);
}

/* From wherever the unit is: the session ends, light goes off, the state follows. */
void go_dark(struct unit *u, uint8_t state, uint8_t cause)
{
    if (u->state == CVQKD_UNIT_STATE_STREAMING)
        end_session(u, cause);
    cancel_measurement(u);
    leave_light(u);
    if (u->state != state)
        set_state(u, state, cause);
}

void switch_light(struct unit *u, uint8_t *light, uint8_t on)
{
    int was_lit = is_lit(u);
    *light = on;
    if (!was_lit && on) {
        u->light_since = u->now;
        set_state(u, CVQKD_UNIT_STATE_WARMING_UP, CVQKD_STATE_CAUSE_COMMAND);
    } else if (was_lit && !is_lit(u)) {
        go_dark(u, CVQKD_UNIT_STATE_DARK, CVQKD_STATE_CAUSE_COMMAND);
    }
}

void move_shutter(struct unit *u, uint8_t open, uint64_t when)
{
    if (u->shutter_open == open)
        return;
    u->shutter_open = open;
    u->shutter_moved = when;
}

/* A unit without a shutter reports Open while its laser is on. */
uint8_t shutter_read_back(const struct unit *u)
{
    if (is_alice(u))
        return u->laser ? CVQKD_SHUTTER_POSITION_OPEN : CVQKD_SHUTTER_POSITION_CLOSED;
    if (u->now < u->shutter_moved + (uint64_t)(SHUTTER_SETTLING * 1e9))
        return CVQKD_SHUTTER_POSITION_MOVING;
    return u->shutter_open ? CVQKD_SHUTTER_POSITION_OPEN : CVQKD_SHUTTER_POSITION_CLOSED;
}

uint8_t light_on(const struct unit *u)
{
    uint8_t light = 0;
    if (u->laser)
        light = cvqkd_light_set_with(light, CVQKD_LIGHT_SET_SIGNAL_LASER | CVQKD_LIGHT_SET_SHUTTER_OPEN);
    if (u->oscillator)
        light = cvqkd_light_set_with(light, CVQKD_LIGHT_SET_LOCAL_OSCILLATOR);
    if (u->shutter_open)
        light = cvqkd_light_set_with(light, CVQKD_LIGHT_SET_SHUTTER_OPEN);
    return light;
}

static int may_emit(const struct unit *u)
{
    return u->state == CVQKD_UNIT_STATE_WARMING_UP || u->state == CVQKD_UNIT_STATE_READY
        || u->state == CVQKD_UNIT_STATE_STREAMING;
}

static void lose_control(struct unit *u, uint8_t cause)
{
    u->controller = -1;
    cvqkd_text_set(u->controller_name, sizeof u->controller_name, "");
    if (may_emit(u))
        go_dark(u, CVQKD_UNIT_STATE_DARK, cause);
    else
        cancel_measurement(u); /* nobody is there any more to be answered in state Dark */
}

/* The acknowledgement leaves first. */
void plan_restart(struct unit *u, uint8_t kind)
{
    go_dark(u, kind == CVQKD_RESET_KIND_BOOTLOADER ? CVQKD_UNIT_STATE_BOOTLOADER : CVQKD_UNIT_STATE_STARTING,
            CVQKD_STATE_CAUSE_RESTARTED);
    u->held_count = 0; /* nobody is told: the connection is over */
    u->restart_kind = kind;
    u->restart_due = u->now + 20 * MILLISECOND;
}

static void forget(struct unit *u)
{
    for (unsigned port = 0; port < PORTS; port++) {
        u->ports[port].greeted = 0;
        u->ports[port].count = 0;
    }
    u->controller = -1;
    cvqkd_text_set(u->controller_name, sizeof u->controller_name, "");
    u->stop_count = 0;
    u->queue_count = 0;
    u->session.exists = 0;
    u->has_capture = 0;
    u->measurement.activity = CVQKD_ACTIVITY_IDLE;
    u->bias_lock = 1;
    u->modulation = CVQKD_MODULATION_FORMAT_GAUSSIAN;
    u->variance = 4;
    u->attenuation = ATTENUATION_MIN;
    u->oscillator_power = OSCILLATOR_NOMINAL;
}

/* On a line that cannot vanish a restart is a silence (section 5). */
static void restart(struct unit *u)
{
    uint8_t kind = u->restart_kind;
    u->restart_due = 0;
    if (kind == CVQKD_RESET_KIND_COLD)
        u->zeroised = 0;
    u->reset_cause = CVQKD_RESET_CAUSE_COMMAND;
    u->boot_count++;
    u->started = u->now;
    u->silent_until = u->now + BOOT;
    forget(u);
}

void unit_start(struct unit *u, uint64_t now)
{
    u->now = u->started = now;
    u->state = CVQKD_UNIT_STATE_STARTING;
    u->reset_cause = CVQKD_RESET_CAUSE_POWER_ON;
    u->silent_until = now + BOOT;
    forget(u);
}

/* A pseudo-terminal or a CDC port that was closed; a plain UART never tells. */
void unit_port_closed(struct unit *u, unsigned port, uint64_t now)
{
    u->now = now;
    u->ports[port].greeted = 0;
    u->ports[port].count = 0;
    if (u->controller == (int)port)
        lose_control(u, CVQKD_STATE_CAUSE_PORT_CLOSED);
    if (u->session.exists && u->session.port == port)
        discard_stream(u);
    release_events(u);
}

/* To be called every few milliseconds: the 50 ms in which light goes off depend on it. */
void unit_tick(struct unit *u, uint64_t now)
{
    uint64_t timeout = HEARTBEAT_TIMEOUT * MILLISECOND;
    u->now = now;
    if (u->restart_due != 0 && now >= u->restart_due)
        restart(u);
    if (now < u->silent_until || u->restart_due != 0)
        return;
    if (u->state == CVQKD_UNIT_STATE_STARTING)
        set_state(u, u->zeroised ? CVQKD_UNIT_STATE_ZEROISED : CVQKD_UNIT_STATE_DARK, CVQKD_STATE_CAUSE_RESTARTED);
    if (u->state == CVQKD_UNIT_STATE_WARMING_UP && now >= u->light_since + WARM_UP)
        set_state(u, CVQKD_UNIT_STATE_READY, CVQKD_STATE_CAUSE_WARM_UP_DONE);
    if (u->state != CVQKD_UNIT_STATE_BOOTLOADER && (u->controller >= 0 || may_emit(u))
        && now >= u->last_sign + timeout)
        lose_control(u, CVQKD_STATE_CAUSE_HEARTBEAT_LOST);
    finish_measurement(u);
    run_stream(u);
    watch_quantities(u);
    release_events(u);
}
