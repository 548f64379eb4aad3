#include "gateway/model/alarm.h"
#include "gateway/model/reading.h"
#include "gateway/model/text.h"
#include "gateway/model/ticket.h"

static void listen_to(const struct rules *r, const char *text, struct heard_words *out)
{
	struct reading read;
	*out = (struct heard_words){ .blank = !text || text_blank(text) };
	if (out->blank)
		return;
	reading_init(&read, text);
	out->emergency = alarm_find(r, &read);
	out->query = reading_query(&read);
	out->orders = out->query && reading_orders(&read);
	out->guide = reading_guide(&read);
	out->person = reading_person(&read);
	out->link_spam = reading_link_spam(&read);
	out->withdraw = reading_withdraw(&read);
	out->withdraw_unclear = reading_withdraw_unclear(&read);
	out->confidential = reading_confidential(&read);
	reading_fini(&read);
}

void ticket_hear(const struct rules *r, const struct msg_in *m, struct heard *out)
{
	listen_to(r, m->text, &out->text);
	listen_to(r, m->subject, &out->subject);
	listen_to(r, m->kind == MSG_RATING ? m->rating.comment : NULL, &out->comment);
}
