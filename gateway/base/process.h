/* What the process must not leave behind: its memory holds keys and passwords.
 * Thread: the main thread, before there are others. */
#ifndef XQ_BASE_PROCESS_H
#define XQ_BASE_PROCESS_H

/* No core dump, and nobody but root looks into the process (ptrace, /proc/PID/mem, /proc/PID/environ). Builds with a sanitizer stay open:
 * its leak check looks into its own process. */
void process_guard(void);

#endif
