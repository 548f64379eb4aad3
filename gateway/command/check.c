#include <stdio.h>

#include "gateway/command/app.h"
#include "gateway/console/canned.h"
#include "gateway/flow/catalog.h"

static int run(struct app *a, int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return command_usage(&command_check, "check takes no arguments");
	struct faults f = { 0 };
	app_load(a, &f);
	if (a->set.tables != NULL && a->set.templates != NULL) {
		struct catalog *c = catalog_load(a->set.tables, a->set.templates, &f);
		for (size_t i = 0; c != NULL && i < a->forwards; i++)
			forward_departments_check(a->forward[i].config, c, a->forward[i].section, &f);
		catalog_unref(&c);
		json_decref(canned_load(a->set.tables, &f));
	}
	app_print_warnings(&f);
	app_print_faults(&f);
	int code = f.count ? EXIT_FAILED : EXIT_DONE;
	if (f.count)
		(void)fprintf(stderr, "%zu fault%s\n", f.count, f.count == 1 ? "" : "s");
	else
		(void)printf("%s: configuration, tables and templates are right (%zu channel%s)\n", a->config_path, a->channels,
			a->channels == 1 ? "" : "s");
	faults_fini(&f);
	return code;
}

const struct command command_check = {
	.name = "check",
	.usage = "check",
	.about = "reads configuration, tables and templates and reports every fault by file and line",
	.run = run,
};
