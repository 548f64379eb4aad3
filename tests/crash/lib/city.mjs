// A gateway with the fault library in it, or several over one PostgreSQL, and the crowd around. Stands in for systemd: what ended
// is started again.
import { execFileSync, fork } from 'node:child_process';
import { appendFileSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { nodes } from '../../scenario/lib/nodes.mjs';
import { Gateway, freePort, newStore, slack, tempDir, until } from '../../scenario/lib/gateway.mjs';
import { Faults } from './faults.mjs';
import { judge } from './judge.mjs';

export const pause = (ms) => new Promise((r) => setTimeout(r, ms));
const crowdAt = fileURLToPath(new URL('./crowd.mjs', import.meta.url));

export class City {
	// of: so many gateways over one database of this server; else one with the fault library. mute: channels whose peer never takes
	// anything, for which nobody waits in the end.
	static async start({ settings = {}, channels = {}, sections = {}, mute = [], pg, of = 1, program } = {}) {
		const c = new City();
		c.mute = mute;
		c.dir = tempDir();
		c.journal = join(c.dir, 'journal');
		c.crowd = fork(crowdAt, [c.journal, String(of)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
		c.crowd.on('exit', (code) => { c.crowdGone = code; });
		const { ready, sections: theirs } = await c.hear('ready');
		c.lmtp = Number(ready[0].mail.lmtp_listen.split(':')[1]);
		const more = { flood_messages: 1000, api_pace: 0, ...settings }; // the judge asks for every ticket at once
		c.all = pg ? await nodes(pg, of, { place: () => ({ program }), channels: (i) => ({ ...ready[i - 1], ...channels }), more: () => more, sections: theirs }) : [await c.alone({ ...ready[0], ...channels }, more, { ...theirs, ...sections })];
		c.g = c.all[0];
		c.crowd.send({ begin: { urls: c.all.map((g) => g.url), token: c.g.token() } });
		return c;
	}

	async alone(channels, settings, sections) {
		this.faults = new Faults(join(this.dir, 'faults'));
		const g = new Gateway();
		Object.assign(g, { dir: this.dir, port: await freePort(), conf: join(this.dir, 'xinqiao.conf'), store: newStore(), env: this.faults.env });
		g.url = `http://127.0.0.1:${g.port}`;
		g.configure(channels, settings, sections);
		await g.up();
		return g;
	}

	// As the crowd does, of what a test tried itself.
	note(line) { appendFileSync(this.journal, `${JSON.stringify(line)}\n`); }

	hear(key) {
		return new Promise((done, fail) => {
			const over = (code) => fail(new Error(`the crowd ended with ${code} before it said ${key}`));
			const got = (m) => { if (m[key] === undefined) return; this.crowd.off('message', got); this.crowd.off('exit', over); done(m); };
			this.crowd.on('message', got);
			this.crowd.once('exit', over);
		});
	}

	async counts() { const heard = this.hear('counts'); this.crowd.send({ counts: true }); return (await heard).counts; }

	// Every channel named acknowledges something new: the gateway serves again, and nobody helped it.
	async serves(channels = ['web', 'sms', 'cmpp', 'sgip', 'smgp', 'text', 'mail', 'wechat', 'kf', 'replies'], ms = 30000) {
		const before = await this.counts();
		const logs = () => this.all.map((g) => g.log.slice(-3000)).join('\n');
		await until(`${channels} to be served again, of ${JSON.stringify(before)}\n${logs()}`, async () => {
			for (const g of this.all) if (g.child.done) throw new Error(`the gateway ended: ${JSON.stringify(g.child.done)}\n${g.log.slice(-3000)}`);
			const now = await this.counts();
			return channels.every((c) => now[c] > before[c]);
		}, ms);
	}

	// As systemd would: again and again, for what is armed may hit the start as well.
	async again() {
		for (let tries = 0; ; tries++) {
			try {
				await this.g.up();
				return;
			} catch (e) {
				await this.g.ended;
				this.g.checkLog();
				if (tries > 3) throw e;
				this.faults.heal();
			}
		}
	}

	// Processor time it takes meanwhile, of one processor: 1 is all of it.
	async busy(ms) {
		const ticks = () => { const f = readFileSync(`/proc/${this.g.child.pid}/stat`, 'utf8').split(') ')[1].split(' '); return Number(f[11]) + Number(f[12]); };
		const before = ticks(), at = Date.now();
		await pause(ms);
		return (ticks() - before) * 10 / (Date.now() - at);
	}

	// The limit of open files of the running process, as somebody else's leak would leave it: so many more than it has now.
	descriptors(left) {
		const { pid } = this.g.child, limit = left === null ? 16384 : Math.max(...readdirSync(`/proc/${pid}/fd`).map(Number)) + 1 + left;
		execFileSync('prlimit', ['--pid', String(pid), `--nofile=${limit}:`]);
	}

	died(ms) { return Promise.race([this.g.ended, pause(ms * slack).then(() => null)]); }

	// Ends everybody; what does not hold, and figures.
	async verdict() {
		this.faults?.heal();
		this.faults?.clock(0);
		const resting = this.hear('resting');
		this.crowd.send({ rest: true });
		await resting;
		// What waits for a citizen of the chat to come back may wait on.
		const moving = () => ['sending', 'retry', 'queued'].flatMap((s) => this.g.runJson('outbox', 'list', '--state', s)).filter((r) => (r.state !== 'queued' || r.channel !== 'web') && !this.mute.includes(r.channel));
		for (const end = Date.now() + 90000 * slack; moving().length; await pause(200))
			if (Date.now() > end) throw new Error(`the outbox does not come to rest: ${JSON.stringify(moving().slice(0, 10))}\n${this.g.log.slice(-3000)}`);
		// The core system is told everything in the end, too, and nothing was too much for it.
		const untold = () => this.g.runJson('forward', 'list').filter((f) => f.target === 'core' && (f.waiting > 0 || f.dead > 0));
		for (const end = Date.now() + 90000 * slack; untold().length; await pause(200))
			if (Date.now() > end) throw new Error(`the core system is not told everything: ${JSON.stringify(untold())}\n${this.g.log.slice(-3000)}`);
		const done = this.hear('done');
		this.crowd.send({ stop: true });
		await done;
		const verdict = await judge(this.g, this.journal);
		const end = await Promise.all(this.all.map((g) => g.end()));
		return { ...verdict, end: end.length > 1 ? end : end[0] };
	}
}
