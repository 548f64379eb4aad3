/* The words that call for help, as the program knows them before anybody edits a table. In order: what is worse, or
 * more exact, stands first, because the first word that raises the alarm chooses the answer. */
#include <string.h>

#include "gateway/model/ticket.h"

#define DAYS_MS(n) ((n) * 24LL * 3600 * 1000)

#define PAST \
	"以前|之前|曾|去年|前年|上次|上月|上个月|上周|上半年|昨天|昨晚|昨日|前天|前几天|前段时间|那年|当年|当时|多年|历年|近年|年前|月前|天前|多次|经常|屡次|" \
	"频发|多起|每年|last year|last month|last week|yesterday|years ago|months ago|days ago|used to"
#define MAYBE \
	"万一|如果|要是|假如|一旦|若|怕|担心|担忧|害怕|恐|容易|易引|易发|极易|可能|会不会|就会|也会|会发生|会引|会导致|会造成|能引|足以|引发|引起|导致|造成|" \
	"致使|避免|防止|以免|免得|杜绝|预防|防范|隐患|风险|威胁|演练|演习|应急预案|不怕|could|might|may|would|if|in case|risk|risks|hazard|prevent|drill"
#define AFTER \
	"赔偿|理赔|保险|报销|医保|住院|出院|认定|鉴定|责任|判决|起诉|立案|法院|调查|事故后|灾后|灾民|受灾|安置|工伤|补偿|补助|伤残|后遗症|案件|嫌疑人|" \
	"新闻|电影|视频上|小说|宣传|培训|讲座|标语|compensation|insurance|movie|film|news|training"
#define FIRE_NOT \
	PAST "|" MAYBE "|" AFTER \
	"|防火|火锅|生意|大火的|火灾险|火灾自动|火灾报警|火灾探测|存在火灾|存在爆炸|着火点|起火点|点火|每天|烟囱|烟窗|焚烧|" \
	"fire hydrant|hydrant|fire exit|fire lane|fire department|fire safety|fire extinguisher|fire escape|fire truck|" \
	"fire station|fire door|fire alarm|fire brigade|fireman|firefighters|fire works|firework|camp fire|fire him|" \
	"fire her|fire the|fire wall|fire sale"
#define MEDICAL_NOT PAST "|" MAYBE "|" AFTER "|救护车通道|救护车进不|急救知识|急救培训|中毒性|差点|险些|救命钱|救命稻草|救命药|救命恩人"
#define POLICE_NOT \
	PAST "|" MAYBE "|" AFTER "|被打扰|被打乱|被打断|被打开|被打造|被打印|被打压|被打击|被打上|被打入|被打折|被打发|被打回|被打脸|被打包|被打扫|被打通|" \
	"抢劫式|杀人放火|像抢劫|等于抢劫|明抢|派出所|反家暴|拒绝家暴|游戏|道德绑架|绑架式|捆绑|绑架消费|绑架业主|绑架了"
#define TRAFFIC_NOT PAST "|" MAYBE "|" AFTER "|交通事故频|事故多发|处理大队|事故科|事故处理|信号灯|红绿灯|减速带|斑马线|护栏|标线"
#define GAS_NOT PAST "|" MAYBE "|" AFTER "|检测|检修|报警器|安检|改造|涨价|收费|费用"
#define SELFHARM_NOT \
	PAST "|预防|防范|干预|宣传|讲座|演练|新闻|电影|小说|跳楼价|跳楼机|跳楼甩卖|自杀式|想死你|想死我|热死|笑死|商户|商家|生意|企业|店铺|工厂|公司活|" \
	"prevention|movie|film|bombing|squad|last year"

static const struct rule_word WORDS[] = {
#define FIRE(w) { w, "119", "emergency.fire", FIRE_NOT },
	FIRE("着火") FIRE("起火") FIRE("失火") FIRE("火灾") FIRE("着大火") FIRE("发生大火") FIRE("烧起来") FIRE("烧着了")
	FIRE("浓烟滚滚") FIRE("冒浓烟") FIRE("火势") FIRE("自燃") FIRE("爆炸") FIRE("困在电梯") FIRE("被困电梯") FIRE("电梯困人")
	FIRE("关在电梯里") FIRE("被困在里面") FIRE("房子塌了") FIRE("房屋倒塌") FIRE("楼塌了") FIRE("墙塌了压") FIRE("被埋") FIRE("被水困")
	FIRE("on fire") FIRE("fire") FIRE("explosion") FIRE("exploded") FIRE("stuck in the elevator")
	FIRE("stuck in the lift") FIRE("trapped in the elevator") FIRE("trapped in the lift") FIRE("building collapsed")
#define MEDICAL(w) { w, "120", "emergency.medical", MEDICAL_NOT },
	MEDICAL("晕倒") MEDICAL("昏倒") MEDICAL("昏迷") MEDICAL("不省人事") MEDICAL("没有呼吸") MEDICAL("没呼吸") MEDICAL("呼吸困难")
	MEDICAL("喘不上气") MEDICAL("心脏骤停") MEDICAL("心脏病发作") MEDICAL("心脏病犯了") MEDICAL("心梗") MEDICAL("脑溢血")
	MEDICAL("大出血") MEDICAL("流血不止") MEDICAL("血流不止") MEDICAL("流了好多血") MEDICAL("流了很多血") MEDICAL("溺水")
	MEDICAL("掉进河里") MEDICAL("掉河里") MEDICAL("掉水里") MEDICAL("落水了") MEDICAL("有人落水") MEDICAL("触电了") MEDICAL("有人触电")
	MEDICAL("抽搐") MEDICAL("休克") MEDICAL("食物中毒") MEDICAL("煤气中毒") MEDICAL("一氧化碳中毒") MEDICAL("喝农药") MEDICAL("喝了农药")
	MEDICAL("快要生了") MEDICAL("羊水破了") MEDICAL("叫救护车") MEDICAL("派救护车") MEDICAL("需要救护车") MEDICAL("要救护车")
	MEDICAL("救命") MEDICAL("快不行了") MEDICAL("bleeding") MEDICAL("unconscious") MEDICAL("not breathing")
	MEDICAL("can't breathe") MEDICAL("cannot breathe") MEDICAL("heart attack") MEDICAL("having a stroke")
	MEDICAL("drowning") MEDICAL("overdose") MEDICAL("seizure") MEDICAL("need an ambulance") MEDICAL("call an ambulance")
	MEDICAL("send an ambulance") MEDICAL("collapsed on the") MEDICAL("electrocuted")
#define POLICE(w) { w, "110", "emergency.police", POLICE_NOT },
	POLICE("杀人") POLICE("持刀") POLICE("拿刀") POLICE("拿着刀") POLICE("砍人") POLICE("被砍") POLICE("被捅") POLICE("捅伤")
	POLICE("行凶")
	POLICE("抢劫") POLICE("绑架") POLICE("劫持") POLICE("被打") POLICE("正在打架") POLICE("打群架") POLICE("聚众斗殴") POLICE("在打人")
	POLICE("打人了") POLICE("打死人") POLICE("强奸") POLICE("性侵") POLICE("被猥亵") POLICE("家暴") POLICE("拐卖") POLICE("被拐")
	POLICE("孩子不见了") POLICE("孩子丢了") POLICE("小孩不见了") POLICE("小孩丢了") POLICE("老人走失") POLICE("入室盗窃") POLICE("进贼了")
	POLICE("有小偷") POLICE("撬我家门") POLICE("被跟踪") POLICE("被尾随") POLICE("非法拘禁") POLICE("被关起来") POLICE("枪击") POLICE("炸弹")
	POLICE("robbery") POLICE("being robbed") POLICE("robbed") POLICE("kidnapped") POLICE("stabbed") POLICE("stabbing")
	POLICE("with a knife") POLICE("with a gun") POLICE("shooting") POLICE("raped") POLICE("beating me")
	POLICE("being beaten") POLICE("murder") POLICE("break into my") POLICE("breaking into") POLICE("burglar")
	POLICE("my child is missing") POLICE("being followed") POLICE("bomb") POLICE("domestic violence")
#define TRAFFIC(w) { w, "122", "emergency.traffic", TRAFFIC_NOT },
	TRAFFIC("车祸") TRAFFIC("被车撞") TRAFFIC("撞人了") TRAFFIC("撞到人") TRAFFIC("撞伤") TRAFFIC("撞死") TRAFFIC("撞车了")
	TRAFFIC("发生交通事故") TRAFFIC("出交通事故") TRAFFIC("出了交通事故") TRAFFIC("翻车了") TRAFFIC("肇事逃逸") TRAFFIC("肇事逃跑")
	TRAFFIC("car accident") TRAFFIC("car crash") TRAFFIC("traffic accident") TRAFFIC("hit by a car")
	TRAFFIC("hit and run") TRAFFIC("hit by a truck")
#define GAS(w) { w, "119", "emergency.utility", GAS_NOT },
	GAS("燃气泄漏") GAS("煤气泄漏") GAS("天然气泄漏") GAS("燃气泄露") GAS("煤气泄露") GAS("天然气泄露") GAS("液化气泄漏") GAS("燃气漏气")
	GAS("煤气漏气") GAS("天然气漏气") GAS("燃气漏了") GAS("煤气漏了") GAS("天然气漏了") GAS("闻到煤气") GAS("闻到燃气") GAS("闻到天然气")
	GAS("很浓的煤气味") GAS("很重的煤气味") GAS("很大的煤气味") GAS("煤气味很") GAS("燃气味很") GAS("天然气味很") GAS("燃气管被挖") GAS("燃气管道被挖")
	GAS("燃气管破裂") GAS("gas leak") GAS("gas is leaking") GAS("leaking gas") GAS("smell gas") GAS("smell of gas")
	GAS("gas smell")
#define POWER(w) { w, "95598", "emergency.utility", GAS_NOT },
	POWER("高压线断") POWER("电线断了掉") POWER("电线掉下来") POWER("电线掉在地") POWER("电线掉到") POWER("电杆倒了") POWER("电线杆倒了")
	POWER("live wire") POWER("fallen power line") POWER("power line is down")
#define SELFHARM(w) { w, "12356", "emergency.selfharm", SELFHARM_NOT },
#define JUMPING(w) { w, "110", "emergency.selfharm", SELFHARM_NOT },
	JUMPING("跳楼") JUMPING("要跳河") JUMPING("要跳桥") JUMPING("割腕") JUMPING("jump off the") JUMPING("jumping off")
	SELFHARM("自杀") SELFHARM("不想活") SELFHARM("轻生") SELFHARM("寻短见") SELFHARM("想死") SELFHARM("活不下去") SELFHARM("活着没意思")
	SELFHARM("活着没有意义") SELFHARM("活够了") SELFHARM("结束生命") SELFHARM("结束自己的生命") SELFHARM("结束我的生命") SELFHARM("了结自己")
	SELFHARM("一死了之") SELFHARM("死了算了") SELFHARM("kill myself") SELFHARM("killing myself") SELFHARM("suicide")
	SELFHARM("suicidal") SELFHARM("end my life") SELFHARM("want to die") SELFHARM("wanna die") SELFHARM("hurt myself")
	SELFHARM("harm myself") SELFHARM("no reason to live")
};

void rules_defaults(struct rules *r)
{
	_Static_assert(sizeof WORDS <= sizeof r->emergency, "more words than struct rules holds");
	memset(r, 0, sizeof *r);
	memcpy(r->emergency, WORDS, sizeof WORDS);
	r->emergencies = sizeof WORDS / sizeof *WORDS;
	r->reopen_window_ms = DAYS_MS(30);
	r->flood_window_ms = 10 * 60 * 1000;
	r->flood_messages = 20;
	r->told_an_hour = 4;
	r->max_rounds = 2;
}
