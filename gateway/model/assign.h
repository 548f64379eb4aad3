/* Who gets a ticket: work comes to people. Pure.
 *
 * An expert (somebody with skills) gets tickets of those categories only, and before any generalist; a generalist gets the
 * rest, and a category's tickets when none of its experts has room. Among those in question the one with the smallest share
 * of their capacity in use gets it; where that is equal, whoever has waited longest. Nobody gets more than their capacity,
 * but for an emergency. */
#ifndef XQ_MODEL_ASSIGN_H
#define XQ_MODEL_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct assign_seat {
	const char *name;
	const char *skills;  /* codes of categories and numbers of hotlines, by commas; "": a generalist */
	unsigned capacity;   /* > 0 */
	unsigned load;       /* open tickets in hand */
	int64_t given_at;    /* when a ticket last came by itself */
};
/* Whether category is one of the codes in skills. "" is in none. */
bool assign_skilled(const char *skills, const char *category);
/* The expert for this (one of the words in skills) who gets a ticket, or -1. */
int assign_expert(const struct assign_seat *seat, size_t n, const char *skill);
/* The seat that gets a ticket of this category ("" when it has none yet), or -1: nobody has room. */
int assign_pick(const struct assign_seat *seat, size_t n, const char *category, bool emergency);

#endif
