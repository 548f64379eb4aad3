#include "gateway/flow/query_code.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/flow/paces.h"
#include "gateway/model/text.h"
#include "gateway/store/kept.h"

static const char SPACE[] = "query-code";

void query_code(const struct secret *secret, const char *number, char out[QUERY_CODE_LEN + 1])
{
	char words[TICKET_NUMBER_MAX + 16];
	uint8_t mac[SHA256_LEN];
	uint32_t n = 0;
	int len = snprintf(words, sizeof words, "query-code %s", number);
	crypto_hmac_sha256(secret->key, sizeof secret->key, words, (size_t)len, mac);
	for (unsigned i = 0; i < 4; i++)
		n = n << 8 | mac[i];
	(void)snprintf(out, QUERY_CODE_LEN + 1, "%06u", n % 1000000u);
}

static int tries_get(struct tx *tx, const char *number, int today, int *tries)
{
	const char *value;
	int day = 0;
	*tries = 0;
	int rc = kept_get(tx, SPACE, number, &value);
	if (rc == 0 && (sscanf(value, "%d %d", &day, tries) != 2 || day != today))
		*tries = 0;
	return rc == E_NOTFOUND ? 0 : rc;
}

/* --- who tries --- */

enum { HOUR = 60 * 60 * 1000, DAY = 24 * HOUR };

/* Wrong codes, of whoever asks and of the network he asks from. For one ticket fewer than it has itself: nobody shuts it alone. */
static const struct { bool network, one_ticket; unsigned burst, window_ms; } paces[] = {
	{ false, true, 4, DAY }, { false, false, 5, HOUR }, { false, false, 10, DAY },
	{ true, true, 4, DAY }, { true, false, 20, HOUR }, { true, false, 60, DAY },
};
enum { PACES = sizeof paces / sizeof *paces };

/* What it is called among the paces: nobody reads there who asked. NULL: it does not apply. */
static const char *pace_name(struct tx *tx, const struct secret *secret, size_t i, const char *channel, const struct msg_in *m,
	const char *number)
{
	if (paces[i].network && !(m->from && *m->from))
		return NULL;
	const char *who = paces[i].network ? m->from : m->peer;
	const char *said = arena_printf(tx_arena(tx), "query-pace %s %s %s", paces[i].network ? "" : channel, who,
		paces[i].one_ticket ? number : "");
	return arena_printf(tx_arena(tx), "query %zu %s", i, paces_mark(tx, secret, said));
}

static int tries_look(struct tx *tx, const struct secret *secret, const char *channel, const struct msg_in *m,
	const char *number, struct paced his[PACES], unsigned *wait)
{
	for (size_t i = 0; i < PACES; i++)
		his[i] = (struct paced){ .name = pace_name(tx, secret, i, channel, m, number), .burst = paces[i].burst,
			.window_ms = paces[i].window_ms };
	return paces_look(tx, his, PACES, wait);
}

int query_code_check(struct tx *tx, const struct secret *secret, const char *channel, const struct msg_in *m, struct view *v)
{
	struct paced his[PACES];
	unsigned wait;
	char given[QUERY_CODE_LEN + 1], right[QUERY_CODE_LEN + 1];
	int tries, today = clock_day(tx_now(tx));
	if (!v->asked.id || v->asked_allowed || m->text == NULL || !text_query(m->text) ||
		!ticket_code_find(m->text, given))
		return 0;
	int rc = tries_look(tx, secret, channel, m, v->asked.number, his, &wait);
	if (rc < 0 || wait)
		return rc;
	rc = tries_get(tx, v->asked.number, today, &tries);
	if (rc < 0 || tries >= QUERY_CODE_TRIES)
		return rc;
	query_code(secret, v->asked.number, right);
	v->asked_by_code = crypto_equal(given, right, QUERY_CODE_LEN);
	if (v->asked_by_code || (rc = paces_count(tx, his, PACES)) < 0)
		return rc;
	return kept_put(tx, SPACE, v->asked.number, arena_printf(tx_arena(tx), "%d %d", today, tries + 1));
}
