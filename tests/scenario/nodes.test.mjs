// Several gateways over one PostgreSQL: a citizen on one, staff on another; duties that one holds and another takes over;
// nodes that die under load; a database that is cut off, paused, and fails over. What was acknowledged is there, once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { copyFileSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import WebSocket from 'ws';
import { Gateway, freePort, until, slack } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';
import { Smsc } from './lib/smsc.mjs';
import { Postgres, Proxy } from './lib/postgres.mjs';

const pause = (ms) => new Promise((r) => setTimeout(r, ms));
let pg;
before(async () => { pg = await Postgres.start(); });
after(async () => { await pg.stop(); });

// n gateways, numbered from 1, that share a store, its secret and its files.
async function nodes(n, { channels = () => ({ web: { type: 'webchat' } }), via = () => pg.port, more = () => ({}) } = {}) {
	const name = await pg.database();
	const shared = mkdtempSync(join(tmpdir(), 'xq-shared-'));
	const all = [];
	for (let i = 1; i <= n; i++) {
		const settings = { store: pg.dsn(name, via(i)), node: i, secret_file: join(shared, 'secret.key'), files: join(shared, 'files'), ...more(i) };
		all.push(await Gateway.start({ channels: channels(i), settings }));
	}
	all[0].token();
	for (const g of all) g.bearer = all[0].bearer;
	return all;
}

async function endAll(all) {
	for (const g of all) {
		if (g.child.done) { g.checkLog(); continue; }
		assert.deepEqual(await g.end(), { code: 0, signal: null });
	}
}

const holder = (all, duty) => all.find((g) => {
	const last = [...g.log.matchAll(/duty (taken|lost) duty="?([^"\n]*?)"? node/g)].filter((m) => m[2] === duty).at(-1);
	return last && last[1] === 'taken' && !g.child.done;
});

test('a citizen on one node and staff on another talk live, in order, and each message is sent once', async () => {
	const [a, b] = await nodes(2);
	const chat = await new Chat(a.url).open();
	const ack = await chat.say('小区东门路灯坏了三天');
	for (let i = 1; i <= 5; i++) assert.equal((await b.reply(ack.ticket, `第${i}条答复`)).status, 201);
	const began = Date.now();
	await chat.frame((f) => f.type === 'message' && f.from === 'staff' && f.text.includes('第5条答复'));
	const got = chat.messages().filter((f) => f.from === 'staff').map((f) => /第(\d)条/.exec(f.text)[1]);
	assert.deepEqual(got, ['1', '2', '3', '4', '5']);
	console.log(`live over two nodes within ${Date.now() - began} ms`);
	// The citizen moves to the other node: what comes meanwhile is there, what comes then is sent from there.
	await chat.cut();
	assert.equal((await a.reply(ack.ticket, '在您离线时的答复')).status, 201);
	chat.url = `${b.url.replace('http', 'ws')}/chat/ws`;
	await chat.open();
	await chat.frame((f) => f.type === 'message' && f.text?.includes('在您离线时'));
	assert.equal((await a.reply(ack.ticket, '换到另一节点后的答复')).status, 201);
	await chat.frame((f) => f.type === 'message' && f.text?.includes('换到另一节点后'));
	const seqs = chat.messages().map((f) => f.seq);
	assert.equal(new Set(seqs).size, seqs.length, 'none twice');
	await until('all to be accepted', async () => (await b.ticket(ack.ticket)).messages.every((m) => m.from !== 'staff' || ['accepted', 'delivered', 'read'].includes(m.state)));
	await chat.close();
	await endAll([a, b]);
});

test('parts of a long text and its receipts may come to another node than the one that sent', async () => {
	const smsc = [await Smsc.start(), await Smsc.start()];
	smsc[1].next = 1001; // no id is given by both
	const all = await nodes(2, { channels: (i) => ({ sms: { type: 'smpp', host: '127.0.0.1', port: smsc[i - 1].port, system_id: 'xinqiao', password: 'secret', number: '12345' } }) });
	for (const s of smsc) await s.bound();
	const long = '长短信的内容，'.repeat(20);
	const body = Buffer.from(long, 'utf16le').swap16();
	const pieces = [];
	for (let i = 0; i < body.length; i += 134) pieces.push(body.subarray(i, i + 134));
	await Promise.all(pieces.map(async (p, i) => {
		const session = await smsc[i % 2].bound();
		return new Promise((done) => session.deliver_sm({ source_addr: '13800001234', destination_addr: '12345', data_coding: 8, esm_class: 0x40,
			short_message: { udh: Buffer.from([5, 0, 3, 77, pieces.length, i + 1]), message: p } }, done));
	}));
	const [t] = await until('one ticket of both halves', async () => { const list = await all[0].tickets(); return list.length && list; });
	assert.equal((await all[1].ticket(t.number)).messages[0].text, long);
	assert.equal((await all[0].tickets()).length, 1);
	// The receipt comes to the other node.
	for (const s of smsc) s.receipts = false;
	assert.equal((await all[0].reply(t.number, '请您留意答复')).status, 201);
	const at = await until('the reply', () => smsc.findIndex((s) => s.texts.some((x) => x.text.includes('请您留意'))) + 1) - 1;
	const n = smsc[at].submits.findIndex((p) => p === smsc[at].submits.at(-1));
	smsc[1 - at].receipt(smsc[at].ids[n], smsc[at].submits[n]);
	await until('delivered', async () => (await all[1].ticket(t.number)).messages.some((m) => m.from === 'staff' && m.state === 'delivered'), 15000);
	await endAll(all);
	for (const s of smsc) await s.close();
});

test('a duty goes to another node when its holder dies, and what it was sending is settled', async () => {
	const all = await nodes(3);
	const first = await until('somebody to hold the clock', () => holder(all, 'clock'));
	const rest = all.filter((g) => g !== first);
	const chat = await new Chat(first.url).open();
	const ack = await chat.say('电梯坏了，老人下不了楼');
	const died = Date.now();
	await first.kill();
	await until('another to hold it', () => holder(rest, 'clock'));
	console.log(`the clock was taken over ${Date.now() - died} ms after the death`);
	// The citizen of the dead node comes to another one.
	assert.equal((await rest[0].reply(ack.ticket, '维修人员已出发')).status, 201);
	chat.url = `${rest[1].url.replace('http', 'ws')}/chat/ws`;
	await chat.open();
	await chat.frame((f) => f.type === 'message' && f.text?.includes('维修人员已出发'));
	await until('no row is stuck', () => rest[0].runJson('outbox', 'list').every((r) => r.state !== 'sending'), 20000);
	await first.up();
	assert.equal((await first.ticket(ack.ticket)).number, ack.ticket);
	await chat.close();
	await endAll(all);
});

test('a second gateway under the same number is refused with the first one\'s name', async () => {
	const [a] = await nodes(1);
	const twin = new Gateway();
	Object.assign(twin, { dir: a.dir, port: await freePort(), conf: a.conf, store: a.store });
	await assert.rejects(twin.up(), /node 1 is in use by another gateway \(xinqiao node 1 process \d+/);
	await endAll([a]);
});

// --- load that remembers what was acknowledged ---

class Load {
	constructor(gateways) { this.gateways = gateways; this.acked = new Map(); this.tried = new Set(); this.seqs = []; this.running = true; this.n = 0; }

	async citizen(k) {
		let at = k;
		const chat = new Chat(this.gateways[at % this.gateways.length].url);
		let waiting = null;
		while (this.running) {
			try {
				chat.url = `${this.gateways[at++ % this.gateways.length].url.replace('http', 'ws')}/chat/ws`;
				chat.frames = [];
				await chat.open();
				while (this.running && chat.ws.readyState === 1) {
					waiting ??= { text: `第${k}位第${++this.n}件：路灯坏了`, id: `i${k}-${this.n}` };
					this.tried.add(waiting.text);
					chat.raw({ type: 'message', ...waiting });
					const { id } = waiting;
					const f = await until('ack', () => chat.ws.readyState !== 1 ? 'gone' : chat.frames.find((x) => x.id === id && (x.type === 'ack' || x.type === 'error')), 30000);
					if (f === 'gone') break;
					if (f.type === 'ack') { this.acked.set(waiting.text, f.ticket); this.seqs.push(`${k}/${f.seq}`); waiting = null; }
					await pause(30);
				}
			} catch { /* the node is down: the next one */ }
			chat.ws?.terminate();
			await pause(50);
		}
	}

	start(n) { this.work = [...Array(n).keys()].map((k) => this.citizen(k)); }
	async stop() { this.running = false; await Promise.all(this.work); }

	async check(g) {
		const stored = new Map();
		for (const t of await g.tickets()) for (const m of (await g.ticket(t.number)).messages) if (m.from === 'citizen') stored.set(m.text, (stored.get(m.text) || 0) + 1);
		const lost = [...this.acked.keys()].filter((t) => !stored.has(t));
		const twice = [...stored].filter(([, n]) => n > 1).map(([t]) => t);
		console.log(`acknowledged ${this.acked.size}, stored ${stored.size}, lost ${lost.length}, twice ${twice.length}`);
		assert.deepEqual(lost, [], 'acknowledged and lost');
		assert.deepEqual(twice, [], 'stored twice');
		assert.deepEqual([...stored.keys()].filter((t) => !this.tried.has(t)), [], 'nobody wrote that');
		assert.equal(new Set(this.seqs).size, this.seqs.length, 'a place in a conversation given twice');
		await until('no row is stuck', () => g.runJson('outbox', 'list').every((r) => !['sending', 'retry'].includes(r.state)), 30000);
		assert.match(g.run('audit', 'verify'), /whole/);
	}
}

test('nodes killed at random under load lose nothing and double nothing', async () => {
	const all = await nodes(3);
	const load = new Load(all);
	load.start(6);
	for (let k = 0; k < 8; k++) {
		await pause(300 + Math.random() * 500);
		const g = all[Math.floor(Math.random() * 3)];
		await g.kill();
		await pause(Math.random() * 500);
		await g.up();
	}
	await load.stop();
	assert.ok(load.acked.size > 50, 'the load was real');
	await load.check(all[0]);
	await endAll(all);
});

test('a node cut from the database holds back its answers, and goes on when it is healed', async () => {
	const proxy = await Proxy.start(pg.port);
	const all = await nodes(2, { via: (i) => (i === 1 ? proxy.port : pg.port) });
	const load = new Load(all);
	load.start(6);
	for (let k = 0; k < 3; k++) {
		await pause(600);
		proxy.cut(); // at once, with whatever was under way, COMMIT among it
		await pause(400 * slack);
		proxy.heal();
		await until('the node to be ready again', async () => (await fetch(`${all[0].url}/readyz`).catch(() => ({}))).status === 200, 30000);
	}
	await load.stop();
	assert.match(all[0].log, /connected again/);
	await load.check(all[1]);
	await endAll(all);
	await proxy.close();
});

test('an answer of COMMIT that never comes is found out, not guessed', async () => {
	const proxy = await Proxy.start(pg.port);
	const all = await nodes(1, { via: () => proxy.port });
	const load = new Load(all);
	load.start(6);
	for (let k = 0; k < 6; k++) {
		await pause(300);
		await proxy.swallow(); // the next COMMIT reaches the server, its answer is lost with the connection
	}
	await load.stop();
	const known = [...all[0].log.matchAll(/an unsure commit is known committed=(\w+)/g)].map((m) => m[1]);
	console.log(`unsure commits: ${known.join(' ')}`);
	assert.ok(known.includes('yes'), 'a commit was unsure and had happened');
	await load.check(all[0]);
	await endAll(all);
	await proxy.close();
});

test('a paused PostgreSQL stops the acknowledgements and nothing else', async () => {
	const all = await nodes(2);
	const load = new Load(all);
	load.start(4);
	await pause(700);
	pg.signal('SIGSTOP');
	await pause(300);
	const before = load.acked.size;
	await pause(2000);
	assert.equal(load.acked.size, before, 'nothing is acknowledged that is not on disk');
	assert.equal((await fetch(`${all[0].url}/healthz`)).status, 200, 'the process lives');
	pg.signal('SIGCONT');
	await until('acknowledgements again', () => load.acked.size > before + 3, 40000);
	await load.stop();
	await load.check(all[0]);
	await endAll(all);
});

test('nodes whose clocks differ by a minute agree on order and lose nothing', async () => {
	const all = await nodes(2, { more: () => ({}) }).then(async ([a, b]) => {
		await b.stop();
		b.env = { ...process.env, LD_PRELOAD: process.env.XQ_FAKETIME, FAKETIME: '+60s', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
		await b.up();
		return [a, b];
	});
	const chat = await new Chat(all[0].url).open();
	const ack = await chat.say('时钟不同也要按顺序');
	for (let i = 1; i <= 6; i++) assert.equal((await all[i % 2].reply(ack.ticket, `第${i}条`)).status, 201);
	await chat.frame((f) => f.type === 'message' && f.from === 'staff' && f.text.includes('第6条'));
	assert.deepEqual(chat.messages().filter((f) => f.from === 'staff').map((f) => /第(\d)条/.exec(f.text)[1]), ['1', '2', '3', '4', '5', '6']);
	await chat.close();
	await endAll(all);
});

test('a primary that dies in mid-commit is followed by its standby: what was acknowledged is there, once', async () => {
	const standby = await pg.standby();
	const name = await pg.database();
	const store = pg.dsn(name, pg.port, standby.port);
	const all = [];
	for (let i = 1; i <= 2; i++) all.push(await Gateway.start({ channels: { web: { type: 'webchat' } }, settings: { store, node: i } }));
	for (const g of all.slice(1)) { copyFileSync(join(all[0].dir, 'secret.key'), join(g.dir, 'secret.key')); await g.stop(); await g.up(); }
	all[0].token();
	all[1].bearer = all[0].bearer;
	const load = new Load(all);
	load.start(6);
	await pause(1200);
	await pg.kill();
	const died = Date.now();
	await standby.promote();
	const had = load.acked.size;
	await until('acknowledgements from the new primary', () => load.acked.size > had + 5, 60000);
	console.log(`acknowledged again ${Date.now() - died} ms after the primary's death`);
	await load.stop();
	await load.check(all[0]);
	await endAll(all);
	await standby.stop();
});
