// A citizen who wants to be forgotten, and the chain that is anchored outside the database and stays whole over it.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, readFileSync, until, writeFileSync } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';
import { Smsc } from './lib/smsc.mjs';

let g, smsc, number;
const phone = '13955566677', words = '望江门外大街灯柱倒了';
before(async () => {
	smsc = await Smsc.start();
	g = await Gateway.start({ channels: { web: { type: 'webchat' }, sms: { type: 'smpp', host: '127.0.0.1', port: smsc.port, system_id: 'xinqiao', password: 'secret', number: '12345', reconnect_max: 1 } },
		sections: { security: { key_file: 'fields.key', anchor_file: 'anchors' } } });
	await smsc.bound();
});
after(async () => {
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await smsc.close();
});
const erase = (...more) => g.runJson('erase', phone, '--reason', '本人要求删除', ...more)[0];

test('an open ticket is not erased from under whoever handles it', async () => {
	await smsc.deliver(phone, words);
	number = (await until('the ticket', async () => (await g.tickets()).find((t) => t.peer.endsWith(phone)))).number;
	assert.throws(() => erase(), (e) => e.status === 1 && /is open/.test(e.stderr));
	assert.throws(() => g.run('erase', phone), (e) => e.status === 2);
	assert.equal((await g.ticket(number)).messages[0].text, words);
});

test('who has read his address is told by a command', async () => {
	const reads = g.runJson('audit', 'reads', number);
	assert.ok(reads.length >= 1);
	assert.equal(reads[0].who, 'api:scenario');
});

test('erased: nothing that he said is found, and everything that is counted stays', async () => {
	await g.step(number, 'accept');
	await g.reply(number, '已修复');
	assert.equal((await g.step(number, 'close')).status, 200);
	await smsc.received(phone, (x) => x.includes('评价') || x.includes('满意'));
	await smsc.deliver(phone, '5 很快，谢谢');
	await until('the rating', async () => (await g.ticket(number)).survey?.rating === 5);
	await until('all of it sent', () => g.runJson('outbox', 'list').every((o) => ['accepted', 'delivered', 'read'].includes(o.state)));
	const what = erase();
	assert.equal(what.tickets, 1);
	assert.ok(what.messages >= 4);
	const t = await g.ticket(number);
	assert.deepEqual([t.peer, t.title, t.last_text], ['', '', '']);
	assert.ok(t.messages.every((m) => m.text === ''));
	assert.equal(t.survey.rating, 5);
	assert.equal(t.state, 'closed');
	assert.equal(t.steps.at(-1).step, 'erased');
	assert.equal(t.steps.at(-1).data.reason, '本人要求删除');
	assert.equal((await g.tickets(`&q=${encodeURIComponent('望江门')}`)).length, 0);
	assert.throws(() => erase(), (e) => /nobody of that address/.test(e.stderr));
});

test('of two numbers that are known as one citizen both are erased, or neither', async () => {
	const both = ['13955566611', '13955566622'], said = ['石桥路的井盖', '石桥路的树'];
	const number = [];
	for (const i of [0, 1]) {
		await smsc.deliver(both[i], said[i]);
		number[i] = (await until('the ticket', async () => (await g.tickets()).find((t) => t.peer.endsWith(both[i])))).number;
	}
	assert.equal((await g.api('POST', `/api/v1/tickets/${number[0]}/citizen`, { other: number[1] })).status, 200);
	const done = async (n) => {
		await g.step(n, 'accept');
		await g.reply(n, '已修复');
		assert.equal((await g.step(n, 'close')).status, 200);
		await until('all of it sent', () => g.runJson('outbox', 'list').every((o) => ['accepted', 'delivered', 'read'].includes(o.state)));
	};
	await done(number[0]);
	assert.throws(() => g.run('erase', both[0], '--reason', 'x'), (e) => e.status === 1 && /is open/.test(e.stderr));
	assert.equal((await g.ticket(number[0])).messages[0].text, said[0]);
	await done(number[1]);
	assert.equal(g.runJson('erase', both[0], '--reason', '本人要求删除')[0].conversations, 2);
	for (const i of [0, 1])
		assert.equal((await g.ticket(number[i])).messages[0].text, '');
});

test('who has written in the chat is erased by the number of his ticket, the only name he knows', async () => {
	const chat = await new Chat(g.url).open();
	await chat.say('朝晖路的长椅坏了');
	const of = (await chat.frame((x) => x.type === 'message' && x.from === 'system')).text.match(/\d{17}/)[0];
	const by = (...more) => g.runJson('erase', of, '--reason', '本人要求删除', ...more)[0];
	assert.throws(() => by(), (e) => /is open/.test(e.stderr));
	await g.step(of, 'accept');
	await g.reply(of, '已修好');
	assert.equal((await g.step(of, 'close')).status, 200);
	await until('all of it sent', async () => g.runJson('outbox', 'list').every((o) => o.channel !== 'web' || !['queued', 'sending', 'retry'].includes(o.state)));
	await chat.close();
	assert.equal(by().tickets, 1);
	assert.deepEqual((await g.ticket(of)).messages.filter((m) => m.text), []);
	assert.throws(() => by(), (e) => /no ticket of that number/.test(e.stderr));
});

test('who left the chat before his answer is erased, and the answer is never sent', async () => {
	const chat = await new Chat(g.url).open();
	const { ticket: of } = await chat.say('朝晖路的路牌倒了');
	await chat.close();
	const waits = (state) => g.runJson('outbox', 'list', '--state', state).filter((o) => o.channel === 'web').length;
	await g.step(of, 'accept');
	await g.reply(of, '已扶正');
	assert.equal((await g.step(of, 'close')).status, 200);
	await until('all of it parked', () => waits('sending') === 0 && waits('queued') > 0);
	const n = waits('queued');
	assert.equal(g.runJson('erase', of, '--reason', '本人要求删除')[0].tickets, 1);
	assert.deepEqual([waits('queued'), waits('expired')], [0, n]);
	assert.equal((await g.ticket(of)).steps.findLast((s) => s.step === 'erased').data.unsent, n);
	const back = await new Chat(g.url, { token: chat.token }).open();
	const again = await back.say('我又来了');
	assert.deepEqual(back.frames.filter((f) => f.type === 'message' && f.text.includes('已扶正')), []);
	assert.notEqual(again.ticket, of);
	await back.close();
});

test('who stands only among what was kept aside is erased too', async () => {
	await smsc.deliver('13955566699', '');
	const boss = await g.hand('boss', g.staff('boss', 'admin')), aside = async () => (await boss.desk('GET', 'quarantine')).json.items;
	await until('it kept aside', async () => (await aside()).length === 1);
	assert.deepEqual(g.runJson('erase', '13955566699', '--reason', '本人要求删除')[0], { conversations: 0, tickets: 0, messages: 0, files: 0, kept_aside: 1 });
	assert.equal((await aside()).length, 0);
	assert.throws(() => g.run('erase', '13955566699', '--reason', 'x'), (e) => /nobody of that address/.test(e.stderr));
});

test('the chain is whole, holds its anchors, and the words are in no file of the store', async () => {
	await until('an anchor', () => { try { return readFileSync(join(g.dir, 'anchors'), 'utf8').includes('\n'); } catch { return false; } }, 15000);
	await until('the gauge to say so', async () => /^xinqiao_anchor_failing 0$/m.test(await (await fetch(`${g.url}/metrics`)).text()));
	const v = g.runJson('audit', 'verify')[0];
	assert.ok(v.whole && v.anchors >= 1 && v.events > 5, JSON.stringify(v));
	// The log has the same lines, and a file made of them, on whatever machine the log is, serves as well.
	const logged = () => [...g.log.matchAll(/^.*the event chain was anchored line="(.+?)"$/gm)];
	await until('the same in the log', () => logged().map((m) => `${m[1]}\n`).join('') === readFileSync(join(g.dir, 'anchors'), 'utf8'), 15000);
	writeFileSync(join(g.dir, 'of-the-log'), logged().map((m) => `${m[0]}\n`).join(''));
	assert.ok(g.runJson('audit', 'verify', '--anchors', join(g.dir, 'of-the-log'))[0].anchors >= 1);
	assert.throws(() => g.run('audit', 'verify', '--anchors', join(g.dir, 'nowhere')), (e) => e.status === 1 && /there is no anchor in .*nowhere/.test(e.stderr));
	await g.stop();
	const bytes = readdirSync(g.dir).filter((f) => f.startsWith('store.db')).map((f) => readFileSync(join(g.dir, f), 'utf8')).join();
	assert.ok(!bytes.includes('望江门') && !bytes.includes(phone));
	await g.up();
	await smsc.bound();
});

const aFile = { skip: process.env.XQ_TEST_STORE && 'the store is no file' };

test('an anchor that names more events than there are is the end of the chain cut off', aFile, async () => {
	// As an attacker cannot make one himself, the store is put back to before it instead.
	const older = join(g.dir, 'older.db');
	g.run('backup', older);
	await smsc.deliver('13955566688', '还有一件事');
	await g.stop();
	await g.up();
	await smsc.bound();
	const lines = () => readFileSync(join(g.dir, 'anchors'), 'utf8').trim().split('\n');
	const had = lines().length;
	await until('the next anchor', () => lines().length > had, 15000);
	await g.stop();
	const now = readFileSync(join(g.dir, 'store.db'));
	writeFileSync(join(g.dir, 'store.db'), readFileSync(older));
	assert.throws(() => g.run('audit', 'verify'), (e) => e.status === 1 && /its chain was cut/.test(e.stderr));
	writeFileSync(join(g.dir, 'store.db'), now);
	assert.ok(g.runJson('audit', 'verify')[0].whole);
	await g.up();
	await smsc.bound();
});

test('a word changed in the database is noticed, and the message is named', aFile, async () => {
	await g.stop();
	const store = join(g.dir, 'store.db'), now = readFileSync(store), bytes = (words) => Buffer.from(words).toString('latin1');
	const changed = now.toString('latin1').replaceAll(bytes('还有一件事'), bytes('还有两件事'));
	writeFileSync(store, Buffer.from(changed, 'latin1'));
	assert.throws(() => g.run('audit', 'verify'), (e) => e.status === 1 && /message \d+: its words are not those that were written/.test(e.stderr));
	writeFileSync(store, now);
	const v = g.runJson('audit', 'verify')[0];
	assert.ok(v.whole && v.messages > 5 && v.unproven === 0, JSON.stringify(v));
	await g.up();
	await smsc.bound();
});
