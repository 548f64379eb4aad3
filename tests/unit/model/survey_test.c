/* A survey's answer is understood as it was meant, or not taken for an answer; never as its opposite. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/base/sm.h"
#include "gateway/model/survey.h"

enum { S_ = SOLVED_UNSAID, SY = SOLVED_YES, SN = SOLVED_NO };
enum { NOT = -1, OFF = -2 }; /* no answer; meant as one, but no level of the scale */

/* Rating expected where 5 is best and where 1 is best. */
struct phrase { const char *text; int five_best, one_best; int solved; };

static const struct phrase DIGITS[] = {
	{ "1", 1, 5, S_ }, { "2", 2, 4, S_ }, { "3", 3, 3, S_ }, { "4", 4, 2, S_ }, { "5", 5, 1, S_ },
	{ " 1 ", 1, 5, S_ }, { "\n5\n", 5, 1, S_ }, { "１", 1, 5, S_ }, { "５", 5, 1, S_ }, { "５！", 5, 1, S_ },
	{ "①", 1, 5, S_ }, { "②", 2, 4, S_ }, { "③", 3, 3, S_ }, { "④", 4, 2, S_ }, { "⑤", 5, 1, S_ }, { "❶", 1, 5, S_ },
	{ "⑴", 1, 5, S_ }, { "⒌", 5, 1, S_ }, { "1️⃣", 1, 5, S_ }, { "一", 1, 5, S_ }, { "二", 2, 4, S_ }, { "三", 3, 3, S_ },
	{ "四", 4, 2, S_ }, { "五", 5, 1, S_ }, { "1。", 1, 5, S_ }, { "1.", 1, 5, S_ }, { "1、", 1, 5, S_ }, { "1!", 1, 5,
	S_ },
	{ "“1”", 1, 5, S_ }, { "\"1\"", 1, 5, S_ }, { "(1)", 1, 5, S_ }, { "【1】", 1, 5, S_ }, { "[5]", 5, 1, S_ },
	{ "1~", 1, 5, S_ },
	{ "1。谢谢", 1, 5, S_ }, { "1谢谢", 1, 5, S_ }, { "1，谢谢！", 1, 5, S_ }, { "1 谢谢你们", 1, 5, S_ }, { "谢谢，1", 1, 5, S_ },
	{ "您好，1", 1, 5, S_ }, { "你好！5", 5, 1, S_ }, { "1 thanks", 1, 5, S_ }, { "5, thank you very much", 5, 1, S_ },
	{ "1辛苦了", 1, 5, S_ }, { "1👍", 1, 5, S_ }, { "5😊", 5, 1, S_ }, { "我选1", 1, 5, S_ }, { "选1", 1, 5, S_ },
	{ "我选择 5", 5, 1, S_ }, { "选项1", 1, 5, S_ }, { "回复1", 1, 5, S_ }, { "回复：1", 1, 5, S_ }, { "答：3", 3, 3, S_ },
	{ "答案1", 1, 5, S_ }, { "评价1", 1, 5, S_ }, { "评价：5", 5, 1, S_ }, { "评价:2", 2, 4, S_ }, { "评分 4", 4, 2, S_ },
	{ "打分：3", 3, 3, S_ }, { "满意度：1", 1, 5, S_ }, { "我的评价是1", 1, 5, S_ }, { "I choose 1", 1, 5, S_ },
	{ "Rating: 5", 5, 1, S_ }, { "rating 2", 2, 4, S_ }, { "option 3", 3, 3, S_ }, { "I give 4", 4, 2, S_ },
	{ "my answer is 1", 1, 5, S_ }, { "five", 5, 1, S_ }, { "One", 1, 5, S_ }, { "1 1", 1, 5, S_ }, { "5，5", 5, 1, S_ },
	{ "1的", 1, 5, S_ }, { "1吧", 1, 5, S_ }, { "就1吧", 1, 5, S_ },
	/* stars mean the same everywhere; "points" where 1 is best could mean either end */
	{ "五星", 5, 5, S_ }, { "5星", 5, 5, S_ }, { "五星好评", 5, 5, S_ }, { "给五星", 5, 5, S_ }, { "一星", 1, 1, S_ },
	{ "1颗星", 1, 1, S_ }, { "两星", 2, 2, S_ }, { "3星。", 3, 3, S_ }, { "★★★★★", 5, 5, S_ }, { "⭐⭐⭐⭐", 4, 4, S_ },
	{ "★★☆☆☆", 2, 2, S_ }, { "5 stars", 5, 5, S_ }, { "five stars", 5, 5, S_ }, { "1 star", 1, 1, S_ },
	{ "one star", 1, 1, S_ }, { "给你们5颗星", 5, 5, S_ }, { "5分", 5, OFF, S_ }, { "给5分", 5, OFF, S_ }, { "五分", 5, OFF, S_ },
	{ "打1分", 1, OFF, S_ }, { "3分", 3, 3, S_ }, { "4分吧", 4, OFF, S_ }, { "5/5", 5, OFF, S_ }, { "2 points", 2, OFF, S_ },
	{ "4 out of 5", 4, OFF, S_ }, { "满分", 5, 5, S_ },
	/* no level of the scale */
	{ "0", OFF, OFF, S_ }, { "7", OFF, OFF, S_ }, { "9", OFF, OFF, S_ }, { "９", OFF, OFF, S_ }, { "10", OFF, OFF, S_ },
	{ "10分", OFF, OFF, S_ }, { "100分", OFF, OFF, S_ }, { "给8分", OFF, OFF, S_ }, { "我选7", OFF, OFF, S_ },
	{ "6", OFF, 0, SN }, { "６", OFF, 0, SN }, { "6，路还没修", OFF, 0, SN }, { "6 没人来", OFF, 0, SN }, { "6。", OFF, 0, SN },
	{ "6没解决", OFF, 0, SN }, { "6 谢谢", OFF, 0, SN }, { "1，2", OFF, OFF, S_ },
	{ "1非常满意 2满意 3基本满意 4不满意 5非常不满意", OFF, OFF, S_ },
	/* with words: the words decide */
	{ "1满意", 4, 4, S_ }, { "1非常满意", 5, 5, S_ }, { "5非常满意", 5, 5, S_ }, { "5 非常满意", 5, 5, S_ },
	{ "1、非常满意", 5, 5, S_ }, { "1.非常满意", 5, 5, S_ }, { "2：满意", 4, 4, S_ }, { "5，非常不满意", 1, 1, S_ },
	{ "1 不满意", 2, 2, S_ }, { "5-非常不满意", 1, 1, S_ }, { "(1)非常满意", 5, 5, S_ }, { "非常满意1", 5, 5, S_ },
	{ "满意，2", 4, 4, S_ }, { "不满意 4", 2, 2, S_ }, { "1 很满意，谢谢", 5, 5, S_ }, { "3基本满意", 3, 3, S_ },
	{ "1 very satisfied", 5, 5, S_ }, { "5 - very dissatisfied", 1, 1, S_ },
	/* with a comment */
	{ "3 路还没修", 3, 3, SN }, { "３ 路还没修", 3, 3, SN }, { "3，路还没修", 3, 3, SN }, { "3\n路还没修", 3, 3, SN },
	{ "3。路灯晚上太暗", 3, 3, S_ }, { "2，处理太慢", 2, 4, S_ }, { "1 处理很快", OFF, 5, S_ }, { "5 态度很差", OFF, 1, S_ },
	{ "1，非常及时", 5, 5, S_ }, { "3 服务很好", 3, 3, S_ },
	{ "1，服务很好，没话说", OFF, 5, S_ }, { "5，对结果很不满意", 1, 1, S_ },
	{ "1 工作人员很负责", OFF, 5, S_ }, { "4 答复太慢", 4, 2, S_ }, { "3但是希望快一点", 3, 3, S_ }, { "2，希望再快点", 2, 4, S_ },
	{ "1你们服务真好", OFF, 5, S_ }, { "4 没人管", 4, 2, SN }, { "5，问题没解决", 5, 1, SN }, { "5 没有解决", 5, 1, SN },
	{ "3. 还没处理", 3, 3, SN }, { "3、路还没修", 3, 3, SN }, { "4 the road is still not fixed", 4, 2, SN },
	{ "2, staff were rude", 2, 4, S_ }, { "3 but slow", 3, 3, S_ }, { "1 quick reply", 1, 5, S_ }, { "1已解决", 1, 5, SY },
	{ "1，已解决", 1, 5, SY }, { "1 解决了，谢谢", 1, 5, SY }, { "5分，解决得很快", 5, OFF, S_ }, { "五星，服务态度好", 5, 5, S_ },
	{ "3 楼道灯还没修好", 3, 3, SN }, { "2 等了半个月才处理", 2, 4, S_ },
};

static const struct phrase WORDS[] = {
	/* a complaint is not booked as praise */
	{ "解决但不满意", 2, 2, SY }, { "解决了，但不太满意", 2, 2, SY }, { "谢谢，但我不满意", 2, 2, S_ }, { "not satisfied at all", 2, 2, S_ },
	{ "对热线满意，对街道不满意", OFF, OFF, S_ }, { "对你们满意，对承办单位不满意", OFF, OFF, S_ }, { "1满意2不满意", OFF, OFF, S_ },
	{ "满意，才怪", OFF, OFF, S_ }, { "非常满意（反话）", OFF, OFF, S_ }, { "太满意了，气死我了", OFF, OFF, S_ }, { "满意😡", OFF, OFF, S_ },
	{ "你们满意了吧", OFF, OFF, S_ }, { "满意了吧你们", OFF, OFF, S_ }, { "这下你们满意了", NOT, NOT, S_ }, { "我很满意你们的不作为", OFF, OFF, S_ },
	{ "非常满意你们的踢皮球", OFF, OFF, S_ }, { "非常满意，拖了半年才来", OFF, OFF, S_ }, { "满意，部门之间推诿扯皮", OFF, OFF, S_ }, { "很满意，以前不作为现在还是不作为", OFF, OFF, S_ },
	{ "满意 骂人的话我就不说了", OFF, OFF, S_ }, { "满意，就知道推诿、扯皮", OFF, OFF, S_ }, { "感谢，非常满意，你们真会踢皮球", OFF, OFF, S_ },
	{ "非常满意，你们推来推去三个月", OFF, OFF, S_ }, { "满意，不作为的态度", OFF, OFF, S_ }, { "满意，这事拖了一年才有人理", OFF, OFF, S_ }, { "excellent, but it broke again", 5, 5, SN },
	/* nor praise as a complaint */
	{ "满意，做梦都没想到这么快", 4, 4, S_ }, { "满意，做梦也没想到修好了", 4, 4, S_ }, { "非常满意，之前被物业气死，现在修好了", 5, 5, S_ },
	{ "满意，气死我了当时，现在好了", 4, 4, S_ }, { "非常满意，工作人员从不骂人", 5, 5, S_ }, { "满意，没人骂人了", 4, 4, S_ }, { "很满意，没有推诿", 5, 5, S_ }, { "很满意，没有互相推诿", 5, 5, S_ },
	{ "满意，工作人员不推诿扯皮", 4, 4, S_ }, { "满意，解决了多年踢皮球的问题", 4, 4, S_ },
	{ "满意，处理及时，杜绝了推诿扯皮", 4, 4, S_ }, { "非常满意，没有任何推诿", 5, 5, S_ }, { "非常满意，没有出现推诿扯皮的现象", 5, 5, S_ },
	{ "非常满意，物业不作为的问题得到纠正", 5, 5, S_ }, { "非常满意，别的部门踢皮球，12345真管用", 5, 5, S_ }, { "满意，拖了三年才办好，感谢你们", 4, 4, S_ },
	{ "满意，避免了部门之间推诿", 4, 4, S_ }, { "满意，没有推诿、扯皮", 4, 4, S_ },
	{ "满意，虽然拖了半年，终于修好了", 4, 4, S_ }, { "非常满意，和以前的不作为不一样", 5, 5, S_ },
	{ "满分5分我给1分", OFF, OFF, S_ }, { "1分，满分5分", OFF, OFF, S_ }, { "满意，没修好，气死我了", 4, 4, SN }, { "很好，什么都没做", 5, 5, SN },
	{ "不满意😡", 2, 2, S_ }, { "不满意不满意不满意", 2, 2, S_ }, { "满意🎊", 4, 4, S_ }, { "满意满意", 4, 4, S_ }, { "满意不满意", NOT, NOT, S_ },
	{ "慢慢来", NOT, NOT, S_ }, { "满意，没有不满意的地方", 4, 4, S_ }, { "很满意，以前不满意", 5, 5, S_ }, { "非常满意，1星期就修好了", 5, 5, S_ },
	{ "满意，比以前快2分钟", 4, 4, S_ },
	{ "满意", 4, 4, S_ }, { "满意。", 4, 4, S_ }, { "满意！", 4, 4, S_ }, { "滿意", 4, 4, S_ }, { "评价：满意", 4, 4, S_ },
	{ "很满意", 5, 5, S_ }, { "非常满意", 5, 5, S_ }, { "非常的满意", 5, 5, S_ }, { "十分满意", 5, 5, S_ }, { "特别满意", 5, 5, S_ },
	{ "相当满意", 5, 5, S_ }, { "太满意了", 5, 5, S_ }, { "超级满意", 5, 5, S_ }, { "百分百满意", 5, 5, S_ }, { "挺满意的", 4, 4, S_ },
	{ "比较满意", 4, 4, S_ }, { "较满意", 4, 4, S_ }, { "蛮满意", 4, 4, S_ }, { "还是满意的", 4, 4, S_ }, { "基本满意", 3, 3, S_ },
	{ "还算满意", 3, 3, S_ }, { "勉强满意", 3, 3, S_ }, { "大致满意吧", 3, 3, S_ }, { "满意，谢谢", 4, 4, S_ }, { "满意谢谢", 4, 4, S_ },
	{ "谢谢，非常满意", 5, 5, S_ }, { "我很满意", 5, 5, S_ }, { "我对处理结果很满意", 5, 5, S_ }, { "对答复满意", 4, 4, S_ },
	{ "总体满意", 4, 4, S_ }, { "总的来说比较满意", 4, 4, S_ }, { "处理结果满意", 4, 4, S_ }, { "满意你们的工作", 4, 4, S_ },
	{ "您好，满意", 4, 4, S_ }, { "好评", 5, 5, S_ }, { "点赞", 5, 5, S_ }, { "很好", 5, 5, S_ }, { "非常好", 5, 5, S_ },
	{ "太好了，谢谢", 5, 5, S_ }, { "挺好的", 4, 4, S_ }, { "不错", 4, 4, S_ }, { "真不错", 5, 5, S_ }, { "服务很好", 5, 5, S_ },
	{ "态度不错", 4, 4, S_ }, { "处理很及时", 5, 5, S_ }, { "一般", 3, 3, S_ }, { "一般般", 3, 3, S_ }, { "很一般", 3, 3, S_ },
	{ "一般吧", 3, 3, S_ }, { "还行", 3, 3, S_ }, { "还可以", 3, 3, S_ }, { "凑合", 3, 3, S_ }, { "马马虎虎", 3, 3, S_ },
	{ "不满意", 2, 2, S_ }, { "不满意。", 2, 2, S_ }, { "不满意！！！", 2, 2, S_ }, { "不滿意", 2, 2, S_ }, { "评价：不满意", 2, 2, S_ },
	{ "不太满意", 2, 2, S_ }, { "不怎么满意", 2, 2, S_ }, { "不是很满意", 2, 2, S_ }, { "不是非常满意", 2, 2, S_ }, { "不是特别满意", 2, 2, S_ },
	{ "并不十分满意", 2, 2, S_ }, { "not extremely satisfied", 2, 2, S_ }, { "不够满意", 2, 2, S_ },
	{ "没有满意", 2, 2, S_ }, { "谈不上满意", 2, 2, S_ }, { "算不上满意", 2, 2, S_ }, { "并不满意", 2, 2, S_ }, { "无法满意", 2, 2, S_ },
	{ "难以满意", 2, 2, S_ }, { "怎么可能满意", 2, 2, S_ }, { "不能满意", 2, 2, S_ }, { "不大满意", 2, 2, S_ }, { "很不满意", 1, 1, S_ },
	{ "非常不满意", 1, 1, S_ }, { "十分不满意", 1, 1, S_ }, { "特别不满意", 1, 1, S_ }, { "极其不满意", 1, 1, S_ }, { "极不满意", 1, 1, S_ },
	{ "太不满意了", 1, 1, S_ }, { "一点都不满意", 1, 1, S_ }, { "一点也不满意", 1, 1, S_ }, { "根本不满意", 1, 1, S_ },
	{ "完全不满意", 1, 1, S_ }, { "强烈不满", 1, 1, S_ }, { "不满", 2, 2, S_ }, { "差", 2, 2, S_ }, { "很差", 1, 1, S_ },
	{ "太差了", 1, 1, S_ },
	{ "差评", 1, 1, S_ }, { "差劲", 2, 2, S_ }, { "失望", 2, 2, S_ }, { "非常失望", 1, 1, S_ }, { "不好", 2, 2, S_ },
	{ "不太好", 2, 2, S_ },
	{ "不行", 2, 2, S_ }, { "不怎么样", 2, 2, S_ }, { "不咋地", 2, 2, S_ }, { "服务态度差", 2, 2, S_ }, { "态度很差", 1, 1, S_ },
	{ "我不满意", 2, 2, S_ }, { "对处理结果不满意", 2, 2, S_ }, { "对你们的答复很不满意", 1, 1, S_ }, { "我对结果非常不满意", 1, 1, S_ },
	{ "不满意，路还没修", 2, 2, SN }, { "不满意！路还没修", 2, 2, SN }, { "不满意 没人来", 2, 2, SN }, { "不满意，态度太差", 2, 2, S_ },
	{ "很不满意，根本没解决", 1, 1, SN }, { "满意，但是路还没修", 4, 4, SN }, { "满意但是路还没修", 4, 4, SN },
	{ "基本满意，不过慢了点", 3, 3, S_ }, { "非常满意，工作人员很耐心", 5, 5, S_ }, { "满意。路灯亮了", 4, 4, S_ },
	{ "路修好了，很满意", 5, 5, S_ }, { "工作人员态度很好，满意", 4, 4, S_ }, { "路还没修，不满意", 2, 2, SN },
	{ "等了两个月才答复，非常不满意", 1, 1, S_ },
	{ "解决了", 0, 0, SY }, { "已解决", 0, 0, SY }, { "已经解决", 0, 0, SY }, { "问题解决了", 0, 0, SY }, { "都解决了，谢谢", 0, 0, SY },
	{ "修好了", 0, 0, SY }, { "已经修好了。", 0, 0, SY }, { "已处理", 0, 0, SY }, { "搞定了", 0, 0, SY }, { "已解决，满意", 4, 4, SY },
	{ "满意，已解决", 4, 4, SY }, { "解决了，非常满意", 5, 5, SY }, { "问题已解决 非常满意", 5, 5, SY }, { "已解决，不满意", 2, 2, SY },
	{ "没解决", 0, 0, SN }, { "没有解决", 0, 0, SN }, { "未解决", 0, 0, SN }, { "还没解决", 0, 0, SN }, { "问题没解决", 0, 0, SN },
	{ "問題沒解決", 0, 0, SN }, { "根本没解决", 0, 0, SN }, { "没处理", 0, 0, SN }, { "还没修好", 0, 0, SN }, { "没人来修", 0, 0, SN },
	{ "没解决，不满意", 2, 2, SN }, { "未解决。不满意", 2, 2, SN }, { "又坏了", 0, 0, SN }, { "修好了又坏了", 0, 0, SN },
	{ "部分解决", 0, 0, SN }, { "解决了一半", 0, 0, SN }, { "没有任何改善", 0, 0, SN }, { "一直没有人处理", 0, 0, SN },
	{ "态度很好，但是不满意", 2, 2, S_ }, { "服务不错，但是对结果不满意", 2, 2, S_ }, { "态度很差，但是结果满意", 4, 4, S_ },
	{ "satisfied", 4, 4, S_ }, { "Satisfied.", 4, 4, S_ }, { "very satisfied", 5, 5, S_ },
	{ "Very satisfied, thanks!", 5, 5, S_ },
	{ "I am very satisfied", 5, 5, S_ }, { "I'm satisfied with the result", 4, 4, S_ },
	{ "extremely satisfied", 5, 5, S_ },
	{ "quite satisfied", 4, 4, S_ }, { "somewhat satisfied", 3, 3, S_ }, { "happy", 4, 4, S_ },
	{ "very happy with your help", 5, 5, S_ },
	{ "good", 4, 4, S_ }, { "very good", 5, 5, S_ }, { "Good service", 4, 4, S_ }, { "great", 5, 5, S_ },
	{ "Excellent!", 5, 5, S_ },
	{ "not bad", 4, 4, S_ }, { "ok", 3, 3, S_ }, { "OK.", 3, 3, S_ }, { "so-so", 3, 3, S_ }, { "average", 3, 3, S_ },
	{ "neutral", 3, 3, S_ }, { "It's ok", 3, 3, S_ }, { "neither satisfied nor dissatisfied", 3, 3, S_ },
	{ "not satisfied", 2, 2, S_ }, { "Not satisfied.", 2, 2, S_ }, { "not very satisfied", 2, 2, S_ },
	{ "I am not satisfied", 2, 2, S_ }, { "I'm not satisfied", 2, 2, S_ }, { "I’m not happy", 2, 2, S_ },
	{ "not happy", 2, 2, S_ },
	{ "unhappy", 2, 2, S_ }, { "dissatisfied", 2, 2, S_ }, { "unsatisfied", 2, 2, S_ }, { "very dissatisfied", 1, 1,
	S_ },
	{ "very unhappy", 1, 1, S_ }, { "not at all satisfied", 2, 2, S_ }, { "far from satisfied", 2, 2, S_ },
	{ "never satisfied", 2, 2, S_ }, { "bad", 2, 2, S_ }, { "very bad", 1, 1, S_ }, { "not good", 2, 2, S_ },
	{ "terrible", 1, 1, S_ },
	{ "poor", 2, 2, S_ }, { "very poor", 1, 1, S_ }, { "disappointed", 2, 2, S_ }, { "very disappointed", 1, 1, S_ },
	{ "solved", 0, 0, SY }, { "Problem solved, thank you", 0, 0, SY }, { "fixed", 0, 0, SY }, { "not solved", 0, 0,
	SN },
	{ "Not fixed", 0, 0, SN }, { "still broken", 0, 0, SN }, { "satisfied, but the road is not fixed", 4, 4, SN },
	{ "not satisfied, nobody came", 2, 2, SN }, { "very satisfied. solved", 5, 5, SY },
};

/* New matters, questions and small talk: with a survey pending none of these is an answer. */
static const char *const MESSAGES[] = {
	"3号楼电梯坏了", "3 号楼电梯还没修好", "3号楼还没通水", "1路车不停站", "1 路车不停站", "3 路公交车又晚点了", "3路公交车又晚点了",
	"☆", "☆☆☆☆☆", "☆重要☆ 路灯坏了", "3 路还没来", "5路公交司机态度恶劣", "5月1日小区停水", "5 月1日停水到现在", "5月1号停电", "12345没人接", "12345", "12345 没人接电话",
	"110", "119", "12315不管", "13800138000", "010-12345678", "2单元楼道灯坏了", "2 单元没有暖气", "2栋垃圾没人清", "2 栋楼下很吵",
	"3楼漏水", "3 楼漏水没人管", "3层的邻居半夜吵", "4点钟就开始施工", "4 点就开始施工", "5点半还在放音乐", "3个月没供暖", "3 个月没发工资",
	"2年了还没办房产证", "2 年了还没解决", "5天没来水", "5 天没来水了", "3次投诉没人管", "3 次投诉都没解决", "1人受伤", "2 个人打架",
	"5元停车费不合理", "5 元停车费不合理", "3块钱一度电太贵", "4米宽的路被占", "4 米宽的消防通道被占", "2小时没来车", "2 小时没来水",
	"1期业主没有停车位", "3期房子漏水", "3室的邻居养狗", "2户人家违建", "1号线地铁太挤", "1 号线地铁太挤", "2号门没人值班", "5G信号差",
	"5 G信号很差", "3-1-201漏水", "3-201 漏水", "8:30还没开门", "3.5万押金不退", "3.5米高的墙", "1.5小时没车", "10号楼停电", "20天没水",
	"2026年的学位问题", "2026年11月22日停电", "1/2的路灯不亮", "3%的手续费", "3成业主不同意", "5万块钱被骗", "3万元押金不退", "2平方米",
	"3中门口堵车", "3小门口堵车", "1小区停水", "1 小区停水", "2物业乱收费", "2 物业乱收费", "3 小区没有电梯", "5 楼下烧烤油烟大",
	"1、小区停水 2、物业不管", "1.小区停水\n2.物业不管", "1. 停水。2. 停电。", "①停水②停电", "一、小区停水；二、物业不管", "1，小区停水 2，停电",
	"2、仓山区某路旁边的河道开挖两三年了，希望尽快处理", "1. 我要投诉物业", "1，我要投诉物业乱收费", "1 我想反映一个问题", "1，请问怎么办居住证",
	"一楼住户违建", "一个月没水了", "二楼漏水到一楼", "三号楼停电", "三天没水了", "三轮车占道", "四楼装修太吵", "五楼的人往下扔垃圾",
	"五星红旗挂反了", "五星级酒店噪音", "5星级酒店排油烟", "三星手机售后不处理", "五分钟一趟的车等了半小时", "5分钟没人接", "1分钱没退", "5分之一的路灯坏了",
	"十字路口红绿灯坏了", "第1次投诉", "第3单元停水", "路灯坏了", "我家门口的路灯坏了", "小区停水三天了", "物业乱收费", "楼下烧烤油烟太大",
	"对物业不满意", "对物业很不满意，乱收费", "我对小区物业非常不满意", "业主都不满意", "居民满意度很低", "满意度太低了", "什么叫满意", "满意吗",
	"满意吗？", "满意？", "满意个屁", "你们满意了吗", "怎样才能满意", "如果修好了就满意", "要是能解决，非常满意", "满意不满意", "满意不了", "不是不认可", "不能不认可",
	"我要投诉物业服务态度，很不满意",
	"希望给个满意的答复", "请给我一个满意的答复", "给我们一个满意的结果", "解决了吗", "解决了没有", "问题解决了吗？", "什么时候解决", "请尽快解决",
	"希望尽快解决", "怎么解决", "谁来解决", "有没有解决", "能不能解决", "修好了吗", "修好了没有？", "好", "好的", "收到", "谢谢", "可以", "嗯", "知道了",
	"好久没有人来扫地了", "好几天没水了", "好吵", "差不多每天都停水", "差一点被车撞", "差了50块钱没退", "很多人在跳广场舞", "很久没人来扫地",
	"不是说好了今天来修吗", "不要再打电话了", "不知道找谁", "不让进小区", "一般几点上班", "一般纳税人怎么办理", "良好的环境被破坏", "优惠券不能用",
	"非常时期还在施工", "太平路堵车", "真正的问题是没有路灯", "特别是晚上很吵", "比较急，请快点", "没电了", "没水", "没有路灯", "没有电梯",
	"3 buses did not come", "2 days without water", "5 people are fighting", "1 street lamp is broken",
	"3rd floor is leaking",
	"2nd Street is dark", "5 cars parked on the sidewalk", "1 bedroom flat", "4pm and still no water",
	"10 days no water",
	"satisfied customers only", "not sure who to ask", "good morning", "bad smell in my street",
	"poor lighting on Main Street",
	"great wall road is blocked", "no water", "Is it solved?", "when will it be fixed", "please fix it",
	"are you satisfied?",
	"I am happy to report a broken lamp", "happy birthday", "thanks", "thank you", "hello", "The street lamp is broken",
	"one of the lamps is broken", "five lamps are broken", "if it is fixed I will be satisfied", "查询", "进度", "?",
	"？", "...", "http://a.example/1",
};

static int expected_reading(int rating)
{
	return rating == NOT ? READ_NOT_AN_ANSWER : rating == OFF ? READ_OUT_OF_SCALE : READ_ANSWER;
}

static int check_phrase(const struct phrase *p, enum survey_scale scale)
{
	struct survey_answer a;
	int rating = scale == SURVEY_ONE_BEST ? p->one_best : p->five_best, reading = expected_reading(rating);
	survey_read(p->text, scale, false, &a);
	if ((int)a.reading == reading && a.rating == (rating > 0 ? rating : 0) &&
		(reading != READ_ANSWER || (int)a.solved == p->solved))
		return 0;
	print_error("%s \"%s\": reading %d rating %d solved %d, want %d %d %d\n", survey_scale_name(scale), p->text,
	a.reading,
		a.rating, a.solved, reading, rating > 0 ? rating : 0, p->solved);
	return 1;
}

static int check_phrases(const struct phrase *p, size_t n)
{
	int wrong = 0;
	for (size_t i = 0; i < n; i++)
		for (int s = 0; s < SURVEY_SCALES; s++)
			wrong += check_phrase(&p[i], (enum survey_scale)s);
	return wrong;
}

static void digits_are_read_on_their_own_scale(void **state)
{
	(void)state;
	assert_int_equal(check_phrases(DIGITS, sizeof DIGITS / sizeof *DIGITS), 0);
}

static void words_mean_the_same_on_both_scales(void **state)
{
	(void)state;
	assert_int_equal(check_phrases(WORDS, sizeof WORDS / sizeof *WORDS), 0);
}

static void a_message_about_something_else_is_no_answer(void **state)
{
	(void)state;
	int wrong = 0;
	for (size_t i = 0; i < sizeof MESSAGES / sizeof *MESSAGES; i++)
		wrong += check_phrase(&(struct phrase){ MESSAGES[i], NOT, NOT, S_ }, SURVEY_FIVE_BEST) +
			check_phrase(&(struct phrase){ MESSAGES[i], NOT, NOT, S_ }, SURVEY_ONE_BEST);
	assert_int_equal(wrong, 0);
}

static void the_tables_are_as_large_as_promised(void **state)
{
	(void)state;
	assert_true(sizeof DIGITS / sizeof *DIGITS + sizeof WORDS / sizeof *WORDS >= 300);
	assert_true(sizeof MESSAGES / sizeof *MESSAGES >= 200);
}

/* Every level word under every negation must never come out above the middle. */
static void a_negated_word_is_never_read_as_praise(void **state)
{
	static const char *const NO[] = {
		"不", "不太", "不是很", "不怎么", "没有", "并不", "很不", "非常不", "一点都不", "谈不上", "算不上", "说不上", "从来没有", "绝不", "远不", "不够",
		"not ", "not very ", "never ", "not really ", "I am not ", "we're not ", "it is not ", "hardly ", "isn't ",
		"far from ",
	};
	static const char *const PRAISE[] = { "满意", "好", "认可", "高兴", "satisfied", "happy", "good", "pleased" };
	static const char *const TAIL[] = { "", "。", "！", "，谢谢", "，路还没修", " 5", "1" };
	(void)state;
	for (size_t i = 0; i < sizeof NO / sizeof *NO; i++)
		for (size_t j = 0; j < sizeof PRAISE / sizeof *PRAISE; j++)
			for (size_t k = 0; k < sizeof TAIL / sizeof *TAIL; k++)
				for (int s = 0; s < SURVEY_SCALES; s++) {
					char text[200];
					struct survey_answer a;
					snprintf(text, sizeof text, "%s%s%s", NO[i], PRAISE[j], TAIL[k]);
					survey_read(text, (enum survey_scale)s, false, &a);
					if (a.rating > 3)
						fail_msg("\"%s\" was read as %d", text, a.rating);
				}
}

/* "3" and a counting word, with and without a blank, whatever follows. */
static void a_count_of_things_is_never_a_rating(void **state)
{
	static const char *const UNIT[] = {
		"号楼", "号院", "楼", "栋", "幢", "单元", "月", "月2日", "点", "点半", "年", "个", "个月", "人", "次", "元", "块", "块钱", "层", "米",
		"天", "小时", "期",
		"室", "户", "路车", "路公交", "号线", "公里", "斤", "岁", "名", "位", "辆车", "台", "条", "家店", "间", "件", "份", "张", "只狗", "头",
		"棵树", "盏灯",
		"根", "座桥", "所学校", "处", "区", "组", "村", "队", "排", "弄", "巷", "街", "环", "周", "星期", "分钟", "秒", "万", "千", "百", "亿",
		"平米", "亩",
		"%", "度", "折", "成", "倍", "种", "类", "步", "代", "届", "中", "小", "院", "校", "班", "级", "季", "杯", "瓶", "箱", "桶", "套",
		"对", "群", "批", "片",
		"段", "站", "门", "号门", "车道", "毛", "角", "本", "首", "场", "把", "餐", "针", "厂",
	};
	static const char *const TAIL[] = { "坏了", "没人管", "停水了，请处理", "一直没解决", "太吵" };
	static const char *const NUMBER[] = { "1", "3", "５", "5" };
	(void)state;
	int wrong = 0;
	for (size_t i = 0; i < sizeof UNIT / sizeof *UNIT; i++)
		for (size_t j = 0; j < sizeof TAIL / sizeof *TAIL; j++)
			for (size_t k = 0; k < sizeof NUMBER / sizeof *NUMBER; k++)
				for (int blank = 0; blank < 2; blank++) {
					char text[200];
					snprintf(text, sizeof text, "%s%s%s%s", NUMBER[k], blank ? " " : "", UNIT[i], TAIL[j]);
					wrong += check_phrase(&(struct phrase){ text, NOT, NOT, S_ }, SURVEY_ONE_BEST);
				}
	assert_int_equal(wrong, 0);
}

static void after_another_word_from_staff_a_bare_digit_is_no_answer(void **state)
{
	static const struct { const char *text; int rating; } CASES[] = {
		{ "1", NOT }, { "5", NOT }, { "１", NOT }, { "①", NOT }, { "我选1", NOT }, { "1，谢谢", NOT }, { "3 路还没修", NOT },
		{ "9", NOT },
		{ "ok", NOT }, { "1 非常满意", 5 }, { "满意", 4 }, { "不满意", 2 }, { "评价：5", 1 }, { "五星", 5 }, { "1满意", 4 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct survey_answer a;
		survey_read(CASES[i].text, SURVEY_ONE_BEST, true, &a);
		if ((int)a.reading != expected_reading(CASES[i].rating) || (CASES[i].rating > 0 && a.rating != CASES[i].rating))
			fail_msg("\"%s\": reading %d rating %d", CASES[i].text, a.reading, a.rating);
	}
}

static void the_answer_as_sent_and_the_comment_behind_it_are_kept(void **state)
{
	static const struct { const char *text, *raw, *comment; } CASES[] = {
		{ "３ 路还没修", "３", "路还没修" }, { "不满意，路还没修", "不满意", "路还没修" }, { "1。谢谢", "1", "" }, { "满意", "满意", "" },
		{ " 非常 满意 ！但是 Road 3 很暗", "非常 满意", "但是 Road 3 很暗" }, { "5️⃣ 处理很快", "5", "处理很快" },
		{ "评价：5分，但是太慢", "5分", "但是太慢" }, { "路修好了，很满意", "很满意", "路修好了，很满意" },
		{ "Not Satisfied, nobody came", "Not Satisfied", "nobody came" },
		{ "1 非常满意，工作人员很耐心", "1 非常满意", "工作人员很耐心" }, { "没解决", "没解决", "" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct survey_answer a;
		survey_read(CASES[i].text, SURVEY_FIVE_BEST, false, &a);
		assert_int_equal(a.reading, READ_ANSWER);
		if (strncmp(a.raw, CASES[i].raw, strlen(CASES[i].raw)) || strlen(a.raw) > strlen(CASES[i].raw) + 6 ||
			strcmp(CASES[i].text + a.comment_at, CASES[i].comment))
			fail_msg("\"%s\": raw \"%s\", comment \"%s\"", CASES[i].text, a.raw, CASES[i].text + a.comment_at);
	}
}

static void a_text_of_any_size_or_bytes_is_read_without_harm(void **state)
{
	(void)state;
	struct survey_answer a;
	size_t n = 1 << 20;
	char *big = malloc(n + 1);
	assert_non_null(big);
	memset(big, '5', n);
	big[n] = '\0';
	survey_read(big, SURVEY_FIVE_BEST, false, &a);
	assert_int_equal(a.reading, READ_NOT_AN_ANSWER);
	memcpy(big, "5，", 4);
	for (size_t i = 4; i + 3 <= n; i += 3)
		memcpy(big + i, "慢", 3);
	survey_read(big, SURVEY_FIVE_BEST, false, &a);
	assert_int_equal(a.reading, READ_ANSWER);
	assert_int_equal(a.comment_at, 4);
	memset(big, ' ', n);
	survey_read(big, SURVEY_FIVE_BEST, false, &a);
	assert_int_equal(a.reading, READ_NOT_AN_ANSWER);
	free(big);
	static const char *const BROKEN[] = { "", "\xff", "\xe6\xbb", "1\xe6", "\xef\xbc\x91\xff", "满\xe6",
		("\xc0\x80" "5"), "\xf0\x9f\x91" };
	for (size_t i = 0; i < sizeof BROKEN / sizeof *BROKEN; i++) {
		survey_read(BROKEN[i], SURVEY_ONE_BEST, false, &a);
		assert_true(a.comment_at <= strlen(BROKEN[i]));
	}
}

static void a_number_outside_the_scale_has_no_level(void **state)
{
	(void)state;
	assert_int_equal(survey_normalise(SURVEY_ONE_BEST, 1), 5);
	assert_int_equal(survey_normalise(SURVEY_ONE_BEST, 5), 1);
	assert_int_equal(survey_normalise(SURVEY_FIVE_BEST, 5), 5);
	for (int s = 0; s < SURVEY_SCALES; s++) {
		assert_int_equal(survey_normalise((enum survey_scale)s, 3), 3);
		assert_int_equal(survey_normalise((enum survey_scale)s, 0), 0);
		assert_int_equal(survey_normalise((enum survey_scale)s, 6), 0);
		assert_int_equal(survey_normalise((enum survey_scale)s, -1), 0);
	}
}

static void an_answered_survey_never_moves_again(void **state)
{
	(void)state;
	assert_true(sm_legal(&survey_machine, SURVEY_QUEUED, SURVEY_ASKED));
	assert_true(sm_legal(&survey_machine, SURVEY_QUEUED, SURVEY_ANSWERED));
	assert_true(sm_legal(&survey_machine, SURVEY_ASKED, SURVEY_ANSWERED));
	assert_true(sm_legal(&survey_machine, SURVEY_ASKED, SURVEY_EXPIRED));
	assert_false(sm_legal(&survey_machine, SURVEY_ASKED, SURVEY_QUEUED));
	for (unsigned to = 0; to < SURVEY_STATES; to++) {
		assert_false(sm_legal(&survey_machine, SURVEY_ANSWERED, to));
		assert_false(sm_legal(&survey_machine, SURVEY_EXPIRED, to));
	}
	assert_string_equal(sm_name(&survey_machine, SURVEY_EXPIRED), "expired");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits_are_read_on_their_own_scale),
		cmocka_unit_test(words_mean_the_same_on_both_scales),
		cmocka_unit_test(a_message_about_something_else_is_no_answer),
		cmocka_unit_test(the_tables_are_as_large_as_promised),
		cmocka_unit_test(a_negated_word_is_never_read_as_praise),
		cmocka_unit_test(a_count_of_things_is_never_a_rating),
		cmocka_unit_test(after_another_word_from_staff_a_bare_digit_is_no_answer),
		cmocka_unit_test(the_answer_as_sent_and_the_comment_behind_it_are_kept),
		cmocka_unit_test(a_text_of_any_size_or_bytes_is_read_without_harm),
		cmocka_unit_test(a_number_outside_the_scale_has_no_level),
		cmocka_unit_test(an_answered_survey_never_moves_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
