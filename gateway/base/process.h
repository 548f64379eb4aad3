/* The process and its threads, as the system sees them. */
#ifndef XQ_BASE_PROCESS_H
#define XQ_BASE_PROCESS_H

/* What the process must not leave behind, for its memory holds keys and passwords: no core dump, and nobody but root looks into the
 * process (ptrace, /proc/PID/mem, /proc/PID/environ). Builds with a sanitizer stay open: its leak check looks into its own process.
 * The main thread, before there are others. */
void process_guard(void);
/* The calling thread takes what others leave of a processor: by so many steps of niceness below the process. */
void process_yield(int by);
/* The calling thread's work comes in short pieces that somebody waits for: it should not stand behind one that computes for milliseconds.
 * Linux 6.12 and later; before that the system goes by what a thread has used. */
void process_prompt(void);

#endif
