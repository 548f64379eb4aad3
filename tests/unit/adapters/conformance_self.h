/* What every adapter says of itself: name, kind, abilities, keys. Included by conformance_test.c, below its tables of
 * adapters and peers; no peer is met here. */
#ifndef XQ_TESTS_CONFORMANCE_SELF_H
#define XQ_TESTS_CONFORMANCE_SELF_H

#include "tests/unit/adapters/conformance.h"

static void every_adapter_has_a_peer_here(void **state)
{
	(void)state;
	assert_int_equal(PEERS, ADAPTERS);
	for (size_t a = 0; a < ADAPTERS; a++) {
		bool found = false;
		for (size_t p = 0; p < PEERS; p++)
			found |= peers[p]->ops == adapters[a] && strcmp(peers[p]->name, adapters[a]->name) == 0;
		if (!found)
			fail_msg("%s has none", adapters[a]->name);
	}
}

static void names_kinds_and_codes_are_their_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < ADAPTERS; i++) {
		const struct capabilities *c = &adapters[i]->caps;
		assert_in_range(c->code, 10, 90);
		assert_int_equal(c->code % 10, 0); /* ticket.h */
		assert_int_equal(strspn(c->kind, "abcdefghijklmnopqrstuvwxyz"), strlen(c->kind));
		assert_in_range(strlen(c->kind), 2, 15); /* render.h: received.<kind>.txt */
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(adapters[k]->name, adapters[i]->name);
			/* Several protocols may carry one kind; then they share its digits, and nobody else has them. */
			assert_int_equal(strcmp(adapters[k]->caps.kind, c->kind) == 0, adapters[k]->caps.code == c->code);
		}
	}
}

static void what_it_can_is_what_it_has(void **state)
{
	(void)state;
	for (size_t i = 0; i < ADAPTERS; i++) {
		const struct adapter_ops *o = adapters[i];
		assert_true(o->create && o->start && o->send && o->drain && o->destroy);
		assert_int_equal(o->caps.signals, o->signal != NULL);
		if (o->parts) {
			void *config = mem_zalloc(o->config_size);
			assert_int_equal(o->parts(config, ""), 1);
			assert_int_equal(o->parts(config, "a"), 1);
			free(config);
		}
	}
}

static void keys_are_explained_and_their_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < ADAPTERS; i++)
		for (const struct config_key *k = adapters[i]->keys; k->name; k++) {
			if (k->doc == NULL || strlen(k->doc) < 5 || strchr(k->doc, '\n'))
				fail_msg("%s: %s has no line of explanation", adapters[i]->name, k->name);
			if (k->type == CONFIG_ENUM && (k->choices == NULL || *k->choices == '\0'))
				fail_msg("%s: %s has no choices", adapters[i]->name, k->name);
			if (k->required && k->def)
				fail_msg("%s: %s is required and has a default", adapters[i]->name, k->name);
			if (strcmp(k->name, "type") == 0 || k->offset >= adapters[i]->config_size)
				fail_msg("%s: %s cannot be a key", adapters[i]->name, k->name);
			for (const struct config_key *other = adapters[i]->keys; other < k; other++)
				if (strcmp(other->name, k->name) == 0 || other->offset == k->offset)
					fail_msg("%s: %s is there twice", adapters[i]->name, k->name);
		}
}

static void read_config(const struct peer *p, const char *lines, void *config, struct faults *f,
	struct config_file **file)
{
	char *ini = mem_printf("[channel it]\n%s", lines), *path = temp_file("keys.conf", ini);
	*file = config_load(path, f);
	config_fill(config_section(*file, 0), p->ops->keys, config, f);
	if (p->ops->check)
		p->ops->check(config, config_section(*file, 0), f);
	free(ini);
	free(path);
}

static bool has_key(const char *lines, const char *key)
{
	char *start = mem_printf("%s = ", key), *begin = mem_printf("\n%s", start);
	bool found = strncmp(lines, start, strlen(start)) == 0 || strstr(lines, begin) != NULL;
	free(start);
	free(begin);
	return found;
}

/* Written out, each default says what leaving it out says. */
static void every_default_is_a_value_one_could_write(void **state)
{
	(void)state;
	for (size_t i = 0; i < PEERS; i++) {
		const struct peer *p = peers[i];
		for (const struct config_key *k = p->ops->keys; k->name; k++) {
			if (k->def == NULL || has_key(p->required, k->name))
				continue;
			struct faults f = { 0 };
			struct config_file *without, *with;
			void *a = mem_zalloc(p->ops->config_size), *b = mem_zalloc(p->ops->config_size);
			char *lines = mem_printf("%s%s = %s\n", p->required, k->name, k->def);
			read_config(p, p->required, a, &f, &without);
			read_config(p, lines, b, &f, &with);
			if (f.count)
				fail_msg("%s", f.line[0]);
			if (k->type == CONFIG_INT || k->type == CONFIG_ENUM)
				assert_int_equal(*(int *)((char *)a + k->offset), *(int *)((char *)b + k->offset));
			if (k->type == CONFIG_BOOL)
				assert_int_equal(*(bool *)((char *)a + k->offset), *(bool *)((char *)b + k->offset));
			if (k->type == CONFIG_STRING)
				assert_string_equal(*(const char **)((char *)a + k->offset), *(const char **)((char *)b + k->offset));
			config_destroy(&without);
			config_destroy(&with);
			free(a);
			free(b);
			free(lines);
		}
	}
}

static void a_key_that_is_required_is_missed(void **state)
{
	(void)state;
	for (size_t i = 0; i < PEERS; i++) {
		struct faults f = { 0 };
		struct config_file *file;
		void *config = mem_zalloc(peers[i]->ops->config_size);
		size_t required = 0;
		for (const struct config_key *k = peers[i]->ops->keys; k->name; k++)
			required += k->required;
		read_config(peers[i], "", config, &f, &file); /* check() must bear what is not there */
		assert_in_range(f.count, required, required + 2);
		faults_fini(&f);
		config_destroy(&file);
		free(config);
	}
}

#endif
