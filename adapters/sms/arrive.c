#include "adapters/sms/arrive.h"

#include <stdio.h>

#include "gateway/base/crypto.h"
#include "gateway/base/log.h"

enum { KEY_MAX = MSG_PEER_MAX + 128 };

/* One that is too long to go along with its message is set aside beside it. */
static void keep_pdu(struct carrier *c, struct msg_in *m, const struct arrive_pdu *pdu, char hex[HEX_SHA256])
{
	uint8_t sum[SHA256_LEN];
	if (pdu->n > MSG_RAW_MAX) {
		c->host->quarantine(&c->base, "not-legible", m->peer, pdu->raw, pdu->n, NULL, NULL);
		return;
	}
	crypto_sha256(pdu->raw, pdu->n, sum);
	m->raw_sha256 = crypto_hex(sum, sizeof sum, hex);
	m->raw = pdu->raw;
	m->raw_n = pdu->n;
}

static void tell_guess(const struct carrier *c, const struct arrive_pdu *pdu, enum coding said, enum coding is, size_t lost)
{
	if (lost)
		log_warn(c->dialect->name, "octets that are no text", "channel=%s format=%u alphabet=%s replaced=%zu hint=\"the message's original "
			"can be downloaded from its ticket\"", c->base.channel, pdu->format, coding_name(said), lost);
	else
		log_warn(c->dialect->name, "text in another alphabet than it says", "channel=%s format=%u alphabet=%s read_as=%s%s", c->base.channel,
			pdu->format, coding_name(said), coding_name(is), is == CODING_GB ? " hint=\"alphabet = gb18030 if all are\"" : "");
}

void arrive_foreign(const struct carrier *c, const struct udh *u)
{
	log_warn(c->dialect->name, "text in a national language's table", "channel=%s shift=%u locking=%u hint=\"its octets are in quarantine\"",
		c->base.channel, u->shift, u->locking);
}

void arrive(struct carrier *c, struct msg_in *m, const uint8_t *p, size_t n, const struct udh *u, const char *by,
	enum coding coding, const struct arrive_pdu *pdu, struct carrier_ack *ack)
{
	char key[KEY_MAX], hex[HEX_SHA256];
	if (u->total > 1) {
		(void)snprintf(key, sizeof key, "%s>%s/%s%u/%u", m->peer, m->account, by ? by : u->wide ? "w" : "u", u->ref, u->total);
		m->kind = MSG_PART;
		m->part = (struct msg_part){ .key = key, .index = u->index, .total = u->total, .coding = coding, .bytes = p + u->len,
			.n = n - u->len };
	} else {
		buf_clear(&c->text);
		enum coding is = coding_guess(coding, p + u->len, n - u->len);
		size_t lost = coding_decode(is, p + u->len, n - u->len, &c->text);
		m->kind = MSG_TEXT;
		m->text = buf_str(&c->text);
		if (lost || is != coding) {
			tell_guess(c, pdu, coding, is, lost);
			keep_pdu(c, m, pdu, hex);
		}
	}
	m->recurs = true; /* carriers count, and their gateways begin again */
	carrier_take(c, m, ack);
}
