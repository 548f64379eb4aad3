#include "gateway/model/assist.h"

#include <string.h>

#include "gateway/base/mem.h"
#include "gateway/model/fold.h"
#include "gateway/model/search.h"
#include "gateway/model/words.h"

const double ASSIST_FIT = 0.6;

static const char ASKS[] =
	"吗|呢|怎么|怎样|如何|哪里|哪儿|哪些|哪个|什么|多少|几点|几天|多久|多长时间|能不能|可不可以|可以|是否|要不要|请问|咨询|想问|想了解|需要带|流程|条件|材料|"
	"?|？|how|what|where|when|which|who|can i|could i|do i|does|is there|are there|may i";
static const char COMPLAINS[] =
	"投诉|举报|曝光|没人管|无人管|不管|不作为|推诿|太差|扰民|违法|违规|坏了|不亮|漏水|停水|停电|拖欠|欠薪|骗|太吵|垃圾成堆|complain|complaint|"
	"report|broken|illegal|nobody cares|unpaid";
/* Words of asking, politeness, and the commonest of doing: an article is about the rest. */
static const char FILLER[] =
	"请问一下|请问|咨询一下|我想咨询|咨询|想问一下|想问|想了解一下|想了解|了解一下|麻烦|您好|你好|谢谢|一下|怎么办理|如何办理|怎么|怎样|如何|哪里|哪儿|哪些|哪个|什么|"
	"多少|能不能|可不可以|可以|是否|需要|应该|要|吗|呢|啊|吧|的|了|我们|我|你们|在|去|办|办理|有没有|有|是|个|人|"
	"please|hello|hi|thanks|thank you|how do i|how can i|how to|how|what|where|when|which|who|can|could|do|does|is|are|there|the|a|an|"
	"i|my|me|to|for|of|in|on|at|get|need|want|know|about";

bool assist_question(const char *text)
{
	struct fold f;
	if (strlen(text) > ASSIST_TEXT_MAX)
		return false;
	fold_init(&f, text);
	const char *s = buf_str(&f.s);
	bool asks = words_in(s, 0, f.s.len, ASKS) && !words_in(s, 0, f.s.len, COMPLAINS);
	fold_fini(&f);
	return asks;
}

void assist_words(const char *text, struct buf *out)
{
	struct fold f;
	fold_init(&f, text);
	const char *s = buf_str(&f.s);
	for (size_t at = 0; at < f.s.len;) {
		size_t n = words_at(s, at, FILLER);
		if (n) {
			(void)buf_addc(out, ' ');
			at += n;
			continue;
		}
		do
			(void)buf_addc(out, s[at++]);
		while (at < f.s.len && ((unsigned char)s[at] & 0xC0) == 0x80);
	}
	fold_fini(&f);
}

static char *units_of(const char *text)
{
	struct buf b;
	buf_init(&b, SEARCH_WORDS_MAX);
	(void)buf_addc(&b, ' ');
	search_words(text, &b);
	return buf_take_str(&b);
}

/* Is this unit, with its blanks, among those? */
static bool among(const char *units, const char *unit, size_t n)
{
	for (const char *p = units; (p = memmem(p, strlen(p), unit, n)) != NULL; p++)
		if (p > units && p[-1] == ' ' && p[n] == ' ')
			return true;
	return false;
}

/* Single characters are ends of runs and count nowhere. */
static bool tells(const char *unit, size_t n)
{
	return n > 3 || (unsigned char)*unit < 0x80;
}

double assist_fit(const char *words, const char *title, const char *body)
{
	char *asked = units_of(words), *in_title = units_of(title), *in_body = units_of(body);
	size_t all = 0, hit = 0, titled = 0;
	for (const char *p = asked + 1; *p;) {
		size_t n = strcspn(p, " ");
		if (tells(p, n)) {
			bool t = among(in_title, p, n);
			all++;
			titled += t;
			hit += t || among(in_body, p, n);
		}
		p += n + 1;
	}
	free(asked);
	free(in_title);
	free(in_body);
	return all && titled ? (double)hit / (double)all : 0;
}
