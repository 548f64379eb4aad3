/* The connection to a mail server, over TLS, whose other end may be slow to read. */
#include "cmocka_all.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "adapters/email/mail_link.h"
#include "gateway/base/fetch.h"
#include "gateway/base/stream.h"
#include "gateway/base/tls.h"
#include "tests/unit/base/loop_until.h"
#include "tests/unit/base/temp.h"

enum { WHOLE = 12 << 20 /* more than the kernel holds for two */, TAIL = 1000 };

static uv_loop_t loop;
static struct fetch *fetch;
static struct stream_listener *listener;
static char *cert, *key;

/* --- the server --- */

static struct tls_context *context;
static struct tls *session; /* NULL: plain */
static struct stream *peer;
static struct buf said;     /* before the mail */
static size_t taken;        /* of the mail, as it should be */
static bool wrong;

static uint8_t byte_at(size_t i)
{
	return (uint8_t)(i * 31 + i / 251);
}

static void say(const char *line)
{
	struct buf wire;
	buf_init(&wire, 1 << 20);
	assert_int_equal(session ? tls_output(session, line, strlen(line), &wire) : 0, 0);
	if (!session)
		buf_adds(&wire, line);
	assert_int_equal(stream_write(peer, wire.data, wire.len), 0);
	buf_fini(&wire);
}

static void hear(const struct buf *plain)
{
	size_t i = 0;
	while (i < plain->len && (said.len < 4 || memcmp(said.data + said.len - 4, "GO\r\n", 4) != 0)) {
		buf_add(&said, plain->data + i, 1);
		if (plain->data[i++] == '\n' && strstr(buf_str(&said), "EHLO")) {
			say("250 sink\r\n");
			buf_clear(&said);
		}
	}
	for (; i < plain->len; i++)
		wrong |= plain->data[i] != byte_at(taken++);
}

static size_t on_data(struct stream *s, void *owner, const uint8_t *p, size_t n)
{
	(void)owner;
	struct buf plain, wire;
	buf_init(&plain, 4 << 20);
	buf_init(&wire, 1 << 20);
	bool before = session && !tls_is_ready(session);
	if (session)
		assert_int_equal(tls_input(session, p, n, &plain, &wire), 0);
	else
		buf_add(&plain, p, n);
	if (wire.len)
		assert_int_equal(stream_write(s, wire.data, wire.len), 0);
	if (before && tls_is_ready(session))
		say("220 sink\r\n");
	hear(&plain);
	buf_fini(&wire);
	buf_fini(&plain);
	return n;
}

static void on_close(struct stream *s, void *owner, const char *reason)
{
	(void)s, (void)owner, (void)reason;
	peer = NULL;
}

static void on_accept(struct stream *s, void *arg)
{
	(void)arg;
	peer = s;
	if (!session)
		say("220 sink\r\n");
}

static void certificate(void)
{
	EVP_PKEY *pair = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	X509_set_version(x, 2);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, pair);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	assert_true(X509_sign(x, pair, EVP_sha256()) > 0);
	FILE *f = fopen(cert, "w");
	assert_int_equal(PEM_write_X509(f, x), 1);
	fclose(f);
	f = fopen(key, "w");
	assert_int_equal(PEM_write_PrivateKey(f, pair, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
	X509_free(x);
	EVP_PKEY_free(pair);
}

/* --- ours --- */

static struct mail_link *wire_link;
static bool open_now;
static unsigned pieces; /* so often some of it was given away */
static size_t left;
static char lost_by[100];

static void link_open(void *owner)
{
	(void)owner;
	open_now = true;
}

static void link_bytes(void *owner, const char *p, size_t n)
{
	(void)owner, (void)p, (void)n;
}

static void link_written(void *owner, size_t n)
{
	(void)owner;
	assert_true(n < left);
	pieces++;
	left = n;
}

static void link_close(void *owner, const char *why)
{
	(void)owner;
	puts(why);
	snprintf(lost_by, sizeof lost_by, "%s", why);
	wire_link = NULL;
}

static bool holds_open(void *unused)
{
	(void)unused;
	return open_now || !wire_link;
}

static bool has_moved(void *before)
{
	return pieces > *(unsigned *)before;
}

static bool all_there(void *unused)
{
	(void)unused;
	return taken == WHOLE + TAIL;
}

static int up(void **state)
{
	struct err e;
	int rc = temp_setup(state);
	cert = temp_path("cert.pem");
	key = temp_path("key.pem");
	certificate();
	uv_loop_init(&loop);
	fetch = fetch_create(&loop, &e);
	buf_init(&said, 1000);
	taken = pieces = 0;
	open_now = wrong = false;
	return rc;
}

static int down(void **state)
{
	mail_link_close(&wire_link);
	if (peer)
		stream_close(peer, false);
	stream_listener_close(&listener);
	fetch_destroy(&fetch);
	loop_for(&loop, 30);
	for (unsigned i = 0; i < 1000 && uv_run(&loop, UV_RUN_NOWAIT); i++)
		loop_for(&loop, 10);
	assert_int_equal(uv_loop_close(&loop), 0);
	tls_destroy(&session);
	tls_context_destroy(&context);
	buf_fini(&said);
	free(cert);
	free(key);
	return temp_teardown(state);
}

static void connect_to(bool secure)
{
	static const struct stream_ops ops = { .on_data = on_data, .on_close = on_close };
	static const struct stream_limits limits = { .in = 4 << 20, .out = 4 << 20 };
	static const struct mail_link_ops ours = { .on_open = link_open, .on_bytes = link_bytes, .on_written = link_written,
		.on_close = link_close };
	struct err e;
	char url[80];
	if (secure) {
		context = tls_context_create(cert, key, &e);
		session = tls_accept(context);
	}
	listener = stream_listen(&loop, "127.0.0.1", 0, 10, &ops, &limits, on_accept, NULL, &e);
	snprintf(url, sizeof url, "smtp%s://localhost:%d", secure ? "s" : "", stream_listener_port(listener));
	const struct mail_link_config c = { .url = url, .ca_file = cert };
	wire_link = mail_link_open(&loop, &c, &ours, NULL);
	assert_true(loop_until(&loop, holds_open, NULL, 10000));
	assert_true(open_now);
}

/* Whoever waits for a long mail to be given away sees that it moves. */
static void what_moves_is_told(bool secure)
{
	uint8_t *mail = mem_alloc(WHOLE + TAIL);
	for (size_t i = 0; i < WHOLE + TAIL; i++)
		mail[i] = byte_at(i);
	connect_to(secure);
	left = WHOLE + 4;
	mail_link_write(wire_link, "GO\r\n", 4);
	mail_link_write(wire_link, mail, WHOLE);
	stream_pause(peer, true);
	loop_for(&loop, 300);
	assert_true(pieces > 0 && left > 0 && left < WHOLE);
	for (unsigned k = 0; k < 3; k++) {
		unsigned before = pieces;
		stream_pause(peer, false);
		assert_true(loop_until(&loop, has_moved, &before, 5000));
		stream_pause(peer, true);
		loop_for(&loop, 20);
	}
	assert_true(left > 0);
	left += TAIL;
	mail_link_write(wire_link, mail + WHOLE, TAIL); /* what is queued behind comes behind */
	free(mail);
	stream_pause(peer, false);
	assert_true(loop_until(&loop, all_there, NULL, 20000));
	assert_int_equal(left, 0);
	assert_false(wrong);
}

static void a_long_mail_is_seen_to_move(void **state)
{
	(void)state;
	what_moves_is_told(false);
}

static void over_tls_as_well(void **state)
{
	(void)state;
	what_moves_is_told(true);
}

static bool all_of(void *n)
{
	return taken == *(size_t *)n;
}

static void write_more(size_t *sent, size_t n)
{
	uint8_t *piece = mem_alloc(n);
	for (size_t i = 0; i < n; i++)
		piece[i] = byte_at((*sent)++);
	left += n;
	mail_link_write(wire_link, piece, n);
	free(piece);
}

/* A slow server is not given less of it for what it has taken before. */
static void what_was_given_away_leaves_room(void **state)
{
	(void)state;
	size_t sent = 0;
	connect_to(false);
	left = 4;
	mail_link_write(wire_link, "GO\r\n", 4);
	stream_pause(peer, true);
	write_more(&sent, WHOLE);
	loop_for(&loop, 300);
	assert_true(pieces > 0 && left > 0 && left < WHOLE);
	write_more(&sent, MAIL_LINK_OUT_MAX - left);
	stream_pause(peer, false);
	assert_true(loop_until(&loop, all_of, &sent, 20000));
	assert_false(wrong);
	assert_non_null(wire_link);
}

static bool is_lost(void *unused)
{
	(void)unused;
	return !wire_link;
}

static void what_does_not_fit_ends_the_connection(void **state)
{
	(void)state;
	size_t sent = 0;
	connect_to(false);
	mail_link_write(wire_link, "GO\r\n", 4);
	stream_pause(peer, true);
	write_more(&sent, WHOLE);
	for (unsigned i = 0; i < 3; i++)
		write_more(&sent, WHOLE);
	assert_non_null(wire_link); /* not within the call */
	assert_true(loop_until(&loop, is_lost, NULL, 3000));
	assert_string_equal(lost_by, "the server does not take what it is given");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, up, down)
	const struct CMUnitTest tests[] = { TEST(a_long_mail_is_seen_to_move), TEST(over_tls_as_well), TEST(what_was_given_away_leaves_room),
		TEST(what_does_not_fit_ends_the_connection) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
