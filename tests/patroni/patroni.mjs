// Three PostgreSQL under Patroni, killed, switched over and brought back under gateways that are in use.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort, slack, until } from '../scenario/lib/gateway.mjs';
import { Load, Sender, endAll, nodes, pause } from '../scenario/lib/nodes.mjs';
import { asPostgres, bin } from '../scenario/lib/postgres.mjs';
import { Smsc } from '../scenario/lib/smsc.mjs';

const { TTL = '20', LOOP_WAIT = '5', RETRY_TIMEOUT = '5', STRICT = 'true' } = process.env;
let dir, etcd, etcdPort, all, load, texts, work, smsc;
const member = {};

function owned(path) {
	mkdirSync(path);
	if (process.getuid() === 0) chownSync(path, Number(execFileSync('id', ['-u', 'postgres'])), Number(execFileSync('id', ['-g', 'postgres'])));
	return path;
}

function start(name, cmd, args) {
	const [su, words] = asPostgres(cmd, args);
	const child = spawn(su, words, { stdio: ['ignore', 'pipe', 'pipe'] });
	const log = join(dir, `${name}.log`);
	for (const s of [child.stdout, child.stderr]) s.on('data', (d) => appendFileSync(log, d));
	child.ended = new Promise((done) => child.on('exit', done));
	return child;
}

// One server and its Patroni: what config/scale.md shows, with ports and folders of the test's own.
async function make(name) {
	const m = member[name] = { name, port: await freePort(), rest: await freePort(), dir: owned(join(dir, name)) };
	m.conf = join(m.dir, 'patroni.yml');
	writeFileSync(m.conf, `scope: xinqiao
name: ${name}
restapi: { listen: 127.0.0.1:${m.rest}, connect_address: 127.0.0.1:${m.rest} }
etcd3: { hosts: 127.0.0.1:${etcdPort} }
bootstrap:
  dcs:
    ttl: ${TTL}
    loop_wait: ${LOOP_WAIT}
    retry_timeout: ${RETRY_TIMEOUT}
    maximum_lag_on_failover: 1048576
    synchronous_mode: true
    synchronous_mode_strict: ${STRICT}
    postgresql:
      use_pg_rewind: true
      parameters: { wal_log_hints: 'on', max_connections: 100, shared_buffers: 32MB }
  initdb: [ encoding: UTF8, locale: C.UTF-8, data-checksums ]
postgresql:
  listen: 127.0.0.1:${m.port}
  connect_address: 127.0.0.1:${m.port}
  data_dir: ${m.dir}/data
  bin_dir: ${bin}
  pgpass: ${m.dir}/pgpass
  authentication:
    superuser: { username: postgres, password: trusted }
    replication: { username: replicator, password: trusted }
    rewind: { username: rewinder, password: trusted }
  pg_hba: [ local all all trust, host all all 127.0.0.1/32 trust, host replication all 127.0.0.1/32 trust ]
  parameters: { unix_socket_directories: ${m.dir} }
`);
	m.up = () => { m.child = start(name, 'patroni', [m.conf]); };
	m.up();
	return m;
}

const state = async () => {
	for (const m of Object.values(member)) {
		const r = await fetch(`http://127.0.0.1:${m.rest}/cluster`, { signal: AbortSignal.timeout(3000) }).catch(() => null);
		const members = r && (await r.json()).members;
		if (members) return members;
	}
	return [];
};
const leader = async () => (await state()).find((m) => m.role === 'leader' && m.state === 'running')?.name;
const both = () => until('a leader and a synchronous standby', async () => {
	const s = await state();
	return s.some((m) => m.role === 'leader' && m.state === 'running') && s.some((m) => m.role === 'sync_standby' && /running|streaming/.test(m.state));
}, 90000);
const standsBy = (m) => until('it to be a standby', async () => (await state()).some((x) => x.name === m.name && /standby|replica/.test(x.role) && /running|streaming/.test(x.state)), 90000);
const sql = (m, text, name = 'postgres') => execFileSync('psql', ['-q', '-X', '-At', '-h', '127.0.0.1', '-p', String(m.port), '-U', 'postgres', '-d', name, '-c', text], { encoding: 'utf8' }).trim();
const kill9 = (pid) => { try { process.kill(pid, 'SIGKILL'); } catch { /* it has ended */ } };

// The server with all its processes, at once.
function killServer(m) {
	const pid = Number(readFileSync(join(m.dir, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
	const rest = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' }).split(/\s+/).filter(Boolean).map(Number);
	for (const p of [pid, ...rest]) kill9(p);
}

// What is done, and the longest time without an acknowledgement from then on until all has settled.
async function outage(what, act) {
	const began = Date.now();
	await act();
	const had = load.acked.size;
	await until('acknowledgements again', () => load.acked.size > had + 20, 120000);
	await until('text messages again', () => texts.every((s) => s.has(s.seen = (s.seen ?? s.taken.length + 2))), 120000);
	for (const s of texts) delete s.seen;
	console.log(`${what}: nothing was acknowledged for ${(load.gap(began) / 1000).toFixed(1)} s (ttl ${TTL}, loop_wait ${LOOP_WAIT}, retry_timeout ${RETRY_TIMEOUT})`);
}

before(async () => {
	dir = mkdtempSync(join(tmpdir(), 'xq-patroni-'));
	chmodSync(dir, 0o755);
	const peer = await freePort();
	etcdPort = await freePort();
	etcd = start('etcd', 'etcd', ['--data-dir', join(owned(join(dir, 'etcd')), 'data'), '--name', 'one', '--listen-client-urls', `http://127.0.0.1:${etcdPort}`,
		'--advertise-client-urls', `http://127.0.0.1:${etcdPort}`, '--listen-peer-urls', `http://127.0.0.1:${peer}`,
		'--initial-advertise-peer-urls', `http://127.0.0.1:${peer}`, '--initial-cluster', `one=http://127.0.0.1:${peer}`]);
	await until('etcd', async () => (await fetch(`http://127.0.0.1:${etcdPort}/health`).catch(() => ({}))).status === 200, 30000);
	const first = await make('db1');
	await until('the first server', leader, 60000);
	await make('db2');
	await make('db3');
	await both();
	sql(first, 'CREATE ROLE xinqiao LOGIN');
	sql(first, "CREATE DATABASE xinqiao OWNER xinqiao TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'");
	smsc = [await Smsc.start(), await Smsc.start()];
	const dsn = `postgresql://xinqiao@${Object.values(member).map((m) => `127.0.0.1:${m.port}`).join(',')}/xinqiao`;
	all = await nodes(null, 2, { store: () => dsn, channels: (i) => ({ web: { type: 'webchat' },
		sms: { type: 'smpp', host: '127.0.0.1', port: smsc[i - 1].port, system_id: 'xinqiao', password: 'secret', number: '12345', reconnect_max: 1 } }) });
	load = new Load(all);
	load.start(6);
	texts = smsc.map((s, i) => new Sender(`短信${i}`, async (text) => await s.deliver(`1390000000${i}`, text, { ms: 120000 * slack }) === 0));
	work = texts.map((s) => s.run());
	await until('traffic', () => load.acked.size > 40 && texts.every((s) => s.has(3)), 30000);
});
after(async () => {
	for (const s of texts ?? []) s.running = false;
	if (load) await load.stop();
	for (const m of Object.values(member)) m.child.kill('SIGTERM');
	await Promise.all(Object.values(member).map((m) => m.child.ended));
	etcd?.kill('SIGTERM');
	for (const s of smsc ?? []) await s.close();
	await etcd?.ended;
	rmSync(dir, { recursive: true, force: true });
});

test('the primary and its Patroni killed: the standby takes over', () => outage('primary and Patroni killed', async () => {
	const old = member[await leader()];
	kill9(old.child.pid);
	killServer(old);
	await until('the other to lead', async () => { const l = await leader(); return l && l !== old.name; }, 120000);
}));

test('the old primary comes back as the standby', async () => {
	const old = Object.values(member).find((m) => m.child.signalCode === 'SIGKILL');
	const began = Date.now();
	old.up();
	await standsBy(old);
	assert.notEqual(await leader(), old.name);
	console.log(`back as a standby ${((Date.now() - began) / 1000).toFixed(1)} s after its start; pg_rewind ${/running pg_rewind|pg_rewind: Done/i.test(readFileSync(join(dir, `${old.name}.log`), 'utf8')) ? 'was needed' : 'was not needed'}`);
});

test('a switchover by patronictl', () => outage('switchover', async () => {
	await both();
	const from = await leader(), to = (await state()).find((m) => m.role === 'sync_standby').name;
	const [su, words] = asPostgres('patronictl', ['-c', member[from].conf, 'switchover', 'xinqiao', '--master', from, '--candidate', to, '--force']);
	execFileSync(su, words, { stdio: 'pipe' });
	await until('the other to lead', async () => await leader() === to, 120000);
	await both();
}));

test('Patroni alone killed: two servers take themselves for the primary, and only one can acknowledge', () => outage('Patroni alone killed', async () => {
	const old = member[await leader()];
	kill9(old.child.pid);
	await until('the other to lead', async () => { const l = await leader(); return l && l !== old.name; }, 120000);
	assert.equal(sql(old, 'SELECT pg_is_in_recovery()'), 'f', 'nobody has told it');
	await pause(3000); // commits wait there for a standby that is one no longer; whoever starts it again must not let them go
	old.up();
	await standsBy(old);
}));

test('everything that was acknowledged is there, once', async () => {
	for (const s of texts) s.running = false;
	await Promise.all(work);
	await load.stop();
	for (const s of texts) for (const t of s.taken) { load.acked.set(t, ''); load.tried.add(t); }
	await load.check(all[1]);
	await endAll(all);
});
