/* Suggestions for whatever a stranger writes. Input: a title on a line, then the text. */
#include "tests/fuzz/fuzz.h"

#include "gateway/model/suggest.h"

enum { FUZZ_MAX = 1024 };

static const struct suggest_topic TOPICS[] = { { "pay", "工资|薪水|pay" }, { "light", "路灯|灯|light" } };
static const struct suggest_example EXAMPLES[] = {
	{ "路灯", "the lamp is out 路灯不亮", { "求助", "lamp", "urban" } }, { "灯", "照明坏了 lamp", { "求助", "lamp", "urban" } },
	{ "工资", "不发工资 wages", { "投诉", "wages", "labour" } }, { "欠薪", "老板欠薪 wages unpaid", { "投诉", "wages", "labour" } },
};

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct suggest *model;
	struct input in = { p, n };
	char *title = input_line(&in), *text = input_rest(&in);
	if (model == NULL)
		model = suggest_train(TOPICS, 2, EXAMPLES, 4, NULL);
	for (unsigned h = 0; h < SUGGEST_HEADS; h++) {
		struct suggestion best[SUGGEST_BEST];
		size_t found = suggest_ask(model, (enum suggest_head)h, title, text, best);
		must(found <= SUGGEST_BEST);
		for (size_t i = 0; i < found; i++) {
			must(best[i].share >= 0 && best[i].share <= 1 && (i == 0 || best[i].share <= best[i - 1].share));
			for (size_t w = 0; w < SUGGEST_WORDS; w++)
				must(text_valid(best[i].word[w]));
		}
	}
	free(title);
	free(text);
	return 0;
}
