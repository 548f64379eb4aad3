// Those who hold connections and say a byte now and then: they are let go, and keep nobody out.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
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
