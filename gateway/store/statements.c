#include "gateway/model/report.h"
#include "gateway/store/db.h"

struct text {
	const char *name, *sqlite, *postgres;
};
#define DB_TEXT_OF_(x) #x
#define DB_TEXT_OF(x) DB_TEXT_OF_(x)
static const struct text texts[STMT_COUNT] = {
#define STMT(name, text) [STMT_##name] = { #name, text, text },
#define STMT2(name, sqlite, postgres) [STMT_##name] = { #name, sqlite, postgres },
#include "gateway/store/statements.def"
#undef STMT
#undef STMT2
};

const char *stmt_text(enum stmt s, bool postgres)
{
	must(s < STMT_COUNT);
	return postgres ? texts[s].postgres : texts[s].sqlite;
}

const char *stmt_name(enum stmt s)
{
	must(s < STMT_COUNT);
	return texts[s].name;
}
