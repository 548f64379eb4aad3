#include "gateway/console/again.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/crypto.h"
#include "gateway/console/internal.h"
#include "gateway/store/kept.h"

/* What is kept: the request's hash, the status, the answer. */
static const char SPACE[] = "idempotency";

/* By the gateway's secret: else whoever reads the store could try what the request said. */
void again_mark(struct call *c, const void *body, size_t n)
{
	const struct secret *secret = c->console->set.secret;
	const char *what = arena_printf(c->arena, "%s %s %s", SPACE, http_method(c->req), http_path(c->req));
	uint8_t hash[2][SHA256_LEN], mac[SHA256_LEN];
	crypto_sha256(what, strlen(what), hash[0]);
	crypto_sha256(body, n, hash[1]);
	crypto_hmac_sha256(secret->key, sizeof secret->key, hash, sizeof hash, mac);
	crypto_hex(mac, sizeof mac, c->fingerprint);
}

static const char *key_of(const struct call *c)
{
	return arena_printf(c->arena, "%s %s", c->who.name, c->idempotency);
}

/* *is: what was shown then may be another department's by now, by this very request when it gave the ticket back. */
static int hidden(struct call *c, struct tx *tx, bool *is, struct err *e)
{
	struct ticket_row t;
	int rc = strstr(c->route->path, "/tickets/{}") ? call_ticket(c, tx, &t, e) : 0;
	*is = rc == E_NOTFOUND;
	return *is ? 0 : rc;
}

int again_find(struct call *c, struct tx *tx, struct err *e)
{
	const char *kept;
	int status, at = 0;
	bool only_number;
	int rc = c->idempotency ? kept_get(tx, SPACE, key_of(c), &kept) : E_NOTFOUND;
	if (rc == E_NOTFOUND)
		return 0;
	if (rc < 0)
		return err_set(e, rc, "the idempotency key could not be read");
	bool same = strncmp(kept, c->fingerprint, sizeof c->fingerprint - 1) == 0;
	if (!same || sscanf(kept + sizeof c->fingerprint - 1, " %d %n", &status, &at) != 1 || at == 0) {
		return err_rule(e, E_RANGE, "key-reused", "Idempotency-Key: this one was used for another request; a new request wants a new key");
	}
	if ((rc = hidden(c, tx, &only_number, e)) < 0)
		return rc;
	c->status = status;
	c->answer = only_number ? json_pack("{s:s}", "number", c->param[0]) : json_loads(kept + sizeof c->fingerprint - 1 + at, 0, NULL);
	c->repeated = true;
	return 1;
}

int again_keep(struct call *c, struct tx *tx, struct err *e)
{
	if (c->idempotency == NULL)
		return 0;
	char *text = c->answer ? json_dumps(c->answer, JSON_COMPACT) : NULL;
	int rc = kept_put(tx, SPACE, key_of(c), arena_printf(c->arena, "%s %d %s", c->fingerprint, c->status, text ? text : ""));
	free(text);
	return rc < 0 ? err_set(e, rc, "the idempotency key could not be kept") : 0;
}
