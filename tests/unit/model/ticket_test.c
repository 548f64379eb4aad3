/* The one decision about a message, row by row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/base/sm.h"
#include "gateway/model/text.h"
#include "gateway/model/ticket.h"

#define HOUR (3600 * 1000LL)
#define DAY (24 * HOUR)
#define NOW (1763800000000LL)

static struct rules rules;

/* What the store knew, in shorthand. Tickets are 11 (newest), 12, 13; the survey is 70 on ticket 11 unless said. */
enum {
	MAIL = 1 << 0,             /* the channel has threads */
	OPEN = 1 << 1,             /* 11 is open */
	CLOSED = 1 << 2,           /* 11 was closed yesterday */
	OLD = 1 << 3,              /* 11 was closed 40 days ago */
	REFUSED = 1 << 4,          /* 11 was refused yesterday */
	THREAD = 1 << 5,           /* the message is on 11's thread */
	FOREIGN = 1 << 6,          /* on the thread of somebody else's ticket 99 */
	SURVEY = 1 << 7,           /* a survey on 11 waits */
	ANSWERED = 1 << 8,         /* it was answered already */
	LATE = 1 << 9,             /* its window is over */
	SUPERSEDED = 1 << 10,
	WORN = 1 << 11,            /* 11 was reopened as often as a machine may */
	ONCE = 1 << 12,            /* 11 was reopened once */
	FLOOD = 1 << 13,
	ASKED = 1 << 14,           /* the text names ticket 11 */
	ASKED_OTHER = 1 << 15,     /* it names 99, which is not this citizen's */
	ASKED_ELSEWHERE = 1 << 16, /* it names 88, this citizen's on another channel */
	AUTO = 1 << 17,
	LOOP = 1 << 18,
	SUSPECT = AUTO | LOOP,
	BUTTON = 1 << 19,          /* a rating by button: text is its comment */
	WRONG_TOKEN = 1 << 20,
	ATTACHED = 1 << 21,
	HELD = 1 << 22,
	SECOND_OPEN = 1 << 23,     /* 12 is open, whatever 11 is */
	ON_SECOND = 1 << 24,       /* the message is on 12's thread */
	FIRST_IS_SECOND = 1 << 25, /* 12 is the newer one */
	BUSY = 1 << 26,            /* as many messages as are allowed, and no more */
	HUSHED = 1 << 27,          /* as many automatic answers went to this address as an hour allows */
	GUIDE = 1 << 28,           /* the guide asked where ticket 11 is about */
	GUIDE_FIRST = 1 << 29,     /* it asked what the matter is */
	GUIDE_LATE = 1 << 30,      /* too long ago */
	CARE = HELD | ONCE,        /* 11 has words of self-harm */
	CALLED = CARE | WORN,      /* and somebody has spoken with the citizen since */
	ALARM = HELD | OLD,        /* 11 is open and an emergency */
	PAGE = BUTTON | ATTACHED,  /* words of a survey's page whose question is over */
	CROWD = LATE | SUPERSEDED  /* without SURVEY: no ticket yet, and many others have come from this network */
};

struct row {
	const char *rule;
	unsigned given;
	const char *text;
	int rating, solved; /* BUTTON */
	enum outcome outcome;
	uint64_t ticket;
	enum plan_say say;
	unsigned more;
};
enum { BACK = 1, LOOK = 2, AGAIN = 4 }; /* reopen, supervise, repeated_answer */

#define T17 "20261122200000015"
static const struct row TABLE[] = {
	/* machines */
	{ "automatic-known", MAIL | OPEN | THREAD | AUTO, "我在休假", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "automatic-known", MAIL | CLOSED | THREAD | AUTO, "着火了", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "automatic", MAIL | AUTO, "I am on holiday", 0, 0, OUTCOME_REFUSE, 0, SAY_NOTHING, 0 },
	{ "automatic", MAIL | AUTO, "着火了，救命", 0, 0, OUTCOME_REFUSE, 0, SAY_NOTHING, 0 },
	{ "automatic", MAIL | FOREIGN | AUTO, "away", 0, 0, OUTCOME_REFUSE, 0, SAY_NOTHING, 0 },
	{ "automatic", MAIL | OPEN | THREAD | LOOP, "我们自己的信", 0, 0, OUTCOME_REFUSE, 0, SAY_NOTHING, 0 },
	{ "automatic", AUTO, "", 0, 0, OUTCOME_REFUSE, 0, SAY_NOTHING, 0 },
	{ "suspect-known", MAIL | CLOSED | THREAD | SUSPECT, "我在休假", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "suspect", MAIL | OPEN | SUSPECT, "快递未送达", 0, 0, OUTCOME_HOLD, 0, SAY_NOTHING, 0 },
	/* emergencies */
	{ "emergency", 0, "我家着火了快来人", 0, 0, OUTCOME_EMERGENCY, 0, SAY_EMERGENCY, 0 },
	{ "emergency", OPEN, "有人持刀砍人", 0, 0, OUTCOME_EMERGENCY, 11, SAY_EMERGENCY, 0 },
	{ "emergency", CLOSED, "楼下着火了", 0, 0, OUTCOME_EMERGENCY, 0, SAY_EMERGENCY, 0 },
	{ "emergency", CLOSED | SECOND_OPEN, "楼下着火了", 0, 0, OUTCOME_EMERGENCY, 12, SAY_EMERGENCY, 0 },
	{ "emergency", MAIL | OPEN, "有人晕倒了", 0, 0, OUTCOME_EMERGENCY, 0, SAY_EMERGENCY, 0 },
	{ "emergency", MAIL | OPEN | THREAD, "有人晕倒了", 0, 0, OUTCOME_EMERGENCY, 11, SAY_EMERGENCY, 0 },
	{ "emergency", OPEN | FOREIGN, "有人晕倒了", 0, 0, OUTCOME_EMERGENCY, 0, SAY_EMERGENCY, 0 },
	{ "emergency", MAIL | OPEN | FOREIGN, "有人晕倒了", 0, 0, OUTCOME_EMERGENCY, 0, SAY_EMERGENCY, 0 },
	{ "emergency", CLOSED | SURVEY | BUTTON, "不想活了", 1, SOLVED_NO, OUTCOME_EMERGENCY, 0, SAY_EMERGENCY, BACK | LOOK },
	{ "emergency", CLOSED | SURVEY | BUTTON, "不想活了", 5, 0, OUTCOME_EMERGENCY, 0, SAY_EMERGENCY, 0 },
	{ "emergency", CLOSED | SURVEY | ANSWERED | BUTTON, "不想活了", 1, SOLVED_NO, OUTCOME_EMERGENCY, 0, SAY_EMERGENCY, 0 },
	{ "emergency", CLOSED | SURVEY | LATE | BUTTON, "不想活了", 1, SOLVED_NO, OUTCOME_EMERGENCY, 0, SAY_EMERGENCY, 0 },
	{ "emergency", CLOSED | SURVEY, "5，家里燃气泄漏", 0, 0, OUTCOME_EMERGENCY, 0, SAY_EMERGENCY, 0 },
	{ "emergency", FLOOD, "着火了", 0, 0, OUTCOME_EMERGENCY, 0, SAY_EMERGENCY, 0 },
	/* ratings by button */
	{ "rating", CLOSED | SURVEY | BUTTON, NULL, 5, SOLVED_YES, OUTCOME_RATE, 11, SAY_THANKS, 0 },
	{ "rating", CLOSED | SURVEY | BUTTON, NULL, 3, SOLVED_UNSAID, OUTCOME_RATE, 11, SAY_THANKS, 0 },
	{ "rating", CLOSED | SURVEY | BUTTON, NULL, 2, SOLVED_UNSAID, OUTCOME_RATE, 11, SAY_THANKS_BAD, BACK | LOOK },
	{ "rating", CLOSED | SURVEY | BUTTON, NULL, 1, SOLVED_YES, OUTCOME_RATE, 11, SAY_THANKS_BAD, BACK | LOOK },
	{ "rating", CLOSED | SURVEY | BUTTON, NULL, 4, SOLVED_NO, OUTCOME_RATE, 11, SAY_THANKS_BAD, BACK },
	{ "rating", CLOSED | SURVEY | BUTTON, "路还没修", 4, SOLVED_UNSAID, OUTCOME_RATE, 11, SAY_THANKS_BAD, BACK },
	{ "rating", CLOSED | SURVEY | BUTTON | ONCE, NULL, 4, SOLVED_NO, OUTCOME_RATE, 11, SAY_THANKS_BAD, BACK | LOOK },
	{ "rating", CLOSED | SURVEY | BUTTON | WORN, NULL, 1, SOLVED_NO, OUTCOME_RATE, 11, SAY_THANKS_BAD, LOOK },
	{ "rating", OPEN | SURVEY | BUTTON, NULL, 1, SOLVED_NO, OUTCOME_RATE, 11, SAY_THANKS_BAD, 0 },
	{ "rating-again", CLOSED | SURVEY | ANSWERED | BUTTON, NULL, 5, SOLVED_YES, OUTCOME_RATE, 11, SAY_NOTHING, AGAIN },
	{ "rating-again", OPEN | SURVEY | ANSWERED | BUTTON, NULL, 1, SOLVED_NO, OUTCOME_RATE, 11, SAY_NOTHING, AGAIN },
	{ "rating-again", CLOSED | SURVEY | ANSWERED | BUTTON, NULL, 1, SOLVED_NO, OUTCOME_REOPEN, 11, SAY_REOPENED,
	AGAIN },
	{ "rating-unknown", BUTTON, NULL, 5, SOLVED_YES, OUTCOME_REFUSE, 0, SAY_SURVEY_CLOSED, 0 },
	{ "rating-unknown", CLOSED | SURVEY | BUTTON | WRONG_TOKEN, NULL, 5, 0, OUTCOME_REFUSE, 0, SAY_SURVEY_CLOSED, 0 },
	{ "rating-unknown", CLOSED | SURVEY | BUTTON | LATE, NULL, 5, 0, OUTCOME_REFUSE, 0, SAY_SURVEY_CLOSED, 0 },
	{ "rating-unknown", BUTTON | FLOOD, NULL, 5, 0, OUTCOME_REFUSE, 0, SAY_NOTHING, 0 },
	/* nothing said */
	{ "empty", 0, "", 0, 0, OUTCOME_REFUSE, 0, SAY_EMPTY, 0 },
	{ "empty", OPEN, " \n\xe3\x80\x80\xe2\x80\x8b", 0, 0, OUTCOME_REFUSE, 0, SAY_EMPTY, 0 },
	{ "empty", FLOOD, " ", 0, 0, OUTCOME_REFUSE, 0, SAY_NOTHING, 0 },
	{ "talk", OPEN | ATTACHED, "", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "new", ATTACHED, "", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	/* where does it stand? */
	{ "query", 0, "查询", 0, 0, OUTCOME_QUERY, 0, SAY_STATUS_NONE, 0 },
	{ "new", 0, "到哪了", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "query", OPEN, "到哪了", 0, 0, OUTCOME_QUERY, 11, SAY_STATUS, 0 },
	{ "query", OPEN, "查询", 0, 0, OUTCOME_QUERY, 11, SAY_STATUS, 0 },
	{ "query", MAIL | CLOSED, "status", 0, 0, OUTCOME_QUERY, 11, SAY_STATUS, 0 },
	{ "query", OPEN | SECOND_OPEN | MAIL | ON_SECOND, "进度", 0, 0, OUTCOME_QUERY, 12, SAY_STATUS, 0 },
	{ "query", OPEN | ASKED, "查询 " T17, 0, 0, OUTCOME_QUERY, 11, SAY_STATUS, 0 },
	{ "query", OPEN | ASKED_ELSEWHERE, "查询 " T17, 0, 0, OUTCOME_QUERY, 88, SAY_STATUS, 0 },
	{ "query", OPEN | ASKED_OTHER, "查询 " T17, 0, 0, OUTCOME_QUERY, 0, SAY_STATUS_DENIED, 0 },
	{ "query", OPEN, "查询 " T17, 0, 0, OUTCOME_QUERY, 0, SAY_STATUS_DENIED, 0 },
	{ "query", CLOSED | SURVEY, "查询", 0, 0, OUTCOME_QUERY, 11, SAY_STATUS, 0 },
	{ "query", OPEN | FLOOD, "查询", 0, 0, OUTCOME_QUERY, 11, SAY_NOTHING, 0 },
	/* taken back, on the ticket's own channel */
	{ "withdraw", OPEN, "撤回", 0, 0, OUTCOME_WITHDRAW, 11, SAY_WITHDRAWN, 0 },
	{ "withdraw", OPEN, "我要撤销这个投诉，已经解决了", 0, 0, OUTCOME_WITHDRAW, 11, SAY_WITHDRAWN, 0 },
	{ "withdraw", OPEN | SECOND_OPEN, "撤回", 0, 0, OUTCOME_QUERY, 11, SAY_WITHDRAW_WHICH, 0 },
	{ "withdraw", OPEN | SECOND_OPEN | ASKED, "撤回工单" T17, 0, 0, OUTCOME_WITHDRAW, 11, SAY_WITHDRAWN, 0 },
	{ "withdraw", OPEN | ASKED_OTHER, "撤回 " T17, 0, 0, OUTCOME_QUERY, 0, SAY_STATUS_DENIED, 0 },
	{ "withdraw", OPEN | ASKED_ELSEWHERE, "撤回 " T17, 0, 0, OUTCOME_QUERY, 0, SAY_STATUS_DENIED, 0 },
	{ "withdraw", OPEN, "撤回 " T17, 0, 0, OUTCOME_QUERY, 0, SAY_STATUS_DENIED, 0 },
	{ "withdraw", MAIL | OPEN | SECOND_OPEN | ON_SECOND, "withdraw my request", 0, 0, OUTCOME_WITHDRAW, 12, SAY_WITHDRAWN, 0 },
	{ "withdraw", CLOSED | ASKED, "撤回 " T17, 0, 0, OUTCOME_QUERY, 11, SAY_STATUS, 0 }, /* it has ended already */
	{ "withdraw", OPEN | FLOOD, "撤回", 0, 0, OUTCOME_WITHDRAW, 11, SAY_NOTHING, 0 },
	{ "withdraw", OPEN | CARE, "撤回", 0, 0, OUTCOME_APPEND, 11, SAY_WITHDRAW_DANGER, 0 },
	{ "withdraw", OPEN | CARE | SECOND_OPEN, "撤回", 0, 0, OUTCOME_QUERY, 11, SAY_WITHDRAW_WHICH, 0 },
	{ "withdraw", OPEN | CARE | SECOND_OPEN | ASKED, "撤回工单" T17, 0, 0, OUTCOME_APPEND, 11, SAY_WITHDRAW_DANGER, 0 },
	{ "withdraw", MAIL | OPEN | CARE | THREAD, "撤回", 0, 0, OUTCOME_APPEND, 11, SAY_WITHDRAW_DANGER, 0 },
	{ "withdraw", OPEN | CALLED, "撤回，已经解决了", 0, 0, OUTCOME_WITHDRAW, 11, SAY_WITHDRAWN, 0 },
	{ "withdraw-unclear", OPEN, "撤单，我不服", 0, 0, OUTCOME_APPEND, 11, SAY_WITHDRAW_UNCLEAR, 0 },
	{ "withdraw-unclear", MAIL | OPEN | SECOND_OPEN | ON_SECOND, "撤诉求，先修好", 0, 0, OUTCOME_APPEND, 12, SAY_WITHDRAW_UNCLEAR, 0 },
	{ "withdraw-unclear", OPEN | FLOOD, "撤单，我不服", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "new", MAIL | OPEN, "撤单，我不服", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "thread-closed", CLOSED | ASKED, "撤单 " T17 "，我不服", 0, 0, OUTCOME_REOPEN, 11, SAY_REOPENED, 0 },
	{ "unsolved", CLOSED | SECOND_OPEN | SURVEY, "取消工单，问题没解决", 0, 0, OUTCOME_REOPEN, 11, SAY_REOPENED, 0 },
	{ "guide-answer", GUIDE | OPEN, "撤销，请恢复原来的站点", 0, 0, OUTCOME_APPEND, 11, SAY_GUIDE_WHEN, 0 },
	{ "talk", OPEN, "撤销我的行政处罚决定", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "withdraw", OPEN | ALARM, "撤回", 0, 0, OUTCOME_APPEND, 11, SAY_WITHDRAW_DANGER, 0 }, /* a gas leak is not only his */
	{ "withdraw", OPEN | ALARM | SECOND_OPEN | ASKED, "撤回工单" T17, 0, 0, OUTCOME_APPEND, 11, SAY_WITHDRAW_DANGER, 0 },
	{ "withdraw", 0, "撤回", 0, 0, OUTCOME_QUERY, 0, SAY_STATUS_NONE, 0 }, /* nothing is open */
	{ "withdraw", CLOSED, "撤回", 0, 0, OUTCOME_QUERY, 11, SAY_STATUS, 0 },
	{ "new", MAIL, "撤回", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	/* answers in words and digits */
	{ "survey-answer", CLOSED | SURVEY, "1", 0, 0, OUTCOME_RATE, 11, SAY_THANKS, 0 },
	{ "survey-answer", CLOSED | SURVEY, "５", 0, 0, OUTCOME_RATE, 11, SAY_THANKS_BAD, BACK | LOOK },
	{ "survey-answer", CLOSED | SURVEY, "6", 0, 0, OUTCOME_RATE, 11, SAY_THANKS_BAD, BACK },
	{ "survey-answer", CLOSED | SURVEY, "不满意，路还没修", 0, 0, OUTCOME_RATE, 11, SAY_THANKS_BAD, BACK | LOOK },
	{ "survey-answer", CLOSED | SURVEY, "满意，但是路还没修", 0, 0, OUTCOME_RATE, 11, SAY_THANKS_BAD, BACK },
	{ "survey-answer", CLOSED | SURVEY | WORN, "不满意", 0, 0, OUTCOME_RATE, 11, SAY_THANKS_BAD, LOOK },
	{ "survey-answer", MAIL | CLOSED | SURVEY | THREAD, "满意", 0, 0, OUTCOME_RATE, 11, SAY_THANKS, 0 },
	{ "survey-answer", MAIL | CLOSED | SURVEY, "非常满意", 0, 0, OUTCOME_RATE, 11, SAY_THANKS, 0 },
	{ "survey-answer", CLOSED | SECOND_OPEN | SURVEY, "3 路还没修", 0, 0, OUTCOME_RATE, 11, SAY_THANKS_BAD, BACK },
	{ "survey-answer", CLOSED | SURVEY | SUPERSEDED, "非常满意", 0, 0, OUTCOME_RATE, 11, SAY_THANKS, 0 },
	{ "survey-answer", CLOSED | SURVEY, "没解决", 0, 0, OUTCOME_RATE, 11, SAY_THANKS_BAD, BACK },
	{ "survey-off-scale", CLOSED | SURVEY, "9", 0, 0, OUTCOME_APPEND, 11, SAY_RATE_AGAIN, 0 },
	{ "survey-off-scale", CLOSED | SURVEY, "5分", 0, 0, OUTCOME_APPEND, 11, SAY_RATE_AGAIN, 0 },
	{ "survey-off-scale", CLOSED | SURVEY | FLOOD, "9", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "survey-again", CLOSED | SURVEY | ANSWERED, "1", 0, 0, OUTCOME_RATE, 11, SAY_NOTHING, AGAIN },
	{ "survey-again", CLOSED | SURVEY | ANSWERED, "不满意", 0, 0, OUTCOME_REOPEN, 11, SAY_REOPENED, AGAIN },
	{ "survey-again", OPEN | SURVEY | ANSWERED, "不满意，态度差", 0, 0, OUTCOME_RATE, 11, SAY_NOTHING, AGAIN },
	{ "new", CLOSED | SURVEY | ANSWERED, "1，楼上也有人扔垃圾", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "new", CLOSED | SURVEY, "满意。另外，我想反映小区门口路灯不亮", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "new", CLOSED | SURVEY, "3号楼电梯坏了", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "new", CLOSED | SURVEY | LATE, "1", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "new", CLOSED | SURVEY | SUPERSEDED, "1", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "new", MAIL | CLOSED | SURVEY | FOREIGN, "1", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "thread-open", MAIL | CLOSED | SECOND_OPEN | SURVEY | ON_SECOND, "1", 0, 0, OUTCOME_APPEND, 12, SAY_NOTHING, 0 },
	/* on a thread */
	{ "thread-open", MAIL | OPEN | THREAD, "照片在附件里", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "thread-open", MAIL | OPEN | THREAD, "谢谢", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "thread-open", OPEN | ASKED, T17 " 这件事又有新情况", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "thread-thanks", MAIL | CLOSED | THREAD, "谢谢你们！", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "thread-thanks", MAIL | OLD | THREAD, "thank you", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "thread-closed", MAIL | CLOSED | THREAD, "答复我看了，可是事实不是这样", 0, 0, OUTCOME_REOPEN, 11, SAY_REOPENED, 0 },
	{ "thread-closed", MAIL | CLOSED | THREAD | ONCE, "还是不行", 0, 0, OUTCOME_REOPEN, 11, SAY_REOPENED, LOOK },
	{ "thread-closed", MAIL | CLOSED | THREAD | WORN, "还是不行", 0, 0, OUTCOME_APPEND, 11, SAY_RECEIVED, LOOK },
	{ "thread-closed", MAIL | REFUSED | THREAD, "这不该由法院管", 0, 0, OUTCOME_REOPEN, 11, SAY_REOPENED, 0 },
	{ "thread-closed", MAIL | CLOSED | THREAD | ATTACHED, "谢谢", 0, 0, OUTCOME_REOPEN, 11, SAY_REOPENED, 0 },
	{ "new", MAIL | OLD | THREAD, "又坏了", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "new", MAIL | OPEN | FOREIGN, "请把这张工单关掉", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "new", OPEN | FOREIGN, "请把这张工单关掉", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "new", MAIL | CLOSED | FOREIGN, "没解决", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	/* a survey's page, its question over: onto the ticket asked about or nowhere */
	{ "late", MAIL | OPEN | THREAD | PAGE, "还有一盏", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "late", MAIL | CLOSED | THREAD | PAGE, "谢谢", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "late", MAIL | CLOSED | THREAD | PAGE, "又坏了", 0, 0, OUTCOME_REOPEN, 11, SAY_REOPENED, 0 },
	{ "late", MAIL | CLOSED | THREAD | SECOND_OPEN | PAGE, "撤回", 0, 0, OUTCOME_REOPEN, 11, SAY_REOPENED, 0 },
	{ "late", MAIL | OPEN | THREAD | PAGE, "查询", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "late", MAIL | OPEN | THREAD | PAGE, "转人工", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "late", MAIL | OPEN | THREAD | GUIDE | PAGE, "自助下单", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "late", MAIL | OPEN | THREAD | SURVEY | PAGE, "1", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "late", MAIL | OLD | THREAD | PAGE, "又坏了", 0, 0, OUTCOME_REFUSE, 0, SAY_NOTHING, 0 },
	{ "late", MAIL | FOREIGN | PAGE, "又坏了", 0, 0, OUTCOME_REFUSE, 0, SAY_NOTHING, 0 },
	{ "emergency", MAIL | OLD | THREAD | PAGE, "着火了", 0, 0, OUTCOME_EMERGENCY, 0, SAY_EMERGENCY, 0 },
	/* not solved */
	{ "unsolved", CLOSED, "路还没修", 0, 0, OUTCOME_REOPEN, 11, SAY_REOPENED, 0 },
	{ "unsolved", MAIL | CLOSED, "问题没有解决", 0, 0, OUTCOME_REOPEN, 11, SAY_REOPENED, 0 },
	{ "unsolved", CLOSED | SURVEY, "门口那段路到现在还没修", 0, 0, OUTCOME_REOPEN, 11, SAY_REOPENED, 0 },
	{ "unsolved", CLOSED | SECOND_OPEN | SURVEY, "门口那段路到现在还没修", 0, 0, OUTCOME_REOPEN, 11, SAY_REOPENED, 0 },
	{ "talk", CLOSED | SECOND_OPEN | FIRST_IS_SECOND | SURVEY | SUPERSEDED, "门口那段路到现在还没修", 0, 0,
		OUTCOME_APPEND, 12, SAY_NOTHING, 0 },
	{ "unsolved", CLOSED | SECOND_OPEN | FIRST_IS_SECOND | SURVEY, "门口那段路到现在还没修", 0, 0,
		OUTCOME_REOPEN, 11, SAY_REOPENED, 0 },
	{ "unsolved", CLOSED | WORN, "路还没修", 0, 0, OUTCOME_APPEND, 11, SAY_RECEIVED, LOOK },
	{ "talk", OPEN, "路还没修", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "new", OLD, "路还没修", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "new", CLOSED, "我要投诉另一件事，小区垃圾没人清理", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	/* who tells a whole matter tells a new one, whatever words end it */
	{ "new", CLOSED, "东河又黑又臭，蚊子很多", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "new", CLOSED, "南路8号垃圾没人清理，特此投诉，望处理", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "new", CLOSED, "南街道中路118号旁的工地把路面挖开三个月，下雨就积水，老人孩子出门要绕很远，一直没人处理，请来看看。", 0, 0, OUTCOME_NEW, 0,
		SAY_RECEIVED, 0 },
	{ "unsolved", CLOSED, "河又臭了", 0, 0, OUTCOME_REOPEN, 11, SAY_REOPENED, 0 },
	{ "unsolved", CLOSED, "怎么就结案了？", 0, 0, OUTCOME_REOPEN, 11, SAY_REOPENED, 0 },
	{ "unsolved", CLOSED, "根本没人联系我，不同意结案", 0, 0, OUTCOME_REOPEN, 11, SAY_REOPENED, 0 },
	{ "unsolved", CLOSED, "水还没来", 0, 0, OUTCOME_REOPEN, 11, SAY_REOPENED, 0 },
	{ "new", CLOSED, "您好，幸福路小学门口每天放学时段车辆乱停，孩子只能走在机动车道上，家长们反复向学校和街道说过，也在群里商量过很多办法，"
		"一直没有解决，恳请有关部门在放学时段安排人员疏导，并在路口画上禁停线，谢谢你们的辛苦付出。", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	/* thanks */
	{ "guide-begin", 0, "自助下单", 0, 0, OUTCOME_QUERY, 0, SAY_GUIDE_WHAT, 0 },
	{ "guide-begin", GUIDE | OPEN, "自助下单", 0, 0, OUTCOME_QUERY, 0, SAY_GUIDE_WHAT, 0 },
	{ "flood", FLOOD, "自助下单", 0, 0, OUTCOME_HOLD, 0, SAY_NOTHING, 0 },
	{ "guide-answer", GUIDE_FIRST, "路灯坏了", 0, 0, OUTCOME_NEW, 0, SAY_GUIDE_WHERE, 0 },
	{ "guide-answer", GUIDE_FIRST | SECOND_OPEN | CLOSED, "路灯坏了", 0, 0, OUTCOME_NEW, 0, SAY_GUIDE_WHERE, 0 },
	{ "guide-answer", GUIDE | OPEN, "3号楼", 0, 0, OUTCOME_APPEND, 11, SAY_GUIDE_WHEN, 0 },
	{ "guide-answer", GUIDE | OPEN, "跳过", 0, 0, OUTCOME_APPEND, 11, SAY_GUIDE_WHEN, 0 },
	{ "guide-answer", MAIL | THREAD | GUIDE | OPEN, "东门", 0, 0, OUTCOME_APPEND, 11, SAY_GUIDE_WHEN, 0 },
	{ "new", MAIL | GUIDE | OPEN, "另一件事", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "guide-person", GUIDE | OPEN, "人工", 0, 0, OUTCOME_APPEND, 11, SAY_PERSON, 0 },
	{ "guide-person", GUIDE_FIRST, "转人工", 0, 0, OUTCOME_NEW, 0, SAY_PERSON, 0 },
	{ "emergency", GUIDE | OPEN, "着火了", 0, 0, OUTCOME_EMERGENCY, 11, SAY_EMERGENCY, 0 },
	{ "query", GUIDE | OPEN, "查询", 0, 0, OUTCOME_QUERY, 11, SAY_STATUS, 0 },
	{ "talk", GUIDE | GUIDE_LATE | OPEN, "3号楼", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "new", GUIDE | CLOSED, "3号楼", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "link-spam", GUIDE_FIRST, "海!外直播 v.ht/24444 精彩不停", 0, 0, OUTCOME_HOLD, 0, SAY_NOTHING, 0 },
	{ "person", OPEN, "人工", 0, 0, OUTCOME_APPEND, 11, SAY_PERSON, 0 },
	{ "person", MAIL | OPEN | THREAD, "转人工", 0, 0, OUTCOME_APPEND, 11, SAY_PERSON, 0 },
	{ "person", CLOSED | SECOND_OPEN, "human", 0, 0, OUTCOME_APPEND, 12, SAY_PERSON, 0 },
	{ "new", MAIL | OPEN, "人工", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "new", CLOSED, "转人工", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "new", FOREIGN, "人工", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "flood", OPEN | FLOOD, "人工", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "talk", OPEN | HELD, "人工", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "thanks", CLOSED, "谢谢", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "thanks", OPEN, "好的，收到", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "thanks", MAIL | CLOSED, "thanks a lot", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "thanks", CLOSED | SURVEY, "好的", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "new", OLD, "谢谢", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "new", 0, "你好", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	/* suspects */
	{ "flood", FLOOD, "小区停水", 0, 0, OUTCOME_HOLD, 0, SAY_NOTHING, 0 },
	/* of a crowd only new matters wait: an answer costs nothing there */
	{ "crowd", CROWD, "小区停水", 0, 0, OUTCOME_HOLD, 0, SAY_NOTHING, 0 },
	{ "crowd", CROWD, "转人工", 0, 0, OUTCOME_HOLD, 0, SAY_PERSON, 0 },
	{ "query", CROWD, "查询", 0, 0, OUTCOME_QUERY, 0, SAY_STATUS_NONE, 0 },
	{ "query", CROWD | ASKED_ELSEWHERE, "查询 " T17, 0, 0, OUTCOME_QUERY, 88, SAY_STATUS, 0 },
	{ "query", CROWD | ASKED_OTHER, "查询 " T17, 0, 0, OUTCOME_QUERY, 0, SAY_STATUS_DENIED, 0 },
	{ "withdraw", CROWD, "撤回", 0, 0, OUTCOME_QUERY, 0, SAY_STATUS_NONE, 0 },
	{ "empty", CROWD, " ", 0, 0, OUTCOME_REFUSE, 0, SAY_EMPTY, 0 },
	{ "emergency", CROWD, "着火了", 0, 0, OUTCOME_EMERGENCY, 0, SAY_EMERGENCY, 0 },
	{ "guide-begin", CROWD, "自助下单", 0, 0, OUTCOME_QUERY, 0, SAY_GUIDE_WHAT, 0 },
	{ "guide-answer", CROWD | GUIDE_FIRST, "路灯坏了", 0, 0, OUTCOME_HOLD, 0, SAY_GUIDE_WHERE, 0 },
	{ "guide-person", CROWD | GUIDE_FIRST, "人工", 0, 0, OUTCOME_HOLD, 0, SAY_PERSON, 0 },
	{ "link-spam", CROWD, "海!外直播 v.ht/24444 精彩不停", 0, 0, OUTCOME_HOLD, 0, SAY_NOTHING, 0 },
	{ "new", HUSHED | MAIL, "小区停水", 0, 0, OUTCOME_NEW, 0, SAY_NOTHING, 0 },
	{ "new", HUSHED, "小区停水", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "emergency", HUSHED | MAIL, "着火了", 0, 0, OUTCOME_EMERGENCY, 0, SAY_NOTHING, 0 },
	{ "flood", FLOOD | OPEN, "小区停水", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "flood", FLOOD | OPEN | MAIL, "小区停水", 0, 0, OUTCOME_HOLD, 0, SAY_NOTHING, 0 },
	{ "flood", FLOOD | OPEN | MAIL | HELD, "小区停水", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "new", BUSY, "小区停水", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "link-spam", 0, "海!外直播 v.ht/24444 精彩不停", 0, 0, OUTCOME_HOLD, 0, SAY_NOTHING, 0 },
	{ "link-spam", OPEN, "海!外直播 v.ht/24444 精彩不停", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	/* the rest */
	{ "talk", OPEN, "门牌是18号", 0, 0, OUTCOME_APPEND, 11, SAY_NOTHING, 0 },
	{ "talk", CLOSED | SECOND_OPEN, "门牌是18号", 0, 0, OUTCOME_APPEND, 12, SAY_NOTHING, 0 },
	{ "new", 0, "小区停水三天了", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "new", CLOSED, "小区停水三天了", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "new", MAIL | OPEN, "另一件事：路灯不亮", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
	{ "new", ASKED_ELSEWHERE, T17 " 这件事又有新情况", 0, 0, OUTCOME_NEW, 0, SAY_RECEIVED, 0 },
};

static struct view_ticket ticket_of(uint64_t id, enum ticket_state state, int64_t ended)
{
	return (struct view_ticket){ .id = id, .number = T17, .state = state, .own = id < 80, .opened_at = NOW - 60 * DAY,
		.closed_at = ended, .last_at = ended ? ended : NOW - HOUR };
}

static void add_tickets(const struct row *w, struct view *v)
{
	unsigned g = w->given;
	if (g & (OPEN | CLOSED | OLD | REFUSED))
		v->ticket[v->tickets++] = ticket_of(11,
			g & OPEN ? TICKET_HANDLING : g & REFUSED ? TICKET_REFUSED : TICKET_CLOSED,
			g & OPEN ? 0 : g & OLD ? NOW - 40 * DAY : NOW - DAY);
	v->ticket[0].rounds = g & WORN ? rules.max_rounds : g & ONCE ? 1 : 0;
	v->ticket[0].flags = (g & CARE) == CARE ? FLAG_CARE | FLAG_EMERGENCY
		: (g & (OPEN | ALARM)) == (OPEN | ALARM) ? FLAG_EMERGENCY : g & HELD ? FLAG_HELD : 0;
	v->ticket[0].watched = (g & CALLED) == CARE;
	if (g & SECOND_OPEN)
		v->ticket[v->tickets++] = ticket_of(12, TICKET_DISPATCHED, 0);
	if (g & FIRST_IS_SECOND) {
		struct view_ticket t = v->ticket[0];
		v->ticket[0] = v->ticket[1];
		v->ticket[1] = t;
	}
	if (g & THREAD)
		v->thread = v->ticket[0];
	if (g & ON_SECOND)
		v->thread = v->ticket[1];
	if (g & FOREIGN)
		v->thread = ticket_of(99, TICKET_HANDLING, 0);
	if (g & ASKED)
		v->asked = v->ticket[0];
	if (g & ASKED_OTHER)
		v->asked = ticket_of(99, TICKET_HANDLING, 0);
	if (g & ASKED_ELSEWHERE)
		v->asked = ticket_of(88, TICKET_HANDLING, 0);
	v->asked_allowed = g & (ASKED | ASKED_ELSEWHERE);
}

static void make_view(const struct row *w, struct view *v)
{
	unsigned g = w->given;
	*v = (struct view){ .now = NOW, .threads = g & MAIL, .conversation = 5 };
	v->told = g & HUSHED ? rules.told_an_hour : 0;
	v->recent = g & FLOOD ? rules.flood_messages + 1 : g & BUSY ? rules.flood_messages : 1;
	v->crowd = (g & (SURVEY | CROWD)) == CROWD;
	v->guides = true;
	if (g & (GUIDE | GUIDE_FIRST)) {
		v->guide.state = g & GUIDE ? GUIDE_WHERE : GUIDE_WHAT;
		v->guide.ticket = g & GUIDE ? 11 : 0;
		v->guide.at = NOW - (g & GUIDE_LATE ? GUIDE_WINDOW_MS : 1000);
	}
	add_tickets(w, v);
	if (!(g & SURVEY))
		return;
	v->survey.id = 70;
	v->survey.ticket = 11;
	v->survey.token = "token";
	v->survey.scale = SURVEY_ONE_BEST;
	v->survey.asked_at = NOW - DAY;
	v->survey.expires_at = g & LATE ? NOW : NOW + DAY;
	v->survey.answered = g & ANSWERED;
	v->survey.superseded = g & SUPERSEDED;
}

static struct msg_in make_message(const struct row *w)
{
	struct msg_in m = { .kind = MSG_TEXT, .peer = "+8613800138000", .text = w->text, .received_at = NOW };
	m.attachment_count = w->given & ATTACHED ? 1 : 0;
	m.automatic = (w->given & SUSPECT) == SUSPECT ? MSG_SUSPECT : w->given & AUTO ? MSG_AUTO_REPLY : w->given & LOOP ? MSG_OWN_LOOP : MSG_BY_PERSON;
	if ((w->given & PAGE) == PAGE) {
		m.attachment_count = 0;
		m.late = true;
	} else if (w->given & BUTTON) {
		m.kind = MSG_RATING;
		m.text = NULL;
		m.rating = (struct msg_rating){ .survey = w->given & WRONG_TOKEN ? "nekot" : "token", .rating = w->rating,
			.solved = (enum msg_solved)w->solved, .comment = w->text };
	}
	return m;
}

static bool as_expected(const struct row *w, const struct plan *p)
{
	unsigned more = (p->reopen ? BACK : 0) | (p->supervise ? LOOK : 0) | (p->repeated_answer ? AGAIN : 0);
	bool rated = p->outcome != OUTCOME_RATE || p->survey == 70;
	return !strcmp(p->rule, w->rule) && p->outcome == w->outcome && p->ticket == w->ticket && p->say == w->say &&
		more == w->more && rated;
}

static void every_row_decides_as_the_table_says(void **state)
{
	(void)state;
	int wrong = 0;
	for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++) {
		const struct row *w = &TABLE[i];
		struct view v;
		struct plan p;
		struct msg_in m = make_message(w);
		make_view(w, &v);
		ticket_decide(&rules, &v, &m, &p);
		if (as_expected(w, &p))
			continue;
		wrong++;
		print_error("%zu %s \"%s\": rule %s %s ticket %d say %d reopen %d supervise %d again %d\n", i, w->rule,
			w->text ? w->text : "", p.rule, outcome_name(p.outcome), (int)p.ticket, p.say, p.reopen, p.supervise,
			p.repeated_answer);
	}
	assert_int_equal(wrong, 0);
}

static void no_row_is_untested(void **state)
{
	(void)state;
	for (unsigned r = 0; ticket_decide_row(r); r++) {
		unsigned hits = 0;
		for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++)
			hits += !strcmp(TABLE[i].rule, ticket_decide_row(r));
		if (!hits)
			fail_msg("row %s is never asked for", ticket_decide_row(r));
	}
}

/* Whatever the view and the text: a machine gets no answer, and nobody reaches a ticket of somebody else's. */
static void no_view_lets_a_message_touch_a_strangers_ticket(void **state)
{
	static const char *const TEXT[] = { "1", "没解决", "谢谢", "查询", "着火了", "小区停水", "不满意", "", "v.ht/1 直播 博彩 返利" };
	(void)state;
	for (unsigned g = 0; g < 1u << 17; g += 37)
		for (size_t t = 0; t < sizeof TEXT / sizeof *TEXT; t++) {
			struct row w = { .given = g | FOREIGN, .text = TEXT[t] };
			struct view v;
			struct plan p;
			w.given &= ~(unsigned)(ASKED_ELSEWHERE | ASKED | THREAD | ON_SECOND);
			struct msg_in m = make_message(&w);
			make_view(&w, &v);
			ticket_decide(&rules, &v, &m, &p);
			assert_true(p.ticket == 0 || p.ticket == 11 || p.ticket == 12);
			m.automatic = MSG_BOUNCE;
			ticket_decide(&rules, &v, &m, &p);
			assert_int_equal(p.say, SAY_NOTHING);
		}
}

static enum outcome decide_mail(const char *subject, const char *text, const char *ref, struct plan *p)
{
	struct view v = { .now = NOW, .threads = true, .recent = 1 };
	struct msg_in m = { .kind = MSG_TEXT, .subject = subject, .text = text, .refs = &ref, .ref_count = ref ? 1 : 0 };
	ticket_decide(&rules, &v, &m, p);
	return p->outcome;
}

static void the_subject_of_a_new_mail_counts_and_that_of_a_reply_does_not(void **state)
{
	(void)state;
	struct plan p;
	assert_int_equal(decide_mail("家里着火了", "在幸福路8号", NULL, &p), OUTCOME_EMERGENCY);
	assert_string_equal(p.emergency->number, "119");
	assert_int_equal(decide_mail("Re: 家里着火了", "后来怎么样了我还没有收到通知", "<a@b>", &p), OUTCOME_NEW);
	assert_int_equal(decide_mail("路灯不亮", "", NULL, &p), OUTCOME_NEW);
	assert_int_equal(decide_mail(" ", "", NULL, &p), OUTCOME_REFUSE);
	assert_int_equal(p.reason, REASON_EMPTY);
}

static void a_cry_beside_a_button_leaves_the_button_pressed(void **state)
{
	static const struct { unsigned given; int rating; uint64_t survey; } CASES[] = {
		{ CLOSED | SURVEY | BUTTON, 2, 70 }, { CLOSED | SURVEY | BUTTON, 0, 0 }, { CLOSED | SURVEY | ANSWERED | BUTTON, 2, 0 },
		{ CLOSED | SURVEY | LATE | BUTTON, 2, 0 }, { CLOSED | SURVEY, 0, 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct row w = { .given = CASES[i].given, .text = "不想活了", .rating = CASES[i].rating };
		struct view v;
		struct plan p;
		struct msg_in m = make_message(&w);
		make_view(&w, &v);
		ticket_decide(&rules, &v, &m, &p);
		assert_int_equal(p.outcome, OUTCOME_EMERGENCY);
		assert_int_equal(p.survey, CASES[i].survey);
		assert_int_equal(p.survey ? p.answer.rating : CASES[i].rating, CASES[i].rating);
	}
}

static void a_suspect_and_a_refusal_say_why(void **state)
{
	static const struct { const char *text; unsigned given; enum plan_reason reason; const char *name; } CASES[] = {
		{ "", 0, REASON_EMPTY, "empty" }, { "x", AUTO, REASON_AUTOMATIC, "automatic" },
		{ NULL, BUTTON, REASON_SURVEY_UNKNOWN, "survey-unknown" },
		{ "海!外直播 v.ht/24444", 0, REASON_LINK_SPAM, "link-spam" },
		{ "停水", FLOOD, REASON_FLOOD, "flood" }, { "停水", 0, REASON_NONE, "none" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct row w = { .given = CASES[i].given, .text = CASES[i].text };
		struct view v;
		struct plan p;
		struct msg_in m = make_message(&w);
		make_view(&w, &v);
		ticket_decide(&rules, &v, &m, &p);
		assert_int_equal(p.reason, CASES[i].reason);
		assert_string_equal(plan_reason_name(p.reason), CASES[i].name);
	}
}

static void the_answer_that_was_read_is_in_the_plan(void **state)
{
	(void)state;
	struct row w = { .given = CLOSED | SURVEY, .text = "２ 等了半个月才处理" };
	struct view v;
	struct plan p;
	struct msg_in m = make_message(&w);
	make_view(&w, &v);
	ticket_decide(&rules, &v, &m, &p);
	assert_int_equal(p.answer.rating, 4);
	assert_string_equal(p.answer.raw, "２");
	assert_string_equal(w.text + p.answer.comment_at, "等了半个月才处理");
	w = (struct row){ .given = CLOSED | SURVEY | BUTTON, .rating = 77, .solved = SOLVED_YES };
	m = make_message(&w);
	ticket_decide(&rules, &v, &m, &p);
	assert_int_equal(p.answer.rating, 0);
	assert_int_equal(p.answer.solved, SOLVED_YES);
}

static void names_are_those_that_others_rely_on(void **state)
{
	static const char *const SAY[] = { NULL, "received", "emergency", "status", "status-none", "status-denied",
	"reopened", "person", "thanks",
		"thanks-bad", "rate-again", "empty", "survey-closed", "withdrawn", "withdraw-which", "withdraw-unclear",
		"withdraw-danger", "passed-on", "guide-what", "guide-where",
		"guide-when", "guide-photo", "guide-contact", "guide-done" };
	static const char *const OUTCOME[] = { "new", "append", "reopen", "rate", "query", "emergency", "refuse", "hold",
		"withdraw" };
	static const char *const FLAG[] = { "supervised", "returned", "extended", "emergency", "reopened", "held", "disputed",
		"designated", "extending", "escalated", "immediate", "confidential", "care", "withdrawn", "callback" };
	enum { FLAGS = sizeof FLAG / sizeof *FLAG };
	(void)state;
	assert_null(plan_say_event(SAY_NOTHING));
	for (int i = 1; i < SAYS; i++)
		assert_string_equal(plan_say_event((enum plan_say)i), SAY[i]);
	for (int i = 0; i < OUTCOMES; i++)
		assert_string_equal(outcome_name((enum outcome)i), OUTCOME[i]);
	for (unsigned i = 0; i < FLAGS; i++)
		assert_string_equal(ticket_flag_name(i), FLAG[i]);
	assert_null(ticket_flag_name(FLAGS));
}

/* Whoever makes us send texts to a dear number has twenty an hour and sixty a day of them; one in danger is answered beyond the hour's. */
static void a_number_that_had_its_automatic_texts_is_told_no_more(void **state)
{
	static const struct { unsigned hour, day; const char *text; bool silent; } CASES[] = {
		{ 19, 59, "小区停水两天了", false }, { 20, 20, "小区停水两天了", true }, { 20, 20, "家里着火了", false },
		{ 0, 60, "小区停水两天了", true }, { 0, 60, "家里着火了", true },
	};
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct view v = { .now = NOW, .texts = true, .recent = 1, .told = CASES[i].hour, .told_today = CASES[i].day };
		struct msg_in m = { .kind = MSG_TEXT, .text = CASES[i].text };
		struct plan p;
		ticket_decide(&rules, &v, &m, &p);
		assert_int_equal(p.silent, CASES[i].silent);
		assert_int_equal(p.say == SAY_NOTHING, CASES[i].silent);
		assert_int_equal(p.outcome, i == 2 || i == 4 ? OUTCOME_EMERGENCY : OUTCOME_NEW); /* what was written is taken as ever */
		v.texts = false;
		ticket_decide(&rules, &v, &m, &p);
		assert_false(p.silent);
	}
}

static void every_answer_leads_where_the_guide_may_go(void **state)
{
	(void)state;
	for (unsigned s = GUIDE_WHAT; s < GUIDE_STATES; s++)
		for (int pictures = 0; pictures < 2; pictures++)
			assert_true(sm_legal(&guide_machine, s, guide_next((enum guide_state)s, pictures)));
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
		cmocka_unit_test(every_row_decides_as_the_table_says),
		cmocka_unit_test(no_row_is_untested),
		cmocka_unit_test(no_view_lets_a_message_touch_a_strangers_ticket),
		cmocka_unit_test(the_subject_of_a_new_mail_counts_and_that_of_a_reply_does_not),
		cmocka_unit_test(a_cry_beside_a_button_leaves_the_button_pressed),
		cmocka_unit_test(a_suspect_and_a_refusal_say_why),
		cmocka_unit_test(the_answer_that_was_read_is_in_the_plan),
		cmocka_unit_test(a_number_that_had_its_automatic_texts_is_told_no_more),
		cmocka_unit_test(every_answer_leads_where_the_guide_may_go),
		cmocka_unit_test(names_are_those_that_others_rely_on),
	};
	return cmocka_run_group_tests(tests, load_rules, NULL);
}
