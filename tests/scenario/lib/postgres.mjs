// A PostgreSQL of the test's own, with fsync and a port the kernel picks; a standby of it; and a wire between that can be cut.
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, root as checkout, slack, until } from './gateway.mjs';
import { owned } from './owned.mjs';

const base = '/usr/lib/postgresql';
export const bin = existsSync(base) ? join(base, readdirSync(base).sort((a, b) => a - b).at(-1), 'bin') : '';
const root = process.getuid() === 0;
// The server refuses to be root.
export const asPostgres = (cmd, args) => (root ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--init-groups', '--reset-env', cmd, ...args]] : [cmd, args]);
const tool = (name, ...args) => execFileSync(...asPostgres(join(bin, name), args), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

export class Postgres {
	// settings: more of postgresql.conf; dir: made where it is not, and a server that was there before goes on in it. fillable: full()
	// makes its disk full; its log's pieces are small and never used again, so that it grows. host and wrap, the words before the
	// command: where it runs.
	static async start({ of, settings = [], dir = mkdtempSync(join(tmpdir(), 'xq-pg-')), fillable = false, host = '127.0.0.1', wrap = [] } = {}) {
		const p = new Postgres();
		Object.assign(p, { dir, settings, fillable, host, wrap, data: join(dir, 'data'), port: await freePort(), names: 0 });
		mkdirSync(p.dir, { recursive: true });
		chmodSync(p.dir, 0o755);
		if (root) chownSync(p.dir, Number(execFileSync('id', ['-u', 'postgres'])), Number(execFileSync('id', ['-g', 'postgres'])));
		if (existsSync(p.data)) return p.up();
		if (of) tool('pg_basebackup', '-h', '127.0.0.1', '-p', String(of.port), '-U', 'xinqiao', '-D', p.data, '-X', 'stream', '-c', 'fast', '-R', '-w');
		else {
			tool('initdb', '-D', p.data, '-U', 'xinqiao', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync', ...(fillable ? ['--wal-segsize=1'] : []));
			appendFileSync(join(p.data, 'postgresql.conf'), 'fsync = on\nsynchronous_commit = on\nmax_connections = 80\nshared_buffers = 32MB\n');
			if (fillable) appendFileSync(join(p.data, 'postgresql.conf'), 'wal_recycle = off\nmin_wal_size = 2MB\nmax_wal_size = 8MB\n');
			appendFileSync(join(p.data, 'pg_hba.conf'), `host replication xinqiao 127.0.0.1/32 trust\n${host === '127.0.0.1' ? '' : `host all xinqiao ${host}/24 trust\n`}`);
		}
		return p.up();
	}

	async up() {
		const preload = this.fillable ? ['env', `LD_PRELOAD=${join(checkout, 'build', 'release', 'fulldisk.so')}`, `XQ_FULLDISK=${this.dir}`] : [];
		const [cmd, ...rest] = [...preload, join(bin, 'postgres')];
		const [su, words] = asPostgres(cmd, [...rest, '-D', this.data, '-p', String(this.port), '-k', this.dir, '-c', `listen_addresses=${this.host}`,
			...this.settings.flatMap((s) => ['-c', s])]);
		const [run, ...args] = [...this.wrap, su, ...words];
		this.log = '';
		this.child = owned(spawn(run, args, { stdio: ['ignore', 'ignore', 'pipe'] }), 'SIGQUIT');
		this.child.stderr.on('data', (d) => { this.log += d; });
		this.ended = new Promise((done) => this.child.on('exit', done));
		for (let i = 0; i < 400 * slack; i++) {
			try { execFileSync('psql', [...this.args('postgres'), '-c', 'SELECT 1'], { stdio: 'ignore' }); return this; } catch { await new Promise((r) => setTimeout(r, 50)); }
		}
		throw new Error(`PostgreSQL did not come up:\n${this.log}`);
	}

	args(name) { return ['-q', '-X', '-At', '-h', this.host, '-p', String(this.port), '-U', 'xinqiao', '-d', name]; }
	sql(text, name = 'postgres') { return execFileSync('psql', [...this.args(name), '-c', text], { encoding: 'utf8', timeout: 60000 }).trim(); }
	async database() { const name = `n${++this.names}`; this.sql(`CREATE DATABASE ${name}`); return name; }
	dsn(name, ...ports) { return `postgresql://xinqiao@${(ports.length ? ports : [this.port]).map((p) => `${this.host}:${p}`).join(',')}/${name}${this.host === '127.0.0.1' ? '?connect_timeout=2' : '?sslmode=disable'}`; }

	// The server and all its processes.
	signal(name) {
		const pids = execFileSync('ps', ['-o', 'pid=', '--ppid', String(this.pid())], { encoding: 'utf8' }).split(/\s+/).filter(Boolean).map(Number);
		for (const pid of [this.pid(), ...pids]) { try { process.kill(pid, name); } catch { /* it has just ended */ } }
	}

	async kill() { this.signal('SIGKILL'); await this.ended; }
	// A standby that every commit waits for.
	async standby() {
		const s = await Postgres.start({ of: this });
		this.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
		this.sql('SELECT pg_reload_conf()');
		await until('the standby to be waited for', () => this.sql('SELECT sync_state FROM pg_stat_replication') === 'sync', 20000);
		return s;
	}

	// No file of 'base' or 'pg_wal' can grow from here on, until there is room().
	full(place) { writeFileSync(join(this.dir, place), ''); }
	room(place) { rmSync(join(this.dir, place)); }

	promote() { tool('pg_ctl', 'promote', '-D', this.data, '-w', '-t', '60'); }

	pid() { return this.child.pid; }
	async stop({ keep = false } = {}) {
		if (this.child.exitCode === null && this.child.signalCode === null) { this.child.kill('SIGINT'); await this.ended; }
		if (!keep) rmSync(this.dir, { recursive: true, force: true });
	}
}

// A TCP proxy in front of it.
export class Proxy {
	static async start(to) {
		const p = new Proxy();
		Object.assign(p, { to, pairs: new Set(), down: false, eat: null });
		p.server = createServer((c) => p.pair(c));
		await new Promise((done) => p.server.listen(0, '127.0.0.1', done));
		p.port = p.server.address().port;
		return p;
	}

	pair(client) {
		if (this.down) { client.destroy(); return; }
		if (this.silent) { this.pairs.add({ client, server: client }); client.on('error', () => {}); client.pause(); return; }
		const server = createConnection(this.to, '127.0.0.1');
		const pair = { client, server, armed: false };
		this.pairs.add(pair);
		const end = () => { client.destroy(); server.destroy(); this.pairs.delete(pair); };
		for (const s of [client, server]) { s.on('error', end); s.on('close', end); }
		client.on('data', (d) => {
			if (this.eat && d.includes('COMMIT\0')) { pair.armed = true; this.eat(); this.eat = null; }
			server.write(d);
		});
		// The answer of an armed pair is read, so that the server has done it, and lost.
		server.on('data', (d) => { if (pair.armed) { end(); } else client.write(d); });
	}

	// Resolves when a COMMIT was let through whose answer will not be.
	swallow() { return new Promise((done) => { this.eat = done; }); }
	cut() { this.down = true; for (const { client, server } of this.pairs) { client.destroy(); server.destroy(); } this.pairs.clear(); }
	// Nothing is passed on any more, either way, and nobody is told: a cable that was pulled.
	silence() { this.silent = true; for (const { client, server } of this.pairs) { client.pause(); server.pause(); } }
	heal() { this.down = this.silent = false; for (const { client, server } of this.pairs) { client.resume(); server.resume(); } }
	close() { this.cut(); return new Promise((done) => this.server.close(done)); }
}
