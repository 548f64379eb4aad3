#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <jansson.h>

#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/utf8.h"
#include "gateway/command/print.h"
#include "gateway/flow/catalog.h"
#include "gateway/flow/say.h"
#include "gateway/model/workflow.h"
#include "gateway/store/login_try.h"
#include "gateway/store/session.h"
#include "gateway/store/staff.h"

enum { PASSWORD_LEAST = 10, PASSWORD_MAX = 256 };

static void trim_line(char *s)
{
	s[strcspn(s, "\r\n")] = '\0';
}

static bool password_from_file(const char *path, char out[PASSWORD_MAX])
{
	FILE *f = fopen(path, "r");
	if (f == NULL || fgets(out, PASSWORD_MAX, f) == NULL) {
		(void)fprintf(stderr, "xinqiao: %s: no password could be read: %m\n", path);
		if (f != NULL)
			(void)fclose(f);
		return false;
	}
	(void)fclose(f);
	trim_line(out);
	return true;
}

static bool ask(const char *prompt, char out[PASSWORD_MAX])
{
	struct termios quiet, was;
	bool terminal = tcgetattr(STDIN_FILENO, &was) == 0;
	if (terminal) {
		(void)fputs(prompt, stderr);
		quiet = was;
		quiet.c_lflag &= (tcflag_t)~ECHO;
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	bool got = fgets(out, PASSWORD_MAX, stdin) != NULL;
	if (terminal) {
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
		(void)fputc('\n', stderr);
	}
	if (got)
		trim_line(out);
	return got;
}

static bool password_get(const char *file, char out[PASSWORD_MAX])
{
	char again[PASSWORD_MAX];
	if (file != NULL ? !password_from_file(file, out) : !ask("Password: ", out))
		return false;
	if (utf8_count(out, strlen(out)) < PASSWORD_LEAST) {
		(void)fprintf(stderr, "xinqiao: a password has at least %d characters\n", PASSWORD_LEAST);
		return false;
	}
	if (file != NULL || !isatty(STDIN_FILENO))
		return true;
	bool same = ask("Once more: ", again) && strcmp(out, again) == 0;
	if (!same)
		(void)fputs("xinqiao: the two passwords differ\n", stderr);
	explicit_bzero(again, sizeof again);
	return same;
}

/* E_DENIED: there was none to be had, which has been said. */
static int password_hash(const char *file, char out[PASSWORD_HASH_MAX], struct err *e)
{
	char password[PASSWORD_MAX];
	int rc = password_get(file, password) ? crypto_password_hash(password, out, e) : E_DENIED;
	explicit_bzero(password, sizeof password);
	return rc;
}

struct staff_job { struct staff_row row; const char *name, *password; struct command_print *print; };

/* As the console's events of it. */
static int told(struct tx *tx, const char *kind, const struct staff_row *s, bool password)
{
	return tell_event(tx, 0, kind, "command", json_pack("{s:s, s:s, s:s, s:b, s:b, s:b}", "staff", s->name, "role", role_name((enum role)s->role),
		"department", s->department, "disabled", (int)s->disabled, "password", (int)password, "totp", s->totp && *s->totp));
}

static int put_run(struct tx *tx, void *arg, struct err *e)
{
	struct staff_job *j = arg;
	struct staff_row old;
	int rc = staff_get(tx, j->name, &old);
	if (rc == 0)
		return err_set(e, E_EXISTS, "'%s' exists already", j->name);
	j->row.created_at = tx_now(tx);
	if (rc != E_NOTFOUND || (rc = staff_put(tx, &j->row)) < 0 || (rc = told(tx, "staff-added", &j->row, true)) < 0)
		return err_set(e, rc, "'%s' could not be stored", j->name);
	return 0;
}

/* As the console has it: the codes are those of departments.csv. */
static bool department_known(const struct app *a, const char *code)
{
	struct faults f = { 0 };
	struct catalog *c = catalog_load(a->set.tables, a->set.templates, &f);
	bool known = c != NULL && catalog_department(c, code) != NULL;
	app_print_faults(&f);
	if (c != NULL && !known)
		(void)fprintf(stderr, "xinqiao: '%s' is no code of departments.csv\n", code);
	faults_fini(&f);
	catalog_unref(&c);
	return known;
}

static int add(struct app *a, int argc, char **argv)
{
	bool bad = false;
	const char *role = option_value(&argc, argv, "--role", &bad), *department = option_value(&argc, argv, "--department", &bad),
		*file = option_value(&argc, argv, "--password-file", &bad), *display = option_value(&argc, argv, "--display", &bad);
	int r = role ? role_find(role) : -1;
	if (bad || argc != 3 || r < 0)
		return command_usage(&command_staff, "staff add needs a name and a role: agent, department, supervisor or admin");
	if (r == ROLE_DEPARTMENT && department == NULL)
		return command_usage(&command_staff, "a department's staff needs --department CODE");
	if (!staff_name_valid(argv[2]))
		return command_usage(&command_staff, "a name has 1 to %d letters, digits, dots, dashes; --display says how it is written",
			STAFF_NAME_LONGEST);
	if (staff_name_own(argv[2]))
		return command_usage(&command_staff, "'%s' is what the gateway signs its own events with: choose another name", argv[2]);
	if (display != NULL && strlen(display) > STAFF_DISPLAY_LONGEST)
		return command_usage(&command_staff, "--display is longer than %d bytes", STAFF_DISPLAY_LONGEST);
	struct store *s = app_store(a, false);
	if (s == NULL)
		return EXIT_FAILED;
	if (r == ROLE_DEPARTMENT && !department_known(a, department)) {
		store_close(&s);
		return EXIT_FAILED;
	}
	char hash[PASSWORD_HASH_MAX];
	struct err e = { 0 };
	int rc = password_hash(file, hash, &e);
	struct staff_job j = { .name = argv[2], .row = { .name = argv[2], .display = display ? display : argv[2],
		.department = r == ROLE_DEPARTMENT ? department : "", .password = hash, .role = (unsigned)r } };
	if (rc == 0)
		rc = store_now(s, true, put_run, &j, &e);
	store_close(&s);
	if (rc < 0)
		return command_failed(&e);
	(void)printf("%s may log in as %s\n", argv[2], role_name((enum role)r));
	return EXIT_DONE;
}

static int list_run(struct tx *tx, void *arg, struct err *e)
{
	struct staff_job *j = arg;
	struct staff_row *row;
	size_t n;
	int rc = staff_list(tx, &row, &n);
	if (rc < 0)
		return err_set(e, rc, "the staff could not be read");
	for (size_t i = 0; i < n; i++)
		print_row(j->print, json_pack("{s:s, s:s, s:s, s:s, s:b}", "name", row[i].name, "display", row[i].display,
			"role", role_name((enum role)row[i].role), "department", row[i].department, "disabled", (int)row[i].disabled));
	return 0;
}

static int list(struct app *a)
{
	static const char *const column[] = { "name", "display", "role", "department", "disabled", NULL };
	struct command_print print = { .json = a->json, .column = column };
	struct staff_job j = { .print = &print };
	if (app_now(a, false, list_run, &j) != EXIT_DONE)
		return EXIT_FAILED;
	print_end(&print, "nobody yet: xinqiao staff add NAME --role admin");
	return EXIT_DONE;
}

static int disable_run(struct tx *tx, void *arg, struct err *e)
{
	struct staff_job *j = arg;
	int rc = staff_get(tx, j->name, &j->row);
	if (rc < 0)
		return err_set(e, rc, "nobody is called '%s'", j->name);
	j->row.disabled = true;
	if ((rc = staff_put(tx, &j->row)) < 0 || (rc = session_drop_staff(tx, j->name)) < 0 ||
		(rc = told(tx, "staff-disabled", &j->row, false)) < 0)
		return err_set(e, rc, "'%s' could not be disabled", j->name);
	return 0;
}

static int disable(struct app *a, const char *name)
{
	struct staff_job j = { .name = name };
	if (app_now(a, true, disable_run, &j) != EXIT_DONE)
		return EXIT_FAILED;
	(void)printf("%s can no longer log in\n", name);
	return EXIT_DONE;
}

static int reset_run(struct tx *tx, void *arg, struct err *e)
{
	struct staff_job *j = arg;
	int rc = staff_get(tx, j->name, &j->row);
	if (rc < 0)
		return err_set(e, rc, "nobody is called '%s'", j->name);
	j->row.password = j->password;
	j->row.totp = "";
	j->row.disabled = false;
	j->row.failures = 0;
	j->row.locked_until = 0;
	if ((rc = staff_put(tx, &j->row)) < 0 || (rc = session_drop_staff(tx, j->name)) < 0 ||
		(rc = login_try_forget(tx, j->name)) < 0 || (rc = told(tx, "staff-changed", &j->row, true)) < 0)
		return err_set(e, rc, "'%s' could not be changed", j->name);
	return 0;
}

static int reset(struct app *a, int argc, char **argv)
{
	bool bad = false;
	const char *file = option_value(&argc, argv, "--password-file", &bad);
	if (bad || argc != 3)
		return command_usage(&command_staff, "staff reset needs a name");
	struct store *s = app_store(a, false);
	if (s == NULL)
		return EXIT_FAILED;
	char hash[PASSWORD_HASH_MAX];
	struct err e = { 0 };
	int rc = password_hash(file, hash, &e);
	struct staff_job j = { .name = argv[2], .password = hash };
	if (rc == 0)
		rc = store_now(s, true, reset_run, &j, &e);
	store_close(&s);
	if (rc < 0)
		return command_failed(&e);
	(void)printf("%s may log in with the new password, without a second factor; whoever was logged in under this name is out\n", argv[2]);
	return EXIT_DONE;
}

static int run(struct app *a, int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "reset") == 0)
		return reset(a, argc, argv);
	if (argc > 1 && strcmp(argv[1], "add") == 0)
		return add(a, argc, argv);
	if (argc == 2 && strcmp(argv[1], "list") == 0)
		return list(a);
	if (argc == 3 && strcmp(argv[1], "disable") == 0)
		return disable(a, argv[2]);
	return command_usage(&command_staff, "staff add, list, reset or disable");
}

const struct command command_staff = {
	.name = "staff",
	.usage = "staff add NAME --role agent|department|supervisor|admin [--department CODE] [--display NAME] [--password-file FILE]\n"
		"       xinqiao [--config FILE] staff list\n"
		"       xinqiao [--config FILE] staff reset NAME [--password-file FILE]   a new password, no second factor, no lock\n"
		"       xinqiao [--config FILE] staff disable NAME",
	.about = "who may use the console",
	.run = run,
};
