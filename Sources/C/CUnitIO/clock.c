#include "cunitio_clock.h"

#include <errno.h>
#include <sys/timex.h>

int cu_clock_synchronised(void) {
    struct timex clock = {.modes = 0};
    int state = adjtimex(&clock);
    if (state < 0) return -errno;
    return state != TIME_ERROR && !(clock.status & STA_UNSYNC);
}
