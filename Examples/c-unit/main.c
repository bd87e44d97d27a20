/* A pair of the example's units on pseudo-terminals: the part that a microcontroller has in its drivers.
 *
 *     c-unit [--homodyne] SCHEMA LINK        makes LINK-alice, LINK-alice-2, LINK-bob, LINK-bob-2 */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define LINES (2 * PORTS)

/* A pseudo-terminal with what is half received and half sent. */
struct line {
    struct unit *unit;
    unsigned port;
    int descriptor, is_open;
    char link[256], name[64];
    uint8_t in[CVQKD_COBS_LENGTH(CVQKD_FRAME_LENGTH_MAX)], out[CVQKD_COBS_LENGTH(FRAME_BYTES_MAX)];
    size_t in_count, out_first, out_count;
};

static struct fibre fibre;
static struct unit alice, bob;
static struct line lines[LINES];
static uint8_t schema[1 << 18];
static volatile sig_atomic_t stopped;

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

static void to_peer(void *context, const uint8_t *frame, size_t length)
{
    unit_receive_peer((struct unit *)context, frame, length);
}

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static int open_line(struct line *l, struct unit *unit, unsigned port, const char *link)
{
    struct termios t;
    l->unit = unit;
    l->port = port;
    l->descriptor = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    snprintf(l->link, sizeof l->link, "%s-%s%s", link, unit == &alice ? "alice" : "bob", port == 0 ? "" : "-2");
    if (l->descriptor < 0 || grantpt(l->descriptor) != 0 || unlockpt(l->descriptor) != 0
        || ptsname_r(l->descriptor, l->name, sizeof l->name) != 0 || tcgetattr(l->descriptor, &t) != 0)
        return 0;
    cfmakeraw(&t);
    unlink(l->link);
    return tcsetattr(l->descriptor, TCSANOW, &t) == 0 && symlink(l->name, l->link) == 0;
}

static void received(struct line *l, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != 0) {
            /* Longer than the longest frame: dropped up to the next end. */
            if (l->in_count < sizeof l->in)
                l->in[l->in_count++] = bytes[i];
            continue;
        }
        if (l->in_count > 0 && l->in_count < sizeof l->in) {
            size_t n = cvqkd_cobs_decode(l->in, l->in_count, l->in);
            if (n > 0)
                unit_receive(l->unit, l->port, l->in, n, now());
        }
        l->in_count = 0;
    }
}

/* Whether the last slave descriptor was closed. */
static int has_hung_up(const struct line *l)
{
    struct pollfd p = {.fd = l->descriptor};
    return poll(&p, 1, 0) > 0 && (p.revents & POLLHUP) != 0;
}

static void read_line(struct line *l)
{
    /* The shortest request takes 50 bytes of a line: no more than REQUESTS_AT_ONCE of them. */
    uint8_t bytes[1024];
    ssize_t n = 0;
    int room;
    while ((room = unit_has_room(l->unit, l->port)) != 0 && (n = read(l->descriptor, bytes, sizeof bytes)) > 0) {
        l->is_open = 1;
        received(l, bytes, (size_t)n);
    }
    /* What was queued is discarded. */
    if (l->is_open && (room ? n < 0 && errno == EIO : has_hung_up(l))) {
        l->is_open = 0;
        l->in_count = l->out_count = 0;
        unit_port_closed(l->unit, l->port, now());
    }
}

static void write_line(struct line *l)
{
    static uint8_t frame[FRAME_BYTES_MAX];
    while (l->is_open) {
        ssize_t n;
        if (l->out_count == 0) {
            size_t length = unit_take(l->unit, l->port, frame);
            if (length == 0)
                return;
            l->out_first = 0;
            l->out_count = cvqkd_cobs_encode(frame, length, l->out);
        }
        n = write(l->descriptor, l->out + l->out_first, l->out_count);
        if (n <= 0)
            return;
        l->out_first += (size_t)n;
        l->out_count -= (size_t)n;
    }
}

static int start(struct unit *u, struct unit *peer, uint8_t role, const char *serial, uint32_t schema_length)
{
    u->role = role;
    u->serial = serial;
    u->schema = schema;
    u->schema_length = schema_length;
    u->fibre = &fibre;
    u->to_peer = to_peer;
    u->peer_context = peer;
    unit_start(u, now());
    return getrandom(&u->random, sizeof u->random, 0) == sizeof u->random;
}

static void serve(void)
{
    while (!stopped) {
        struct pollfd wanted[LINES];
        int idle = 1;
        unit_tick(&alice, now());
        unit_tick(&bob, now());
        for (size_t i = 0; i < LINES; i++) {
            read_line(&lines[i]);
            write_line(&lines[i]);
            wanted[i].fd = lines[i].is_open ? lines[i].descriptor : -1;
            wanted[i].events = POLLIN;
            idle = idle && !lines[i].is_open;
        }
        poll(wanted, LINES, idle ? 5 : 1);
    }
}

int main(int count, char **arguments)
{
    int first = 1;
    FILE *file;
    size_t length;
    if (count > 1 && strcmp(arguments[1], "--homodyne") == 0) {
        bob.homodyne = 1;
        first = 2;
    }
    if (count != first + 2) {
        fprintf(stderr, "c-unit [--homodyne] SCHEMA LINK\n");
        return 64;
    }
    file = fopen(arguments[first], "rb");
    length = file ? fread(schema, 1, sizeof schema, file) : 0;
    if (length == 0 || length == sizeof schema) {
        fprintf(stderr, "%s: not a schema\n", arguments[first]);
        return 66;
    }
    fclose(file);
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    for (unsigned i = 0; i < LINES; i++)
        if (!open_line(&lines[i], i < PORTS ? &alice : &bob, i % PORTS, arguments[first + 1])) {
            perror("pseudo-terminal");
            return 71;
        }
    if (!start(&alice, &bob, CVQKD_UNIT_ROLE_ALICE, "C-A-0001", (uint32_t)length)
        || !start(&bob, &alice, CVQKD_UNIT_ROLE_BOB, "C-B-0001", (uint32_t)length))
        return 71;
    for (size_t i = 0; i < LINES; i++)
        printf("%s\n", lines[i].link);
    fflush(stdout);
    serve();
    for (size_t i = 0; i < LINES; i++)
        unlink(lines[i].link);
    return 0;
}
