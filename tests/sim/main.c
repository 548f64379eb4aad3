/* xq-sim: handsets on a web page, and the SMSC between them and the gateway; an ISMG, an SMG and an SMGW beside it when asked. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "gateway/base/http.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "tests/sim/cmpp.h"
#include "tests/sim/phones.h"
#include "tests/sim/sgip.h"
#include "tests/sim/smgp.h"
#include "tests/sim/smsc.h"
#include "tests/sim/web.h"

enum { PATH_ROOM = 4096, RECEIPT_MS = 700 };

static const char USAGE[] =
	"usage: xq-sim [--smpp-port 2775] [--http-port 12346] [--host 127.0.0.1]\n"
	"              [--system-id xinqiao] [--password secret] [--number 12345]\n"
	"              [--window 100] [--www DIR] [--verbose]\n"
	"              [--cmpp HOST:PORT [--cmpp-version 3.0] [--sp-id 901234]]\n"
	"              [--sgip HOST:PORT --sgip-to HOST:PORT]\n"
	"              [--smgp HOST:PORT [--client-id 10612345]]\n"
	"Handsets and an SMSC (SMPP 3.4) for trying and testing the gateway; with --cmpp also China Mobile's ISMG (CMPP 2.0\n"
	"and up to --cmpp-version, with the same password as its secret), with --sgip China Unicom's SMG (SGIP 1.2, the same name\n"
	"and password; as \"smg\" it connects to the gateway at --sgip-to), with --smgp\n"
	"China Telecom's SMGW (SMGP 3.0 and 1.3, the same secret). A port of 0 picks a free one.\n"
	"GET /api/stats, POST /api/handset/NUMBER/messages {\"text\":\"…\"}, POST /api/faults {\"throttle\":1}:\n"
	"see tests/sim/web.h.\n";

struct options {
	struct smsc_config smsc;
	struct ismg_config ismg; /* host NULL: none */
	struct smg_config smg;   /* host NULL: none */
	struct smgw_config smgw; /* host NULL: none */
	int http_port;
	const char *www;
	bool verbose;
};

static int number_of(const char *s, int most)
{
	char *end;
	long v = strtol(s, &end, 10);
	return *s && !*end && v >= 0 && v <= most ? (int)v : -1;
}

/* "127.0.0.1:7890" cut in two; false: it is no such thing. */
static bool host_and_port(char *s, const char **host, int *port)
{
	char *colon = strrchr(s, ':');
	*port = colon ? number_of(colon + 1, 65535) : -1;
	if (*port < 0)
		return false;
	*colon = '\0';
	*host = s;
	return true;
}

static bool cmpp_version(const char *s, uint8_t *version)
{
	*version = !strcmp(s, "2.0") ? 0x20 : 0x30;
	return *version == 0x20 || !strcmp(s, "3.0");
}

/* 0, or the exit status. */
static int parse(int argc, char **argv, struct options *o)
{
	static const struct option names[] = { { "smpp-port", 1, NULL, 's' }, { "http-port", 1, NULL, 'p' }, 
		{ "host", 1, NULL, 'a' }, { "system-id", 1, NULL, 'i' }, { "password", 1, NULL, 'w' },
		{ "number", 1, NULL, 'n' }, { "window", 1, NULL, 'W' },
		{ "cmpp", 1, NULL, 'c' }, { "cmpp-version", 1, NULL, 'C' }, { "sp-id", 1, NULL, 'I' },
		{ "sgip", 1, NULL, 'g' }, { "sgip-to", 1, NULL, 'G' },
		{ "smgp", 1, NULL, 't' }, { "client-id", 1, NULL, 'T' },
		{ "www", 1, NULL, 'd' }, { "verbose", 0, NULL, 'v' }, { "version", 0, NULL, 'V' }, { "help", 0, NULL, 'h' }, { 0 } };
	bool wrong = false;
	for (int c; (c = getopt_long(argc, argv, "h", names, NULL)) != -1;) {
		switch (c) {
		case 's': o->smsc.port = number_of(optarg, 65535); break;
		case 'p': o->http_port = number_of(optarg, 65535); break;
		case 'a': o->smsc.host = optarg; break;
		case 'i': o->smsc.system_id = optarg; break;
		case 'w': o->smsc.password = optarg; break;
		case 'n': o->smsc.number = optarg; break;
		case 'W': o->smsc.window = (unsigned)number_of(optarg, 2000); break;
		case 'c': wrong |= !host_and_port(optarg, &o->ismg.host, &o->ismg.port); break;
		case 'C': wrong |= !cmpp_version(optarg, &o->ismg.version); break;
		case 'I': o->ismg.sp_id = optarg; break;
		case 'g': wrong |= !host_and_port(optarg, &o->smg.host, &o->smg.port); break;
		case 'G': wrong |= !host_and_port(optarg, &o->smg.to_host, &o->smg.to_port); break;
		case 't': wrong |= !host_and_port(optarg, &o->smgw.host, &o->smgw.port); break;
		case 'T': o->smgw.client_id = optarg; break;
		case 'd': o->www = optarg; break;
		case 'v': o->verbose = true; break;
		case 'V': puts("xq-sim " XQ_VERSION); exit(0);
		case 'h': fputs(USAGE, stdout); exit(0);
		default: fputs(USAGE, stderr); return 2;
		}
	}
	wrong |= o->smsc.port < 0 || o->http_port < 0 || o->smsc.window < 1 || o->smsc.window > 2000 || optind < argc ||
		strlen(o->smsc.number) > 20 || strlen(o->ismg.sp_id) > 6 || strlen(o->smgw.client_id) > 8;
	o->ismg.number = o->smsc.number;
	o->ismg.secret = o->smsc.password;
	o->ismg.window = o->smsc.window;
	o->smg.number = o->smsc.number;
	o->smg.login = o->smsc.system_id;
	o->smg.password = o->smsc.password;
	o->smg.window = o->smsc.window > 32 ? 32 : o->smsc.window; /* as SGIP has it */
	wrong |= o->smg.host && !o->smg.to_host;
	o->smgw.number = o->smsc.number;
	o->smgw.secret = o->smsc.password;
	o->smgw.window = o->smsc.window;
	if (wrong)
		fputs(USAGE, stderr);
	return wrong ? 2 : 0;
}

/* The page's files stand in the source tree: build/release/xq-sim → tests/sim/www. */
static char *find_www(void)
{
	char self[PATH_ROOM], *path;
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n < 0)
		return mem_strdup("tests/sim/www");
	self[n] = '\0';
	for (int up = 0; up < 3; up++)
		*strrchr(self, '/') = '\0';
	path = mem_printf("%s/tests/sim/www", self);
	if (access(path, R_OK) < 0) {
		free(path);
		path = mem_strdup("tests/sim/www");
	}
	return path;
}

static void on_signal(uv_signal_t *h, int number)
{
	(void)number;
	uv_stop(h->loop);
}

static int run(const struct options *o)
{
	uv_loop_t loop;
	uv_signal_t term, interrupt;
	struct err e = { 0 };
	struct http_limits limits = { .connections = 1000, .body = 64 << 10 };
	uv_loop_init(&loop);
	uv_signal_init(&loop, &term);
	uv_signal_init(&loop, &interrupt);
	uv_signal_start(&term, on_signal, SIGTERM);
	uv_signal_start(&interrupt, on_signal, SIGINT);
	char *www = o->www ? mem_strdup(o->www) : find_www();
	struct phones *phones = phones_create();
	struct http_server *http = http_create(&loop, &limits, &e);
	struct web *web = http ? web_create(http, phones, www, o->smsc.number) : NULL;
	struct sim_watch watch = { web_on_note, web_on_links, web };
	struct sim_faults faults = { .delay_receipt = RECEIPT_MS };
	struct smsc *smsc = web ? smsc_create(&loop, &o->smsc, phones, &watch, &faults, &e) : NULL;
	struct ismg *ismg = smsc && o->ismg.host ? ismg_create(&loop, &o->ismg, phones, &watch, &faults, &e) : NULL;
	struct smg *smg = smsc && o->smg.host ? smg_create(&loop, &o->smg, phones, &watch, &faults, &e) : NULL;
	struct smgw *smgw = smsc && o->smgw.host ? smgw_create(&loop, &o->smgw, phones, &watch, &faults, &e) : NULL;
	bool up = smsc && (ismg || !o->ismg.host) && (smg || !o->smg.host) && (smgw || !o->smgw.host) &&
		http_listen(http, o->smsc.host, o->http_port, &e) == 0;
	if (up) {
		web_set_smsc(web, smsc, &faults);
		printf("xq-sim: SMPP on %s:%d, phone at http://%s:%d/\n", o->smsc.host, smsc_port(smsc), o->smsc.host,
			http_port(http));
		if (ismg) {
			web_add_carrier(web, ismg_carrier(ismg));
			printf("xq-sim: CMPP on %s:%d\n", o->ismg.host, ismg_port(ismg));
		}
		if (smg) {
			web_add_carrier(web, smg_carrier(smg));
			printf("xq-sim: SGIP on %s:%d\n", o->smg.host, smg_port(smg));
		}
		if (smgw) {
			web_add_carrier(web, smgw_carrier(smgw));
			printf("xq-sim: SMGP on %s:%d\n", o->smgw.host, smgw_port(smgw));
		}
		fflush(stdout);
		uv_run(&loop, UV_RUN_DEFAULT);
	} else {
		fprintf(stderr, "xq-sim: %s\n", e.words);
	}
	uv_close((uv_handle_t *)&term, NULL);
	uv_close((uv_handle_t *)&interrupt, NULL);
	if (ismg)
		ismg_destroy(&ismg);
	if (smg)
		smg_destroy(&smg);
	if (smgw)
		smgw_destroy(&smgw);
	if (smsc)
		smsc_destroy(&smsc);
	if (http)
		http_destroy(&http);
	uv_run(&loop, UV_RUN_DEFAULT);
	if (web)
		web_destroy(&web);
	phones_destroy(&phones);
	free(www);
	uv_loop_close(&loop);
	return up ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct options o = { .smsc = { .host = "127.0.0.1", .port = 2775, .system_id = "xinqiao", .password = "secret",
		.number = "12345", .window = 100 }, .ismg = { .sp_id = "901234", .version = 0x30 },
		.smg = { .smg_login = "smg" }, .smgw = { .client_id = "10612345" }, .http_port = 12346 };
	int rc = parse(argc, argv, &o);
	if (rc)
		return rc;
	log_init(false, o.verbose ? LOG_DEBUG : LOG_INFO);
	return run(&o);
}
