/* WeChat's platform for the conformance suite, both kinds: it pushes (or rings, and lets the messages be pulled) and takes
 * messages by its API. */
#ifndef XQ_TESTS_CONFORMANCE_WECHAT_H
#define XQ_TESTS_CONFORMANCE_WECHAT_H

#include <jansson.h>

#include "adapters/wechat/wechat.h"
#include "tests/unit/adapters/conformance.h"
#include "tests/unit/wechat/seal.h"

enum { WX_SAID = 16, WX_HELD = 64, WX_IDS = 64 };
#define WX_KEY "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

static struct {
	bool wecom, hold, refused[WX_SAID];
	struct http_server *api;
	int port;
	struct http_req *held[WX_HELD];
	size_t helds;
	struct buf got;                 /* the words of each message out, a line each */
	char id[WX_IDS][40];            /* msgids WeCom has seen */
	size_t ids;
	struct raw *say[WX_SAID];
	unsigned told[WX_SAID], tolds;  /* WeCom: what there is to be pulled, in order */
	unsigned pulled, pulls;         /* up to here it is acknowledged; how often it was asked from there */
} wx;

/* --- the API --- */

static void wx_answer(struct http_req *r, const char *json)
{
	http_answer(r, 200, "application/json", json, strlen(json), NULL);
}

static void wx_token(struct http_req *r, void *arg)
{
	(void)arg;
	wx_answer(r, "{\"errcode\":0,\"access_token\":\"a-token-of-some-length\",\"expires_in\":7200}");
}

static bool wx_seen(const char *id)
{
	for (size_t i = 0; i < wx.ids; i++)
		if (strcmp(wx.id[i], id) == 0)
			return true;
	must(wx.ids < WX_IDS);
	(void)snprintf(wx.id[wx.ids++], sizeof *wx.id, "%s", id);
	return false;
}

static void wx_send(struct http_req *r, void *arg)
{
	size_t n;
	const char *body = http_body(r, &n), *content = "", *id = NULL;
	json_t *j = json_loadb(body, n, 0, NULL);
	(void)arg;
	must(json_unpack(j, "{s:{s:s}, s?s}", "text", "content", &content, "msgid", &id) == 0);
	must(strstr(body, "\\u") == NULL); /* the platform takes no escapes */
	bool again = id && wx_seen(id);
	if (!again) {
		buf_adds(&wx.got, content);
		buf_addc(&wx.got, '\n');
	}
	json_decref(j);
	if (again) { /* as the platform says it, held or not */
		wx_answer(r, "{\"errcode\":95033,\"errmsg\":\"repeated msgid\"}");
		return;
	}
	if (!wx.hold) {
		wx_answer(r, "{\"errcode\":0,\"errmsg\":\"ok\"}");
		return;
	}
	must(wx.helds < WX_HELD);
	wx.held[wx.helds++] = r;
}

static void wx_pull(struct http_req *r, void *arg)
{
	size_t n;
	const char *body = http_body(r, &n), *cursor = "";
	json_t *j = json_loadb(body, n, 0, NULL);
	char answer[600];
	(void)arg;
	must(json_unpack(j, "{s:s}", "cursor", &cursor) == 0);
	unsigned at = (unsigned)strtoul(cursor, NULL, 10);
	json_decref(j);
	wx.pulls = at == wx.pulled ? wx.pulls + 1 : 1;
	wx.pulled = at;
	if (at < wx.tolds)
		(void)snprintf(answer, sizeof answer, "{\"errcode\":0,\"next_cursor\":\"%u\",\"has_more\":1,\"msg_list\":[{\"msgid\":\"M%u\","
			"\"open_kfid\":\"wk1\",\"external_userid\":\"wmCitizen\",\"send_time\":1767000000,\"origin\":3,\"msgtype\":\"text\","
			"\"text\":{\"content\":\"in-%u\"}}]}", at + 1, wx.told[at], wx.told[at]);
	else
		(void)snprintf(answer, sizeof answer, "{\"errcode\":0,\"next_cursor\":\"%u\",\"has_more\":0,\"msg_list\":[]}", at);
	wx_answer(r, answer);
}

static void wx_names(struct http_req *r, void *arg)
{
	(void)arg;
	wx_answer(r, "{\"errcode\":0,\"customer_list\":[{\"external_userid\":\"wmCitizen\",\"nickname\":\"小李\"}]}");
}

static void wx_listen(void)
{
	struct err e = { 0 };
	wx.api = http_create(&world.loop, &(struct http_limits){ .connections = 100, .body = 1 << 20 }, &e);
	http_route(wx.api, "POST", "/cgi-bin/stable_token", wx_token, NULL);
	http_route(wx.api, "GET", "/cgi-bin/gettoken", wx_token, NULL);
	http_route(wx.api, "POST", "/cgi-bin/message/custom/send", wx_send, NULL);
	http_route(wx.api, "POST", "/cgi-bin/kf/send_msg", wx_send, NULL);
	http_route(wx.api, "POST", "/cgi-bin/kf/sync_msg", wx_pull, NULL);
	http_route(wx.api, "POST", "/cgi-bin/kf/customer/batchget", wx_names, NULL);
	if (http_listen(wx.api, "127.0.0.1", wx.port, &e) < 0)
		fail_msg("%s", e.words);
	wx.port = http_port(wx.api);
}

/* --- pushes --- */

static void wx_post(struct raw *r, const char *xml)
{
	struct envelope_key k = { .token = "token", .id = "wx0123456789", .has_aes = true };
	char plain[ENVELOPE_SIGNATURE + 1], sealed[ENVELOPE_SIGNATURE + 1];
	must(envelope_key_read(WX_KEY, k.aes));
	char *text = seal(&k, "0123456789abcdef", xml);
	envelope_sign(k.token, "1767000000", "nonce", NULL, plain);
	envelope_sign(k.token, "1767000000", "nonce", text, sealed);
	char *body = mem_printf("<xml><ToUserName>gh_1</ToUserName><Encrypt><![CDATA[%s]]></Encrypt></xml>", text);
	char *request = mem_printf("POST /it?signature=%s&timestamp=1767000000&nonce=nonce&encrypt_type=aes&msg_signature=%s HTTP/1.1\r\n"
		"Host: 127.0.0.1\r\nContent-Type: text/xml\r\nContent-Length: %zu\r\n\r\n%s", plain, sealed, strlen(body), body);
	raw_say(r, request);
	free(request);
	free(body);
	free(text);
}

static void wx_hush(unsigned n)
{
	if (!wx.say[n])
		return;
	raw_close(wx.say[n]);
	free(wx.say[n]);
	wx.say[n] = NULL;
}

static void wx_say(unsigned n)
{
	char xml[500];
	must(n < WX_SAID && wx.tolds < WX_SAID);
	wx_hush(n);
	if (!wx.wecom)
		(void)snprintf(xml, sizeof xml, "<xml><ToUserName>gh_1</ToUserName><FromUserName>oCitizen</FromUserName><CreateTime>1767000000"
			"</CreateTime><MsgType>text</MsgType><Content>in-%u</Content><MsgId>%u</MsgId></xml>", n, 1000 + n);
	else
		(void)snprintf(xml, sizeof xml, "<xml><ToUserName>ww</ToUserName><CreateTime>1767000000</CreateTime><MsgType>event</MsgType>"
			"<Event>kf_msg_or_event</Event><Token>ring</Token><OpenKfId>wk1</OpenKfId></xml>");
	if (!wx.refused[n])
		wx.told[wx.tolds++] = n;
	wx.refused[n] = false;
	wx.say[n] = mem_new(struct raw);
	raw_open(wx.say[n], &world.loop, http_port(world.http));
	wx_post(wx.say[n], xml);
}

static enum heard wx_heard(unsigned n)
{
	struct raw *r = wx.say[n];
	if (r == NULL)
		return HEARD_GONE;
	r->want = SIZE_MAX;
	raw_pull(r);
	if (!wx.wecom) {
		if (strstr(r->got, "\r\n\r\nsuccess"))
			return HEARD_TAKEN;
		return r->len ? HEARD_NEVER_AGAIN : r->ended ? HEARD_LATER : HEARD_NOTHING;
	}
	/* Its latest place in the list; asked for again, it was not kept. */
	unsigned at = wx.tolds;
	while (at > 0 && wx.told[at - 1] != n)
		at--;
	if (wx.pulled >= at)
		return HEARD_TAKEN;
	wx.refused[n] = wx.pulled + 1 == at && wx.pulls > 1;
	return wx.refused[n] ? HEARD_LATER : HEARD_NOTHING;
}

/* --- the peer --- */

static void wx_open(struct buf *lines, bool wecom)
{
	memset(&wx, 0, sizeof wx);
	wx.wecom = wecom;
	buf_init(&wx.got, 16 << 20);
	wx_listen();
	buf_addf(lines, "api_base = http://127.0.0.1:%d\nwindow = 4\nanswer_within = 1500\npath = /it\n", wx.port);
}

static void wechat_open(struct buf *lines)
{
	wx_open(lines, false);
}

static void wecom_open(struct buf *lines)
{
	wx_open(lines, true);
}

static void wx_meet(void)
{
	UNTIL(world.fake.up);
}

static const char *wx_to(void)
{
	return wx.wecom ? "wmCitizen" : "oCitizen";
}

static void wx_release(void)
{
	while (wx.helds > 0)
		wx_answer(wx.held[--wx.helds], "{\"errcode\":0,\"errmsg\":\"ok\"}");
}

static void wx_hold(bool hold)
{
	wx.hold = hold;
	if (!hold)
		wx_release();
}

static size_t wx_got(const char *text)
{
	size_t n = 0;
	for (const char *at = buf_str(&wx.got); (at = strstr(at, text)); at++)
		n++;
	return n;
}

static void wx_cut(void)
{
	if (!wx.api)
		return;
	http_destroy(&wx.api);
	wx_release(); /* nobody is there to hear it */
	for (unsigned n = 0; n < WX_SAID; n++)
		wx_hush(n);
}

static void wx_come_back(void)
{
	wx.hold = false;
	wx_listen();
}

static void wx_close(void)
{
	wx_cut();
	buf_fini(&wx.got);
}

static const struct peer wechat_peer = {
	.name = "wechat", .ops = &wechat_adapter, .window = 4,
	.required = "app_id = wx0123456789\napp_secret = secret\ntoken = token\nencoding_aes_key = " WX_KEY "\n",
	.open = wechat_open, .meet = wx_meet, .say = wx_say, .heard = wx_heard, .to = wx_to, .hold = wx_hold, .got = wx_got,
	.cut = wx_cut, .come_back = wx_come_back, .close = wx_close
};
static const struct peer wecom_peer = {
	.name = "wecom", .ops = &wecom_adapter, .window = 4, .in_turn = true,
	.required = "corp_id = wx0123456789\nsecret = secret\ntoken = token\nencoding_aes_key = " WX_KEY "\nopen_kfid = wk1\n",
	.open = wecom_open, .meet = wx_meet, .say = wx_say, .heard = wx_heard, .to = wx_to, .hold = wx_hold, .got = wx_got,
	.cut = wx_cut, .come_back = wx_come_back, .close = wx_close
};

#endif
