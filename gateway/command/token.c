#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/command/print.h"
#include "gateway/flow/say.h"
#include "gateway/store/staff.h"
#include "gateway/store/token.h"

enum { TOKEN_BYTES = 32, TOKEN_TEXT = 64 };

struct token_job { struct token_row row; const char *name; };

/* "read,write": each word known, none empty. */
static bool scopes_valid(const char *s)
{
	static const char *const known[] = { "read", "write", "pii", "reports" };
	while (*s) {
		size_t n = strcspn(s, ",");
		bool ok = false;
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			ok |= strlen(known[i]) == n && strncmp(s, known[i], n) == 0;
		if (!ok)
			return false;
		s += n + (s[n] == ',');
	}
	return true;
}

static int told(struct tx *tx, const char *kind, const struct token_row *t)
{
	return tell_event(tx, 0, kind, "command", json_pack("{s:s, s:s}", "token", t->name, "scopes", t->scopes));
}

static int create_run(struct tx *tx, void *arg, struct err *e)
{
	struct token_job *j = arg;
	struct token_row old;
	int rc = token_get(tx, j->name, &old);
	if (rc == 0 && old.revoked_at == 0)
		return err_set(e, E_EXISTS, "a token called '%s' is in use; revoke it first", j->name);
	j->row.created_at = tx_now(tx);
	if ((rc < 0 && rc != E_NOTFOUND) || (rc = token_put(tx, &j->row)) < 0 || (rc = told(tx, "token-created", &j->row)) < 0)
		return err_set(e, rc, "the token could not be stored");
	return 0;
}

static int create(struct app *a, const char *name, const char *scope)
{
	uint8_t raw[TOKEN_BYTES], hash[SHA256_LEN];
	char text[TOKEN_TEXT + 4] = "xq_", hex[HEX_SHA256];
	crypto_random(raw, sizeof raw);
	crypto_base32(raw, sizeof raw, text + 3);
	crypto_sha256(text, strlen(text), hash);
	crypto_hex(hash, sizeof hash, hex);
	struct token_job j = { .name = name, .row = { .name = name, .hash = hex, .scopes = scope } };
	if (app_now(a, true, create_run, &j) != EXIT_DONE)
		return EXIT_FAILED;
	if (a->json)
		(void)printf("{\"name\":\"%s\",\"token\":\"%s\",\"scopes\":\"%s\"}\n", name, text, scope);
	else
		(void)printf("%s\n", text);
	if (!a->json)
		(void)fputs("This is shown once: only its hash is kept.\n", stderr);
	return EXIT_DONE;
}

static int revoke_run(struct tx *tx, void *arg, struct err *e)
{
	struct token_job *j = arg;
	int rc = token_get(tx, j->name, &j->row);
	if (rc < 0)
		return err_set(e, rc, "no token is called '%s'", j->name);
	if (j->row.revoked_at != 0) /* since when it opens nothing stays known */
		return 0;
	j->row.revoked_at = tx_now(tx);
	if ((rc = token_put(tx, &j->row)) < 0 || (rc = told(tx, "token-revoked", &j->row)) < 0)
		return err_set(e, rc, "the token could not be revoked");
	return 0;
}

static int token_revoke(struct app *a, const char *name)
{
	struct token_job j = { .name = name };
	if (app_now(a, true, revoke_run, &j) != EXIT_DONE)
		return EXIT_FAILED;
	(void)printf("%s no longer opens anything\n", name);
	return EXIT_DONE;
}

static int list_run(struct tx *tx, void *arg, struct err *e)
{
	struct command_print *print = arg;
	struct token_row *t;
	size_t n;
	int rc = token_list(tx, &t, &n);
	if (rc < 0)
		return err_set(e, rc, "the tokens could not be read");
	for (size_t i = 0; i < n; i++) {
		char since[CLOCK_TEXT], until[CLOCK_TEXT] = "";
		if (t[i].revoked_at)
			(void)clock_rfc3339(t[i].revoked_at, until);
		print_row(print, json_pack("{s:s, s:s, s:s, s:s}", "name", t[i].name, "scopes", t[i].scopes, "created",
			clock_rfc3339(t[i].created_at, since), "revoked", until));
	}
	return 0;
}

static int list(struct app *a)
{
	static const char *const column[] = { "name", "scopes", "created", "revoked", NULL };
	struct command_print print = { .json = a->json, .column = column };
	if (app_now(a, false, list_run, &print) != EXIT_DONE)
		return EXIT_FAILED;
	print_end(&print, "no token yet: xinqiao token create NAME --scope read");
	return EXIT_DONE;
}

static int run(struct app *a, int argc, char **argv)
{
	bool bad = false;
	const char *scope = option_value(&argc, argv, "--scope", &bad);
	if (!bad && argc == 3 && strcmp(argv[1], "create") == 0 && staff_name_valid(argv[2]) && scope != NULL && *scope && scopes_valid(scope))
		return create(a, argv[2], scope);
	if (!bad && argc == 3 && strcmp(argv[1], "revoke") == 0)
		return token_revoke(a, argv[2]);
	if (!bad && argc == 2 && strcmp(argv[1], "list") == 0)
		return list(a);
	return command_usage(&command_token, "token create needs a name (letters, digits . _ -) and --scope read, write, pii or reports, comma between");
}

const struct command command_token = {
	.name = "token",
	.usage = "token create NAME --scope read,write,pii,reports   pii: addresses in full; reports: figures\n"
		"       xinqiao [--config FILE] token list\n"
		"       xinqiao [--config FILE] token revoke NAME",
	.about = "bearer tokens of the HTTP API",
	.run = run,
};
