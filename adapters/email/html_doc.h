/* HTML of strangers as libxml2's tree, where libxml2 can bear it: 2.9.14 compares each attribute of a tag with all before
 * it, silently drops what follows once elements are nested 256 deep, and takes a microsecond for each tag. So what reading
 * would cost is counted first. Thread: any, after xmlInitParser(). */
#ifndef XQ_EMAIL_HTML_DOC_H
#define XQ_EMAIL_HTML_DOC_H

#include <libxml/HTMLparser.h>
#include <stddef.h>

enum {
	HTML_DOC_MAX = 8 << 20,
	HTML_DOC_ATTRIBUTES = 200, /* of one tag */
	HTML_DOC_COST = 6 << 20    /* of one mail: 32 a tag, 16 a reference, 1 a name, value, blank or sign in a tag */
};

/* What the HTML of one mail may still take. */
struct html_budget {
	size_t cost;       /* of what is read with its shape */
	size_t references; /* by name, in what is read without; the rest is left as it is written */
};
#define HTML_BUDGET { .cost = HTML_DOC_COST, .references = 20000 }

/* UTF-8. NULL when there is nothing in it, it cannot be read to its end, or would cost more than is left: then no more of
 * this mail is read. */
htmlDocPtr html_doc(const char *html, size_t n, struct html_budget *left);

#endif
