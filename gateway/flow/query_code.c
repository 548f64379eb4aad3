#include "gateway/flow/query_code.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/model/text.h"
#include "gateway/store/rows.h"

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

int query_code_check(struct tx *tx, const struct secret *secret, const char *text, struct view *v)
{
	char given[QUERY_CODE_LEN + 1], right[QUERY_CODE_LEN + 1];
	int tries, today = clock_day(tx_now(tx));
	if (!v->asked.id || v->asked_allowed || text == NULL || !text_query(text) || !ticket_code_find(text, given))
		return 0;
	int rc = tries_get(tx, v->asked.number, today, &tries);
	if (rc < 0 || tries >= QUERY_CODE_TRIES)
		return rc;
	query_code(secret, v->asked.number, right);
	v->asked_by_code = crypto_equal(given, right, QUERY_CODE_LEN);
	return v->asked_by_code ? 0 : kept_put(tx, SPACE, v->asked.number, arena_printf(tx_arena(tx), "%d %d", today, tries + 1));
}
