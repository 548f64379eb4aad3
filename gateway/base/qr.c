#include "gateway/base/qr.h"

#include <qrencode.h>
#include <string.h>

/* Black modules that lie side by side are one box. */
static void row_add(struct buf *path, const unsigned char *module, unsigned size, unsigned y)
{
	for (unsigned x = 0, end; x < size; x = end + 1) {
		for (end = x; end < size && (module[end] & 1); end++)
			;
		if (end > x)
			buf_addf(path, "M%u %uh%uv1h-%uz", x, y, end - x, end - x);
	}
}

int qr_path(const char *text, struct buf *path, unsigned *size, struct err *e)
{
	QRcode *q = strlen(text) <= QR_TEXT_MAX ? QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M) : NULL;
	if (q == NULL)
		return err_set(e, E_RANGE, "the text is too long for a QR code; at most %d bytes", QR_TEXT_MAX);
	*size = (unsigned)q->width;
	for (unsigned y = 0; y < *size; y++)
		row_add(path, q->data + (size_t)y * *size, *size, y);
	QRcode_free(q);
	return 0;
}
