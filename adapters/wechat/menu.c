#include "adapters/wechat/menu.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* What each type of button needs beside its name. */
static const struct { const char *type, *needs[3]; } TYPES[] = {
	{ "click", { "key" } }, { "view", { "url" } }, { "scancode_waitmsg", { "key" } }, { "scancode_push", { "key" } },
	{ "location_select", { "key" } }, { "pic_photo_or_album", { "key" } }, { "pic_sysphoto", { "key" } },
	{ "pic_weixin", { "key" } },
	{ "miniprogram", { "url", "appid", "pagepath" } }, { "media_id", { "media_id" } }, { "view_limited", { "media_id" } },
	{ "article_id", { "article_id" } }, { "article_view_limited", { "article_id" } },
};
static const char *const MEMBERS[] = { "type", "name", "key", "url", "appid", "pagepath", "media_id", "article_id" };

static const char *get(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));
	return s ? s : "";
}

/* --- what is wrong --- */

static int check_member(const json_t *b, const char *where, const char *name, struct err *e)
{
	const char *value = get(b, name);
	size_t most = strcmp(name, "key") == 0 ? MENU_KEY_MAX : MENU_URL_MAX;
	if (!*value)
		return err_set(e, E_RANGE, "button %s: its %s is missing", where, name);
	if (strlen(value) > most)
		return err_set(e, E_RANGE, "button %s: its %s has %zu bytes, %zu are the limit", where, name, strlen(value), most);
	if (strcmp(name, "url") == 0 && strncmp(value, "https://", 8) != 0 && strncmp(value, "http://", 7) != 0)
		return err_set(e, E_RANGE, "button %s: its url begins with https://", where);
	return 0;
}

static int check_type(const json_t *b, const char *where, struct err *e)
{
	const char *type = get(b, "type");
	for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
		if (strcmp(TYPES[i].type, type) != 0)
			continue;
		int rc = 0;
		for (size_t k = 0; rc == 0 && k < 3 && TYPES[i].needs[k]; k++)
			rc = check_member(b, where, TYPES[i].needs[k], e);
		return rc;
	}
	return err_set(e, E_RANGE, "button %s: there is no type '%.40s' that can be set from here", where, type);
}

static int check_name(const json_t *b, const char *where, size_t most, struct err *e)
{
	const char *name = get(b, "name");
	if (!*name || strspn(name, " \t") == strlen(name))
		return err_set(e, E_RANGE, "button %s: its name is missing", where);
	return strlen(name) <= most ? 0 :
		err_set(e, E_RANGE, "button %s: its name has %zu bytes, %zu are the limit", where, strlen(name), most);
}

static int check_list(const json_t *list, size_t most, const char *what, struct err *e)
{
	if (!json_is_array(list))
		return err_set(e, E_RANGE, "%s: a list is wanted", what);
	return json_array_size(list) <= most ? 0 : err_set(e, E_RANGE, "%s: at most %zu", what, most);
}

static int check_button(const json_t *b, unsigned at, struct err *e)
{
	char where[24];
	const json_t *sub = json_object_get(b, "sub_button"), *s;
	size_t i;
	(void)snprintf(where, sizeof where, "%u", at);
	int rc = check_name(b, where, MENU_NAME_MAX, e);
	if (rc < 0 || json_array_size(sub) == 0)
		return rc < 0 ? rc : check_type(b, where, e);
	rc = check_list(sub, MENU_SUB_BUTTONS, "sub-buttons", e);
	json_array_foreach((json_t *)(uintptr_t)sub, i, s) {
		(void)snprintf(where, sizeof where, "%u.%zu", at, i + 1);
		if (rc < 0 || (rc = check_name(s, where, MENU_SUB_NAME_MAX, e)) < 0 || (rc = check_type(s, where, e)) < 0)
			break;
	}
	return rc;
}

int menu_check(const json_t *menu, struct err *e)
{
	const json_t *list = json_object_get(menu, "button"), *b;
	size_t i;
	int rc = check_list(list, MENU_BUTTONS, "buttons", e);
	json_array_foreach((json_t *)(uintptr_t)list, i, b)
		if (rc < 0 || (rc = check_button(b, (unsigned)i + 1, e)) < 0)
			break;
	return rc;
}

/* --- to and from the platform --- */

/* Its own members, and nothing else of what somebody sent. */
static json_t *button(const json_t *from)
{
	json_t *o = json_object();
	for (size_t i = 0; i < sizeof MEMBERS / sizeof *MEMBERS; i++)
		if (*get(from, MEMBERS[i]))
			must(json_object_set_new(o, MEMBERS[i], json_string(get(from, MEMBERS[i]))) == 0);
	return o;
}

static json_t *buttons(const json_t *list, bool with_subs)
{
	json_t *out = json_array();
	const json_t *b;
	size_t i;
	json_array_foreach((json_t *)(uintptr_t)list, i, b) {
		json_t *o = button(b);
		const json_t *sub = json_object_get(b, "sub_button");
		if (json_is_object(sub)) /* get_current_selfmenu_info has one level more */
			sub = json_object_get(sub, "list");
		if (with_subs && json_array_size(sub) > 0) {
			must(json_object_set_new(o, "sub_button", buttons(sub, false)) == 0);
			(void)json_object_del(o, "type");
			(void)json_object_del(o, "key");
			(void)json_object_del(o, "url");
		}
		must(json_array_append_new(out, o) == 0);
	}
	return out;
}

json_t *menu_body(const json_t *menu)
{
	return json_pack("{s:o}", "button", buttons(json_object_get(menu, "button"), true));
}

json_t *menu_read(const json_t *answer)
{
	const json_t *info = json_object_get(answer, "selfmenu_info");
	if (!json_is_object(info) && json_object_get(answer, "is_menu_open") == NULL)
		return NULL;
	return json_pack("{s:b, s:o}", "open", json_integer_value(json_object_get(answer, "is_menu_open")) != 0, "button",
		buttons(json_object_get(info, "button"), true));
}
