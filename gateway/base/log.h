/* The log: one line an event, to stderr, as text or JSON.
 * What a line is about goes into fields, so that it can be searched: log_warn("smpp", "pdu refused", "channel=%s
 * reason=%s", ...). Secrets and a citizen's words never go into the log; peers go in masked (address.h).
 * Write fields as "key=value key=value": each key in the format (lower case) becomes a key of the JSON object; values
 * may hold anything. Fields past 4096 bytes are cut.
 * Thread: any. A line of up to 4096 bytes is written with one write(2). Line breaks and control characters are escaped.
 * Who does not read what stderr is (a pipe, the journal), or reads it slowly, stops nobody: in ten seconds lines wait for him for a fifth
 * of one, all together; others are left out, and the next one he reads says how many. */
#ifndef XQ_BASE_LOG_H
#define XQ_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_init(bool json, enum log_level least);
/* tag: the room or channel; what: fixed words, the same for every such event; fmt: "key=value" fields, or NULL. */
void log_event(enum log_level level, const char *tag, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
#define log_debug(...) log_event(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_event(LOG_INFO, __VA_ARGS__)
#define log_warn(...) log_event(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_event(LOG_ERROR, __VA_ARGS__)

#endif
