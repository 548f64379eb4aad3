#include "gateway/model/survey.h"

#include <string.h>

#include "gateway/base/crypto.h"
#include "gateway/base/err.h"
#include "gateway/base/sm.h"

/* The channel's receipt may come after the citizen's answer, so an answer is legal before "asked" is known.
 *
 *   queued ──▶ asked ──▶ answered
 *     │ └────────│──────────▲
 *     └──────────┴──▶ expired          (the window passed, or the ticket went back to work)
 */
static const char *const STATE[SURVEY_STATES] = { "queued", "asked", "answered", "expired" };
static const uint32_t NEXT[SURVEY_STATES] = {
	[SURVEY_QUEUED] = SM_TO(SURVEY_ASKED) | SM_TO(SURVEY_ANSWERED) | SM_TO(SURVEY_EXPIRED),
	[SURVEY_ASKED] = SM_TO(SURVEY_ANSWERED) | SM_TO(SURVEY_EXPIRED),
};
const struct sm_table survey_machine = { "survey", STATE, NEXT, SURVEY_STATES };

const char *survey_scale_name(enum survey_scale s)
{
	static const char *const name[SURVEY_SCALES] = { "five-best", "one-best" };
	must((unsigned)s < SURVEY_SCALES);
	return name[s];
}

int survey_normalise(enum survey_scale scale, int given)
{
	if (given < 1 || given > 5)
		return 0;
	return scale == SURVEY_ONE_BEST ? 6 - given : given;
}

uint64_t survey_number(const char *token)
{
	enum { BYTES = 7 };
	uint8_t hash[SHA256_LEN];
	uint64_t n = 0;
	crypto_sha256(token, strlen(token), hash);
	for (size_t i = 0; i < BYTES; i++)
		n = n << 8 | hash[i];
	return n ? n : 1;
}
