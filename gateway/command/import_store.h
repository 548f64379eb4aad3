/* xinqiao import sqlite:PATH [--files FOLDER]: a whole SQLite store into the one of the configuration, PostgreSQL; with --files
 * its files, too. Run again after any end, it goes on where it stopped. */
#ifndef XQ_COMMAND_IMPORT_STORE_H
#define XQ_COMMAND_IMPORT_STORE_H

#include "gateway/command/app.h"

int import_store(struct app *a, int argc, char **argv);

#endif
