/* The simulator's page and its HTTP interface:
 *   GET  /                                     the phone
 *   GET  /api/handset                          numbers
 *   POST /api/handset/NUMBER/messages {"text"} the citizen sends; {"via":"cmpp"} by that carrier
 *   GET  /api/handset/NUMBER/messages?after=ID what is on the screen
 *   POST /api/faults                           see struct sim_faults, for every carrier; {"cut":true} ends every link
 *   POST /api/load {"first","count","text"}    many citizens at once, for measuring
 *   GET  /api/stats
 *   WS   /ws                                   everything new on every screen */
#ifndef XQ_SIM_WEB_H
#define XQ_SIM_WEB_H

#include "gateway/base/err.h"
#include "gateway/base/http.h"
#include "tests/sim/carrier.h"
#include "tests/sim/phones.h"
#include "tests/sim/smsc.h"

struct web;
struct web *web_create(struct http_server *http, struct phones *phones, const char *www, const char *hotline);
void web_destroy(struct web **w);
/* All borrowed. The SMSC is the first carrier, and the one of /api/load. */
void web_set_smsc(struct web *w, struct smsc *s, struct sim_faults *faults);
/* Another carrier. Texts without "via" go by the first that has a link. */
void web_add_carrier(struct web *w, const struct carrier *c);
void web_on_note(void *web, struct phone *p, const struct note *n); /* for struct sim_watch */
void web_on_links(void *web, unsigned links);

#endif
