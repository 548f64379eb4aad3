#include "gateway/model/reading.h"

void reading_init(struct reading *r, const char *text)
{
	r->text = text;
	fold_init(&r->fold, text);
	seen_init(&r->seen, buf_str(&r->fold.s), r->fold.s.len);
}

void reading_fini(struct reading *r)
{
	fold_fini(&r->fold);
}
