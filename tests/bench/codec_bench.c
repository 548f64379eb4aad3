/* How many PDUs a second each dialect reads and writes, and the bytes of heap that takes: every command of its pdu.def in
 * turn. Prints a line of JSON a dialect. Linked with --wrap so that every allocation is counted. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "adapters/sms/cmpp/pdu.h"
#include "adapters/sms/sgip/pdu.h"
#include "adapters/sms/smgp/pdu.h"
#include "adapters/sms/smpp/pdu.h"

enum { SEEDS_MAX = 32, WIRE_MAX = 64 << 10, ROUNDS = 200000 };

static size_t heap;
void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t a, size_t b);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
	heap += n;
	return __real_malloc(n);
}

void *__wrap_calloc(size_t a, size_t b)
{
	heap += a * b;
	return __real_calloc(a, b);
}

void *__wrap_realloc(void *p, size_t n)
{
	heap += n;
	return __real_realloc(p, n);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Each dialect's PDUs, and each as it is on the wire. */
#define BENCH(name, pdu_t, seed, encode, decode) \
static void bench_##name(void) \
{ \
	static pdu_t pdu[SEEDS_MAX]; \
	static struct buf wire[SEEDS_MAX]; \
	size_t n = 0, bytes = 0; \
	unsigned bad = 0; \
	struct buf out; \
	pdu_t got; \
	buf_init(&out, WIRE_MAX); \
	for (; n < SEEDS_MAX && seed(n, &pdu[n]); n++) { \
		buf_init(&wire[n], WIRE_MAX); \
		bad += !encode(&pdu[n], &wire[n]); \
		bytes += wire[n].len; \
		bad += !encode(&pdu[n], &out); /* grows once to what it needs */ \
	} \
	size_t before = heap; \
	double t0 = now(); \
	for (unsigned i = 0; i < ROUNDS; i++) \
		bad += decode(wire[i % n].data, wire[i % n].len, &got) != 1; \
	double t1 = now(); \
	for (unsigned i = 0; i < ROUNDS; i++) { \
		buf_clear(&out); \
		bad += !encode(&pdu[i % n], &out); \
	} \
	double t2 = now(); \
	must(!bad); \
	printf("{\"protocol\":\"" #name "\",\"decoded_per_second\":%.0f,\"encoded_per_second\":%.0f,\"heap_bytes_per_pdu\":%.3f," \
		"\"bytes_per_pdu\":%.1f}\n", ROUNDS / (t1 - t0), ROUNDS / (t2 - t1), (double)(heap - before) / (2.0 * ROUNDS), (double)bytes / (double)n); \
}

static bool cmpp_seed(size_t i, struct cmpp_pdu *pdu) { return cmpp_pdu_seed(i, CMPP_V30, pdu); }
static int cmpp_decode(const uint8_t *p, size_t n, struct cmpp_pdu *pdu) { return cmpp_pdu_decode(p, n, CMPP_V30, pdu); }
static bool smgp_encode(const struct smgp_pdu *pdu, struct buf *out) { return smgp_pdu_encode(pdu, SMGP_30, out); }
static int smgp_decode(const uint8_t *p, size_t n, struct smgp_pdu *pdu) { return smgp_pdu_decode(p, n, SMGP_30, pdu); }
BENCH(smpp, struct smpp_pdu, smpp_pdu_seed, smpp_pdu_encode, smpp_pdu_decode)
BENCH(cmpp, struct cmpp_pdu, cmpp_seed, cmpp_pdu_encode, cmpp_decode)
BENCH(sgip, struct sgip_pdu, sgip_pdu_seed, sgip_pdu_encode, sgip_pdu_decode)
BENCH(smgp, struct smgp_pdu, smgp_pdu_seed, smgp_encode, smgp_decode)

int main(void)
{
	bench_smpp();
	bench_cmpp();
	bench_sgip();
	bench_smgp();
	return 0;
}
