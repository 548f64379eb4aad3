#include "gateway/command/app.h"

#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/keyfile.h"
#include "gateway/base/mem.h"
#include "gateway/base/tls.h"
#include "gateway/command/print.h"
#include "gateway/store/drafts.h"

static const struct config_key keys[] = {
	{ "name", CONFIG_STRING, offsetof(struct settings, name), .required = true, .doc = "the hotline's name, in every text and the SMS signature" },
	{ "language", CONFIG_ENUM, offsetof(struct settings, language), .def = "zh-CN", .choices = "zh-CN|en", .doc = "for citizens whose language is not known" },
	{ "listen", CONFIG_LISTEN, offsetof(struct settings, listen), .def = "127.0.0.1:12345", .doc = "console, widget, API, callbacks" },
	{ "tls_cert", CONFIG_PATH, offsetof(struct settings, tls_cert), .doc = "PEM certificate with its chain: `listen` speaks TLS only; taken again when it is renewed" },
	{ "tls_key", CONFIG_PATH, offsetof(struct settings, tls_key), .doc = "its PEM key" },
	{ "plain", CONFIG_BOOL, offsetof(struct settings, plain), .def = "no", .doc = "of `listen`: " CONFIG_PLAIN_DOC },
	{ "public_url", CONFIG_STRING, offsetof(struct settings, public_url), .doc = "how citizens and staff reach us; default: http://LISTEN" },
	{ "store", CONFIG_STRING, offsetof(struct settings, store), .def = "sqlite:../var/xinqiao.db", .secret = true,
		.doc = "sqlite:PATH or postgresql://USER@HOST/DATABASE" },
	{ "reports_store", CONFIG_STRING, offsetof(struct settings, reports_store), .secret = true,
		.doc = "a standby of that PostgreSQL, by its address: reports are read there as long as it keeps up" },
	{ "secret_file", CONFIG_PATH, offsetof(struct settings, secret_file), .def = "../var/secret.key", .doc = "made on the first start, mode 0600" },
	{ "tables", CONFIG_PATH, offsetof(struct settings, tables), .def = ".", .doc = "the folder of the .csv files" },
	{ "templates", CONFIG_PATH, offsetof(struct settings, templates), .def = "../templates", .doc = "the folder of the languages" },
	{ "files", CONFIG_PATH, offsetof(struct settings, files), .def = "../var/files", .doc = "attachments and raw mails, by content" },
	{ "scan_command", CONFIG_STRING, offsetof(struct settings, scan_command),
		.doc = "gets the path of each file that citizens attach; exit 0: clean, 1: infected; until then it is held" },
	{ "phone_channel", CONFIG_STRING, offsetof(struct settings, phone_channel),
		.doc = "the channel of text messages that sends the codes by which a chat's visitor proves his mobile number" },
	{ "www", CONFIG_PATH, offsetof(struct settings, www), .doc = "the pages; default: beside the program" },
	{ "flood_messages", CONFIG_INT, offsetof(struct settings, flood_messages), .def = "20", .min = 3, .max = 1000,
		.doc = "more than this of one sender within flood_minutes are kept but no longer answered, and new matters held" },
	{ "flood_minutes", CONFIG_INT, offsetof(struct settings, flood_minutes), .def = "10", .min = 1, .max = 1440 },
	{ "flood_visitors", CONFIG_INT, offsetof(struct settings, flood_visitors), .def = "100", .min = 0, .max = 100000,
		.doc = "new matters of more new visitors of the chat than this, from one network within flood_minutes, are held; 0: no limit" },
	{ "undo_seconds", CONFIG_INT, offsetof(struct settings, undo_seconds), .def = "5", .min = 0, .max = HELD_SECONDS_MAX,
		.doc = "how long a reply from the console waits and can be taken back before it goes out; 0: not at all" },
	{ "api_pace", CONFIG_INT, offsetof(struct settings, api_pace), .def = "500", .min = 0, .max = 100000,
		.doc = "requests a second of one token, and twice as many at once; beyond it 429; 0: no limit" },
	{ "workflow", CONFIG_ENUM, offsetof(struct settings, workflow), .def = "embedded", .choices = "embedded|remote",
		.doc = "who makes steps: staff here, or the city's core system through the API" },
	{ "liaison_channel", CONFIG_STRING, offsetof(struct settings, liaison_channel),
		.doc = "the channel that tells departments' officers (departments.csv, liaison) of tickets that wait; none: nobody is told" },
	{ "guide", CONFIG_BOOL, offsetof(struct settings, guide), .def = "yes", .doc = "guided self-service: what, where, when, photo, contact" },
	{ "assistant", CONFIG_BOOL, offsetof(struct settings, assistant), .def = "no", .doc = "answer questions from the knowledge base, with the source" },
	{ "node", CONFIG_INT, offsetof(struct settings, node), .def = "0", .min = 0, .max = 1023, .doc = "unique among nodes sharing a store" },
	{ "log", CONFIG_ENUM, offsetof(struct settings, log), .def = "text", .choices = "text|json" },
	{ "max_connections", CONFIG_INT, offsetof(struct settings, max_connections), .def = "10000", .min = 10, .max = 1000000,
		.doc = "HTTP and WebSocket together; above it nobody new is accepted" },
	{ "max_per_address", CONFIG_INT, offsetof(struct settings, max_per_address), .def = "0", .min = 0, .max = 1000000,
		.doc = "of them, from one address; more are answered 429. 0 behind a proxy, from where all come" },
	{ "proxies", CONFIG_LIST, offsetof(struct settings, proxies), .def = "127.0.0.1, ::1",
		.doc = "addresses of your own proxies, whose X-Forwarded-For says where staff and readers come from" },
	{ 0 },
};

static const struct config_key security_keys[] = {
	{ "key_file", CONFIG_PATH, offsetof(struct security, key_file),
		.doc = "keys of the fields that identify a person, made on the first start, mode 0600; without it they are stored as they are" },
	{ "anchor_file", CONFIG_PATH, offsetof(struct security, anchor_file),
		.doc = "where the event chain is anchored outside the store: best a file that is only appended to, copied elsewhere" },
	{ "keep_days", CONFIG_INT, offsetof(struct security, keep_days), .def = "0", .min = 0, .max = 36500,
		.doc = "what a citizen wrote is erased so many days after the last word with him; 0: never" },
	{ "anchor_minutes", CONFIG_INT, offsetof(struct security, anchor_minutes), .def = "60", .min = 1, .max = 1440 },
	{ 0 },
};

/* Of a channel or target: a label of /metrics as it stands. */
static bool name_fits(const char *name)
{
	enum { LONGEST = 64 };
	bool fits = strlen(name) <= LONGEST;
	for (; fits && *name; name++)
		fits = (unsigned char)*name >= ' ' && *name != '"' && *name != '\\';
	return fits;
}

static void name_fault(struct config_section *s, struct faults *f)
{
	config_fault(s, NULL, f, "its name has more than 64 bytes, or a quote or backslash in it; '[%s NAME]' without would be right",
		config_section_kind(s));
}

static void channel_load(struct app *a, struct config_section *s, struct faults *f)
{
	const char *name = config_section_name(s), *type = config_raw(s, "type", NULL);
	const struct adapter_ops *ops = NULL;
	char known[200] = "";
	for (size_t i = 0; a->adapter[i] != NULL; i++) {
		if (type != NULL && strcmp(a->adapter[i]->name, type) == 0)
			ops = a->adapter[i];
		size_t used = strlen(known);
		(void)snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", a->adapter[i]->name);
	}
	if (*name == '\0')
		config_fault(s, NULL, f, "a channel needs a name; '[channel sms]' would be right");
	else if (!name_fits(name))
		name_fault(s, f);
	else if (type == NULL)
		config_fault(s, NULL, f, "has no type; one of: %s", known);
	else if (ops == NULL)
		config_fault(s, "type", f, "'%s' is no type of channel; one of: %s", type, known);
	else {
		void *config = mem_zalloc(ops->config_size);
		size_t before = f->count;
		config_fill(s, ops->keys, config, f);
		if (ops->check != NULL && f->count == before)
			ops->check(config, s, f);
		a->channel = mem_grow(a->channel, a->channels, sizeof *a->channel);
		a->channel[a->channels++] = (struct app_channel){ name, ops, s, config };
	}
}

static void forward_load(struct app *a, struct config_section *s, struct faults *f)
{
	if (*config_section_name(s) == '\0') {
		config_fault(s, NULL, f, "a target needs a name; '[forward core]' would be right");
		return;
	}
	if (!name_fits(config_section_name(s))) {
		name_fault(s, f);
		return;
	}
	struct forward_config *c = mem_new(struct forward_config);
	size_t before = f->count;
	config_fill(s, forward_keys, c, f);
	if (f->count == before)
		forward_check(c, s, f);
	a->forward = mem_grow(a->forward, a->forwards, sizeof *a->forward);
	a->forward[a->forwards++] = (struct app_forward){ config_section_name(s), s, c };
}

static const char *resolve(const void *gateway, const char *path)
{
	return config_resolve(gateway, path);
}

/* A path in a DSN is relative to the configuration file, as every path in it is. */
static void dsn_resolve(struct app *a, struct config_section *gateway, struct faults *f)
{
	struct err e = { 0 };
	if (store_dsn_check(a->set.store, &e) < 0)
		config_fault(gateway, "store", f, "%s", e.words);
	else
		a->dsn = store_dsn_resolve(a->set.store, resolve, gateway);
	if (a->dsn && a->set.reports_store && store_reports_check(a->dsn, a->set.reports_store, &e) < 0)
		config_fault(gateway, "reports_store", f, "%s", e.words);
	const char *const key[] = { "store", "reports_store" }, *const dsn[] = { a->set.store, a->set.reports_store };
	for (size_t i = 0; i < 2; i++)
		if (dsn[i] && store_dsn_unproven(dsn[i]))
			config_warn(gateway, key[i], f, "leads to a server elsewhere whose certificate is not checked, so whoever is in "
				"between can be taken for it; sslmode=verify-full&sslrootcert=/etc/xinqiao/ca.pem would be right");
}

static void tls_check(const struct app *a, struct config_section *gateway, struct faults *f)
{
	struct err e = { 0 };
	if (!a->set.tls_cert != !a->set.tls_key) {
		config_fault(gateway, a->set.tls_cert ? "tls_cert" : "tls_key", f, "needs both tls_cert and tls_key");
		return;
	}
	struct tls_files *files = a->set.tls_cert ? tls_files_create(a->set.tls_cert, a->set.tls_key, &e) : NULL;
	if (a->set.tls_cert && files == NULL)
		config_fault(gateway, "tls_cert", f, "%s", e.words);
	tls_files_destroy(&files);
	config_warn_plain(gateway, "listen", a->set.tls_cert ? NULL : a->set.listen.host, a->set.plain,
		"set tls_cert and tls_key, or listen on 127.0.0.1 behind a proxy; "
		"plain = yes where one on another machine speaks TLS", f);
}

/* The folder the program is in. Owned by the caller. */
static char *program_folder(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	if (n < 0)
		return mem_strdup(".");
	exe[n] = '\0';
	return mem_strdup(dirname(exe));
}

const char *app_config_default(void)
{
	static char found[PATH_MAX];
	char *folder = program_folder(), *path = mem_printf("%s/../../config/xinqiao.conf", folder);
	bool checkout = realpath(path, found) != NULL;
	free(path);
	free(folder);
	return checkout ? found : "/etc/xinqiao/xinqiao.conf";
}

/* The pages stand beside the program: build/release/www in a checkout, share/xinqiao/www when installed. */
static void www_resolve(struct app *a)
{
	if (a->set.www != NULL) {
		a->www = mem_strdup(a->set.www);
		return;
	}
	char *folder = program_folder();
	a->www = mem_printf("%s/www", folder);
	if (access(a->www, R_OK) != 0) {
		free(a->www);
		a->www = mem_printf("%s/../share/xinqiao/www", folder);
	}
	free(folder);
}

/* Links to citizens begin with it, and pages are asked whether they come from it. */
static void public_url_check(const struct app *a, struct config_section *gateway, struct faults *f)
{
	const char *url = a->set.public_url;
	if (url != NULL && strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
		config_fault(gateway, "public_url", f, "'%s' is no address; https://HOST would be right", url);
}

static void text_channel_check(const struct app *a, struct config_section *gateway, const char *key, const char *name, struct faults *f)
{
	if (name == NULL || *name == '\0')
		return;
	for (size_t i = 0; i < a->channels; i++)
		if (strcmp(a->channel[i].name, name) == 0 && strcmp(a->channel[i].ops->caps.kind, "sms") == 0)
			return;
	config_fault(gateway, key, f, "'%s' is no channel of text messages; the name of one of [channel NAME] would be right", name);
}

/* One of them is the other, or below it. */
static bool overlap(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), least = n < m ? n : m;
	return strncmp(a, b, least) == 0 && (n == m || (n > m ? a : b)[least] == '/');
}

static const char *path_of(const struct app_channel *c)
{
	return c->ops->path ? c->ops->path(c->config) : NULL;
}

/* What two take would come to one of them. */
static void paths_check(const struct app *a, struct faults *f)
{
	static const char *const OURS[] = { "/api", "/console", "/healthz", "/kb", "/metrics", "/rate", "/readyz", "/widget" };
	for (size_t i = 0; i < a->channels; i++) {
		const char *path = path_of(&a->channel[i]), *other;
		for (size_t k = 0; path && k < sizeof OURS / sizeof *OURS; k++)
			if (overlap(path, OURS[k]))
				config_fault(a->channel[i].section, "path", f, "%s is the gateway's own; another path would be right", OURS[k]);
		for (size_t k = 0; path && k < i; k++)
			if ((other = path_of(&a->channel[k])) && overlap(path, other))
				config_fault(a->channel[i].section, "path", f, "channel %s has %s already; each needs a path of its own, and there can be "
					"one web chat", a->channel[k].name, other);
	}
}

struct listens {
	struct config_listen at[64];
	size_t n;
};

/* Each address of these keys, if nobody else has it. */
static void listens_check(struct listens *l, const struct config_key *key, const void *config, struct config_section *s, struct faults *f)
{
	for (; key->name; key++) {
		const struct config_listen *at = (const void *)((const char *)config + key->offset);
		if (key->type != CONFIG_LISTEN || !at->host || !at->port || l->n == sizeof l->at / sizeof *l->at)
			continue;
		for (size_t i = 0; i < l->n; i++)
			if (at->port == l->at[i].port && strcmp(at->host, l->at[i].host) == 0)
				config_fault(s, key->name, f, "%s:%d is listened on already; another port would be right", at->host, at->port);
		l->at[l->n++] = *at;
	}
}

/* Its first word is a program that is there. */
static bool is_program(const char *command)
{
	char *words = mem_strdup(command), *rest = words, *word;
	while ((word = strsep(&rest, " \t")) && !*word)
		;
	bool found = word && strchr(word, '/') && access(word, X_OK) == 0;
	const char *path = getenv("PATH");
	for (const char *p = path ? path : "/usr/bin:/bin"; word && !strchr(word, '/') && p && !found; p = strchr(p, ':') ? strchr(p, ':') + 1 : NULL) {
		char *at = mem_printf("%.*s/%s", (int)strcspn(p, ":"), p, word);
		found = access(at, X_OK) == 0;
		free(at);
	}
	free(words);
	return found;
}

/* One that is not there yet is made by the first start. */
static void keyfile_look(const char *path, struct config_section *s, const char *key, struct faults *f)
{
	struct err e = { 0 };
	int rc = path ? keyfile_check(path, &e) : 0;
	if (rc < 0 && rc != E_NOTFOUND)
		config_fault(s, key, f, "%s", e.words);
}

static void scan_check(const struct app *a, struct config_section *gateway, struct faults *f)
{
	const char *command = a->set.scan_command;
	if (command && !is_program(command))
		config_fault(gateway, "scan_command", f, "scan_command = '%s' begins with no program that can be run; clamdscan --fdpass --no-summary would be right", command);
}

void app_load(struct app *a, struct faults *f)
{
	a->file = config_load(a->config_path, f);
	struct config_section *gateway = NULL;
	struct config_section *s;
	for (size_t i = 0; a->file != NULL && (s = config_section(a->file, i)) != NULL; i++) {
		if (strcmp(config_section_kind(s), "gateway") == 0 && *config_section_name(s) == '\0') {
			config_fill(s, keys, &a->set, f);
			gateway = s;
		} else if (strcmp(config_section_kind(s), "security") == 0 && *config_section_name(s) == '\0')
			config_fill(s, security_keys, &a->security, f);
		else if (strcmp(config_section_kind(s), "channel") == 0)
			channel_load(a, s, f);
		else if (strcmp(config_section_kind(s), "forward") == 0)
			forward_load(a, s, f);
		else
			config_fault(s, NULL, f, "[%s] is no section; [gateway], [security], [channel NAME] and [forward NAME] are", config_section_kind(s));
	}
	if (a->file == NULL)
		return;
	if (gateway == NULL)
		faults_add(f, a->config_path, 0, "has no [gateway] section");
	if (gateway != NULL) {
		tls_check(a, gateway, f);
		public_url_check(a, gateway, f);
	}
	if (f->count > 0)
		return;
	if (a->set.public_url != NULL)
		a->public_url = mem_strdup(a->set.public_url);
	else
		a->public_url = mem_printf(strchr(a->set.listen.host, ':') ? "%s://[%s]:%d" : "%s://%s:%d", a->set.tls_cert ? "https" : "http",
			a->set.listen.host, a->set.listen.port);
	for (size_t n = strlen(a->public_url); n > 0 && a->public_url[n - 1] == '/'; n--)
		a->public_url[n - 1] = '\0';
	struct listens listens = { .n = 0 };
	listens_check(&listens, keys, &a->set, gateway, f);
	for (size_t i = 0; i < a->channels; i++)
		listens_check(&listens, a->channel[i].ops->keys, a->channel[i].config, a->channel[i].section, f);
	paths_check(a, f);
	scan_check(a, gateway, f);
	keyfile_look(a->set.secret_file, gateway, "secret_file", f);
	text_channel_check(a, gateway, "phone_channel", a->set.phone_channel, f);
	text_channel_check(a, gateway, "liaison_channel", a->set.liaison_channel, f);
	dsn_resolve(a, gateway, f);
	www_resolve(a);
}

void app_fini(struct app *a)
{
	for (size_t i = 0; i < a->channels; i++)
		free(a->channel[i].config);
	free(a->channel);
	for (size_t i = 0; i < a->forwards; i++)
		free(a->forward[i].config);
	free(a->forward);
	free(a->dsn);
	free(a->public_url);
	free(a->www);
	config_destroy(&a->file);
}

void app_print_faults(const struct faults *f)
{
	for (size_t i = 0; i < f->count; i++)
		(void)fprintf(stderr, "%s\n", f->line[i]);
}

void app_print_warnings(const struct faults *f)
{
	for (size_t i = 0; i < f->warnings; i++)
		(void)fprintf(stderr, "warning: %s\n", f->warning[i]);
}

struct store_config app_store_config(const struct app *a, bool exclusive)
{
	return (struct store_config){ .dsn = a->dsn, .reports_dsn = a->set.reports_store, .node = (unsigned)a->set.node, .key_file = a->security.key_file,
		.secret_file = a->set.secret_file, .exclusive = exclusive };
}

static struct store *open_store(struct app *a, bool exclusive, bool as_it_is, bool anew)
{
	struct faults f = { 0 };
	struct err e = { 0 };
	struct store *s = NULL;
	if (a->file == NULL)
		app_load(a, &f);
	if (f.count > 0)
		app_print_faults(&f);
	else {
		if (a->unnamed)
			(void)fprintf(stderr, "xinqiao: the store of %s\n", a->config_path);
		struct store_config c = app_store_config(a, exclusive);
		c.as_it_is = as_it_is;
		c.secret_anew = anew;
		if (store_open(&s, &c, &e) < 0) {
			(void)fprintf(stderr, "xinqiao: %s\n", e.words);
			s = NULL;
		}
	}
	faults_fini(&f);
	return s;
}

struct store *app_store(struct app *a, bool exclusive)
{
	return open_store(a, exclusive, false, false);
}

struct store *app_store_as_it_is(struct app *a, bool exclusive)
{
	return open_store(a, exclusive, true, false);
}

int app_now(struct app *a, bool write, store_run_f *run, void *arg)
{
	struct err e = { 0 };
	struct store *s = app_store(a, false);
	if (s == NULL)
		return EXIT_FAILED;
	int rc = store_now(s, write, run, arg, &e);
	store_close(&s);
	return rc < 0 ? command_failed(&e) : EXIT_DONE;
}

struct store *app_store_anew(struct app *a)
{
	return open_store(a, true, false, true);
}

int app_no_secret(const struct app *a, struct err *e)
{
	return err_set(e, E_NOTFOUND, "there is no secret_file %s yet: the first start of the gateway makes it", a->set.secret_file);
}

int command_usage(const struct command *c, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	(void)fputs("xinqiao: ", stderr);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "\nusage: xinqiao [--config FILE] %s\n", c->usage);
	return EXIT_USAGE;
}

static void remove_at(int *argc, char **argv, int i, int n)
{
	memmove(argv + i, argv + i + n, (size_t)(*argc - i - n + 1) * sizeof *argv);
	*argc -= n;
}

const char *option_value(int *argc, char **argv, const char *name, bool *bad)
{
	size_t n = strlen(name);
	for (int i = 1; i < *argc; i++) {
		if (strncmp(argv[i], name, n) == 0 && argv[i][n] == '=') {
			const char *v = argv[i] + n + 1;
			remove_at(argc, argv, i, 1);
			return v;
		}
		if (strcmp(argv[i], name) != 0)
			continue;
		if (i + 1 >= *argc) {
			*bad = true;
			return NULL;
		}
		const char *v = argv[i + 1];
		remove_at(argc, argv, i, 2);
		return v;
	}
	return NULL;
}

bool option_flag(int *argc, char **argv, const char *name)
{
	for (int i = 1; i < *argc; i++)
		if (strcmp(argv[i], name) == 0) {
			remove_at(argc, argv, i, 1);
			return true;
		}
	return false;
}
