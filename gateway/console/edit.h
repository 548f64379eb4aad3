/* Editing what the gateway reads from files: tables and templates. The file stays the one source; an edit made here is the
 * same as one made by hand and SIGHUP, only checked beforehand.
 *
 *   1. the file's present content has the version the editor saw (a hash of its bytes), else E_CONFLICT
 *   2. a copy of all tables and templates with the new file in it is loaded by the one loader, as `check` does;
 *      any fault refuses the edit, in the loader's words, with lines of the new file
 *   3. the new bytes are written beside the old file, put on disk and renamed over it: nobody ever reads half of it
 *   4. what is then on disk is loaded and becomes the snapshot in use
 *
 * One edit at a time. Thread: a worker (it blocks on the disk). */
#ifndef XQ_CONSOLE_EDIT_H
#define XQ_CONSOLE_EDIT_H

#include <jansson.h>

#include "gateway/base/crypto.h"
#include "gateway/flow/catalog.h"

enum { EDIT_FILE_MAX = 1 << 20, EDIT_NAME_MAX = 120 };

struct edit {
	const char *tables, *templates; /* the folders in use */
	bool template;                  /* which of the two the file lies in */
	const char *file;               /* "canned.csv", "zh-CN/received.sms.txt" */
	const char *version;            /* as edit_version() gave it; "": there was no such file */
	const char *text;               /* the new content; NULL: the file goes */
	size_t n;
	struct catalog *catalog;        /* out, owned: what is in use from now on */
	json_t *canned;                 /* out, owned */
};
/* 0; E_CONFLICT: somebody else changed the file; E_RANGE: the loader refuses it, faults are in *f; E_IO. */
int edit_apply(struct edit *, struct faults *f, struct err *);
/* Step 2 alone, to show what would be wrong. */
int edit_try(struct edit *, struct faults *f, struct err *);
/* "" when there is no such file. */
void edit_version(const char *folder, const char *file, char out[HEX_SHA256]);

#endif
