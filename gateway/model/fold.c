#include "gateway/model/fold.h"

#include <string.h>

#include "gateway/base/mem.h"
#include "gateway/base/utf8.h"

static bool is_white(uint32_t cp)
{
	return cp == '\t' || cp == '\v' || cp == '\f' || cp == '\r' || cp == ' ' || cp == 0xA0 || cp == 0x1680 ||
		(cp >= 0x2000 && cp <= 0x200A) || cp == 0x202F || cp == 0x205F || cp == 0x3000;
}

static bool is_break(uint32_t cp)
{
	return cp == '\n' || cp == 0x85 || cp == 0x2028 || cp == 0x2029;
}

/* Zero-width characters, controls, variation selectors and the keycap frame behind a digit. */
static bool is_invisible(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0xAD || cp == 0x34F || cp == 0x61C || cp == 0x115F ||
		cp == 0x180E || (cp >= 0x200B && cp <= 0x200F) || (cp >= 0x202A && cp <= 0x202E) ||
		(cp >= 0x2060 && cp <= 0x206F) || cp == 0x20E3 || (cp >= 0xFE00 && cp <= 0xFE0F) || cp == 0xFEFF ||
		(cp >= 0xE0000 && cp <= 0xE01EF);
}

uint32_t fold_char(uint32_t cp)
{
	if (is_break(cp))
		return '\n';
	if (is_white(cp))
		return ' ';
	if (is_invisible(cp))
		return 0;
	if (cp >= 0xFF01 && cp <= 0xFF5E)
		cp -= 0xFF01 - 0x21;
	return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
}

/* Only the characters that occur in our word lists. A switch, since every character of every message passes here. */
#define SIMPLIFIED(S) \
	S(u'滿', u'满') S(u'沒', u'没') S(u'還', u'还') S(u'問', u'问') S(u'題', u'题') S(u'決', u'决') \
	S(u'評', u'评') S(u'價', u'价') S(u'謝', u'谢') S(u'點', u'点') S(u'處', u'处') S(u'復', u'复') \
	S(u'覆', u'复') S(u'個', u'个') S(u'選', u'选') S(u'結', u'结') S(u'樣', u'样') S(u'務', u'务') \
	S(u'態', u'态') S(u'錯', u'错') S(u'對', u'对') S(u'這', u'这') S(u'們', u'们') S(u'辦', u'办') \
	S(u'來', u'来') S(u'壞', u'坏') S(u'麼', u'么') S(u'嗎', u'吗') S(u'極', u'极') S(u'較', u'较') \
	S(u'絕', u'绝') S(u'無', u'无') S(u'嚴', u'严') S(u'會', u'会') S(u'請', u'请') S(u'進', u'进') \
	S(u'詢', u'询') S(u'單', u'单') S(u'狀', u'状') S(u'況', u'况') S(u'應', u'应') S(u'讚', u'赞') \
	S(u'贊', u'赞') S(u'著', u'着') S(u'災', u'灾') S(u'殺', u'杀') S(u'傷', u'伤') S(u'搶', u'抢') \
	S(u'綁', u'绑') S(u'暈', u'晕') S(u'氣', u'气') S(u'樓', u'楼') S(u'電', u'电') S(u'訴', u'诉') \
	S(u'舉', u'举') S(u'報', u'报') S(u'過', u'过') S(u'門', u'门') S(u'員', u'员') S(u'時', u'时') \
	S(u'間', u'间') S(u'線', u'线') S(u'車', u'车') S(u'號', u'号') S(u'層', u'层') S(u'戶', u'户') \
	S(u'棟', u'栋') S(u'貳', u'贰') S(u'兩', u'两') S(u'現', u'现') S(u'實', u'实') S(u'為', u'为') \
	S(u'開', u'开') S(u'從', u'从') S(u'給', u'给') S(u'該', u'该') S(u'關', u'关') \
	S(u'裡', u'里') S(u'裏', u'里') S(u'洩', u'泄') S(u'見', u'见') S(u'難', u'难') \
	S(u'頂', u'顶') S(u'農', u'农') S(u'藥', u'药') S(u'遺', u'遗') S(u'書', u'书') \
	S(u'鎖', u'锁') S(u'觸', u'触') S(u'斷', u'断') S(u'賊', u'贼') S(u'蹤', u'踪') \
	S(u'強', u'强') S(u'姦', u'奸') S(u'丟', u'丢') S(u'兒', u'儿') S(u'媽', u'妈') \
	S(u'爺', u'爷') S(u'禍', u'祸') S(u'側', u'侧') S(u'動', u'动') S(u'腦', u'脑') \
	S(u'護', u'护') S(u'燒', u'烧') S(u'濃', u'浓') S(u'煙', u'烟') S(u'壓', u'压') \
	S(u'頭', u'头') S(u'臺', u'台') S(u'橋', u'桥') S(u'風', u'风') S(u'癲', u'癫') \
	S(u'癇', u'痫') S(u'發', u'发') S(u'離', u'离') S(u'聞', u'闻') S(u'輕', u'轻') \
	S(u'尋', u'寻') S(u'隱', u'隐') S(u'險', u'险') S(u'導', u'导') S(u'經', u'经') \
	S(u'歷', u'历') S(u'幾', u'几') S(u'後', u'后') S(u'擔', u'担') S(u'憂', u'忧') \
	S(u'預', u'预') S(u'練', u'练') S(u'賠', u'赔') S(u'償', u'偿') S(u'醫', u'医') \
	S(u'調', u'调') S(u'撥', u'拨') S(u'誤', u'误') S(u'腳', u'脚') S(u'聲', u'声') \
	S(u'東', u'东') S(u'義', u'义') S(u'親', u'亲') S(u'眾', u'众') S(u'傳', u'传') \
	S(u'圍', u'围') S(u'兇', u'凶') S(u'擊', u'击') S(u'勢', u'势') S(u'衛', u'卫') \
	S(u'廁', u'厕') S(u'墜', u'坠') S(u'牆', u'墙') S(u'備', u'备') S(u'準', u'准') \
	S(u'夠', u'够') S(u'婦', u'妇') S(u'嬰', u'婴') S(u'孫', u'孙') S(u'學', u'学') \
	S(u'寶', u'宝') S(u'盡', u'尽') S(u'帶', u'带') S(u'幫', u'帮') S(u'師', u'师') \
	S(u'歸', u'归') S(u'彈', u'弹') S(u'掙', u'挣') S(u'撈', u'捞') S(u'撿', u'捡') \
	S(u'機', u'机') S(u'槍', u'枪') S(u'欄', u'栏') S(u'毆', u'殴') S(u'潑', u'泼') \
	S(u'潔', u'洁') S(u'澆', u'浇') S(u'渾', u'浑') S(u'滾', u'滚') S(u'熱', u'热') \
	S(u'瘋', u'疯') S(u'盜', u'盗') S(u'禮', u'礼') S(u'竊', u'窃') S(u'縱', u'纵') \
	S(u'纜', u'缆') S(u'脈', u'脉') S(u'臟', u'脏') S(u'髒', u'脏') S(u'臉', u'脸') \
	S(u'膩', u'腻') S(u'讓', u'让') S(u'識', u'识') S(u'貨', u'货') S(u'販', u'贩') \
	S(u'輪', u'轮') S(u'輛', u'辆') S(u'邊', u'边') S(u'錢', u'钱') S(u'銷', u'销') \
	S(u'陽', u'阳') S(u'隨', u'随') S(u'馬', u'马') S(u'駛', u'驶') S(u'駕', u'驾') \
	S(u'魚', u'鱼') S(u'寫', u'写') S(u'敵', u'敌') S(u'鬥', u'斗') S(u'撐', u'撑')

static uint32_t simplify(uint32_t cp)
{
	switch (cp) {
	case 0x2018:
	case 0x2019: return '\'';
#define CASE(traditional, simplified) case traditional: return simplified;
	SIMPLIFIED(CASE)
#undef CASE
	default: return cp;
	}
}

/* Where the folded text is being written: there is room for all of it. */
struct pen {
	uint8_t *s;
	uint32_t *at;
	size_t n;
};

static void put(struct pen *p, uint32_t cp, size_t from)
{
	size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
	uint8_t *to = p->s + p->n;
	for (size_t i = n - 1; i > 0; i--, cp >>= 6)
		to[i] = (uint8_t)(0x80 | (cp & 0x3F));
	to[0] = (uint8_t)(n == 1 ? cp : (0xF00u >> n & 0xFF) | cp);
	for (size_t i = 0; i < n; i++)
		p->at[p->n++] = (uint32_t)from;
}

static bool ends_white(const struct pen *p)
{
	return !p->n || p->s[p->n - 1] == ' ' || p->s[p->n - 1] == '\n';
}

static void put_white(struct pen *p, uint32_t cp, size_t from)
{
	if (!ends_white(p))
		put(p, cp, from);
	else if (p->n && cp == '\n')
		p->s[p->n - 1] = '\n';
}

/* One code point: 0 to drop it. Chinese characters, nearly all there is, have nothing to fold but their simplified form. */
static uint32_t fold_one(uint32_t cp)
{
	return simplify(cp >= 0x3400 && cp < 0xE000 ? cp : fold_char(cp));
}

void fold_init(struct fold *f, const char *text)
{
	size_t n = strlen(text), i = 0;
	n = utf8_cut(text, n, FOLD_MAX);
	/* A malformed byte folds to three; nothing else grows. */
	buf_init(&f->s, 3 * n + 4);
	f->at = mem_alloc((3 * n + 5) * sizeof *f->at);
	struct pen p = { .s = buf_room(&f->s, 3 * n + 4), .at = f->at };
	while (i < n) {
		uint32_t cp = 0xFFFD;
		size_t took = utf8_next(text + i, n - i, &cp);
		cp = fold_one(cp);
		if (cp == ' ' || cp == '\n')
			put_white(&p, cp, i);
		else if (cp)
			put(&p, cp, i);
		i += took + !took;
	}
	size_t end = n;
	if (p.n && ends_white(&p))
		end = p.at[--p.n];
	buf_grew(&f->s, p.n);
	f->at[f->s.len] = (uint32_t)end;
}

void fold_fini(struct fold *f)
{
	buf_fini(&f->s);
	free(f->at);
	f->at = NULL;
}
