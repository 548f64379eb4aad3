// What was acknowledged stays, whatever else touches the store.
import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { test } from 'node:test';
import { Gateway } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';

test('commands that open and close the store beside a running gateway cost it nothing when it is killed', async () => {
	const g = await Gateway.start({ channels: { web: { type: 'webchat' } } });
	const chat = await new Chat(g.url).open();
	const before = await chat.say('命令之前');
	g.run('ticket', 'list');
	g.run('audit', 'verify');
	g.token();
	const after = await chat.say('命令之后');
	await g.kill();
	await g.up();
	const t = await g.ticket(before.ticket);
	assert.equal(after.ticket, before.ticket);
	assert.deepEqual(t.messages.filter((m) => m.from === 'citizen').map((m) => m.text), ['命令之前', '命令之后']);
	assert.match(g.run('audit', 'verify'), /whole/);
	assert.deepEqual(await g.end(), { code: 0, signal: null });
});

test('a backup of a running gateway is a whole store', async () => {
	const g = await Gateway.start({ channels: { web: { type: 'webchat' } } });
	const chat = await new Chat(g.url).open();
	const ack = await chat.say('备份里要有这一句');
	g.run('backup', `${g.dir}/copy.db`);
	await chat.close();
	for (const key of ['secret.key', 'fields.key']) renameSync(`${g.dir}/${key}`, `${g.dir}/${key}.away`); // as on the machine they were lost on
	g.run('backup', `${g.dir}/without.db`);
	assert.throws(() => g.run('outbox', 'list'), /key/);
	for (const key of ['secret.key', 'fields.key']) renameSync(`${g.dir}/${key}.away`, `${g.dir}/${key}`);
	g.configure({ web: { type: 'webchat' } }, { store: 'sqlite:without.db' });
	assert.equal(g.runJson('ticket', 'show', ack.ticket)[0].messages[0].text, '备份里要有这一句');
	g.configure({ web: { type: 'webchat' } }, { store: 'sqlite:copy.db' });
	assert.match(g.run('audit', 'verify'), /whole/);
	assert.equal(g.runJson('ticket', 'show', ack.ticket)[0].messages[0].text, '备份里要有这一句');
	assert.deepEqual(await g.end(), { code: 0, signal: null });
});
