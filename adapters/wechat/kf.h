/* A message of WeCom customer service, as sync_msg lists it (developer.work.weixin.qq.com, "read messages"). Pure. */
#ifndef XQ_WECHAT_KF_H
#define XQ_WECHAT_KF_H

#include <jansson.h>

#include "adapters/wechat/push.h"

/* 1, or -1: not of that form. What staff wrote elsewhere, and what the platform adds, is PUSH_NOTHING. Strings live in the
 * arena or in item. */
int kf_read(struct arena *a, const json_t *item, struct push *out);

#endif
