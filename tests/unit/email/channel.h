/* The email adapter under test, beside a fake gateway, on a loop of its own. */
#ifndef XQ_TESTS_CHANNEL_H
#define XQ_TESTS_CHANNEL_H

#include "adapters/email/email.h"
#include "gateway/base/blob.h"
#include "gateway/base/fetch.h"
#include "tests/unit/base/loop_until.h"
#include "tests/unit/base/temp.h"
#include "tests/unit/fake_host.h"

static uv_loop_t loop;
static struct fake_host gateway;
static struct adapter *channel;
static void *channel_config;
static struct config_file *channel_file;

/* keys: lines of [channel mail] below type and address. The loop may be there already (a peer on it). */
static bool loop_ready;

static inline void channel_loop(void)
{
	if (!loop_ready)
		uv_loop_init(&loop);
	loop_ready = true;
}

static inline void channel_up(const char *keys)
{
	struct faults faults = { 0 };
	struct err e = { 0 };
	char *blobs = temp_path("blobs"), *ini = mem_printf("[channel mail]\naddress = 12345@city.example\n%s", keys);
	char *path = temp_file("mail.conf", ini);
	channel_loop();
	fake_host_init(&gateway, &loop);
	gateway.host.blobs = blob_open(blobs, &e);
	gateway.host.fetch = fetch_create(&loop, &e);
	channel_file = config_load(path, &faults);
	channel_config = mem_zalloc(email_adapter.config_size);
	config_fill(config_section(channel_file, 0), email_adapter.keys, channel_config, &faults);
	email_adapter.check(channel_config, config_section(channel_file, 0), &faults);
	if (faults.count)
		puts(faults.line[0]);
	must(faults.count == 0);
	must(email_adapter.create(&channel, channel_config, &gateway.host, &e) == 0);
	channel->ops = &email_adapter;
	channel->channel = "mail";
	int rc = email_adapter.start(channel, &e);
	if (rc < 0)
		puts(e.words);
	must(rc == 0);
	free(blobs);
	free(ini);
	free(path);
}

static void channel_walk(uv_handle_t *h, void *arg)
{
	*(unsigned *)arg += !uv_is_closing(h);
}

static inline void channel_down(void)
{
	email_adapter.destroy(&channel);
	loop_for(&loop, 30);
	fetch_destroy((struct fetch **)&gateway.host.fetch);
	blob_close((struct blob_store **)&gateway.host.blobs);
	fake_host_fini(&gateway);
	for (unsigned i = 0; i < 1000 && uv_run(&loop, UV_RUN_NOWAIT); i++)
		loop_for(&loop, 10);
	unsigned open = 0;
	uv_walk(&loop, channel_walk, &open);
	must(open == 0); /* nothing of the adapter is left on the loop */
	must(uv_loop_close(&loop) == 0);
	loop_ready = false;
	free(channel_config);
	config_destroy(&channel_file);
}

static inline bool channel_took(void *n)
{
	return gateway.takes >= *(size_t *)n;
}

static inline bool channel_wait_takes(size_t n)
{
	return loop_until(&loop, channel_took, &n, 5000);
}

#endif
