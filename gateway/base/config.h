/* Configuration: an INI file read once, then filled into structs by tables that stand beside those structs.
 *
 *   static const struct config_key keys[] = {
 *           { "port", CONFIG_INT, offsetof(struct smpp_config, port), .def = "2775", .min = 1, .max = 65535,
 *             .doc = "the carrier's TCP port" },
 *           { 0 }
 *   };
 *
 * An unknown key, a wrong type, a value out of range or a missing required key is a fault with file and line.
 * Comments: a line that begins with # or ;, or what follows a blank and # or ; (a value with that inside goes into its
 * KEY_file). "key =" is an empty string, an empty list, an unset path or listen address where there is no default, and else a fault.
 * Strings and paths filled in are owned by the config_file and live as long as it does.
 * Thread: loaded before threads start, then read-only. */
#ifndef XQ_BASE_CONFIG_H
#define XQ_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/err.h"

enum config_type {
	CONFIG_STRING, /* const char *            */
	CONFIG_PATH,   /* const char *, made absolute against the file's folder */
	CONFIG_INT,    /* int, min..max           */
	CONFIG_BOOL,   /* bool: yes no true false on off 1 0 */
	CONFIG_ENUM,   /* int: the index into choices ("a|b|c") */
	CONFIG_LISTEN, /* struct config_listen: "127.0.0.1:12345", "[::1]:80" */
	CONFIG_LIST    /* struct config_list: comma separated; a repeated key adds to it */
};

struct config_listen { const char *host; int port; }; /* host NULL: not configured */
struct config_list { const char **item; size_t count; };

struct config_key {
	const char *name;
	enum config_type type;
	size_t offset;
	const char *def;     /* as it would be written; NULL: zero / NULL / empty */
	long long min, max;  /* CONFIG_INT; both 0: what an int holds */
	const char *choices; /* CONFIG_ENUM */
	const char *doc;     /* one line, for `check` and the guide */
	bool required;
	bool secret;         /* KEY_file = PATH is accepted too; the value is never printed */
};

struct config_file;
struct config_section; /* "[channel sms]" has kind "channel" and name "sms"; "[gateway]" has name "" */

/* Reads the file. Faults (syntax, repeated section) are added; NULL only when it cannot be read at all. */
struct config_file *config_load(const char *path, struct faults *f);
void config_destroy(struct config_file **c);
const char *config_path(const struct config_file *c);
/* The i-th section in file order, NULL after the last. */
struct config_section *config_section(const struct config_file *c, size_t i);
const char *config_section_kind(const struct config_section *s);
const char *config_section_name(const struct config_section *s);
unsigned config_section_line(const struct config_section *s);
/* A raw value, or NULL. Marks the key as known. */
const char *config_raw(struct config_section *s, const char *key, unsigned *line);
/* Fills out; keys not in the table (and not marked known by config_raw) are faults. */
void config_fill(struct config_section *s, const struct config_key *keys, void *out, struct faults *f);
/* A path relative to the file's folder made absolute, for values that only hold a path ("sqlite:../var/x.db"). */
const char *config_resolve(const struct config_section *s, const char *path);
/* Adds a fault at the line of key or KEY_file (or of the section when neither is there). */
void config_fault(struct config_section *s, const char *key, struct faults *f, const char *fmt, ...) XQ_PRINTF(4, 5);

#define CONFIG_PLAIN_DOC \
	"yes: without TLS on purpose, for a private line, a tunnel or a proxy protects it; else check and start warn"
/* Warns that what goes over `address` (a host or URL; NULL: nothing does) has no TLS, unless it leads to this machine or
 * `plain` says that this is meant. instead: what to do about it. */
void config_warn_plain(struct config_section *s, const char *key, const char *address, bool plain,
	const char *instead, struct faults *f);
/* Adds a warning at the line where config_fault() would add a fault. */
void config_warn(struct config_section *s, const char *key, struct faults *f, const char *fmt, ...) XQ_PRINTF(4, 5);

#endif
