#include "cunitio_usbtmc.h"

#include <errno.h>
#include <linux/usb/tmc.h>
#include <sys/ioctl.h>

int cu_usbtmc_set_timeout(int fd, uint32_t milliseconds) {
    return ioctl(fd, USBTMC_IOCTL_SET_TIMEOUT, &milliseconds) < 0 ? -errno : 0;
}

int cu_usbtmc_clear(int fd) { return ioctl(fd, USBTMC_IOCTL_CLEAR) < 0 ? -errno : 0; }

int cu_usbtmc_is_instrument(int fd) {
    uint32_t milliseconds;
    return ioctl(fd, USBTMC_IOCTL_GET_TIMEOUT, &milliseconds) == 0;
}
