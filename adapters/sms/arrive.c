#include "adapters/sms/arrive.h"

#include <stdio.h>

enum { KEY_MAX = MSG_PEER_MAX + 128 };

void arrive(struct carrier *c, struct msg_in *m, const uint8_t *p, size_t n, const struct udh *u, const char *by,
	enum coding coding, struct carrier_ack *ack)
{
	char key[KEY_MAX];
	if (u->total > 1) {
		(void)snprintf(key, sizeof key, "%s>%s/%s%u/%u", m->peer, m->account, by ? by : u->wide ? "w" : "u", u->ref, u->total);
		m->kind = MSG_PART;
		m->part = (struct msg_part){ .key = key, .index = u->index, .total = u->total, .coding = coding, .bytes = p + u->len,
			.n = n - u->len };
	} else {
		buf_clear(&c->text);
		coding_decode(coding, p + u->len, n - u->len, &c->text);
		m->kind = MSG_TEXT;
		m->text = buf_str(&c->text);
	}
	carrier_take(c, m, ack);
}
