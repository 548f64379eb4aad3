// Every word on the page, in both languages. The two sets of keys are the same.
export const words = {
	'zh-CN': {
		title: '手机模拟器', lead: '像市民一样发短信，看看热线怎么答复。', back: '返回', send: '发送',
		newLabel: '手机号码', open: '打开', random: '换一个随机号码', wrongNumber: '请输入 3 到 20 位数字。', handsets: '已打开的手机',
		up: '网关已连接', down: '网关未连接，短信会等待', textLabel: '短信内容', placeholder: '短信',
		empty: '发一条短信给 {hotline}，说说您遇到的问题。', hotlineName: '{hotline} 政务服务热线', mine: '本机 {number}',
		waiting: '发送中', taken: '已送达', refused: '发送失败（{status}）', received: '', parts: '{n} 条长短信',
		count: '{chars} 字 · {parts} 条', quick: ['小区路灯坏了三天，晚上老人走路很危险。地址：滨江路88号东门', '查询', '谢谢'],
		rate: '评价 {n}', today: '今天', yesterday: '昨天', carrier: '中国测试', newMessage: '{hotline} 发来：{text}', other: 'English',
		sendFailed: '模拟器没有收到这条短信，请重试。',
	},
	en: {
		title: 'Handset simulator', lead: 'Text the hotline as a citizen would, and see what comes back.', back: 'Back', send: 'Send',
		newLabel: 'Phone number', open: 'Open', random: 'Use another random number', wrongNumber: 'Enter 3 to 20 digits.',
		handsets: 'Open handsets', up: 'Gateway connected', down: 'Gateway not connected: texts will wait', textLabel: 'Text message',
		placeholder: 'Text message', empty: 'Text {hotline} and say what is wrong.', hotlineName: '{hotline} Hotline', mine: 'this phone {number}',
		waiting: 'sending', taken: 'delivered', refused: 'not sent ({status})', received: '', parts: '{n}-part message',
		count: '{chars} characters · {parts} messages', quick: ['The street light at 88 Riverside Road has been out for three days.', 'status', 'thanks'],
		rate: 'Rate {n}', today: 'Today', yesterday: 'Yesterday', carrier: 'Test', newMessage: '{hotline} says: {text}', other: '中文',
		sendFailed: 'The simulator did not get this text. Try again.',
	},
};
