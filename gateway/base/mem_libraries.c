/* The libraries that let others allocate for them do so by mem.h: checked one by one, their callers would each need a way on
 * without memory, and a way that is never gone is never right. SQLite stays with its own: it undoes and says so. GLib ends
 * the process by itself, with its own words. */
#include <curl/curl.h>
#include <jansson.h>
#include <libwebsockets.h>
#include <libxml/xmlmemory.h>
#include <openssl/crypto.h>
#include <uv.h>

#include "gateway/base/err.h"
#include "gateway/base/mem.h"

static void *for_lws(void *p, size_t n, const char *why)
{
	(void)why;
	if (n > 0)
		return mem_realloc(p, n);
	free(p);
	return NULL;
}

static void *for_openssl(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return n > 0 ? mem_alloc(n) : NULL;
}

static void *for_openssl_again(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return mem_realloc(p, n);
}

static void openssl_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

void mem_libraries(void)
{
	/* OpenSSL refuses once it has allocated: some library's constructor may have come first, and then it stays as it is. */
	(void)CRYPTO_set_mem_functions(for_openssl, for_openssl_again, openssl_free);
	lws_set_allocator(for_lws);
	json_set_alloc_funcs(mem_alloc, free);
	must(xmlMemSetup(free, mem_alloc, mem_realloc, mem_strdup) == 0);
	must(uv_replace_allocator(mem_alloc, mem_realloc, mem_calloc, free) == 0);
	must(curl_global_init_mem(CURL_GLOBAL_DEFAULT, mem_alloc, free, mem_realloc, mem_strdup, mem_calloc) == CURLE_OK);
}
