/* The web chat: WebSocket protocol 1 (protocol.h) at /chat/ws, the page /chat and the script /widget.js.
 *
 * A citizen is whoever holds a token (identity.h); each of his open connections is a session (session.h). A message is
 * acknowledged only after its commit; a reply counts as accepted when it was written to an open connection of his, and
 * is parked while there is none: it waits in the history, which every connection is given first. */
#ifndef XQ_WEBCHAT_H
#define XQ_WEBCHAT_H

#include "gateway/adapter.h"

extern const struct adapter_ops webchat_adapter;

#endif
