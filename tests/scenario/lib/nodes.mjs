// Several gateways over one PostgreSQL, and load on them that remembers what was acknowledged.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { Gateway, until } from './gateway.mjs';
import { Chat } from './chat.mjs';

export const pause = (ms) => new Promise((r) => setTimeout(r, ms));

// n gateways, numbered from 1, that share a store, its secret and its files.
export async function nodes(pg, n, { channels = () => ({ web: { type: 'webchat' } }), via = () => pg.port, store, place = () => ({}), more = () => ({}), sections = {} } = {}) {
	const name = store ? null : await pg.database();
	const shared = mkdtempSync(join(tmpdir(), 'xq-shared-'));
	const all = [];
	for (let i = 1; i <= n; i++) {
		const settings = { store: store ? store(i) : pg.dsn(name, via(i)), node: i, secret_file: join(shared, 'secret.key'), files: join(shared, 'files'), ...more(i) };
		all.push(await Gateway.start({ ...place(i), channels: channels(i), settings, sections: { security: { key_file: join(shared, 'fields.key') }, ...sections } }));
	}
	all.at(-1).token(); // the last one's way to the database is never through a proxy of this process, which could not answer now
	for (const g of all) g.bearer = all.at(-1).bearer;
	return all;
}

export async function endAll(all) {
	for (const g of all) assert.deepEqual(await g.end(), { code: 0, signal: null });
}

// Whose duty something is, by what the gateways have said.
export const holder = (all, duty) => all.find((g) => {
	const last = [...g.log.matchAll(/duty (taken|lost) duty="?([^"\n]*?)"? node/g)].filter((m) => m[2] === duty).at(-1);
	return last && last[1] === 'taken' && !g.child.done;
});

// One sender of a channel that brings each text until it is taken, as a carrier or a mail server does.
export class Sender {
	constructor(name, give) { Object.assign(this, { name, give, taken: [], pushed: 0, running: true }); }

	async run() {
		try {
			for (let n = 1; this.running; n++) {
				const text = `${this.name}第${n}件：井盖松动`;
				while (!await this.give(text)) { this.pushed++; await pause(200); }
				this.taken.push(text);
				await pause(50);
			}
		} catch (e) { this.fault = e; }
	}

	has(n) { if (this.fault) throw this.fault; return this.taken.length >= n; }
	wasPushed() { if (this.fault) throw this.fault; return this.pushed > 0; }
}

export class Load {
	constructor(gateways) { this.gateways = gateways; this.acked = new Map(); this.tried = new Set(); this.seqs = []; this.running = true; this.n = 0; this.pushed = 0; this.at = []; }

	async citizen(k) {
		let at = k;
		const chat = new Chat(this.gateways[at % this.gateways.length].url);
		let waiting = null;
		while (this.running) {
			try {
				chat.at(this.gateways[at++ % this.gateways.length].url);
				chat.frames = [];
				await chat.open();
				while (this.running && chat.ws.readyState === 1) {
					waiting ??= { text: `第${k}位第${++this.n}件：路灯坏了`, id: `i${k}-${this.n}` };
					this.tried.add(waiting.text);
					chat.frames = []; // what was said of an earlier try says nothing of this one
					chat.raw({ type: 'message', ...waiting });
					const { id } = waiting;
					const f = await until('ack', () => chat.ws.readyState !== 1 ? 'gone' : chat.frames.find((x) => x.id === id && (x.type === 'ack' || x.type === 'error')), 30000);
					if (f === 'gone') break;
					if (f.type === 'ack') { this.acked.set(waiting.text, f.ticket); this.at.push(Date.now()); this.seqs.push(`${k}/${f.seq}`); waiting = null; } else this.pushed++;
					await pause(f.retry_ms ?? 30);
				}
			} catch { /* the node is down: the next one */ }
			chat.ws?.terminate();
			await pause(50);
		}
	}

	start(n) { this.work = [...Array(n).keys()].map((k) => this.citizen(k)); }
	// The longest time without an acknowledgement, from `since` on, in ms.
	gap(since) { return this.at.filter((t) => t >= since).reduce(([last, most], t) => [t, Math.max(most, t - last)], [since, 0])[1]; }
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

