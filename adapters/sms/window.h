/* The window of a link: requests written and not yet answered, found by sequence. Keeps the order in which they were
 * opened, which is also the order of their deadlines. Pure: time is passed in. */
#ifndef XQ_SMS_WINDOW_H
#define XQ_SMS_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

enum { WINDOW_MAX = 1000 };

struct window;
struct window *window_create(unsigned size); /* 1..WINDOW_MAX requests at once */
void window_destroy(struct window **w);      /* must be empty, or what is in it is forgotten */
bool window_full(const struct window *w);
unsigned window_used(const struct window *w);
/* must() not be full; keys of requests in the window differ. request: never NULL, the caller's. */
void window_open(struct window *w, uint64_t key, void *request, int64_t deadline);
/* Takes the request of this answer out; NULL: an answer to nothing. */
void *window_close(struct window *w, uint64_t key);
/* Takes the oldest out if its deadline is at or before now; NULL: none. INT64_MAX as now empties the window. */
void *window_expire(struct window *w, int64_t now);
int64_t window_deadline(const struct window *w); /* of the oldest; INT64_MAX when empty */

#endif
