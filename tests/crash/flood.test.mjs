// Each channel flooded with more than it can take while a few people on all channels go on writing: they must all be served, memory
// must stay bounded, and seconds after the flood all must be as before. Who floods, who waits and who judges are processes of their
// own (lib/many.mjs, lib/few.mjs, this one). Who floods runs when nobody else wants the processor (SCHED_IDLE): in life those are
// other machines, and here they take what is left, which is enough for a flood. What the few waited, quiet and under each flood, is
// printed as a table at the end, and beside it how long the gateway's loop was busy, and stood waiting for a processor, and what was
// offered and taken. FLOOD_SECONDS each (3; tests/crash/run: 60), in XQ_FLOOD_TIMES pieces (1; tests/crash/run: 3): of several the
// median decides whether the others were served as when it is quiet, of one no time does. XQ_FLOODS=chat,logins only those. Against
// the release only: what a sanitizer costs is no measure.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Gateway, freePort, root, slack, variant } from '../scenario/lib/gateway.mjs';
import { apart, idle, pause } from './lib/apart.mjs';

const times = Number(process.env.XQ_FLOOD_TIMES || 1), seconds = Number(process.env.FLOOD_SECONDS || 3) / times;
const quietSeconds = Math.min(times > 1 ? 5 : 10, seconds);
const only = process.env.XQ_FLOODS?.split(',');
const MEMORY_MB = 512, BACK_MS = 15000 * slack, AS_BEFORE_MS = 250, LOG_MAX = 64 << 20, here = variant === 'release';
const started = new Set(), table = [];
let g, few, many, mailPort, silent;
// What nobody else's flood makes of a p99: twice what it is quiet, of which a few milliseconds are any machine's.
const TIMES_QUIET = 2, QUIET_MS = 5;
// Carriers that send whatever is answered: so many messages fall due each second, ten times what is taken and more.
const OFFERED = 300000, OFFERED_BY_TAKEN = 10;
const heavy = { smpp: { system_id: 'xinqiao', password: 'secret' },
	cmpp: { source_addr: '901234', secret: 'bench', verify_server: 'no' },
	sgip: { login: 'bench', password: 'bench', smg_login: 'smg', smg_password: 'bench', node_id: 3010092008, corp_id: 92008, idle: 0 },
	smgp: { client_id: '10612345', secret: 'bench' } };

// A generator of the benches, in C.
function load(name, ...args) {
	const child = spawn(idle[0], [...idle.slice(1), join(root, `build/release/${name}_load`), ...args].map(String), { stdio: ['pipe', 'pipe', 'ignore'] });
	child.out = '';
	child.stdout.on('data', (d) => { child.out = (child.out + d).slice(-4000); });
	child.ended = new Promise((done) => child.on('exit', done));
	child.stdin.on('error', () => {});
	started.add(child);
	return child;
}
async function over(child, signal = 'SIGKILL') { child.kill(signal); await child.ended; started.delete(child); }
const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${g.child.pid}/status`, 'utf8'))[1]) / 1024;
// The sum of a metric, of those whose labels begin so.
const metric = async (name) => {
	const all = await (await fetch(`${g.url}/metrics`)).text();
	return [...all.matchAll(new RegExp(`^${name}[^ ]* (\\d+)$`, 'gm'))].reduce((sum, m) => sum + Number(m[1]), 0);
};
const taken = (channel) => metric(`xinqiao_messages_in_total\\{channel="${channel}"`);
// The loop's milliseconds: busy in all, of them not running but waiting for a processor, which everybody here shares; and its long turns.
async function loop() {
	const waited = Number(readFileSync(`/proc/${g.child.pid}/task/${g.child.pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
	const turns = (ms) => metric(`xinqiao_loop_turns_total\\{at_least_ms="${ms}"`);
	return { busy: await metric('xinqiao_loop_busy_ms_total'), waited: Math.round(waited), of20: await turns(20), of100: await turns(100) };
}
const passed = (before, after) => Object.fromEntries(Object.entries(after).map(([k, v]) => [k, v - before[k]]));
const total = (said) => Object.values(said).reduce((a, b) => a + b, 0);
const median = (v) => [...v].sort((a, b) => a - b)[v.length >> 1];
const p99s = (pieces, when) => Object.fromEntries(Object.keys(pieces[0][when])
	.map((k) => [k, { p99: median(pieces.map((p) => p[when][k].p99)) }]));

// `but`: the few whose own channel is full are not served as if it were not; `known`: why the others are not either; `amounts`: what
// was offered and taken, by what the flood was told; `open`: it is offered whatever is taken.
async function flood(what, { known, open, amounts = () => ({}), ...of }) {
	const pieces = [];
	for (let k = 0; k < times; k++) pieces.push(await piece(what, of));
	const quiet = p99s(pieces, 'quiet'), during = p99s(pieces, 'during'), all = pieces.map((p) => amounts(p.said));
	const sum = (key) => (all[0][key] === undefined ? undefined : all.reduce((n, a) => n + a[key], 0));
	const most = (key) => Math.max(...pieces.map((p) => p[key])), offered = sum('offered'), taken = sum('taken');
	table.push({ what, quiet, during, most: most('most'), back: most('back'), turns: pieces.at(-1).turns, offered, taken });
	const late = Object.entries(during).filter(([k, v]) => v.p99 > TIMES_QUIET * Math.max(quiet[k].p99, QUIET_MS))
		.map(([k, v]) => `${k} ${quiet[k].p99} > ${v.p99} ms`);
	if (late.length && known) console.log(`${what}: ${late.join(', ')}; known: ${known}`);
	if (times === 1) return;
	if (open) assert.ok(offered >= OFFERED_BY_TAKEN * taken, `${offered} offered, ${taken} taken`);
	if (!known) assert.deepEqual(late, [], `the others' p99 under ${what}, quiet > flooded`);
}

// How the flood was answered is checked by told().
async function piece(what, { but, begin, end, told = () => {} }) {
	const quiet = await few.ask('measure', { ms: quietSeconds * 1000 });
	const before = await loop(), state = await begin();
	let most = 0;
	const watch = setInterval(() => { most = Math.max(most, memory()); }, 100);
	const during = await few.ask('measure', { ms: seconds * 1000, but });
	clearInterval(watch);
	const said = await end(state), turns = passed(before, await loop());
	const bound = Object.fromEntries(Object.entries(quiet).map(([k, v]) => [k, 2 * Math.max(v.p99, AS_BEFORE_MS)]));
	const back = await few.ask('recover', { bound, ms: BACK_MS });
	console.log(JSON.stringify({ flood: what, told: said, memory_mb: Math.round(most), recovered_ms: back, loop: turns }));
	for (const [k, v] of Object.entries({ ...quiet, ...during })) assert.equal(v.failed, 0, `${k}: ${v.why}`);
	assert.ok(most < MEMORY_MB, `${most} MB`);
	assert.equal(g.child.done, undefined, g.log.slice(-3000));
	assert.ok(g.log.length < LOG_MAX, 'the log is not flooded');
	told(said);
	g.log = '';
	return { quiet, during, most, back, turns, said };
}
// One round after the other until it is over.
function rounds(one) {
	const state = { on: true, told: {} };
	state.work = (async () => { for (let k = 0; state.on; k++) await one(state, k); })();
	return state;
}
async function rest(state) { state.on = false; await state.work; return state.told; }
const theMany = (name) => ({ begin: () => many.ask('start', name), end: () => many.ask('rest') });

// Flood by probe: p99 under it, and how many times what it was just before, when it was quiet.
function show() {
	const names = ['web', 'sms', 'answer', 'mail', 'wechat', 'desk'], cell = (t) => t.padEnd(20);
	const row = (head, cells, rest) => console.log(head.padEnd(14) + cells.map(cell).join('') + rest);
	row('flood', names.map((k) => `${k} p99 ms`), 'MB    back  loop busy ms, waited, turns of 20, 100 ms; offered > taken (-: no more than is taken)');
	for (const { what, quiet, during, most, back, turns, offered, taken } of table)
		row(what, names.map((k) => (during[k] ? `${quiet[k].p99} > ${during[k].p99} ${(during[k].p99 / quiet[k].p99).toFixed(1)}x` : 'its own')), `${Math.round(most)}`.padEnd(6) + `${back}`.padEnd(6) + Object.values(turns).join(' ') + `; ${offered ?? '-'} > ${taken ?? '-'}`);
}

before(async () => {
	if (!here) return;
	spawnSync('make', ['--no-print-directory', 'benches'], { cwd: root, stdio: 'inherit' });
	[few, many] = await Promise.all([apart(new URL('./lib/few.mjs', import.meta.url)), apart(new URL('./lib/many.mjs', import.meta.url), { under: idle })]);
	const peers = await few.ask('peers'), theirs = await many.ask('peers');
	mailPort = await freePort();
	silent = createServer((c) => { c.on('error', () => {}); c.resume(); });
	await new Promise((done) => silent.listen(0, '127.0.0.1', done));
	for (const [protocol, h] of Object.entries(heavy)) {
		h.port = await freePort(); // nobody listens there until it is its turn
		if (protocol === 'sgip') h.listen = await freePort();
	}
	const carrier = { type: 'smpp', host: '127.0.0.1', system_id: 'xinqiao', password: 'secret', number: '12345', reconnect_max: 1, pace: 0 };
	g = await Gateway.start({ channels: {
		web: { type: 'webchat' }, sms: { ...carrier, port: peers.smsc }, one: { ...carrier, port: theirs.smsc },
		...Object.fromEntries(Object.entries(heavy).map(([type, { port, listen, ...keys }]) => [`heavy_${type}`, { type, ...keys,
			link: `127.0.0.1:${port}`, number: '12345', reconnect_max: 1, pace: 0, response_timeout: 600,
			...(listen ? { listen: `127.0.0.1:${listen}` } : { enquire: 0 }) }])),
		mail: { type: 'email', address: '12345@city.example', lmtp_listen: `127.0.0.1:${mailPort}`, lmtp_messages: 32 },
		wechat: peers.wechat,
	}, settings: { max_connections: 12000, ...(process.env.XQ_FLOOD_SETTINGS ? JSON.parse(process.env.XQ_FLOOD_SETTINGS) : {}) },
	sections: { 'forward hung': { url: `http://127.0.0.1:${silent.address().port}/`, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' } } }); // a department that hangs, all the time
	const password = g.staff('chen', 'agent'), login = await fetch(`${g.url}/console/api/login`, { method: 'POST', body: JSON.stringify({ name: 'chen', password }) });
	const where = { url: g.url, lmtp: mailPort, token: g.token(), cookie: login.headers.get('set-cookie').split(';')[0], citizen: '13600000001' };
	await Promise.all([few.ask('begin', where), many.ask('begin', where)]);
	await few.ask('measure', { ms: 2000 });
});
after(async () => {
	if (!here) return;
	show();
	for (const c of started) c.kill('SIGKILL');
	await Promise.all([few?.end(), many?.end()]);
	silent?.close();
	if (g && !g.child.done) assert.deepEqual(await g.end(), { code: 0, signal: null });
});
const limits = { timeout: (seconds * 3 + 240) * 1000 * slack };
const when = (key, name, f) => test(name, { ...limits, skip: !here || (only && !only.includes(key)) }, f);

const comeBack = (port) => ({
	begin: () => rounds(async (state, k) => {
		const l = load('chat', '--port', port, '--idle', 10000, '--rate', 0, '--seconds', 1), began = Date.now();
		while (!l.out.includes('open') && state.on && l.exitCode === null) await pause(20);
		if (l.out.includes('open')) state.told[`round ${k}`] = `all open after ${Date.now() - began} ms`;
		await over(l);
	}),
	end: rest,
});
when('back', 'ten thousand clients of the chat who all come back at once', () => flood('10,000 back', { ...comeBack(g.port),
	known: 'twice is what the same ten thousand cost everybody here when they come back to another gateway: see elsewhere' }));
// What of the former the machine itself makes the few wait, and not their gateway.
when('elsewhere', 'the same ten thousand at another gateway of this machine', async () => {
	const other = await Gateway.start({ channels: { web: { type: 'webchat' } }, settings: { max_connections: 12000 } });
	try { await flood('elsewhere', { ...comeBack(other.port), known: 'the machine\'s own: it is another gateway they come to' }); } finally { await other.end(); }
});

when('chat', 'the chat: a hundred who write without waiting', () => flood('chat', { but: 'web', ...theMany('chat'),
	amounts: (said) => ({ offered: total(said), taken: said.acknowledged }),
	told: (said) => assert.ok(said.acknowledged > 0 && said['too-fast'] > 0, JSON.stringify(said)) }));
when('pings', 'a flood of pings, each of which wants a pong', () => flood('pings', { ...theMany('pings'),
	amounts: (said) => ({ offered: said.ping, taken: said.pong }), told: (said) => assert.ok(said.pong > 100, JSON.stringify(said)) }));

let first = 0; // no number writes twice on a channel
const neverWaits = (protocol) => {
	let before;
	return { open: true, amounts: (said) => said,
		begin: async () => {
			before = await taken(`heavy_${protocol}`);
			const { port, listen } = heavy[protocol];
			const l = load('carrier', '--protocol', protocol, '--port', port, '--rate', OFFERED, '--count', 2e7,
				'--first', first++ % 5 * 2e7, ...(listen ? ['--to', listen] : []));
			l.stdin.write('\n'); // an SMG connects by itself
			return l;
		},
		end: async (l) => {
			const last = l.out.split('\n').findLast((line) => line.endsWith('}'));
			const on = l.exitCode === null, { offered, sent } = JSON.parse(last ?? '{}');
			const said = { offered, sent, taken: await taken(`heavy_${protocol}`) - before, on };
			await over(l);
			return said;
		},
		told: (said) => assert.ok(said.on && said.taken > 100, JSON.stringify(said)) };
};
when('sms', 'one carrier that never waits', () => flood('SMPP', neverWaits('smpp')));
when('cmpp', 'one that never waits, by CMPP', () => flood('CMPP', neverWaits('cmpp')));
when('sgip', 'one that never waits, by SGIP', () => flood('SGIP', neverWaits('sgip')));
when('smgp', 'one that never waits, by SMGP', () => flood('SMGP', neverWaits('smgp')));

when('receipts', 'a carrier that hands over receipts as fast as they are taken', () => flood('receipts', { ...theMany('receipts'), amounts: (said) => ({ taken: said['status 0'] }), told: (said) => {
	assert.ok(said['status 0'] > 100, JSON.stringify(said));
	assert.deepEqual(Object.keys(said), ['status 0'], JSON.stringify(said));
} }));

when('mail', 'mails over forty-eight connections, of which thirty-two are taken at once', () => flood('mails', { but: 'mail',
	amounts: (said) => ({ taken: said.taken }),
	begin: async () => ({ before: await taken('mail'),
		l: load('mail', '--port', mailPort, '--count', 1e7, '--connections', 48, '--size', 4096) }),
	end: async ({ before, l }) => { const of = await taken('mail') - before, on = l.exitCode === null; await over(l); return { taken: of, on }; },
	told: (said) => assert.ok(said.on && said.taken > 500, JSON.stringify(said)),
}));

let pushed = 0;
when('wechat', "WeChat's platform over 256 connections", () => flood('wechat', { but: 'wechat', amounts: (said) => said,
	begin: async () => Object.assign(rounds(async (state) => { // a push is sealed before it is sent: so many at a time
		const l = load('wechat', '--port', g.port, '--count', 20000, '--connections', 256, '--first', pushed++ * 20000);
		while (state.on && l.exitCode === null) await pause(20);
		await over(l);
	}), { before: await taken('wechat') }),
	end: async (state) => { await rest(state); return { taken: await taken('wechat') - state.before }; } }));

when('asks', 'the API: a hundred askers who never wait', () => flood('api', { ...theMany('asks'), amounts: (said) => ({ offered: total(said), taken: said['200'] }) }));
when('logins', 'a thousand logins a second', () => flood('logins', { ...theMany('logins'),
	open: true, known: 'passwords are hashed on both processors, which the others want too',
	amounts: (said) => ({ offered: total(said), taken: said['401'] }), told: (said) => {
	assert.ok(said['503, later: 2'] > 0, JSON.stringify(said));
	assert.deepEqual(Object.keys(said).filter((k) => !/^(401|503, later: 2|not begun)/.test(k)), [], JSON.stringify(said));
} }));
when('slow', 'slowloris: two thousand who say a byte every five seconds, at the web and at LMTP', () => flood('slowloris', { ...theMany('slow'),
	told: (said) => assert.ok(said['lmtp closed by the gateway'] > 0, JSON.stringify(said)) }));

when('citizen', 'one citizen who sends a thousand messages', async () => {
	await flood('one citizen', { ...theMany('citizen'), amounts: (said) => ({ taken: said['status 0'] }), told: (said) => {
		assert.equal(said['status 0'], 1000);
		assert.ok(said.answered <= 25, `${said.answered} answers`);
	} });
	const t = (await g.tickets('&channel=one')).filter((x) => x.peer.endsWith('13600000001'));
	const kept = (await Promise.all(t.map((x) => g.ticket(x.number)))).flatMap((x) => x.messages.filter((m) => m.from === 'citizen'));
	assert.equal(kept.length, 1000 * times, 'every one is kept');
});
