// A reply from the console waits a moment, in which it can be taken back; and what is being written is kept for other machines.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chat } from './lib/chat.mjs';
import { Gateway, until } from './lib/gateway.mjs';

const channels = { web: { type: 'webchat' } };
let g, agent, other, boss;
async function hands() {
	const again = async (name, role) => g.hand(name, g.passwords?.[name] ?? ((g.passwords ??= {})[name] = g.staff(name, role)));
	[agent, other, boss] = [await again('chen', 'agent'), await again('li', 'agent'), await again('zhou', 'supervisor')];
}
before(async () => {
	g = await Gateway.start({ channels, settings: { undo_seconds: 60 } });
	await hands();
});
after(() => g.end());

const done = (r, status = 200) => { assert.equal(r.status, status, JSON.stringify(r.json)); return r.json; };
async function asks(text) {
	const chat = await new Chat(g.url).open();
	const { ticket } = await chat.say(text);
	return { chat, number: ticket };
}
const fromStaff = async (number) => (await g.ticket(number)).messages.filter((m) => m.from === 'staff').map((m) => m.text);
const hold = (who, number, text, more) => who.reply(number, text, { hold: true, ...more });
const draft = (who, number, text, rev, mode = 'reply') => who.desk('POST', `tickets/${number}/draft`, { mode, text, rev });
const drafts = async (who) => done(await who.desk('GET', 'drafts')).items.map(({ number, mode, text, rev }) => ({ number, mode, text, rev }));

test('taken back in time it was never said: the ticket stands as it stood, and the words are a draft', async () => {
	const { chat, number } = await asks('路灯坏了');
	const before = await g.ticket(number);
	const { held } = done(await hold(agent, number, '今晚修好'), 202);
	assert.deepEqual((await g.ticket(number)).held.map((x) => [x.staff, x.text]), [['chen', '今晚修好']]);
	assert.equal(done(await other.desk('POST', `held/${held}/undo`), 409).status, 409, 'only its writer may');
	assert.equal(done(await agent.desk('POST', `held/${held}/undo`)).text, '今晚修好');
	const now = await g.ticket(number);
	assert.deepEqual([now.state, now.version, now.held, now.steps.length], [before.state, before.version, [], before.steps.length]);
	assert.deepEqual(await fromStaff(number), []);
	assert.deepEqual(await drafts(agent), [{ number, mode: 'reply', text: '今晚修好', rev: 1 }]);
	done(await agent.desk('POST', `held/${held}/undo`), 409);
	await chat.close();
});

test('sent at once when its writer says so or takes another step; and a program\'s reply never waits', async () => {
	const { number } = await asks('垃圾没清运');
	const { held } = done(await hold(agent, number, '已安排'), 202);
	assert.equal(done(await hold(other, number, '我来答'), 409).code, 'newer', 'two colleagues do not answer at once');
	done(await agent.desk('POST', `held/${held}/send`));
	assert.deepEqual(await fromStaff(number), ['已安排']);
	done(await hold(agent, number, '已清运'), 202);
	done(await agent.step(number, 'close', { result: 'solved' }));
	assert.deepEqual(await fromStaff(number), ['已安排', '已清运']);
	assert.equal((await g.ticket(number)).state, 'closed');
	const second = await asks('井盖不见了');
	assert.equal((await g.api('POST', `/api/v1/tickets/${second.number}/replies`, { text: '已围挡', hold: true })).status, 201);
});

test('what would be refused is refused before it waits, not after', async () => {
	const { chat, number } = await asks('停水两天');
	const { last_seq: seen } = await g.ticket(number);
	await chat.say('还没有来水');
	assert.equal(done(await hold(agent, number, '今天恢复', { seen_seq: seen }), 409).code, 'newer');
	done(await hold(agent, number, '  '), 422);
	await g.step(number, 'refuse', { ground: 'litigation' });
	assert.equal(done(await hold(agent, number, '今天恢复'), 409).code, 'not-legal');
	assert.deepEqual((await g.ticket(number)).held, []);
});

test('a draft is the same on two machines; of two different ones neither is lost; sending ends it', async () => {
	const { number } = await asks('噪声扰民');
	const two = await g.hand('chen', 'chen-Passw0rd');
	assert.equal(done(await draft(agent, number, '您好，', 0)).rev, 1);
	assert.equal(done(await draft(two, number, '您好，已记录', 1)).rev, 2);
	assert.deepEqual(done(await draft(agent, number, '另一份', 1), 409).draft, { number, mode: 'reply', text: '您好，已记录', rev: 2 });
	done(await draft(agent, number, '别人看不到', 0, 'note'));
	assert.ok(!(await drafts(boss)).length, 'a draft is its writer\'s alone');
	done(await agent.reply(number, '您好，已记录，今晚巡查'), 201);
	assert.deepEqual((await drafts(agent)).filter((d) => d.number === number).map((d) => d.mode), ['note']);
	done(await agent.step(number, 'note', { note: '请夜班注意' }));
	assert.deepEqual((await drafts(agent)).filter((d) => d.number === number), []);
});

test('its time is up after a kill and a restart: it goes out once; what can no longer be sent is a draft again', { timeout: 120000 }, async () => {
	const { chat, number } = await asks('公园长椅坏了');
	const moot = await asks('树枝挡了路灯');
	await g.stop();
	g.configure(channels, { undo_seconds: 3 });
	await g.up();
	await hands();
	done(await hold(agent, number, '已报修'), 202);
	done(await hold(agent, moot.number, '已修剪'), 202);
	await g.kill();
	await g.up();
	await hands();
	const { json } = await g.api('POST', `/api/v1/tickets/${moot.number}/steps`, { step: 'refuse', ground: 'litigation' });
	await until('it to be sent', async () => (await fromStaff(number)).length === 1);
	if (json.state === 'refused') { // else its time was up before the refusal
		await until('it to be given back', async () => (await drafts(agent)).some((d) => d.number === moot.number && d.text === '已修剪'));
		assert.deepEqual(await fromStaff(moot.number), []);
	}
	assert.deepEqual((await g.ticket(number)).held, []);
	assert.deepEqual(await fromStaff(number), ['已报修']);
	await chat.close();
});

test('of a colleague who was dismissed meanwhile nothing is sent, and the ticket says why', async () => {
	const { chat, number } = await asks('井盖松动');
	done(await hold(other, number, '已派人'), 202);
	g.run('staff', 'disable', 'li');
	await until('it to be dropped', async () => (await g.ticket(number)).held.length === 0);
	const { steps, people } = await g.ticket(number);
	assert.deepEqual(await fromStaff(number), []);
	assert.deepEqual(steps.filter((s) => s.step === 'unsent').map((s) => [s.actor, s.data]), [['system', { staff: 'li' }]]);
	assert.ok('li' in people);
	await chat.close();
});
