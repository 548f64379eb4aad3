/* Addresses of citizens: one form each, so that one person is one conversation; and masks for people who need not see
 * them. Pure. */
#ifndef XQ_MODEL_ADDRESS_H
#define XQ_MODEL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/mem.h"
#include "gateway/model/message.h"

/* A phone number as +CC…: separators dropped, 00 to +, a Chinese mobile number (11 digits beginning with 1) to +86…, where
 * neither + nor 00 says that it is of another country. Short codes and anything else stay as digits. false: no
 * digits at all, or too long. */
bool address_phone(const char *in, char out[MSG_PEER_MAX]);
/* An addr-spec with the domain in lower case (local part kept, except that it is lower-cased too for comparing: providers
 * that matter ignore case). false: not an address. */
bool address_email(const char *in, char out[MSG_PEER_MAX]);
/* The one form that addresses of this kind of channel are kept under. false: none of its kind. */
bool address_of_kind(const char *kind, const char *in, char out[MSG_PEER_MAX]);
/* "138****5678", "z***@qq.com", "访客 3f2a". For any kind of address. */
void address_mask(const char *peer, char out[MSG_PEER_MAX]);
/* "张*": the first character of a name and stars. */
void address_mask_name(const char *name, char out[MSG_PEER_MAX]);
/* What a channel says about a message, in its own words, with addresses in it masked: every mail address, every mobile number, and
 * peer's in any of its forms, of a mail address also what stands before the @ alone. NULL gives NULL; peer may be NULL. */
const char *address_mask_words(struct arena *, const char *words, const char *peer);

#endif
