/* xq-core: a city's core workflow system, as small as it can be and still be one. It takes the gateway's webhooks, keeps a case
 * for each ticket, handles it by a script, and makes the steps through the gateway's API. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "gateway/base/buf.h"
#include "gateway/base/crypto.h"
#include "gateway/base/fetch.h"
#include "gateway/base/http.h"
#include "gateway/base/mem.h"
#include "tests/sim/core/cases.h"
#include "tests/sim/core/maker.h"

static const char USAGE[] =
	"usage: xq-core --port PORT --secret whsec_… --gateway URL --token TOKEN --store FILE\n"
	"Webhooks come to /hook. GET /api/stats, GET /api/cases,\n"
	"POST /api/faults {\"busy\":N} (the next N webhooks get 503), {\"lose\":N} (the next N answers of the gateway are not heard).\n";

enum { BODY_MAX = 1 << 20, CONNECTIONS = 200, KEY_MAX = 256, SKEW_S = 300 };

struct core {
	uv_loop_t loop;
	struct http_server *http;
	struct fetch *fetch;
	struct cases *cases;
	struct maker *maker;
	uint8_t key[KEY_MAX];
	size_t key_n;
	json_int_t busy;
	int64_t forged;
};

/* Standard Webhooks 1.0, as a receiver checks it. */
static bool is_signed(const struct core *c, const struct http_req *r, const char *body)
{
	const char *id = http_header(r, "webhook-id"), *at = http_header(r, "webhook-timestamp"), *mac = http_header(r, "webhook-signature");
	uint8_t own[SHA256_LEN];
	char text[64], line[80];
	struct buf b;
	uv_timeval64_t now;
	must(uv_gettimeofday(&now) == 0);
	if (!id || !at || !mac || llabs(strtoll(at, NULL, 10) - now.tv_sec) > SKEW_S)
		return false;
	buf_init(&b, BODY_MAX + 400);
	buf_addf(&b, "%s.%s.", id, at);
	buf_adds(&b, body);
	crypto_hmac_sha256(c->key, c->key_n, b.data, b.len, own);
	buf_fini(&b);
	(void)snprintf(line, sizeof line, "v1,%s", crypto_base64(own, sizeof own, text));
	return strstr(mac, line) != NULL;
}

static void hook(struct http_req *r, void *arg)
{
	struct core *c = arg;
	size_t n;
	const char *body = http_body(r, &n);
	if (c->busy > 0) {
		c->busy--;
		http_answer_text(r, 503, "busy\n");
		return;
	}
	json_t *event = is_signed(c, r, body) ? json_loadb(body, n, 0, NULL) : NULL;
	if (event == NULL) {
		c->forged++;
		http_answer_text(r, 400, "not signed\n");
		return;
	}
	cases_take(c->cases, http_header(r, "webhook-id"), event);
	json_decref(event);
	http_answer(r, 204, NULL, NULL, 0, NULL);
	maker_kick(c->maker);
}

static void answer(struct http_req *r, json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);
	http_answer(r, 200, "application/json", text, strlen(text), NULL);
	free(text);
	json_decref(o);
}

static void stats(struct http_req *r, void *arg)
{
	struct core *c = arg;
	json_t *o = cases_stats(c->cases);
	must(json_object_set_new(o, "forged", json_integer(c->forged)) == 0);
	answer(r, o);
}

static void list(struct http_req *r, void *arg)
{
	struct core *c = arg;
	answer(r, cases_list(c->cases));
}

static void faults(struct http_req *r, void *arg)
{
	struct core *c = arg;
	size_t n;
	const char *body = http_body(r, &n);
	json_t *o = json_loadb(body, n, 0, NULL);
	json_int_t lose = json_integer_value(json_object_get(o, "lose"));
	c->busy = json_integer_value(json_object_get(o, "busy"));
	maker_lose(c->maker, lose > 0 ? (unsigned)lose : 0);
	json_decref(o);
	http_answer(r, 204, NULL, NULL, 0, NULL);
}

static void on_signal(uv_signal_t *h, int number)
{
	(void)number;
	uv_stop(h->loop);
}

struct options { int port; const char *secret, *gateway, *token, *store; };

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option names[] = { { "port", 1, NULL, 'p' }, { "secret", 1, NULL, 's' }, { "gateway", 1, NULL, 'g' },
		{ "token", 1, NULL, 't' }, { "store", 1, NULL, 'f' }, { "help", 0, NULL, 'h' }, { 0 } };
	for (int k; (k = getopt_long(argc, argv, "h", names, NULL)) != -1;)
		switch (k) {
		case 'p': o->port = atoi(optarg); break;
		case 's': o->secret = optarg; break;
		case 'g': o->gateway = optarg; break;
		case 't': o->token = optarg; break;
		case 'f': o->store = optarg; break;
		case 'h': fputs(USAGE, stdout); exit(0);
		default: fputs(USAGE, stderr); return 2;
		}
	bool whole = o->secret && strncmp(o->secret, "whsec_", 6) == 0 && strlen(o->secret) < KEY_MAX && o->gateway && o->token && o->store;
	if (!whole)
		fputs(USAGE, stderr);
	return whole ? 0 : 2;
}

static int open_all(struct core *c, const struct options *o, struct err *e)
{
	struct http_limits limits = { .connections = CONNECTIONS, .body = BODY_MAX };
	if (crypto_base64_decode(o->secret + 6, strlen(o->secret + 6), c->key, &c->key_n) < 0)
		return err_set(e, E_MALFORMED, "--secret is not base64 behind whsec_");
	if ((c->cases = cases_open(o->store, e)) == NULL || (c->http = http_create(&c->loop, &limits, e)) == NULL ||
		(c->fetch = fetch_create(&c->loop, e)) == NULL)
		return e->code;
	c->maker = maker_create(&c->loop, c->fetch, c->cases, o->gateway, o->token);
	http_route_body(c->http, "POST", "/hook", BODY_MAX, hook, c);
	http_route(c->http, "GET", "/api/stats", stats, c);
	http_route(c->http, "GET", "/api/cases", list, c);
	http_route(c->http, "POST", "/api/faults", faults, c);
	return http_listen(c->http, "127.0.0.1", o->port, e);
}

static void close_all(struct core *c)
{
	if (c->maker != NULL)
		maker_destroy(&c->maker);
	if (c->http != NULL)
		http_destroy(&c->http);
	if (c->fetch != NULL)
		fetch_destroy(&c->fetch);
	while (uv_run(&c->loop, UV_RUN_DEFAULT) != 0)
		;
	must(uv_loop_close(&c->loop) == 0);
	cases_close(&c->cases);
}

int main(int argc, char **argv)
{
	static struct core c;
	struct options o = { 0 };
	struct err e = { 0 };
	uv_signal_t term;
	if (parse(argc, argv, &o) != 0)
		return 2;
	must(uv_loop_init(&c.loop) == 0 && uv_signal_init(&c.loop, &term) == 0 && uv_signal_start(&term, on_signal, 15) == 0);
	int rc = open_all(&c, &o, &e);
	if (rc < 0) {
		(void)fprintf(stderr, "xq-core: %s\n", e.words);
	} else {
		(void)printf("ready at http://127.0.0.1:%d\n", http_port(c.http));
		(void)fflush(stdout);
		(void)uv_run(&c.loop, UV_RUN_DEFAULT);
	}
	uv_close((uv_handle_t *)&term, NULL);
	close_all(&c);
	return rc < 0;
}
