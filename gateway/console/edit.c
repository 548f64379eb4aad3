#include "gateway/console/edit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/base/file.h"
#include "gateway/base/mem.h"
#include "gateway/console/canned.h"

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

void edit_version(const char *folder, const char *file, char out[HEX_SHA256])
{
	struct buf b;
	struct err e = { 0 };
	uint8_t hash[SHA256_LEN];
	char *path = mem_printf("%s/%s", folder, file);
	buf_init(&b, EDIT_FILE_MAX);
	out[0] = '\0';
	if (file_read(path, &b, &e) == 0) {
		crypto_sha256(buf_str(&b), b.len, hash);
		crypto_hex(hash, sizeof hash, out);
	}
	buf_fini(&b);
	free(path);
}

/* --- a copy to try it in --- */

static int write_file(const char *path, const char *text, size_t n, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_set(e, E_IO, "%s cannot be written: %s", path, strerror(errno));
	int rc = file_write_all(fd, text, n, e);
	if (rc == 0)
		rc = file_sync(fd, path, e);
	if (close(fd) < 0 && rc == 0)
		rc = err_set(e, E_IO, "%s cannot be written: %s", path, strerror(errno));
	return rc;
}

/* Links to every file of `from` in `to`, one folder deep when `deep`. */
static int link_all(const char *from, const char *to, bool deep, struct err *e)
{
	DIR *d = opendir(from);
	int rc = d ? 0 : err_set(e, E_IO, "%s cannot be read: %s", from, strerror(errno));
	for (struct dirent *f; rc == 0 && (f = readdir(d)) != NULL;) {
		struct stat st;
		if (*f->d_name == '.')
			continue;
		char *source = mem_printf("%s/%s", from, f->d_name), *target = mem_printf("%s/%s", to, f->d_name);
		char *whole = realpath(source, NULL);
		if (whole == NULL || stat(whole, &st) < 0)
			rc = 0; /* gone meanwhile: the loader will say so if it matters */
		else if (S_ISDIR(st.st_mode) && deep)
			rc = mkdir(target, 0700) < 0 ? err_set(e, E_IO, "%s: %s", target, strerror(errno)) : link_all(whole, target, false, e);
		else if (S_ISREG(st.st_mode) && symlink(whole, target) < 0)
			rc = err_set(e, E_IO, "%s: %s", target, strerror(errno));
		free(source);
		free(target);
		free(whole);
	}
	if (d != NULL)
		(void)closedir(d);
	return rc;
}

static void remove_all(const char *folder, unsigned depth)
{
	DIR *d = opendir(folder);
	for (struct dirent *f; d != NULL && (f = readdir(d)) != NULL;) {
		if (strcmp(f->d_name, ".") == 0 || strcmp(f->d_name, "..") == 0)
			continue;
		char *path = mem_printf("%s/%s", folder, f->d_name);
		if (unlink(path) < 0 && errno == EISDIR && depth > 0)
			remove_all(path, depth - 1);
		free(path);
	}
	if (d != NULL)
		(void)closedir(d);
	(void)rmdir(folder);
}

/* The loader names files of the copy; people know them by their own names. */
static void faults_rename(struct faults *f, const char *copy)
{
	size_t n = strlen(copy);
	for (size_t i = 0; i < f->count; i++) {
		if (strncmp(f->line[i], copy, n) != 0)
			continue;
		const char *rest = f->line[i] + n;
		rest += *rest == '/';
		rest += strncmp(rest, "tables/", 7) == 0 ? 7 : strncmp(rest, "templates/", 10) == 0 ? 10 : 0;
		size_t gone = (size_t)(rest - f->line[i]);
		f->of[i].file -= gone;
		f->of[i].words -= gone;
		memmove(f->line[i], rest, strlen(rest) + 1);
	}
}

static int put_new(const struct edit *ed, const char *copy, struct err *e)
{
	char *path = mem_printf("%s/%s/%s", copy, ed->template ? "templates" : "tables", ed->file);
	int rc = 0;
	if (unlink(path) < 0 && errno != ENOENT)
		rc = err_set(e, E_IO, "%s: %s", path, strerror(errno));
	if (rc == 0 && ed->text != NULL)
		rc = write_file(path, ed->text, ed->n, e);
	free(path);
	return rc;
}

static int try_in(struct edit *ed, const char *copy, struct faults *f, struct err *e)
{
	char *tables = mem_printf("%s/tables", copy), *templates = mem_printf("%s/templates", copy);
	int rc = mkdir(tables, 0700) < 0 || mkdir(templates, 0700) < 0 ? err_set(e, E_IO, "%s: %s", copy, strerror(errno)) : 0;
	if (rc == 0)
		rc = link_all(ed->tables, tables, false, e);
	if (rc == 0)
		rc = link_all(ed->templates, templates, true, e);
	if (rc == 0)
		rc = put_new(ed, copy, e);
	if (rc == 0) {
		ed->catalog = catalog_load(tables, templates, f);
		ed->canned = canned_load(tables, f);
		faults_rename(f, copy);
		if (f->count > 0)
			rc = err_set(e, E_RANGE, "%s", f->line[0]);
	}
	free(tables);
	free(templates);
	return rc;
}

static void forget(struct edit *ed)
{
	catalog_unref(&ed->catalog);
	json_decref(ed->canned);
	ed->canned = NULL;
}

static int try_edit(struct edit *ed, struct faults *f, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	char *copy = mem_printf("%s/xinqiao-edit-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	int rc = mkdtemp(copy) ? 0 : err_set(e, E_IO, "%s: %s", copy, strerror(errno));
	if (rc == 0) {
		rc = try_in(ed, copy, f, e);
		remove_all(copy, 2);
	}
	free(copy);
	return rc;
}

int edit_try(struct edit *ed, struct faults *f, struct err *e)
{
	int rc = try_edit(ed, f, e);
	if (rc < 0)
		forget(ed);
	return rc;
}

/* --- in earnest --- */

static int replace(const struct edit *ed, struct err *e)
{
	const char *folder = ed->template ? ed->templates : ed->tables;
	char *path = mem_printf("%s/%s", folder, ed->file), *beside = mem_printf("%s.new", path), *in = file_folder(path);
	int rc = 0;
	if (ed->text == NULL)
		rc = unlink(path) < 0 ? err_set(e, E_IO, "%s cannot be removed: %s", path, strerror(errno)) : 0;
	else if ((rc = write_file(beside, ed->text, ed->n, e)) == 0 && rename(beside, path) < 0)
		rc = err_set(e, E_IO, "%s cannot be replaced: %s", path, strerror(errno));
	if (rc == 0)
		rc = file_sync_folder(in, e);
	else
		(void)unlink(beside);
	if (rc == E_IO)
		(void)err_wrap(e, "the gateway's user must be able to write this folder");
	free(path);
	free(beside);
	free(in);
	return rc;
}

static int apply(struct edit *ed, struct faults *f, struct err *e)
{
	char now[HEX_SHA256];
	edit_version(ed->template ? ed->templates : ed->tables, ed->file, now);
	if (strcmp(now, ed->version) != 0)
		return err_set(e, E_CONFLICT, "%s was changed by somebody else meanwhile: look at it again", ed->file);
	int rc = edit_try(ed, f, e);
	if (rc < 0)
		return rc;
	forget(ed); /* its strings name the copy, which is gone */
	if ((rc = replace(ed, e)) < 0)
		return rc;
	ed->catalog = catalog_load(ed->tables, ed->templates, f);
	ed->canned = canned_load(ed->tables, f);
	if (f->count == 0)
		return 0;
	forget(ed);
	return err_set(e, E_CONFLICT, "%s", f->line[0]); /* somebody else's edit, between the two */
}

int edit_apply(struct edit *ed, struct faults *f, struct err *e)
{
	must(pthread_mutex_lock(&one_at_a_time) == 0);
	int rc = apply(ed, f, e);
	must(pthread_mutex_unlock(&one_at_a_time) == 0);
	return rc;
}
