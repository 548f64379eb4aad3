#include "gateway/store/schema/schema.h"

#include <stddef.h>

#define ID "INTEGER PRIMARY KEY"
#define NO_ROWID " WITHOUT ROWID"
#define BYTES "BLOB"
static const char *const sqlite_script[] = {
#include "gateway/store/schema/0001.def"
	,
#include "gateway/store/schema/0002.def"
	,
#include "gateway/store/schema/0003.def"
	,
#include "gateway/store/schema/0004.def"
};
#undef ID
#undef NO_ROWID
#undef BYTES

#define ID "BIGINT PRIMARY KEY"
#define NO_ROWID ""
#define BYTES "BYTEA"
static const char *const postgres_script[] = {
#include "gateway/store/schema/0001.def"
	,
#include "gateway/store/schema/0002.def"
	,
#include "gateway/store/schema/0003.def"
	,
#include "gateway/store/schema/0004.def"
};

enum { VERSIONS = sizeof sqlite_script / sizeof *sqlite_script };

const char *schema_script(unsigned version, bool postgres)
{
	if (version < 1 || version > VERSIONS)
		return NULL;
	return postgres ? postgres_script[version - 1] : sqlite_script[version - 1];
}

unsigned schema_newest(void)
{
	return VERSIONS;
}
