// Those who hold connections and say a byte now and then: they are let go, and keep nobody out.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import WebSocket from 'ws';
import { Chat } from './lib/chat.mjs';
import { Gateway, freePort, slack, until } from './lib/gateway.mjs';
import { lmtp, mail } from './lib/mail.mjs';

const SLOW = 400, LIMIT_MS = 45000; // the longest of the gateway's patience here is 30 s
let g, port;
const held = [];
before(async () => {
	port = await freePort();
	g = await Gateway.start({ channels: { web: { type: 'webchat' }, mail: { type: 'email', address: '12345@city.example', lmtp_listen: `127.0.0.1:${port}` } } });
});
after(async () => {
	for (const s of held) s.destroy();
	assert.deepEqual(await g.end(), { code: 0, signal: null });
});

// Says begin, then a byte a second of text until it is let go.
function slow(to, begin, text) {
	const s = connect(to, '127.0.0.1', () => s.write(begin));
	let i = 0;
	s.told = '';
	s.on('error', () => {});
	s.on('data', (d) => { s.told += d; });
	s.on('close', () => { s.gone = true; clearInterval(s.timer); });
	s.timer = setInterval(() => s.write(text[i++ % text.length]), 1000);
	held.push(s);
	return s;
}
const many = (n, ...of) => Array.from({ length: n }, () => slow(...of));

describe('slow ones', { concurrency: true }, () => {
test('an MTA delivers while four hundred say a byte a second to LMTP, and those are let go', { timeout: 120000 * slack }, async () => {
	const all = many(SLOW, port, '', 'LHLO a-name-that-is-never-finished-');
	await until('as many as there is room for to be in', () => all.filter((s) => s.told.startsWith('220')).length >= 70, 30000);
	assert.ok(all.some((s) => s.told.startsWith('421')), 'the rest is told to come later');
	for (let i = 0; i < 10; i++) // told 421 a mail server comes again
		await until(`mail ${i}`, async () => (await lmtp(port, mail({ from: `m${i}@example.org`, text: `第${i}封：路灯坏了` })))[0].startsWith('250'), 20000);
	assert.ok(all.some((s) => s.told.includes('Others need the room')), 'somebody slow made room');
	await until('all of them to be gone', () => all.every((s) => s.gone), LIMIT_MS);
});

test('heads, bodies and silent chats that trickle are let go, and others are served meanwhile', { timeout: 120000 * slack }, async () => {
	const chat = await new Chat(g.url).open();
	const heads = many(50, g.port, 'GET /chat HTTP/1.1\r\n', 'X-A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb');
	const bodies = many(50, g.port, 'POST /console/api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n', ' ');
	const mute = Array.from({ length: 5 }, () => { // it answers pings, and never says hello
		const ws = new WebSocket(`${g.url.replace('http', 'ws')}/chat/ws`, 'xinqiao.chat.1');
		ws.on('error', () => {});
		ws.on('close', () => { ws.gone = true; });
		return ws;
	});
	const all = [...heads, ...bodies, ...mute];
	for (let i = 0; i < 5; i++) {
		assert.ok((await chat.say(`第${i}句：路灯坏了`)).seq);
		assert.equal((await fetch(`${g.url}/healthz`)).status, 200);
	}
	await until('all of them to be gone', () => all.every((s) => s.gone), LIMIT_MS);
	assert.ok((await chat.say('我还在')).seq, 'and who spoke is still in');
	await chat.close();
});
});

test('files that strangers send, all but the last byte, are not kept, and a citizen sends his', { timeout: 120000 * slack }, async () => {
	const MANY = 20, LONG = 10 << 20, piece = Buffer.alloc(1 << 20, 65);
	const memory = () => /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${g.child.pid}/status`, 'utf8'))[1] / 1024;
	const before = memory();
	const strangers = await Promise.all(Array.from({ length: MANY }, () => new Promise((done) => {
		const s = connect(g.port, '127.0.0.1');
		const go = (left) => (left ? s.write(piece.subarray(0, left), () => go(left - Math.min(left, piece.length))) : done(s));
		s.told = '';
		s.on('error', () => {});
		s.on('data', (d) => { s.told += d; });
		held.push(s);
		s.write(`POST /chat/files?name=a.txt HTTP/1.1\r\nHost: x\r\nContent-Length: ${LONG}\r\n\r\n`);
		go(LONG - 1);
	})));
	const chat = await new Chat(g.url).open();
	const sent = await fetch(`${g.url}/chat/files?name=a.txt`, { method: 'POST', body: 'A'.repeat(LONG), headers: { authorization: `Bearer ${chat.token}` } });
	assert.equal(sent.status, 201);
	const more = memory() - before;
	assert.ok(more < 64, `${MANY} times 10 MiB of nobody take ${more.toFixed(0)} MiB`);
	for (const s of strangers) s.write('A');
	await until('each of them to be told', () => strangers.every((s) => s.told.startsWith('HTTP/1.1 401')), 30000);
	await chat.close();
});
