/* How fast this machine copies at all, to measure what only reads and writes bytes against: from memory to memory, what
 * no cache holds; and 4 KB that are in the nearest one.
 *
 * Prints one JSON line: bytes a second, of both. */
#include <string.h>

#include "load.h"

enum { LARGE = 256 << 20, SMALL = 4096, AT_ONCE = 64 << 20, FOR_S = 1 };

static double copied_a_second(char *to, const char *from, size_t n)
{
	double begun = now(), took = 0, bytes = 0;
	for (; took < FOR_S; took = now() - begun)
		for (size_t at = 0; at < AT_ONCE; at += n, bytes += (double)n) {
			memcpy(to, from, n);
			__asm__ volatile("" ::: "memory"); /* or the compiler leaves it out */
		}
	return bytes / took;
}

int main(void)
{
	char *from = malloc(LARGE), *to = malloc(LARGE);
	if (from == NULL || to == NULL)
		die("memory");
	memset(from, 1, LARGE);
	memset(to, 2, LARGE); /* its pages are there before the clock runs */
	printf("{\"memcpy_bytes_per_second\":%.0f,", copied_a_second(to, from, LARGE));
	printf("\"memcpy_cached_bytes_per_second\":%.0f}\n", copied_a_second(to, from, SMALL));
	return 0;
}
