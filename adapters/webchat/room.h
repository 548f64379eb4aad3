/* What the files of this room share: the adapter's own state. */
#ifndef XQ_WEBCHAT_ROOM_H
#define XQ_WEBCHAT_ROOM_H

#include "adapters/webchat/files.h"
#include "adapters/webchat/pages.h"
#include "adapters/webchat/peers.h"
#include "gateway/adapter.h"

enum {
	CHAT_TEXT_LIMIT = 8000,      /* code points of one message; four bytes each still fit a frame */
	CHAT_QUEUE_MAX = 16 << 20,   /* bytes waiting for one slow reader */
	CHAT_PING_S = 30,
	CHAT_HELLO_S = 20,           /* until the first frame */
	CHAT_PAGE_ITEMS = 50,        /* of history at once */
	CHAT_REPLAY_QUEUE = 1 << 18, /* bytes waiting; above it the next page of history waits too */
	CHAT_REPLAY_LOOK_MS = 100,
	CHAT_BURST = 20, CHAT_BURST_MS = 10000,
	CHAT_TYPING_MS = 2000        /* at most one word of typing in this time goes to the staff */
};

struct webchat_config {
	struct config_list origins, proxies;
	const char *greeting;
	const char *identity_secret; /* or NULL: nobody vouches */
	int max_text;
	int max_files;  /* of one message; 0: none */
	int max_file;   /* MiB */
	struct config_list file_types;
};

/* The files of one message. */
struct chat_files {
	struct msg_attachment attachment[CHAT_FILES_MAX]; /* pointing into file */
	struct file_ref file[CHAT_FILES_MAX];
	size_t n;
};

/* A message that waits for its commit. */
struct chat_ack {
	struct chat_ack *next, **link;
	struct chat_session *session; /* counted in its refs */
	char peer[CHAT_PEER_LEN + 1];
	char *id, *survey, *text;     /* survey: it is a rating; text and files: to show it in the other tabs */
	struct chat_files *files;     /* or NULL */
	int64_t at;
};

/* The answer to a send(), given on the loop's next turn: the gateway may still be busy with the call. */
struct chat_outcome {
	struct chat_outcome *next;
	const struct msg_out *message;
	enum sent sent;
};

struct chat_timers {
	uv_timer_t outcome, replay; /* replay: looks again at sessions whose queue was long */
	unsigned open;
};

struct webchat {
	struct adapter base; /* first */
	struct adapter_host host;
	const struct webchat_config *config;
	struct chat_pages *pages;
	struct chat_peers peers;
	struct chat_session *sessions;
	struct chat_ack *acks;
	struct chat_outcome *outcome, **last_outcome;
	struct chat_upload *uploads; /* files being written */
	struct chat_phone *phones;   /* steps of proving a mobile number, under way */
	unsigned uploading;
	struct chat_give *gives;     /* files asked for, not yet allowed */
	struct chat_timers *timers;
	struct metric *connections;
	struct buf frame; /* the one being written */
	bool draining, drained;
};

/* Ends a drain once nothing is under way. */
void webchat_settle(struct webchat *chat);

#endif
