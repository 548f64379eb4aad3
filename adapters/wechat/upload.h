/* Files of a message, brought to the platform before anything of it is sent: read on a worker, then uploaded one after the other
 * as temporary media (media/upload, both platforms; kept three days). Done twice it does no harm. Loop thread only. */
#ifndef XQ_WECHAT_UPLOAD_H
#define XQ_WECHAT_UPLOAD_H

#include "adapters/wechat/api.h"
#include "gateway/adapter.h"

struct upload;
/* done runs once, later: failed NULL when each file has its media_id, else what ended it, never FATE_LOST. m is lent, and lives
 * until done or upload_destroy(). */
struct upload *upload_start(struct api *a, const struct adapter_host *host, bool wecom, const struct msg_out *m,
	void (*done)(void *arg, const struct api_answer *failed), void *arg);
const char *upload_media(const struct upload *u, size_t i);
/* Under which name a message carries it: "image", "video" or "file". An Official Account takes pictures only. */
const char *upload_kind(bool wecom, const struct msg_attachment *a);
bool upload_reading(const struct upload *u); /* no call is under way yet */
void upload_destroy(struct upload **u);

#endif
