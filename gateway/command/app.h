/* What every command stands on: the configuration, read once, and the channels it names.
 * Thread: the main thread. */
#ifndef XQ_COMMAND_APP_H
#define XQ_COMMAND_APP_H

#include <stdbool.h>
#include <stdio.h>

#include "gateway/adapter.h"
#include "gateway/base/config.h"
#include "gateway/forward/forward.h"
#include "gateway/store/store.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct settings { /* [gateway] */
	const char *name;
	int language;           /* 0 zh-CN, 1 en */
	struct config_listen listen;
	bool plain;
	const char *tls_cert, *tls_key;
	const char *public_url;
	const char *store, *reports_store;
	const char *secret_file, *tables, *templates, *files, *www;
	const char *scan_command, *phone_channel, *liaison_channel;
	struct config_list proxies;
	int workflow;           /* 0 embedded, 1 remote */
	int api_pace;
	int node, log, max_connections, max_per_address, flood_messages, flood_minutes, flood_visitors, undo_seconds;
	bool assistant, guide;
};
struct security { /* [security] */
	const char *key_file, *anchor_file;
	int anchor_minutes, keep_days;
};
enum { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

struct app_channel {
	const char *name;
	const struct adapter_ops *ops;
	struct config_section *section;
	void *config; /* owned until flow_add */
};

struct app_forward {
	const char *name;
	struct config_section *section;
	struct forward_config *config; /* owned */
};

struct app {
	const struct adapter_ops *const *adapter; /* every kind there is; NULL at the end */
	const char *config_path;
	bool unnamed; /* by the user, who is told which it is */
	bool json;
	struct settings set;
	struct security security;
	struct config_file *file;
	struct app_channel *channel;
	size_t channels;
	struct app_forward *forward;
	size_t forwards;
	char *dsn, *public_url, *www; /* owned */
};

/* The configuration of a program in a checkout is the checkout's, of one that is installed /etc's: never that of the folder somebody
 * happens to stand in. Static. */
const char *app_config_default(void);
/* Reads the configuration into a; every fault is added. */
void app_load(struct app *a, struct faults *f);
void app_fini(struct app *a);
/* Prints faults to stderr, one a line. */
void app_print_faults(const struct faults *f);
/* The same of warnings. */
void app_print_warnings(const struct faults *f);
struct store_config app_store_config(const struct app *a, bool exclusive);
/* app_load unless that was done, store_open; prints what went wrong. The store, or NULL. */
struct store *app_store(struct app *a, bool exclusive);
/* One job in it, beside a gateway that may run; prints what went wrong. EXIT_DONE or EXIT_FAILED. */
int app_now(struct app *a, bool write, store_run_f *run, void *arg);
/* The same for a store whose rows are copied as they are, into it or out of it: no key is asked for, and it may be half moved. */
struct store *app_store_as_it_is(struct app *a, bool exclusive);
/* The same, exclusive, for one whose secret is what secret_file holds from now on. */
struct store *app_store_anew(struct app *a);
/* For who needs store_secret() before there is one; E_NOTFOUND. */
int app_no_secret(const struct app *a, struct err *e);

struct command {
	const char *name;
	const char *usage;   /* "staff add NAME --role ROLE …", one form a line */
	const char *about;   /* one line */
	int (*run)(struct app *, int argc, char **argv); /* argv[0] is the command's name; an exit code */
};
extern const struct command command_serve, command_check, command_staff, command_token, command_ticket, command_outbox,
	command_audit, command_rekey, command_erase, command_backup, command_import, command_article, command_suggest, command_forward;

/* Prints the command's usage to stderr; EXIT_USAGE. */
int command_usage(const struct command *, const char *fmt, ...) XQ_PRINTF(2, 3);
/* Options: "--limit N". Removes what it finds from argv; NULL / false when it is not there. *bad is set when its value is
 * missing. Call before reading positional arguments. */
const char *option_value(int *argc, char **argv, const char *name, bool *bad);
bool option_flag(int *argc, char **argv, const char *name);

#endif
