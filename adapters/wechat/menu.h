/* The Official Account's menu below the conversation, as administrators see and change it:
 *
 *   {"open":true,"button":[{"type":"click","name":"查询","key":"say:查询"},{"name":"办事","sub_button":[{"type":"view","name":"…","url":"…"}]}]}
 *
 * Limits are those of the platform's page "create a custom menu" (developers.weixin.qq.com/doc/service/api/custommenu). Pure. */
#ifndef XQ_WECHAT_MENU_H
#define XQ_WECHAT_MENU_H

#include <jansson.h>

#include "gateway/base/err.h"

enum { MENU_BUTTONS = 3, MENU_SUB_BUTTONS = 5, MENU_NAME_MAX = 16, MENU_SUB_NAME_MAX = 60, MENU_KEY_MAX = 128, MENU_URL_MAX = 1024 };

/* Why the platform would refuse it: 0, or E_RANGE with words that name the button, as "button 2.3". No buttons: the menu goes. */
int menu_check(const json_t *menu, struct err *e);
/* What menu/create wants of a checked one. New reference. */
json_t *menu_body(const json_t *menu);
/* From get_current_selfmenu_info, whichever way it was made. New reference; NULL: not of that form. */
json_t *menu_read(const json_t *answer);

#endif
