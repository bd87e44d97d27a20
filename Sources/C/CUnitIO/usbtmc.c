#include "cunitio_usbtmc.h"

#include <errno.h>
#include <linux/usb/tmc.h>
#include <sys/ioctl.h>

int cu_usbtmc_set_timeout(int fd, uint32_t milliseconds) {
    return ioctl(fd, USBTMC_IOCTL_SET_TIMEOUT, &milliseconds) < 0 ? -errno : 0;
}

int cu_usbtmc_clear(int fd) {
    /* A halted endpoint would stay so: the driver clears none by itself. */
    ioctl(fd, USBTMC_IOCTL_CLEAR_OUT_HALT);
    ioctl(fd, USBTMC_IOCTL_CLEAR_IN_HALT);
    return ioctl(fd, USBTMC_IOCTL_CLEAR) < 0 ? -errno : 0;
}

int cu_usbtmc_message_ended(int fd) {
    uint8_t attributes;
    /* Before Linux 4.20 the driver does not tell. */
    return ioctl(fd, USBTMC_IOCTL_MSG_IN_ATTR, &attributes) < 0 || (attributes & 1) != 0;
}

int cu_usbtmc_is_instrument(int fd) {
    uint32_t milliseconds;
    return ioctl(fd, USBTMC_IOCTL_GET_TIMEOUT, &milliseconds) == 0;
}
