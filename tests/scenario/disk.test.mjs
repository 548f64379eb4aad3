// A disk of its own under store and files, a real one as far as the kernel goes: full, with room again, killed while it is full,
// read-only. Each part runs in a namespace where it may mount one, which ends with it.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Chat } from './lib/chat.mjs';
import { Gateway, freePort, slack, tempDir, until } from './lib/gateway.mjs';
import { lmtp, mail } from './lib/mail.mjs';
import { Smsc } from './lib/smsc.mjs';

const [part, disk] = process.argv.slice(2);
const remount = (how) => execFileSync('mount', ['-o', `remount,${how}`, disk]);
const filler = join(disk ?? '', 'filler');

// Whatever is written by somebody who has no more to write than a byte: there is no room for it.
function fill() {
	const fd = openSync(filler, 'w');
	for (const bytes of [1 << 20, 4096, 1])
		try { for (;;) writeSync(fd, Buffer.alloc(bytes)); } catch (e) { assert.equal(e.code, 'ENOSPC'); }
	closeSync(fd);
}

class Town {
	static async start() {
		const t = new Town();
		t.smsc = await Smsc.start();
		t.port = await freePort();
		t.g = await Gateway.start({ dir: join(disk, 'town'), channels: { web: { type: 'webchat' },
			sms: { type: 'smpp', host: '127.0.0.1', port: t.smsc.port, system_id: 'x', password: 'x', number: '12345', reconnect_max: 1 },
			mail: { type: 'email', address: '12345@city.example', lmtp_listen: `127.0.0.1:${t.port}` } } });
		t.token = t.g.token();
		t.said = [];
		await t.comes();
		await t.chat.say('井盖不见了');
		t.number = (await t.g.tickets())[0].number;
		return t;
	}

	async comes() {
		await this.smsc.bound();
		this.chat = await new Chat(this.g.url).open();
	}

	// What each channel answers to something new; what was acknowledged is remembered.
	async ask(text) {
		const own = (channel) => `${channel}：${text}`;
		const taken = (channel) => { this.said.push(own(channel)); return 'taken'; };
		const [sms, post, web, api] = await Promise.all([
			this.smsc.deliver('13900000001', own('短信'), { ms: 20000 * slack }).then((status) => (status ? `status ${status}` : taken('短信'))),
			lmtp(this.port, mail({ text: own('邮件'), id: `${Buffer.from(text).toString('hex')}@example.org` })).then(([a]) => (a.startsWith('250') ? taken('邮件') : a)),
			this.chat.say(own('聊天')).then(() => taken('聊天'), (e) => e.frame?.code ?? e.message),
			fetch(`${this.g.url}/api/v1/tickets/${this.number}/replies`, { method: 'POST', body: JSON.stringify({ text }),
				headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' } }).then((r) => (r.status < 300 ? 'taken' : `${r.status}`)),
		]);
		return { sms, post, web, api };
	}

	async ready() {
		const r = await fetch(`${this.g.url}/readyz`);
		return [r.status, (await r.json()).store.healthy];
	}

	async served(text) {
		let last;
		await until('every channel to be served', async () => { last = await this.ask(text); return Object.values(last).every((x) => x === 'taken'); }, 20000).catch((e) => assert.fail(`${e.message}: ${JSON.stringify(last)}`));
		assert.deepEqual(await this.ready(), [200, true]);
	}

	async allThere() {
		const there = new Set();
		for (const { number } of await this.g.tickets()) for (const m of (await this.g.ticket(number)).messages) if (m.from === 'citizen') there.add(m.text);
		assert.deepEqual(this.said.filter((x) => !there.has(x)), []);
		assert.match(this.g.run('audit', 'verify'), /the chain is whole/);
	}
}

const parts = {
	async full() {
		const t = await Town.start();
		await t.served('先前');
		fill();
		const { sms, post, web, api } = await t.ask('满了');
		assert.equal(sms, 'status 100'); // ESME_RX_T_APPN: give it again
		assert.match(post, /^4\d\d /);
		assert.equal(web, 'not-stored');
		assert.match(api, /^5\d\d$/);
		assert.deepEqual(await t.ready(), [503, false]);
		assert.match(t.g.log, /cannot write.*database or disk is full/);
		assert.equal((await fetch(`${t.g.url}/healthz`)).status, 200);
		rmSync(filler);
		await t.served('又有地方了');
		await t.allThere();
		assert.deepEqual(await t.g.stop(), { code: 0, signal: null });
		process.exit();
	},
	async killed() {
		const t = await Town.start();
		await t.served('先前');
		fill();
		await t.ask('满了');
		await t.g.kill();
		await assert.rejects(t.g.up(), /database or disk is full|No space left on device/);
		rmSync(filler);
		await t.g.up();
		await t.comes();
		await t.allThere();
		await t.served('又有地方了');
		await t.allThere();
		process.exit();
	},
	async readonly() {
		const t = await Town.start();
		await t.served('先前');
		await t.g.stop();
		remount('ro');
		await assert.rejects(t.g.up(), /store\.db.*: Read-only file system/);
		assert.throws(() => t.g.run('audit', 'verify'), /store\.db: .*: Read-only file system \(SQLite 14\)/);
		remount('rw');
		await t.g.up();
		await t.comes();
		await t.served('又能写了');
		await t.allThere();
		process.exit();
	},
};

if (part) {
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'none', disk]);
	execFileSync('mkdir', [join(disk, 'town')]);
	await parts[part]();
} else {
	const dir = tempDir();
	const how = [['-m'], ['-rm']].find((flags) => spawnSync('unshare', [...flags, 'mount', '-t', 'tmpfs', 'none', dir]).status === 0);
	const skip = process.env.XQ_TEST_STORE ? 'the store is no file' : !how && 'left out: a disk of its own wants root or user namespaces';
	for (const [name, what] of Object.entries({ full: 'a disk that is full: every channel is told to come again, and is served when there is room',
		killed: 'killed while the disk is full: nothing acknowledged is lost, and until there is room the start says why not',
		readonly: 'a store on a disk that is read-only: the disk is named, by the gateway and by its commands' }))
		test(what, { skip, timeout: 120000 * slack }, () => {
			const r = spawnSync('unshare', [...how, process.execPath, fileURLToPath(import.meta.url), name, dir], { encoding: 'utf8' });
			assert.equal(r.status, 0, `${r.stdout}\n${r.stderr}`);
		});
}
