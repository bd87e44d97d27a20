/* What Glibc's Swift module does not export of serial lines and descriptors. Every function returns 0 (or a descriptor
 * or count) on success and -errno on failure; none keeps state, and all may be called on any thread. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Opens path as a raw, exclusive serial line: O_NOCTTY, 8N1, no echo, no flow control, flock (-EWOULDBLOCK if another
 * process holds it), TIOCEXCL but on a pseudo-terminal, low latency where the driver has it. Any baud (BOTHER); -ERANGE
 * if the driver did not take it; 0 leaves the rate (pseudo-terminals, CDC). The caller owns the descriptor. */
int cu_serial_open(const char *path, uint32_t baud);

/* What the driver made of it. */
struct cu_serial_state {
    uint32_t baud;
    int exclusive;
    int low_latency;
};
int cu_serial_get_state(int fd, struct cu_serial_state *state);

/* A master pseudo-terminal in raw mode; the path of its slave goes to path. The caller owns the descriptor. */
int cu_pty_open(char *path, size_t capacity);

/* Closes a line. Gives the device up to 100 ms for what was written last, then drops it. Any thread that may block so long. */
void cu_serial_close(int fd);

/* An eventfd for waking a poll; cu_event_set adds to it, cu_event_clear empties it. */
int cu_event_create(void);
int cu_event_set(int event);
int cu_event_clear(int event);

enum { CU_READABLE = 1, CU_WRITABLE = 2, CU_GONE = 4 };

/* Waits until fd is readable (or writable, if wanted) or event is set. Returns a mask of CU_* for fd (0 if only the
 * event or the time-out came). timeout in milliseconds, -1 for ever. event may be -1. */
int cu_wait(int fd, int wanted, int event, int timeout_ms);

/* Names the calling thread in top and debuggers. */
void cu_name_thread(const char *name);
