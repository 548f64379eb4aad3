/* A configuration file, filled into every struct that has a table of keys. */
#include "tests/fuzz/memory_file.h"

#include "adapters/email/email.h"
#include "adapters/sms/smpp/smpp.h"
#include "adapters/webchat/webchat.h"
#include "gateway/base/config.h"

enum { FUZZ_MAX = 768 };

static const struct adapter_ops *const adapters[] = { &smpp_adapter, &webchat_adapter, &email_adapter };
enum { ADAPTERS = sizeof adapters / sizeof *adapters };

/* The adapter's own check is asked too, as `check` does. Paths in secrets could lead out of the fuzzer: left out. */
static void fill(struct config_section *s, struct faults *f)
{
	for (size_t i = 0; i < ADAPTERS; i++) {
		size_t before = f->count;
		void *config = mem_zalloc(adapters[i]->config_size);
		config_fill(s, adapters[i]->keys, config, f);
		if (f->count == before && adapters[i]->check)
			adapters[i]->check(config, s, f);
		for (const struct config_key *k = adapters[i]->keys; f->count == before && k->name; k++)
			if (k->type == CONFIG_INT && (k->min || k->max)) {
				int v = *(int *)((char *)config + k->offset);
				must(v >= k->min && v <= k->max);
			}
		free(config);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct faults f = { 0 };
	if (memmem(p, n, "_file", 5))
		return -1;
	struct config_file *c = config_load(memory_file(p, n), &f);
	must(c || f.count);
	for (size_t i = 0; c && config_section(c, i); i++) {
		struct config_section *s = config_section(c, i);
		must(text_valid(config_section_kind(s)) && text_valid(config_section_name(s)) && config_section_line(s));
		fill(s, &f);
	}
	config_destroy(&c);
	faults_are_lines(&f);
	faults_fini(&f);
	return 0;
}
