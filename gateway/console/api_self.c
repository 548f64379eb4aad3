/* What each person sets for themselves: password, second factor, and an end to their other logins. */
#include <curl/curl.h>
#include <openssl/crypto.h>
#include <string.h>

#include "gateway/base/qr.h"
#include "gateway/base/seal.h"
#include "gateway/base/totp.h"
#include "gateway/base/utf8.h"
#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/live.h"
#include "gateway/console/login.h"
#include "gateway/store/event.h"
#include "gateway/store/kept.h"
#include "gateway/store/session.h"
#include "gateway/store/staff.h"

/* --- the password --- */

/* Hashes "password" of the body, if there is one. */
int work_password(struct call *c, struct err *e)
{
	enum { LEAST = 10, MOST = 256 };
	const char *password;
	int rc = call_string(c, "password", &password, e);
	if (rc < 0 || password == NULL)
		return rc;
	if (utf8_count(password, strlen(password)) < LEAST || strlen(password) > MOST)
		return err_rule(e, E_RANGE, "password-short", "password: at least %d characters", LEAST);
	return crypto_password_hash(password, c->hash, e);
}

int api_password(struct call *c, struct tx *tx, struct err *e)
{
	struct staff_row s;
	int rc = who_fresh(&c->who, tx_now(tx), e);
	if (rc < 0)
		return rc;
	if (*c->hash == '\0')
		return err_rule(e, E_RANGE, "password-wanted", "password: say which");
	if ((rc = staff_get(tx, c->who.name, &s)) < 0)
		return err_set(e, rc, "your account could not be read");
	s.password = c->hash;
	if ((rc = staff_put(tx, &s)) < 0 || (rc = session_drop_others(tx, s.name, c->credentials.session)) < 0 ||
		(rc = event_append(tx, 0, "password-changed", s.name, "{}")) < 0)
		return err_set(e, rc, "the password could not be stored");
	c->answer = json_object();
	return 0;
}

/* How many logins there are; {"drop":true} ends all but this one. */
int api_sessions(struct call *c, struct tx *tx, struct err *e)
{
	int64_t n = 0;
	int rc = json_is_true(json_object_get(c->body, "drop")) ? session_drop_others(tx, c->who.name, c->credentials.session) : 0;
	if (rc == 0)
		rc = session_count(tx, c->who.name, &n);
	if (rc < 0)
		return err_set(e, rc, "your logins could not be read");
	c->answer = json_pack("{s:I}", "logins", (json_int_t)n);
	must(c->answer != NULL);
	return 0;
}

void api_sessions_after(struct call *c)
{
	live_check(c->console->live);
}

/* --- the second factor --- */

/* What an authenticator takes in one go: as a link on the same telephone, as a picture on another. */
static int put_uri(struct call *c, const char *secret, struct err *e)
{
	struct buf uri, path;
	unsigned size = 0;
	buf_init(&uri, QR_TEXT_MAX);
	buf_init(&path, 256 * 1024);
	char *hotline = curl_easy_escape(NULL, c->console->set.hotline, 0), *name = curl_easy_escape(NULL, c->who.name, 0);
	must(hotline != NULL && name != NULL);
	buf_addf(&uri, "otpauth://totp/%s:%s?secret=%s&issuer=%s", hotline, name, secret, hotline);
	curl_free(hotline);
	curl_free(name);
	int rc = qr_path(buf_str(&uri), &path, &size, e);
	c->answer = rc < 0 ? NULL : json_pack("{s:s, s:s, s:{s:s, s:i}}", "secret", secret, "uri", buf_str(&uri), "qr", "path",
		buf_str(&path), "size", (int)size);
	must(rc < 0 || c->answer != NULL);
	if (uri.data != NULL)
		OPENSSL_cleanse(uri.data, uri.len);
	buf_fini(&uri);
	buf_fini(&path);
	return rc;
}

static int totp_begin(struct call *c, struct tx *tx, struct err *e)
{
	uint8_t key[TOTP_SECRET];
	char sealed[SEAL_TEXT], text[2 * TOTP_SECRET];
	crypto_random(key, sizeof key);
	crypto_base32(key, sizeof key, text);
	seal(c->console->set.secret, "totp", c->who.name, key, sizeof key, sealed);
	OPENSSL_cleanse(key, sizeof key);
	for (char *p = text; *p; p++)
		*p = (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
	int rc = kept_put(tx, "totp", c->who.name, sealed);
	rc = rc < 0 ? err_set(e, rc, "the new secret could not be stored") : put_uri(c, text, e);
	OPENSSL_cleanse(text, sizeof text);
	return rc;
}

/* As at the door: who is logged in may still not be who the authenticator belongs to. */
static int totp_wrong(struct call *c, struct tx *tx, struct staff_row *s, struct err *e)
{
	int rc = login_failed(tx, s);
	if (rc == 0)
		c->refused.rc = err_rule(&c->refused.why, E_RANGE, "code-wrong", "code: not right; five failures lock an account for five minutes");
	return rc < 0 ? err_set(e, rc, "the failure could not be counted") : 0;
}

/* The code proves that the secret reached the authenticator, or that who takes it away has it. */
static int totp_confirm(struct call *c, struct tx *tx, struct staff_row *s, const char *sealed, const char *code, bool off, struct err *e)
{
	uint8_t key[SEAL_PLAIN_MAX];
	int n = seal_open(c->console->set.secret, "totp", s->name, sealed, key);
	int64_t step = n < 0 ? -1 : totp_find(key, (size_t)n, code, tx_now(tx), off ? s->totp_step : 0);
	OPENSSL_cleanse(key, sizeof key);
	if (step < 0 && off)
		return totp_wrong(c, tx, s, e);
	if (step < 0)
		return err_rule(e, E_RANGE, "code-clock", "code: not right; look at the authenticator again, and at its clock");
	s->totp = off ? "" : sealed;
	s->totp_step = step;
	int rc = staff_put(tx, s);
	if (rc < 0 || (rc = event_append(tx, 0, off ? "totp-off" : "totp-on", s->name, "{}")) < 0 ||
		(rc = kept_put(tx, "totp", s->name, "")) < 0)
		return err_set(e, rc, "the second factor could not be stored");
	c->answer = json_pack("{s:b}", "totp", (int)!off);
	must(c->answer != NULL);
	return 0;
}

/* {"begin":true} gives a new secret; {"code"} sets it; {"off":true,"code"} takes it away. */
int api_totp(struct call *c, struct tx *tx, struct err *e)
{
	struct staff_row s;
	const char *code, *sealed = "";
	bool off = json_is_true(json_object_get(c->body, "off"));
	int rc = who_fresh(&c->who, tx_now(tx), e);
	if (rc < 0)
		return rc;
	if ((rc = call_string(c, "code", &code, e)) < 0)
		return rc;
	if ((rc = staff_get(tx, c->who.name, &s)) < 0)
		return err_set(e, rc, "your account could not be read");
	if (json_is_true(json_object_get(c->body, "begin")))
		return *s.totp ? err_rule(e, E_CONFLICT, "code-set", "a second factor is set; take it away first") : totp_begin(c, tx, e);
	if (off)
		sealed = s.totp;
	else if ((rc = kept_get(tx, "totp", s.name, &sealed)) < 0 && rc != E_NOTFOUND)
		return err_set(e, rc, "the secret could not be read");
	if (off && s.locked_until > tx_now(tx))
		return err_rule(e, E_CONFLICT, "code-locked", "the account is locked after five failures; try again in five minutes");
	if (code == NULL || sealed == NULL || *sealed == '\0')
		return err_rule(e, E_CONFLICT, "code-begin", "begin first");
	return totp_confirm(c, tx, &s, sealed, code, off, e);
}
