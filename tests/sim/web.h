/* The simulator's page and its HTTP interface:
 *   GET  /                                     the phone
 *   GET  /api/handset                          numbers
 *   POST /api/handset/NUMBER/messages {"text"} the citizen sends; {"via":"cmpp"} by that carrier
 *   GET  /api/handset/NUMBER/messages?after=ID what is on the screen
 *   POST /api/faults                           see struct smsc_faults, for every carrier; {"cut":true} ends every link
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
void web_set_smsc(struct web *w, struct smsc *s);
/* A carrier beside the SMSC, borrowed. Texts without "via" go by it while it has a link and the SMSC has none. */
void web_add_carrier(struct web *w, const struct carrier *c);
void web_on_note(void *web, struct phone *p, const struct note *n); /* for struct smsc_watch */
void web_on_links(void *web, unsigned links);

#endif
