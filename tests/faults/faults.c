/* Preloaded into a gateway: counts its calls of the system by what they are for, and at the n-th kills the process, fails the
 * call or cuts it short, as the table of faults.h says. Without XQ_FAULTS it does nothing. Not a line of the gateway knows. */
#include "tests/faults/faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* What a descriptor is; learned when it is made, for some libraries close by a bare system call. */
enum kind { KIND_OTHER, KIND_SOCKET, KIND_WAL, KIND_DB, KIND_SHM, KIND_FILE };
enum { DESCRIPTORS = 65536, FRAMES = 40 };
static uint8_t kind[DESCRIPTORS];
static uint8_t *table;

#define REAL(name) \
	static __typeof__(name) *real_##name; \
	if (!real_##name) \
		real_##name = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void start(void)
{
	const char *path = getenv("XQ_FAULTS");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	void *at = mmap(NULL, FAULTS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (at != MAP_FAILED)
		table = at;
}

static int64_t header(size_t at)
{
	int64_t v = 0;
	if (table)
		memcpy(&v, table + at, sizeof v);
	return v;
}

static void say(enum fault_point p, const char *what)
{
	static const char *const name[] = {
#define X(name) #name,
		FAULT_POINTS(X)
#undef X
	};
	void *frame[FRAMES];
	dprintf(STDERR_FILENO, "faults: %s %s\n", name[p], what);
	backtrace_symbols_fd(frame, backtrace(frame, FRAMES), STDERR_FILENO);
}

static void die(void)
{
	(void)kill(getpid(), SIGKILL);
	for (;;)
		(void)poll(NULL, 0, -1);
}

/* Counts a call; what is to become of it. */
static enum fault_action meet(enum fault_point p, int *error)
{
	if (!table)
		return FAULT_NONE;
	struct fault *f = (struct fault *)(void *)(table + FAULTS_FIRST) + p;
	(void)__atomic_add_fetch(&f->total, 1, __ATOMIC_RELAXED);
	uint64_t action = __atomic_load_n(&f->action, __ATOMIC_ACQUIRE);
	if (action == FAULT_NONE)
		return FAULT_NONE;
	uint64_t n = __atomic_add_fetch(&f->n, 1, __ATOMIC_RELAXED);
	if (n < f->from || n > f->to)
		return FAULT_NONE;
	(void)__atomic_add_fetch(&f->fired, 1, __ATOMIC_RELAXED);
	if (header(16) && p != FAULT_MALLOC)
		say(p, action == FAULT_FAIL ? "fails" : "is hit");
	if (action == FAULT_KILL_BEFORE)
		die();
	*error = (int)f->error;
	return (enum fault_action)action;
}

/* --- what is what --- */

static int learn(int fd, enum kind k)
{
	if (fd >= 0 && fd < DESCRIPTORS)
		kind[fd] = (uint8_t)k;
	return fd;
}

static enum kind kind_of(int fd)
{
	return fd >= 0 && fd < DESCRIPTORS ? (enum kind)kind[fd] : KIND_OTHER;
}

static bool ends(const char *s, const char *with)
{
	size_t n = strlen(s), w = strlen(with);
	return n >= w && strcmp(s + n - w, with) == 0;
}

static enum kind kind_of_path(const char *path)
{
	return ends(path, "-wal") ? KIND_WAL : ends(path, "-shm") ? KIND_SHM : ends(path, ".db") ? KIND_DB : KIND_FILE;
}

/* SQLite syncs the log's folder now and then, does not look whether that went well, and need not: the log is there. */
static enum kind kind_opened(const char *path, int flags)
{
	enum kind k = kind_of_path(path);
	struct stat st;
	bool folder = k == KIND_FILE && (flags & O_ACCMODE) == O_RDONLY && !(flags & O_DIRECTORY) && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	return folder ? KIND_OTHER : k;
}

static int write_point(int fd)
{
	static const int point[] = { [KIND_OTHER] = -1, [KIND_SOCKET] = FAULT_SEND, [KIND_WAL] = FAULT_WAL_WRITE,
		[KIND_DB] = FAULT_DB_WRITE, [KIND_SHM] = -1, [KIND_FILE] = FAULT_BLOB_WRITE };
	return point[kind_of(fd)];
}

static int sync_point(int fd)
{
	enum kind k = kind_of(fd);
	return k == KIND_WAL ? FAULT_WAL_SYNC : k == KIND_DB ? FAULT_DB_SYNC : k == KIND_FILE ? FAULT_BLOB_SYNC : -1;
}

/* One call around `call`, whose length is `n`. */
#define AT(point, type, n, call) do { \
	int error_ = 0, point_ = (point); \
	enum fault_action what_ = point_ < 0 ? FAULT_NONE : meet((enum fault_point)point_, &error_); \
	if (what_ == FAULT_FAIL) { \
		errno = error_; \
		return (type)-1; \
	} \
	if (what_ == FAULT_SHORT && (n) > 1) \
		(n) /= 2; \
	type result_ = (call); \
	if (what_ == FAULT_KILL_AFTER) \
		die(); \
	return result_; \
} while (0)

/* --- sockets --- */

ssize_t recv(int fd, void *p, size_t n, int flags)
{
	REAL(recv);
	AT(FAULT_RECV, ssize_t, n, real_recv(fd, p, n, flags));
}

ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
	REAL(recvmsg);
	size_t n = 0;
	AT(FAULT_RECV, ssize_t, n, real_recvmsg(fd, m, flags));
}

ssize_t read(int fd, void *p, size_t n)
{
	REAL(read);
	AT(kind_of(fd) == KIND_SOCKET ? FAULT_RECV : -1, ssize_t, n, real_read(fd, p, n));
}

ssize_t send(int fd, const void *p, size_t n, int flags)
{
	REAL(send);
	AT(FAULT_SEND, ssize_t, n, real_send(fd, p, n, flags));
}

ssize_t sendto(int fd, const void *p, size_t n, int flags, const struct sockaddr *to, socklen_t len)
{
	REAL(sendto);
	AT(FAULT_SEND, ssize_t, n, real_sendto(fd, p, n, flags, to, len));
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	REAL(sendmsg);
	size_t n = 0;
	AT(FAULT_SEND, ssize_t, n, real_sendmsg(fd, m, flags));
}

ssize_t write(int fd, const void *p, size_t n)
{
	REAL(write);
	AT(write_point(fd), ssize_t, n, real_write(fd, p, n));
}

ssize_t writev(int fd, const struct iovec *v, int count)
{
	REAL(writev);
	AT(write_point(fd), ssize_t, count, real_writev(fd, v, count));
}

int socket(int domain, int type, int protocol)
{
	REAL(socket);
	AT(FAULT_SOCKET, int, type, learn(real_socket(domain, type, protocol), KIND_SOCKET));
}

int accept(int fd, struct sockaddr *a, socklen_t *n)
{
	REAL(accept);
	AT(FAULT_ACCEPT, int, fd, learn(real_accept(fd, a, n), KIND_SOCKET));
}

int accept4(int fd, struct sockaddr *a, socklen_t *n, int flags)
{
	REAL(accept4);
	AT(FAULT_ACCEPT, int, fd, learn(real_accept4(fd, a, n, flags), KIND_SOCKET));
}

int connect(int fd, const struct sockaddr *a, socklen_t n)
{
	REAL(connect);
	AT(FAULT_CONNECT, int, fd, real_connect(fd, a, n));
}

int eventfd(unsigned first, int flags)
{
	REAL(eventfd);
	return learn(real_eventfd(first, flags), KIND_OTHER);
}

/* --- files --- */

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at_)
{
	REAL(pwrite64);
	AT(write_point(fd), ssize_t, n, real_pwrite64(fd, p, n, at_));
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at_)
{
	return pwrite64(fd, p, n, at_);
}

ssize_t pread64(int fd, void *p, size_t n, off64_t at_)
{
	REAL(pread64);
	enum kind k = kind_of(fd);
	AT(k == KIND_DB || k == KIND_WAL ? FAULT_DB_READ : -1, ssize_t, n, real_pread64(fd, p, n, at_));
}

ssize_t pread(int fd, void *p, size_t n, off_t at_)
{
	return pread64(fd, p, n, at_);
}

int fsync(int fd)
{
	REAL(fsync);
	AT(sync_point(fd), int, fd, real_fsync(fd));
}

int fdatasync(int fd)
{
	REAL(fdatasync);
	AT(sync_point(fd), int, fd, real_fdatasync(fd));
}

static mode_t mode_of(int flags, va_list ap)
{
	return flags & O_CREAT ? va_arg(ap, mode_t) : 0;
}

int openat64(int dir, const char *path, int flags, ...)
{
	static int (*real)(int, const char *, int, ...);
	if (!real)
		real = (int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, "openat64");
	va_list ap;
	va_start(ap, flags);
	mode_t mode = mode_of(flags, ap);
	va_end(ap);
	AT(FAULT_FILE_OPEN, int, flags, learn(real(dir, path, flags, mode), kind_opened(path, flags)));
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	mode_t mode = mode_of(flags, ap);
	va_end(ap);
	return openat64(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	mode_t mode = mode_of(flags, ap);
	va_end(ap);
	return openat64(AT_FDCWD, path, flags, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	mode_t mode = mode_of(flags, ap);
	va_end(ap);
	return openat64(dir, path, flags, mode);
}

void *mmap64(void *p, size_t n, int prot, int flags, int fd, off64_t at_)
{
	REAL(mmap64);
	AT(kind_of(fd) == KIND_SHM ? FAULT_SHM_MAP : -1, void *, flags, real_mmap64(p, n, prot, flags, fd, at_));
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	REAL(renameat);
	AT(FAULT_RENAME, int, from_dir, real_renameat(from_dir, from, to_dir, to));
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	REAL(renameat2);
	AT(FAULT_RENAME, int, from_dir, real_renameat2(from_dir, from, to_dir, to, flags));
}

/* --- memory: not with a sanitizer, whose own allocator comes first --- */

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static bool no_memory(void)
{
	static __thread bool saying; /* which allocates */
	int error;
	if (saying || meet(FAULT_MALLOC, &error) != FAULT_FAIL)
		return false;
	saying = true;
	if (header(16))
		say(FAULT_MALLOC, "gives NULL");
	saying = false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t n)
{
	return no_memory() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return no_memory() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return no_memory() ? NULL : __libc_realloc(p, n);
}

/* --- time and names --- */

int clock_gettime(clockid_t id, struct timespec *t)
{
	REAL(clock_gettime);
	int rc = real_clock_gettime(id, t);
	if (rc == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		t->tv_sec += header(0) / 1000;
	return rc;
}

time_t time(time_t *out)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_REALTIME, &t);
	if (out)
		*out = t.tv_sec;
	return t.tv_sec;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
	struct timespec at;
	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &at);
	*t = (struct timeval){ .tv_sec = at.tv_sec, .tv_usec = at.tv_nsec / 1000 };
	return 0;
}

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	REAL(getaddrinfo);
	int64_t ms = header(8);
	if (ms == 0 || (hints && hints->ai_flags & AI_NUMERICHOST))
		return real_getaddrinfo(host, service, hints, out);
	(void)poll(NULL, 0, (int)ms);
	return EAI_AGAIN;
}
