/* The scanner of what citizens attach: a command of the operator's ("clamdscan --fdpass --no-summary") that gets one file
 * after the other. Until it has answered a file is held: nobody can download it. Exit 0: clean. Exit 1: infected, for
 * good, with the command's words. Anything else, or no answer in SCAN_ANSWER_MS: the file stays held and is tried again.
 * Thread: the loop. */
#ifndef XQ_FLOW_SCAN_H
#define XQ_FLOW_SCAN_H

#include "gateway/base/blob.h"
#include "gateway/store/store.h"

enum { SCAN_ANSWER_MS = 120 * 1000, SCAN_AGAIN_MS = 30 * 1000, SCAN_WORDS_MAX = 16 };

struct scanner;
/* command: words split at blanks; the file's path is put behind them. */
struct scanner *scanner_create(uv_loop_t *loop, struct store *store, struct blob_store *blobs, const char *command);
/* There may be something to scan. */
void scanner_kick(struct scanner *s);
/* Ends a command under way; its file stays held. After store_stop. */
void scanner_destroy(struct scanner **s);
/* Nothing scans here: lets go what was held while a command was configured. Inside a job. */
int scanner_release(struct tx *tx);

#endif
