// A morning at the hotline: tickets of all three channels, some of them days old, in every state the list can show.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chat } from '../scenario/lib/chat.mjs';
import { mailText } from '../scenario/lib/mail.mjs';
import { until } from './lib.mjs';

const ago = (hours) => new Date(Date.now() - hours * 3600000).toISOString();
const old = {
	sms: [
		{ id: 's1', peer: '13911110001', at: ago(200), text: '人民路下水道堵了一周，污水都漫到路面上了，请派人来看看。' },
		{ id: 's2', peer: '13911110002', at: ago(71), text: '阳光花园2号楼电梯已经停运三天，老人上下楼很不方便。' },
		{ id: 's3', peer: '13911110003', at: ago(26), text: '建设路与中山路路口红绿灯一直是黄闪，早高峰特别乱。' },
	],
	mail: [
		{ id: 'm1', peer: 'li.na@example.org', name: '李娜', at: ago(96), subject: '关于小区加装电梯补贴政策的咨询', text: '您好：\n\n我们楼共六层，住户已达成一致，想了解加装电梯的补贴标准和申请流程。\n\n谢谢！' },
		{ id: 'm2', peer: 'wang.wei@example.org', name: '王伟', at: ago(29), subject: '建议在滨河公园增设夜间照明', text: '滨河公园南段步道晚上没有灯，散步的人很多，建议增设照明。' },
	],
};

// Resolves with the numbers of the tickets it is about, the rate page's address among them.
export async function morning(w) {
	const { g } = w;
	const [agent, boss, urban] = [await w.hand('1023', 'agent', { display: '坐席 1023' }), await w.hand('2001', 'supervisor', { display: '督办员 周敏' }),
		await w.hand('urban01', 'department', { department: 'urban', display: '城管局 刘强' })];
	for (const [channel, lines] of Object.entries(old)) {
		const file = join(g.dir, `${channel}.jsonl`);
		writeFileSync(file, lines.map((l) => JSON.stringify(l)).join('\n') + '\n');
		g.run('import', file, '--channel', channel);
	}
	const all = new Map((await g.tickets()).map((t) => [t.peer, t.number]));
	await agent.step(all.get('+8613911110001'), 'accept');
	await agent.step(all.get('+8613911110001'), 'dispatch', { department: 'water-bureau', note: '请今天内到现场' });
	await boss.step(all.get('+8613911110001'), 'supervise', { note: '已超期，请说明原因' });
	await agent.step(all.get('+8613911110002'), 'accept');
	await agent.step(all.get('+8613911110002'), 'dispatch', { department: 'market' });
	await agent.step(all.get('+8613911110002'), 'handle');
	await agent.step(all.get('li.na@example.org'), 'accept');

	await w.mail({ from: '=?UTF-8?B?6LW15pWP?= <zhao.min@example.org>', envelope: 'zhao.min@example.org', subject: '幸福里小区垃圾三天没有清运',
		text: '我们小区三个垃圾点都满了，天气一热味道很大，请尽快安排清运。' });
	const rubbish = await w.ticketWith('三个垃圾点都满了');
	await agent.reply(rubbish.number, '您好，环卫部门今天上午已到幸福里小区清运，并增加了每日巡查。感谢您的反映。');
	await agent.step(rubbish.number, 'close');
	const survey = await w.sink.received('zhao.min@example.org', (m) => mailText(m.raw).includes('/rate/'));
	const rate = /\/rate\/[^\s?]+/.exec(mailText(survey.raw))[0];

	await w.sim.send('13800138111', '文昌街58号门口的井盖不见了，骑车差点掉进去！');
	const cover = await w.ticketWith('井盖不见了');
	await agent.step(cover.number, 'accept', { category: 'manhole' });
	await w.sim.send('13800138222', '燃气味很重，楼道里都能闻到，怎么办');
	await w.ticketWith('燃气味很重');

	const chat = await new Chat(g.url).open();
	const lamp = (await chat.say('滨江路88号小区东门的路灯坏了三天，晚上老人走路很危险。')).ticket;
	await agent.step(lamp, 'accept', { category: 'street-light' });
	await agent.step(lamp, 'dispatch', { department: 'urban', note: '东门三盏都要看' });
	await urban.step(lamp, 'note', { note: '和上周的滨江路维修是同一段线路。' });
	await urban.reply(lamp, '您好，维修人员已到现场，初步判断是线路老化，预计今晚恢复照明。');
	await chat.say('好的，谢谢。二号楼前面的两盏灯也不亮，能一起修吗？');
	await until('the receipts', async () => (await g.ticket(lamp)).messages.every((m) => !['queued', 'sending'].includes(m.state)));
	return { chat, lamp, cover: cover.number, rubbish: rubbish.number, rate };
}
