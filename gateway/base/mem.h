/* Memory. Every allocation here succeeds or the process stops with a word in the log: a gateway that has acknowledged
 * only what is on disk loses nothing by stopping, and a half-handled allocation failure would.
 * Thread: any, except that one arena belongs to one thread at a time. */
#ifndef XQ_BASE_MEM_H
#define XQ_BASE_MEM_H

#include <stddef.h>
#include <stdlib.h>

void *mem_alloc(size_t n);  /* not zeroed */
void *mem_zalloc(size_t n); /* zeroed */
void *mem_realloc(void *p, size_t n);
/* Room for one more behind the n elements of an array that is made longer by this alone (p NULL: n 0). It doubles: a file may bring an
 * element with each byte, and copying all of them each time takes seconds. */
void *mem_grow(void *p, size_t n, size_t size);
char *mem_strdup(const char *s);             /* NULL gives NULL */
char *mem_strndup(const char *s, size_t n);
void *mem_dup(const void *p, size_t n);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#define mem_new(type) ((type *)mem_zalloc(sizeof(type)))
#define mem_array(type, n) ((type *)mem_calloc((n), sizeof(type)))
void *mem_calloc(size_t n, size_t size); /* stops on overflow */

/* Has the libraries we use allocate here too. First of all, before any of them is used, once. */
void mem_libraries(void);

/* An arena: allocations that all end together (one message, one request). */
struct arena;
struct arena *arena_create(size_t first_block);
void arena_destroy(struct arena **a);
void arena_reset(struct arena *a); /* forgets everything, keeps one block */
void *arena_alloc(struct arena *a, size_t n); /* zeroed, aligned for any type */
char *arena_strdup(struct arena *a, const char *s); /* NULL gives NULL */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
