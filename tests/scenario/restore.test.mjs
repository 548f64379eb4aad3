// A backup put back goes on where it was made, in a world that went on without it: what citizens were told and sent meanwhile is not
// told to others or sent again.
import assert from 'node:assert/strict';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Chat } from './lib/chat.mjs';
import { Gateway, rmSync, until } from './lib/gateway.mjs';
import { Smsc } from './lib/smsc.mjs';

const file = { skip: process.env.XQ_TEST_STORE && 'PostgreSQL is backed up by its own tools' };
const channels = (smsc) => ({ web: { type: 'webchat' },
	sms: { type: 'smpp', host: '127.0.0.1', port: smsc.port, system_id: 'xinqiao', password: 'secret', number: '12345', reconnect_max: 1 } });

// As the guide says.
function putBack(g, copy) {
	for (const end of ['-wal', '-shm']) rmSync(join(g.dir, `store.db${end}`), { force: true });
	cpSync(copy, join(g.dir, 'store.db'));
}

async function asks(g, words) {
	const chat = await new Chat(g.url).open(), number = (await chat.say(words)).ticket;
	const got = await chat.frame((f) => f.type === 'message' && f.from === 'system' && f.text.includes(number));
	return { chat, number, code: /查询码 (\d{6})/.exec(got.text)[1] };
}

test('a citizen whose ticket was lost with the time after the backup is not shown somebody else’s', file, async () => {
	const smsc = await Smsc.start(), g = await Gateway.start({ channels: channels(smsc) });
	const backup = join(g.dir, 'backup.db');
	await asks(g, '备份以前的路灯');
	g.run('backup', backup);
	assert.ok(!existsSync(`${backup}-wal`), 'a backup is one file');
	const lost = await asks(g, '备份以后的井盖');
	await g.kill();
	putBack(g, backup);
	await g.up();
	assert.match(g.log, /goes on from a copy/);
	const other = await asks(g, '恢复以后的噪声');
	assert.notEqual(other.number, lost.number);
	const stranger = await new Chat(g.url).open();
	await stranger.say(`查询 ${lost.number} ${lost.code}`);
	const told = await stranger.frame((f) => f.type === 'message' && f.from === 'system');
	assert.doesNotMatch(told.text, /待受理/);
	assert.match(g.run('audit', 'verify'), /whole/);
	await g.stop();
	await g.up();
	assert.doesNotMatch(g.log, /goes on from a copy/, 'once');
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await smsc.close();
});

test('an answer that waited when the backup was made and was sent since is sent again by a person only', file, async () => {
	const smsc = await Smsc.start(), g = await Gateway.start({ channels: channels(smsc) });
	const backup = join(g.dir, 'backup.db'), from = '13900000001', sent = (words) => smsc.texts.filter((t) => t.text.includes(words)).length;
	await smsc.deliver(from, '小区停水');
	await smsc.received(from, (t) => t.includes('已'));
	const [{ number }] = await g.tickets();
	await smsc.close();
	assert.equal((await g.reply(number, '今晚来水')).status, 201);
	g.run('backup', backup);
	await smsc.listen();
	await smsc.received(from, (t) => t.includes('今晚来水'));
	await g.kill();
	putBack(g, backup);
	await g.up();
	await smsc.bound();
	const [held] = g.runJson('outbox', 'list', '--state', 'unknown');
	assert.match(held.error, /may have been sent/);
	assert.equal((await g.reply(number, '水压已恢复')).status, 201);
	await smsc.received(from, (t) => t.includes('水压已恢复'));
	assert.equal(sent('今晚来水'), 1);
	g.run('outbox', 'retry', held.id);
	await until('the answer a second time', () => sent('今晚来水') === 2);
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await smsc.close();
});

test('a reply that could still be taken back when the backup was made holds nobody up, and goes out by its writer\'s hand only', file, async () => {
	const g = await Gateway.start({ channels: { web: { type: 'webchat' } }, settings: { undo_seconds: 60 } });
	const backup = join(g.dir, 'backup.db'), { number, chat } = await asks(g, '路灯坏了');
	const passwords = { chen: g.staff('chen', 'agent'), li: g.staff('li', 'agent') };
	const chen = await g.hand('chen', passwords.chen);
	assert.equal((await chen.reply(number, '今晚修好', { hold: true })).status, 202);
	g.run('backup', backup);
	await chat.close();
	await g.kill();
	putBack(g, backup);
	await g.up();
	const [writer, colleague] = [await g.hand('chen', passwords.chen), await g.hand('li', passwords.li)];
	assert.deepEqual((await g.ticket(number)).held, []);
	const { json: { held } } = await colleague.reply(number, '已经修好', { hold: true });
	assert.equal((await colleague.desk('POST', `held/${held}/send`)).status, 200);
	const { json: { items } } = await writer.desk('GET', 'drafts');
	assert.deepEqual(items.map((d) => [d.number, d.mode, d.text]), [[number, 'reply', '今晚修好']]);
	assert.equal((await writer.step(number, 'close', { result: 'solved' })).status, 200);
	assert.deepEqual((await g.ticket(number)).messages.filter((m) => m.from === 'staff').map((m) => m.text), ['已经修好']);
	assert.deepEqual(await g.end(), { code: 0, signal: null });
});

test('of a copy that was made otherwise it is said, while no gateway runs', async () => {
	const smsc = await Smsc.start(), g = await Gateway.start({ channels: channels(smsc) });
	const before = await asks(g, '快照以前的路灯');
	assert.throws(() => g.run('backup', '--restored'), /gateway/);
	assert.throws(() => g.run('backup', '--restored', 'x.db'), /usage/);
	await g.kill();
	assert.deepEqual(g.runJson('backup', '--restored'), [{ taken: '', held: 0 }]);
	await g.up();
	const after = await asks(g, '快照以后的井盖');
	assert.ok(Number(after.number.slice(8)) - Number(before.number.slice(8)) > 1e7, `${before.number} ${after.number}`);
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await smsc.close();
});
