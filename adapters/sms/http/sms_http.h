/* Text messages by a web provider: [channel NAME] type = sms-http, with a profile each (providers.def). See
 * gateway/adapter.h for the contract.
 *
 * Out: one HTTP request a message, or a part of it where the provider leaves the cutting to us (submit.h says what
 *      becomes of it). Each request has a connection of its own: on one that is used again libcurl would write a
 *      request a second time when the provider hangs up, and the citizen might get it twice. Whatever was written
 *      and has no answer that we understand is SENT_UNKNOWN, or goes again with unanswered = resend. Each part goes
 *      with an id of ours where the provider gives it back in its receipts, so a late receipt settles what was
 *      unknown. After trouble (no connection, no answer, our account refused) the channel is down and rests, each
 *      time longer; then a connection without a request looks whether the provider is there, and one message at a
 *      time goes until one is accepted.
 * In:  the provider calls public_url + path (+ "/" + callback_secret where it signs nothing). Each message, receipt
 *      or unreadable entry of a call goes to take(), receipt() or quarantine(); the provider's own word of success
 *      is answered only when all of them are kept, and 503 when one was not, so that it calls again. A call that is
 *      malformed as a whole is kept in quarantine and answered 400; one that is not genuine is answered 403 and not
 *      kept.
 * Thread: the loop. */
#ifndef XQ_SMS_HTTP_SMS_HTTP_H
#define XQ_SMS_HTTP_SMS_HTTP_H

#include "gateway/adapter.h"

enum { SMS_HTTP_CALL_MAX = 1 << 20, SMS_HTTP_TAKES_MAX = 10000, SMS_HTTP_SECRET_MIN = 16 };

struct sms_http_config {
	int profile; /* provider_at() */
	const char *url, *account, *secret, *app, *region, *sign_name, *number, *path, *callback_secret, *tls_ca_file;
	struct config_list template;
	bool plain;
	int window, pace, response_timeout, unanswered; /* enum unanswered */
};
extern const struct config_key sms_http_config_keys[];
void sms_http_config_check(const void *config, struct config_section *s, struct faults *f);
/* The configured address of the provider, or its own. */
const char *sms_http_url(const struct sms_http_config *c);

extern const struct adapter_ops sms_http_adapter;

#endif
