/* For targets that read charsets: glibc loads a converter's file when it is opened and lets it go soon after it was closed, which here
 * took a fifth of the time. These stay. */
#ifndef XQ_TESTS_FUZZ_CONVERTERS_H
#define XQ_TESTS_FUZZ_CONVERTERS_H

#include <iconv.h>
#include <stdbool.h>
#include <stddef.h>

static inline void converters_keep(void)
{
	static const char *const name[] = { "GB18030", "GBK", "BIG5-HKSCS", "EUC-TW", "HZ", "ISO-2022-JP", "ISO-2022-JP-2", "ISO-2022-CN",
		"ISO-2022-KR", "EUC-JP-MS", "CP932", "CP949", "WINDOWS-1252", "ISO-8859-2", "ISO-8859-15", "KOI8-R", "UTF-7", "UTF-16",
		"UTF-16LE", "UTF-16BE", "UTF-32", "US-ASCII" };
	static iconv_t kept[sizeof name / sizeof *name];
	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		if (!kept[i])
			kept[i] = iconv_open("UTF-8", name[i]);
}

#endif
