/* Tickets come to people by themselves. Of several nodes one gives out, to whoever is at any of them. Loop thread. */
#ifndef XQ_CONSOLE_SEATS_H
#define XQ_CONSOLE_SEATS_H

struct console;
struct seats;

struct seats *seats_create(struct console *);
void seats_destroy(struct seats **);
/* There may be something to give, or somebody to give it to. */
void seats_kick(struct seats *);

#endif
