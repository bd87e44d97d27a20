/* The state of the kernel's clock, which Glibc's Swift module does not export. */
#pragma once

/* 1 if somebody disciplines the clock (NTP, PTP), 0 if nobody does, -errno if the kernel does not say. Only asks; any
 * thread. */
int cu_clock_synchronised(void);
