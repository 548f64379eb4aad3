#include "adapters/email/email.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "adapters/email/charset.h"
#include "adapters/email/imap.h"
#include "adapters/email/imap_line.h"
#include "adapters/email/intake.h"
#include "adapters/email/lmtp.h"
#include "adapters/email/mime.h"
#include "adapters/email/oauth.h"
#include "adapters/email/rich.h"
#include "adapters/email/smtp.h"
#include "gateway/base/mem.h"
#include "gateway/base/network.h"
#include "gateway/model/address.h"

enum { MB = 1 << 20, LMTP_IDLE_MS = 300000, LMTP_TLS_REQUIRED = 1 };

struct email_config {
	const char *address;
	struct config_listen lmtp_listen;
	const char *lmtp_tls_cert, *lmtp_tls_key;
	int lmtp_tls, lmtp_connections, lmtp_messages, max_size, attachments_max, attachment_size, attachments_total;
	const char *imap_url, *imap_user, *imap_password, *imap_folders, *imap_after;
	int imap_poll, imap_tls;
	const char *smtp_url, *smtp_user, *smtp_password;
	int smtp_tls, smtp_connections, smtp_pace;
	const char *tls_ca_file;
	bool reply_token, plain;
	const char *auth_server;
	const char *oauth_token_url, *oauth_client_id, *oauth_client_secret, *oauth_refresh_token, *oauth_scope;
};

#define AT(field) offsetof(struct email_config, field)
static const struct config_key keys[] = {
	{ "address", CONFIG_STRING, AT(address), .required = true, .doc = "the mailbox citizens write to" },
	{ "lmtp_listen", CONFIG_LISTEN, AT(lmtp_listen), .doc = "where Postfix, Exim and others push mail to" },
	{ "lmtp_tls_cert", CONFIG_PATH, AT(lmtp_tls_cert), .doc = "PEM certificate with its chain: offers STARTTLS" },
	{ "lmtp_tls_key", CONFIG_PATH, AT(lmtp_tls_key), .doc = "its PEM key" },
	{ "lmtp_tls", CONFIG_ENUM, AT(lmtp_tls), .def = "offered", .choices = "offered|required",
		.doc = "required: no mail is taken before STARTTLS" },
	{ "lmtp_connections", CONFIG_INT, AT(lmtp_connections), .def = "100", .min = 1, .max = 10000,
		.doc = "at once; above it 421" },
	{ "lmtp_messages", CONFIG_INT, AT(lmtp_messages), .def = "50", .min = 1, .max = 10000,
		.doc = "mails under way at once; above it 451" },
	{ "max_size", CONFIG_INT, AT(max_size), .def = "32", .min = 1, .max = 1024, .doc = "MB of one mail" },
	{ "attachments_max", CONFIG_INT, AT(attachments_max), .def = "50", .min = 1, .max = MSG_ATTACHMENTS_MAX,
		.doc = "files of one mail; what is over is only in the raw mail" },
	{ "attachment_size", CONFIG_INT, AT(attachment_size), .def = "25", .min = 1, .max = 1024, .doc = "MB of one file" },
	{ "attachments_total", CONFIG_INT, AT(attachments_total), .def = "50", .min = 1, .max = 1024, .doc = "MB of one mail's files" },
	{ "imap_url", CONFIG_STRING, AT(imap_url), .doc = "imap(s)://host[:port]/MAILBOX to pull from" },
	{ "imap_folders", CONFIG_STRING, AT(imap_folders),
		.doc = "more mailboxes of the same account to pull from, separated by commas" },
	{ "imap_user", CONFIG_STRING, AT(imap_user), .doc = "login" },
	{ "imap_password", CONFIG_STRING, AT(imap_password), .secret = true,
		.doc = "password; at QQ and 163 the authorisation code" },
	{ "imap_poll", CONFIG_INT, AT(imap_poll), .def = "10", .min = 1, .max = 86400, .doc = "seconds between looks" },
	{ "imap_after", CONFIG_STRING, AT(imap_after), .def = "seen",
		.doc = "what becomes of a stored mail: seen, keep, or move:Folder" },
	{ "imap_tls", CONFIG_ENUM, AT(imap_tls), .def = "auto", .choices = MAIL_TLS_CHOICES,
		.doc = "for imap://; auto: required unless the host is loopback" },
	{ "smtp_url", CONFIG_STRING, AT(smtp_url), .doc = "smtp(s)://host[:port] to send through" },
	{ "smtp_user", CONFIG_STRING, AT(smtp_user), .doc = "login, if the server wants one" },
	{ "smtp_password", CONFIG_STRING, AT(smtp_password), .secret = true, .doc = "password" },
	{ "smtp_tls", CONFIG_ENUM, AT(smtp_tls), .def = "auto", .choices = MAIL_TLS_CHOICES,
		.doc = "for smtp://; auto: required unless the host is loopback" },
	{ "smtp_connections", CONFIG_INT, AT(smtp_connections), .def = "4", .min = 1, .max = 100, .doc = "at once" },
	{ "smtp_pace", CONFIG_INT, AT(smtp_pace), .def = "0", .min = 0, .max = 60000,
		.doc = "mails a minute to one receiving domain; 0: no limit" },
	{ "tls_ca_file", CONFIG_PATH, AT(tls_ca_file), .doc = "certificates to trust instead of the system's" },
	{ "plain", CONFIG_BOOL, AT(plain), .def = "no", .doc = CONFIG_PLAIN_DOC },
	{ "reply_token", CONFIG_BOOL, AT(reply_token), .def = "no",
		.doc = "answers and bounces come to address+mark; the mail server must pass subaddresses" },
	{ "auth_server", CONFIG_STRING, AT(auth_server),
		.doc = "the name in the Authentication-Results of your own mail server: what it vouches for is believed" },
	{ "oauth_token_url", CONFIG_STRING, AT(oauth_token_url),
		.doc = "https URL that gives access tokens: imap_user and smtp_user then log in by XOAUTH2" },
	{ "oauth_client_id", CONFIG_STRING, AT(oauth_client_id), .doc = "the application's id at the provider" },
	{ "oauth_client_secret", CONFIG_STRING, AT(oauth_client_secret), .secret = true, .doc = "its secret, if it has one" },
	{ "oauth_refresh_token", CONFIG_STRING, AT(oauth_refresh_token), .secret = true,
		.doc = "what the mailbox's owner was given after consenting" },
	{ "oauth_scope", CONFIG_STRING, AT(oauth_scope), .doc = "asked for with each token, if the provider wants it" },
	{ 0 }
};

enum { FOLDERS_MAX = 16 };
/* One mailbox that is pulled from. */
struct puller {
	struct email *email;
	struct imap *imap;
	struct imap_config config;
	char *mailbox, *cursor;
	bool up;
	char words[200];
};

enum part { PART_LMTP, PART_IMAP, PART_SMTP, PARTS };
static const char *const part_name[] = { "lmtp", "imap", "smtp" };

struct email {
	struct adapter adapter; /* first */
	const struct email_config *c;
	const struct adapter_host *host;
	struct intake *intake;
	struct lmtp *lmtp;
	struct puller puller[FOLDERS_MAX];
	unsigned pullers;
	struct smtp *smtp;
	struct smtp_config smtp_config;
	struct oauth_config oauth_config;
	struct oauth *oauth;
	struct tls_context *tls;
	bool used[PARTS], up[PARTS];
	char words[PARTS][200];
	char told[PARTS * 220]; /* the state last given */
	bool told_up;
	unsigned draining; /* parts still at it */
};

/* --- state --- */

static void tell(struct email *m)
{
	char words[sizeof m->told] = "";
	bool up = true, any = false;
	size_t n = 0;
	for (int i = 0; i < PARTS; i++) {
		any |= m->used[i];
		if (!m->used[i] || m->up[i])
			continue;
		up = false;
		n += (size_t)snprintf(words + n, sizeof words - n, "%s%s: %s", n ? "; " : "", part_name[i], m->words[i]);
	}
	if (!any) {
		up = false;
		snprintf(words, sizeof words, "off: none of lmtp_listen, imap_url and smtp_url is set");
	}
	if (up == m->told_up && !strcmp(words, m->told))
		return;
	m->told_up = up;
	memcpy(m->told, words, sizeof words);
	m->host->state(&m->adapter, up, words);
}

static void part_state(struct adapter *a, enum part part, bool up, const char *words)
{
	struct email *m = (struct email *)a;
	m->up[part] = up;
	snprintf(m->words[part], sizeof m->words[part], "%s", words ? words : "");
	tell(m);
}

/* All are up, or what the first says that is not. */
static void imap_state(void *arg, bool up, const char *words)
{
	struct puller *p = arg;
	struct email *m = p->email;
	p->up = up;
	snprintf(p->words, sizeof p->words, "%s", words ? words : "");
	for (unsigned i = 0; i < m->pullers; i++)
		if (!m->puller[i].up) {
			part_state(&m->adapter, PART_IMAP, false, m->puller[i].words);
			return;
		}
	part_state(&m->adapter, PART_IMAP, true, NULL);
}

static void smtp_state(struct adapter *a, bool up, const char *words)
{
	part_state(a, PART_SMTP, up, words);
}

/* --- configuration --- */

static void check_url(struct config_section *s, const char *key, const char *url, const char *plain, const char *tls,
	struct faults *f)
{
	const char *host = !url ? NULL : !strncasecmp(url, plain, strlen(plain)) ? url + strlen(plain) :
		!strncasecmp(url, tls, strlen(tls)) ? url + strlen(tls) : "";
	if (host && (!*host || *host == '/'))
		config_fault(s, key, f, "\"%s\" is no mail server's URL; %shost:port or %shost:port", url, plain, tls);
}

static void warn_plain(const struct email_config *c, struct config_section *s, struct faults *f)
{
	static const char instead[] =
		"auto, or a URL with imaps:// or smtps://, would be right; plain = yes where a tunnel protects it";
	const char *const url[] = { c->imap_url, c->smtp_url }, *const key[] = { "imap_url", "smtp_url" };
	const int tls[] = { c->imap_tls, c->smtp_tls };
	for (size_t i = 0; i < 2; i++)
		if (url[i] && (tls[i] == TLS_OPPORTUNISTIC || tls[i] == TLS_NONE) && strcspn(url[i], ":") == strlen("imap"))
			config_warn_plain(s, key[i], url[i], c->plain, instead, f);
	config_warn_plain(s, "lmtp_listen", c->lmtp_tls_cert ? NULL : c->lmtp_listen.host, c->plain,
		"set lmtp_tls_cert and lmtp_tls_key, or listen on 127.0.0.1; plain = yes where a tunnel protects it", f);
}

static void check(const void *config, struct config_section *s, struct faults *f)
{
	const struct email_config *c = config;
	char address[MSG_PEER_MAX];
	if (c->address && (!address_email(c->address, address) || strpbrk(c->address, "<>+ \"")))
		config_fault(s, "address", f, "\"%s\" is no mailbox; a plain one such as 12345@city.example, without '+'",
			c->address);
	check_url(s, "imap_url", c->imap_url, "imap://", "imaps://", f);
	check_url(s, "smtp_url", c->smtp_url, "smtp://", "smtps://", f);
	warn_plain(c, s, f);
	if (c->imap_url && !c->imap_user)
		config_fault(s, "imap_user", f, "imap_url needs imap_user, and imap_password or oauth_token_url");
	if (c->oauth_token_url && strncasecmp(c->oauth_token_url, "https://", 8) && !network_is_loopback(c->oauth_token_url))
		config_fault(s, "oauth_token_url", f, "\"%s\" would send secrets in clear; an https:// URL", c->oauth_token_url);
	if (c->oauth_token_url && (!c->oauth_client_id || !c->oauth_refresh_token))
		config_fault(s, "oauth_token_url", f, "oauth_token_url needs oauth_client_id and oauth_refresh_token");
	if (!c->lmtp_tls_cert != !c->lmtp_tls_key || (c->lmtp_tls && !c->lmtp_tls_cert))
		config_fault(s, c->lmtp_tls_cert ? "lmtp_tls_cert" : c->lmtp_tls_key ? "lmtp_tls_key" : "lmtp_tls", f,
			"STARTTLS needs both lmtp_tls_cert and lmtp_tls_key");
	struct buf folder;
	buf_init(&folder, 8192);
	if (c->imap_after && !strncasecmp(c->imap_after, "move:", 5) && c->imap_after[5] && !imap_mailbox(c->imap_after + 5, &folder))
		config_fault(s, "imap_after", f, "\"%s\" is no name of a folder", c->imap_after + 5);
	buf_fini(&folder);
	if (c->imap_after && strcasecmp(c->imap_after, "seen") && strcasecmp(c->imap_after, "keep") &&
		(strncasecmp(c->imap_after, "move:", 5) || !c->imap_after[5]))
		config_fault(s, "imap_after", f, "\"%s\" is unknown; seen, keep or move:Folder", c->imap_after);
}

/* --- life --- */

/* mailbox moves here. The place of the URL's own mailbox is kept under the URL, that of another under both. */
static void puller_add(struct email *m, char *mailbox, char *cursor)
{
	const struct email_config *c = m->c;
	struct puller *p = &m->puller[m->pullers++];
	*p = (struct puller){ .email = m, .mailbox = mailbox, .cursor = cursor, .words = "connecting" };
	p->config = (struct imap_config){ .link = { .url = c->imap_url, .user = c->imap_user, .password = c->imap_password,
		.ca_file = c->tls_ca_file, .tls = (enum mail_tls)c->imap_tls, .oauth = m->oauth }, .mailbox = mailbox,
		.cursor = cursor, .after = c->imap_after, .poll_s = (unsigned)c->imap_poll, .answer_ms = IMAP_ANSWER_MS,
		.max_size = (size_t)c->max_size * MB };
}

static void pullers_create(struct email *m)
{
	struct buf name;
	buf_init(&name, 1024);
	(void)imap_url_mailbox(m->c->imap_url, &name);
	puller_add(m, mem_strdup(buf_str(&name)), mem_printf("imap:%s", m->c->imap_url));
	buf_fini(&name);
	for (const char *p = m->c->imap_folders; p && *p && m->pullers < FOLDERS_MAX;) {
		size_t n = strcspn(p, ","), from = strspn(p, " "), to = n;
		while (to > from && p[to - 1] == ' ')
			to--;
		if (to > from)
			puller_add(m, mem_strndup(p + from, to - from), mem_printf("imap:%s;%.*s", m->c->imap_url, (int)(to - from), p + from));
		p += n + (p[n] == ',');
	}
}

static int create(struct adapter **out, const void *config, const struct adapter_host *host, struct err *e)
{
	const struct email_config *c = config;
	int rc = charset_ready(e);
	if (rc < 0)
		return rc;
	mime_init();
	struct tls_context *tls = NULL;
	if (c->lmtp_tls_cert && !(tls = tls_context_create(c->lmtp_tls_cert, c->lmtp_tls_key, e)))
		return E_MALFORMED;
	struct email *m = mem_new(struct email);
	m->tls = tls;
	m->c = c;
	m->host = host;
	m->smtp_config = (struct smtp_config){ .link = { .url = c->smtp_url, .user = c->smtp_user,
		.password = c->smtp_password, .ca_file = c->tls_ca_file, .tls = (enum mail_tls)c->smtp_tls },
		.connections = (unsigned)c->smtp_connections, .pace = (unsigned)c->smtp_pace,
		.own = c->address, .reply_token = c->reply_token };
	m->oauth_config = (struct oauth_config){ .token_url = c->oauth_token_url, .client_id = c->oauth_client_id,
		.client_secret = c->oauth_client_secret, .refresh_token = c->oauth_refresh_token, .scope = c->oauth_scope,
		.ca_file = c->tls_ca_file };
	if (c->oauth_token_url)
		m->oauth = oauth_create(host->fetch, &m->oauth_config);
	if (c->imap_url)
		pullers_create(m);
	m->smtp_config.link.oauth = c->smtp_user ? m->oauth : NULL;
	m->used[PART_LMTP] = c->lmtp_listen.host != NULL;
	m->used[PART_IMAP] = c->imap_url != NULL;
	m->used[PART_SMTP] = c->smtp_url != NULL;
	m->up[PART_SMTP] = true; /* until a mail shows otherwise */
	m->up[PART_IMAP] = true; /* another gateway may read it */
	snprintf(m->words[PART_IMAP], sizeof m->words[PART_IMAP], "waiting for its turn at the mailbox");
	struct mime_limits limits = { .files = (unsigned)c->attachments_max, .file = (size_t)c->attachment_size * MB,
		.total = (size_t)c->attachments_total * MB };
	m->intake = intake_create(&m->adapter, host, c->address, c->auth_server, &limits);
	m->smtp = smtp_create(&m->adapter, host, &m->smtp_config, smtp_state);
	*out = &m->adapter;
	return 0;
}

/* A mailbox has one reader. What is in the middle of being taken comes again to the next one, and is known there. */
static void mailbox_told(struct adapter *a, bool ours)
{
	struct email *m = (struct email *)a;
	for (unsigned i = 0; i < m->pullers; i++) {
		struct puller *p = &m->puller[i];
		if (ours && !p->imap) {
			p->imap = imap_create(a, m->host, &p->config, m->intake, imap_state, p);
			imap_state(p, false, "connecting");
			imap_start(p->imap);
		} else if (!ours) {
			imap_destroy(&p->imap);
		}
	}
	if (!ours)
		part_state(a, PART_IMAP, true, "another gateway reads the mailbox");
}

static int start(struct adapter *a, struct err *e)
{
	struct email *m = (struct email *)a;
	if (m->used[PART_LMTP]) {
		struct lmtp_config l = { .host = m->c->lmtp_listen.host, .port = m->c->lmtp_listen.port, .own = m->c->address,
			.max_size = (size_t)m->c->max_size * MB, .connections = (unsigned)m->c->lmtp_connections,
			.messages = (unsigned)m->c->lmtp_messages, .idle_ms = LMTP_IDLE_MS, .tls = m->tls,
			.tls_required = m->c->lmtp_tls == LMTP_TLS_REQUIRED };
		m->lmtp = lmtp_create(m->host->loop, &l, m->intake, e);
		if (!m->lmtp)
			return e && e->code ? e->code : E_IO;
		m->up[PART_LMTP] = true;
	}
	if (m->used[PART_IMAP])
		m->host->duty(a, "mailbox", mailbox_told);
	tell(m);
	return 0;
}

int email_lmtp_port(const struct adapter *a)
{
	const struct email *m = (const struct email *)a;
	return m->lmtp ? lmtp_port(m->lmtp) : 0;
}

static int send_out(struct adapter *a, const struct msg_out *msg)
{
	return smtp_send(((struct email *)a)->smtp, msg);
}

/* A mailbox that cannot be read does not keep answers back. */
static bool sends(const struct adapter *a)
{
	const struct email *m = (const struct email *)a;
	return m->used[PART_SMTP] && m->up[PART_SMTP];
}

static void part_drained(void *arg)
{
	struct email *m = arg;
	if (--m->draining == 0)
		m->host->drained(&m->adapter);
}

static void drain(struct adapter *a)
{
	struct email *m = (struct email *)a;
	m->draining = 1 + (m->lmtp != NULL);
	for (unsigned i = 0; i < m->pullers; i++)
		m->draining += m->puller[i].imap != NULL;
	smtp_drain(m->smtp, part_drained, m);
	if (m->lmtp)
		lmtp_drain(m->lmtp, part_drained, m);
	for (unsigned i = 0; i < m->pullers; i++)
		if (m->puller[i].imap)
			imap_drain(m->puller[i].imap, part_drained, m);
}

static void destroy(struct adapter **a)
{
	struct email *m = (struct email *)*a;
	if (!m)
		return;
	lmtp_destroy(&m->lmtp);
	for (unsigned i = 0; i < m->pullers; i++) {
		imap_destroy(&m->puller[i].imap);
		free(m->puller[i].mailbox);
		free(m->puller[i].cursor);
	}
	intake_destroy(&m->intake);
	smtp_destroy(&m->smtp);
	oauth_destroy(&m->oauth);
	tls_context_destroy(&m->tls);
	free(m);
	*a = NULL;
}

const struct adapter_ops email_adapter = {
	.name = "email", .keys = keys, .config_size = sizeof(struct email_config),
	.caps = { .kind = "email", .anytime = true, .code = 30, .threads = true, .pictures = true,
		.files = { ATTACHMENT_OUT_MAX, 10 << 20, 15 << 20, ATTACHMENT_TYPES, false } },
	.check = check, .create = create, .start = start, .send = send_out, .sends = sends, .rich = rich_html, .drain = drain,
	.destroy = destroy
};
