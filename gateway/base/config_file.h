/* What config.c (reading) and config_fill.c (types) share; nobody else includes this. */
#ifndef XQ_BASE_CONFIG_FILE_H
#define XQ_BASE_CONFIG_FILE_H

#include "gateway/base/config.h"
#include "gateway/base/mem.h"

struct config_entry {
	char *key, *value;
	unsigned line;
	bool known;
};

struct config_section {
	struct config_file *file;
	char *kind, *name;
	unsigned line;
	struct config_entry *entry;
	size_t count;
};

struct config_file {
	char *path, *folder; /* folder: absolute */
	struct config_section **section;
	size_t count;
	struct arena *arena; /* what config_fill hands out */
};

/* The n-th entry of that key, or NULL. Marks all it passes as known. */
struct config_entry *config_entry(struct config_section *s, const char *key, size_t n);

#endif
