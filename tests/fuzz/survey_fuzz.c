/* An answer to a survey, in a citizen's own words. */
#include "tests/fuzz/fuzz.h"

#include "gateway/model/survey.h"
#include "gateway/model/text.h"

enum { FUZZ_MAX = 400 };

static void check(const char *text, const struct survey_answer *a)
{
	size_t n = strlen(text);
	must(a->reading == READ_NOT_AN_ANSWER || a->reading == READ_ANSWER || a->reading == READ_OUT_OF_SCALE);
	must(a->rating >= 0 && a->rating <= 5);
	must(a->solved == SOLVED_UNSAID || a->solved == SOLVED_YES || a->solved == SOLVED_NO);
	must(memchr(a->raw, 0, sizeof a->raw) && text_valid(a->raw));
	must(a->comment_at <= n && text_border(text, a->comment_at));
	must(strstr(text, a->raw)); /* as sent */
	if (a->reading == READ_ANSWER)
		must(a->rating || a->solved != SOLVED_UNSAID);
	else
		must(!a->rating);
	if (a->reading == READ_NOT_AN_ANSWER)
		must(a->comment_at == n && !a->raw[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct input in = { p, n };
	char *text = input_rest_utf8(&in);
	unsigned how = n ? p[n - 1] : 0; /* one way of four an execution: reading is slow */
	struct survey_answer a;
	survey_read(text, (enum survey_scale)(how % SURVEY_SCALES), how / SURVEY_SCALES % 2, &a);
	check(text, &a);
	free(text);
	return 0;
}
