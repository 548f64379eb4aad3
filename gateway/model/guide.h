/* Guided self-service (自助下单): after the word for it the citizen is asked what, where, when, for a photo and a contact, one
 * question at a time. The first answer opens the ticket, so that nothing is lost when somebody stops half-way; the
 * others are put on it. Every question may be passed over, and a person is one word away. Pure. */
#ifndef XQ_MODEL_GUIDE_H
#define XQ_MODEL_GUIDE_H

#include <stdbool.h>

enum guide_state { GUIDE_OFF, GUIDE_WHAT, GUIDE_WHERE, GUIDE_WHEN, GUIDE_PHOTO, GUIDE_CONTACT, GUIDE_STATES };
struct sm_table;
extern const struct sm_table guide_machine; /* diagram in guide.c */
enum { GUIDE_WINDOW_MS = 60 * 60 * 1000 };  /* a question that was not answered by then is forgotten */

/* What is asked after this was answered; pictures: the channel brings them. */
enum guide_state guide_next(enum guide_state, bool pictures);

#endif
