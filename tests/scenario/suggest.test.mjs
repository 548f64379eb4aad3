// Suggestions (分得更准): nature, category and department of a new ticket, with the words that spoke for them; a person takes
// them, and what people decide is learned.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, until } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';

let g;
before(async () => { g = await Gateway.start({ channels: { web: { type: 'webchat' } } }); });
after(async () => { assert.deepEqual(await g.end(), { code: 0, signal: null }); });

const learned = (n) => until(`lesson ${n}`, () => (g.log.match(/suggest.*learned/g) || []).length >= n);
const ask = async (number) => (await g.api('GET', `/api/v1/tickets/${number}/suggestions`)).json;

async function write(words) {
	const chat = await new Chat(g.url).open();
	const { ticket } = await chat.say(words);
	await chat.close();
	return ticket;
}

test('a new store already has a clue from the table of topics, and says why', async () => {
	await learned(1);
	const number = await write('工地上三个月没发工资，包工头说等年底');
	const s = await ask(number);
	assert.equal(s.category[0].value, 'wages');
	assert.equal(s.category[0].name, '拖欠工资');
	assert.equal(s.department[0].value, 'labour');
	assert.ok(s.category[0].words.some((w) => w.includes('工资')), JSON.stringify(s.category[0].words));
	assert.ok(s.examples > 100);
	const t = await g.ticket(number);
	assert.deepEqual([t.state, t.category, t.department], ['new', '', ''], 'nothing is taken by itself');
});

test('what people decide is learned: a word that no table knows', async () => {
	const words = ['呼啦机占道', '呼啦机太吵，扰人清梦', '又是呼啦机，停在门口', '请管管呼啦机', '呼啦机挡住盲道', '昨天的呼啦机又来了'];
	const before = await ask(await write('门口的呼啦机'));
	assert.notEqual(before.category[0]?.value, 'tourism');
	for (const w of words) {
		const number = await write(w);
		assert.equal((await g.step(number, 'accept', { category: 'tourism' })).status, 200);
		assert.equal((await g.step(number, 'dispatch', { department: 'culture' })).status, 200);
	}
	g.child.kill('SIGHUP');
	await learned(2);
	const after = await ask(await write('门口的呼啦机'));
	assert.equal(after.category[0].value, 'tourism');
	assert.equal(after.department[0].value, 'culture');
	assert.ok(after.category[0].words[0].includes('呼啦'), JSON.stringify(after.category[0]));
});

test('the command says the same, and measures itself', async () => {
	const rows = g.runJson('suggest', '三个月没发工资');
	assert.equal(rows.find((r) => r.about === 'department').value, 'labour');
	assert.throws(() => g.run('suggest'), /usage/);
	assert.throws(() => g.run('suggest', '--evaluate', g.conf), /would be right/);
});

test('a department asks only about its own, and nobody without a right at all', async () => {
	const number = await write('路灯坏了');
	const r = await fetch(`${g.url}/api/v1/tickets/${number}/suggestions`);
	assert.equal(r.status, 401);
	const { token } = g.runJson('token', 'create', 'writer', '--scope', 'write')[0];
	const w = await fetch(`${g.url}/api/v1/tickets/${number}/suggestions`, { headers: { authorization: `Bearer ${token}` } });
	assert.equal(w.status, 403);
});

test('whether a person took what was suggested is kept with the step, and reported', async () => {
	const [taken, other] = [await write('老板拖欠工资，年底还不发'), await write('厂里三个月没发工资了')];
	for (const [number, category, department] of [[taken, 'wages', 'labour'], [other, 'social-insurance', 'market']]) {
		assert.equal((await g.step(number, 'accept', { category })).status, 200);
		assert.equal((await g.step(number, 'dispatch', { department })).status, 200);
	}
	const step = (await g.ticket(other)).steps.find((s) => s.step === 'accept');
	assert.deepEqual(step.data.suggested, { category: 'wages' });
	const behind = async (count) => (await g.tickets(`&report=${count}`)).map((t) => t.number);
	await until('the reports to follow', async () => (await behind('department_suggested')).includes(other));
	for (const head of ['category', 'department']) {
		assert.ok((await behind(`${head}_suggested`)).includes(other), head);
		const yes = await behind(`${head}_taken`);
		assert.deepEqual([yes.includes(taken), yes.includes(other)], [true, false], head);
	}
});
