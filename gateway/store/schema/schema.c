#include "gateway/store/schema/schema.h"

#include <stddef.h>

#define ID "INTEGER PRIMARY KEY"
#define NO_ROWID " WITHOUT ROWID"
#define BYTES "BLOB"
/* A row is found by its words, which are not kept. */
#define INDEX_TABLE(name) "CREATE VIRTUAL TABLE " name " USING fts5(words, content='', detail=none, tokenize='ascii');"
#define RANKED_TABLE(name) "CREATE VIRTUAL TABLE " name " USING fts5(title, body, content='', tokenize='ascii');"
/* How many changed rows of a table are enough to vacuum it. */
#define UPKEEP(name, rows) ""
static const char *const sqlite_script[] = {
#include "gateway/store/schema/0001.def"
	,
#include "gateway/store/schema/0002.def"
	,
#include "gateway/store/schema/0003.def"
	,
#include "gateway/store/schema/0004.def"
	,
#include "gateway/store/schema/0005.def"
	,
#include "gateway/store/schema/0006.def"
	,
#include "gateway/store/schema/0007.def"
	,
#include "gateway/store/schema/0008.def"
	,
#include "gateway/store/schema/0009.def"
	,
#include "gateway/store/schema/0010.def"
	,
#include "gateway/store/schema/0011.def"
	,
#include "gateway/store/schema/0012.def"
	,
#include "gateway/store/schema/0013.def"
	,
#include "gateway/store/schema/0014.def"
	,
#include "gateway/store/schema/0015.def"
	,
#include "gateway/store/schema/0016.def"
	,
#include "gateway/store/schema/0017.def"
	,
#include "gateway/store/schema/0018.def"
	,
#include "gateway/store/schema/0019.def"
	,
#include "gateway/store/schema/0020.def"
	,
#include "gateway/store/schema/0021.def"
	,
#include "gateway/store/schema/0022.def"
	,
#include "gateway/store/schema/0023.def"
	,
#include "gateway/store/schema/0024.def"
	,
#include "gateway/store/schema/0025.def"
	,
#include "gateway/store/schema/0026.def"
	,
#include "gateway/store/schema/0027.def"
	,
#include "gateway/store/schema/0028.def"
};
#undef ID
#undef NO_ROWID
#undef BYTES
#undef INDEX_TABLE
#undef RANKED_TABLE
#undef UPKEEP

#define ID "BIGINT PRIMARY KEY"
#define NO_ROWID ""
#define BYTES "BYTEA"
#define INDEX_TABLE(name) \
	"CREATE TABLE " name " (id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL); CREATE INDEX " name "_words ON " name " USING GIN (words);"
#define RANKED_TABLE(name) INDEX_TABLE(name)
#define UPKEEP(name, rows) \
	"ALTER TABLE " name " SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = " rows "," \
	" autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = " rows ", vacuum_index_cleanup = on);"
static const char *const postgres_script[] = {
#include "gateway/store/schema/0001.def"
	,
#include "gateway/store/schema/0002.def"
	,
#include "gateway/store/schema/0003.def"
	,
#include "gateway/store/schema/0004.def"
	,
#include "gateway/store/schema/0005.def"
	,
#include "gateway/store/schema/0006.def"
	,
#include "gateway/store/schema/0007.def"
	,
#include "gateway/store/schema/0008.def"
	,
#include "gateway/store/schema/0009.def"
	,
#include "gateway/store/schema/0010.def"
	,
#include "gateway/store/schema/0011.def"
	,
#include "gateway/store/schema/0012.def"
	,
#include "gateway/store/schema/0013.def"
	,
#include "gateway/store/schema/0014.def"
	,
#include "gateway/store/schema/0015.def"
	,
#include "gateway/store/schema/0016.def"
	,
#include "gateway/store/schema/0017.def"
	,
#include "gateway/store/schema/0018.def"
	,
#include "gateway/store/schema/0019.def"
	,
#include "gateway/store/schema/0020.def"
	,
#include "gateway/store/schema/0021.def"
	,
#include "gateway/store/schema/0022.def"
	,
#include "gateway/store/schema/0023.def"
	,
#include "gateway/store/schema/0024.def"
	,
#include "gateway/store/schema/0025.def"
	,
#include "gateway/store/schema/0026.def"
	,
#include "gateway/store/schema/0027.def"
	,
#include "gateway/store/schema/0028.def"
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
