/* Levels in words: how good "非常 不满意" is, and where it ends. */
#include "gateway/model/survey_said.h"

#include <string.h>

#include "gateway/model/words.h"

/* What one may be satisfied with, behind the word: "满意你们的工作". */
static const char OBJECT[] =
	"你们|您们|你们的|处理|服务|答复|回复|结果|这次|此次|本次|工作|工作人员|态度|12345|解决|该|对|贵|办理|效率|速度|with the result|"
	"with the outcome|with the reply|with the response|with the answer|with the handling|with the service|with your|"
	"with it|with this|with that|with how|with everything|with the solution|with the work|with you|about it|at all|"
	"about this|about the result|about the reply|about the service";

struct degree { bool strong, total, dim, modified; unsigned nots; };

static int grade(const struct survey_token *core, const struct degree *d)
{
	if (d->nots > 1)
		return 0;
	bool strongly = d->strong || d->total;
	switch (core->kind) {
	case T_NICE:
		if (!d->modified)
			return core->value;
		/* fall through */
	case T_GOOD:
		if (d->nots)
			return strongly ? 1 : 2;
		return d->dim ? 3 : d->strong || d->total ? 5 : 4;
	case T_BAD:
		if (d->nots)
			return strongly ? 0 : 3;
		return strongly ? 1 : 2;
	case T_LEVEL:
		if (d->nots || core->value == 3)
			return d->nots ? 0 : 3;
		return !strongly ? core->value : core->value > 3 ? 5 : 1;
	default:
		return 0;
	}
}

size_t said_level(const struct said *r, size_t i, int *level)
{
	struct degree d = { 0 };
	for (;; i = said_skip_blanks(r, i + 1)) {
		const struct survey_token *t = &r->t[i];
		switch (t->kind) {
		case T_STRONG:
			/* "不是很满意": an intensifier behind the negation makes it no worse. */
			d.strong |= !d.nots;
			break;
		case T_TOTAL:
			d.total = true;
			break;
		case T_MILD:
			break;
		case T_DIM:
			d.dim = true;
			break;
		case T_NOT:
			d.nots++;
			break;
		case T_GOOD: case T_NICE: case T_BAD: case T_LEVEL:
			*level = grade(t, &d);
			return *level ? i + 1 : 0;
		default:
			return 0;
		}
		d.modified = true;
		if (r->t[i + 1].kind == T_FILL && !strncmp(r->s + r->t[i + 1].at, "的", 3))
			i++;
	}
}

static bool is_latin(const struct said *r, size_t i)
{
	char c = r->s[r->t[i].at];
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* "不满意不满意！" */
static bool is_repeated(const struct said *r, size_t i)
{
	const struct survey_token *t = &r->t[i], *before = t - (i > 0);
	size_t n = t->end - t->at, last = before->end - before->at;
	return t != before && n > sizeof "慢" && n == last && !memcmp(r->s + t->at, r->s + before->at, n);
}

bool said_ends(const struct said *r, size_t i)
{
	while (r->t[i].kind == T_FILL)
		i++;
	switch (r->t[i].kind) {
	case T_END: case T_STOP: case T_MARK: case T_WRAP: case T_THANKS: case T_BUT: case T_SOLVED:
	case T_UNSOLVED: case T_STARS: case T_CIRCLED: case T_GREETING:
		return true;
	case T_DIGITS:
		return r->t[i].end - r->t[i].at == 1 && r->t[i + 1].kind != T_OTHER && r->t[i + 1].kind != T_MARK;
	case T_BLANK:
		if (!is_latin(r, i + 1) || !is_latin(r, i - 1))
			return r->t[i + 1].kind != T_ASK;
		return r->t[i + 1].kind != T_DIGITS && said_ends(r, i + 1);
	default:
		return words_at(r->s, r->t[i].at, OBJECT) > 0 || is_repeated(r, i);
	}
}
