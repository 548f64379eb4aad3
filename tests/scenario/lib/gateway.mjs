// Runs a real gateway on ports of its own, with a store of its own, and talks to it as operators do.
import { spawn, execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, writeFileSync, readFileSync, rmSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { owned } from './owned.mjs';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
export const variant = process.env.XQ_VARIANT || 'release';
export const binary = process.env.XQ_BIN || join(root, 'build', variant, 'xinqiao');
// Another test may run beside, and a sanitizer's build is slower; every bound below is multiplied by this.
export const slack = variant === 'release' ? 2 : 6;

// The words before a command that make it run as a user without rights, and whom a folder of its own is given to: [uid, gid]; null
// where we have none to give up.
export const NOBODY = process.getuid() === 0 ? [65534, 65534] : null;
export const asNobody = NOBODY ? ['setpriv', `--reuid=${NOBODY[0]}`, `--regid=${NOBODY[1]}`, '--clear-groups'] : [];

// A port nobody listens on, from below those the kernel gives to outgoing connections: one of those could take it before whom
// it is meant for.
export function freePort() {
	const port = 10000 + randomInt(22000);
	return new Promise((done) => {
		const s = createServer();
		s.on('error', () => done(freePort()));
		s.listen(port, '127.0.0.1', () => s.close(() => done(port)));
	});
}

// A copy of the tables with some of the rules set otherwise: { quiet_from: '00:00' }.
export function rules(changes, dir = mkdtempSync(join(tmpdir(), 'xq-tables-'))) {
	for (const f of readdirSync(join(root, 'config'))) if (f.endsWith('.csv')) cpSync(join(root, 'config', f), join(dir, f));
	const file = join(dir, 'rules.csv');
	writeFileSync(file, readFileSync(file, 'utf8').split('\n').map((line) => {
		const [key, , ...rest] = line.split(',');
		return key in changes ? [key, changes[key], ...rest].join(',') : line;
	}).join('\n'));
	return dir;
}

// Waits until check() gives something truthy, and returns it; fails with `what` after ms.
export async function until(what, check, ms = 10000) {
	const end = Date.now() + ms * slack;
	for (;;) {
		const got = await check();
		if (got) return got;
		if (Date.now() > end) throw new Error(`waited ${ms * slack} ms for ${what}`);
		await new Promise((r) => setTimeout(r, 15));
	}
}

// A store of its own for each gateway: a file, or a database where XQ_TEST_STORE says so (tests/postgres).
export function newStore() {
	const pattern = process.env.XQ_TEST_STORE;
	if (!pattern) return 'sqlite:store.db';
	const name = `s${process.pid}_${++stores}`;
	execFileSync('psql', ['-q', pattern.replace('{}', 'postgres'), '-c', `CREATE DATABASE ${name}`]);
	return pattern.replace('{}', name);
}
let stores = 0;

// From here on every transaction of the store is lost once, at its commit, as when two nodes meet, and must run again. Each writes its
// mark; what a sequence counts is not undone.
export function lose(dsn) {
	execFileSync('psql', ['-q', '-X', dsn, '-c', `CREATE SEQUENCE lost; CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF nextval('lost') % 2 = 1 THEN RAISE EXCEPTION 'lost on purpose' USING ERRCODE = '40001'; END IF; RETURN NULL; END $$;
		CREATE CONSTRAINT TRIGGER lose AFTER INSERT OR UPDATE ON kept DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
		WHEN (NEW.space = 'commit') EXECUTE FUNCTION lose()`]);
}

// A closing says what the handling came to; where a test does not care, it was solved.
const ended = (step) => (step === 'close' ? { result: 'solved' } : {});

export class Gateway {
	// channels: { name: { type, key: value, … } }; settings: more keys of [gateway]; sections: { 'forward core': { … } }. host and
	// wrap, the words before the command: where it runs. program: another version's.
	static async start({ channels = {}, settings = {}, sections = {}, dir, host = '127.0.0.1', wrap = [], program = binary } = {}) {
		const g = new Gateway();
		Object.assign(g, { host, wrap, program });
		g.dir = dir || mkdtempSync(join(tmpdir(), 'xq-'));
		g.port = await freePort();
		g.url = `http://${host}:${g.port}`;
		g.conf = join(g.dir, 'xinqiao.conf');
		g.store = settings.store || newStore();
		g.configure(channels, settings, sections);
		await g.up();
		if (process.env.XQ_TEST_LOSE) lose(g.store);
		return g;
	}

	configure(channels, settings = {}, sections = {}) {
		const section = (head, keys) => [`[${head}]`, ...Object.entries(keys).map(([k, v]) => `${k} = ${v}`), ''].join('\n');
		const gateway = {
			name: '示范市12345', listen: `${this.host ?? '127.0.0.1'}:${this.port}`, store: this.store, secret_file: 'secret.key', files: 'files',
			tables: join(root, 'config'), templates: join(root, 'templates'),
			...(this.program && this.program !== binary ? {} : { flood_visitors: 0 }), ...settings, // all come from one address here
		};
		const parts = [section('gateway', gateway)];
		if (!sections.security) parts.push(section('security', { key_file: 'fields.key' })); // as shipped
		for (const [name, keys] of Object.entries(channels)) parts.push(section(`channel ${name}`, keys));
		for (const [head, keys] of Object.entries(sections)) parts.push(section(head, keys));
		writeFileSync(this.conf, parts.join('\n'));
	}

	async up() {
		this.log = '';
		this.out = '';
		const [command, ...args] = [...this.wrap ?? [], this.program ?? binary, '--config', this.conf, 'serve'];
		this.child = owned(spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: this.env || process.env }));
		const child = this.child;
		this.ended = new Promise((done) => child.on('exit', (code, signal) => { child.done = { code, signal }; done(child.done); }));
		child.stdout.on('data', (d) => { this.out += d; });
		child.stderr.on('data', (d) => { this.log += d; });
		await until('the gateway to be ready', () => {
			if (child.done) throw new Error(`the gateway ended: ${JSON.stringify(child.done)}\n${this.log}`);
			return this.out.includes('is ready');
		}, 20000);
	}

	// SIGTERM: the drain must end with 0, and no sanitizer may have had a word.
	async stop() {
		if (!this.child.done) this.child.kill('SIGTERM');
		const how = await this.ended;
		this.checkLog();
		return how;
	}

	async kill() {
		this.child.kill('SIGKILL');
		await this.ended;
	}

	checkLog() {
		const bad = /(AddressSanitizer|LeakSanitizer|runtime error:|ThreadSanitizer).*/.exec(this.log);
		if (bad) throw new Error(`a sanitizer spoke:\n${this.log.slice(Math.max(0, bad.index - 200), bad.index + 6000)}`);
	}

	async end() {
		const how = await this.stop();
		rmSync(this.dir, { recursive: true, force: true });
		return how;
	}

	run(...args) {
		return execFileSync(this.program ?? binary, ['--config', this.conf, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 });
	}

	runJson(...args) {
		return this.run('--json', ...args).trim().split('\n').filter(Boolean).map((l) => JSON.parse(l));
	}

	token(scope = 'read,write,pii') {
		if (!this.bearer) this.bearer = this.runJson('token', 'create', 'scenario', '--scope', scope)[0].token;
		return this.bearer;
	}

	staff(name, role, department, display) {
		const password = `${name}-Passw0rd`;
		const file = join(this.dir, `${name}.pw`);
		writeFileSync(file, `${password}\n`, { mode: 0o600 });
		this.run('staff', 'add', name, '--role', role, '--password-file', file, ...(department ? ['--department', department] : []),
			...(display ? ['--display', display] : []));
		return password;
	}

	async api(method, path, body, headers = {}) {
		const res = await fetch(this.url + path, {
			method,
			headers: { authorization: `Bearer ${this.token()}`, ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
			body: body ? JSON.stringify(body) : undefined,
		});
		const text = await res.text();
		let json = null;
		try { json = JSON.parse(text); } catch { /* not JSON: status and text say enough */ }
		return { status: res.status, json, text, headers: res.headers };
	}

	// Staff at the API with a session of their own: what they do is signed with their name.
	async hand(name, password) {
		const url = `${this.url}/console/api/`;
		const login = await fetch(`${url}login`, { method: 'POST', body: JSON.stringify({ name, password }) });
		if (login.status !== 204) throw new Error(`login of ${name}: ${login.status}`);
		const cookie = login.headers.get('set-cookie').split(';')[0];
		const { csrf } = await (await fetch(`${url}me`, { headers: { cookie } })).json();
		const call = async (method, path, body, room = 'api/v1') => {
			const r = await fetch(`${this.url}/${room}/${path}`, { method, body: body && JSON.stringify(body),
				headers: { cookie, 'x-xq-csrf': csrf, 'content-type': 'application/json' } });
			return { status: r.status, json: await r.json().catch(() => null) };
		};
		return { get: (path) => call('GET', path), desk: (method, path, body) => call(method, path, body, 'console/api'), reply: (number, words, more) => call('POST', `tickets/${number}/replies`, { text: words, ...more }),
			step: (number, step, more) => call('POST', `tickets/${number}/steps`, { step, ...ended(step), ...more }) };
	}

	async tickets(query = '') {
		const all = [];
		for (let after = ''; ;) {
			const r = await this.api('GET', `/api/v1/tickets?limit=200${query}${after}`);
			if (r.status !== 200) throw new Error(`tickets: ${r.status} ${r.text}`);
			all.push(...r.json.items);
			if (!r.json.next) return all;
			after = `&after=${encodeURIComponent(r.json.next)}`;
		}
	}

	async ticket(number) {
		const r = await this.api('GET', `/api/v1/tickets/${number}`);
		if (r.status !== 200) throw new Error(`ticket ${number}: ${r.status} ${r.text}`);
		return r.json;
	}

	async reply(number, text, headers) {
		return this.api('POST', `/api/v1/tickets/${number}/replies`, { text }, headers);
	}

	// A file for an answer of this ticket; what `files` of a reply names.
	async upload(number, name, bytes, headers = {}) {
		const res = await fetch(`${this.url}/api/v1/files?ticket=${number}&name=${encodeURIComponent(name)}`, { method: 'POST', body: bytes,
			headers: { authorization: `Bearer ${this.token()}`, 'content-type': 'application/octet-stream', ...headers } });
		return { status: res.status, json: await res.json() };
	}

	async step(number, step, more = {}) {
		return this.api('POST', `/api/v1/tickets/${number}/steps`, { step, ...ended(step), ...more });
	}
}

export function tempDir() {
	return mkdtempSync(join(tmpdir(), 'xq-'));
}
export { mkdirSync, readFileSync, writeFileSync, rmSync };
