#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/blob.h"
#include "gateway/base/clock.h"
#include "gateway/base/file.h"
#include "tests/unit/base/temp.h"

#define SUM_OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

/* These stand before the C library's own: what is synced and named, in order: f a file, d a folder, n a new name, r one that
 * replaces. */
static char disk_log[64];
static bool log_disk, fail_sync, no_new_names;

static void disk_note(char c)
{
	size_t n = strlen(disk_log);
	if (log_disk && n + 1 < sizeof disk_log)
		disk_log[n] = c;
}

int fsync(int fd)
{
	struct stat st;
	disk_note(!fstat(fd, &st) && S_ISDIR(st.st_mode) ? 'd' : 'f');
	if (fail_sync) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	disk_note('r');
	return (int)syscall(SYS_renameat, from_fd, from, to_fd, to);
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
	if (no_new_names) {
		errno = EINVAL;
		return -1;
	}
	int rc = (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
	if (rc == 0)
		disk_note('n');
	return rc;
}

static struct blob_store *store;
static struct err e;

static int open_store(void **state)
{
	if (temp_setup(state))
		return -1;
	char *dir = temp_path("blobs/here");
	store = blob_open(dir, &e);
	free(dir);
	return store ? 0 : -1;
}

static int close_store(void **state)
{
	blob_close(&store);
	blob_close(&store);
	return temp_teardown(state);
}

/* How many files wait to be renamed: none, outside of a put. */
static unsigned half_written(void)
{
	unsigned n = 0;
	char *path = temp_path("blobs/here/new");
	DIR *d = opendir(path);
	assert_non_null(d);
	for (struct dirent *x; (x = readdir(d));)
		n += x->d_name[0] != '.';
	closedir(d);
	free(path);
	return n;
}

static void assert_holds(const char *hex, const char *want, size_t n)
{
	uint64_t size = 0;
	int fd = blob_fd(store, hex, &size, &e);
	assert_true(fd >= 0);
	assert_int_equal(size, n);
	char *got = malloc(n + 1);
	assert_int_equal(read(fd, got, n + 1), n);
	assert_memory_equal(got, want, n);
	free(got);
	close(fd);
}

static void a_blob_is_found_under_its_sum(void **state)
{
	(void)state;
	char hex[HEX_SHA256];
	assert_int_equal(blob_put(store, "abc", 3, hex, &e), 0);
	assert_string_equal(hex, SUM_OF_ABC);
	assert_holds(hex, "abc", 3);
	assert_int_equal(blob_put(store, NULL, 0, hex, &e), 0);
	assert_holds(hex, "", 0);
	assert_int_equal(half_written(), 0);
}

static void a_blob_is_for_its_owner_only(void **state)
{
	(void)state;
	char hex[HEX_SHA256];
	struct stat st;
	assert_int_equal(blob_put(store, "abc", 3, hex, &e), 0);
	int fd = blob_fd(store, hex, NULL, &e);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0077, 0);
	close(fd);
}

static void the_same_bytes_are_stored_once(void **state)
{
	(void)state;
	char a[HEX_SHA256], b[HEX_SHA256];
	assert_int_equal(blob_put(store, "abc", 3, a, &e), 0);
	assert_int_equal(blob_put(store, "abc", 3, b, &e), 0);
	assert_string_equal(a, b);
	assert_holds(a, "abc", 3);
	assert_int_equal(half_written(), 0);
}

static void a_damaged_blob_is_written_anew(void **state)
{
	(void)state;
	char hex[HEX_SHA256];
	char *path = temp_path("blobs/here/ba/" SUM_OF_ABC);
	assert_int_equal(blob_put(store, "abc", 3, hex, &e), 0);
	assert_int_equal(truncate(path, 1), 0);
	assert_int_equal(truncate(path, 3), 0); /* as a crash leaves it where sizes come to the disk before bytes */
	assert_int_equal(blob_put(store, "abc", 3, hex, &e), 0);
	assert_holds(hex, "abc", 3);
	free(path);
}

static void a_file_is_put_from_its_beginning_whatever_its_offset(void **state)
{
	(void)state;
	enum { BIG = 200001 };
	char *big = malloc(BIG), hex[HEX_SHA256], again[HEX_SHA256];
	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)(i * 31 >> 3);
	char *path = temp_file_n("big", big, BIG);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t size;
	assert_int_equal(lseek(fd, 777, SEEK_SET), 777);
	assert_int_equal(blob_put_file(store, fd, hex, &size, &e), 0);
	assert_int_equal(size, BIG);
	assert_holds(hex, big, BIG);
	assert_int_equal(blob_put_file(store, fd, again, &size, &e), 0);
	assert_string_equal(hex, again);
	assert_int_equal(blob_put(store, big, BIG, again, &e), 0);
	assert_string_equal(hex, again);
	assert_int_equal(half_written(), 0);
	close(fd);
	free(path);
	free(big);
}

static void a_file_that_cannot_be_read_leaves_nothing(void **state)
{
	(void)state;
	char hex[HEX_SHA256];
	uint64_t size;
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(blob_put_file(store, fds[0], hex, &size, &e), E_IO);
	assert_int_equal(half_written(), 0);
	close(fds[0]);
	close(fds[1]);
}

static void bytes_and_name_are_on_disk_before_put_returns(void **state)
{
	(void)state;
	char hex[HEX_SHA256];
	uint64_t size;
	memset(disk_log, 0, sizeof disk_log);
	log_disk = true;
	assert_int_equal(blob_put(store, "abc", 3, hex, &e), 0);
	assert_string_equal(disk_log, "nfd");
	char *path = temp_file("f", "more");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(blob_put_file(store, fd, hex, &size, &e), 0);
	assert_string_equal(disk_log, "nfdnfd");
	log_disk = false;
	close(fd);
	free(path);
}

/* A row may name it. */
static void what_is_there_is_replaced_only_by_what_is_on_disk(void **state)
{
	(void)state;
	char hex[HEX_SHA256];
	assert_int_equal(blob_put(store, "abc", 3, hex, &e), 0);
	memset(disk_log, 0, sizeof disk_log);
	log_disk = true;
	assert_int_equal(blob_put(store, "abc", 3, hex, &e), 0);
	assert_string_equal(disk_log, "frd");
	log_disk = false;
}

static void a_file_system_that_cannot_tell_new_names_will_do(void **state)
{
	(void)state;
	char hex[HEX_SHA256];
	memset(disk_log, 0, sizeof disk_log);
	log_disk = no_new_names = true;
	int rc = blob_put(store, "abc", 3, hex, &e);
	log_disk = no_new_names = false;
	assert_int_equal(rc, 0);
	assert_string_equal(disk_log, "frd");
	assert_holds(hex, "abc", 3);
	assert_int_equal(half_written(), 0);
}

/* A disk that failed says "done" when it is asked again: what it was given then is written anew. */
static void a_sync_that_fails_ends_the_process_and_what_it_left_is_not_trusted(void **state)
{
	(void)state;
	char hex[HEX_SHA256];
	struct stat left, anew;
	char *path = temp_path("blobs/here/ba/" SUM_OF_ABC);
	int status;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		fail_sync = true;
		(void)blob_put(store, "abc", 3, hex, &e);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_DISK);
	assert_int_equal(stat(path, &left), 0);
	assert_int_equal(blob_put(store, "abc", 3, hex, &e), 0);
	assert_int_equal(stat(path, &anew), 0);
	assert_int_not_equal(left.st_ino, anew.st_ino);
	free(path);
}

static int remove_it(const char *hex, int64_t since)
{
	struct blob_gone gone = blob_gone(hex, since);
	return blob_remove(store, &gone, &e);
}

static void what_was_put_again_since_is_not_removed(void **state)
{
	(void)state;
	char hex[HEX_SHA256];
	struct timespec pause = { .tv_nsec = 20 * 1000000 }; /* a file's time is that of the last tick */
	assert_int_equal(blob_put(store, "abc", 3, hex, &e), 0);
	nanosleep(&pause, NULL);
	int64_t since = clock_now();
	nanosleep(&pause, NULL);
	assert_int_equal(blob_put(store, "abc", 3, hex, &e), 0);
	assert_int_equal(remove_it(hex, since), 0);
	assert_holds(hex, "abc", 3);
	assert_int_equal(remove_it(hex, clock_now()), 1);
	assert_false(blob_has(store, hex));
	assert_int_equal(remove_it(hex, clock_now()), 0);
	assert_int_equal(remove_it("../secret.key", clock_now()), E_MALFORMED);
}

static void names_that_are_no_sums_open_nothing(void **state)
{
	(void)state;
	static const char upper[] = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
	static const char climb[] = "../../../../../../../../../../../../../../../../etc/passwd-------";
	uint64_t size;
	assert_int_equal(blob_fd(store, "", &size, &e), E_MALFORMED);
	assert_int_equal(blob_fd(store, "ba", &size, &e), E_MALFORMED);
	assert_int_equal(blob_fd(store, upper, &size, &e), E_MALFORMED);
	assert_int_equal(blob_fd(store, climb, &size, &e), E_MALFORMED);
	assert_int_equal(blob_fd(store, SUM_OF_ABC "0", &size, &e), E_MALFORMED);
	assert_int_equal(blob_fd(store, SUM_OF_ABC, &size, &e), E_NOTFOUND);
}

static void opening_removes_what_a_crash_left_days_ago(void **state)
{
	(void)state;
	char *dir = temp_path("blobs/here");
	char *old = temp_file("blobs/here/new/old", "x"), *young = temp_file("blobs/here/new/young", "x");
	struct timespec then[2] = { { .tv_sec = time(NULL) - 2 * 24 * 3600 },
		{ .tv_sec = time(NULL) - 2 * 24 * 3600 } };
	assert_int_equal(utimensat(AT_FDCWD, old, then, 0), 0);
	blob_close(&store);
	store = blob_open(dir, &e);
	assert_non_null(store);
	assert_int_not_equal(access(old, F_OK), 0);
	assert_int_equal(access(young, F_OK), 0);
	free(dir);
	free(old);
	free(young);
}

static void a_folder_that_cannot_be_is_refused(void **state)
{
	(void)state;
	char *path = temp_file("plain", "x");
	assert_null(blob_open(path, &e));
	assert_int_equal(e.code, E_IO);
	assert_non_null(strstr(e.words, "is not a folder"));
	free(path);
	assert_null(blob_open("/proc", &e)); /* nobody may write there */
	assert_int_equal(e.code, E_IO);
	assert_non_null(strstr(e.words, "folder in /proc: "));
}

static void *put_many(void *arg)
{
	for (int i = 0; i < 20; i++) {
		char text[16], hex[HEX_SHA256];
		int n = snprintf(text, sizeof text, "blob %d", i);
		if (blob_put(store, text, (size_t)n, hex, NULL))
			return arg;
	}
	return NULL;
}

static void two_threads_may_put_the_same(void **state)
{
	(void)state;
	pthread_t t[2];
	void *failed;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&t[i], NULL, put_many, &t), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(t[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(half_written(), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_store, close_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_blob_is_found_under_its_sum),
		TEST(a_blob_is_for_its_owner_only),
		TEST(the_same_bytes_are_stored_once),
		TEST(a_damaged_blob_is_written_anew),
		TEST(a_file_is_put_from_its_beginning_whatever_its_offset),
		TEST(a_file_that_cannot_be_read_leaves_nothing),
		TEST(bytes_and_name_are_on_disk_before_put_returns),
		TEST(what_is_there_is_replaced_only_by_what_is_on_disk),
		TEST(a_file_system_that_cannot_tell_new_names_will_do),
		TEST(a_sync_that_fails_ends_the_process_and_what_it_left_is_not_trusted),
		TEST(what_was_put_again_since_is_not_removed),
		TEST(names_that_are_no_sums_open_nothing),
		TEST(opening_removes_what_a_crash_left_days_ago),
		TEST(a_folder_that_cannot_be_is_refused),
		TEST(two_threads_may_put_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
