/* Canned replies (常用语): config/canned.csv, columns code, keywords, pinyin, zh, en. Placeholders {number}, {title} and
 * {hotline} are filled in by the console's page. */
#ifndef XQ_CONSOLE_CANNED_H
#define XQ_CONSOLE_CANNED_H

#include <jansson.h>

#include "gateway/base/err.h"

enum { CANNED_MAX = 1000, CANNED_TEXT_MAX = 2000 }; /* rows; code points of a text */
/* A JSON array for GET /console/api/me; empty when the file is missing. Adds every fault; NULL when there was one. */
json_t *canned_load(const char *tables, struct faults *f);

#endif
