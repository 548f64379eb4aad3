#include "gateway/model/notice.h"

#include <stdio.h>
#include <string.h>

#define P(name) (1u << NOTICE_##name)
#define P_TICKET (P(hotline) | P(number) | P(title))

static const struct notice notices[] = {
	{ "received", P(number), P_TICKET | P(due) | P(time) | P(pin) },
	{ "emergency.fire", P(call), P_TICKET },
	{ "emergency.medical", P(call), P_TICKET },
	{ "emergency.police", P(call), P_TICKET },
	{ "emergency.traffic", P(call), P_TICKET },
	{ "emergency.utility", P(call), P_TICKET },
	{ "emergency.selfharm", P(call), P_TICKET },
	{ "answer", P(text) | P(url), P_TICKET | P(reason) },
	{ "answer-none", 0, P_TICKET },
	{ "person", P(number), P_TICKET },
	{ "guide-what", 0, P(hotline) },
	{ "guide-where", P(number), P_TICKET | P(pin) },
	{ "guide-when", 0, P_TICKET },
	{ "guide-photo", 0, P_TICKET },
	{ "guide-contact", 0, P_TICKET },
	{ "guide-done", P(number), P_TICKET },
	{ "status", P(number) | P(state), P_TICKET | P(department) | P(due) | P(time) },
	{ "status-list", P(text), P(hotline) },
	{ "status-none", 0, P(hotline) },
	{ "status-denied", 0, P(hotline) },
	{ "dispatched", P(number) | P(department), P_TICKET | P(due) },
	{ "extended", P(number) | P(due) | P(reason), P_TICKET | P(department) },
	{ "reply", P(text), P_TICKET | P(staff) | P(department) },
	{ "closed", P(number), P_TICKET | P(url) | P(department) },
	{ "closed-unasked", P(number), P_TICKET | P(department) },
	{ "elsewhere", P(text), P_TICKET },
	{ "elsewhere-survey", P(number) | P(url), P_TICKET | P(text) },
	{ "refused.litigation", P(number), P_TICKET | P(text) },
	{ "refused.arbitration", P(number), P_TICKET | P(text) },
	{ "refused.discipline", P(number), P_TICKET | P(text) },
	{ "refused.review", P(number), P_TICKET | P(text) },
	{ "refused.disclosure", P(number), P_TICKET | P(text) },
	{ "refused.petition", P(number), P_TICKET | P(text) },
	{ "refused.secret", P(number), P_TICKET | P(text) },
	{ "refused.privacy", P(number), P_TICKET | P(text) },
	{ "refused.morals", P(number), P_TICKET | P(text) },
	{ "reopened", P(number), P_TICKET | P(due) },
	{ "thanks", 0, P_TICKET },
	{ "thanks-bad", 0, P_TICKET },
	{ "rate-again", 0, P_TICKET },
	{ "empty", 0, P(hotline) },
	{ "test", 0, P(hotline) | P(time) },
	{ "phone-code", P(code), P(hotline) },
	{ "phone-proven", P(phone), P(hotline) },
	{ "survey-closed", 0, P_TICKET },
	{ "withdrawn", P(number), P_TICKET },
	{ "withdraw-which", 0, P_TICKET },
	{ "withdraw-unclear", P(number), P_TICKET },
	{ "passed-on", P(number), P_TICKET },
	{ "closed-later", P(number), P_TICKET | P(department) },
	{ "survey", P(number), P_TICKET | P(url) | P(department) },
	{ "survey-reminder", P(number), P_TICKET | P(url) },
	{ "ask-why", 0, P_TICKET },
	{ "refused.repeat", P(number) | P(other), P_TICKET | P(text) },
	{ "liaison-dispatched", P(text) | P(code), P(hotline) | P(department) | P(due) },
	{ "liaison-urgent", P(code), P(hotline) | P(department) | P(due) | P(text) },
	{ "liaison-overdue", P(text) | P(code), P(hotline) | P(department) | P(due) },
	{ "hotline-merged", P(hotline) | P(other), P_TICKET | P(department) },
	{ "transferred", P(number) | P(region) | P(code), P_TICKET | P(call) },
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
