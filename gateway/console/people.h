/* The names of those whose logins an answer holds: "people": {login: name}, onto a ticket with its steps and docket, or a list. */
#ifndef XQ_CONSOLE_PEOPLE_H
#define XQ_CONSOLE_PEOPLE_H

#include <jansson.h>

#include "gateway/store/store.h"

/* Inside a job: E_* when the store cannot be read. */
int put_people(struct tx *, json_t *answer);

#endif
