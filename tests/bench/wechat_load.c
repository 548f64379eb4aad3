/* Pushes messages in safe mode over several connections, as WeChat's platform does, and counts the "success"es.
 *
 *   wechat_load --port P --count 20000 --connections 32 [--rate 1000] [--first 0]
 *
 * Each push has its own MsgId, citizen, text and seal, numbered from first and made before the clock starts. rate 0: as fast as
 * they are answered; else so many a second, and the time of each runs from when it was due. One JSON line at the end. One thread, poll(). */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

enum { CONNECTIONS_MAX = 256, IN_MAX = 4096, XML_MAX = 700, FRAME_MAX = 1024, BLOCK = 32 };

/* The published sample's key, token and id. */
static const char KEY[] = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG=", TOKEN[] = "pamtest", ID[] = "wxb11529c136998cb6";

struct conn { int fd; bool busy; char in[IN_MAX]; size_t len; unsigned push; double due; };

static struct conn conn[CONNECTIONS_MAX];
static unsigned port, count = 20000, connections = 32, rate, begun, accepted, refused;
static char **push;
static double *took;

/* --- the platform's side of a push --- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sign(const char *a, const char *b, const char *c, char hex[41])
{
	const char *word[4] = { TOKEN, a, b, c };
	unsigned char hash[20];
	EVP_MD_CTX *m = EVP_MD_CTX_new();
	qsort(word, 4, sizeof *word, by_text);
	EVP_DigestInit_ex(m, EVP_sha1(), NULL);
	for (int i = 0; i < 4; i++)
		EVP_DigestUpdate(m, word[i], strlen(word[i]));
	EVP_DigestFinal_ex(m, hash, NULL);
	EVP_MD_CTX_free(m);
	for (int i = 0; i < 20; i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
}

static void seal(const unsigned char *key, const char *xml, char *out)
{
	unsigned char frame[FRAME_MAX], sealed[FRAME_MAX];
	size_t n = strlen(xml), whole = 20 + n + sizeof ID - 1, pad = BLOCK - whole % BLOCK;
	int len = 0;
	memcpy(frame, "0123456789abcdef", 16);
	for (int i = 0; i < 4; i++)
		frame[16 + i] = (unsigned char)(n >> (24 - 8 * i));
	memcpy(frame + 20, xml, n);
	memcpy(frame + 20 + n, ID, sizeof ID - 1);
	memset(frame + whole, (int)pad, pad);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	EVP_EncryptInit_ex(c, EVP_aes_256_cbc(), NULL, key, key);
	EVP_CIPHER_CTX_set_padding(c, 0);
	EVP_EncryptUpdate(c, sealed, &len, frame, (int)(whole + pad));
	EVP_CIPHER_CTX_free(c);
	EVP_EncodeBlock((unsigned char *)out, sealed, len);
}

static char *make(const unsigned char *key, unsigned i)
{
	char xml[XML_MAX], text[FRAME_MAX * 2], body[FRAME_MAX * 2 + 200], plain[41], sealed[41], *request;
	snprintf(xml, sizeof xml, "<xml><ToUserName><![CDATA[gh_bench]]></ToUserName><FromUserName><![CDATA[oCitizenOfTheBench%08u]]>"
		"</FromUserName><CreateTime>1767000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[第%u件："
		"人民路与解放路交叉口的路灯不亮，晚上行人过街不安全，请尽快派人维修。]]></Content><MsgId>%llu</MsgId></xml>", i, i,
		6054768590064713728ull + i);
	seal(key, xml, text);
	sign("1767000000", "nonce", "", plain);
	sign("1767000000", "nonce", text, sealed);
	snprintf(body, sizeof body, "<xml><ToUserName><![CDATA[gh_bench]]></ToUserName><Encrypt><![CDATA[%s]]></Encrypt></xml>", text);
	if (asprintf(&request, "POST /wechat?signature=%s&timestamp=1767000000&nonce=nonce&encrypt_type=aes&msg_signature=%s HTTP/1.1\r\n"
		"Host: 127.0.0.1\r\nContent-Type: text/xml\r\nContent-Length: %zu\r\n\r\n%s", plain, sealed, strlen(body), body) < 0)
		die("asprintf");
	return request;
}

/* --- the wire --- */

static void dial(struct conn *c)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int one = 1;
	*c = (struct conn){ .fd = socket(AF_INET, SOCK_STREAM, 0) };
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&a, sizeof a) < 0)
		die("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static void begin(struct conn *c, double due)
{
	const char *p = push[begun];
	size_t n = strlen(p);
	c->push = begun++;
	c->due = due;
	c->busy = true;
	c->len = 0;
	while (n > 0) {
		ssize_t w = write(c->fd, p, n);
		if (w < 0 && errno != EINTR)
			die("write");
		if (w > 0) {
			p += w;
			n -= (size_t)w;
		}
	}
}

static void hear(struct conn *c)
{
	ssize_t n = read(c->fd, c->in + c->len, sizeof c->in - 1 - c->len);
	if (n > 0)
		c->len += (size_t)n;
	c->in[c->len] = '\0';
	const char *body = strstr(c->in, "\r\n\r\n"), *length = strcasestr(c->in, "\r\ncontent-length:");
	bool whole = body && length && strlen(body + 4) >= strtoul(length + 17, NULL, 10);
	if (n > 0 && !whole)
		return;
	bool right = whole && strcmp(body, "\r\n\r\nsuccess") == 0;
	took[accepted + refused] = now() - c->due;
	accepted += right;
	refused += !right;
	c->busy = false;
	if (n <= 0) {
		close(c->fd);
		dial(c);
	}
}

static void feed(double start)
{
	for (unsigned i = 0; i < connections && begun < count; i++) {
		double due = rate ? start + (double)begun / rate : now();
		if (!conn[i].busy && due <= now())
			begin(&conn[i], due);
	}
}

static int by_time(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static void run(void)
{
	struct pollfd p[CONNECTIONS_MAX];
	double start = now();
	while (accepted + refused < count) {
		feed(start);
		for (unsigned i = 0; i < connections; i++)
			p[i] = (struct pollfd){ .fd = conn[i].busy ? conn[i].fd : -1, .events = POLLIN };
		if (poll(p, connections, rate && begun < count ? 1 : 1000) < 0 && errno != EINTR)
			die("poll");
		for (unsigned i = 0; i < connections; i++)
			if (p[i].revents)
				hear(&conn[i]);
	}
	double seconds = now() - start;
	qsort(took, count, sizeof *took, by_time);
	printf("{\"pushes\":%u,\"success\":%u,\"other\":%u,\"seconds\":%.3f,\"per_second\":%.0f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f}\n",
		count, accepted, refused, seconds, accepted / seconds, took[count / 2] * 1e3, took[count * 99ull / 100] * 1e3,
		took[count - 1] * 1e3);
}

int main(int argc, char **argv)
{
	unsigned char key[48];
	unsigned first = 0;
	for (int i = 1; i + 1 < argc; i += 2) {
		unsigned v = (unsigned)strtoul(argv[i + 1], NULL, 10);
		if (!strcmp(argv[i], "--port")) port = v;
		else if (!strcmp(argv[i], "--count")) count = v;
		else if (!strcmp(argv[i], "--connections")) connections = v;
		else if (!strcmp(argv[i], "--rate")) rate = v;
		else if (!strcmp(argv[i], "--first")) first = v;
	}
	if (!port || !count || !connections || connections > CONNECTIONS_MAX) {
		fprintf(stderr, "usage: wechat_load --port P [--count N] [--connections N] [--rate N] [--first N]\n");
		return 2;
	}
	EVP_DecodeBlock(key, (const unsigned char *)KEY, sizeof KEY - 1);
	push = malloc(count * sizeof *push);
	took = malloc(count * sizeof *took);
	for (unsigned i = 0; i < count; i++)
		push[i] = make(key, first + i);
	for (unsigned i = 0; i < connections; i++)
		dial(&conn[i]);
	run();
	return refused > 0;
}
