/* Passwords are checked on threads of their own. One check takes a processor for 50 ms and 16 MB: in libuv's pool a storm of logins
 * would keep mails and files waiting, and beside the loop it would slow all channels. These threads take what others leave.
 *
 * Everything but run() is on the loop. */
#ifndef XQ_CONSOLE_HASHER_H
#define XQ_CONSOLE_HASHER_H

#include <stdbool.h>
#include <uv.h>

struct hash_job {
	struct hash_job *next;            /* the hasher's own */
	void (*run)(struct hash_job *);   /* on a thread; not called for what waits when the hasher is destroyed */
	void (*done)(struct hash_job *, bool ran); /* on the loop, exactly once */
};

struct hasher;
struct hasher *hasher_create(uv_loop_t *loop);
/* Lent until done(); in the order given. The bound of what waits is the caller's. */
void hasher_give(struct hasher *h, struct hash_job *j);
/* Waits for what is being run, at most two checks, and calls every done() that is still to come. */
void hasher_destroy(struct hasher **h);

#endif
