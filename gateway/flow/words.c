#include "gateway/flow/words.h"

#include <string.h>

const struct channel_trait *flow_trait(const struct flow_words *w, const char *channel)
{
	for (size_t i = 0; i < w->traits; i++)
		if (strcmp(w->trait[i].name, channel) == 0)
			return &w->trait[i];
	return NULL;
}
