// What fails, fails under load on all channels: each call in turn, then whole situations that last. The citizen's message is
// kept, or refused so that its peer gives it again; nothing acknowledged is lost; the gateway serves again by itself.
// XQ_FAULTS_EACH sets how often each call fails (1), XQ_SEED which.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, createServer } from 'node:net';
import { City, pause } from './lib/city.mjs';
import { slack, variant } from '../scenario/lib/gateway.mjs';
import { lmtp, mail } from '../scenario/lib/mail.mjs';
import { sweep, sweeps } from './lib/sweep.mjs';

const each = Number(process.env.XQ_FAULTS_EACH || 1), seed = Number(process.env.XQ_SEED || Date.now() % 1e9);
const sockets = new Set();
// A peer that accepts and says nothing, or one byte a second.
const dumb = (byte) => new Promise((done) => {
	const s = createServer((c) => {
		sockets.add(c);
		c.on('error', () => {});
		const timer = byte && setInterval(() => c.write(byte), 1000);
		c.on('close', () => { clearInterval(timer); sockets.delete(c); });
		c.resume();
	});
	s.listen(0, '127.0.0.1', () => done(s));
});
let c, silent, dripping;

before(async () => {
	silent = await dumb(null);
	dripping = await dumb('\0');
	const carrier = (server) => ({ type: 'smpp', host: '127.0.0.1', port: server.address().port, system_id: 'x', password: 'x', number: '9', reconnect_max: 1, response_timeout: 2 });
	c = await City.start({ channels: {
		silent: carrier(silent), dripping: carrier(dripping), // these two are there all the time
		nameless: { ...carrier(silent), host: 'carrier.test.invalid' }, nameless2: { ...carrier(silent), host: 'carrier2.test.invalid' }, nameless3: { ...carrier(silent), host: 'carrier3.test.invalid' },
		hung: { type: 'email', address: 'hung@city.example', smtp_url: `smtp://127.0.0.1:${silent.address().port}` },
	}, sections: { 'forward hung': { url: `http://127.0.0.1:${silent.address().port}/`, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' } } });
	c.staffPassword = c.g.staff('chen', 'agent');
	await c.serves();
});
after(() => { for (const s of [silent, dripping]) s.close(); for (const s of sockets) s.destroy(); if (!c.g.child.done) c.g.child.kill('SIGKILL'); if (c.crowdGone === undefined) c.crowd.disconnect(); });

const limits = { timeout: 120000 + each * 60000 };
for (const [k, s] of sweeps.entries()) {
	if (s[0] === 'MALLOC' && variant !== 'release') continue; // a sanitizer's allocator is its own
	test(`${s[0]} fails with ${s[1]}, ${each} times (seed ${seed})`, limits, async () => {
		const r = await sweep(c, s, s[0] === 'MALLOC' ? each * 5 : each, seed + k, ['web', 'mail', 'wechat', 'replies'][k % 4]);
		if (each > 10) console.log(JSON.stringify({ point: s[0], action: s[1], fired: r.fired, ended: r.ended }));
		assert.deepEqual(r.wrong, []);
		assert.ok(r.fired > 0, 'the call was made and failed');
	});
}

test('a store that cannot be put on disk at the start stops it, with a word and a code of its own', limits, async () => {
	await c.g.kill();
	c.faults.arm('DB_SYNC', 'EIO', 1, 1000); // what the last life left in the log is copied first
	await assert.rejects(c.g.up(), /"code":74/);
	assert.match(c.g.log, /could not put on disk what it was given: stopping.*store\.db/);
	c.faults.heal();
	await c.again();
	await c.serves();
});

for (const [what, error] of [['a full disk', 'ENOSPC'], ['a store that became read-only', 'EROFS']]) {
	test(`${what} refuses everybody, and once it is over all are served again`, limits, async () => {
		await pause(300);
		const from = c.g.log.length;
		try {
			for (const p of ['WAL_WRITE', 'DB_WRITE', 'BLOB_WRITE']) c.faults.arm(p, error, 1, 1e9);
			await pause(400 * slack);
			const at = await c.counts();
			await pause(1000 * slack);
			assert.deepEqual(await c.counts(), at, 'nothing is acknowledged meanwhile');
			assert.equal((await fetch(`${c.g.url}/healthz`)).status, 200);
			assert.equal((await fetch(`${c.g.url}/readyz`)).status, 503);
			assert.match((await lmtp(c.lmtp, mail({ text: '磁盘满了' })))[0], /^4\d\d /);
			assert.ok(await c.busy(500) < 0.9);
		} finally { c.faults.heal(); }
		const again = c.g.log.slice(from).match(/outcome not stored yet.*?message=\d+/g) ?? [];
		assert.equal(new Set(again).size, again.length, 'what could not be stored is said once each, not at every try');
		await c.serves();
	});
}

test('no descriptor left: who is connected is served, nothing spins, and newcomers are served as soon as there is one', limits, async () => {
	const quiet = await c.busy(1000);
	c.descriptors(0);
	const many = Array.from({ length: 60 }, (_, k) => { const s = connect(k % 2 ? c.g.port : c.lmtp, '127.0.0.1'); s.on('error', () => {}); return s; });
	await pause(300);
	const at = c.g.log.length, busy = await c.busy(3000);
	console.log(`processor: ${quiet.toFixed(2)} before, ${busy.toFixed(2)} without descriptors, ${c.g.log.length - at} bytes of log`);
	assert.ok(busy < quiet + 0.4, `it spins: ${busy}`);
	assert.ok(c.g.log.length - at < 400000, `it floods its log: ${c.g.log.slice(at, at + 2000)}`);
	c.descriptors(null);
	for (const s of many) s.destroy();
	await c.serves();
});

test('a clock that jumps by an hour and a day, forth and back, costs nothing', limits, async () => {
	for (const ms of [3600e3, -3600e3, 86400e3, -86400e3, 0]) {
		c.faults.clock(ms);
		await c.serves();
	}
});

test('names that are never found hold up nobody else: mail is read, passwords are checked', limits, async () => {
	c.faults.names(20000);
	await pause(2500); // by now every carrier with a name has asked
	const began = Date.now();
	const login = await fetch(`${c.g.url}/console/api/login`, { method: 'POST', body: JSON.stringify({ name: 'chen', password: c.staffPassword }) });
	assert.equal(login.status, 204);
	await c.serves();
	assert.ok(Date.now() - began < 15000 * slack, `${Date.now() - began} ms`);
	c.faults.heal();
});

test('a byte a second holds up nobody', limits, async () => {
	const slow = [[c.g.port, 'POST /api/v1/tickets HTTP/1.1\r\nHost: x\r\n'], [c.lmtp, 'LHLO somewhere.example.org\r\n'], [c.g.port, 'GET /chat/ws HTTP/1.1\r\n']].map(([port, text]) => {
		const s = connect(port, '127.0.0.1');
		let at = 0;
		s.on('error', () => {});
		s.timer = setInterval(() => s.write(text[at++ % text.length]), 1000);
		s.on('close', () => clearInterval(s.timer));
		return s;
	});
	await c.serves();
	for (const s of slow) s.destroy();
});

test('after all of it: nothing acknowledged is lost, nothing is there twice, no answer was sent twice, order is kept', limits, async () => {
	const { wrong, end, ...figures } = await c.verdict();
	console.log(JSON.stringify({ seed, wrong: wrong.length, ...figures }));
	assert.deepEqual(wrong, []);
	assert.deepEqual(end, { code: 0, signal: null });
});
