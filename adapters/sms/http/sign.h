/* How providers' requests and callbacks are signed. Each is checked against its provider's published example. Pure. */
#ifndef XQ_SMS_HTTP_SIGN_H
#define XQ_SMS_HTTP_SIGN_H

#include <stdint.h>

#include "adapters/sms/http/form.h"
#include "gateway/base/buf.h"

/* ACS3-HMAC-SHA256 (Aliyun, "V3 request structure and signature"). query: its names in order, percent-encoded. Adds all
 * headers of the request that are signed, and Authorization, as "Name: value\n". The body is empty. */
struct sign_acs3 { const char *id, *secret, *host, *action, *version, *query, *date, *nonce; };
void sign_acs3(const struct sign_acs3 *s, struct buf *headers);

/* TC3-HMAC-SHA256 (Tencent Cloud, "Signature v3") of a POST to "/", content type and host signed. Adds
 * Authorization. */
struct sign_tc3 { const char *id, *secret, *host, *service, *content_type; const void *body; size_t n; int64_t now; };
void sign_tc3(const struct sign_tc3 *s, struct buf *headers);

/* X-Twilio-Signature ("Security", "Validating requests"): HMAC-SHA1 of the URL and the sorted form, base64. Sorts
 * form. */
enum { SIGN_TWILIO_MAX = 32 };
char *sign_twilio(const char *token, const char *url, struct form *form, char out[SIGN_TWILIO_MAX]);

#endif
