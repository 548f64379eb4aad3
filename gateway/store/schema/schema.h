/* The schema as numbered migrations, for each kind of database. A migration that has been released is never edited: what
 * changes comes as the next number. */
#ifndef XQ_STORE_SCHEMA_H
#define XQ_STORE_SCHEMA_H

#include <stdbool.h>

/* The script that leads from version - 1 to version (from 1); NULL past the newest. */
const char *schema_script(unsigned version, bool postgres);
unsigned schema_newest(void);

#endif
