#include "adapters/sms/kept.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/mem.h"

struct kept *kept_create(uint64_t key, void *request, const void *p, size_t n)
{
	struct kept *k = mem_alloc(sizeof *k + n);
	*k = (struct kept){ .request = request, .key = key, .sent = 1, .n = n };
	memcpy(k->bytes, p, n);
	return k;
}

void *kept_release(struct kept *k)
{
	void *request = k->request;
	free(k);
	return request;
}
