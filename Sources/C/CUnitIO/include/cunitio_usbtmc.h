/* Requests of the kernel's usbtmc driver, which Glibc's Swift module does not export. Return 0 or -errno. Any thread. */
#pragma once
#include <stdint.h>

/* How long a transfer to or from the instrument may take, ms; the driver takes 100 or more. */
int cu_usbtmc_set_timeout(int fd, uint32_t milliseconds);

/* Clears both directions after a time-out, so that a late answer is not read as the next one. */
int cu_usbtmc_clear(int fd);

/* Whether the last read reached the end of the instrument's message; 1 if the driver cannot tell. */
int cu_usbtmc_message_ended(int fd);

/* Whether the device node belongs to the usbtmc driver. */
int cu_usbtmc_is_instrument(int fd);
