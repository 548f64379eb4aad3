/* How many times longer than alone on a machine a suite waits before it says that something never came. Waiting ends with what it
 * waits for, so patience costs nothing; a limit that a test is about is never stretched. */
#ifndef XQ_TESTS_SLACK_H
#define XQ_TESTS_SLACK_H

#include <stdlib.h>

static inline unsigned slack(void)
{
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
	return 4;
#else
	return getenv("XQ_VALGRIND") ? 20 : 1;
#endif
}

#endif
