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
	html_to_text(buf_str(&html), html.len, &text, NULL);
	buf_fini(&html);
	return buf_str(&text);
}

static bool bearable(const char *end)
{
	buf_adds(&html, end);
	htmlDocPtr doc = html_doc(buf_str(&html), html.len);
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

static int end(void **state)
{
	(void)state;
	buf_fini(&text);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_nested_too_deep_are_read),
		cmocka_unit_test(words_behind_eight_megabytes_of_pictures_are_read),
		cmocka_unit_test(a_layout_is_shown_whole_or_not_at_all),
		cmocka_unit_test(what_mail_programs_write_keeps_its_shape),
		cmocka_unit_test(a_tag_of_very_many_attributes_takes_no_time),
	};
	return cmocka_run_group_tests(tests, NULL, end);
}
