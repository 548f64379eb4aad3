/* The text of a delivery receipt, in whatever form a carrier writes it. */
#include "tests/fuzz/fuzz.h"

#include <ctype.h>

#include "adapters/sms/receipt.h"
#include "gateway/base/sm.h"

enum { FUZZ_MAX = 512 };

static bool one_word(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= ' ')
			return false;
	return true;
}

static void one_spelling(const char *id)
{
	for (int mode = IDS_RAW; mode <= IDS_RECEIPT_HEX; mode++)
		for (int from = 0; from < 2; from++) {
			char once[RECEIPT_ID_MAX], twice[RECEIPT_ID_MAX];
			receipt_id((enum receipt_ids)mode, from, id, once);
			must(strlen(once) < RECEIPT_ID_MAX);
			for (const char *p = once; *p; p++)
				must(!isupper((unsigned char)*p));
			receipt_id(IDS_RAW, from, once, twice);
			must(!strcmp(once, twice));
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct input in = { p, n };
	uint8_t *text = input_bytes(&in, n);
	struct receipt_text r;
	char reason[RECEIPT_REASON_MAX];
	bool read = receipt_read((const char *)text, n, &r);
	free(text);
	must(read == (r.id[0] || r.stat[0]));
	must(memchr(r.id, 0, sizeof r.id) && memchr(r.stat, 0, sizeof r.stat) && memchr(r.err, 0, sizeof r.err));
	must(one_word(r.id) && one_word(r.stat) && one_word(r.err));
	must(r.done_at == 0 || (r.done_at > 900000000000 && r.done_at < 4200000000000));
	enum out_state state = receipt_state(r.stat);
	must(state == OUT_DELIVERED || state == OUT_EXPIRED || state == OUT_ACCEPTED || state == OUT_FAILED);
	receipt_reason(state, r.stat, r.err, reason);
	must((state == OUT_DELIVERED) == !reason[0]);
	must(text_valid(r.id) && text_valid(r.stat) && text_valid(reason));
	one_spelling(r.id);
	return 0;
}
