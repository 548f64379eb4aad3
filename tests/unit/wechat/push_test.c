/* What the platforms push, read into one form: XML of an Official Account, JSON of WeCom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/wechat/kf.h"
#include "adapters/wechat/push.h"
#include "gateway/base/utf8.h"

static struct arena *arena;

static int begin(void **state)
{
	(void)state;
	arena = arena_create(4096);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_destroy(&arena);
	return 0;
}

static int xml(const char *text, struct xml_fields *f)
{
	return xml_read(arena, text, strlen(text), f);
}

/* A push with these members behind the common ones. */
static int pushed(const char *members, struct push *p)
{
	struct xml_fields f;
	char *text = mem_printf("<xml><ToUserName><![CDATA[gh_12345]]></ToUserName><FromUserName><![CDATA[oCitizen_1]]></FromUserName>"
		"<CreateTime>1767000000</CreateTime>%s</xml>", members);
	int rc = xml(text, &f);
	free(text);
	return rc < 0 ? rc : push_read(arena, &f, p);
}

static struct push message(const char *type, const char *members)
{
	struct push p;
	char *all = mem_printf("<MsgType><![CDATA[%s]]></MsgType><MsgId>6054768590064713728</MsgId>%s", type, members);
	assert_int_equal(pushed(all, &p), 1);
	free(all);
	assert_string_equal(p.id, "m6054768590064713728");
	assert_string_equal(p.from, "oCitizen_1");
	assert_string_equal(p.to, "gh_12345");
	assert_true(p.at == 1767000000000);
	return p;
}

static struct push event(const char *name, const char *members)
{
	struct push p;
	char *all = mem_printf("<MsgType>event</MsgType><Event>%s</Event>%s", name, members);
	assert_int_equal(pushed(all, &p), 1);
	free(all);
	return p;
}

/* --- XML --- */

static void fields_come_with_their_path_and_nothing_is_trimmed(void **state)
{
	(void)state;
	struct xml_fields f;
	assert_int_equal(xml("<xml><A> a&lt;b </A><B><![CDATA[x\ny]]></B><L><I>1</I></L><L><I>2</I></L><E/></xml>", &f), 1);
	assert_string_equal(xml_get(&f, "A"), " a<b ");
	assert_string_equal(xml_get(&f, "B"), "x\ny");
	assert_string_equal(xml_get(&f, "L/I"), "1");
	assert_string_equal(xml_get(&f, "E"), "");
	assert_null(xml_get(&f, "L"));
	assert_null(xml_get(&f, "I"));
}

static void a_doctype_and_all_it_could_bring_is_refused(void **state)
{
	(void)state;
	struct xml_fields f;
	static const char *const evil[] = {
		"<!DOCTYPE xml><xml><A>1</A></xml>",
		"<!DOCTYPE xml [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><xml><A>&x;</A></xml>",
		"<!DOCTYPE xml SYSTEM \"http://127.0.0.1:1/x.dtd\"><xml><A>1</A></xml>",
		("<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">"
			"<!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\"><!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;\">]><xml><A>&e;</A></xml>"),
		"<!DOCTYPE xml [<!ENTITY % p SYSTEM \"file:///etc/passwd\">%p;]><xml/>",
		"<xml><A>&unknown;</A></xml>",
	};
	for (size_t i = 0; i < sizeof evil / sizeof *evil; i++)
		assert_int_equal(xml(evil[i], &f), -1);
}

static void what_is_no_xml_or_too_much_of_it_is_refused(void **state)
{
	(void)state;
	struct xml_fields f;
	struct buf b;
	assert_int_equal(xml("", &f), -1);
	assert_int_equal(xml("{\"a\":1}", &f), -1);
	assert_int_equal(xml("<xml><A>1</xml>", &f), -1);
	assert_int_equal(xml("<xml><A>1</A></xml><xml/>", &f), -1);
	assert_int_equal(xml("<xml><A>\xff\xfe</A></xml>", &f), -1);
	assert_int_equal(xml_read(arena, "<xml>\0</xml>", 12, &f), -1);
	buf_init(&b, 1 << 20);
	for (int i = 0; i < XML_DEPTH_MAX + 1; i++)
		buf_adds(&b, "<a>");
	for (int i = 0; i < XML_DEPTH_MAX + 1; i++)
		buf_adds(&b, "</a>");
	assert_int_equal(xml(buf_str(&b), &f), -1);
	buf_clear(&b);
	buf_adds(&b, "<xml>");
	for (int i = 0; i < XML_FIELDS_MAX + 1; i++)
		buf_adds(&b, "<a/>");
	buf_adds(&b, "</xml>");
	assert_int_equal(xml(buf_str(&b), &f), -1);
	buf_fini(&b);
}

/* --- messages --- */

static void each_kind_of_message_says_what_it_is(void **state)
{
	(void)state;
	struct push p = message("text", "<Content><![CDATA[路灯坏了\n第二行 ]]></Content>");
	assert_int_equal(p.kind, PUSH_MESSAGE);
	assert_string_equal(p.text, "路灯坏了\n第二行 ");
	assert_int_equal(p.note.event, STANDING_MESSAGE);
	p = message("image", "<PicUrl>http://x/1</PicUrl><MediaId>mid-1</MediaId>");
	assert_int_equal(p.media, MEDIA_IMAGE);
	assert_string_equal(p.media_id, "mid-1");
	p = message("voice", "<MediaId>mid-2</MediaId><Format>amr</Format><Recognition>我要投诉</Recognition>");
	assert_int_equal(p.media, MEDIA_VOICE);
	assert_string_equal(p.text, "我要投诉");
	assert_int_equal(message("video", "<MediaId>m</MediaId>").media, MEDIA_VIDEO);
	assert_int_equal(message("shortvideo", "<MediaId>m</MediaId>").media, MEDIA_VIDEO);
	p = message("location", "<Location_X>23.134521</Location_X><Location_Y>113.358803</Location_Y><Scale>20</Scale><Label>人民路 1号</Label>");
	assert_string_equal(p.text, "📍 人民路 1号\n23.134521,113.358803\n"
		"https://apis.map.qq.com/uri/v1/marker?marker=coord:23.134521,113.358803;title:%E4%BA%BA%E6%B0%91%E8%B7%AF%201%E5%8F%B7");
	p = message("link", "<Title>t</Title><Description>d</Description><Url>https://x/</Url>");
	assert_string_equal(p.text, "t\nd\nhttps://x/");
	p = message("miniprogrampage", "<Title>办事</Title><AppId>wx9</AppId><PagePath>pages/a</PagePath>");
	assert_string_equal(p.text, "办事\nwx9 pages/a");
	assert_string_equal(message("hologram", "").text, "[hologram]"); /* never lost, though nobody knows it */
	assert_string_equal(message("全息影像全息影像全息影像全息影像", "").text, "[全息影像全息影像全息影像全]");
}

static void a_place_with_strange_coordinates_makes_no_link(void **state)
{
	(void)state;
	struct push p = message("location", "<Location_X>1;title:x&amp;y</Location_X><Location_Y>2</Location_Y><Label>某处</Label>");
	assert_string_equal(p.text, "📍 某处");
}

static void a_tapped_survey_item_is_a_rating(void **state)
{
	(void)state;
	char member[100];
	(void)snprintf(member, sizeof member, "<Content>满意</Content><bizmsgmenuid>%llu</bizmsgmenuid>",
		(unsigned long long)push_menu_id(0xABCDEF0123456, 4, SOLVED_UNSAID));
	struct push p = message("text", member);
	assert_int_equal(p.kind, PUSH_RATING);
	assert_true(p.survey == 0xABCDEF0123456);
	assert_int_equal(p.rating, 4);
	assert_int_equal(p.note.event, STANDING_TAP);
	(void)snprintf(member, sizeof member, "<bizmsgmenuid>%llu</bizmsgmenuid>", (unsigned long long)push_menu_id(7, 0, SOLVED_NO));
	p = message("text", member);
	assert_int_equal(p.rating, 0);
	assert_int_equal(p.solved, SOLVED_NO);
	static const char *const foreign[] = { "0", "7", "8", "15", "-9", "101abc", "99999999999999999999999", "" };
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
		(void)snprintf(member, sizeof member, "<Content>x</Content><bizmsgmenuid>%s</bizmsgmenuid>", foreign[i]);
		assert_int_equal(message("text", member).kind, PUSH_MESSAGE);
	}
}

/* --- events --- */

static void events_are_known_again_by_sender_time_and_kind(void **state)
{
	(void)state;
	struct push a = event("SCAN", "<EventKey>1</EventKey>"), b = event("SCAN", "<EventKey>1</EventKey>"),
		c = event("SCAN", "<EventKey>2</EventKey>"), d = event("subscribe", "<EventKey></EventKey>");
	assert_string_equal(a.id, b.id);
	assert_string_not_equal(a.id, c.id);
	assert_string_not_equal(a.id, d.id);
	a = event("停水通知停水通知停水通知停水", "<EventKey>投诉建议咨询求助表扬举报投诉建议咨询求助表扬举报投诉建议咨询求助表扬</EventKey>");
	assert_true(utf8_valid(a.id, strlen(a.id))); /* no letter is cut in two: a database of text takes it */
}

static void follows_scans_and_leaving_are_signs(void **state)
{
	(void)state;
	struct push p = event("subscribe", "<EventKey>qrscene_counter-3</EventKey>");
	assert_int_equal(p.kind, PUSH_NOTE);
	assert_int_equal(p.note.event, STANDING_TAP);
	assert_string_equal(p.note.scene, "counter-3");
	assert_null(event("subscribe", "<EventKey></EventKey>").note.scene);
	assert_string_equal(event("SCAN", "<EventKey>urban</EventKey>").note.scene, "urban");
	assert_int_equal(event("unsubscribe", "").note.event, STANDING_GONE);
	assert_int_equal(event("CLICK", "<EventKey>about</EventKey>").kind, PUSH_NOTE);
	assert_int_equal(event("VIEW", "<EventKey>https://x/</EventKey>").kind, PUSH_NOTHING);
	assert_int_equal(event("LOCATION", "<Latitude>1</Latitude>").kind, PUSH_NOTHING);
	p = event("CLICK", "<EventKey>say:查询</EventKey>");
	assert_int_equal(p.kind, PUSH_MESSAGE);
	assert_string_equal(p.text, "查询");
}

static void receipts_find_what_was_sent(void **state)
{
	(void)state;
	struct push p = event("TEMPLATESENDJOBFINISH", "<MsgID>200163836</MsgID><Status>success</Status>");
	assert_int_equal(p.kind, PUSH_RECEIPT);
	assert_string_equal(p.receipt, "200163836");
	assert_int_equal(p.state, OUT_DELIVERED);
	p = event("TEMPLATESENDJOBFINISH", "<MsgID>1</MsgID><Status>failed:user block</Status>");
	assert_int_equal(p.state, OUT_FAILED);
	assert_string_equal(p.reason, "failed:user block");
	assert_int_equal(p.note.event, STANDING_REFUSING);
	p = event("TEMPLATESENDJOBFINISH", "<MsgID>1</MsgID><Status>failed: system failed</Status>");
	assert_int_equal(p.state, OUT_FAILED);
	assert_false(p.noted);
	p = event("subscribe_msg_sent_event", "<SubscribeMsgSentEvent><List><TemplateId>T1</TemplateId><MsgID>9</MsgID><ErrorCode>0</ErrorCode>"
		"<ErrorStatus>success</ErrorStatus></List></SubscribeMsgSentEvent>");
	assert_int_equal(p.state, OUT_DELIVERED);
	assert_string_equal(p.receipt, push_notice_id(arena, "oCitizen_1", "T1"));
}

static void what_is_not_of_the_platforms_form_is_malformed(void **state)
{
	(void)state;
	struct push p;
	struct xml_fields f;
	assert_int_equal(pushed("<MsgType>text</MsgType><Content>x</Content>", &p), -1); /* no MsgId */
	assert_int_equal(pushed("<MsgType>text</MsgType><MsgId>abc</MsgId>", &p), -1);
	assert_int_equal(pushed("<MsgType>event</MsgType>", &p), -1);
	assert_int_equal(pushed("<MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event>", &p), -1);
	assert_int_equal(pushed("", &p), -1);
	assert_int_equal(xml("<xml><ToUserName>a</ToUserName><FromUserName>b c</FromUserName><CreateTime>1</CreateTime>"
		"<MsgType>text</MsgType><MsgId>1</MsgId></xml>", &f), 1);
	assert_int_equal(push_read(arena, &f, &p), -1);
}

/* --- WeCom --- */

static int kf(const char *text, struct push *p)
{
	json_t *j = json_loads(text, 0, NULL);
	assert_non_null(j);
	int rc = kf_read(arena, j, p);
	const char **const strings[] = { &p->text, &p->from, &p->to, &p->media_id, &p->receipt, &p->note.scene };
	for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
		*strings[i] = arena_strdup(arena, *strings[i]);
	json_decref(j);
	return rc;
}

#define KF(rest) "{\"msgid\":\"M1\",\"open_kfid\":\"wk1\",\"external_userid\":\"wm1\",\"send_time\":1767000000,\"origin\":3," rest "}"

static void wecoms_messages_become_the_same(void **state)
{
	(void)state;
	struct push p;
	assert_int_equal(kf(KF("\"msgtype\":\"text\",\"text\":{\"content\":\"停水\",\"menu_id\":\"\"}"), &p), 1);
	assert_int_equal(p.kind, PUSH_MESSAGE);
	assert_string_equal(p.text, "停水");
	assert_string_equal(p.id, "kM1");
	assert_string_equal(p.to, "wk1");
	assert_int_equal(kf(KF("\"msgtype\":\"text\",\"text\":{\"content\":\"满意\",\"menu_id\":\"60\"}"), &p), 1);
	assert_int_equal(p.kind, PUSH_RATING);
	assert_true(p.survey == 7 && p.rating == 4);
	assert_int_equal(kf(KF("\"msgtype\":\"image\",\"image\":{\"media_id\":\"m\"}"), &p), 1);
	assert_int_equal(p.media, MEDIA_IMAGE);
	assert_int_equal(kf(KF("\"msgtype\":\"location\",\"location\":{\"latitude\":23.1,\"longitude\":113.3,\"name\":\"A\",\"address\":\"B\"}"), &p), 1);
	assert_string_equal(p.text, "📍 A\nB\n23.100000,113.300000\n"
		"https://apis.map.qq.com/uri/v1/marker?marker=coord:23.100000,113.300000;title:A");
	assert_int_equal(kf("{\"msgid\":\"M2\",\"send_time\":1,\"origin\":5,\"external_userid\":\"w\",\"open_kfid\":\"k\",\"msgtype\":\"text\","
		"\"text\":{\"content\":\"from staff\"}}", &p), 1);
	assert_int_equal(p.kind, PUSH_NOTHING);
	assert_int_equal(kf("{\"msgid\":\"M3\",\"send_time\":1,\"origin\":4,\"msgtype\":\"event\",\"event\":{\"event_type\":\"msg_send_fail\","
		"\"external_userid\":\"w\",\"open_kfid\":\"k\",\"fail_msgid\":\"x1p0\",\"fail_type\":4}}", &p), 1);
	assert_int_equal(p.kind, PUSH_RECEIPT);
	assert_string_equal(p.receipt, "x1p0");
	assert_int_equal(p.state, OUT_FAILED);
	assert_int_equal(kf("{\"msgid\":\"M4\",\"send_time\":1,\"origin\":4,\"msgtype\":\"event\",\"event\":{\"event_type\":\"enter_session\","
		"\"external_userid\":\"w\",\"open_kfid\":\"k\",\"scene\":\"abc\",\"scene_param\":\"counter-3\"}}", &p), 1);
	assert_string_equal(p.note.scene, "counter-3");
	assert_int_equal(kf("{\"msgid\":\"M5\",\"send_time\":1,\"origin\":3,\"external_userid\":\"w\",\"open_kfid\":\"k\","
		"\"msgtype\":\"全息影像全息影像全息影像全息影像\"}", &p), 1);
	assert_string_equal(p.text, "[全息影像全息影像全息影像全]");
	assert_int_equal(kf("{\"msgid\":1}", &p), -1);
	assert_int_equal(kf("[]", &p), -1);
	assert_int_equal(kf("{\"msgid\":\"M\",\"send_time\":1,\"origin\":3,\"msgtype\":\"text\",\"text\":{\"content\":\"nobody's\"}}", &p), -1);
}

#define ONE(name) cmocka_unit_test_setup_teardown(name, begin, end)
int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(fields_come_with_their_path_and_nothing_is_trimmed), ONE(a_doctype_and_all_it_could_bring_is_refused),
		ONE(what_is_no_xml_or_too_much_of_it_is_refused), ONE(each_kind_of_message_says_what_it_is),
		ONE(a_place_with_strange_coordinates_makes_no_link), ONE(a_tapped_survey_item_is_a_rating),
		ONE(events_are_known_again_by_sender_time_and_kind), ONE(follows_scans_and_leaving_are_signs),
		ONE(receipts_find_what_was_sent), ONE(what_is_not_of_the_platforms_form_is_malformed),
		ONE(wecoms_messages_become_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
