/* What administrators see and change of an account: its menu, what its platform grants a day, and how often we have called it.
 * adapter_ops.ask and adapter_ops.facts. Loop thread only. */
#ifndef XQ_WECHAT_OFFICE_H
#define XQ_WECHAT_OFFICE_H

#include "gateway/adapter.h"

struct office;
struct wx;
struct office *office_create(struct wx *w);
void office_start(struct office *o);
/* Before the calls are ended: who has asked is told then. */
void office_close(struct office *o);
void office_destroy(struct office **o); /* after that */

void office_ask(struct adapter *a, const char *what, const char *json, platform_f *done, void *arg);
void office_facts(struct adapter *a, struct buf *json);

#endif
