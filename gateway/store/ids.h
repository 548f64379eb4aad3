/* Inside the store's room: what channels call messages. Some of it tells who wrote: a mail's Message-ID, the chat's ids,
 * which begin with the citizen's address, WeChat's id of a notice, which has his openid in it. Where the store is sealed
 * (sealed.h) a message, a part or a receipt is found by the id's mark, a keyed hash, and the id itself stands sealed in the
 * message's own row, for those who show it.
 *
 * The marks' key is random, stands in the store sealed by the newest key, and stays the same when that changes: of most ids
 * nothing is kept that they could be marked by anew. A store of several gateways begins to mark only when no other one runs,
 * which may be of a version that looks for ids as they are; until then they are stored as before.
 *
 * Of a mail's id, "<…>#" and a hash, what is in brackets is marked and the rest stays: an answer names the brackets
 * alone. */
#ifndef XQ_STORE_IDS_H
#define XQ_STORE_IDS_H

#include "gateway/store/tx.h"

enum { IDS_MAX = BLINDS_MAX + 1 };

/* What a look-up asks for: in out[], in this order, the last one is what is written now. How many. */
size_t id_keys(struct tx *, const char *id, const char *out[IDS_MAX]);
const char *id_key(struct tx *, const char *id); /* the last one */
/* tx_one() by (channel, key), for each of them until one is found. */
int id_one(struct tx *, enum stmt s, const char *channel, const char *id, fill_f *fill, void *out);

/* Before a row is written over: the one that stands under an older form of its id. */
enum ids_of { IDS_EARLY, IDS_INTAKE, IDS_PART, IDS_TABLES };
int ids_drop_older(struct tx *, enum ids_of, const char *channel, const char *id);

/* The marks' key, sealed anew where the newest key is another by now. first: as in sealer_open(); may: one may be made where
 * there is none; *begun: it was, and every row is to be walked. */
int ids_open(struct tx *, bool first, bool may, bool *begun, struct err *e);
/* Rows that are found by an id as it is: of this table the next `limit` behind `after` ("": from the first on). *last: where
 * it came to; *n: how many it looked at. */
const char *ids_table(enum ids_of at);
int ids_mark_again(struct tx *, enum ids_of at, const char *after, unsigned limit, const char **last, size_t *n);
/* How many of the tables are to be walked, the first ones: that of early receipts by each new key, the others once. And:
 * that was done. */
int ids_to_walk(struct tx *, unsigned *tables);
int ids_walked(struct tx *);

#endif
