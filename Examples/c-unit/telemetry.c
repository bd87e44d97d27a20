/* Telemetry (section 9): what this unit measures, its ranges, and what is told when one is left. */
#include "unit.h"

struct quantity {
    uint16_t id;
    const char *name, *unit;
    double low, high, lowest, highest;
};

#define MAXIMUM_AGE UINT32_C(1000)

static const struct quantity of_both[] = {
    {5, "board_temperature", "degC", 0, 60, -20, 80},
    {26, "uptime", "s", 0, 1e12, 0, 1e12},
    {27, "boot_count", "1", 0, 4294967295.0, 0, 4294967295.0},
};
static const struct quantity of_alice[] = {
    {1, "laser_temperature", "degC", 15, 35, 5, 45},
    {7, "laser_power", "W", 0, 0.02, 0, 0.03},
    {16, "monitor_power", "W", 0, 1e-5, 0, 1e-4},
};
static const struct quantity of_bob[] = {
    {10, "local_oscillator_power", "W", 0, 0.01, 0, 0.02},
    {4, "detector_temperature", "degC", 15, 35, 5, 45},
    {15, "shutter_read_back", "1", 0, 1, 0, 1},
};

static const struct quantity *quantity(const struct unit *u, size_t index)
{
    return index < 3 ? &of_both[index] : is_alice(u) ? &of_alice[index - 3] : &of_bob[index - 3];
}

static double value(const struct unit *u, uint16_t id)
{
    switch (id) {
    case 5: return 30;
    case 26: return (double)device_time(u) * 1e-9;
    case 27: return u->boot_count;
    case 1:
    case 4: return 25;
    case 7: return u->laser ? 0.01 : 0;
    case 16: return u->laser ? 1e-6 : 0;
    case 10: return u->oscillator ? u->oscillator_power : 0;
    case 15: return shutter_read_back(u) == CVQKD_SHUTTER_POSITION_CLOSED ? 1 : 0;
    default: return CVQKD_NULL_DOUBLE;
    }
}

static uint8_t status(const struct unit *u, const struct quantity *q)
{
    double v = value(u, q->id);
    if (v != v)
        return CVQKD_RANGE_STATUS_UNAVAILABLE;
    if (v < q->lowest || v > q->highest)
        return CVQKD_RANGE_STATUS_OUT_OF_ABSOLUTE;
    return v < q->low || v > q->high ? CVQKD_RANGE_STATUS_OUT_OF_OPERATING : CVQKD_RANGE_STATUS_NORMAL;
}

/* Behind its end the catalogue is empty, not an error. All six quantities fit into one reply. */
void send_catalogue(struct unit *u, const struct call *c, uint16_t first)
{
    struct cvqkd_telemetry_catalog m = {.total = QUANTITIES, .first_index = first};
    uint16_t count = first < QUANTITIES ? (uint16_t)(QUANTITIES - first) : 0;
    WRITE(u, TELEMETRY_CATALOG, telemetry_catalog, &m);
    u->message_length += cvqkd_put_dimension(
        u->message + u->message_length, CVQKD_TELEMETRY_CATALOG_ITEMS_BLOCK_LENGTH, count);
    for (size_t i = first; i < QUANTITIES; i++) {
        const struct quantity *q = quantity(u, i);
        struct cvqkd_telemetry_catalog_items item = {
            .id = q->id, .maximum_age = MAXIMUM_AGE, .operating_minimum = q->low, .operating_maximum = q->high,
            .absolute_minimum = q->lowest, .absolute_maximum = q->highest,
        };
        cvqkd_text_set(item.name, sizeof item.name, q->name);
        cvqkd_text_set(item.unit, sizeof item.unit, q->unit);
        cvqkd_encode_telemetry_catalog_items(u->message + u->message_length, &item);
        u->message_length += CVQKD_TELEMETRY_CATALOG_ITEMS_BLOCK_LENGTH;
    }
    reply(u, c->asker);
}

void send_telemetry(struct unit *u, const struct call *c)
{
    struct cvqkd_telemetry m = {.device_time = device_time(u)};
    WRITE(u, TELEMETRY, telemetry, &m);
    u->message_length += cvqkd_put_dimension(
        u->message + u->message_length, CVQKD_TELEMETRY_ITEMS_BLOCK_LENGTH, QUANTITIES);
    for (size_t i = 0; i < QUANTITIES; i++) {
        const struct quantity *q = quantity(u, i);
        struct cvqkd_telemetry_items item = {.id = q->id, .status = status(u, q), .value = value(u, q->id)};
        cvqkd_encode_telemetry_items(u->message + u->message_length, &item);
        u->message_length += CVQKD_TELEMETRY_ITEMS_BLOCK_LENGTH;
    }
    reply(u, c->asker);
}

/* Ten times a second: a limit that is crossed is told. */
void watch_quantities(struct unit *u)
{
    if (u->now < u->quantities_seen + 100 * MILLISECOND || u->state == CVQKD_UNIT_STATE_BOOTLOADER)
        return;
    u->quantities_seen = u->now;
    for (size_t i = 0; i < QUANTITIES; i++) {
        const struct quantity *q = quantity(u, i);
        struct cvqkd_range_event m = {
            .id = q->id, .before = u->quantity_status[i], .after = status(u, q), .value = value(u, q->id),
            .device_time = device_time(u),
        };
        if (m.before == m.after)
            continue;
        u->quantity_status[i] = m.after;
        WRITE(u, RANGE_EVENT, range_event, &m);
        event(u);
    }
}
