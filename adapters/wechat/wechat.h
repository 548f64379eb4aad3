/* WeChat: an Official Account (公众号, type `wechat`) and WeCom customer service (微信客服, type `wecom`).
 *
 * In:  the platform pushes to our route; "success" is said after the commit and within its five seconds, or nothing at all,
 *      so that it asks again (three tries). What is pushed twice is known by its id. WeCom's push is only a doorbell: the
 *      messages are pulled by a cursor that is stored with them.
 * Out: customer-service messages within the window a citizen has opened, template or subscription messages outside it, where
 *      the configuration maps them; else SENT_CLOSED. */
#ifndef XQ_WECHAT_WECHAT_H
#define XQ_WECHAT_WECHAT_H

#include "gateway/adapter.h"

extern const struct adapter_ops wechat_adapter, wecom_adapter;

#endif
