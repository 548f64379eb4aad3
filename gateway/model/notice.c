#include "gateway/model/notice.h"

#include <stdio.h>
#include <string.h>

#define P(name) (1u << NOTICE_##name)
#define P_TICKET (P(hotline) | P(number) | P(title))

static const struct notice notices[] = {
	{ "received", P(number), P_TICKET | P(due) | P(time) | P(pin), SAID_IN_ANSWER, NULL },
	{ "emergency.fire", P(call), P_TICKET, SAID_IN_ANSWER, NULL },
	{ "emergency.medical", P(call), P_TICKET, SAID_IN_ANSWER, NULL },
	{ "emergency.police", P(call), P_TICKET, SAID_IN_ANSWER, NULL },
	{ "emergency.traffic", P(call), P_TICKET, SAID_IN_ANSWER, NULL },
	{ "emergency.utility", P(call), P_TICKET, SAID_IN_ANSWER, NULL },
	{ "emergency.selfharm", P(call), P_TICKET, SAID_IN_ANSWER, NULL },
	{ "answer", P(text) | P(url), P_TICKET | P(reason), SAID_IN_TALK, NULL },
	{ "answer-none", 0, P_TICKET, SAID_IN_TALK, NULL },
	{ "person", P(number), P_TICKET, SAID_IN_TALK, NULL },
	{ "guide-what", 0, P(hotline), SAID_IN_TALK, NULL },
	{ "guide-where", P(number), P_TICKET | P(pin), SAID_IN_TALK, NULL },
	{ "guide-when", 0, P_TICKET, SAID_IN_TALK, NULL },
	{ "guide-photo", 0, P_TICKET, SAID_IN_TALK, NULL },
	{ "guide-contact", 0, P_TICKET, SAID_IN_TALK, NULL },
	{ "guide-done", P(number), P_TICKET, SAID_IN_TALK, NULL },
	{ "status", P(number) | P(state), P_TICKET | P(department) | P(due) | P(time), SAID_IN_ANSWER, NULL },
	{ "status-list", P(text), P(hotline), SAID_IN_TALK, NULL },
	{ "status-none", 0, P(hotline), SAID_IN_ANSWER, NULL },
	{ "status-denied", 0, P(hotline), SAID_IN_ANSWER, NULL },
	{ "dispatched", P(number) | P(department), P_TICKET | P(due), SAID_IN_TALK, NULL },
	{ "extended", P(number) | P(due) | P(reason), P_TICKET | P(department), SAID_AS_ANSWER, NULL },
	{ "reply", P(text), P_TICKET | P(staff) | P(department), SAID_AS_ANSWER, NULL },
	{ "closed", P(number), P_TICKET | P(url) | P(department), SAID_OF_STEP, NULL },
	{ "closed-unasked", P(number), P_TICKET | P(department), SAID_AS_ANSWER, NULL },
	{ "elsewhere", P(text), P_TICKET, SAID_AS_ANSWER, NULL },
	{ "elsewhere-notice", P(text), P_TICKET, SAID_IN_TALK, "elsewhere" },
	{ "elsewhere-survey", P(number) | P(url), P_TICKET | P(text), SAID_OF_STEP, NULL },
	{ "refused.litigation", P(number), P_TICKET | P(text), SAID_AS_ANSWER, NULL },
	{ "refused.arbitration", P(number), P_TICKET | P(text), SAID_AS_ANSWER, NULL },
	{ "refused.discipline", P(number), P_TICKET | P(text), SAID_AS_ANSWER, NULL },
	{ "refused.review", P(number), P_TICKET | P(text), SAID_AS_ANSWER, NULL },
	{ "refused.disclosure", P(number), P_TICKET | P(text), SAID_AS_ANSWER, NULL },
	{ "refused.petition", P(number), P_TICKET | P(text), SAID_AS_ANSWER, NULL },
	{ "refused.secret", P(number), P_TICKET | P(text), SAID_AS_ANSWER, NULL },
	{ "refused.privacy", P(number), P_TICKET | P(text), SAID_AS_ANSWER, NULL },
	{ "refused.morals", P(number), P_TICKET | P(text), SAID_AS_ANSWER, NULL },
	{ "reopened", P(number), P_TICKET | P(due), SAID_IN_ANSWER, NULL },
	{ "thanks", 0, P_TICKET, SAID_IN_ANSWER, NULL },
	{ "thanks-bad", 0, P_TICKET, SAID_IN_ANSWER, NULL },
	{ "rate-again", 0, P_TICKET, SAID_IN_ANSWER, NULL },
	{ "empty", 0, P(hotline), SAID_IN_ANSWER, NULL },
	{ "test", 0, P(hotline) | P(time), SAID_OF_STEP, NULL },
	{ "phone-code", P(code), P(hotline), SAID_OF_STEP, NULL },
	{ "phone-proven", P(phone), P(hotline), SAID_OF_STEP, NULL },
	{ "survey-closed", 0, P_TICKET, SAID_IN_ANSWER, NULL },
	{ "withdrawn", P(number), P_TICKET, SAID_IN_TALK, NULL },
	{ "withdraw-which", 0, P_TICKET, SAID_IN_TALK, NULL },
	{ "withdraw-unclear", P(number), P_TICKET, SAID_IN_TALK, NULL },
	{ "withdraw-danger", P(number), P_TICKET, SAID_IN_TALK, "person" },
	{ "passed-on", P(number), P_TICKET, SAID_IN_ANSWER, NULL },
	{ "closed-later", P(number), P_TICKET | P(department), SAID_AS_ANSWER, NULL },
	{ "survey", P(number), P_TICKET | P(url) | P(department), SAID_OF_STEP, NULL },
	{ "survey-reminder", P(number), P_TICKET | P(url), SAID_OF_STEP, NULL },
	{ "ask-why", 0, P_TICKET, SAID_IN_ANSWER, NULL },
	{ "refused.repeat", P(number) | P(other), P_TICKET | P(text), SAID_AS_ANSWER, NULL },
	{ "liaison-dispatched", P(text) | P(code), P(hotline) | P(department) | P(due), SAID_OF_STEP, NULL },
	{ "liaison-urgent", P(code), P(hotline) | P(department) | P(due) | P(text), SAID_OF_STEP, NULL },
	{ "liaison-overdue", P(text) | P(code), P(hotline) | P(department) | P(due), SAID_OF_STEP, NULL },
	{ "hotline-merged", P(hotline) | P(other), P_TICKET | P(department), SAID_IN_TALK, NULL },
	{ "transferred", P(number) | P(region) | P(code), P_TICKET | P(call), SAID_AS_ANSWER, NULL },
};
_Static_assert(sizeof notices / sizeof *notices == NOTICES, "notice.h counts them");

static const char *const field_name[NOTICE_FIELD_COUNT] = {
#define X(name) #name,
	NOTICE_FIELDS(X)
#undef X
};

const struct notice *notice_at(unsigned i)
{
	return i < NOTICES ? &notices[i] : NULL;
}

int notice_find(const char *name, size_t n)
{
	for (int i = 0; i < NOTICES; i++)
		if (strlen(notices[i].name) == n && memcmp(notices[i].name, name, n) == 0)
			return i;
	return -1;
}

bool notice_answers(const char *name)
{
	int i = notice_find(name, strlen(name));
	return i >= 0 && notices[i].cause == SAID_AS_ANSWER;
}

void notice_automatic(bool talk, struct buf *out)
{
	for (unsigned i = 0; i < NOTICES; i++)
		if (notices[i].cause == SAID_IN_ANSWER || (talk && notices[i].cause == SAID_IN_TALK)) {
			buf_addc(out, '|');
			buf_adds(out, notices[i].name);
		}
	buf_addc(out, '|');
}

const char *notice_field_name(enum notice_field f)
{
	return field_name[f];
}

int notice_field_find(const char *name, size_t n)
{
	for (int i = 0; i < NOTICE_FIELD_COUNT; i++)
		if (strlen(field_name[i]) == n && memcmp(field_name[i], name, n) == 0)
			return i;
	return -1;
}

void notice_field_list(unsigned mask, char *out, size_t cap)
{
	size_t used = 0;
	out[0] = '\0';
	for (unsigned i = 0; i < NOTICE_FIELD_COUNT && used < cap; i++)
		if (mask & (1u << i))
			used += (size_t)snprintf(out + used, cap - used, "%s{%s}", used ? " " : "", field_name[i]);
}
