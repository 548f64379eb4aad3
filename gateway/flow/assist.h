/* After a new ticket that asks a question: an answer from the knowledge base with its source, or the word that there is
 * none. The ticket is stored, acknowledged and answered first; this comes behind, and a person sees the ticket as any other.
 * Loop thread only. */
#ifndef XQ_FLOW_ASSIST_H
#define XQ_FLOW_ASSIST_H

struct lane;
void assist_consider(struct lane *, const char *ticket, const char *text);

#endif
