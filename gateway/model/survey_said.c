#include "gateway/model/survey_said.h"

#include "gateway/model/words.h"

const char SAID_ASPECT[] = "服务|态度|速度|效率|工作人员|及时|很快|service|staff|quick|fast";
const char SAID_SATISFACTION[] =
	"满意|不满|好评|差评|点赞|satisfied|unsatisfied|dissatisfied|happy|unhappy|very good|excellent";

bool said_is_number(enum survey_kind k)
{
	return k == T_DIGITS || k == T_CIRCLED || k == T_HAN_NUMBER || k == T_WORD_NUMBER || k == T_STARS;
}

size_t said_skip_blanks(const struct said *r, size_t i)
{
	while (r->t[i].kind == T_BLANK)
		i++;
	return i;
}

bool said_asked(const struct said *r, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (r->t[i].kind == T_ASK)
			return true;
	return words_in(r->s, r->t[from].at, r->t[to].at, WORDS_IF);
}

size_t said_clause_end(const struct said *r, size_t i)
{
	while (r->t[i].kind != T_END && r->t[i].kind != T_STOP)
		i++;
	return i;
}
