#include "gateway/console/who.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gateway/store/session.h"
#include "gateway/store/staff.h"
#include "gateway/store/token.h"

static void hash_hex(const char *secret, char hex[HEX_SHA256])
{
	uint8_t hash[SHA256_LEN];
	crypto_sha256(secret, strlen(secret), hash);
	crypto_hex(hash, sizeof hash, hex);
}

void session_hash(const char *cookie, char hex[HEX_SHA256])
{
	hash_hex(cookie, hex);
}

/* Whether origin is scheme://host of a URL that may go on with a path. */
static bool origin_is(const char *origin, const char *url)
{
	const char *scheme = strstr(url, "://");
	size_t n = scheme ? (size_t)(scheme - url) + 3 : 0;
	n += strcspn(url + n, "/");
	return strlen(origin) == n && strncasecmp(origin, url, n) == 0;
}

bool origin_own(const struct http_req *r, const char *public_url)
{
	const char *origin = http_header(r, "origin"), *host = http_header(r, "host");
	if (origin == NULL || origin_is(origin, public_url))
		return true;
	const char *at = strstr(origin, "://");
	return host != NULL && at != NULL && strcasecmp(at + 3, host) == 0;
}

void credentials_read(struct credentials *c, const struct http_req *r, const char *public_url)
{
	const char *cookie = http_cookie(r, SESSION_COOKIE), *bearer = http_header(r, "authorization");
	const char *csrf = http_header(r, "x-xq-csrf");
	*c = (struct credentials){ .origin_ok = origin_own(r, public_url) };
	if (bearer != NULL && strncasecmp(bearer, "Bearer ", 7) == 0)
		hash_hex(bearer + 7 + strspn(bearer + 7, " "), c->token);
	else if (cookie != NULL && *cookie)
		hash_hex(cookie, c->session);
	if (csrf != NULL && strlen(csrf) < sizeof c->csrf)
		(void)snprintf(c->csrf, sizeof c->csrf, "%s", csrf);
}

const char *credentials_hash(const struct credentials *c)
{
	return *c->token ? c->token : c->session;
}

static unsigned scopes_read(const char *s)
{
	static const struct { const char *name; unsigned scope; } known[] = {
		{ "read", SCOPE_READ }, { "write", SCOPE_WRITE }, { "pii", SCOPE_PII }, { "reports", SCOPE_REPORTS },
	};
	unsigned scopes = 0;
	for (; *s; s += strcspn(s, ","), s += *s == ',')
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			if (strcspn(s, ",") == strlen(known[i].name) && strncmp(s, known[i].name, strlen(known[i].name)) == 0)
				scopes |= known[i].scope;
	return scopes;
}

static int token_who(struct tx *tx, const char *hash, struct who *w, struct err *e)
{
	struct token_row t;
	int rc = token_find(tx, hash, &t);
	if (rc < 0 && rc != E_NOTFOUND)
		return err_set(e, rc, "tokens could not be read");
	if (rc == E_NOTFOUND || t.revoked_at != 0)
		return err_set(e, E_DENIED, "the token is not known, or was revoked");
	*w = (struct who){ .token = true, .role = ROLE_ADMIN, .scopes = scopes_read(t.scopes),
		.name = arena_printf(tx_arena(tx), "api:%s", t.name), .display = NULL, .department = "", .csrf = "" };
	return 0;
}

static int session_who(struct tx *tx, const char *hash, struct who *w, struct err *e)
{
	struct session_row s;
	struct staff_row p;
	int rc = session_get(tx, hash, &s);
	if (rc == 0 && s.expires_at > tx_now(tx) && s.created_at + SESSION_LIFE_MS > tx_now(tx))
		rc = staff_get(tx, s.staff, &p);
	else if (rc == 0)
		rc = E_NOTFOUND;
	if (rc < 0 && rc != E_NOTFOUND)
		return err_set(e, rc, "sessions could not be read");
	if (rc == E_NOTFOUND || p.disabled || p.role >= ROLE_SYSTEM)
		return err_set(e, E_DENIED, "the session has ended; log in again");
	*w = (struct who){ .role = (enum role)p.role, .name = p.name, .display = *p.display ? p.display : p.name,
		.department = p.department, .csrf = s.csrf, .expires_at = s.expires_at, .since = s.created_at, .totp = *p.totp != '\0', .duty = p.duty,
		.capacity = p.capacity ? p.capacity : STAFF_CAPACITY };
	return 0;
}

int who_find(struct tx *tx, const struct credentials *c, struct who *w, struct err *e)
{
	if (*c->token)
		return token_who(tx, c->token, w, e);
	if (*c->session)
		return session_who(tx, c->session, w, e);
	return err_set(e, E_DENIED, "log in, or send a bearer token");
}

bool session_is_stale(const struct who *w, int64_t now)
{
	int64_t wanted = now + SESSION_IDLE_MS, last = w->since + SESSION_LIFE_MS;
	return !w->token && w->expires_at < (wanted < last ? wanted : last) - SESSION_TOUCH_MS;
}

int session_touch(struct tx *tx, const char *id_hash)
{
	struct session_row s;
	int rc = session_get(tx, id_hash, &s);
	if (rc < 0)
		return rc == E_NOTFOUND ? 0 : rc;
	s.expires_at = tx_now(tx) + SESSION_IDLE_MS;
	return session_put(tx, &s);
}

int who_fresh(const struct who *w, int64_t now, struct err *e)
{
	return now - w->since <= FRESH_MS ? 0 : err_rule(e, E_DENIED, "again", "log in again first: this changes who may log in");
}

const char *who_department(const struct who *w)
{
	return !w->token && w->role == ROLE_DEPARTMENT ? w->department : NULL;
}

bool who_sees(const struct who *w, const struct ticket_row *t)
{
	const char *own = who_department(w);
	return own == NULL || (*own && (strcmp(own, t->department) == 0 || ticket_helped_by(t, own)));
}

bool who_sees_peer(const struct who *w)
{
	return w->token ? (w->scopes & SCOPE_PII) != 0 : w->role != ROLE_DEPARTMENT;
}

bool who_sees_citizen(const struct who *w, const struct ticket_row *t)
{
	bool lead = w->role == ROLE_SUPERVISOR || w->role == ROLE_ADMIN;
	return who_sees_peer(w) && (lead || !(t->flags & FLAG_CONFIDENTIAL) || strcmp(t->assignee, w->name) == 0);
}

static bool names_citizen(const struct who *w, const struct ticket_row *t)
{
	return !(t->flags & FLAG_CONFIDENTIAL) || who_sees_citizen(w, t);
}

bool who_sees_both(const struct who *w, const struct ticket_row *t, const struct ticket_row *other)
{
	return who_sees(w, t) && who_sees(w, other) && names_citizen(w, t) && names_citizen(w, other);
}

bool who_may_link(const struct who *w, const struct ticket_row *t, const struct ticket_row *other)
{
	return !((t->flags | other->flags) & FLAG_CONFIDENTIAL) || who_sees_both(w, t, other);
}
