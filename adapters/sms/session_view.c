/* What a session is asked: nothing here changes it. */
#include "adapters/sms/session_internal.h"
#include "adapters/sms/window.h"

int64_t session_now(const struct session *s)
{
	return (int64_t)uv_now(s->loop);
}

bool session_is_bound(const struct session *s)
{
	return s->state == SESSION_BOUND;
}

bool session_is_binding(const struct session *s)
{
	return s->state == SESSION_BINDING;
}

bool session_is_leaving(const struct session *s)
{
	return s->state == SESSION_LEAVING;
}

bool session_is_unbinding(const struct session *s)
{
	return s->state == SESSION_UNBINDING;
}

unsigned session_unanswered(const struct session *s)
{
	return window_used(s->window);
}

unsigned session_stalled_ms(const struct session *s)
{
	return window_used(s->window) ? (unsigned)(session_now(s) - s->progress_at) : 0;
}

bool session_is_usable(const struct session *s)
{
	return s->state == SESSION_BOUND || s->state == SESSION_RESTING || s->called ||
		(s->state == SESSION_UNBINDING && !s->stopping);
}

unsigned session_generation(const struct session *s)
{
	return s->generation;
}

int64_t session_heard_at(const struct session *s)
{
	return s->heard_at;
}

const char *session_peer(const struct session *s)
{
	return s->peer;
}
