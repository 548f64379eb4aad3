/* What was refused lately and is kept: a carrier that is told of a fault brings the same bytes again, and once is enough to keep
 * them. Lost with the process. Thread: the loop. */
#ifndef XQ_SMS_REFUSED_H
#define XQ_SMS_REFUSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REFUSED_MAX = 64, REFUSED_PRINT = 16 };

/* A blank one remembers nothing. */
struct refused {
	uint8_t print[REFUSED_MAX][REFUSED_PRINT];
	unsigned count, next;
};

void refused_print(const uint8_t *p, size_t n, uint8_t print[REFUSED_PRINT]);
/* The oldest of REFUSED_MAX is forgotten. */
void refused_add(struct refused *r, const uint8_t print[REFUSED_PRINT]);
bool refused_has(const struct refused *r, const uint8_t print[REFUSED_PRINT]);

#endif
