/* What bounds the chat: libwebsockets with libuv's loop, as the gateway has it, sending every text back and nothing else.
 *
 *   lws_echo [PORT]
 *
 * Prints its port (0 or none: the kernel picks) and echoes until it is killed. One thread. */
#include <libwebsockets.h>
#include <string.h>
#include <sys/resource.h>

#include "load.h"

enum { OPENING_MAX = 256 };

struct text { struct text *next; size_t n; uint8_t frame[]; }; /* LWS_PRE bytes, then the text */
struct session { struct text *first, **last; };

static int on_receive(struct lws *wsi, struct session *s, const void *in, size_t n)
{
	if (!lws_is_first_fragment(wsi) || !lws_is_final_fragment(wsi))
		return -1; /* the generator sends none in pieces */
	struct text *t = malloc(sizeof *t + LWS_PRE + n);
	if (t == NULL)
		die("memory");
	*t = (struct text){ .n = n };
	memcpy(t->frame + LWS_PRE, in, n);
	*s->last = t;
	s->last = &t->next;
	lws_callback_on_writable(wsi);
	return 0;
}

static void drop_first(struct session *s)
{
	struct text *t = s->first;
	s->first = t->next;
	if (s->first == NULL)
		s->last = &s->first;
	free(t);
}

static int on_writable(struct lws *wsi, struct session *s)
{
	if (s->first == NULL)
		return 0;
	if (lws_write(wsi, s->first->frame + LWS_PRE, s->first->n, LWS_WRITE_TEXT) < (int)s->first->n)
		return -1;
	drop_first(s);
	if (s->first != NULL)
		lws_callback_on_writable(wsi);
	return 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n)
{
	struct session *s = user;
	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		s->last = &s->first;
		return 0;
	case LWS_CALLBACK_RECEIVE:
		return on_receive(wsi, s, in, n);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return on_writable(wsi, s);
	case LWS_CALLBACK_CLOSED:
		while (s->first != NULL)
			drop_first(s);
		return 0;
	default:
		return 0;
	}
}

/* As many as the system allows. */
static unsigned descriptors(void)
{
	struct rlimit r;
	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
	return (unsigned)r.rlim_cur;
}

int main(int argc, char **argv)
{
	static const struct lws_protocols protocols[] = {
		{ .name = "xinqiao.chat.1", .callback = on_event, .per_session_data_size = sizeof(struct session) }, { 0 } };
	struct lws_context_creation_info info = {
		.port = argc > 1 ? atoi(argv[1]) : 0,
		.iface = "127.0.0.1",
		.protocols = protocols,
		.options = LWS_SERVER_OPTION_LIBUV,
		.gid = -1,
		.uid = -1,
		.fd_limit_per_thread = descriptors(),
		.max_http_header_pool2 = OPENING_MAX,
	};
	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	struct lws_context *lws = lws_create_context(&info);
	if (lws == NULL)
		die("libwebsockets (is its libuv plugin installed?)");
	printf("%d\n", lws_get_vhost_listen_port(lws_get_vhost_by_name(lws, "default")));
	fflush(stdout);
	while (lws_service(lws, 0) >= 0) {
	}
	return 1;
}
