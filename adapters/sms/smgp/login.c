#include "adapters/sms/smgp/login.h"

#include <stdio.h>

#include "gateway/base/buf.h"
#include "gateway/base/crypto.h"

enum { NULS = 7, ROOM = 128 };

static void digest(struct buf *b, uint8_t out[SMGP_DIGEST])
{
	must(!b->overflow);
	crypto_md5(b->data, b->len, out);
	buf_fini(b);
}

void smgp_client_digest(const char *client_id, const char *secret, uint32_t timestamp, uint8_t out[SMGP_DIGEST])
{
	static const char nuls[NULS];
	struct buf b;
	buf_init(&b, ROOM);
	buf_adds(&b, client_id);
	buf_add(&b, nuls, NULS);
	buf_adds(&b, secret);
	buf_addf(&b, "%010u", timestamp);
	digest(&b, out);
}

void smgp_server_digest(uint32_t status, const uint8_t client[SMGP_DIGEST], const char *secret, uint8_t out[SMGP_DIGEST])
{
	struct buf b;
	buf_init(&b, ROOM);
	buf_u32(&b, status);
	buf_add(&b, client, SMGP_DIGEST);
	buf_adds(&b, secret);
	digest(&b, out);
}
