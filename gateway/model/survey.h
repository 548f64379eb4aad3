/* The satisfaction survey (评价): understanding an answer given in words or digits. Pure.
 *
 * Five levels, 非常满意 to 非常不满意. The two scales run in opposite directions and are never mixed in one survey:
 *   SURVEY_FIVE_BEST  chat, email, web: 5 is best (好差评)
 *   SURVEY_ONE_BEST   SMS codes: 1 is best, 5 is worst, 6 says "not solved"
 * Stored: the raw answer, the scale, and rating normalised to 1..5 with 5 best. */
#ifndef XQ_MODEL_SURVEY_H
#define XQ_MODEL_SURVEY_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/model/message.h"

enum survey_scale { SURVEY_FIVE_BEST, SURVEY_ONE_BEST, SURVEY_SCALES };
const char *survey_scale_name(enum survey_scale s);

enum survey_state { SURVEY_QUEUED, SURVEY_ASKED, SURVEY_ANSWERED, SURVEY_EXPIRED, SURVEY_STATES };
extern const struct sm_table survey_machine;

enum survey_reading {
	READ_NOT_AN_ANSWER, /* a message about something else */
	READ_ANSWER,
	READ_OUT_OF_SCALE   /* meant as an answer, but no level of this scale ("9"), or which one is unclear ("5分" where 1
	                       is best, "5 态度很差" where 5 is best): ask again */
};

enum { SURVEY_RAW_MAX = 64, SURVEY_COMMENT_MAX = 4000 };

struct survey_answer {
	enum survey_reading reading;
	int rating;             /* 1..5, 5 best; 0: only `solved` was said */
	enum msg_solved solved;
	char raw[SURVEY_RAW_MAX]; /* the words or digits that were read as the rating, as sent */
	size_t comment_at;        /* byte offset in the text where a comment begins; text length: none */
};

/* Reads a text as an answer to a survey of this scale. Accepts half- and full-width digits, ①-⑤, 一 to 五 (with 星 分), the
 * level words and their everyday forms in Chinese and English, "已解决" and "未解决", and a comment behind. "不满意" is never
 * read as 满意, "not satisfied" never as satisfied. A complaint that starts with a digit ("3号楼电梯坏了", "1路车不停站", "5月1日…",
 * "12345没人接") is never an answer. `superseded`: something else was said to the citizen after the question, so a bare
 * digit is only an answer together with a level word. */
void survey_read(const char *text, enum survey_scale scale, bool superseded, struct survey_answer *out);
/* What stands for a token where a button holds a number only: 56 bits of its hash, never 0. */
uint64_t survey_number(const char *token);
/* 1..5 (5 best) from the number a citizen gave on this scale; 0 when there is no such level. */
int survey_normalise(enum survey_scale scale, int given);

#endif
