// Each channel flooded with more than it can take, SECONDS (60) each, while a few people on all channels go on writing: they
// must all be served, memory must stay bounded, and seconds after the flood all must be as before. What the floods were told,
// what the others waited and how long the recovery took is printed; times do not decide. Not a .test: it is a load of minutes.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import WebSocket from 'ws';
import { Gateway, freePort, root, slack } from '../scenario/lib/gateway.mjs';
import { Chat } from '../scenario/lib/chat.mjs';
import { lmtp, mail } from '../scenario/lib/mail.mjs';
import { Smsc } from '../scenario/lib/smsc.mjs';
import { Platform, xml } from '../scenario/lib/wechat.mjs';

const seconds = Number(process.env.XQ_FLOOD_SECONDS || 60);
const pause = (ms) => new Promise((r) => setTimeout(r, ms));
const started = new Set();
let g, smsc, platform, mailPort, silent, quiet, chats, n = 0;

function load(name, ...args) {
	const child = spawn(join(root, `build/release/${name}_load`), args.map(String), { stdio: ['pipe', 'pipe', 'ignore'] });
	child.out = '';
	child.stdout.on('data', (d) => { child.out = (child.out + d).slice(-4000); });
	child.ended = new Promise((done) => child.on('exit', done));
	child.stdin.on('error', () => {});
	started.add(child);
	return child;
}
async function over(child, signal = 'SIGTERM') { child.kill(signal); await child.ended; started.delete(child); }

// --- the few ---

const probes = {
	web: async () => { await chats[n++ % chats.length].say(`网上第${n}句，路灯坏了`); },
	sms: async () => { assert.equal(await smsc.deliver(`137${String(++n).padStart(8, '0')}`, `短信第${n}条，路灯坏了`, { ms: 30000 * slack }), 0); },
	mail: async () => { assert.match((await lmtp(mailPort, mail({ from: `p${++n}@example.org`, text: `邮件第${n}封，路灯坏了` })))[0], /^250/); },
	wechat: async () => {
		const answer = await platform.post(`${g.url}/wechat`, platform.pack(xml(platform.fields(`oProbe${++n}`, { MsgType: 'text', Content: `微信第${n}条`, MsgId: 9000000000000 + n }))), 30000 * slack);
		assert.equal(answer?.text, 'success');
	},
};
const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${g.child.pid}/status`, 'utf8'))[1]) / 1024;
const at = (list, p) => list.length ? Math.round(list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * p))] * 10) / 10 : NaN;

async function measure(ms, but) {
	const end = Date.now() + ms, got = {};
	let most = 0;
	const watch = setInterval(() => { most = Math.max(most, memory()); }, 200);
	await Promise.all(Object.entries(probes).filter(([name]) => name !== but).map(async ([name, probe]) => {
		const took = [];
		got[name] = { failed: 0 };
		while (Date.now() < end) {
			const began = performance.now();
			try { await probe(); took.push(performance.now() - began); } catch (e) { got[name].failed++; got[name].why = String(e.message).slice(0, 200); }
			await pause(60);
		}
		Object.assign(got[name], { n: took.length, p50: at(took, 0.5), p99: at(took, 0.99) });
	}));
	clearInterval(watch);
	return { got, memory: Math.round(most) };
}

// Until each of the few waits no longer than twice what the slowest of a hundred waited when it was quiet.
async function recovered() {
	const began = Date.now();
	for (const [name, probe] of Object.entries(probes)) {
		for (;;) {
			const t = performance.now();
			try { await probe(); if (performance.now() - t <= 2 * Math.max(quiet.got[name].p99, 20)) break; } catch { /* not yet */ }
			assert.ok(Date.now() - began < 30000 * slack, `${name} is not as before`);
			await pause(30);
		}
	}
	return Date.now() - began;
}

async function flood(what, but, begin, end) {
	const state = await begin();
	const during = await measure(seconds * 1000, but);
	const said = await end(state);
	const back = await recovered();
	const ratio = Object.fromEntries(Object.entries(during.got).map(([k, v]) => [k, `${v.p99} ms (${(v.p99 / quiet.got[k].p99).toFixed(1)} x quiet)`]));
	console.log(JSON.stringify({ flood: what, told: said, p99: ratio, memory_mb: during.memory, recovered_ms: back }));
	for (const [k, v] of Object.entries(during.got)) assert.equal(v.failed, 0, `${k}: ${v.why}`);
	assert.ok(during.memory < 512, `${during.memory} MB`);
	assert.equal(g.child.done, undefined, g.log.slice(-3000));
	assert.ok(g.log.length < 64 << 20, 'the log is not flooded');
	g.log = '';
}

const many = (count, f) => { const state = { on: true, told: {} }; state.work = Array.from({ length: count }, (_, k) => f(state, k)); return state; };
const tell = (state, what) => { state.told[what] = (state.told[what] || 0) + 1; };
async function rest(state) { state.on = false; await Promise.all(state.work); return state.told; }

before(async () => {
	spawnSync('make', ['--no-print-directory', 'benches'], { cwd: root, stdio: 'inherit' });
	smsc = await Smsc.start();
	platform = await Platform.start({});
	platform.enforce = false;
	mailPort = await freePort();
	silent = createServer((c) => { c.on('error', () => {}); c.resume(); });
	await new Promise((done) => silent.listen(0, '127.0.0.1', done));
	const heavy = load('smpp', '--count', 1e8, '--window', 1000);
	while (!/^\d+/m.test(heavy.out)) await pause(20);
	const carrier = { type: 'smpp', host: '127.0.0.1', system_id: 'xinqiao', password: 'secret', number: '12345', reconnect_max: 1, pace: 0 };
	heavy.kill('SIGSTOP'); // until it is its turn
	g = await Gateway.start({ channels: {
		web: { type: 'webchat' }, sms: { ...carrier, port: smsc.port }, heavy: { ...carrier, port: /^\d+/m.exec(heavy.out)[0], enquire: 0, response_timeout: 600 },
		mail: { type: 'email', address: '12345@city.example', lmtp_listen: `127.0.0.1:${mailPort}` },
		wechat: platform.channel({ path: '/wechat' }),
	}, settings: { max_connections: 12000, ...(process.env.XQ_FLOOD_SETTINGS ? JSON.parse(process.env.XQ_FLOOD_SETTINGS) : {}) },
	sections: { 'forward hung': { url: `http://127.0.0.1:${silent.address().port}/`, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' } } }); // a department that hangs, all the time
	g.heavy = heavy;
	g.token();
	g.staff('chen', 'agent');
	chats = await Promise.all(Array.from({ length: 24 }, () => new Chat(g.url).open()));
	await smsc.bound();
	quiet = await measure(10000);
	console.log(JSON.stringify({ quiet: quiet.got, memory_mb: quiet.memory }));
});
after(async () => {
	for (const c of started) { c.kill('SIGCONT'); c.kill('SIGKILL'); }
	for (const c of chats || []) c.ws.terminate();
	silent?.close();
	await Promise.all([smsc?.close(), platform?.end()]);
	if (g && !g.child.done) assert.deepEqual(await g.end(), { code: 0, signal: null });
});
const limits = { timeout: (seconds * 3 + 180) * 1000 * slack };

test('ten thousand clients of the chat who all come back at once', limits, async () => {
	await flood('10,000 chats come back', null, async () => many(1, async (state) => {
		for (let k = 0; state.on && k < 4; k++) {
			const l = load('chat', '--port', g.port, '--idle', 10000, '--rate', 0, '--seconds', 1), began = Date.now();
			while (!l.out.includes('open') && state.on && l.exitCode === null) await pause(20);
			if (l.out.includes('open')) tell(state, `all open after ${Date.now() - began} ms`);
			await over(l, 'SIGKILL');
		}
	}), rest);
});

test('the chat: a hundred who write without waiting', limits, () => flood('chat', 'web', async () => many(100, async (state, k) => {
	const c = await new Chat(g.url).open();
	for (let i = 0; state.on && c.ws.readyState === 1; i++) {
		c.raw({ type: 'message', id: `f${k}-${i}`, text: `洪水${k}之${i}` });
		for (const f of c.frames.splice(0)) if (f.type === 'ack' || f.type === 'error') tell(state, f.type === 'ack' ? 'acknowledged' : f.code);
		await pause(20);
	}
	c.ws.terminate();
}), rest));

test('a flood of pings, each of which wants a pong', limits, () => flood('pings', null, async () => many(20, async (state) => {
	const ws = new WebSocket(`${g.url.replace('http', 'ws')}/chat/ws`, 'xinqiao.chat.1');
	ws.on('error', () => {});
	ws.on('pong', () => tell(state, 'pong'));
	ws.on('close', () => tell(state, 'closed'));
	await new Promise((done) => { ws.once('open', done); ws.once('close', done); });
	while (state.on && ws.readyState === 1) { for (let i = 0; i < 50 && ws.bufferedAmount < 1e6; i++) ws.ping(); await pause(20); }
	ws.terminate();
}), rest));

test('one carrier that never waits', limits, () => flood('text messages', null, async () => { g.heavy.kill('SIGCONT'); return g.heavy; }, async (l) => {
	const taken = /xinqiao_intake_total\{channel="heavy"[^}]*\} (\d+)/.exec(await (await fetch(`${g.url}/metrics`)).text());
	await over(l);
	return taken ? { taken: Number(taken[1]) } : l.out.slice(-300);
}));

test('mails over sixty-four connections', limits, () => flood('mails', 'mail', async () => load('mail', '--port', mailPort, '--count', 1e7, '--connections', 64, '--size', 4096), async (l) => { await over(l); return l.out.slice(-300); }));

test("WeChat's platform over 256 connections", limits, () => flood('wechat', 'wechat', async () => many(1, async (state) => {
	while (state.on) { const l = load('wechat', '--port', g.port, '--count', 20000, '--connections', 256); while (state.on && l.exitCode === null) await pause(20); await over(l); tell(state, 'rounds of 20,000'); }
}), rest));

test('the API: two hundred askers who never wait, and a thousand logins a second', limits, () => flood('api and logins', null, async () => many(200, async (state, k) => {
	while (state.on) {
		try {
			const r = k % 2 ? await g.api('GET', '/api/v1/tickets?limit=50')
				: await fetch(`${g.url}/console/api/login`, { method: 'POST', body: JSON.stringify({ name: `nobody${k}`, password: 'wrong-Passw0rd' }) });
			if (k % 2 === 0) await r.arrayBuffer();
			tell(state, `${k % 2 ? 'list' : 'login'} ${r.status}`);
		} catch (e) { tell(state, e.cause?.code || e.name); await pause(50); }
	}
}), rest));

// LMTP's hundred connections are for the mail server next door, so few are taken there.
test('slowloris: two thousand who say a byte every five seconds, at the web and at LMTP', limits, () => flood('slowloris', null, async () => many(2000, async (state, k) => {
	const s = connect(k % 40 ? g.port : mailPort, '127.0.0.1'), text = k % 40 ? 'GET /chat HTTP/1.1\r\nX-A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbb' : 'LHLO aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
	let closed = false;
	s.on('error', () => {});
	s.on('close', () => { closed = true; });
	s.on('data', () => {});
	for (let i = 0; state.on && !closed; i++) { s.write(text[i % text.length]); for (let w = 0; w < 50 && state.on && !closed; w++) await pause(100); }
	tell(state, `${k % 40 ? 'web' : 'lmtp'} ${closed ? 'closed by the gateway' : 'still open'}`);
	s.destroy();
}), rest));

test('one citizen who sends a thousand messages', limits, async () => {
	const texts = () => smsc.texts.filter((t) => t.to.endsWith('13600000001')).length;
	await flood('one citizen', null, async () => many(1, async (state) => {
		for (let k = 0; k < 1000 && state.on; k++) tell(state, `status ${await smsc.deliver('13600000001', `又是我，第${k}遍：路灯坏了`, { ms: 30000 * slack })}`);
	}), async (state) => { await Promise.all(state.work); return { ...state.told, answered: texts() }; });
	const t = (await g.tickets('&channel=sms')).filter((x) => x.peer.endsWith('13600000001'));
	const kept = (await Promise.all(t.map((x) => g.ticket(x.number)))).flatMap((x) => x.messages.filter((m) => m.from === 'citizen'));
	assert.equal(kept.length, 1000, 'every one is kept');
	assert.ok(texts() <= 25, `${texts()} answers`);
});
