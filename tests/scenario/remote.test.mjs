// workflow = remote: a core system makes the steps; the gateway keeps channels, conversations, surveys and texts. Outages of
// both sides, kills of both sides: nothing is lost, doubled or out of order, over three channels.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, freePort, slack, until } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';
import { SECRET } from './lib/core.mjs';
import { CorePeer } from './lib/corepeer.mjs';
import { SmtpSink, lmtp, mail, mailText } from './lib/mail.mjs';
import { Smsc } from './lib/smsc.mjs';

const STEPS = ['accept', 'dispatch', 'handle', 'reply', 'close'];
let g, core, smsc, sink, lmtpPort;

before(async () => {
	smsc = await Smsc.start();
	sink = await SmtpSink.start();
	lmtpPort = await freePort();
	const port = await freePort();
	g = await Gateway.start({ settings: { workflow: 'remote' }, channels: {
		web: { type: 'webchat' },
		sms: { type: 'smpp', host: '127.0.0.1', port: smsc.port, system_id: 'x', password: 'x', number: '12345' },
		mail: { type: 'email', address: '12345@city.example', lmtp_listen: `127.0.0.1:${lmtpPort}`, smtp_url: `smtp://127.0.0.1:${sink.port}` },
	}, sections: { 'forward core': { url: `http://127.0.0.1:${port}/hook`, secret: SECRET, not_from: 'api:core', timeout: 5 } } });
	await smsc.bound();
	core = new CorePeer(g.dir, port, g.url, g.runJson('token', 'create', 'core', '--scope', 'read,write')[0].token);
	await core.up();
});
after(async () => {
	await core.down();
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await smsc.close();
	await sink.close();
});

const steps = (ticket) => ticket.steps.filter((s) => s.actor === 'api:core' && s.step !== 'core').map((s) => s.step);
const staffTexts = (ticket) => ticket.messages.filter((m) => m.from === 'staff').map((m) => m.text);
const settled = (number, wanted = STEPS) => until(`${number} to have gone ${wanted}`, async () => {
	const t = await g.ticket(number);
	return steps(t).length >= wanted.length && t;
}, 40000);
const idle = () => until('the core to have nothing left to do', async () => {
	const s = await core.get('stats').catch(() => null);
	return s && s.undone === 0 && g.runJson('forward', 'list')[0].next_from === '';
}, 60000);

async function chatSays(text) {
	const chat = await new Chat(g.url).open();
	const { ticket } = await chat.say(text);
	return { chat, ticket };
}

test('a person is refused every step of the handling, with what is still possible', async () => {
	await core.down();
	const { chat, ticket } = await chatSays('小区门口的路灯不亮了');
	await chat.close();
	const boss = await g.hand('zhou', g.staff('zhou', 'supervisor'));
	const t = (await boss.get(`tickets/${ticket}`)).json;
	assert.deepEqual([...t.legal].sort(), ['confide', 'contact', 'note', 'reply']);
	assert.equal(t.core, null);
	for (const [step, more] of [['accept', {}], ['dispatch', { department: 'urban' }], ['supervise', { note: 'x' }], ['close', {}], ['reply', { text: '好' }]]) {
		const r = await boss.step(ticket, step, more);
		assert.deepEqual([step, r.status, r.json.code], [step, 409, 'remote']);
		assert.match(r.json.detail, /core system/);
	}
	assert.equal((await boss.reply(ticket, '正在核实，请稍候', { interim: true })).status, 201);
	assert.equal((await boss.step(ticket, 'note', { note: '已电话核实地点' })).status, 200);
	await core.up();
	const end = await settled(ticket);
	assert.deepEqual(steps(end), STEPS);
});

test('over SMS, chat and mail a ticket is handled by the core, answered on its channel and rated', async () => {
	const { chat, ticket } = await chatSays('滨江路的树枝断了，挡住了路');
	assert.equal(await smsc.deliver('13900139001', '菜市场门口占道经营严重'), 0);
	await lmtp(lmtpPort, mail({ from: 'li@example.org', subject: '噪音', text: '工地夜间施工，无法休息', id: 'r1@example.org' }), { from: 'li@example.org' });
	const all = await until('three tickets', async () => { const l = (await g.tickets()).filter((t) => t.state !== 'x'); return l.length >= 4 && l; });
	for (const t of all) {
		const whole = await settled(t.number);
		assert.deepEqual(steps(whole), STEPS, t.channel);
		assert.equal(whole.state, 'closed');
		assert.match(whole.core.number, /^HX\d{8}$/);
		assert.deepEqual([whole.core.state, whole.core.seq], ['已办结', 5]);
		const found = (await g.api('GET', `/api/v1/tickets?core=${whole.core.number}`)).json.items;
		assert.deepEqual(found.map((x) => x.number), [t.number], 'found by the core\'s number');
	}
	await chat.frame((f) => f.type === 'message' && f.from === 'staff' && f.text.includes('受理编号HX'));
	await chat.frame((f) => f.type === 'survey');
	await until('the text message', () => smsc.texts.some((t) => t.to.endsWith('13900139001') && t.text.includes('受理编号HX')));
	await until('the mail', () => sink.mails.some((m) => mailText(m.raw ?? m).includes('受理编号HX')));

	// A bad rating: nothing moves here; the core hears of it and brings the ticket back to work.
	const survey = chat.frames.find((f) => f.type === 'survey').survey;
	chat.raw({ type: 'rating', survey, rating: 1, solved: false, comment: '树枝还在' });
	const again = await settled(ticket, [...STEPS, 'reopen', 'reply', 'close']);
	assert.deepEqual(steps(again), [...STEPS, 'reopen', 'reply', 'close']);
	assert.equal(again.steps.some((s) => s.step === 'reopened'), false, 'not by itself');
	await chat.close();
});

test('a citizen who withdraws is told that it was passed on, and then by the core that it is done', async () => {
	await core.down();
	const { chat, ticket } = await chatSays('反映公园座椅损坏');
	await chat.say('撤回');
	await chat.frame((f) => f.type === 'message' && f.text.includes('已转给承办单位核实'));
	assert.equal((await g.ticket(ticket)).state, 'new', 'the gateway moves nothing by itself');
	await core.up();
	await until('the core to have withdrawn it', async () => (await g.ticket(ticket)).flags.includes('withdrawn'), 30000);
	await chat.frame((f) => f.type === 'message' && f.text.includes('已按您的意思撤回'));
	await chat.close();
});

test('the core\'s words on a ticket come in their order, once each, and only from a program', async () => {
	await core.down();
	const { chat, ticket } = await chatSays('垃圾桶满了没有人清运');
	await chat.close();
	const say = (body, key) => g.api('POST', `/api/v1/tickets/${ticket}/core`, body, key ? { 'idempotency-key': key } : {});
	assert.equal((await say({ number: 'A-1', state: '登记', seq: 1 })).status, 200);
	const early = await say({ state: '分派', seq: 3 });
	assert.deepEqual([early.status, early.json.code, early.json.expected], [409, 'order', 2]);
	assert.equal((await say({ state: '核实', seq: 2 }, 'w2')).status, 200);
	assert.equal((await say({ state: '核实', seq: 2 }, 'w2')).headers.get('idempotency-replayed'), 'true');
	assert.equal((await say({ state: '核实', seq: 2 })).json.code, 'order');
	assert.equal((await say({ state: '别的', seq: 2 }, 'w2')).status, 422);
	const t = await g.ticket(ticket);
	assert.deepEqual([t.core.number, t.core.state, t.core.seq, t.state], ['A-1', '核实', 2, 'new']);
	const agent = await g.hand('chen', g.staff('chen', 'agent'));
	const refused = await agent.step(ticket, 'note', { note: 'x', core: { state: '改' } });
	assert.equal(refused.status, 403);
	await g.step(ticket, 'withdraw', { note: '测试结束' });
	await core.up();
	await idle();
});

test('both sides fail and are killed under load: nothing is lost, doubled or out of order', async () => {
	const COUNT = 12;
	const before = new Set((await g.tickets()).map((t) => t.number));
	const chats = [];
	const write = async (i) => {
		if (i % 3 === 0) {
			const c = await chatSays(`第${i}件：健身器材坏了`);
			chats.push(c.chat);
		} else if (i % 3 === 1) {
			assert.equal(await smsc.deliver(`1370000${1000 + i}`, `第${i}件：井盖松动`), 0);
		} else {
			await lmtp(lmtpPort, mail({ from: `p${i}@example.org`, subject: `第${i}件`, text: '楼道堆物无人清理', id: `load${i}@example.org` }), { from: `p${i}@example.org` });
		}
	};
	await core.faults({ busy: 3, lose: 2 });
	for (let i = 0; i < 4; i++) await write(i);
	await core.down('SIGKILL');
	for (let i = 4; i < 8; i++) await write(i);
	await core.up();
	await until('the core to work', async () => (await core.get('stats')).undone > 0, 30000);
	await g.kill();
	await new Promise((r) => setTimeout(r, 700)); // the core meets a gateway that is away
	await g.up();
	await until('the carrier again', () => smsc.sessions.size > 0, 30000);
	await core.faults({ lose: 3 });
	for (let i = 8; i < COUNT; i++) await write(i);
	await core.down('SIGKILL');
	await core.up();
	const made = await until('every ticket', async () => { const l = (await g.tickets()).filter((t) => !before.has(t.number)); return l.length >= COUNT && l; }, 30000);
	assert.equal(made.length, COUNT);
	for (const t of made) {
		const whole = await settled(t.number);
		assert.deepEqual(steps(whole), STEPS, `${t.channel} ${t.number}`);
		const seq = whole.core.seq, said = staffTexts(whole);
		assert.deepEqual([said.length, seq], [1, 5], `one answer each: ${said}`);
	}
	await idle();
	const stats = await core.get('stats');
	assert.deepEqual([stats.disorder, stats.refused, stats.forged], [0, (await core.get('cases')).flatMap((c) => c.steps).filter((s) => s.done === 2).length, 0]);
	const mine = (await core.get('cases')).filter((c) => made.some((t) => t.number === c.ticket));
	assert.equal(mine.length, COUNT, 'a case for each');
	assert.ok(mine.every((c) => c.steps.length === STEPS.length && c.steps.every((s) => s.done === 1)), JSON.stringify(mine));
	await until('all answers to be with the citizens', async () => {
		for (const t of made) {
			const m = (await g.ticket(t.number)).messages.filter((x) => x.from === 'staff');
			if (!m.every((x) => ['accepted', 'delivered', 'read', 'unknown', 'queued'].includes(x.state))) return false;
		}
		return true;
	}, 30000);
	console.log(`# ${COUNT} tickets: ${stats.told} deliveries, ${stats.doubles} of them again; slack ${slack}`);
	for (const c of chats) await c.close();
});
