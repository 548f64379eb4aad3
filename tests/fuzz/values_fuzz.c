/* Small readings that many rooms lean on: UTF-8, times, addresses, marks. */
#include "tests/fuzz/fuzz.h"

#include "adapters/email/thread.h"
#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/model/address.h"

enum { FUZZ_MAX = 512 };

static void utf8(const char *p, size_t n)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	size_t mended = utf8_mend(&b, p, n);
	must(utf8_valid(buf_str(&b), b.len) && (mended == 0) == utf8_valid(p, n));
	must(mended || (b.len == n && !memcmp(buf_str(&b), p, n)));
	for (size_t max = 0; max <= n && max < 64; max++) {
		size_t cut = utf8_cut(p, n, max);
		must(cut <= max && (mended || (utf8_valid(p, cut) && cut + 3 >= max)));
	}
	must(utf8_count(buf_str(&b), b.len) <= n);
	char *copy = mem_dup(p, n ? n : 1);
	size_t joined = utf8_join_surrogates(copy, n);
	must(joined <= n && (mended || joined == n));
	free(copy);
	buf_fini(&b);
}

static void a_time(const char *s)
{
	int64_t at, again;
	char out[CLOCK_TEXT];
	if (clock_parse(s, &at) < 0)
		return;
	must(clock_parse(clock_rfc3339(at, out), &again) == 0 && again == at);
	must(clock_day(at) > 0);
	must(clock_parse(clock_people(at, out), &again) == 0 && again <= at && at - again < 60000);
}

/* An address has one form, and its mask shows less than it. */
static void an_address(const char *s)
{
	char once[MSG_PEER_MAX], twice[MSG_PEER_MAX], mask[MSG_PEER_MAX];
	if (address_phone(s, once)) {
		must(once[strspn(once, "+0123456789")] == '\0' && !strchr(once + 1, '+'));
		must(address_phone(once, twice) && !strcmp(once, twice));
		address_mask(once, mask);
		must(strstr(mask, "****"));
	}
	if (address_email(s, once)) {
		must(address_email(once, twice) && !strcmp(once, twice) && text_valid(once));
		address_mask(once, mask);
		must(strstr(mask, "***") && text_valid(mask));
	}
	address_mask(s, mask);
	must(memchr(mask, 0, sizeof mask) && text_valid(mask));
	address_mask_name(s, mask);
	must(memchr(mask, 0, sizeof mask) && text_valid(mask));
}

static void marks(const char *s)
{
	static const struct secret key = { .key = { 1, 2, 3 } };
	uint8_t plain[256];
	char again[512];
	size_t n = strlen(s), got, at = 0;
	struct thread_mark mark;
	if (crypto_base32_decode(s, n, plain, sizeof plain, &got) == 0) {
		must(got <= sizeof plain);
		crypto_base32(plain, got, again);
		must(strlen(again) == n);
	}
	must(mark_check(&key, "fuzz", s, 16) < 0);
	if (thread_find(&key, s, n, &at, &mark)) {
		char signed_again[THREAD_MARK_MAX];
		must(at <= n && thread_sign(&key, mark.ticket, mark.message, signed_again));
		must(!strcmp(signed_again, mark.mark));
	}
	must(!crypto_password_check("secret", "") && crypto_unhex(s, plain, 8) <= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct input in = { p, n }, same = in;
	char *bytes = (char *)input_bytes(&in, n), *s = input_rest(&same);
	utf8(bytes, n);
	a_time(s);
	an_address(s);
	marks(s);
	free(s);
	free(bytes);
	return 0;
}
