/* HTML that libxml2 cannot bear: its words are read all the same, and soon. */
#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "adapters/email/html.h"
#include "adapters/email/html_doc.h"
#include "adapters/email/mime.h"
#include "adapters/email/rich.h"
#include "gateway/model/message.h"
#include "mails.h"

enum { PAGE_MAX = 32 << 20 };
static struct buf html, text;

static void begin(const char *words)
{
	buf_init(&html, 16 << 20);
	buf_adds(&html, words);
}

static void again(const char *words, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		buf_adds(&html, words);
}

static void names(unsigned count, const char *between)
{
	for (unsigned i = 0; i < count; i++)
		buf_addf(&html, "%sa%x", between, i);
}

/* What html says; it is let go. */
static const char *read_html(const char *end)
{
	buf_adds(&html, end);
	assert_false(html.overflow);
	mime_init();
	buf_fini(&text);
	buf_init(&text, MSG_TEXT_MAX - 1);
	struct html_budget left = HTML_BUDGET;
	html_to_text(buf_str(&html), html.len, &left, &text, NULL);
	buf_fini(&html);
	return buf_str(&text);
}

static bool bearable(const char *end)
{
	buf_adds(&html, end);
	struct html_budget left = HTML_BUDGET;
	htmlDocPtr doc = html_doc(buf_str(&html), html.len, &left);
	bool read = doc != NULL;
	xmlFreeDoc(doc);
	buf_fini(&html);
	return read;
}

static void words_nested_too_deep_are_read(void **state)
{
	(void)state;
	begin("<head><title>no</title><style>p{color:red}</style></head><p>first &lt;words&gt;</p><!-- <p>no</p> -->");
	again("<font>", 300);
	assert_string_equal(read_html("1 < 2<script>no()</script><P class=x>Road&nbsp;5</p>a<br/>b"),
		"first <words>\n1 < 2\nRoad 5\na\nb");
	begin("<p>first</p>");
	again("<div>", 100000);
	assert_string_equal(read_html("last"), "first\n\nlast");
	begin("");
	again("<div>", 300);
	again("<!--", 100000);
	again("<script>", 100000);
	assert_non_null(strstr(read_html(" last"), " last"));
	begin("");
	again("<div>", 300);
	again("<a", 100000);
	assert_non_null(strstr(read_html(" last"), " last"));
	assert_true((begin(""), again("<font>", 240), bearable("x")));
}

static void a_tag_of_very_many_attributes_takes_no_time(void **state)
{
	(void)state;
	static const char *const before[] = { "<p>first</p><p", "<p>first</p><!-- <b c=\"--><p", "<p>first</p><p ' x", "<p>first</p><p = \" x",
		"<p>first</p><p x=y=\" z", "<p>first</p><script><b c='</script><p", "<p>first</p><p\n/ x='1'y='2'" };
	for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
		clock_t from = clock();
		begin(before[i]);
		names(60000, i % 2 ? "\r\n" : " ");
		assert_non_null(strstr(read_html(">last"), "first"));
		assert_true(clock() - from < 2 * CLOCKS_PER_SEC);
	}
	begin("<p ");
	for (unsigned i = 0; i < 300; i++)
		buf_addf(&html, "a%099u", i); /* libxml2 makes one of each hundred */
	assert_false(bearable(">x"));
	begin("<p x");
	names(HTML_DOC_ATTRIBUTES + 1, "='1'");
	assert_false(bearable(">x"));
}

static void what_mail_programs_write_keeps_its_shape(void **state)
{
	(void)state;
	begin("<table><tr><td style=\"");
	again("font-size: 12px; color: red; ", 300);
	buf_adds(&html, "\" a=b");
	names(HTML_DOC_ATTRIBUTES - 10, "\n");
	buf_adds(&html, ">one<td>two</table><img alt='it''s");
	again(" a > b", 300);
	buf_adds(&html, "'>");
	const char *said = read_html("<ul><li>three</ul>");
	assert_non_null(strstr(said, "one | two"));
	begin("<ul><li>one<li>two</ul>if a < b then ");
	again(" words", 3000);
	assert_non_null(strstr(read_html(""), "- one\n- two"));
}

static void words_behind_eight_megabytes_of_pictures_are_read(void **state)
{
	(void)state;
	begin("<p>above</p><img src=\"data:image/png;base64,");
	again("iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACN", 220000);
	assert_string_equal(read_html("\"><p>below</p>"), "above\n\nbelow");
}

static void a_layout_is_shown_whole_or_not_at_all(void **state)
{
	(void)state;
	for (unsigned deep = 230; deep <= 300; deep += 70) {
		begin("From: a@b.cn\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>first</p>");
		again("<font>", deep);
		buf_adds(&html, "last");
		mime_init();
		buf_fini(&text);
		buf_init(&text, PAGE_MAX);
		bool shown = rich_html(buf_str(&html), html.len, &text);
		assert_true(shown == (deep < 256));
		assert_true(!shown || strstr(buf_str(&text), "last"));
		buf_fini(&html);
	}
}

/* --- what is read costs little, whatever it is: counted by what libxml2 makes of it --- */

static size_t nodes;

static void node_made(xmlNodePtr n)
{
	(void)n;
	nodes++;
}

/* The mail in html, which is let go. */
static const struct msg_in *read_counted(void)
{
	assert_false(html.overflow);
	mime_init();
	nodes = 0;
	xmlRegisterNodeDefault(node_made);
	const struct msg_in *in = read_mail(buf_str(&html), html.len);
	xmlDeregisterNodeDefault(node_made);
	buf_fini(&html);
	return in;
}

enum { NODES_MAX = 400000 };

static void a_mail_of_nothing_but_tags_is_read_without_its_shape(void **state)
{
	static const char *const tag[] = { "<p>", "<b></b>", "<table><tr><td>", "<!---->", "</i>", "<img alt=x>", "<i a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8>" };
	(void)state;
	for (size_t i = 0; i < sizeof tag / sizeof *tag; i++) {
		begin("From: a@b.cn\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<ul><li>first</ul>");
		while (html.len < 7 << 20)
			buf_adds(&html, tag[i]);
		buf_adds(&html, "caf&eacute; &lt; &#36335;&#x706f;&nbsp;last");
		const struct msg_in *in = read_counted();
		assert_non_null(strstr(in->text, "first") && strstr(in->text, "caf\xC3\xA9 < 路灯 last") ? in->text : NULL);
		assert_true(nodes < NODES_MAX);
	}
}

static void a_mail_of_many_parts_costs_no_more_than_one(void **state)
{
	(void)state;
	begin("From: a@b.cn\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n");
	for (unsigned i = 0; i < 60; i++) {
		buf_addf(&html, "\r\n--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<ul><li>words%u</ul>", i);
		again("<b></b>", 10000);
	}
	buf_adds(&html, "\r\n--x--\r\n");
	const struct msg_in *in = read_counted();
	assert_true(nodes < NODES_MAX);
	assert_non_null(strstr(in->text, "- words0\n"));
	for (unsigned i = 0; i < 60; i++) {
		char said[16];
		snprintf(said, sizeof said, "words%u\n", i);
		assert_non_null(strstr(in->text, i < 59 ? said : "words59"));
	}
}

static void attributes_of_many_tags_are_counted(void **state)
{
	(void)state;
	for (unsigned tags = 10; tags <= 10000; tags *= 1000) {
		begin("");
		for (unsigned i = 0; i < tags; i++) {
			again("<p ", 1);
			names(HTML_DOC_ATTRIBUTES - 10, " ");
			again(">", 1);
		}
		assert_true(bearable("x") == (tags == 10));
	}
}

static void what_an_office_sends_keeps_its_shape(void **state)
{
	(void)state;
	begin("<table>");
	for (unsigned i = 0; i < 2500; i++)
		buf_addf(&html, "<tr height=18 style='height:13.5pt'>%s", "<td class=xl65 width=72 style='width:54pt'>1</td><td class=xl65>2</td><td>3</td>"
			"<td align=right>4</td><td class=xl65>5</td><td>6</td><td>7</td><td>8</td></tr>\n");
	assert_non_null(strstr(read_html("<tr><td>one<td>two</table>"), "one | two"));
}

static void an_address_that_a_link_shows_is_not_said_again(void **state)
{
	(void)state;
	begin("<a href=http://x.cn/a>see <b>http://x.cn/a</b></a> <a href='http://x.cn/b'>there</a>");
	assert_string_equal(read_html(""), "see http://x.cn/a there <http://x.cn/b>");
}

static void a_word_longer_than_the_text_may_be_is_cut(void **state)
{
	(void)state;
	begin("<p>");
	again("路灯", 200000);
	const char *said = read_html("</p>");
	assert_true(text.overflow && strlen(said) > MSG_TEXT_MAX - 8 && !strncmp(said, "路灯", strlen("路灯")));
}

static int end(void **state)
{
	(void)state;
	buf_fini(&text);
	return mails_end(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_nested_too_deep_are_read),
		cmocka_unit_test(words_behind_eight_megabytes_of_pictures_are_read),
		cmocka_unit_test(a_layout_is_shown_whole_or_not_at_all),
		cmocka_unit_test(what_mail_programs_write_keeps_its_shape),
		cmocka_unit_test(what_an_office_sends_keeps_its_shape),
		cmocka_unit_test(a_mail_of_nothing_but_tags_is_read_without_its_shape),
		cmocka_unit_test(a_mail_of_many_parts_costs_no_more_than_one),
		cmocka_unit_test(attributes_of_many_tags_are_counted),
		cmocka_unit_test(an_address_that_a_link_shows_is_not_said_again),
		cmocka_unit_test(a_word_longer_than_the_text_may_be_is_cut),
		cmocka_unit_test(a_tag_of_very_many_attributes_takes_no_time),
	};
	return cmocka_run_group_tests(tests, NULL, end);
}
