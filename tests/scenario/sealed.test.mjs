// Fields that identify a person, sealed in the store: switched on over a store that has plain ones, and a new key, while citizens write.
import assert from 'node:assert/strict';
import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, readFileSync, until, writeFileSync } from './lib/gateway.mjs';
import { Smsc } from './lib/smsc.mjs';

let g, smsc;
const channels = () => ({ sms: { type: 'smpp', host: '127.0.0.1', port: smsc.port, system_id: 'xinqiao', password: 'secret', number: '12345', reconnect_max: 1 } });
const phones = Array.from({ length: 30 }, (_, i) => `139555${String(10000 + i * 7)}`);
before(async () => {
	smsc = await Smsc.start();
	g = await Gateway.start({ channels: channels(), sections: { security: {} } });
	await smsc.bound();
});
after(async () => {
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await smsc.close();
});

// Phones that stand readable in any file of the store. What PostgreSQL holds is looked at by the store's suite.
const readable = () => {
	const bytes = readdirSync(g.dir).filter((f) => f.startsWith('store.db')).map((f) => readFileSync(join(g.dir, f), 'latin1')).join();
	return phones.filter((p) => bytes.includes(p));
};
const talk = async (phone, words) => {
	await smsc.deliver(phone, words);
	const t = await until('his ticket', async () => (await g.tickets('&channel=sms')).find((x) => x.peer.endsWith(phone)));
	assert.equal((await g.reply(t.number, `答复：${words}`)).status, 201);
	await smsc.received(phone, (x) => x.includes(`答复：${words}`));
	return t.number;
};
const again = async (security, command) => {
	await g.stop();
	g.configure(channels(), {}, { security });
	if (command) command();
	await g.up();
	await smsc.bound();
};

test('without a key file addresses stand readable in the store', async () => {
	for (const p of phones) await smsc.deliver(p, `路灯坏了${p.slice(-4)}`);
	assert.deepEqual(readable(), phones);
});

test('with one they are sealed in the background, and each citizen finds his ticket all the while', async () => {
	await again({ key_file: 'fields.key' });
	const number = await talk(phones[7], '还没有来修');
	await until('all of it', () => /every field is sealed key=1/.test(g.log));
	assert.equal(await talk(phones[7], '谢谢'), number);
	await g.stop();
	assert.deepEqual(readable(), []);
	await g.up();
	await smsc.bound();
});

test('a new key takes over; the command wants the gateway stopped', async () => {
	assert.throws(() => g.run('rekey', '--new'), (e) => e.status === 1 && /in use by another gateway/.test(e.stderr));
	await again({ key_file: 'fields.key' }, () => assert.match(g.run('rekey', '--new'), /sealed by key 2; .*\ncopy \/.*fields\.key to where its copies are/));
	const before_ = (await g.tickets('&channel=sms')).find((x) => x.peer.endsWith(phones[3]));
	assert.equal(await talk(phones[3], '新钥匙之后'), before_.number);
	assert.equal((await g.tickets('&channel=sms')).length, phones.length);
});

test('a gateway without its secret does not start, makes no other one, and goes on with one when it is told to', async () => {
	await g.stop();
	const start = (file) => { g.configure(channels(), { secret_file: file }, { security: { key_file: 'fields.key' } }); return g.up().then(() => 'started', (e) => e.message); };
	assert.match(await start('secert.key'), /there is no secret_file .*secert\.key, .* put it back/);
	assert.ok(!readdirSync(g.dir).includes('secert.key'));
	const secret = readFileSync(join(g.dir, 'secret.key'), 'utf8');
	writeFileSync(join(g.dir, 'other.key'), `${'0'.repeat(64)}\n`, { mode: 0o600 });
	assert.match(await start('other.key'), /other\.key is not the secret that the store knows/);
	chmodSync(join(g.dir, 'secret.key'), 0o644);
	assert.match(await start('secret.key'), /secret\.key can be read by every user \(mode 0644\); chmod 600 it/);
	chmodSync(join(g.dir, 'secret.key'), 0o600);
	assert.match(await start('new.key'), /rekey --secret/);
	assert.match(g.run('rekey', '--secret'), /goes on with .*new\.key/);
	assert.equal(await start('new.key'), 'started');
	await g.stop();
	g.configure(channels(), {}, { security: { key_file: 'fields.key' } });
	g.run('rekey', '--secret');
	assert.equal(readFileSync(join(g.dir, 'secret.key'), 'utf8'), secret, 'no file is written over');
	assert.equal(await start('secret.key'), 'started');
});

test('a gateway without its key does not start, and says what to do', async () => {
	await g.stop();
	g.configure(channels(), {}, { security: {} });
	const words = await g.up().then(() => 'started', (e) => e.message);
	assert.match(words, /sealed by key 2; name its file as key_file in \[security\]/);
	g.configure(channels(), {}, { security: { key_file: 'fields.key' } });
	const key = readFileSync(join(g.dir, 'fields.key'), 'utf8');
	writeFileSync(join(g.dir, 'fields.key'), key.replace(/[0-9a-f]{64}$/gm, '0'.repeat(64)));
	assert.match(await g.up().then(() => 'started', (e) => e.message), /key [12] of .*fields\.key is not the one/);
	writeFileSync(join(g.dir, 'fields.key'), key);
	await g.up();
});
