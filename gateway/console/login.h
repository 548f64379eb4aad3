/* POST /console/api/login, the one call that has nobody yet. Loop thread. */
#ifndef XQ_CONSOLE_LOGIN_H
#define XQ_CONSOLE_LOGIN_H

#include "gateway/base/err.h"
#include "gateway/store/staff.h"

struct console;
struct logins;
struct staff_row;
struct tx;

struct logins *logins_create(struct console *, struct err *);
void logins_destroy(struct logins **); /* what is under way ends by itself */
/* In a job: a wrong code of who has the password counts, wherever it was tried; the fifth locks the account. */
int login_failed(struct tx *, struct staff_row *);

#endif
