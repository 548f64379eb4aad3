// What fails, fails under load on all channels: each call in turn, then whole situations that last. The citizen's message is
// kept, or refused so that its peer gives it again; nothing acknowledged is lost; the gateway serves again by itself.
// XQ_FAULTS_EACH sets how often each call fails (1), XQ_SEED which.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, createServer } from 'node:net';
import { City, pause } from './lib/city.mjs';
import { freePort, slack, until, variant } from '../scenario/lib/gateway.mjs';
import { lmtp, mail } from '../scenario/lib/mail.mjs';
import { sweep, sweeps } from './lib/sweep.mjs';

const each = Number(process.env.XQ_FAULTS_EACH || 1), seed = Number(process.env.XQ_SEED || Date.now() % 1e9);
const sockets = new Set();
// A peer that accepts and says nothing but what `came` makes of each connection; it counts them.
const dumb = (came = () => {}) => new Promise((done) => {
	const s = createServer((c) => {
		s.count = (s.count ?? 0) + 1;
		sockets.add(c);
		c.on('error', () => {});
		c.on('close', () => { clearInterval(c.timer); sockets.delete(c); });
		c.resume();
		came(c, s);
	});
	s.listen(0, '127.0.0.1', () => done(s));
});
// A carrier that says all it should, a byte a second: the answer to the bind, then one enquire_link after the other. What it was
// answered to those is kept.
const pdu = (id, sequence, body = '') => {
	const b = Buffer.alloc(16 + body.length);
	[b.length, id, 0, sequence].forEach((v, i) => b.writeUInt32BE(v, 4 * i));
	b.write(body, 16);
	return b;
};
const drips = (c, server) => {
	let out = Buffer.alloc(0), read = Buffer.alloc(0), asked = 0, bound = false;
	c.on('data', (d) => {
		for (read = Buffer.concat([read, d]); read.length >= 16; read = read.subarray(read.readUInt32BE(0))) {
			const [id, sequence] = [read.readUInt32BE(4), read.readUInt32BE(12)];
			if (id === 9) [out, bound] = [pdu(0x80000009, sequence, 'x\0'), true];
			if (id === 0x80000015) server.answers.push(sequence);
		}
	});
	c.timer = setInterval(() => {
		if (!out.length && bound) out = pdu(0x15, ++asked);
		c.write(out.subarray(0, 1));
		out = out.subarray(1);
	}, 1000);
};
let c, silent, hung, dripping;

before(async () => {
	[silent, hung, dripping] = [await dumb(), await dumb(), Object.assign(await dumb(drips), { answers: [] })];
	const hungLmtp = await freePort();
	const carrier = (server) => ({ type: 'smpp', host: '127.0.0.1', port: server.address().port, system_id: 'x', password: 'x', number: '9', reconnect_max: 1, response_timeout: 2 });
	c = await City.start({ channels: {
		silent: carrier(silent), dripping: { ...carrier(dripping), response_timeout: 60 }, // these two are there all the time
		nameless: { ...carrier(silent), host: 'carrier.test.invalid' }, nameless2: { ...carrier(silent), host: 'carrier2.test.invalid' }, nameless3: { ...carrier(silent), host: 'carrier3.test.invalid' },
		hung: { type: 'email', address: 'hung@city.example', lmtp_listen: `127.0.0.1:${hungLmtp}`, smtp_url: `smtp://127.0.0.1:${hung.address().port}` },
	}, mute: ['hung'], sections: { 'forward hung': { url: `http://127.0.0.1:${silent.address().port}/`, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' } } });
	c.staffPassword = c.g.staff('chen', 'agent');
	await c.serves();
	const text = '寄往不应答的邮箱：路灯坏了';
	c.note({ tried: text }); // its receipt is what the silent mail server is asked to take, and the clerk's answers
	assert.match((await lmtp(hungLmtp, mail({ text }), { to: ['hung@city.example'] }))[0], /^250 /);
	await until('the silent mail server to be asked', () => hung.count > 0);
});
after(() => { for (const s of [silent, hung, dripping]) s.close(); for (const s of sockets) s.destroy(); if (!c.g.child.done) c.g.child.kill('SIGKILL'); if (c.crowdGone === undefined) c.crowd.disconnect(); });

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
			assert.equal((await (await fetch(`${c.g.url}/readyz`)).json()).store.healthy, false);
			assert.match((await lmtp(c.lmtp, mail({ text: '磁盘满了' })))[0], /^4\d\d /);
			assert.ok(await c.busy(500) < 0.9);
		} finally { c.faults.heal(); }
		const again = c.g.log.slice(from).match(/outcome not stored yet.*?message=\d+/g) ?? [];
		assert.equal(new Set(again).size, again.length, 'what could not be stored is said once each, not at every try');
		await c.serves();
	});
}

test('a log that cannot be moved into its file is said once, nobody is refused for it, and it is moved once it can be', limits, async () => {
	const from = c.g.log.length, said = (words) => c.g.log.slice(from).split(words).length - 1;
	try {
		c.faults.arm('DB_WRITE', 'ENOSPC', 1, 1e9);
		await until('the store to say so', () => said('the log could not be moved into the file') > 0, 30000);
		await until('it to try again', () => c.faults.fired('DB_WRITE') > 10, 30000);
		await c.serves();
	} finally { c.faults.heal(); }
	await until('the store to say that it is over', () => said('the log is moved into the file again') > 0, 30000);
	assert.deepEqual([said('the log could not be moved into the file'), said('the log is moved into the file again')], [1, 1]);
	await c.serves();
});

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
	await until('the carrier that drips to be bound and answered', () => dripping.answers.length > 1, 60000);
	await c.serves();
	for (const s of slow) s.destroy();
});

test('after all of it: nothing acknowledged is lost, nothing is there twice, no answer was sent twice, order is kept', { timeout: 2 * limits.timeout + 90000 * slack }, async () => {
	const { wrong, end, ...figures } = await c.verdict();
	console.log(JSON.stringify({ seed, wrong: wrong.length, ...figures }));
	assert.deepEqual(wrong, []);
	assert.deepEqual(end, { code: 0, signal: null });
});
