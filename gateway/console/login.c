/* POST /console/api/login {"name","password","code"?}: store (who is that?) → hasher (scrypt) → store (what follows).
 *
 * A wrong password, an unknown name, a disabled and a locked account get the same answer after the same work, so that
 * nobody learns which names exist. Wrong passwords shut the door where they come from (tries.h), so that nobody keeps an
 * account's owner out by them. Five wrong codes lock the account itself for five minutes: whoever tries those has its
 * password. Where a second factor is set, the right password without a code is answered "totp": only whoever knows the
 * password learns that one is wanted. */
#include "gateway/console/login.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/metrics.h"
#include "gateway/base/seal.h"
#include "gateway/base/totp.h"
#include "gateway/console/device.h"
#include "gateway/console/hasher.h"
#include "gateway/console/internal.h"
#include "gateway/console/problem.h"
#include "gateway/console/tries.h"
#include "gateway/store/session.h"

enum {
	STAFF_NAME_MAX = 64, CODE_MAX = 16, PASSWORD_MAX = 256, LOGIN_BODY_MAX = 4096,
	LOGINS_AT_ONCE = 32, /* more is refused: each costs a processor 50 ms */
	HASHES_AT_ONCE = 2,
	CODES_MAX = 5, LOCK_MS = 5 * 60 * 1000
};

#define LOGIN_PATH "/console/api/login"

struct logins {
	struct console *console;
	char nobody[PASSWORD_HASH_MAX]; /* a hash that no password fits, for names that are not there */
	unsigned under_way, hashing;
	struct login *first, **last; /* all that are under way, the oldest first */
	uint64_t round;              /* of the one whose password was checked last */
	struct hasher *hasher;
	bool closing;
	struct metric *good, *bad;
};

struct login {
	struct hash_job work;
	struct logins *of;
	struct login *next, **link;
	struct http_req *req;
	char network[NETWORK_MAX];
	uint64_t round; /* of two networks that want in, each has one login in a round, however many it has brought */
	char name[STAFF_NAME_MAX + 1], password[PASSWORD_MAX + 1], hash[PASSWORD_HASH_MAX];
	bool waits;   /* for the hasher */
	bool fits;    /* the password */
	bool entered, code_wanted;
	bool shut;    /* by this failure, for where it came from */
	char code[CODE_MAX + 1];
	char device[DEVICES_TEXT], devices[DEVICES_TEXT]; /* the cookie as it came, and as it is after the login */
	char device_new[DEVICE_ID_TEXT];                  /* for a browser that is not known */
	char cookie[2 * SESSION_BYTES + 1], session[HEX_SHA256], csrf[2 * SESSION_BYTES + 1];
};

static void login_free(struct login *l)
{
	struct logins *of = l->of;
	*l->link = l->next;
	*(l->next ? &l->next->link : &of->last) = l->link;
	OPENSSL_cleanse(l, sizeof *l);
	free(l);
	if (--of->under_way == 0 && of->closing)
		free(of);
}

static void login_refuse(struct login *l, int status, const char *detail)
{
	problem_answer(l->req, status, status == 401 ? "login" : NULL, detail, NULL, NULL);
	login_free(l);
}

/* --- what follows --- */

int login_failed(struct tx *tx, struct staff_row *p)
{
	if (++p->failures < CODES_MAX)
		return staff_put(tx, p);
	p->failures = 0;
	p->locked_until = tx_now(tx) + LOCK_MS;
	log_warn("console", "account locked", "staff=%s minutes=%d", p->name, LOCK_MS / 60000);
	return staff_put(tx, p);
}

static int enter(struct tx *tx, struct login *l, struct staff_row *p)
{
	struct session_row s = { .id_hash = l->session, .staff = p->name, .csrf = l->csrf, .created_at = tx_now(tx),
		.expires_at = tx_now(tx) + SESSION_IDLE_MS };
	int rc = session_put(tx, &s);
	if (rc < 0 || p->failures == 0)
		return rc;
	p->failures = 0;
	return staff_put(tx, p);
}

/* Whether the code, where one is wanted, is right; then it is used up. */
static bool code_fits(const struct tx *tx, struct login *l, struct staff_row *p)
{
	uint8_t key[SEAL_PLAIN_MAX];
	if (*p->totp == '\0')
		return true;
	l->code_wanted = *l->code == '\0';
	int n = seal_open(l->of->console->set.secret, "totp", p->name, p->totp, key);
	int64_t step = n < 0 ? -1 : totp_find(key, (size_t)n, l->code, tx_now(tx), p->totp_step);
	OPENSSL_cleanse(key, sizeof key);
	if (step < 0)
		return false;
	p->totp_step = step;
	return true;
}

/* p: NULL where nobody is called so. */
static int judge(struct tx *tx, struct login *l, struct staff_row *p, struct tries *t, const char *device)
{
	const struct secret *secret = l->of->console->set.secret;
	bool right = p && !p->disabled && l->fits && strcmp(p->password, l->hash) == 0;
	if (!right || !tries_left(t, tx_now(tx)))
		return tries_count(tx, t, &l->shut);
	if (p->locked_until > tx_now(tx))
		return staff_put(tx, p); /* as much is written as for a wrong one */
	int64_t step = p->totp_step;
	l->entered = code_fits(tx, l, p);
	if (!l->entered)
		return l->code_wanted ? 0 : login_failed(tx, p);
	device_add(secret, l->device, p->name, p->generation, tx_now(tx), *device ? device : l->device_new, l->devices);
	int rc = p->totp_step != step ? staff_put(tx, p) : 0;
	if (rc == 0)
		rc = tries_end(tx, t);
	return rc == 0 ? enter(tx, l, p) : rc;
}

/* The account is read again: others may have tried meanwhile. A refusal is no failure of the job, since it counts. */
static int finish_run(struct tx *tx, void *arg, struct err *e)
{
	struct login *l = arg;
	struct staff_row p;
	struct tries t;
	char device[DEVICE_ID_TEXT] = "";
	const struct secret *secret = l->of->console->set.secret;
	l->entered = l->code_wanted = l->shut = false;
	int rc = staff_get(tx, l->name, &p);
	bool there = rc == 0;
	if (there)
		device_find(secret, l->device, p.name, p.generation, tx_now(tx), device);
	if (there || rc == E_NOTFOUND)
		rc = tries_look(tx, secret, l->name, there, l->network, device, &t);
	if (rc == 0)
		rc = judge(tx, l, there ? &p : NULL, &t, device);
	l->shut &= there;
	return rc < 0 ? err_set(e, rc, "the login could not be stored") : 0;
}

static void login_enter(struct login *l)
{
	char session[200], device[DEVICES_TEXT + 200];
	const char *secure = strncmp(l->of->console->set.public_url, "https:", 6) == 0 ? "; Secure" : "";
	(void)snprintf(session, sizeof session, SESSION_COOKIE "=%s; HttpOnly; SameSite=Strict; Path=/; Max-Age=%d%s",
		l->cookie, SESSION_IDLE_MS / 1000, secure);
	(void)snprintf(device, sizeof device, DEVICE_COOKIE "=%s; HttpOnly; SameSite=Strict; Path=" LOGIN_PATH
		"; Max-Age=%d%s", l->devices, DEVICE_LIFE_S, secure);
	const char *const headers[] = { "Set-Cookie", session, "Set-Cookie", device, "Cache-Control", "no-store", NULL };
	log_info("console", "login", "staff=%s", l->name);
	http_answer(l->req, 204, NULL, NULL, 0, headers);
	OPENSSL_cleanse(session, sizeof session);
	OPENSSL_cleanse(device, sizeof device);
	login_free(l);
}

static void finish_done(void *arg, int rc, const struct err *e)
{
	struct login *l = arg;
	if (rc < 0) {
		log_error("console", "login failed", "reason=%s", e->words);
		login_refuse(l, 503, NULL);
		return;
	}
	if (!l->entered && l->code_wanted) {
		problem_answer(l->req, 401, "totp", "the code of your authenticator is wanted", NULL, NULL);
		login_free(l);
		return;
	}
	metric_add(l->entered ? l->of->good : l->of->bad, 1);
	if (l->shut)
		log_warn("console", "logins held off", "staff=%s from=%s minutes=%d", l->name, l->network,
			TRIES_SHUT_MS / 60000);
	if (l->entered)
		login_enter(l);
	else
		login_refuse(l, 401, "name or password is not right; after five failures wait five minutes");
}

/* --- the hasher --- */

static void check_run(struct hash_job *j)
{
	struct login *l = (struct login *)j;
	l->fits = crypto_password_check(l->password, l->hash);
	OPENSSL_cleanse(l->password, sizeof l->password);
}

/* The lowest round, in it the oldest: who gives many waits for himself. */
static struct login *whose_turn(const struct logins *of)
{
	struct login *next = NULL;
	for (struct login *l = of->first; l; l = l->next)
		if (l->waits && (!next || l->round < next->round))
			next = l;
	return next;
}

static void check_next(struct logins *of)
{
	struct login *l = of->hashing < HASHES_AT_ONCE && !of->closing ? whose_turn(of) : NULL;
	if (!l)
		return;
	l->waits = false;
	of->round = l->round;
	of->hashing++;
	hasher_give(of->hasher, &l->work);
}

static void check_done(struct hash_job *j, bool ran)
{
	struct login *l = (struct login *)j;
	l->of->hashing--;
	check_next(l->of);
	if (!ran || l->of->closing || store_write(l->of->console->set.store, finish_run, finish_done, l) < 0)
		login_refuse(l, 503, NULL);
}

/* --- who is that? --- */

static int find_run(struct tx *tx, void *arg, struct err *e)
{
	struct login *l = arg;
	struct staff_row p;
	int rc = staff_get(tx, l->name, &p);
	if (rc < 0 && rc != E_NOTFOUND)
		return err_set(e, rc, "staff could not be read");
	(void)snprintf(l->hash, sizeof l->hash, "%s", rc == 0 && *p.password ? p.password : l->of->nobody);
	return 0;
}

static void find_done(void *arg, int rc, const struct err *e)
{
	struct login *l = arg;
	l->work = (struct hash_job){ .run = check_run, .done = check_done };
	if (rc < 0)
		log_error("console", "login failed", "reason=%s", e->words);
	if (rc < 0) {
		login_refuse(l, 503, NULL);
		return;
	}
	l->waits = true;
	check_next(l->of);
}

/* false: the body is no name and password. */
static bool login_read(struct login *l)
{
	size_t n;
	const char *text = http_body(l->req, &n);
	json_t *o = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	const char *name = json_string_value(json_object_get(o, "name"));
	const char *password = json_string_value(json_object_get(o, "password"));
	const char *code = json_string_value(json_object_get(o, "code"));
	bool ok = name != NULL && password != NULL && *name && strlen(name) <= STAFF_NAME_MAX && strlen(password) <= PASSWORD_MAX;
	if (ok) {
		(void)snprintf(l->name, sizeof l->name, "%s", name);
		(void)snprintf(l->password, sizeof l->password, "%s", password);
		(void)snprintf(l->code, sizeof l->code, "%s", code && strlen(code) <= CODE_MAX ? code : "");
	}
	json_decref(o);
	return ok;
}

static void login_too_many(struct http_req *r)
{
	static const char *const headers[] = { "Retry-After", "2", NULL };
	problem_answer(r, 503, NULL, "too many logins at once", NULL, headers);
}

/* The round of one more from that network. */
static uint64_t round_next(const struct logins *of, const char *network)
{
	uint64_t round = of->round;
	for (const struct login *l = of->first; l; l = l->next)
		if (strcmp(l->network, network) == 0 && l->round >= round)
			round = l->round + 1;
	return round;
}

/* When all places are taken, whose turn would come last makes room for who comes before: the newest of the network that has
 * most. false: that is the newcomer. */
static bool room(struct logins *of, uint64_t round)
{
	struct login *last = NULL;
	if (of->under_way < LOGINS_AT_ONCE)
		return true;
	for (struct login *l = of->first; l; l = l->next)
		if (l->waits && l->round > round && (!last || l->round >= last->round))
			last = l;
	if (last) {
		login_too_many(last->req);
		login_free(last);
	}
	return last != NULL;
}

static struct login *login_create(struct logins *of, struct http_req *r)
{
	char network[NETWORK_MAX];
	network_asking(of->console, r, network);
	uint64_t round = round_next(of, network);
	if (!room(of, round))
		return NULL;
	struct login *l = mem_new(struct login);
	*l = (struct login){ .of = of, .req = r, .link = of->last, .round = round };
	memcpy(l->network, network, sizeof network);
	*of->last = l;
	of->last = &l->next;
	of->under_way++;
	return l;
}

static void login_begin(struct http_req *r, void *arg)
{
	struct logins *of = arg;
	struct login *l = login_create(of, r);
	if (!l) {
		login_too_many(r);
		return;
	}
	if (!origin_own(r, of->console->set.public_url)) {
		login_refuse(l, 403, "logins come from the console's own page");
		return;
	}
	if (!login_read(l)) {
		login_refuse(l, 400, "name and password are wanted");
		return;
	}
	uint8_t id[SESSION_BYTES], csrf[SESSION_BYTES], device[DEVICE_ID];
	crypto_random(id, sizeof id);
	crypto_random(device, sizeof device);
	crypto_random(csrf, sizeof csrf);
	crypto_hex(id, sizeof id, l->cookie);
	crypto_hex(csrf, sizeof csrf, l->csrf);
	crypto_hex(device, sizeof device, l->device_new);
	session_hash(l->cookie, l->session);
	const char *known = http_cookie(r, DEVICE_COOKIE);
	(void)snprintf(l->device, sizeof l->device, "%s", known && strlen(known) < sizeof l->device ? known : "");
	const struct store_job job = { .run = find_run, .done = find_done, .arg = l, .lane = lane_of_network(l->network) };
	if (store_give(of->console->set.store, &job) < 0)
		login_refuse(l, 503, NULL);
}

struct logins *logins_create(struct console *c, struct err *e)
{
	uint8_t raw[SESSION_BYTES];
	char password[2 * SESSION_BYTES + 1];
	struct logins *l = mem_new(struct logins);
	l->console = c;
	crypto_random(raw, sizeof raw);
	crypto_hex(raw, sizeof raw, password);
	if (crypto_password_hash(password, l->nobody, e) < 0) {
		free(l);
		return NULL;
	}
	l->last = &l->first;
	l->hasher = hasher_create(c->set.loop);
	l->good = metric_counter("xinqiao_logins_total", "outcome=\"good\"", "Logins of staff");
	l->bad = metric_counter("xinqiao_logins_total", "outcome=\"bad\"", "Logins of staff");
	http_route_body(c->set.http, "POST", LOGIN_PATH, LOGIN_BODY_MAX, login_begin, l);
	return l;
}

void logins_destroy(struct logins **l)
{
	if (*l == NULL)
		return;
	struct logins *of = *l;
	*l = NULL;
	of->under_way++; /* it stays until here */
	of->closing = true;
	hasher_destroy(&of->hasher);
	for (struct login *w = of->first, *next; w; w = next) {
		next = w->next;
		if (w->waits)
			login_refuse(w, 503, NULL);
	}
	if (--of->under_way == 0)
		free(of);
}
