// The closed loop as a citizen with a telephone and the staff of four offices live through it: what each may do, and word by
// word what the citizen reads.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, until } from './lib/gateway.mjs';
import { Smsc } from './lib/smsc.mjs';

const SIGN = '【示范市12345】';
let g, smsc, agent, boss, urban, housing, power;

before(async () => {
	smsc = await Smsc.start();
	g = await Gateway.start({ channels: { sms: { type: 'smpp', host: '127.0.0.1', port: smsc.port, system_id: 'x', password: 'x', number: '12345' } } });
	await smsc.bound();
	const hand = (name, role, department) => g.hand(name, g.staff(name, role, department));
	[agent, boss, urban, housing, power] = [await hand('chen', 'agent'), await hand('zhou', 'supervisor'), await hand('urban1', 'department', 'urban'),
		await hand('housing1', 'department', 'housing'), await hand('power1', 'department', 'power')];
});
after(async () => { await g.end(); await smsc.close(); });

const texts = (to) => smsc.texts.filter((t) => t.to.endsWith(to)).map((t) => t.text);
const reads = (to, text) => until(`${to} to read ${text}`, () => texts(to).includes(text));
async function writes(from, text) {
	assert.equal(await smsc.deliver(from, text), 0);
	return until('the ticket', async () => (await g.tickets()).find((t) => t.peer.endsWith(from) && t.state !== 'closed'));
}
const done = (r, status = 200) => { assert.equal(r.status, status, JSON.stringify(r.json)); return r.json; };

test('a department proves a return, a supervisor rules, and the citizen hears of two departments only', async () => {
	const { number } = await writes('13800138001', '滨江路88号的路灯坏了三天没人修');
	done(await agent.step(number, 'dispatch', { department: 'housing' }));
	await reads('13800138001', `${SIGN}您的诉求已转市住房和城乡建设局办理，工单${number}。承办单位可能与您联系，答复用短信发给您。`);
	assert.match(done(await housing.step(number, 'return', { note: '不归我们' }), 422).detail, /^reason: /);
	done(await housing.step(number, 'return', { note: '不归我们', reason: 'duty', basis: '城市照明管理规定第四条' }));
	assert.equal((await housing.get(`tickets/${number}`)).status, 404, 'it is gone from who returned it');
	assert.equal(done(await agent.step(number, 'dispatch', { department: 'police' }), 409).code, 'not-legal');
	assert.deepEqual(done(await boss.get('docket/return')).items.map((d) => [d.number, d.department, d.reason]), [[number, 'housing', 'duty']]);
	await smsc.deliver('13800138001', '查询');
	await until('a word on its way', () => texts('13800138001').some((t) => t.includes('正在转派')));
	const ticket = done(await boss.step(number, 'designate', { department: 'urban', note: '职能明确，审定' }));
	assert.deepEqual([ticket.department, ticket.flags.includes('designated'), ticket.bounces], ['urban', true, 1]);
	await reads('13800138001', `${SIGN}您的诉求已转市城市管理局办理，工单${number}。承办单位可能与您联系，答复用短信发给您。`);
	done(await urban.step(number, 'return', { note: 'x', reason: 'duty', basis: 'x' }), 409);

	// Helpers speak to the lead unit, the lead unit to the citizen.
	done(await urban.step(number, 'assist', { department: 'power' }));
	assert.deepEqual(done(await power.get(`tickets/${number}`)).legal, ['note', 'opinion']);
	assert.ok(done(await power.get('tickets')).items.some((t) => t.number === number), 'it is in the helper\'s list');
	done(await power.reply(number, '我们修好了'), 403);
	done(await power.step(number, 'opinion', { note: '电源正常' }));
	done(await urban.reply(number, '路灯已恢复。'), 201);
	await reads('13800138001', `${SIGN}路灯已恢复。\n（工单${number}，有疑问请直接回复）`);
	assert.ok(!texts('13800138001').some((t) => t.includes('电源正常')));
});

test('an extension is ruled on by a supervisor and the citizen reads the new date and why, in both languages', async () => {
	for (const [from, words, reason, form] of [['13800138002', '人行道地砖松动，请修一下', '要等雨季过后施工',
		(n, due) => `${SIGN}工单${n}需要延长办理时间，办理期限延至${due}。原因：要等雨季过后施工`],
	['13800138003', 'The pavement in Binjiang Road is broken', 'Work begins after the rain',
		(n, due) => `${SIGN}${n} needs more time, now due ${due}: Work begins after the rain`]]) {
		const { number, due_at: before } = await writes(from, words);
		done(await agent.step(number, 'dispatch', { department: 'urban' }));
		done(await urban.step(number, 'extend', { note: '内部：排不开', days: 5 }));
		done(await agent.step(number, 'grant', { text: 'x' }), 403);
		const t = done(await boss.step(number, 'grant', { text: reason }));
		assert.ok(Date.parse(t.due_at) > Date.parse(before) + 4 * 86400000 && t.flags.includes('extended'));
		await reads(from, form(number, t.due_at.slice(0, 16).replace('T', ' ')));
		assert.equal(done(await urban.step(number, 'extend', { note: '再延', days: 1 }), 409).code, 'extend-spent');
		assert.ok(!texts(from).some((x) => x.includes('内部')));
	}
});

test('a citizen withdraws by text message and nobody is asked about it', async () => {
	const { number } = await writes('13800138004', '楼下饭店噪声太大，请为我保密');
	assert.ok((await g.ticket(number)).flags.includes('confidential'));
	done(await agent.step(number, 'dispatch', { department: 'urban' }));
	assert.equal(done(await urban.get(`tickets/${number}`)).peer, '***', 'the department does not learn who');
	await smsc.deliver('13800138004', '撤回，已经协商好了');
	await reads('13800138004', `${SIGN}已按您的意思撤回诉求，工单${number}不再继续办理。以后有需要，请再发短信给我们。`);
	const t = await g.ticket(number);
	assert.deepEqual([t.state, t.result, t.survey], ['closed', 'withdrawn', null]);
});

test('a bad rating asks why, is handled again by another, and stands on the list of those to be called back', async () => {
	const { number } = await writes('13800138005', '建议增加39路公交车早高峰的班次');
	done(await agent.reply(number, '已转告公交集团。'), 201);
	done(await agent.step(number, 'close', { result: 'explained' }));
	await until('the question', () => texts('13800138005').some((t) => t.includes('1非常满意')));
	await smsc.deliver('13800138005', '4');
	await reads('13800138005', `${SIGN}感谢反馈。请回复告诉我们原因：没有解决、办得慢，还是答复或态度不好？我们会据此重新核实。`);
	const t = await g.ticket(number);
	assert.deepEqual([t.state, t.assignee, t.survey.rating, t.survey.agent, t.survey.counted], ['accepted', '', 2, 'chen', true]);
	assert.match(t.survey.text_version, /^[0-9a-f]{12}$/);
	assert.equal(done(await agent.reply(number, '已转告公交集团。'), 409).code, 'second-other');
	assert.ok(done(await boss.get('docket/callback')).items.some((d) => d.number === number && d.reason === 'rating-2'));
	done(await boss.step(number, 'callback', { note: '已电话说明，下月增加两班' }));
	assert.ok(!done(await boss.get('docket/callback')).items.some((d) => d.number === number));
});

test('a likely repeat is shown beside the first, and a person declines it by name', async () => {
	const { number: first } = await writes('13800138006', '建议在滨河公园南段步道增设夜间照明');
	done(await agent.reply(first, '已列入明年计划。'), 201);
	done(await agent.step(first, 'close', { result: 'explained' }));
	await smsc.deliver('13800138006', '建议在滨河公园南段的步道上增设夜间照明灯');
	const again = await until('a second ticket', async () => (await g.tickets()).find((t) => t.peer.endsWith('13800138006') && t.number !== first));
	const { items } = done(await agent.get(`tickets/${again.number}/alike`));
	assert.equal(items[0].number, first);
	assert.ok(items[0].alike > 60 && items[0].text.includes('滨河公园'));
	done(await boss.step(again.number, 'decline', { other: first, note: '同一建议，已答复' }));
	await reads('13800138006', `${SIGN}您反映的事项与工单${first}是同一件事，已办理并答复，不再重复受理（工单${again.number}）。如有新情况，请回复说明。`);
	done(await boss.step(again.number, 'reopen'));
});
