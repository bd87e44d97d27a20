#define _GNU_SOURCE
#include "cunitio_serial.h"

#include <asm/termbits.h> /* termios2 and BOTHER; excludes <termios.h> */
#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int make_raw(int fd, uint32_t baud) {
    struct termios2 t;
    if (ioctl(fd, TCGETS2, &t) < 0) return -errno;
    t.c_iflag &= ~(unsigned)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON | IXOFF);
    t.c_oflag &= ~(unsigned)OPOST;
    t.c_lflag &= ~(unsigned)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    t.c_cflag &= ~(unsigned)(CSIZE | PARENB | CSTOPB | CRTSCTS);
    t.c_cflag |= CS8 | CREAD | CLOCAL;
    t.c_cc[VMIN] = 1;
    t.c_cc[VTIME] = 0;
    if (baud) {
        t.c_cflag &= ~(unsigned)(CBAUD | (CBAUD << IBSHIFT));
        t.c_cflag |= BOTHER;
        t.c_ispeed = t.c_ospeed = baud;
    }
    if (ioctl(fd, TCSETS2, &t) < 0) return -errno;
    return 0;
}

/* Slaves of pseudo-terminals have the majors 136 ... 143. */
static int is_pty(int fd) {
    struct stat status;
    return fstat(fd, &status) == 0 && major(status.st_rdev) >= 136 && major(status.st_rdev) <= 143;
}

/* A driver that cannot do a rate keeps another one and says nothing: the bytes would be garbage. A UART tolerates 3 %. */
static int check_rate(int fd, uint32_t baud) {
    struct cu_serial_state state;
    int result = cu_serial_get_state(fd, &state);
    if (result) return result;
    uint32_t difference = state.baud > baud ? state.baud - baud : baud - state.baud;
    return difference > baud / 33 ? -ERANGE : 0;
}

int cu_serial_get_state(int fd, struct cu_serial_state *state) {
    struct termios2 t;
    if (ioctl(fd, TCGETS2, &t) < 0) return -errno;
    state->baud = t.c_ospeed;
    int exclusive = 0;
    state->exclusive = ioctl(fd, TIOCGEXCL, &exclusive) == 0 && exclusive;
    struct serial_struct serial;
    state->low_latency = ioctl(fd, TIOCGSERIAL, &serial) == 0 && (serial.flags & ASYNC_LOW_LATENCY);
    return 0;
}

int cu_serial_open(const char *path, uint32_t baud) {
    int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return -errno;
    int result = 0;
    /* flock first: TIOCEXCL does not stop root, and a lock tells who holds the line (/proc/locks). */
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) result = -errno;
    /* Not on a pseudo-terminal: it keeps the mark as long as its master lives, so that users without rights could never
       open it a second time, and neither after a program that was killed. */
    if (!result && !is_pty(fd) && ioctl(fd, TIOCEXCL) < 0) result = -errno;
    if (!result) result = make_raw(fd, baud);
    if (!result && baud) result = check_rate(fd, baud);
    if (result) {
        close(fd);
        return result;
    }
    /* USB serial adapters collect bytes for up to 16 ms otherwise. Drivers without the flag refuse: no harm. */
    struct serial_struct serial;
    if (ioctl(fd, TIOCGSERIAL, &serial) == 0) {
        serial.flags |= ASYNC_LOW_LATENCY;
        ioctl(fd, TIOCSSERIAL, &serial);
    }
    ioctl(fd, TCFLSH, TCIOFLUSH);
    return fd;
}

void cu_serial_close(int fd) {
    int waiting = 0;
    for (int round = 0; round < 20; round++) {
        if (ioctl(fd, TIOCOUTQ, &waiting) < 0 || waiting == 0) break;
        usleep(5000);
    }
    /* What a device does not take would hold the last close for the driver's closing_wait, 30 s. cdc-acm cannot be told to
       drop it (Linux 6.1): there close takes that long. */
    if (waiting > 0) ioctl(fd, TCFLSH, TCOFLUSH);
    close(fd);
}

int cu_pty_open(char *path, size_t capacity) {
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return -errno;
    int result = 0;
    if (grantpt(fd) < 0 || unlockpt(fd) < 0) result = -errno;
    if (!result) result = -ptsname_r(fd, path, capacity);
    if (!result) result = make_raw(fd, 0);
    if (result) {
        close(fd);
        return result;
    }
    return fd;
}

int cu_event_create(void) {
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int cu_event_set(int event) { return eventfd_write(event, 1) < 0 ? -errno : 0; }

int cu_event_clear(int event) {
    eventfd_t value;
    return eventfd_read(event, &value) < 0 && errno != EAGAIN ? -errno : 0;
}

int cu_wait(int fd, int wanted, int event, int timeout_ms) {
    struct pollfd fds[2] = {{.fd = fd}, {.fd = event, .events = POLLIN}};
    if (wanted & CU_READABLE) fds[0].events |= POLLIN;
    if (wanted & CU_WRITABLE) fds[0].events |= POLLOUT;
    int n = poll(fds, event >= 0 ? 2 : 1, timeout_ms);
    if (n < 0) return errno == EINTR ? 0 : -errno;
    int mask = 0;
    if (fds[0].revents & POLLIN) mask |= CU_READABLE;
    if (fds[0].revents & POLLOUT) mask |= CU_WRITABLE;
    if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) mask |= CU_GONE;
    return mask;
}

void cu_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
