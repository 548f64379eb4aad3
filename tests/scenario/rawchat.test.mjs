// The chat's line over raw sockets, with frames no client would write: each is answered as it ought to be, and everybody else's
// conversation goes on.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { Gateway, until, variant } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';

let g, witness;
before(async () => {
	g = await Gateway.start({ channels: { web: { type: 'webchat' } } });
	witness = await new Chat(g.url).open();
});
after(async () => {
	await witness.close();
	assert.deepEqual(await g.end(), { code: 0, signal: null });
});

const TEXT = 1, BINARY = 2, PING = 9, PONG = 10;

class Raw {
	static async open({ origin, protocol = 'xinqiao.chat.1' } = {}) {
		const r = new Raw();
		r.frames = [];
		r.bytes = Buffer.alloc(0);
		r.socket = connect(g.port, '127.0.0.1');
		r.closed = new Promise((done) => { r.socket.on('close', () => { r.gone = true; done(); }); });
		r.socket.on('error', () => {});
		r.socket.on('data', (d) => { r.bytes = Buffer.concat([r.bytes, d]); r.read(); });
		r.socket.write(['GET /chat/ws HTTP/1.1', `Host: 127.0.0.1:${g.port}`, 'Upgrade: websocket', 'Connection: Upgrade',
			`Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`, 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Protocol: ${protocol}`,
			...(origin ? [`Origin: ${origin}`] : []), '', ''].join('\r\n'));
		await until('the handshake', () => r.status || r.gone);
		return r;
	}

	read() {
		if (!this.status) {
			const end = this.bytes.indexOf('\r\n\r\n');
			if (end < 0) return;
			this.status = Number(this.bytes.subarray(9, 12).toString());
			this.bytes = this.bytes.subarray(end + 4);
		}
		while (this.bytes.length >= 2) {
			let n = this.bytes[1] & 127, at = 2;
			if (n === 126) { if (this.bytes.length < 4) return; n = this.bytes.readUInt16BE(2); at = 4; }
			if (n === 127) { if (this.bytes.length < 10) return; n = Number(this.bytes.readBigUInt64BE(2)); at = 10; }
			if (this.bytes.length < at + n) return;
			this.frames.push({ op: this.bytes[0] & 15, data: this.bytes.subarray(at, at + n) });
			this.bytes = this.bytes.subarray(at + n);
		}
	}

	send(data, { op = TEXT, fin = true, mask = true, claim } = {}) {
		const body = Buffer.from(data), n = claim ?? body.length;
		const head = n < 126 ? Buffer.from([0, n]) : n < 65536 ? Buffer.from([0, 126, n >> 8, n & 255]) : Buffer.alloc(10);
		if (n >= 65536) { head[1] = 127; head.writeBigUInt64BE(BigInt(n), 2); }
		head[0] = (fin ? 128 : 0) | op;
		if (!mask) return this.socket.write(Buffer.concat([head, body]));
		head[1] |= 128;
		const key = randomBytes(4);
		return this.socket.write(Buffer.concat([head, key, body.map((b, i) => b ^ key[i & 3])]));
	}

	say(frame, how) { return this.send(JSON.stringify(frame), how); }
	json() { return this.frames.filter((f) => f.op === TEXT).map((f) => JSON.parse(f.data)); }
	heard(match) { return until(`${match} among ${JSON.stringify(this.json()).slice(0, 500)}`, () => this.json().find(match)); }
	async hello(more = {}) { this.say({ type: 'hello', ...more }); return this.heard((f) => f.type === 'welcome'); }
	async code() {
		const f = await until('a close frame', () => this.frames.find((x) => x.op === 8) || (this.gone && { data: Buffer.from([0, 0]) }));
		return f.data.readUInt16BE(0);
	}

	end() { this.socket.destroy(); return this.closed; }
}

// Somebody else's chat, before and after: alive, and answered.
async function unharmed() {
	await witness.say(`还在吗 ${Date.now()}`);
}

test('a frame in pieces of one byte, with pings between, is one message', async () => {
	const r = await Raw.open();
	await r.hello();
	const words = [...Buffer.from(JSON.stringify({ type: 'message', id: 'pieces', text: '路灯😀坏了' }))];
	words.forEach((b, i) => {
		r.send([b], { op: i ? 0 : TEXT, fin: i === words.length - 1 });
		if (i % 20 === 0) r.send('x', { op: PING });
	});
	const { ticket } = await r.heard((f) => f.type === 'ack' && f.id === 'pieces');
	assert.equal((await g.ticket(ticket)).messages[0].text, '路灯😀坏了');
	assert.ok(r.frames.some((f) => f.op === PONG));
	await r.end();
});

test('the same in TCP segments of one byte', async () => {
	const r = await Raw.open();
	r.socket.setNoDelay(true);
	const key = Buffer.from([1, 2, 3, 4]), body = Buffer.from('{"type":"hello"}');
	for (const b of Buffer.concat([Buffer.from([0x81, 0x80 | body.length]), key, body.map((x, i) => x ^ key[i & 3])])) {
		r.socket.write(Buffer.from([b]));
		await new Promise((done) => setImmediate(done));
	}
	await r.heard((f) => f.type === 'welcome');
	await r.end();
});

for (const [name, code, act] of [
	['a frame above 32 KiB', 1009, (r) => r.say({ type: 'message', id: 'b', text: 'x'.repeat(33 * 1024) })],
	['fragments that are too much together', 1009, (r) => { for (let i = 0; i < 9; i++) r.send('x'.repeat(4096), { op: i ? 0 : TEXT, fin: false }); }],
	['a frame that announces 2 GB', 1009, (r) => r.send('x', { claim: 2 ** 31 })],
	['binary', 1003, (r) => r.send(randomBytes(64), { op: BINARY })],
	['text that is not UTF-8', 1007, (r) => r.send([0xC3, 0x28])],
])
	test(`${name} closes with ${code}`, async () => {
		const r = await Raw.open();
		await r.hello();
		act(r);
		assert.equal(await r.code(), code);
		await r.end();
		await unharmed();
	});

for (const [name, bytes] of [['a reserved operation', [0x83, 0x80, 0, 0, 0, 0]], ['a reserved bit', [0xF1, 0x80, 0, 0, 0, 0]],
	['a ping in pieces', [0x09, 0x80, 0, 0, 0, 0]], ['a ping of 200 bytes', [0x89, 0xFE, 0, 200, 0, 0, 0, 0]],
	['a continuation of nothing', [0x80, 0x80, 0, 0, 0, 0]], ['a length above 2^63', [0x81, 0xFF, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0]]])
	test(`${name} ends the connection and nothing else`, async () => {
		const r = await Raw.open();
		await r.hello();
		r.socket.write(Buffer.concat([Buffer.from(bytes), Buffer.alloc(300)]));
		await until('the end', () => r.gone || r.frames.some((f) => f.op === 8));
		await r.end();
		await unharmed();
	});

test('frames that are not masked say no more than masked ones could', async () => {
	const r = await Raw.open();
	r.say({ type: 'hello' }, { mask: false });
	await until('a welcome or the end', () => r.gone || r.json().some((f) => f.type === 'welcome'));
	await r.end();
	await unharmed();
});

test('a hundred thousand pings cost nobody anything', { timeout: 120000 }, async () => {
	const r = await Raw.open();
	await r.hello();
	const ping = Buffer.from([0x89, 0x84, 0, 0, 0, 0, 1, 2, 3, 4]), many = Buffer.concat(Array(1000).fill(ping));
	for (let i = 0; i < 100; i++) if (!r.socket.write(many)) await new Promise((done) => { r.socket.once('drain', done); r.socket.once('close', done); });
	await unharmed();
	await r.end();
});

const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${g.child.pid}/status`, 'utf8'))[1]) * 1024;

const open = async () => Number(/xinqiao_webchat_connections\{[^}]*\} (\d+)/.exec(await (await fetch(`${g.url}/metrics`)).text())[1]);

test('who reads nothing is waited for, up to a bound, and then closed', { timeout: 240000, skip: variant !== 'release' && 'memory is measured of the program as it ships' }, async () => {
	const chat = await new Chat(g.url).open();
	const { ticket } = await chat.say('有一件事');
	const slow = await Raw.open();
	await slow.hello({ token: chat.token, last_seq: 0 });
	slow.socket.pause();
	const before = rss(), all = await open(), words = '长'.repeat(6000);
	let most = 0, n = 0, closed = false;
	const writer = async () => {
		while (!closed && n < 2500) {
			assert.equal((await g.reply(ticket, `${++n} ${words}`)).status, 201);
			most = Math.max(most, rss() - before);
			closed = closed || (n % 50 === 0 && await open() < all);
		}
	};
	await Promise.all([writer(), writer(), writer(), writer()]);
	await until('it is closed', async () => await open() < all, 60000);
	assert.ok(most < 96 << 20, `${most >> 20} MiB at most for one who does not read, and for what is written meanwhile`);
	await until('whoever reads has all of it', () => chat.frames.some((f) => f.text?.startsWith(`${n} `)), 60000);
	await unharmed();
	await Promise.all([slow.end(), chat.close()]);
});

test('a foreign page, a forged token and a number from the future', async () => {
	const foreign = await Raw.open({ origin: 'https://evil.example' });
	assert.equal(foreign.status, 403);
	const mine = await witness.say('我的事');
	const forged = await Raw.open({ origin: g.url });
	const broken = witness.token.slice(0, -1) + (witness.token.endsWith('a') ? 'b' : 'a');
	const { token, last_seq } = await forged.hello({ token: broken, last_seq: 0 });
	assert.notEqual(token, witness.token);
	assert.equal(last_seq, 0);
	assert.ok(!forged.json().some((f) => f.text === '我的事'));
	const future = await Raw.open();
	const welcome = await future.hello({ token: witness.token, last_seq: Number.MAX_SAFE_INTEGER });
	assert.ok(welcome.last_seq >= mine.seq);
	await future.heard((f) => f.text === '我的事');
	assert.equal(future.json().filter((f) => f.type === 'message')[0].seq, 1, 'and is shown all of it');
	for (const last_seq of [-1, 1.5, '7', 1e300, []]) {
		const odd = await Raw.open();
		odd.say({ type: 'hello', last_seq });
		await odd.heard((f) => f.type === 'error' && f.code === 'bad-json');
		await odd.end();
	}
	await Promise.all([foreign.end(), forged.end(), future.end()]);
});
