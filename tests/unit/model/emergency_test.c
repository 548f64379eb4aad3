/* A call for help is heard; an everyday complaint about the same things is not taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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
	{ "之前没人管，着火了", "119", "fire" }, { "我妈之前有心脏病，晕倒了", "120", "medical" },
	/* People, where everyday complaints have things. */
	{ "我妈妈倒在地上没反应", "120", "medical" }, { "他倒在地上没有反应了", "120", "medical" }, { "她倒在路边", "120", "medical" }, { "工作人员没来，老人晕倒了", "120", "medical" },
	{ "血压早晚都高，晕倒了", "120", "medical" },
	{ "孩子没反应了", "120", "medical" }, { "怎么叫都没反应", "120", "medical" },
	{ "有人躺在路上不动了", "120", "medical" }, { "我看见一个人躺在路上不动了", "120", "medical" }, { "孩子抽风了", "120", "medical" },
	{ "孩子淹水了", "120", "medical" }, { "有人从楼上掉下来", "120", "medical" }, { "孩子从三楼掉下来了", "120", "medical" }, { "老人从楼上摔下来了", "120", "medical" },
	{ "井盖没盖好，孩子掉井里了", "120", "medical" }, { "一辆车掉进河里了", "120", "medical" }, { "花园小区有人受伤", "120", "medical" },
	{ "店里有人受伤流血", "120", "medical" }, { "出人命了快来", "120", "medical" }, { "他在路边触电，很危险", "120", "medical" },
	{ "我被人关在屋里出不去", "110", "police" }, { "有人在我家门口要砸门", "110", "police" }, { "我包被抢了", "110", "police" }, { "老人被抢了", "110", "police" },
	{ "学校门口打架了", "110", "police" }, { "他们围着我不让我走", "110", "police" }, { "我孩子在学校，找不到孩子了", "110", "police" }, { "他说要捅死我", "110", "police" },
	{ "为了车位他拿刀砍人", "110", "police" }, { "老人被撞倒了", "122", "traffic" }, { "站牌旁边有人被大车撞了", "122", "traffic" }, { "大货车侧翻了", "122", "traffic" },
	{ "人行道上车着火了", "119", "fire" }, { "烂尾楼着火了", "119", "fire" }, { "我们被洪水困住了", "119", "fire" }, { "墙倒了压住人了", "119", "fire" },
	{ "电梯停了，里面有老人", "119", "fire" }, { "电线垂到地上了", "95598", "utility" },
	{ "有人从楼上跳下来了", "110", "selfharm" }, { "她要从楼上跳", "110", "selfharm" }, { "他在房间里烧炭自杀", "110", "selfharm" }, { "他烧炭了，快来", "110", "selfharm" },
	{ "烧烤店天天油烟，我不想活了", "12356", "selfharm" },
	{ "有人拿刀砍人了，派出所电话打不通", "110", "police" }, { "有人被车撞了，差点没命", "122", "traffic" },
	{ "我丈夫没反应了", "120", "medical" }, { "老太太被撞倒在地", "122", "traffic" }, { "司机被卡在车里出不来", "119", "fire" }, { "有人在桥上要跳", "110", "selfharm" },
	{ "有人从楼梯上摔下来不动了", "120", "medical" }, { "我们被困在山上了", "119", "fire" },
	/* What a guard says of one thing it does not say of the one beside it; and people are named, moved and counted in many ways. */
	{ "我站在楼顶往下看，我不想活了", "110", "selfharm" }, { "我站在楼顶看着下面，不想活了", "110", "selfharm" },
	{ "我站在楼顶就想跳下去，活着没意思", "110", "selfharm" }, { "站在楼顶都不想下来，想死", "110", "selfharm" },
	{ "我买了绳子，要上吊着", "110", "selfharm" }, { "我从这里跳过去就死了，不想活了", "110", "selfharm" },
	{ "狗掉河里了，我爸下去救，也掉河里了", "120", "medical" }, { "孩子的球掉河里，他去捡，掉水里了", "120", "medical" },
	{ "孩子捡球掉河里了", "120", "medical" }, { "小孩书包掉河里下去捞，溺水了", "120", "medical" }, { "井盖掉了，孩子掉井里了", "120", "medical" },
	{ "河里有人溺水，再不来就要淹死人了", "120", "medical" }, { "有人触电，旁边有触电危险，不敢救", "120", "medical" },
	{ "石头掉下来砸到人，头破血流", "120", "medical" }, { "从楼上掉东西，砸到老人，昏迷", "120", "medical" },
	{ "叫了救护车没来得及，他没呼吸了", "120", "medical" }, { "洪水来了，车子被困住，我们被困在里面出不来", "119", "fire" },
	{ "围墙倒了，压住人行道，也压住人了", "119", "fire" }, { "公交车撞上路灯被撞断，撞死人了", "122", "traffic" },
	{ "打架，同学打架，拿菜刀砍", "110", "police" }, { "孩子突然没反应了", "120", "medical" }, { "我妈突然没反应了", "120", "medical" },
	{ "人突然没反应了", "120", "medical" }, { "爷爷没有反应了", "120", "medical" }, { "奶奶没有反应了", "120", "medical" },
	{ "老婆没有反应了", "120", "medical" }, { "丈夫没有反应了", "120", "medical" }, { "人已经没有反应了", "120", "medical" },
	{ "小女孩从楼上掉下来了", "120", "medical" }, { "宝宝从楼上掉下来了", "120", "medical" }, { "爷爷从楼上掉下来了", "120", "medical" },
	{ "我老公从楼上掉下来了", "120", "medical" }, { "学生从楼上掉下来了", "120", "medical" }, { "工友从楼上掉下来了", "120", "medical" },
	{ "孩子又抽风了", "120", "medical" }, { "我在路上被抢了", "110", "police" }, { "我妈被抢了", "110", "police" },
	{ "我家孩子找不到！", "110", "police" }, { "女儿找不到，快帮帮我", "110", "police" }, { "楼顶站着两个人要跳", "110", "selfharm" },
	{ "我听见隔壁有贼，快来", "110", "police" }, { "我妈在路口被撞倒了", "122", "traffic" }, { "老人过马路被撞倒", "122", "traffic" },
	{ "电梯卡住了，里面3个人", "119", "fire" }, { "电梯卡住了，里面两个老人", "119", "fire" }, { "有人从6楼掉下来了", "120", "medical" },
	{ "他拿刀砍人了，派出所一直没人来", "110", "police" }, { "有人在砍人，报了警派出所至今没人来", "110", "police" },
	{ "他要砍死我，我报警了派出所没来人", "110", "police" }, { "孩子走丢了，穿着印小猫的衣服", "110", "police" },
	{ "有人晕倒了，在法院门口", "120", "medical" }, { "我爸晕倒了，宠物店门口", "120", "medical" },
	{ "有人晕倒，我手机快没电了", "120", "medical" }, { "救救孩子，他掉进鱼塘了", "120", "medical" },
	{ "我快死了，在山上迷路，好冷", "120", "medical" }, { "有人受伤，救护车半小时才会到", "120", "medical" },
	{ "有人受伤，打了120才处理", "120", "medical" }, { "有人死了，户口本在身上", "120", "medical" },
	{ "有人从12楼窗户掉下去了", "120", "medical" }, { "工人从脚手架上掉下来了", "120", "medical" },
	{ "老人在家里摔倒了动不了", "120", "medical" }, { "孩子误食洗衣液", "120", "medical" }, { "孩子掉进粪坑了", "120", "medical" },
	{ "我弟弟在学校被人打得满脸是血", "120", "medical" }, { "工友被机器卡住手了", "119", "fire" }, { "电梯突然停了，里面还有两个小孩", "119", "fire" },
	{ "货车把骑车的撞飞了", "122", "traffic" }, { "一个小伙子从六楼跳下来了", "110", "selfharm" },
	{ "我孩子放学没回来到处找不到", "110", "police" }, { "有人在楼上跳", "110", "selfharm" },
	/* Places and names that sound like guards. */
	{ "火锅店着火了", "119", "fire" }, { "电影院着火了", "119", "fire" }, { "安置小区有人晕倒", "120", "medical" }, { "曾大爷晕倒了", "120", "medical" },
	{ "宝宝三个月没呼吸了", "120", "medical" }, { "有人晕倒在宠物店门口", "120", "medical" }, { "法院门口有人晕倒了", "120", "medical" },
	{ "住院部有人倒在地上", "120", "medical" }, { "老人在斑马线上被撞倒了", "122", "traffic" }, { "派出所门口有人拿刀砍人", "110", "police" },
	{ "我爸去世了我不想活了", "12356", "selfharm" }, { "可能着火了", "119", "fire" }, { "孩子发烧，突然一下没反应了", "120", "medical" },
	/* Who writes in traditional characters is heard as well. */
	{ "有人墜樓", "120", "medical" }, { "我媽心臟病發作", "120", "medical" }, { "寶寶沒有反應了", "120", "medical" }, { "孫女臉發紫", "120", "medical" },
	{ "幫我報警", "110", "police" }, { "有人行兇", "110", "police" }, { "聚眾鬥毆", "110", "police" }, { "牆倒了壓住人", "119", "fire" },
	{ "孩子被鎖在車裡", "119", "fire" }, { "寫好遺書了", "12356", "selfharm" },
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
	/* Rope, water, tiles, keys and buttons. */
	"电梯按钮没反应了，报修三天", "门禁刷卡没反应了", "反映之后社区就没有反应了", "打12345投诉后就没反应了", "你们永远叫不醒装睡的人", "叫不醒装睡的人，社区就是不管",
	"保安不让我走正门，说要办卡", "物业不让我走消防通道", "我的车位被抢了，怎么办", "挂号名额都被抢了", "公租房名额被抢了", "楼下烧烤店天天烧炭，油烟大", "楼下有人烧炭取暖，烟味很大",
	"难道非要等有人受伤才来修吗", "难道等出人命了才管吗", "是不是要等出人命了你们才重视", "路灯杆漏电，有触电危险", "积水路段电线裸露，小孩容易触电", "充电桩没有触电保护",
	"医院胸痛中心什么时候建好", "我父亲去年中风了，想申请残疾证", "我妈中风了三年，想申请护理补贴", "系统又抽风了，社保查不到", "空调抽风了吗", "手机老是抽风了",
	"通信电线垂落在人行道上", "天然气味道怎么加臭的", "我要生了，请问生育津贴怎么领", "我老婆要生了，准生证在哪里办", "孩子快生了，医保怎么报销",
	"我女儿找不到工作", "儿子找不到对象", "孩子找不到学校上学", "孩子找不到幼儿园", "他打我电话骚扰", "其他打我孩子的老师要道歉", "老师打我孩子", "城管打人了吗",
	"楼上小孩跑来跑去，跟打架了一样", "广场舞音响大，吵得我快死了", "我快死了也没人管养老金", "这路坑坑洼洼，车都要侧翻了", "大货车经常侧翻了没人管", "烟囱冒烟了", "餐馆排烟管冒烟了",
	"绿化带里的树快没命了", "公司卷款跑路了，救救我", "我家车被困住了出不来", "车子被别人堵在车位困在里面出不来", "桥塌了半年没修", "路塌了",
	"楼上跳绳吵", "楼上跳来跳去", "跳楼机", "学校要求孩子站在楼顶拍照", "夏天楼顶站着都热", "上吊扇", "死者家属", "有人死了骨灰安放", "人死了户口怎么销",
	"家里有人死了，丧葬费怎么领", "伤员转运费用", "伤员救治费用报销", "120快不快", "救护车没来得及", "救护车没来过我们村", "救护车怎么还收费", "非礼勿视",
	"不让我走流程", "孩子被锁在校门外", "漏电了吗", "漏电保护器老跳闸", "洪水困扰", "洪水困难补助", "压到人行道", "埋了人行道下的管道",
	"砸到车，压住人行道盲道", "压着人行道", "压人行道", "水电电到人手", "电到人家", "重大车被撞倒了护栏", "护栏被撞倒了", "路灯杆被撞倒了没人扶", "隔离墩被撞倒",
	"公交站牌被大车撞坏了", "树枝被大车撞断", "我的车被公交车撞坏了", "路牌被货车撞歪了", "红绿灯被小车撞坏", "有贼心没贼胆", "小区有贼，希望装监控",
	"强烈建议快报警", "人口失踪怎么报", "狗被抱走", "我的快递被抢了", "共享单车都被抢了", "优惠券被抢了", "车票被抢了", "楼上跳绳扰民，天天晚上咚咚响", "楼上跳舞，吵得睡不着",
	"楼上跳来跳去，孩子吵", "楼上跳操健身，地板震", "小区广场舞跳到半夜", "楼上跳广场舞的声音太大", "孩子找不到幼儿园上", "儿子找不到工作，请帮忙", "老人找不到养老院",
	"电梯门禁没反应了", "网上申请提交后没反应了", "打了好几次电话都没有反应了", "路灯控制箱没反应了", "保安不让我走大门", "银行不让我走绿色通道", "停车位被抢了",
	"公交车座位被抢了", "充电桩被抢了位置", "楼下烧炭烤串，烟太大", "门口烧烤摊烧炭冒烟", "这样下去会有人受伤的", "已经有人受伤，希望赶紧修人行道", "非要出人命了才管",
	"电线裸露，容易触电", "电线裸露，有触电的危险", "水泵漏电触电危险", "护栏被撞倒半个月没修", "路灯杆被车撞倒没人管", "绿化带护栏被大车撞坏", "共享单车压着人行道",
	"工地围挡压到人行道上", "渣土堆埋了人行道", "污水漫过来淹水了", "小区淹水了三天没人管", "地下车库淹水了", "道路淹水了", "天然气味道好像没加臭",
	"家里煤气味报警器多少钱一个", "洪水困扰村民多年", "家长会说打架了要记过", "学校有人打架，老师不管", "同学在打架，学校不处理", "社保卡系统又抽风了", "我奶奶不见了退休金",
	"工地上工人流血流汗拿不到工资", "手机卡卡住了里面", "电梯卡住了，里面有异响", "救护车没来得及开进去因为车堵了", "要求120快速反应", "残疾人爷爷走失过几次要手环",
	"拿着菜刀卖的摊贩没有许可", "买菜刀要实名吗", "要捅破窗户纸说", "门禁没反应了，孩子被锁在外面", "下水道井盖掉进井里了", "井盖掉井里了", "手机掉井里了",
	"钥匙掉进下水道了", "钥匙掉进水沟", "衣服从楼上掉下来", "楼上掉下来一个花盆", "楼上掉下来瓷砖，差点砸到人", "外墙瓷砖从楼上掉下来", "空调外机从楼上掉下来了",
	"强暴雨过后积水没人管", "河边没有护栏，迟早淹死人", "系统没反应了", "工作人员没有反应", "窗户上吊着一串灯", "楼上吊顶装修太吵", "楼顶跳广场舞", "桥上跳舞的人太多",
	"红包被抢了", "车位被人抢了", "护栏被大车撞坏", "庄稼被水淹了", "手机掉河里了能不能捞", "东西从窗户掉下去了", "有人受伤，希望尽快修路", "路太滑，非要等有人受伤吗",
	/* what has happened, and the next clause says that it is over, whose it was or which office has it */
	"孩子走丢了，后来找到了", "走丢了，是我家的狗", "我被打了，派出所不处理", "我的车被货车撞了，保险不赔", "我的车被货车撞了，保险公司拒赔", "出车祸了，责任划分不公",
	"有人跳楼了，电影里演的", "学校门口堵得水泄不通，差点撞到人", "外卖骑手逆行，撞到人怎么办", "油烟管道冒烟了", "锅炉房冒烟了，味道难闻", "小区有小偷，希望加强巡逻", "煤气灶打不着火", "打不着火的车堵在路口",
	 "垃圾都被他倒在路边", "有人从楼上掉东西砸到车", "车位被别人抢了", "生意被人抢了", "公交卡在车里丢了",
	"老人投诉后学校没有反应", "孩子玩的滑梯从楼上掉了一块漆", "楼上小孩天天在楼上跳，吵死了", "老人的社保卡找不到了怎么补办", "邻居把水泥倒在绿化带",
	"燃气灶火苗发黄", "有贼眉鼠眼的人", "同学的学位被抢了", "父亲心梗住院，想问医保报销",
	/* a clause beside it that says nothing but when it was */
	"小区电动车着火了，上个月的事情，物业至今没有整改", "我家着火了，去年的事，现在想问怎么申请救助", "电线断了，昨天已经接好了，感谢", "出车祸了，上周的事，对方一直没赔钱", "我妈晕倒了，去年，在你们大厅",
	"孩子被车撞了，去年的事，对方还没赔钱", "之前，小区电动车着火了，请你们管管充电桩", "I have a question: after the fire, who pays insurance?",
	"My father has had a heart attack, last year, and needs a ramp",
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

static struct rules one; /* a row alone */

static const struct rule_word *alarm_of_one(const char *text)
{
	struct view v = { .now = 1 };
	struct msg_in m = { .kind = MSG_TEXT, .text = text };
	struct plan p;
	ticket_decide(&one, &v, &m, &p);
	return p.emergency;
}

/* Calls see() with each word of the row's list. */
static void each_word(const char *list, void (*see)(const struct rule_word *row, const char *word), const struct rule_word *row)
{
	char word[128];
	for (const char *w = list ? list : ""; *w; w += strcspn(w, "|"), w += *w == '|') {
		snprintf(word, sizeof word, "%.*s", (int)strcspn(w, "|"), w);
		see(row, word);
	}
}

static const char *who(const struct rule_word *row)
{
	return row->only ? "孩子" : "";
}

static void word_is_heard_alone(const struct rule_word *row, const char *word)
{
	char text[512];
	snprintf(text, sizeof text, "%s%s", who(row), word);
	if (!alarm_of_one(text))
		print_error("'%s' is not heard\n", text);
	assert_non_null(alarm_of_one(text));
}

static bool holds_a_word_of(const struct rule_word *row, const char *guard)
{
	char word[128];
	for (const char *w = row->word; *w; w += strcspn(w, "|"), w += *w == '|') {
		snprintf(word, sizeof word, "%.*s", (int)strcspn(w, "|"), w);
		if (strstr(guard, word))
			return true;
	}
	return false;
}

static void guard_speaks_of_what_it_stands_by(const struct rule_word *row, const char *guard)
{
	char text[512], word[128];
	snprintf(word, sizeof word, "%.*s", (int)strcspn(row->word, "|"), row->word);
	snprintf(text, sizeof text, "%s那边，%s%s", guard, who(row), word);
	if (!alarm_of_one(text))
		fail_msg("'%s' is taken back", text);
	snprintf(text, sizeof text, "%s%s，%s那边", who(row), word, guard);
	if (!alarm_of_one(text))
		fail_msg("'%s' is taken back", text);
	snprintf(text, sizeof text, "%s%s", who(row), guard);
	if (holds_a_word_of(row, guard) && alarm_of_one(text))
		fail_msg("'%s' is not taken back", text);
}

static void in_each_row(void (*see)(const struct rule_word *row, const char *word), bool guards)
{
	for (unsigned i = 0; i < rules.emergencies; i++) {
		const struct rule_word *row = &rules.emergency[i];
		one.emergency[0] = *row;
		one.emergencies = 1;
		each_word(guards ? row->unless : row->word, see, row);
	}
}

static void every_word_raises_its_alarm(void **state)
{
	(void)state;
	in_each_row(word_is_heard_alone, false);
}

static void no_guard_takes_back_what_another_clause_says(void **state)
{
	(void)state;
	in_each_row(guard_speaks_of_what_it_stands_by, true);
}

static void what_staff_write_takes_back_as_ours_does(void **state)
{
	(void)state;
	one.emergencies = 1;
	one.emergency[0] = (struct rule_word){ "着火", "119", "emergency.fire", "灭了|扑灭|着火点|店庆", NULL };
	static const struct { const char *text; bool alarm; } CASES[] = { { "着火了，已经扑灭了", false }, { "着火，已经扑灭了", false },
		{ "已经扑灭了的着火", false }, { "着火了，火没法扑灭", true }, { "着火了，扑灭不了", true }, { "着火点", false },
		{ "着火点旁边着火了", true }, { "着火了，今天店庆人多", true }, { "店庆，着火了，人多", false }, { "店庆人多，着火了", true },
		{ "现在着火点，店庆", false }, { "店庆现在着火了", true } };
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		if ((alarm_of_one(CASES[i].text) != NULL) != CASES[i].alarm)
			fail_msg("%s", CASES[i].text);
}

static void a_word_with_only_is_heard_behind_one_of_them(void **state)
{
	(void)state;
	one.emergencies = 1;
	one.emergency[0] = (struct rule_word){ "没反应", "120", "emergency.medical", "按钮", "孩子|老人" };
	static const struct { const char *text; bool alarm; } CASES[] = { { "没反应", false }, { "孩子突然一下子没反应了", true },
		{ "老人摔倒，没反应了", true }, { "没反应，孩子按的", false }, { "孩子按按钮没反应", false }, { "孩子在。没反应", false } };
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		if ((alarm_of_one(CASES[i].text) != NULL) != CASES[i].alarm)
			fail_msg("%s", CASES[i].text);
}

static void words_of_staff_replace_ours(void **state)
{
	(void)state;
	struct rules own = rules;
	own.emergencies = 1;
	own.emergency[0] = (struct rule_word){ "水管爆裂", "96116", "emergency.utility", NULL, NULL };
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
	own.emergency[0] = (struct rule_word){ "tb", "120", "emergency.medical", "last year", NULL };
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
	assert_true(rules.emergencies > 30);
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
		cmocka_unit_test(every_word_raises_its_alarm),
		cmocka_unit_test(no_guard_takes_back_what_another_clause_says),
		cmocka_unit_test(what_staff_write_takes_back_as_ours_does),
		cmocka_unit_test(a_word_with_only_is_heard_behind_one_of_them),
		cmocka_unit_test(words_of_staff_replace_ours),
		cmocka_unit_test(a_word_shorter_than_a_character_may_begin_the_text),
		cmocka_unit_test(every_word_of_ours_is_complete),
	};
	return cmocka_run_group_tests(tests, load_rules, NULL);
}
