/* How long the loop's turns are: whoever is on it waits that long at most for its own. In /metrics as xinqiao_loop_turns_total by
 * how many milliseconds a turn took at least, and xinqiao_loop_busy_ms_total. Thread: the loop's. */
#ifndef XQ_BASE_TURNS_H
#define XQ_BASE_TURNS_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/* Turns of at least so many ms are counted, each in all it reaches. */
#define TURNS_AT_LEAST { 0, 5, 20, 100, 500 }
/* In how many of those a turn of busy ns is counted: the first n. Pure. */
size_t turns_counted(uint64_t busy_ns);

struct turns;
/* Before the loop runs. It keeps no loop alive. */
struct turns *turns_begin(uv_loop_t *loop);
void turns_end(struct turns **t); /* freed by the loop's next turn */

#endif
