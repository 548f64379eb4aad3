/* The words that call for help, as the program knows them before anybody edits a table. In order: what is worse, or
 * more exact, stands first, because the first word that raises the alarm chooses the answer. */
#include <string.h>

#include "gateway/model/ticket.h"

#define DAYS_MS(n) ((n) * 24LL * 3600 * 1000)

#define PAST \
	"以前|之前|曾|去年|前年|上次|上月|上个月|上周|上半年|昨天|昨晚|昨日|前天|前几天|前两天|前些天|前阵子|前段时间|那年|当年|当时|多年|历年|近年|年前|月前|天前|多次|经常|屡次|" \
	"频发|多起|每年|了半年|了一年|了两年|了三年|了几年|了多年|了好几年|了半个月|了一个月|了两个月|了几个月|了好几个月|半年没|一年没|两年没|个月没|last year|last month|" \
	"last week|yesterday|years ago|months ago|days ago|used to"
#define RISK \
	"万一|如果|要是|假如|一旦|若|怕|担心|担忧|害怕|恐|容易|易引|易发|极易|会不会|就会|也会|会发生|会引|会导致|会造成|能引|足以|引发|引起|导致|造成|" \
	"致使|避免|防止|以免|免得|杜绝|预防|防范|隐患|风险|威胁|演练|演习|应急预案|不怕|could|might|may|would|if|in case|risk|risks|hazard|" \
	"prevent|drill"
#define MAYBE RISK "|可能"
/* "可能煤气泄漏了", "可能心梗了": who smells it, or stands by, supposes, and is right to call. */
#define LIKELY RISK "|可能会|可能引|可能导|可能造|可能发|可能出|可能再|随时可能|极可能|可能性"
#define CLAIM \
	"赔偿|理赔|保险|报销|认定|鉴定|责任|判决|起诉|立案|调查|事故后|灾后|灾民|受灾|安置|工伤|补偿|补助|伤残|后遗症|案件|嫌疑人|" \
	"新闻|电影|视频上|小说|宣传|培训|讲座|标语|compensation|insurance|movie|film|news|training"
#define AFTER CLAIM "|医保|住院|出院|法院"
#define FIRE_NOT \
	PAST "|" MAYBE "|" CLAIM \
	"|防火|火锅|生意|大火的|火灾险|火灾自动|火灾报警|火灾探测|存在火灾|存在爆炸|火灾时|火灾发生时|着火时|起火时|着火点|起火点|点火|每天|烟囱|烟窗|焚烧|" \
	"压着人行|压住人行|压到人行|埋了人行|洪水困扰|洪水困难|车被困住|车辆被困住|车子被困住|车困在里面|车子困在里面|车位困在里面|孩子被锁在外|孩子被锁在校|孩子被锁在门外|" \
	"打不着火|点不着火|管道冒烟了|锅炉房冒烟了|锅炉冒烟了|烧香冒烟了|" \
	"冒黑烟|排烟|烧纸|秸秆|嗓子|fire hydrant|hydrant|fire exit|fire lane|fire department|fire safety|" \
	"fire extinguisher|fire escape|fire truck|fire station|fire door|fire alarm|fire brigade|fireman|" \
	"firefighters|fire works|firework|" \
	"camp fire|fire him|fire her|fire the|fire wall|fire sale"
/* "手机掉井里了": what is lost there is no life. */
#define LOST \
	"井盖掉|盖子掉|盖板掉|手机掉|钥匙掉|戒指掉|耳环掉|项链掉|手表掉|眼镜掉|钱包掉|书包掉|卡掉|证掉|鞋掉|帽子掉|球掉|玩具掉|东西掉|垃圾掉|叶掉|叶子掉|石头掉|泥土掉|无人机掉|快递掉|狗掉|猫掉|单车掉"
#define MEDICAL_NOT \
	PAST "|" LIKELY "|" AFTER "|" LOST \
	"|装睡|迟早淹死人|早晚淹死人|会淹死人|要淹死人|从楼上掉东西|从楼上掉垃圾|从楼上掉烟头|从阳台掉东西|从阳台掉垃圾|负责人没反应|负责人没有反应|当事人没反应|找他没反应|给他没反应|联系他没反应|" \
	"其他没反应|其他没有反应|" \
	"触电危险|触电的危险|触电保护|触电的可能|防触电|胸痛中心|救护车没来过|救护车没来得及|生育津贴|" \
	"救护车通道|救护车进不|急救知识|急救培训|中毒性|差点|险些|救命钱|救命稻草|救命药|救命恩人|电脑|手机|软件|病毒|气得|气到|快吐血|要吐血|想吐血|压力|压得|房贷|臭得|" \
	"熏得|车流|车辆|排队|收费|车费|服务态度|接线员|狗狗|宠物|流浪|意识到|血汗|建档|准生证|防溺水|溺水教育|让人无法|令人无法|让人喘|压的我|臭气|恶臭"
/* "热得快死了", "救救我们业主": how one speaks of heat, of debts, of a home that is not built. */
#define CRY_NOT \
	MEDICAL_NOT "|吵|热|忙死|太忙|忙得|累|困死|饿|冷|孩子们|官老爷|臭|烦|急死|急得|无聊|笑|考试|作业|树|花|鱼|业主|百姓|村民|居民|农民工|市民|职工|学生|企业|商户|店|烂尾|还贷|月供|" \
	"早晚|迟早|要出人命|养老金|退休金|低保|抚养费|跑路|卷款|催收"
#define HURT_NOT \
	MEDICAL_NOT "|要出人命|会有人|非要|等有人|等出人命|等到有人|等到出人命|难道非|难道要|难道等|难道一定|才修|才管|才重视|才会|才解决|才处理|才整改|有人受伤,希望|有人受伤,建议|" \
	"有人受伤过|骨灰|丧葬|户口|销户"
#define POLICE_NOT \
	PAST "|" MAYBE "|" AFTER "|被打扰|被打乱|被打断|被打开|被打造|被打印|被打压|被打击|被打上|被打入|被打折|被打发|被打回|被打脸|被打包|被打扫|被打通|" \
	"抢劫式|杀人放火|像抢劫|等于抢劫|明抢|派出所|反家暴|拒绝家暴|游戏|道德绑架|绑架式|捆绑|绑架消费|绑架业主|绑架了业主|绑架了我们|绑架了百姓|绑架了老百姓|绑架了消费|" \
	"绑架了全|打我电话|打我手机|打我的|抢我们|抢我生意|像个定时|像一个定时|像一颗定时|像定时|颗定时|是定时|是个定时|" \
	"打人了吗|车位被人抢了|车位都被人抢了|名额被人抢了|名额都被人抢了|座位被人抢了|位置被人抢了|生意被人抢了|工作被人抢了|客户被人抢了|我被抢了车位|我被抢了名额|我被抢了号|红包被抢了|有贼心|有小偷,希望|" \
	"有小偷,建议|建议快报警|" \
	"非礼勿|强暴雨|强暴风|不让我走正|不让我走大|不让我走东|" \
	"不让我走西|不让我走南|不让我走北|不让我走前|不让我走后|不让我走侧|不让我走消|不让我走绿|不让我走流|不让我走程|不让我走这|不让我走那|不让我走人行|不让我走马路|不让我走电梯|不让我走楼|不让我走高速|" \
	"不让我走路|被人关在外|被人关在门外|把我关在外|把我关在门外|把我关在小区外|把我们关在外|把我们关在门外"
/* A threat is what is said, and who is beaten often is beaten again. */
#define THREAT_NOT \
	"以前|去年|前年|上个月|上月|上周|那年|当年|历年|如果|假如|演练|演习|防止|预防|防范|以免|避免|判决|起诉|立案|法院|案件|嫌疑人|新闻|电影|小说|宣传|培训|讲座|标语|" \
	"反家暴|拒绝家暴|派出所|游戏|打我电话|打我手机|打我的|" \
	"其他打我|同学打架|学生打架|同学在打架|有人打架,老师|有人打架,学校|跟打架|像打架|和打架|打架了要记过|菜刀卖"
/* Who is missing since yesterday is missing today. */
#define MISSING_NOT \
	"以前|之前|曾|去年|前年|上次|上月|上个月|上周|上半年|那年|当年|当时|多年|历年|近年|年前|月前|多次|经常|屡次|频发|多起|每年|防走失|" RISK "|" AFTER \
	"|找回|找到了|狗|猫|宠物|鹦鹉|找不到孩子上|找不到孩子的|要手环|走失过|不见了退休|不见了养老"
#define BROKEN(by) "被" by "撞坏|被" by "撞歪|被" by "撞弯|被" by "撞变形|"
#define TRAFFIC_NOT PAST "|" MAYBE "|" AFTER "|交通事故频|事故多发|处理大队|事故科|事故处理|信号灯|红绿灯|减速带|斑马线|护栏|标线|" \
	BROKEN("车") BROKEN("大车") BROKEN("小车") BROKEN("汽车") BROKEN("货车") BROKEN("公交车") \
	"牌被|杆被|栏被|墩被|树被|枝被|桩被|亭被|柱被|路灯被|红绿灯被|绿化带被|要侧翻|会侧翻|差点|险些|撞到人怎么办"
#define GAS_NOT PAST "|" LIKELY "|" AFTER "|检测|检修|泄漏报警|泄露报警|安检|改造|涨价|收费|费用|加臭|多少钱"
#define POWER_NOT GAS_NOT "|通信|网线|光纤|光缆|宽带|电话线|漏电了吗"
/* Despair has no date: only what befell somebody else is past. */
#define SELFHARM_NOT \
	"去年|前年|上个月有|上月有|上周有|昨天有|昨晚有|前天有|前几天有|以前有|之前有|曾有|那年|当年|历年|多起|频发|发生过|身亡|坠亡|死亡|去世|自杀了|死者|自杀率|" \
	"预防|防范|防止|干预|宣传|讲座|演练|新闻|电影|小说|跳楼价|跳楼机|跳楼甩卖|跳楼大|跳楼清仓|自杀式|想死你|想死我|想死人|热死|笑死|" \
	"从这里跳过|从这里跳转|站在楼顶看|站在楼顶往下看|站在楼顶拍|站在楼顶能|站在楼顶就|站在楼顶都|上吊扇|上吊顶|上吊灯|上吊车|上吊桥|上吊瓶|" \
	"上吊篮|上吊装|上吊牌|上吊着|上吊机|上吊兰|上吊床|上吊塔|上吊杆|上吊水|prevention|movie|film|" \
	"bombing|squad|last year|last month|years ago"
#define TRADE_NOT SELFHARM_NOT "|商户|商家|生意|企业|店铺|工厂|公司"

static const struct rule_word WORDS[] = {
#define FIRE(w) { w, "119", "emergency.fire", FIRE_NOT },
	FIRE("着火") FIRE("起火") FIRE("失火") FIRE("火灾") FIRE("着大火") FIRE("发生大火") FIRE("烧起来") FIRE("烧着了")
	FIRE("浓烟滚滚") FIRE("冒浓烟") FIRE("火势") FIRE("自燃") FIRE("爆炸") FIRE("困在电梯") FIRE("被困电梯") FIRE("电梯困人")
	FIRE("关在电梯里") FIRE("被困在里面") FIRE("房子塌了") FIRE("房屋倒塌") FIRE("楼塌了") FIRE("墙塌了压") FIRE("被埋") FIRE("被水困")
	FIRE("着起来了|房子烧了|屋烧了|冒烟了|屋里冒烟|家里冒烟|冒火花|打火花|纵火|有人放火|火苗|快打119|快叫119|帮我打119")
	FIRE("电梯里困|电梯里被困|困电梯|困在了电梯|电梯困住|卡在电梯|锁在电梯|关在了电梯|被关电梯|电梯里出不|电梯里有人出不|在电梯出不|电梯卡住了,里面有人|电梯卡住了,里面有老|电梯卡住了,里面有孩|"
		"电梯卡住了,里面还有|电梯停了,里面有人|电梯停了,里面有老|电梯停了,里面有孩|电梯停了,里面还有|"
		"电梯坏了我们被关")
	FIRE("困在里面|被困住|洪水围困|洪水困|困在水里|锁着孩子|孩子被锁|锁在车里|锁在车内|反锁在家|反锁在屋|反锁在房|反锁在里|反锁在车|反锁在卧|反锁在卫|反锁在厕|卡在护栏|卡在栏杆|头卡在|"
		"手指卡在|手卡在门|手卡在机|人卡在里面|孩子卡在里面|卡在里面出不来|人卡在车|被卡在车|机卡在车|卡在驾驶室|困在山|困在洪水")
	FIRE("房顶塌了|屋顶塌了|房子要塌|房子快塌|楼要塌|楼快塌|桥塌了|压着人|压住人|压到人|压在下面|埋在下面|埋了人|压人了|脚手架倒|脚手架塌")
	FIRE("on fire") FIRE("fire") FIRE("explosion") FIRE("exploded") FIRE("stuck in the elevator")
	FIRE("stuck in the lift") FIRE("trapped in the elevator") FIRE("trapped in the lift") FIRE("building collapsed")
	FIRE("stuck in an elevator|stuck in elevator|stuck in a lift|stuck in lift|trapped in an elevator|"
		"trapped in elevator|trapped in a lift|is burning|house burning|we are trapped|i am trapped|i'm trapped")
/* What falls from above is a tile, a pot, a shirt nine times of ten. */
#define FELL(who) \
	who "从楼上掉|" who "从楼顶掉|" who "从阳台掉|" who "从阳台上掉|" who "从窗户掉|" who "从窗台掉|" \
	who "从二楼掉|" who "从三楼掉|" who "从四楼掉|" who "从五楼掉|" who "从六楼掉|" \
	who "掉下楼"
#define MEDICAL(w) { w, "120", "emergency.medical", MEDICAL_NOT },
	MEDICAL("晕倒") MEDICAL("昏倒") MEDICAL("昏迷") MEDICAL("不省人事") MEDICAL("没有呼吸") MEDICAL("没呼吸") MEDICAL("呼吸困难")
	MEDICAL("喘不上气") MEDICAL("心脏骤停") MEDICAL("心脏病发作") MEDICAL("心脏病犯了") MEDICAL("心梗") MEDICAL("脑溢血")
	MEDICAL("大出血") MEDICAL("流血不止") MEDICAL("血流不止") MEDICAL("流了好多血") MEDICAL("流了很多血") MEDICAL("溺水")
	MEDICAL("掉进河里") MEDICAL("掉河里") MEDICAL("掉水里") MEDICAL("落水了") MEDICAL("有人落水") MEDICAL("触电了") MEDICAL("有人触电")
	MEDICAL("抽搐") MEDICAL("休克") MEDICAL("食物中毒") MEDICAL("煤气中毒") MEDICAL("一氧化碳中毒") MEDICAL("喝农药") MEDICAL("喝了农药")
	MEDICAL("快要生了") MEDICAL("羊水破了") MEDICAL("叫救护车") MEDICAL("派救护车") MEDICAL("需要救护车") MEDICAL("要救护车")
	MEDICAL("叫不醒|喊不醒|人没反应|人没有反应|他没反应|他没有反应|她没反应|她没有反应|孩子没反应|孩子没有反应|宝宝没反应|宝宝没有反应|爸没反应|爸没有反应|妈没反应|妈没有反应|爷没反应|"
		"奶没反应|公没反应|婆没反应|丈夫没反应|老伴没反应|叫他没反应|叫她没反应|怎么叫都没反应|怎么叫都没有反应|怎么喊都没反应|喊他没反应|喊她没反应|推他没反应|推她没反应|在地上没反应|在地上没有反应|"
		"在床上没反应|在床上没有反应|失去意识|没有意识|没意识|昏过去|晕过去|昏死|倒地不起|有人倒在|老人倒在|人倒地|爸倒在|妈倒在|爷爷倒在|奶奶倒在|孩子倒在|老公倒在|老婆倒在|躺着一动不动|"
		"地上一动不动|路边一动不动|人一动不动|"
		"孩子一动不动|妈一动不动|爸一动不动|床上一动不动|躺着不动|躺在路上不动|躺在地上不动|躺在路边不动|躺在床上不动|躺在马路上不动|倒在地上不动|倒在路上不动|摔下来不动|摔下来起不来|起不来,头")
	MEDICAL("不能呼吸|呼吸不了|无法呼吸|喘不过气|喘不上来|上不来气|没心跳|没有心跳|心跳停|心脏停|噎住|卡住喉咙|卡喉咙|喉咙卡住|脸发紫|口吐白沫|孩子抽风|小孩抽风|宝宝抽风|娃抽风|儿子抽风|"
		"女儿抽风|发烧抽风|高烧抽风|烧得抽风|老人抽风|癫痫发作|羊癫疯")
	MEDICAL("脑出血|中风了|心肌梗|胸口疼得|胸口痛得|胸痛|心脏病突发|突发心脏病|热射病")
	MEDICAL("大量出血|大量失血|血止不住|止不住血|一直流血|一直在流血|在流血|流血了|头破血流|出了好多血|出了很多血|流好多血|流很多血|地上好多血|地上很多血|全是血|吐血了|在吐血|"
		"大口吐血|满地是血|一地血|满身是血|浑身是血|血泊")
	MEDICAL("坠楼|楼上摔下|楼摔下来|楼摔下去|摔下楼|"
		FELL("孩子") "|" FELL("小孩") "|" FELL("人") "|" FELL("儿子") "|" FELL("女儿") "|" FELL("他") "|"
		FELL("她") "|" FELL("爸") "|" FELL("妈") "|"
		"掉进井|掉井里|掉进窨井|掉进下水道|掉进化粪池|掉化粪池|掉湖里|掉进湖|掉江里|掉进江|掉海里|掉进水|掉进池|孩子淹水|小孩淹水|有人淹水|老人淹水|儿子淹水|女儿淹水|人淹在|人被淹|淹死人|"
		"孩子快淹死|人快淹死|河里挣扎|"
		"水里挣扎|河里有人在挣扎|水里有人在挣扎|触电|被电倒|电死人|被电晕")
	MEDICAL("全家中毒|中毒了|瓦斯中毒|农药中毒|百草枯|喝敌敌畏|喝了敌敌畏|喝老鼠药|吃老鼠药|吃了老鼠药|老鼠药吃了|误食老鼠药|误喝|误服|吞了电池|毒蘑菇|喝洁厕|喝了洁厕|被蛇咬|蛇咬了|蛇咬伤")
	MEDICAL("我要生了|老婆要生了|媳妇要生了|孕妇要生了|马上要生了|就要生了|快生了|叫一下救护车|叫个救护车|叫辆救护车|来救护车|喊救护车|呼叫救护车|派辆救护车|派一辆救护车|救护车快|"
		"救护车怎么还|救护车还没|救护车没来|叫120|快打120|帮我打120|帮忙打120|120快来|120快点|120快到")
	MEDICAL("bleeding") MEDICAL("unconscious") MEDICAL("not breathing")
	MEDICAL("can't breathe") MEDICAL("cannot breathe") MEDICAL("heart attack") MEDICAL("having a stroke")
	MEDICAL("drowning") MEDICAL("overdose") MEDICAL("seizure") MEDICAL("need an ambulance") MEDICAL("call an ambulance")
	MEDICAL("send an ambulance") MEDICAL("collapsed on the") MEDICAL("electrocuted")
	MEDICAL("he collapsed|she collapsed|has collapsed|is choking|someone is dying|he is dying|she is dying|"
		"father is dying|mother is dying|husband is dying|wife is dying|fell into the river|"
		"fell in the river|fell into the water|fell in the water|carbon monoxide")
#define POLICE(w) { w, "110", "emergency.police", POLICE_NOT },
#define THREAT(w) { w, "110", "emergency.police", THREAT_NOT },
#define MISSING(w) { w, "110", "emergency.police", MISSING_NOT },
	POLICE("杀人") POLICE("持刀") POLICE("拿刀") POLICE("拿着刀") POLICE("砍人") POLICE("被砍") POLICE("被捅") POLICE("捅伤")
	POLICE("行凶")
	POLICE("抢劫") POLICE("绑架") POLICE("劫持") POLICE("被打") POLICE("正在打架") POLICE("打群架") POLICE("聚众斗殴") POLICE("在打人")
	POLICE("打人了") POLICE("打死人") POLICE("强奸") POLICE("性侵") POLICE("被猥亵") POLICE("拐卖") POLICE("被拐")
	POLICE("入室盗窃") POLICE("进贼了")
	POLICE("有小偷") POLICE("撬我家门") POLICE("被跟踪") POLICE("被尾随") POLICE("非法拘禁") POLICE("被关起来") POLICE("枪击") POLICE("炸弹")
	THREAT("家暴")
	THREAT("要杀我|要杀了我|要砍我|要砍死|要杀死|要捅我|要捅死|要捅人|要捅他|要捅她|要捅伤|扬言杀|扬言要杀|拿菜刀|持菜刀|举着菜刀|提着菜刀|拿着菜刀|菜刀砍|同归于尽|泼汽油|浇汽油|倒汽油|"
		"拿着汽油|提着汽油|有炸药|放炸药|"
		"带炸药|绑炸药|绑着炸药|抱着炸药|自制炸药")
	THREAT("老公打我|丈夫打我|男友打我|男朋友打我|爸爸打我|爸打我|正在打我|在打我|有人打我|他打我|打我了|要打我|追着我打|在打老婆|在打孩子|有人打孩子|打孩子打得|打妈妈|打架了|在打架|"
		"有人打架|打起来了|群殴|"
		"殴打我|正在殴打")
	POLICE("被杀|杀了人")
	POLICE("砸我家门|有人砸门|要砸门|在砸门|砸我门|有人踹门|在踹门|踹我家门|有人撬门|在撬门|撬门进|有人撬锁|在撬锁|撬锁进|进小偷|进了小偷|进了贼|家有贼|家里有贼|屋里有贼|有贼进|有贼在|"
		"有贼偷|我被抢了|人被抢了|被人抢了|抢了我的手机|抢了我手机|抢了我的包|抢了我的钱|抢了我包|包被抢了|手机被抢了|钱被抢了|项链被抢了|店被抢了|家被抢了|抢我包|抢我的包|抢我手机|抢我钱")
	POLICE("人关起来|被人关在|被他关在|把我关在|把我们关在|被关在屋|被关在房|被关在家|限制人身自由|传销关|传销控制|不让我走|非礼|在摸我|有人摸我|强暴|跟踪我|尾随我|被人跟踪|被人尾随")
	POLICE("被人抱走|孩子被抱走|抱走孩子|抢孩子|孩子被抢|偷孩子|人贩子|快报警|帮我报警|帮忙报警|替我报警|快打110")
	MISSING("孩子不见了") MISSING("孩子丢了") MISSING("小孩不见了") MISSING("小孩丢了") MISSING("老人走失")
	MISSING("孩子走丢|小孩走丢|孩子走失|小孩走失|孩子失踪|小孩失踪|儿子不见了|女儿不见了|孙子不见了|孙女不见了|孩子找不到了|孩子找不到,|小孩找不到了|儿子找不到了|女儿找不到了|找不到孩子|"
		"找不到小孩|找不到儿子|找不到女儿|老人走丢|老人不见了|老人失踪|"
		"妈走丢|妈不见了|妈走失|爸走丢|"
		"爸不见了|爸走失|奶奶走丢|奶奶不见了|奶奶走失|爷爷走丢|爷爷不见了|爷爷走失|走丢了|走失了|午走失|晚走失|上走失|天走失")
	POLICE("robbery") POLICE("being robbed") POLICE("robbed") POLICE("kidnapped") POLICE("stabbed") POLICE("stabbing")
	POLICE("with a knife") POLICE("with a gun") POLICE("shooting") POLICE("raped") POLICE("beating me")
	POLICE("being beaten") POLICE("murder") POLICE("break into my") POLICE("breaking into") POLICE("burglar")
	POLICE("my child is missing") POLICE("being followed") POLICE("bomb") POLICE("domestic violence")
	POLICE("has a gun|has a knife|been shot|is hitting me|is breaking in|call the police")
#define TRAFFIC(w) { w, "122", "emergency.traffic", TRAFFIC_NOT },
	TRAFFIC("车祸") TRAFFIC("被车撞") TRAFFIC("撞人了") TRAFFIC("撞到人") TRAFFIC("撞伤") TRAFFIC("撞死") TRAFFIC("撞车了")
	TRAFFIC("发生交通事故") TRAFFIC("出交通事故") TRAFFIC("出了交通事故") TRAFFIC("翻车了") TRAFFIC("肇事逃逸") TRAFFIC("肇事逃跑")
	TRAFFIC("撞了人|撞了行人|撞倒人|人被撞倒|孩子被撞倒|小孩被撞倒|我被撞倒|他被撞倒|她被撞倒|爸被撞倒|妈被撞倒|太太被撞倒|大爷被撞倒|大妈被撞倒|被撞倒在地|奶奶被撞倒|爷爷被撞倒|被电动车撞|"
		"被汽车撞|被货车撞|被三轮车撞|被摩托车撞|被公交车撞|被大车撞|被小车撞|车翻了|货车侧翻|车辆侧翻|侧翻了|肇事司机跑|撞完人跑|撞人跑了")
	TRAFFIC("car accident") TRAFFIC("car crash") TRAFFIC("traffic accident") TRAFFIC("hit by a car")
	TRAFFIC("hit and run") TRAFFIC("hit by a truck")
#define GAS(w) { w, "119", "emergency.utility", GAS_NOT },
	GAS("燃气泄漏") GAS("煤气泄漏") GAS("天然气泄漏") GAS("燃气泄露") GAS("煤气泄露") GAS("天然气泄露") GAS("液化气泄漏") GAS("燃气漏气")
	GAS("煤气漏气") GAS("天然气漏气") GAS("燃气漏了") GAS("煤气漏了") GAS("天然气漏了") GAS("闻到煤气") GAS("闻到燃气") GAS("闻到天然气")
	GAS("很浓的煤气味") GAS("很重的煤气味") GAS("很大的煤气味") GAS("煤气味很") GAS("燃气味很") GAS("天然气味很") GAS("燃气管被挖") GAS("燃气管道被挖")
	GAS("燃气管破裂")
	GAS("煤气味|燃气味|天然气味|瓦斯味|液化气味|煤气的味|燃气的味|天然气的味|瓦斯泄|液化气泄|气罐泄|气罐漏|液化气漏|瓦斯漏|漏煤气|漏燃气|漏天然气|漏瓦斯|煤气在漏|燃气在漏|天然气在漏")
	GAS("燃气管漏|煤气管漏|天然气管漏|气管道漏|气管道泄|气管道破|气管道断|气管道挖|气管道被挖|燃气管断|燃气管爆|燃气管挖|煤气管挖|天然气管挖|挖断燃气|挖断天然气|挖断煤气|挖破燃气|挖破天然气|挖破煤气")
	GAS("gas leak") GAS("gas is leaking") GAS("leaking gas") GAS("smell gas") GAS("smell of gas") GAS("gas smell")
	GAS("gas leaking|leak of gas|smells like gas|smells of gas")
#define POWER(w) { w, "95598", "emergency.utility", POWER_NOT },
	POWER("高压线断") POWER("电线断了掉") POWER("电线掉下来") POWER("电线掉在地") POWER("电线掉到") POWER("电杆倒了") POWER("电线杆倒了")
	POWER("电线断了|电线断落|电线垂|电线掉地|电线落地|高压线掉|高压线垂|高压电线掉|高压线落|漏电了|电到人了|被电到|漏电电|高压电缆断")
	POWER("live wire") POWER("fallen power line") POWER("power line is down")
#define SELFHARM(w) { w, "12356", "emergency.selfharm", SELFHARM_NOT },
#define TRADE(w) { w, "12356", "emergency.selfharm", TRADE_NOT },
#define JUMPING(w) { w, "110", "emergency.selfharm", SELFHARM_NOT },
#define CHARCOAL(w) { w, "110", "emergency.selfharm", SELFHARM_NOT "|取暖|烤|油烟|烟大|烟太大|做饭|饭店|餐馆|摊" },
#define SWALLOWED(w) { w, "120", "emergency.selfharm", SELFHARM_NOT },
	SWALLOWED("瓶安眠药|片安眠药|很多安眠药|好多安眠药|大量安眠药|吞安眠药|吞了安眠药|吞药|吞了两瓶|吞了一瓶|吃了一瓶药|吃了很多药|服毒|服药自|割腕了|割脉了")
	JUMPING("跳楼") JUMPING("要跳河") JUMPING("要跳桥") JUMPING("割腕") JUMPING("jump off the") JUMPING("jumping off")
	JUMPING("跳江|有人跳河|跳河了|想跳河|跳河自|跳海|跳湖|跳桥|从这里跳|从桥上跳|桥上要跳|桥上跳下|桥上跳河|从楼上跳|楼上跳下|楼上跳楼|从楼顶跳|楼顶跳下|要往下跳|想往下跳|准备往下跳|"
		"楼往下跳|顶往下跳|要跳下|跳下去了|站在楼顶|坐在楼顶|"
		"站在天台|坐在天台|楼顶站着人|楼顶站着一|楼顶站着个|上吊|割脉|"
		"jump from the|jumped off|going to jump|hanged himself|hanged herself|cut my wrists|cut my wrist")
	CHARCOAL("烧炭自|烧炭寻|烧炭死|要烧炭|想烧炭|准备烧炭|打算烧炭|我烧炭|他烧炭|她烧炭|房间里烧炭|房间烧炭|屋里烧炭|家里烧炭|车里烧炭|车内烧炭")
	SELFHARM("自杀") SELFHARM("不想活") SELFHARM("轻生") SELFHARM("寻短见") SELFHARM("想死") SELFHARM("活着没意思")
	SELFHARM("活着没有意义") SELFHARM("活够了") SELFHARM("结束生命") SELFHARM("结束自己的生命") SELFHARM("结束我的生命") SELFHARM("了结自己")
	SELFHARM("一死了之") SELFHARM("死了算了")
	SELFHARM("不想再活|想去死|我去死|去死算了|不如去死|不如死了|死了一了百了|想一了百了|自尽|自我了断|了断自己|了结生命|了结一生|结束这一切|写遗书|写好遗书|写了遗书|写好了遗书|"
		"留遗书|留了遗书|留下遗书|活着还有什么意|活着有什么意|没有活着的|没有活下去|没勇气活|"
		"没有勇气活|活腻|想离开这个世界|要离开这个世界|想离开人世|活着没有意思|活着太累|活着好累|活着真累|以死相|以死抗|死给你|死在你们|死在政府")
	SELFHARM("kill myself") SELFHARM("killing myself") SELFHARM("suicide")
	SELFHARM("suicidal") SELFHARM("end my life") SELFHARM("want to die") SELFHARM("wanna die") SELFHARM("hurt myself")
	SELFHARM("harm myself") SELFHARM("no reason to live")
	SELFHARM("don't want to live|do not want to live|want to end it all|took a lot of pills|i took pills|"
		"took all the pills")
	TRADE("活不下去") TRADE("我撑不下去")
/* A cry says least of what has happened: any other word knows better whom to call. */
/* "垃圾都被他倒在路边" */
#define FALLEN(w) { w, "120", "emergency.medical", MEDICAL_NOT "|其他倒|垃圾|污水|泔水|脏水|渣土|剩饭|剩菜|油" },
#define HURT(w) { w, "120", "emergency.medical", HURT_NOT },
#define CRY(w) { w, "120", "emergency.medical", CRY_NOT },
	FALLEN("他倒在|她倒在")
	MEDICAL("救命") MEDICAL("快不行了")
	CRY("救救我|救救孩子|救救他|救救她|救人啊|快救人|来救人|啊救人|有人快死|我快死了|我要死了|人快死了|快要死了|人快没了|没命了|快没命")
	HURT("出人命了|有人死了|有人受伤|有伤员|很多伤员|多名伤员|个伤员")
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
