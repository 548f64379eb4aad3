#include "gateway/base/process.h"

#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gateway/base/err.h"

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum { OPEN = 1 };
#else
enum { OPEN = 0 };
#endif

void process_guard(void)
{
	const struct rlimit none = { 0, 0 };
	must(setrlimit(RLIMIT_CORE, &none) == 0);
	if (!OPEN)
		must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
}

void process_yield(int by)
{
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), getpriority(PRIO_PROCESS, 0) + by);
}

enum { PROMPT_NS = 200000 };

void process_prompt(void)
{
	struct sched_attr a = { .size = sizeof a, .sched_policy = SCHED_NORMAL, .sched_flags = SCHED_FLAG_RESET_ON_FORK,
		.sched_nice = getpriority(PRIO_PROCESS, 0), .sched_runtime = PROMPT_NS };
	(void)syscall(SYS_sched_setattr, 0, &a, 0);
}
