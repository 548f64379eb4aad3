/* What the decisions need to know about words. Pure. */
#ifndef XQ_MODEL_TEXT_H
#define XQ_MODEL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"

/* For matching only, never for storing: full-width ASCII to half-width, A-Z to a-z, every run of white space (U+3000 and
 * U+00A0 too) to one blank, ends trimmed, zero-width characters dropped. */
void text_fold(const char *text, struct buf *out);
/* Nothing but white space, controls and zero-width characters. */
bool text_blank(const char *text);
/* "zh-CN" when the text has any Han character or no letter at all, else "en". */
const char *text_language(const char *text);
/* A title: the subject if it has one, else the first sentence, at most max code points with "…" when cut. */
void text_title(const char *subject, const char *text, unsigned max, struct buf *out);
/* Nothing but a greeting, a call or what leads up to a matter: 您好, 救命！, 我想问一下, 有人吗, excuse me … */
bool text_opens_only(const char *);
/* At most max code points of it, with "…" when cut: a title made shorter. */
void text_cut(const char *text, unsigned max, struct buf *out);
/* A word of courtesy and nothing else: 谢谢, 好的, 收到, thanks, ok … */
bool text_courtesy(const char *text);
/* Says that a closed matter is not solved: 没解决, 还没修, 未处理, 又坏了, not fixed … */
bool text_unsolved(const char *text);
/* Names what was answered here or told before: 你们说, 12345回复, 上次反映的, 已办结, you told me … "望答复" only asks for it, "物业回复说" names
 * another's. */
bool text_answered(const char *text);
/* "人工", "转人工", "human": wants a person, and says nothing else. */
bool text_person(const char *text);
/* "查询", "进度", "status", "查询 2026…": asks where a ticket stands. */
bool text_query(const char *text);
/* "撤回", "我要撤销工单 2026…，已经解决了", "withdraw my request": takes a matter back, for no reason or one that is known. */
bool text_withdraw(const char *text);
/* "撤单，我不服", "撤诉求，先修好": begins like that and goes on otherwise. */
bool text_withdraw_unclear(const char *text);
/* Asks that who writes stays unknown: 请保密, 不要透露我, keep it confidential … */
bool text_confidential(const char *text);
/* Link spam: links by count and share of the text, and the obfuscations spammers use. */
bool text_link_spam(const char *text);
/* The text with "…" for each link in it: what goes out by itself, perhaps to somebody whose name a stranger gave, advertises nothing. */
void text_unlinked(const char *text, struct buf *out);
/* Opens a matter of its own besides what it answers: 另外, 我要投诉, 请问, another issue … */
bool text_new_matter(const char *text);
/* Does the folded text hold the folded word? A word of letters must stand by itself; Chinese words match anywhere. */
bool text_has(const char *folded, const char *word);

#endif
