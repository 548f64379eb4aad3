/* The tokens of a survey's answer: what survey_read.c knows words by. Inner to the survey. */
#ifndef XQ_MODEL_SURVEY_TOKEN_H
#define XQ_MODEL_SURVEY_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

enum survey_kind {
	T_END, T_STOP, T_MARK, T_BLANK, T_WRAP, T_ASK, T_DIGITS, T_CIRCLED, T_HAN_NUMBER, T_WORD_NUMBER, T_STARS, T_UNIT,
	T_STAR_UNIT,
	T_FRAME, T_LEAD, T_THANKS, T_GREETING, T_STRONG, T_TOTAL, T_MILD, T_DIM, T_NOT, T_GOOD, T_NICE, T_BAD, T_LEVEL,
	T_SOLVED,
	T_UNSOLVED, T_BUT, T_FILL, T_OTHER
};

struct survey_token {
	enum survey_kind kind;
	int value;
	size_t at, end; /* in the folded text */
};

/* Cuts folded text into at most max tokens and a T_END behind them; returns how many without it. */
size_t survey_tokens(const char *s, size_t len, struct survey_token *out, size_t max);
/* Does the word at s + at count something: "3 路", "5 天"? */
bool survey_counts(const char *s, size_t at);
/* Does a text that praises mean the contrary? "我很满意你们的不作为" does, "满意，工作人员从不推诿" does not. */
bool survey_mocks(const char *s, size_t len);
/* Does s[at, to) comment on an answer? "3 路还没修" does, "3 路公交车又晚点了" does not. */
bool survey_about_answer(const char *s, size_t at, size_t to);

#endif
