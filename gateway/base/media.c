#include "gateway/base/media.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const struct magic {
	size_t at;
	const char *bytes;
	size_t n;
	const char *type;
} magics[] = {
	{ 0, "\x89PNG\r\n\x1A\n", 8, "image/png" }, { 0, "\xFF\xD8\xFF", 3, "image/jpeg" }, { 0, "GIF8", 4, "image/gif" },
	{ 8, "WEBP", 4, "image/webp" }, { 0, "BM", 2, "image/bmp" }, { 0, "II*\0", 4, "image/tiff" },
	{ 0, "MM\0*", 4, "image/tiff" }, { 4, "ftypheic", 8, "image/heic" }, { 4, "ftypmif1", 8, "image/heic" },
	{ 4, "ftyp", 4, "video/mp4" }, { 8, "AVI ", 4, "video/x-msvideo" }, { 8, "WAVE", 4, "audio/wav" },
	{ 0, "ID3", 3, "audio/mpeg" }, { 0, "#!AMR", 5, "audio/amr" }, { 0, "OggS", 4, "audio/ogg" },
	{ 0, "%PDF-", 5, "application/pdf" }, { 0, "{\\rtf", 5, "application/rtf" },
	{ 0, "Rar!\x1A\x07", 6, "application/vnd.rar" }, { 0, "7z\xBC\xAF\x27\x1C", 6, "application/x-7z-compressed" },
	{ 0, "\x1F\x8B", 2, "application/gzip" }, { 0, "MZ", 2, "application/vnd.microsoft.portable-executable" },
	{ 0, "\x78\x9F\x3E\x22", 4, "application/ms-tnef" }, { 0, "\x7F" "ELF", 4, "application/x-elf" }
};

static bool ends(const char *name, const char *ending)
{
	size_t n = strlen(name), k = strlen(ending);
	return n >= k && !strcasecmp(name + n - k, ending);
}

static const char *office(const char *name, const char *otherwise)
{
	static const char *const types[][2] = {
		{ ".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
		{ ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
		{ ".pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
		{ ".doc", "application/msword" }, { ".xls", "application/vnd.ms-excel" },
		{ ".ppt", "application/vnd.ms-powerpoint" }, { ".wps", "application/vnd.ms-works" }
	};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (ends(name, types[i][0]))
			return types[i][1];
	return otherwise;
}

static bool is_text(const char *p, size_t n)
{
	for (size_t i = 0; i < n && i < 4096; i++)
		if ((unsigned char)p[i] < 0x20 && !strchr("\t\n\r\f\x1B", p[i]))
			return false;
	return n > 0 && !memchr(p, '\0', n < 4096 ? n : 4096);
}

static const char *text_type(const char *p, size_t n, const char *declared)
{
	char head[512];
	size_t k = n < sizeof head - 1 ? n : sizeof head - 1;
	memcpy(head, p, k);
	head[k] = '\0';
	if (strcasestr(head, "<svg"))
		return "image/svg+xml";
	if (strcasestr(head, "<html") || strcasestr(head, "<!doctype html") || strcasestr(head, "<script"))
		return "text/html";
	if (!strncasecmp(head, "BEGIN:VCALENDAR", 15))
		return "text/calendar";
	if (!strncasecmp(head, "BEGIN:VCARD", 11))
		return "text/vcard";
	if (declared && !strcasecmp(declared, "message/rfc822"))
		return "message/rfc822";
	return declared && !strcasecmp(declared, "text/csv") ? "text/csv" : "text/plain";
}

const char *media_type(const void *p, size_t n, const char *name, const char *declared)
{
	const char *b = p;
	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
		if (n >= magics[i].at + magics[i].n && !memcmp(b + magics[i].at, magics[i].bytes, magics[i].n))
			return magics[i].type;
	if (n >= 4 && !memcmp(b, "PK\3\4", 4))
		return office(name, "application/zip");
	if (n >= 8 && !memcmp(b, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8))
		return office(name, "application/x-ole-storage");
	return is_text(b, n) ? text_type(b, n, declared) : "application/octet-stream";
}
