/* A call for help is heard; an everyday complaint about the same things is not taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/model/ticket.h"

static struct rules rules;

static const struct rule_word *alarm_of(const char *text)
{
	struct view v = { .now = 1 };
	struct msg_in m = { .kind = MSG_TEXT, .text = text };
	struct plan p;
	ticket_decide(&rules, &v, &m, &p);
	return p.emergency;
}

static const struct { const char *text, *number, *kind; } CALLS[] = {
	{ "着火了", "119", "fire" }, { "我家着火了快来人", "119", "fire" }, { "楼下起火了！浓烟", "119", "fire" }, { "隔壁失火", "119", "fire" },
	{ "3号楼发生火灾", "119", "fire" },
	{ "電動車著火了", "119", "fire" }, { "着火了，消防车被占道的车堵住进不来", "119", "fire" }, { "消防通道被占，现在着火了救命", "119", "fire" },
	{ "厨房烧起来了", "119", "fire" },
	{ "我被困在电梯里，困在电梯半小时了", "119", "fire" }, { "电梯困人了", "119", "fire" }, { "房屋倒塌有人被埋", "119", "fire" },
	{ "My house is on fire", "119", "fire" },
	{ "FIRE!!! help", "119", "fire" }, { "There is a fire in building 3", "119", "fire" },
	{ "以前反映过没人管。现在真的着火了！", "119", "fire" },
	{ "有人晕倒了", "120", "medical" }, { "老人昏迷不醒，快叫救护车", "120", "medical" }, { "我爸心脏病发作", "120", "medical" },
	{ "流血不止", "120", "medical" },
	{ "孩子落水了", "120", "medical" }, { "有人触电了", "120", "medical" }, { "食物中毒了好几个人", "120", "medical" },
	{ "需要救护车", "120", "medical" },
	{ "救命", "120", "medical" }, { "He is bleeding badly", "120", "medical" },
	{ "my father is not breathing", "120", "medical" },
	{ "I think she has a heart attack", "120", "medical" }, { "call an ambulance", "120", "medical" },
	{ "有人持刀砍人", "110", "police" }, { "杀人了", "110", "police" }, { "我被打了", "110", "police" },
	{ "楼下有人抢劫", "110", "police" }, { "孩子不见了", "110", "police" },
	{ "家里进贼了", "110", "police" }, { "门口正在打架", "110", "police" }, { "我老公家暴我", "110", "police" },
	{ "we are being robbed", "110", "police" },
	{ "a man with a knife", "110", "police" }, { "my child is missing", "110", "police" },
	{ "路口出车祸了", "122", "traffic" }, { "有人被车撞了", "122", "traffic" }, { "刚才发生交通事故", "122", "traffic" },
	{ "肇事逃逸了", "122", "traffic" },
	{ "car accident at the crossing", "122", "traffic" }, { "someone was hit by a car", "122", "traffic" },
	{ "楼道里燃气泄漏", "119", "utility" }, { "闻到煤气味，煤气泄漏了", "119", "utility" }, { "天然气泄露", "119", "utility" },
	{ "I smell gas in the hall", "119", "utility" },
	{ "There is a gas leak", "119", "utility" }, { "电线掉下来了", "95598", "utility" },
	{ "我不想活了", "12356", "selfharm" }, { "我想自杀", "12356", "selfharm" }, { "活着没意思", "12356", "selfharm" },
	{ "有人要跳楼", "110", "selfharm" },
	{ "I want to kill myself", "12356", "selfharm" }, { "I want to die", "12356", "selfharm" },
	{ "再不解决我就不想活了", "12356", "selfharm" },
	/* The many ways it is said. */
	{ "屋里冒烟了", "119", "fire" }, { "變壓器冒煙了", "119", "fire" }, { "有人纵火", "119", "fire" }, { "电梯坏了我们被关在里面了", "119", "fire" },
	{ "電梯裡困人了", "119", "fire" }, { "我卡在电梯里了", "119", "fire" }, { "电梯卡住了，里面有人", "119", "fire" }, { "孩子被锁在车里了", "119", "fire" },
	{ "墙倒了压着人", "119", "fire" }, { "被洪水困住了", "119", "fire" }, { "住院部着火了", "119", "fire" }, { "i'm stuck in an elevator", "119", "fire" },
	{ "the building is burning", "119", "fire" },
	{ "我爸叫不醒了", "120", "medical" }, { "老人摔倒了起不来，头在流血", "120", "medical" }, { "孩子噎住了", "120", "medical" }, { "喘不过气，胸口疼得厉害", "120", "medical" },
	{ "他没有心跳了", "120", "medical" }, { "晕过去了，没反应了", "120", "medical" }, { "我妈中风了", "120", "medical" }, { "血止不住", "120", "medical" },
	{ "孩子从楼上掉下来了", "120", "medical" }, { "有人掉井里了", "120", "medical" }, { "我孩子觸電", "120", "medical" }, { "他喝了百草枯", "120", "medical" },
	{ "误食老鼠药", "120", "medical" }, { "救护车怎么还不来", "120", "medical" }, { "快打120", "120", "medical" }, { "快救人啊", "120", "medical" },
	{ "我快死了救救我", "120", "medical" }, { "my baby is choking", "120", "medical" }, { "my husband is dying", "120", "medical" },
	{ "he fell into the river", "120", "medical" },
	{ "他拿菜刀要砍我", "110", "police" }, { "有人砸门要打我", "110", "police" }, { "他拿着汽油说要同归于尽", "110", "police" }, { "我被绑架了", "110", "police" },
	{ "我老公正在打我", "110", "police" }, { "好多人打起来了", "110", "police" }, { "有人跟踪我", "110", "police" }, { "家里进小偷了", "110", "police" },
	{ "我女儿不见了", "110", "police" }, { "我妈走丢了", "110", "police" }, { "孩子被人抱走了", "110", "police" }, { "快报警", "110", "police" }, { "he has a knife", "110", "police" },
	{ "有人持刀，救命", "110", "police" },
	{ "撞了人跑了", "122", "traffic" }, { "被电动车撞了", "122", "traffic" }, { "车翻了", "122", "traffic" },
	{ "闻到一股煤气味", "119", "utility" }, { "楼道里好大煤气味", "119", "utility" }, { "煤气罐漏气", "119", "utility" }, { "燃气管道漏气", "119", "utility" },
	{ "施工挖破燃气管道了", "119", "utility" }, { "天然氣味道很濃", "119", "utility" }, { "smells like gas", "119", "utility" }, { "高压线掉下来了", "95598", "utility" },
	{ "有人从桥上跳下去了", "110", "selfharm" }, { "我站在楼顶了", "110", "selfharm" }, { "有个女孩要跳江", "110", "selfharm" }, { "他要上吊", "110", "selfharm" },
	{ "我吃了很多安眠药", "120", "selfharm" }, { "割脉了", "120", "selfharm" }, { "不想再活了", "12356", "selfharm" }, { "我想一了百了", "12356", "selfharm" },
	{ "想去死", "12356", "selfharm" }, { "写好遗书了", "12356", "selfharm" }, { "准备自我了断", "12356", "selfharm" }, { "没有活下去的勇气", "12356", "selfharm" },
	{ "我要跳楼，救命", "110", "selfharm" }, { "i don't want to live anymore", "12356", "selfharm" }, { "he is going to jump from the roof", "110", "selfharm" },
	/* Fear, and what it may have come from, take nothing back. */
	{ "着火了我好害怕", "119", "fire" }, { "楼下着火了，可能是电线短路引起的", "119", "fire" }, { "着火了，如果烧到我家怎么办", "119", "fire" },
	{ "电梯困人，里面有老人，担心出事", "119", "fire" }, { "There is a fire, could you send someone", "119", "fire" },
	{ "Could you send someone, there is a fire", "119", "fire" }, { "我爸可能心梗了", "120", "medical" }, { "流血不止，我好害怕", "120", "medical" },
	{ "触电了，可能是漏电引起的", "120", "medical" }, { "可能煤气泄漏了", "119", "utility" }, { "燃气报警器一直响，闻到煤气味", "119", "utility" },
	{ "楼道有煤气味，担心爆炸，请派人", "119", "utility" },
	/* Nor do the years of despair, its reason, or how often one was beaten. */
	{ "我是个商户，生意失败，我不想活了", "12356", "selfharm" }, { "企业欠薪三年，我要跳楼", "110", "selfharm" }, { "多年病痛，不想活了", "12356", "selfharm" },
	{ "从昨天开始就不想活了", "12356", "selfharm" }, { "经常想自杀", "12356", "selfharm" }, { "我老公经常家暴我，今天又打我了", "110", "police" },
	{ "他威胁要杀我全家", "110", "police" }, { "我奶奶昨天下午走失，到现在没回来", "110", "police" },
	/* Nor does what was before, told behind it. */
	{ "着火了，去年也着过一次", "119", "fire" }, { "楼下着火了！去年也着过", "119", "fire" }, { "我家着火了，上次也是这个电表箱", "119", "fire" },
	{ "电表箱着火了，以前反映过没人管", "119", "fire" }, { "有人晕倒了，以前有心脏病", "120", "medical" }, { "我爸晕倒了，他之前有高血压", "120", "medical" },
	{ "老人昏迷了，昨天刚出院", "120", "medical" }, { "孩子触电了，之前就反映过漏电", "120", "medical" }, { "有人落水了，上个月也有人落水", "120", "medical" },
	{ "楼道起火了，之前的隐患一直没整改", "119", "fire" }, { "车祸了，两个人流血，这里经常出车祸", "122", "traffic" },
	{ "小区着火了，多次反映电动车充电问题", "119", "fire" }, { "多次反映没人管，现在电动车着火了", "119", "fire" }, { "他拿刀砍人，之前就威胁过", "110", "police" },
	{ "有人晕倒，以前有心脏病", "120", "medical" }, { "煤气泄漏了，昨天刚检修过", "119", "utility" }, { "有人被车撞了，这路口多次出事故", "122", "traffic" },
	{ "房子着火了，是新闻吗，不是，快来", "119", "fire" }, { "以前有隐患，现在着火了", "119", "fire" }, { "经常停电，刚才电表箱着火了", "119", "fire" },
	{ "he is unconscious, he had a stroke last year", "120", "medical" },
	{ "my house is on fire, the alarm was installed last month", "119", "fire" },
};

static const char *const EVERYDAY[] = {
	"消防通道被占", "消防通道被私家车堵死", "火灾隐患没人管", "楼道堆放杂物存在火灾隐患", "电动车起火隐患", "电动车在楼道充电容易着火", "怕着火，请清理楼道", "万一着火怎么办",
	"以前着火过，现在又堆满了杂物", "去年着火烧坏的墙还没修", "什么时候搞消防演练", "灭火器过期了", "社区组织火灾演练通知太晚", "救护车通道被堵", "救护车", "小区救护车进不来",
	"烧烤店油烟大", "火锅店油烟扰民", "生意很火", "路灯坏了", "消防栓没水", "烟花爆竹半夜放", "会不会引发火灾", "火灾报警器一直响误报", "预防煤气中毒宣传没做",
	"燃气涨价", "燃气报警器要收费", "担心燃气泄漏，请派人检修", "居民信息泄露", "被打扰得睡不着", "计划被打乱", "电话总是被打断", "道德绑架业主", "这是明抢劫式收费",
	"救命钱被拖欠", "这里经常发生交通事故，请装红绿灯", "交通事故责任认定不公", "去年车祸赔偿没到位", "路口容易出车祸，请装减速带", "希望加装护栏防止撞伤行人",
	"跳楼价促销噪音大", "跳楼机安全检查", "请问现在像跳楼机这样的设施归谁管", "现在救命钱还被拖欠", "砖厂的烟囱浓烟滚滚", "商户们都活不下去了，租金太高", "热死了想死的心都没有空调",
	"公交司机打人被处理了吗去年的事", "垃圾桶满了", "我家水管爆裂了",
	"楼上装修太吵", "停水三天了", "The fire hydrant is broken", "fire lane blocked by cars", "fire hazard in the corridor",
	"fire alarm test is too loud",
	"He got fired unfairly", "the street lamp is broken", "fireworks at midnight", "the bus is late",
	"gas price is too high",
	"饿死了，食堂还不开门", "气死人了，三天两头停电", "着急死了，孩子要上学", "我要死了，热得睡不着", "吵得我快死了，天天装修", "行道树快死了没人浇水", "救救我们业主吧，烂尾五年了",
	"有没有意识到后果的严重性", "气得吐血", "房贷压得喘不过气", "臭气熏天，让人无法呼吸", "血汗钱打了水漂", "小区煤气罐乱放", "家里煤气停了", "天然气没气了", "燃气泄漏报警器多少钱",
	"我的狗走丢了", "猫走失了怎么办", "电脑中毒了", "老鼠药投放没有警示", "卖假农药", "他们天天打我电话催债", "像个定时炸弹", "我家就是个定时炸弹", "学校开展防溺水教育", "商家跳楼大甩卖",
	"车冒黑烟", "银行卡卡在里面取不出来", "红绿灯一动不动", "菜刀价格", "楼上砸门声音大扰民", "去年有人跳楼，天台至今没锁", "昨天有人跳楼身亡", "女儿要生了去哪里建档", "工厂快撑不下去了",
	"去年小区着火了，到现在没修", "昨天有人被砍，今天没事了", "社区说着火了怎么逃生，要搞演练", "孩子在学校被打了，派出所不立案", "被车撞了，保险理赔拖着不办",
	"防火门打不开", "着火点附近", "如果发生火灾消防车进不来", "电动车进楼，一旦起火后果严重", "上个月楼里失火，物业没有整改", "多次发生火灾的老旧小区请整治",
};

static void a_call_for_help_gets_the_number_to_call(void **state)
{
	(void)state;
	int wrong = 0;
	for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++) {
		const struct rule_word *w = alarm_of(CALLS[i].text);
		if (w && !strcmp(w->number, CALLS[i].number) && !strcmp(w->kind + strlen("emergency."), CALLS[i].kind))
			continue;
		wrong++;
		print_error("\"%s\" got %s %s\n", CALLS[i].text, w ? w->number : "nothing", w ? w->kind : "");
	}
	assert_int_equal(wrong, 0);
}

static void an_everyday_complaint_raises_no_alarm(void **state)
{
	(void)state;
	int wrong = 0;
	for (size_t i = 0; i < sizeof EVERYDAY / sizeof *EVERYDAY; i++) {
		const struct rule_word *w = alarm_of(EVERYDAY[i]);
		if (w)
			print_error("\"%s\" raised %s by %s\n", EVERYDAY[i], w->kind, w->word);
		wrong += w != NULL;
	}
	assert_int_equal(wrong, 0);
}

static void a_guard_only_holds_in_its_own_sentence(void **state)
{
	(void)state;
	assert_non_null(alarm_of("昨天社区搞了消防演练。我家着火了"));
	assert_non_null(alarm_of("Last year we had a drill. My house is on fire"));
	assert_non_null(alarm_of("以前有隐患\n着火了"));
	assert_null(alarm_of("昨天社区搞着火演练"));
	assert_non_null(alarm_of("昨天修的电线，现在着火了"));
}

static void words_of_staff_replace_ours(void **state)
{
	(void)state;
	struct rules own = rules;
	own.emergencies = 1;
	own.emergency[0] = (struct rule_word){ "水管爆裂", "96116", "emergency.utility", NULL };
	struct view v = { .now = 1 };
	struct msg_in m = { .kind = MSG_TEXT, .text = "我家水管爆裂了" };
	struct plan p;
	ticket_decide(&own, &v, &m, &p);
	assert_int_equal(p.outcome, OUTCOME_EMERGENCY);
	assert_string_equal(p.emergency->number, "96116");
	m.text = "着火了";
	ticket_decide(&own, &v, &m, &p);
	assert_null(p.emergency);
}

/* Seen by the sanitizer only: what stands before the text is nobody's. */
static void a_word_shorter_than_a_character_may_begin_the_text(void **state)
{
	(void)state;
	static struct rules own;
	own.emergencies = 1;
	own.emergency[0] = (struct rule_word){ "tb", "120", "emergency.medical", "last year" };
	struct view v = { .now = 1 };
	struct msg_in m = { .kind = MSG_TEXT, .text = "TB" };
	struct plan p;
	ticket_decide(&own, &v, &m, &p);
	assert_int_equal(p.outcome, OUTCOME_EMERGENCY);
	m.text = "TB last year";
	ticket_decide(&own, &v, &m, &p);
	assert_null(p.emergency);
}

static void every_word_of_ours_is_complete(void **state)
{
	(void)state;
	assert_true(rules.emergencies > 100);
	assert_int_equal(rules.max_rounds, 2);
	assert_int_equal(rules.flood_messages, 20);
	assert_int_equal(rules.flood_window_ms, 600000);
	assert_int_equal(rules.reopen_window_ms, 2592000000);
	for (unsigned i = 0; i < rules.emergencies; i++) {
		const struct rule_word *w = &rules.emergency[i];
		assert_true(*w->word && *w->number && !strncmp(w->kind, "emergency.", 10));
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(w->word, rules.emergency[j].word);
	}
}

static int load_rules(void **state)
{
	(void)state;
	rules_defaults(&rules);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_for_help_gets_the_number_to_call),
		cmocka_unit_test(an_everyday_complaint_raises_no_alarm),
		cmocka_unit_test(a_guard_only_holds_in_its_own_sentence),
		cmocka_unit_test(words_of_staff_replace_ours),
		cmocka_unit_test(a_word_shorter_than_a_character_may_begin_the_text),
		cmocka_unit_test(every_word_of_ours_is_complete),
	};
	return cmocka_run_group_tests(tests, load_rules, NULL);
}
