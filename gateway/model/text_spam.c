/* Link spam by points: no single sign condemns a message, and whoever reports a fraud quotes its link and words. */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/mem.h"
#include "gateway/base/utf8.h"
#include "gateway/model/reading.h"
#include "gateway/model/text.h"

enum {
	SPAM_POINTS = 4,
	SCAN_MAX = 8192,
	MANY_LINKS = 4,
	LETTER = 1200 /* bytes: who writes a whole letter uses many words, some of them a spammer's */
};

static const char TLD[] = "com|cn|net|org|top|xyz|vip|cc|ht|tk|ml|ly|gl|me|io|club|site|online|shop|info|biz|ru|in|"
	"co|link|live|fun|icu|ltd|tv";
/* Short links hide where they go. */
static const char SHORTENER[] = "v.ht|t.cn|bit.ly|goo.gl|tinyurl.com|dwz.cn|url.cn|suo.im|is.gd|t.ly|ow.ly|cutt.ly|"
	"rb.gy|t.me|u.nu|reurl.cc|0x7.me|mrw.so";
/* Where citizens' evidence lies. */
static const char EVIDENCE[] = "gov.cn|weixin.qq.com|douyin.com|kuaishou.com|bilibili.com|weibo.com|weibo.cn|"
	"amap.com|map.baidu.com|12345";
static const char PITCH[] =
	"直播|裸聊|约炮|成人|看片|色情|小姐|上门服务|博彩|赌场|棋牌|彩票|六合彩|时时彩|百家乐|澳门|葡京|下注|返水|开户|提现|首充|充值送|"
	"贷款|无抵押|放款|秒批|额度|代开|发票|办证|刻章|兼职|日结|日入|刷单|躺赚|月入|高薪|赚钱|返利|套现|免费领|免费送|红包|中奖|优惠券|"
	"代写|代考|翻墙|海外|招代理|加盟|包过|引流|秒到账|稳赚|带单|股票群|"
	"casino|betting|viagra|cialis|porn|sex|loan|loans|crypto|bitcoin|free money|click here|earn money|make money|seo|"
	"backlink|backlinks|winner|prize|lottery|cheap|discount|hot girls|dating|work from home|limited offer|replica";
static const char CONTACT[] =
	"加微信|加v|加vx|加威|加薇|薇信|威信|微信号|加q|加扣|扣扣|q群|qq群|飞机号|电报群|telegram|whatsapp|+v|+vx|vx:|v信|加我|联系微信|wx:";
static const char REPORTING[] =
	"诈骗|被骗|骗子|骗|举报|投诉|骚扰|反映|收到短信|垃圾短信|请查处|查处|有关部门|领导|政府|市民|小区|scam|fraud|phishing|report|complain|"
	"council|city hall";

static bool is_ascii(char c)
{
	return (unsigned char)c < 0x80;
}

static bool domain_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* A host with a known ending at s + at: bytes of the whole link. */
static size_t link_at(const char *s, size_t at)
{
	if (!domain_char(s[at]) && s[at] != '.')
		return 0;
	if (at && (domain_char(s[at - 1]) || s[at - 1] == '@' || s[at - 1] == '.'))
		return 0;
	size_t i = at, dot = 0;
	if (!strncmp(s + i, "http://", 7) || !strncmp(s + i, "https://", 8))
		i += s[i + 4] == 's' ? 8 : 7;
	while (domain_char(s[i]) || (s[i] == '.' && domain_char(s[i + 1]))) {
		if (s[i] == '.')
			dot = i;
		i++;
	}
	if (!dot || s[i] == '@' || words_at(s, dot + 1, TLD) != i - dot - 1)
		return 0;
	while (s[i] > ' ' && s[i] < 0x7F)
		i++;
	return i - at;
}

/* As link_at, and any other address with a scheme, in ASCII's small letters. */
static size_t address_at(const char *s, size_t at)
{
	size_t n = link_at(s, at);
	if (n == 0 && (!strncmp(s + at, "http://", 7) || !strncmp(s + at, "https://", 8)))
		while (s[at + n] > ' ' && s[at + n] < 0x7F)
			n++;
	return n;
}

void text_unlinked(const char *text, struct buf *out)
{
	size_t len = strlen(text);
	char *small = mem_strdup(text);
	for (size_t i = 0; i < len; i++)
		if (small[i] >= 'A' && small[i] <= 'Z')
			small[i] = (char)(small[i] - 'A' + 'a');
	for (size_t i = 0, n; i < len; i += n ? n : 1) {
		n = address_at(small, i);
		if (n)
			buf_adds(out, "…");
		else
			buf_addc(out, text[i]);
	}
	free(small);
}

struct signs { unsigned links, shorteners, link_bytes, obfuscated, pitches, contacts; };

static bool is_han_at(const char *s, size_t at)
{
	unsigned char c = (unsigned char)s[at];
	return c >= 0xE4 && c <= 0xE9;
}

/* "海!外", "直*播": a mark between two Chinese characters where no writer puts one. */
static bool split_word(const char *s, size_t at)
{
	return at >= 3 && strchr("!*|_^#~+=/\\.", s[at]) && is_han_at(s, at - 3) && is_han_at(s, at + 1);
}

static void count_links(const char *s, size_t n, struct signs *g)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_ascii(s[i])) /* neither begins a link nor splits a word */
			continue;
		size_t link = link_at(s, i);
		if (!link) {
			g->obfuscated += s[i] && split_word(s, i);
			continue;
		}
		if (!words_in(s, i, i + link, EVIDENCE)) {
			g->links++;
			g->link_bytes += (unsigned)link;
			g->shorteners += words_in(s, i, i + link, SHORTENER);
		}
		i += link - 1;
	}
}

/* Spammers also break their words with blanks and marks: count in the text without them too. */
static void squeeze(const char *s, size_t n, struct buf *out)
{
	uint8_t *to = buf_room(out, n), *begin = to;
	for (size_t i = 0; i < n; i++)
		if (!is_ascii(s[i]) || !strchr(" !*|_^#~\n", s[i]))
			*to++ = (uint8_t)s[i];
	buf_grew(out, (size_t)(to - begin));
}

struct squeezed {
	struct buf s;
	struct seen seen;
};

static unsigned count_words(const struct reading *r, size_t n, const struct squeezed *q, const char *list)
{
	unsigned found = 0;
	if (!seen_any(&r->seen, list) && (q->s.len == n || !seen_any(&q->seen, list)))
		return 0;
	for (const char *w = list; *w;) {
		size_t len = strcspn(w, "|");
		char one[64];
		memcpy(one, w, len);
		one[len] = '\0';
		found += (seen_any(&r->seen, one) && words_in(buf_str(&r->fold.s), 0, n, one)) ||
			(q->s.len < n && seen_any(&q->seen, one) && words_in(buf_str(&q->s), 0, q->s.len, one));
		w += len + (w[len] == '|');
	}
	return found;
}

static int points(const struct signs *g, size_t n)
{
	int p = 0;
	if (g->links)
		p += 1 + (int)(g->shorteners > 0) * 2 + (g->links >= MANY_LINKS && g->link_bytes * 4 > n ? 3 : 0);
	if (g->links && g->link_bytes * 5 > n * 4)
		p += g->links > 1 ? 2 : 1;
	/* Marks inside words are also how people type in a hurry: they count only beside something to go to. */
	if (g->links || g->contacts)
		p += g->obfuscated ? 2 : 0;
	if (g->contacts)
		p += 2;
	return p + (int)(g->pitches > 3 ? 3 : g->pitches);
}

bool reading_link_spam(const struct reading *r)
{
	struct squeezed q;
	struct signs g = { 0 };
	const char *s = buf_str(&r->fold.s);
	size_t n = utf8_cut(s, r->fold.s.len, SCAN_MAX);
	buf_init(&q.s, SCAN_MAX + 1);
	squeeze(s, n, &q.s);
	if (q.s.len < n)
		seen_init(&q.seen, buf_str(&q.s), q.s.len);
	count_links(s, n, &g);
	g.contacts = count_words(r, n, &q, CONTACT);
	bool leads = g.links || g.contacts; /* what leads nowhere is no spam, whatever it says */
	if (leads)
		g.pitches = count_words(r, n, &q, PITCH);
	buf_fini(&q.s);
	if (!leads)
		return false;
	int p = points(&g, n);
	if (words_in(s, 0, n, REPORTING) && g.links < MANY_LINKS)
		p -= 3;
	if (n > LETTER)
		p -= 3;
	return p >= SPAM_POINTS;
}

bool text_link_spam(const char *text)
{
	struct reading r;
	reading_init(&r, text);
	bool spam = reading_link_spam(&r);
	reading_fini(&r);
	return spam;
}
