// sms-http as kannel against the real thing: Debian's bearerbox and smsbox, bound by SMPP to npm smpp as the carrier's SMSC.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, freePort, tempDir, until, rmSync } from './lib/gateway.mjs';
import { Smsc } from './lib/smsc.mjs';

const secret = 'kannel-callback-0123', SLOW = 60000;
let smsc, g, boxes = [], dir;

const open = (port) => new Promise((done) => {
	const s = createConnection(port, '127.0.0.1');
	s.on('connect', () => { s.destroy(); done(true); });
	s.on('error', () => done(false));
});
const box = (program, conf) => {
	const child = spawn(`/usr/sbin/${program}`, ['-v', '4', conf], { stdio: 'ignore', cwd: dir });
	child.ended = new Promise((done) => child.on('exit', done));
	boxes.unshift(child);
	return child;
};
const group = (name, keys) => [`group = ${name}`, ...Object.entries(keys).map(([k, v]) => `${k} = ${v}`), ''].join('\n');

before(async () => {
	dir = tempDir();
	smsc = await Smsc.start();
	const [admin, link, send] = [await freePort(), await freePort(), await freePort()];
	g = await Gateway.start({ channels: { sms: { type: 'sms-http', profile: 'kannel', url: `http://127.0.0.1:${send}/cgi-bin/sendsms`, account: 'u',
		secret: 'p', number: '12345', callback_secret: secret, pace: 0 } } });
	mkdirSync(join(dir, 'spool'));
	const conf = join(dir, 'kannel.conf');
	writeFileSync(conf, [
		group('core', { 'admin-port': admin, 'admin-interface': '127.0.0.1', 'admin-password': 'x', 'smsbox-port': link,
			'smsbox-interface': '127.0.0.1', 'log-file': join(dir, 'bearerbox.log'), 'log-level': 1, 'store-type': 'spool',
			'store-location': join(dir, 'spool'), 'dlr-storage': 'internal' }),
		group('smsc', { smsc: 'smpp', 'smsc-id': 's', host: '127.0.0.1', port: smsc.port, 'smsc-username': 'u', 'smsc-password': 'p',
			'system-type': 'VMA', 'transceiver-mode': 1 }),
		group('smsbox', { 'bearerbox-host': '127.0.0.1', 'bearerbox-port': link, 'sendsms-port': send, 'sendsms-interface': '127.0.0.1',
			'log-file': join(dir, 'smsbox.log'), 'log-level': 1, 'http-request-retry': 20, 'http-queue-delay': 1 }),
		group('sendsms-user', { username: 'u', password: 'p' }),
		group('sms-service', { keyword: 'default', 'post-url': `"${g.url}/sms/${secret}?from=%p&to=%P&coding=%c&id=%I&time=%T"`,
			'max-messages': 0, 'omit-empty': 'true' }),
	].join('\n'));
	box('bearerbox', conf);
	await until('bearerbox', () => open(link), SLOW);
	box('smsbox', conf);
	await until('smsbox', () => open(send), SLOW);
	await smsc.bound();
});
after(async () => {
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	for (const child of boxes) {
		child.kill('SIGTERM');
		const hard = setTimeout(() => child.kill('SIGKILL'), 10000);
		await child.ended;
		clearTimeout(hard);
	}
	smsc.server.close();
	for (const s of smsc.sessions) s.close();
	rmSync(dir, { recursive: true, force: true });
});

const ticketOf = async (phone) => {
	const t = await until(`a ticket of ${phone}`, async () => (await g.tickets('&channel=sms')).find((x) => x.peer.endsWith(phone)), SLOW);
	return g.ticket(t.number);
};
const got = (match, n = 1) => until(`${n} of ${match}`, () => {
	const all = smsc.texts.filter((x) => match.test(x.text));
	return all.length >= n && all;
}, SLOW);
const state = async (t) => (await g.ticket(t.number)).messages.filter((m) => m.from === 'staff').at(-1).state;

test('through bearerbox and smsbox: a long message in, a long answer out whole, delivered when all its parts are', async () => {
	const phone = '13900000001', complaint = '路灯坏了，晚上看不见😀。'.repeat(12);
	assert.equal(await smsc.deliver(`86${phone}`, complaint), 0);
	const t = await ticketOf(phone);
	assert.deepEqual(t.messages.filter((m) => m.from === 'citizen').map((m) => m.text), [complaint]);
	await got(new RegExp(t.number));
	const answer = `办理结果：${'已修复👷，请放心。'.repeat(20)}`; // an emoji across the border of two parts
	assert.equal((await g.reply(t.number, answer)).status, 201);
	const [whole] = await got(/办理结果/);
	assert.ok(whole.text.includes(answer), whole.text);
	for (const { short_message: { message } } of smsc.submits) {
		const piece = typeof message === 'string' ? message : Buffer.from(message).swap16().toString('utf16le');
		assert.doesNotMatch(piece, /[\ud800-\udbff]$/, 'an emoji cut in two');
	}
	assert.ok(smsc.submits.length > 3, `${smsc.submits.length} parts`);
	await until('delivered', async () => (await state(t)) === 'delivered', SLOW);
});

test('plain letters stay one message in the default alphabet', async () => {
	const phone = '13900000002';
	assert.equal(await smsc.deliver(`86${phone}`, 'The street lamp is broken'), 0);
	const t = await ticketOf(phone);
	await got(new RegExp(t.number));
	const parts = smsc.submits.length;
	await g.reply(t.number, 'It is repaired, thank you.');
	await until('delivered', async () => (await state(t)) === 'delivered', SLOW);
	assert.equal(smsc.submits.length, parts + 1);
});

test('a citizen whose carrier calls every number international is the citizen at home', async () => {
	const phone = '13900000004';
	assert.equal(await smsc.deliver(phone, '垃圾没人收', { ton: 1 }), 0);
	const t = await ticketOf(phone);
	assert.equal((await g.tickets('&channel=sms')).find((x) => x.number === t.number).peer, `+86${phone}`);
	await got(new RegExp(t.number));
	assert.equal(smsc.texts.find((x) => x.text.includes(t.number)).to, `86${phone}`);
});

test('while the gateway is away smsbox keeps the message and brings it once', async () => {
	const phone = '13900000003';
	await g.stop();
	assert.equal(await smsc.deliver(`86${phone}`, '水管爆了'), 0);
	await g.up();
	const t = await ticketOf(phone);
	await got(new RegExp(t.number));
	assert.deepEqual(t.messages.filter((m) => m.from === 'citizen').map((m) => m.text), ['水管爆了']);
	assert.equal((await g.tickets('&channel=sms')).filter((x) => x.peer.endsWith(phone)).length, 1);
});
