// Each door by which a stranger may try his luck: how often he may, and what is then.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Chat } from './lib/chat.mjs';
import { Gateway, until } from './lib/gateway.mjs';

let g;
before(async () => { g = await Gateway.start({ channels: { web: { type: 'webchat' } }, settings: { max_connections: 40 } }); });
after(async () => assert.deepEqual(await g.end(), { code: 0, signal: null }));
const login = (body) => fetch(`${g.url}/console/api/login`, { method: 'POST', body: JSON.stringify(body) });

// RFC 6238: SHA-1, six digits, steps of 30 seconds.
const totp = (base32, step) => {
	const bits = [...base32].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
	const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
	const counter = Buffer.alloc(8);
	counter.writeBigUInt64BE(BigInt(step));
	const mac = createHmac('sha1', key).update(counter).digest(), at = mac[19] & 15;
	return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
};
const now = () => Math.floor(Date.now() / 30000);

test('a code of the second factor serves once, and five wrong ones lock the account though the password is right', async () => {
	const password = g.staff('wen', 'agent'), name = 'wen';
	const cookie = (await login({ name, password })).headers.get('set-cookie').split(';')[0];
	const { csrf } = await (await fetch(`${g.url}/console/api/me`, { headers: { cookie } })).json();
	const call = (body) => fetch(`${g.url}/console/api/totp`, { method: 'POST', headers: { cookie, 'x-xq-csrf': csrf }, body: JSON.stringify(body) });
	const { secret } = await (await call({ begin: true })).json();
	const first = now();
	assert.equal((await call({ code: totp(secret, first) })).status, 200);
	assert.equal((await (await login({ name, password })).json()).code, 'totp');
	assert.equal((await login({ name, password, code: totp(secret, first) })).status, 401, 'the code that was used already');
	const right = () => totp(secret, first + 1); // a step ahead of the used one is taken, whatever the clock says by now
	const wrong = Array.from({ length: 10 }, (_, i) => String(111111 * i).padStart(6, '0')).filter((c) => ![0, 1, 2, 3].some((k) => totp(secret, first - 1 + k) === c));
	for (const code of wrong.slice(0, 4)) assert.equal((await login({ name, password, code })).status, 401);
	assert.equal((await login({ name, password, code: right() })).status, 401, 'locked');
	assert.match(g.log, /account locked/);
});

test('who guesses the code that takes the second factor away locks the account, as at the door', async () => {
	const password = g.staff('wei', 'agent'), name = 'wei';
	const cookie = (await login({ name, password })).headers.get('set-cookie').split(';')[0];
	const { csrf } = await (await fetch(`${g.url}/console/api/me`, { headers: { cookie } })).json();
	const call = (body) => fetch(`${g.url}/console/api/totp`, { method: 'POST', headers: { cookie, 'x-xq-csrf': csrf }, body: JSON.stringify(body) });
	const { secret } = await (await call({ begin: true })).json();
	const first = now();
	assert.equal((await call({ code: totp(secret, first) })).status, 200);
	const right = totp(secret, first + 1);
	const wrong = Array.from({ length: 10 }, (_, i) => String(111111 * i).padStart(6, '0')).filter((c) => ![0, 1, 2, 3].some((k) => totp(secret, first - 1 + k) === c));
	for (const code of wrong.slice(0, 5)) {
		const answer = await call({ off: true, code });
		assert.equal(answer.status, 422);
		assert.match(answer.headers.get('content-type'), /problem\+json/);
	}
	assert.equal((await call({ off: true, code: right })).status, 409, 'locked');
	assert.equal((await login({ name, password, code: right })).status, 401, 'at the door too');
});

// As a proxy on this machine passes it on.
const from = (address, body, cookie) => fetch(`${g.url}/console/api/login`, { method: 'POST', headers: { 'x-forwarded-for': address, ...(cookie ? { cookie } : {}) }, body: JSON.stringify(body) });
const device = (answer) => answer.headers.getSetCookie().find((c) => c.startsWith('xq_device=')).split(';')[0];

test('who guesses passwords shuts the door where they come from, not to its owner, and a restart changes nothing of it', async () => {
	const name = 'ding', password = g.staff(name, 'agent');
	const guess = async (n, address) => { for (let i = 0; i < n; i++) assert.equal((await from(address, { name, password: 'guess-0123456' })).status, 401); };
	await guess(5, '203.0.113.5');
	assert.equal((await from('198.51.100.7', { name, password })).status, 204);
	await guess(45, '203.0.113.5');
	assert.equal((await from('198.51.100.8', { name, password })).status, 204);
	assert.match(g.log, /logins held off staff=ding from=203\.0\.113\.5 minutes=5/);
	assert.deepEqual(await g.stop(), { code: 0, signal: null });
	await g.up();
	assert.equal((await from('203.0.113.5', { name, password })).status, 401, 'the right password too, for five minutes');
	assert.equal((await from('198.51.100.8', { name, password })).status, 204);
});

test('guesses from very many networks keep no browser out that has logged in before, and a reset lets everybody in', async () => {
	const name = 'dong', password = g.staff(name, 'agent');
	const known = device(await from('198.51.100.9', { name, password }));
	for (let i = 0; i < 60; i++) assert.equal((await from(`192.0.2.${i}`, { name, password: 'guess-0123456' })).status, 401);
	assert.equal((await from('198.51.100.10', { name, password })).status, 401, 'where nobody has logged in before');
	assert.equal((await from('198.51.100.11', { name, password }, known)).status, 204);
	writeFileSync(join(g.dir, 'again.pw'), `${password}-2\n`, { mode: 0o600 });
	g.run('staff', 'reset', name, '--password-file', join(g.dir, 'again.pw'));
	assert.equal((await from('198.51.100.10', { name, password: `${password}-2` })).status, 204);
});

test('a storm of logins is told to come later, and nobody else waits for it', async () => {
	const storm = Array.from({ length: 120 }, (_, i) => login({ name: `nobody${i}`, password: 'guess-0123456' }).then((r) => [r.status, r.headers.get('retry-after')], () => ['closed']));
	const began = Date.now();
	assert.equal((await fetch(`${g.url}/healthz`)).status, 200);
	assert.ok(Date.now() - began < 30000);
	const answers = await Promise.all(storm);
	assert.ok(answers.every(([s]) => s === 401 || s === 503 || s === 'closed'), JSON.stringify(answers));
	assert.ok(answers.some(([s]) => s === 401));
	for (const [s, later] of answers) if (s === 503) assert.equal(later, '2');
});

test('while one address storms the login, an agent at another one logs in at once', async () => {
	const name = 'zhou', password = g.staff(name, 'agent'), told = new Set();
	const agent = new Agent({ keepAlive: true, maxSockets: 36 });
	const post = (options, body) => new Promise((done) => {
		const r = request(`${g.url}/console/api/login`, { method: 'POST', ...options }, (res) => { res.resume(); res.on('end', () => done(res.statusCode)); });
		r.on('error', () => done(0));
		r.end(JSON.stringify(body));
	});
	let on = true;
	const storm = Array.from({ length: 36 }, async (_, i) => { while (on) told.add(await post({ agent }, { name: `nobody${i}`, password: 'guess-0123456' })); });
	await until('the storm to be told to come later', () => told.has(503), 20000);
	for (let i = 0; i < 3; i++) assert.equal(await post({ localAddress: '127.0.0.2' }, { name, password }), 204);
	on = false;
	await Promise.all(storm);
	agent.destroy();
	assert.deepEqual([...told].filter((status) => status !== 401 && status !== 503), []);
});

test('two addresses that storm the login together keep nobody at a third one out', async () => {
	const name = 'wu', password = g.staff(name, 'agent'), told = new Set();
	const post = (localAddress, body) => new Promise((done) => {
		const r = request(`${g.url}/console/api/login`, { method: 'POST', localAddress, agent: false }, (res) => { res.resume(); res.on('end', () => done(res.statusCode)); });
		r.on('error', () => done(0));
		r.end(JSON.stringify(body));
	});
	let on = true;
	const storm = Array.from({ length: 38 }, async (_, i) => { while (on) told.add(await post(`127.0.0.${2 + i % 2}`, { name: `nobody${i}`, password: 'guess-0123456' })); });
	await until('the storm to be told to come later', () => told.has(503), 20000);
	for (let i = 0; i < 6; i++) assert.equal(await post('127.0.0.1', { name, password }), 204);
	on = false;
	await Promise.all(storm);
});

test('chats beyond the cap wait outside until one has gone, and none of those inside is lost', async () => {
	const inside = [];
	const open = async () => {
		const c = new Chat(g.url);
		c.opened = c.open().then(() => { c.in = true; inside.push(c); }, () => {});
		return c;
	};
	const all = [];
	for (let i = 0; i < 60; i++) all.push(await open());
	await until('the first ones', () => inside.length >= 30, 20000);
	const few = inside.length;
	assert.ok(few <= 40, `${few} are in`);
	assert.ok((await inside[0].say('路灯坏了')).ticket);
	for (const c of inside.slice(1, 25)) c.cut();
	await until('more of them', () => inside.length > few, 20000);
	assert.ok((await inside[0].say('还没修')).ticket);
	for (const c of all) c.ws?.terminate();
	await until('room for an operator', async () => (await fetch(`${g.url}/healthz`, { signal: AbortSignal.timeout(2000) }).catch(() => ({}))).status === 200, 20000);
});
