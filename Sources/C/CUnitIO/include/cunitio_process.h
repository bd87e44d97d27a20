/* Processes by descriptors, which no later process of the same number can take over. */
#pragma once

/* A descriptor of a process, readable once it has ended; -errno. The caller closes it. Any thread. */
int cu_process_open(int pid);

/* Sends a signal to the process of a descriptor; 0, or -errno (-ESRCH if it has ended). Any thread. */
int cu_process_signal(int process, int signal);
