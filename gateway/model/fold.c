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

/* Only the characters that occur in our word lists. */
static const struct { const char *traditional, *simplified; } SIMPLIFIED[] = {
	{ "滿", "满" }, { "沒", "没" }, { "還", "还" }, { "問", "问" }, { "題", "题" }, { "決", "决" }, { "評", "评" },
	{ "價", "价" }, { "謝", "谢" }, { "點", "点" }, { "處", "处" }, { "復", "复" }, { "覆", "复" }, { "個", "个" },
	{ "選", "选" }, { "結", "结" }, { "樣", "样" }, { "務", "务" }, { "態", "态" }, { "錯", "错" }, { "對", "对" },
	{ "這", "这" }, { "們", "们" }, { "辦", "办" }, { "來", "来" }, { "壞", "坏" }, { "麼", "么" }, { "嗎", "吗" },
	{ "極", "极" }, { "較", "较" }, { "絕", "绝" }, { "無", "无" }, { "嚴", "严" }, { "會", "会" }, { "請", "请" },
	{ "進", "进" }, { "詢", "询" }, { "單", "单" }, { "狀", "状" }, { "況", "况" }, { "應", "应" }, { "讚", "赞" },
	{ "贊", "赞" }, { "著", "着" }, { "災", "灾" }, { "殺", "杀" }, { "傷", "伤" }, { "搶", "抢" }, { "綁", "绑" },
	{ "暈", "晕" }, { "氣", "气" }, { "樓", "楼" }, { "電", "电" }, { "訴", "诉" }, { "舉", "举" }, { "報", "报" },
	{ "過", "过" }, { "門", "门" }, { "員", "员" }, { "時", "时" }, { "間", "间" }, { "線", "线" }, { "車", "车" },
	{ "號", "号" }, { "層", "层" }, { "戶", "户" }, { "棟", "栋" }, { "貳", "贰" }, { "兩", "两" }, { "現", "现" },
	{ "實", "实" }, { "為", "为" }, { "開", "开" }, { "從", "从" }, { "給", "给" }, { "該", "该" }, { "關", "关" },
};

static uint32_t simplify(uint32_t cp)
{
	if (cp == 0x2018 || cp == 0x2019)
		return '\'';
	if (cp < 0x4E00 || cp > 0x9FFF)
		return cp;
	for (size_t i = 0; i < sizeof SIMPLIFIED / sizeof *SIMPLIFIED; i++) {
		uint32_t t = 0, s = 0;
		utf8_next(SIMPLIFIED[i].traditional, 3, &t);
		if (t != cp)
			continue;
		utf8_next(SIMPLIFIED[i].simplified, 3, &s);
		return s;
	}
	return cp;
}

static void put(struct fold *f, uint32_t cp, size_t from)
{
	size_t before = f->s.len;
	if (!utf8_put(&f->s, cp))
		return;
	for (size_t i = before; i < f->s.len; i++)
		f->at[i] = (uint32_t)from;
}

static bool ends_white(const struct fold *f)
{
	return !f->s.len || f->s.data[f->s.len - 1] == ' ' || f->s.data[f->s.len - 1] == '\n';
}

static void put_white(struct fold *f, uint32_t cp, size_t from)
{
	if (!ends_white(f))
		put(f, cp, from);
	else if (f->s.len && cp == '\n')
		f->s.data[f->s.len - 1] = '\n';
}

void fold_init(struct fold *f, const char *text)
{
	size_t n = strlen(text), i = 0;
	n = utf8_cut(text, n, FOLD_MAX);
	/* A malformed byte folds to three; nothing else grows. */
	buf_init(&f->s, 3 * n + 4);
	f->at = mem_array(uint32_t, 3 * n + 5);
	while (i < n) {
		uint32_t cp = 0xFFFD;
		size_t took = utf8_next(text + i, n - i, &cp);
		cp = simplify(fold_char(cp));
		if (cp == ' ' || cp == '\n')
			put_white(f, cp, i);
		else if (cp)
			put(f, cp, i);
		i += took + !took;
	}
	size_t end = n;
	if (f->s.len && ends_white(f)) {
		f->s.data[--f->s.len] = '\0';
		end = f->at[f->s.len];
	}
	f->at[f->s.len] = (uint32_t)end;
}

void fold_fini(struct fold *f)
{
	buf_fini(&f->s);
	free(f->at);
	f->at = NULL;
}
