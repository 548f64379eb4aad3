/* The composition root: which commands and which channels there are. The only file that knows every room. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "adapters/email/email.h"
#include "adapters/sms/cmpp/cmpp.h"
#include "adapters/sms/http/sms_http.h"
#include "adapters/sms/sgip/sgip.h"
#include "adapters/sms/smgp/smgp.h"
#include "adapters/sms/smpp/smpp.h"
#include "adapters/webchat/webchat.h"
#include "adapters/wechat/wechat.h"
#include "gateway/base/mem.h"
#include "gateway/base/utf8.h"
#include "gateway/command/app.h"

static const struct adapter_ops *const adapters[] = {
#define ADAPTER(ops) &ops,
#include "adapters/adapters.def"
#undef ADAPTER
	NULL
};

static const struct command *const commands[] = { &command_serve, &command_check, &command_staff, &command_token, &command_ticket,
	&command_outbox, &command_forward, &command_audit, &command_rekey, &command_erase, &command_backup, &command_import,
	&command_article, &command_suggest };

static void help(FILE *out)
{
	(void)fputs("Xinqiao 心桥 " XQ_VERSION ", a message gateway for 12345 hotlines\n\n"
		"usage: xinqiao [--config FILE] [--json] COMMAND …\n\n", out);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		(void)fprintf(out, "  %-8s %s\n", commands[i]->name, commands[i]->about);
	(void)fputs("\n  -h after a command tells its forms. --config defaults to /etc/xinqiao/xinqiao.conf; in a checkout, to its own config/xinqiao.conf.\n"
		"  Exit: 0 done, 1 failed, 2 wrong use.\n", out);
}

/* Words of the command line come into the store, and from there into JSON. */
static bool words_valid(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!utf8_valid(argv[i], strlen(argv[i]))) {
			(void)fprintf(stderr, "xinqiao: word %d of the command is not UTF-8; a terminal set to UTF-8, not GBK, would be right\n", i);
			return false;
		}
	return true;
}

/* Else the first sockets and files would take these numbers, and be written to as the log. */
static void standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			must(open("/dev/null", O_RDWR) == fd);
}

/* An answer that nobody got is not done: a list cut short, a token that is shown once. */
static int answered(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	(void)fprintf(stderr, "xinqiao: the answer could not be written: %m\n");
	return code == EXIT_DONE ? EXIT_FAILED : code;
}

int main(int argc, char **argv)
{
	struct app app = { .adapter = adapters };
	bool bad = false;
	standard_files();
	mem_libraries();
	if (!words_valid(argc, argv))
		return EXIT_USAGE;
	app.json = option_flag(&argc, argv, "--json");
	app.config_path = option_value(&argc, argv, "--config", &bad);
	if (bad || argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	app.unnamed = app.config_path == NULL;
	if (app.unnamed)
		app.config_path = app_config_default();
	if (strcmp(argv[1], "--version") == 0)
		return puts("xinqiao " XQ_VERSION) < 0 ? EXIT_FAILED : EXIT_DONE;
	if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0) {
		help(stdout);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(argv[1], commands[i]->name) != 0)
			continue;
		argc--;
		argv++;
		if (option_flag(&argc, argv, "-h") || option_flag(&argc, argv, "--help")) {
			(void)printf("usage: xinqiao [--config FILE] [--json] %s\n\n%s\n", commands[i]->usage, commands[i]->about);
			return EXIT_DONE;
		}
		if (option_flag(&argc, argv, "--version"))
			return puts("xinqiao " XQ_VERSION) < 0 ? EXIT_FAILED : EXIT_DONE;
		int code = commands[i]->run(&app, argc, argv);
		app_fini(&app);
		return commands[i] == &command_serve ? code : answered(code);
	}
	(void)fprintf(stderr, "xinqiao: '%s' is no command\n\n", argv[1]);
	help(stderr);
	return EXIT_USAGE;
}
