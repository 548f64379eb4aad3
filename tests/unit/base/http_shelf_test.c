/* More connections than stand on one shelf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <sys/resource.h>

#include "gateway/base/http.h"
#include "gateway/base/mem.h"
#include "tests/unit/base/raw_client.h"

enum { MANY = 900, WORDS_MAX = 2048 }; /* MANY: fifteen shelves */

static uv_loop_t loop;
static struct http_server *server;
static int fd[MANY];
static unsigned asked, opened, closed;
static struct ws *sockets[MANY];
static unsigned turns, most_in_a_turn, in_this_turn;
static uv_prepare_t counter;
static char dir[] = "/tmp/http_shelf_test.XXXXXX";
static char *cert_file, *key_file;

/* --- the server's side --- */

static void say(struct http_req *r, void *arg)
{
	(void)arg;
	asked++;
	http_answer_text(r, 200, "here");
}

static int on_request(const struct http_req *r, void *arg, void **owner)
{
	(void)r;
	*owner = arg;
	return 0;
}

static void on_open(struct ws *w, void *owner)
{
	(void)owner;
	sockets[opened++] = w;
}

static void on_text(struct ws *w, void *owner, const char *text, size_t n)
{
	(void)owner;
	ws_send(w, text, n);
}

static void on_close(struct ws *w, void *owner)
{
	(void)w;
	(void)owner;
	closed++;
	in_this_turn++;
}

static const struct ws_ops ops = { on_request, on_open, on_text, on_close };

static void on_turn(uv_prepare_t *p)
{
	(void)p;
	turns++;
	most_in_a_turn = in_this_turn > most_in_a_turn ? in_this_turn : most_in_a_turn;
	in_this_turn = 0;
}

/* --- around each test --- */

static int begin(const char *cert, const char *key)
{
	struct http_limits limits = { .connections = MANY + 10, .body = 1000, .tls_cert = cert, .tls_key = key };
	struct ws_limits first = { .message = 1000, .queue = 100000, .ping_s = 60, .first_s = 1 };
	struct ws_limits normal = { .message = 1000, .queue = 100000, .ping_s = 60 };
	struct err e = { 0 };
	asked = opened = closed = turns = most_in_a_turn = in_this_turn = 0;
	for (size_t i = 0; i < MANY; i++)
		fd[i] = -1;
	uv_loop_init(&loop);
	uv_prepare_init(&loop, &counter);
	uv_prepare_start(&counter, on_turn);
	server = http_create(&loop, &limits, &e);
	assert_non_null(server);
	http_route(server, "GET", "/say", say, NULL);
	http_websocket(server, "/ws", NULL, &ops, &normal, NULL);
	http_websocket(server, "/first", NULL, &ops, &first, NULL);
	return http_listen(server, "127.0.0.1", 0, &e);
}

static int setup(void **state)
{
	(void)state;
	return begin(NULL, NULL);
}

static void hang_up(unsigned i)
{
	if (fd[i] >= 0)
		close(fd[i]);
	fd[i] = -1;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		hang_up(i);
	uv_close((uv_handle_t *)&counter, NULL);
	http_destroy(&server);
	uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(closed, opened);
	return uv_loop_close(&loop);
}

/* --- the clients' side --- */

static void dial(unsigned i)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(server)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	fd[i] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd[i], (struct sockaddr *)&a, sizeof a), 0);
}

static void tell(unsigned i, const char *text)
{
	assert_int_equal(send(fd[i], text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Has what came to everybody `text` in it? Nothing is taken, so that it can be asked again. */
static bool everybody_has(const char *text)
{
	for (unsigned i = 0; i < MANY; i++) {
		char got[WORDS_MAX + 1];
		ssize_t n = fd[i] < 0 ? -1 : recv(fd[i], got, WORDS_MAX, MSG_PEEK | MSG_DONTWAIT);
		got[n > 0 ? n : 0] = '\0';
		if (fd[i] >= 0 && !strstr(got, text))
			return false;
	}
	return true;
}

static bool everybody_was_hung_up_on(const char *unused)
{
	(void)unused;
	for (unsigned i = 0; i < MANY; i++) {
		char got[WORDS_MAX];
		while (fd[i] >= 0 && recv(fd[i], got, sizeof got, MSG_DONTWAIT) > 0)
			;
		if (fd[i] >= 0 && (recv(fd[i], got, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN))
			return false;
	}
	return true;
}

/* Ours do not wake the loop, so it is turned every 2 ms. */
static bool comes(bool (*holds)(const char *), const char *text)
{
	for (int i = 0; i < LOOP_UNTIL_MS / 2 * (int)slack() && !holds(text); i++)
		loop_for(&loop, 2);
	return holds(text);
}

static void everybody_dials(const char *request)
{
	for (unsigned i = 0; i < MANY; i++) {
		dial(i);
		tell(i, request);
		if (i % 100 == 99)
			loop_for(&loop, 2); /* the kernel's queue of those who wait is short */
	}
}

#define UPGRADE " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static void everybody_joins(const char *path)
{
	char request[300];
	snprintf(request, sizeof request, "GET %s" UPGRADE, path);
	everybody_dials(request);
	assert_true(comes(everybody_has, "101 Switching"));
	assert_int_equal(opened, MANY);
}

/* These clients alone; the loop turns as soon as there is something to do. */
static void chats_come(unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		dial(i);
		tell(i, "GET /ws" UPGRADE);
		if (i % 100 == 99)
			loop_for(&loop, 2);
	}
	for (int i = 0; i < LOOP_UNTIL_MS && opened < to - from; i++)
		loop_for(&loop, 1);
}

static unsigned descriptors(void)
{
	unsigned n = 0;
	for (int i = 0; i < 4 * MANY; i++)
		n += fcntl(i, F_GETFD) >= 0;
	return n;
}

/* --- the tests --- */

static void more_than_one_shelf_holds_are_all_served(void **state)
{
	(void)state;
	everybody_dials("GET /say HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(comes(everybody_has, "\r\n\r\nhere"));
	assert_int_equal(asked, MANY);
	for (unsigned i = 0; i < MANY; i++)
		tell(i, "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(comes(everybody_has, "404 Not Found"));
}

static void a_push_reaches_whoever_stands_on_any_shelf(void **state)
{
	(void)state;
	everybody_joins("/ws");
	struct ws_shared *m = ws_shared_create("news for all", 12);
	for (unsigned i = 0; i < MANY; i++)
		assert_true(ws_send_shared(sockets[i], m));
	ws_shared_release(m);
	loop_for(&loop, 500); /* the clock's tick, a second, is not what brings it */
	assert_true(everybody_has("news for all") || slack() > 1);
	assert_true(comes(everybody_has, "news for all"));
}

static void who_says_nothing_is_ended_on_any_shelf(void **state)
{
	(void)state;
	everybody_joins("/first");
	uint64_t began = uv_hrtime();
	assert_true(comes(everybody_was_hung_up_on, NULL));
	assert_in_range((uv_hrtime() - began) / 1000000, 1, 4000 * slack());
}

/* How many one turn sees off depends on the machine; that it is not all of them does not. */
static void those_who_all_leave_at_once_do_not_have_one_turn_for_all(void **state)
{
	(void)state;
	everybody_joins("/ws");
	turns = most_in_a_turn = in_this_turn = 0;
	for (unsigned i = 0; i < MANY; i++)
		hang_up(i);
	for (int i = 0; i < LOOP_UNTIL_MS && closed < MANY; i++)
		loop_for(&loop, 1);
	assert_int_equal(closed, MANY);
	assert_in_range(most_in_a_turn, 1, MANY - 1);
}

static void who_came_alone_does_not_wait_for_a_crowd(void **state)
{
	(void)state;
	dial(0);
	tell(0, "GET /say HTTP/1.1\r\nHost: x\r\n\r\n");
	loop_for(&loop, 1100); /* what comes is counted by the second */
	assert_int_equal(asked, 1);
	chats_come(1, MANY);
	for (unsigned i = MANY - 1; i > 0; i--)
		hang_up(i);
	tell(0, "GET /say HTTP/1.1\r\nHost: x\r\n\r\n");
	while (asked < 2)
		uv_run(&loop, UV_RUN_ONCE);
	assert_in_range(closed, 0, MANY / 2); /* those of its own shelf, and of one other */
}

/* A crowd that all have something to say, and one more at the door. */
static void who_comes_last_does_not_wait_for_all_who_came_before(void **state)
{
	enum { LAST = MANY - 1 };
	(void)state;
	chats_come(0, LAST);
	hang_up(LAST - 1); /* so that the last shelf has had its turn, and would have the next after all others */
	for (int i = 0; i < LOOP_UNTIL_MS && closed < 1; i++)
		loop_for(&loop, 1);
	for (unsigned i = 0; i < LAST; i++)
		hang_up(i);
	unsigned inside = opened;
	dial(LAST);
	tell(LAST, "GET /ws" UPGRADE);
	while (opened == inside)
		uv_run(&loop, UV_RUN_ONCE);
	assert_in_range(closed, 0, MANY / 5); /* of its own shelf and of two others */
}

/* All chats end and come back, as when a proxy restarts, and between the two a request comes. */
static void who_comes_to_ask_does_not_wait_for_a_crowd_of_chats(void **state)
{
	enum { CHATS = MANY - 200, ASKS = CHATS };
	(void)state;
	chats_come(0, CHATS);
	for (unsigned i = 0; i < CHATS; i++)
		hang_up(i);
	dial(ASKS);
	tell(ASKS, "GET /say HTTP/1.1\r\nHost: x\r\n\r\n");
	for (unsigned i = ASKS + 1; i < MANY; i++) {
		dial(i);
		tell(i, "GET /ws" UPGRADE);
	}
	while (asked < 1)
		uv_run(&loop, UV_RUN_ONCE);
	assert_in_range(closed, 0, MANY / 5);
}

static void shelves_are_kept_and_used_again(void **state)
{
	(void)state;
	unsigned most = 0;
	for (int round = 0; round < 4; round++) {
		everybody_dials("GET /say HTTP/1.1\r\nHost: x\r\n\r\n");
		assert_true(comes(everybody_has, "\r\n\r\nhere"));
		for (unsigned i = 0; i < MANY; i++)
			hang_up(i);
		loop_for(&loop, 200 * slack());
		if (round == 1)
			most = descriptors();
	}
	assert_true(descriptors() <= most);
}

static void descriptors_and_connections_fit_each_other(void **state)
{
	(void)state;
	for (unsigned n = 1; n < 3000; n++) {
		unsigned need = http_descriptors(n);
		assert_true(need > n);
		assert_int_equal(http_connections_within(need), n);
		assert_true(http_connections_within(need - 1) < n);
	}
	assert_int_equal(http_connections_within(0), 0);
}

/* --- certificates --- */

static void write_pair(const char *name)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	FILE *f = fopen(cert_file, "w");
	assert_int_equal(PEM_write_X509(f, x), 1);
	fclose(f);
	f = fopen(key_file, "w");
	assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
	X509_free(x);
	EVP_PKEY_free(key);
}

static int setup_tls(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	cert_file = mem_printf("%s/cert.pem", dir);
	key_file = mem_printf("%s/key.pem", dir);
	write_pair("old");
	return begin(cert_file, key_file);
}

static int teardown_tls(void **state)
{
	int rc = teardown(state);
	unlink(cert_file);
	unlink(key_file);
	free(cert_file);
	free(key_file);
	return rmdir(dir) || rc;
}

/* Whose certificate the server shows; resumed: whether it knew the session. */
static void shake(unsigned i, SSL_CTX *ctx, SSL_SESSION **session, char name[20], bool *resumed)
{
	SSL *ssl = SSL_new(ctx);
	char byte;
	dial(i);
	fcntl(fd[i], F_SETFL, O_NONBLOCK);
	SSL_set_fd(ssl, fd[i]);
	if (session && *session)
		SSL_set_session(ssl, *session);
	for (int k = 0; k < LOOP_UNTIL_MS && SSL_connect(ssl) != 1; k++)
		loop_for(&loop, 1);
	assert_true(SSL_is_init_finished(ssl));
	*resumed = SSL_session_reused(ssl);
	if (!*resumed) {
		X509 *x = SSL_get1_peer_certificate(ssl);
		X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, name, 20);
		X509_free(x);
	}
	for (int k = 0; session && !*session && k < 100; k++) { /* the ticket comes behind the handshake */
		loop_for(&loop, 1);
		(void)SSL_read(ssl, &byte, 1);
		if (k == 20)
			*session = SSL_get1_session(ssl);
	}
	SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN); /* or the session counts as broken */
	SSL_free(ssl);
}

static void a_renewed_certificate_is_shown_by_every_shelf_and_tickets_are_taken_by_each(void **state)
{
	char name[20] = "";
	bool resumed;
	SSL_SESSION *session = NULL;
	(void)state;
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	shake(0, ctx, &session, name, &resumed);
	assert_string_equal(name, "old");
	for (unsigned i = 1; i < 300; i++) { /* they say nothing; most are a crowd, on another shelf than the first */
		dial(i);
		if (i % 50 == 0)
			loop_for(&loop, 5);
	}
	loop_for(&loop, 100);
	shake(300, ctx, &session, name, &resumed);
	assert_true(resumed);
	loop_for(&loop, 2100); /* the files are looked at every two seconds */
	write_pair("new");
	shake(301, ctx, NULL, name, &resumed);
	assert_string_equal(name, "new");
	for (unsigned i = 302; i < 380; i++) /* a crowd, so that whoever comes next stands with it */
		dial(i);
	loop_for(&loop, 20);
	shake(380, ctx, NULL, name, &resumed);
	assert_string_equal(name, "new");
	SSL_SESSION_free(session);
	SSL_CTX_free(ctx);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(more_than_one_shelf_holds_are_all_served),
		TEST(a_push_reaches_whoever_stands_on_any_shelf),
		TEST(who_says_nothing_is_ended_on_any_shelf),
		TEST(those_who_all_leave_at_once_do_not_have_one_turn_for_all),
		TEST(who_came_alone_does_not_wait_for_a_crowd),
		TEST(who_comes_last_does_not_wait_for_all_who_came_before),
		TEST(who_comes_to_ask_does_not_wait_for_a_crowd_of_chats),
		TEST(shelves_are_kept_and_used_again),
		TEST(descriptors_and_connections_fit_each_other),
		cmocka_unit_test_setup_teardown(a_renewed_certificate_is_shown_by_every_shelf_and_tickets_are_taken_by_each, setup_tls, teardown_tls),
	};
	struct rlimit files; /* both ends of all connections are ours */
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max < 4 * MANY ? files.rlim_max : 4 * MANY;
	setrlimit(RLIMIT_NOFILE, &files);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
