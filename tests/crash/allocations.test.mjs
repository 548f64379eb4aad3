// Every allocation in turn: the gateway starts and takes one message on each channel, and the n-th time that it asks for memory there is
// none. It goes on, or it ends with its words; never by a signal that nobody raised, and what it acknowledged is there afterwards.
// XQ_FAULTS_STRIDE sets how far it is from one n to the next (1: all of them; by default as far as it takes for 25), XQ_SEED where it begins.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { Faults } from './lib/faults.mjs';
import { pause } from './lib/city.mjs';
import { wrongEnd } from './lib/sweep.mjs';
import { Chat } from '../scenario/lib/chat.mjs';
import { Gateway, freePort, newStore, slack, tempDir, variant } from '../scenario/lib/gateway.mjs';
import { lmtp, mail } from '../scenario/lib/mail.mjs';
import { Smsc } from '../scenario/lib/smsc.mjs';

const seed = Number(process.env.XQ_SEED || Date.now() % 1e9);
const skip = variant !== 'release' && 'a sanitizer\'s allocator is its own';
// What could not be done without it may be what is said, at the start and of what must hold.
const WORDS = /out of memory|memory allocation|failed to allocate|^xinqiao: \S|must hold, and does not: /m;
const said = [];
let g, smsc, port;

before(async () => {
	if (skip) return;
	[smsc, port] = [await Smsc.start(), await freePort()];
	g = new Gateway();
	Object.assign(g, { dir: tempDir(), port: await freePort(), store: newStore() });
	g.faults = new Faults(join(g.dir, 'faults'));
	Object.assign(g, { conf: join(g.dir, 'xinqiao.conf'), url: `http://127.0.0.1:${g.port}`, env: g.faults.env });
	g.configure({ web: { type: 'webchat' }, sms: { type: 'smpp', host: '127.0.0.1', port: smsc.port, system_id: 'x', password: 'x', number: '12345', reconnect_max: 1 },
		mail: { type: 'email', address: '12345@city.example', lmtp_listen: `127.0.0.1:${port}` } }, { flood_messages: 1000 });
});
after(async () => { if (!skip) { if (!g.child.done) g.child.kill('SIGKILL'); await smsc.close(); } });

// One message of each channel, until it is acknowledged or the gateway is gone.
async function give(n) {
	const one = async (channel, how) => {
		const text = `第${n}次，${channel}：路灯坏了`;
		for (let by = Date.now() + 10000 * slack; !g.child.done && Date.now() < by; await pause(20))
			if (await how(text).catch(() => false)) { said.push(text); return; }
		if (!g.child.done) throw new Error(`${n}: ${channel} is not served\n${g.log.slice(-3000)}`);
	};
	const over = (promise) => Promise.race([promise, g.ended.then(() => false)]);
	await Promise.all([
		one('聊天', (text) => over((async () => { const c = await new Chat(g.url).open(); try { await c.say(text); return true; } finally { c.ws.terminate(); } })())),
		one('短信', (text) => over((async () => { await smsc.bound(); return await smsc.deliver(`139${String(Math.ceil(n)).padStart(8, '0')}`, text, { ms: 3000 * slack }) === 0; })())),
		one('邮件', (text) => over(lmtp(port, mail({ text, id: `${n}@example.org` })).then(([a]) => a.startsWith('250')))),
	]);
}

// As far as it comes; how it ended when it did so by itself.
async function live(n) {
	await g.up().catch((e) => { if (!g.child.done) throw e; });
	if (!g.child.done) await give(n);
	if (g.child.done) return g.child.done;
	await g.kill();
	return null;
}

test(`memory that is refused once, wherever it is asked for, ends the gateway with words or not at all (seed ${seed})`, { skip, timeout: 12 * 3600e3 }, async () => {
	g.faults.arm('MALLOC', 'ENOMEM', 1e15);
	assert.equal(await live(0), null, g.log);
	assert.equal(await live(0.5), null); // the store is there now
	g.faults.arm('MALLOC', 'ENOMEM', 1e15);
	const before = g.faults.calls('MALLOC');
	assert.equal(await live(0.6), null);
	const all = g.faults.calls('MALLOC') - before, stride = Number(process.env.XQ_FAULTS_STRIDE || Math.ceil(all / 25));
	const wrong = [];
	let tried = 0, ended = 0;
	for (let n = 1 + seed % stride; n <= all; n += stride, tried++) {
		g.faults.arm('MALLOC', 'ENOMEM', n);
		const end = await live(n);
		if (!end) continue;
		ended++;
		await pause(30); // its last words are on their way
		const what = wrongEnd(end, WORDS, g.log);
		if (what) wrong.push(`${n}: ${what}\n${g.log.slice(-3000)}`);
	}
	console.log(JSON.stringify({ seed, allocations: all, stride, tried, ended, wrong: wrong.length }));
	assert.deepEqual(wrong, []);
	g.faults.heal();
	await g.up();
	const there = new Map();
	for (const { number } of await g.tickets()) for (const m of (await g.ticket(number)).messages) there.set(m.text, (there.get(m.text) || 0) + 1);
	assert.deepEqual(said.filter((text) => there.get(text) !== 1), [], 'acknowledged, and there once');
	assert.match(g.run('audit', 'verify'), /the chain is whole/);
	assert.deepEqual(await g.end(), { code: 0, signal: null });
});
