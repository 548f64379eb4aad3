// The spine on PostgreSQL, with one node and with two, and as two districts with a database and a node each, beside SQLite and beside what PostgreSQL does without a gateway: pgbench
// puts the very rows that the messages became into tables with the same indexes, as many a commit as the gateway had.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../scenario/lib/gateway.mjs';
import { nodes } from '../../scenario/lib/nodes.mjs';
import { Postgres } from '../../scenario/lib/postgres.mjs';
import { itself, none, rowsOnDisk, onDisk } from '../beside.mjs';
import { besideEchoes, echoed } from '../echoes.mjs';
import { SERVER, firstLine, folder, load, measured, note, of, own, ownFolder, quick, size, startGateway, usage } from '../lib.mjs';

const MESSAGES = 20000 / size, TABLES = ['conversation', 'ticket', 'message', 'intake', 'outbox', 'part', 'event', 'task'];
const CHAT = { active: 200, rate: 300, seconds: quick ? 2 : 8 };
let pg;
async function server() {
	if (pg) return pg;
	pg = await Postgres.start({ settings: SERVER });
	own(pg.child);
	ownFolder(pg.dir);
	return pg;
}

const wal = (name) => Number(pg.sql("SELECT pg_current_wal_insert_lsn() - '0/0'", name));
const link = (port) => ({ sms: { type: 'smpp', host: '127.0.0.1', port, system_id: 'bench', password: 'bench', bind: 'transceiver', number: 12345, window: 100, pace: 0 } });
const backends = () => execFileSync('ps', ['-o', 'pid=', '--ppid', String(pg.pid())], { encoding: 'utf8' }).split(/\s+/).filter(Boolean).map(Number);
const cpu = (pids) => pids.reduce((sum, pid) => { try { return sum + usage(pid).cpu; } catch { return sum; } }, 0);
const counter = async (g, name) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await (await fetch(`${g.url}/metrics`)).text())?.[1] ?? 0);

const database = (g) => /\/(n\d+)\?/.exec(g.store)[1];
const gateways = async (count, channels) => {
	const all = await nodes(pg, count, { channels: () => channels });
	for (const g of all) own(g.child);
	return all;
};

// Each node has a link of its own to the same SMSC. The first round warms; a new database has no statistics until the server has looked at
// its tables, within a minute by itself, and plans for empty ones until then.
async function smpp(count, apart) {
	const g = load('smpp_load', '--count', MESSAGES, '--window', 100 / (count || 1), '--links', count || 1, '--rounds', 2);
	const [port] = await firstLine(g);
	const all = apart ? [...await gateways(1, link(port)), ...await gateways(1, link(port))] : count ? await gateways(count, link(port)) : [await startGateway(link(port))];
	const pids = () => [...all.map((x) => x.child.pid), ...(count ? backends() : [])];
	const go = async (n) => {
		g.child.stdin.write('\n');
		await until(`round ${n}`, () => g.out.trim().split('\n').length > n, 120000);
		const r = JSON.parse(g.out.trim().split('\n')[n]);
		if (r.acknowledged !== MESSAGES) throw new Error(`${MESSAGES} sent: ${JSON.stringify(r)}`);
		return r;
	};
	await go(1);
	for (const x of count ? all : []) pg.sql('ANALYZE', database(x));
	const commits = () => Promise.all(all.map((x) => counter(x, 'xinqiao_store_commits_total'))).then((n) => n.reduce((a, b) => a + b));
	const before = { cpu: cpu(pids()), wal: count ? wal('postgres') : 0, commits: await commits() };
	const r = await go(2);
	r.cpu_us = (cpu(pids()) - before.cpu) * 1000 / MESSAGES;
	if (count) {
		r.wal = (wal('postgres') - before.wal) / MESSAGES;
		r.batch = MESSAGES / Math.max(1, await commits() - before.commits);
		r.retries = (await Promise.all(all.map((x) => counter(x, 'xinqiao_store_retries_total')))).reduce((a, b) => a + b);
		r.name = database(all[0]);
	}
	for (const x of all) await x.end();
	return r;
}

// Copies the rows of the messages in batches of so many messages, with nothing between pgbench and the server but one connection.
async function bare(from, batch) {
	const per = Math.max(1, Math.round(batch)), sql = ['BEGIN;', "SELECT nextval('bare.batch') AS k \\gset"];
	pg.sql('DROP SCHEMA IF EXISTS bare CASCADE; CREATE SCHEMA bare; CREATE SEQUENCE bare.batch MINVALUE 0 START 0', from);
	for (const t of TABLES) {
		const key = pg.sql(`SELECT string_agg(a.attname, ', ' ORDER BY array_position(i.indkey::int[], a.attnum::int)) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) WHERE i.indrelid = 'public.${t}'::regclass AND i.indisprimary`, from);
		pg.sql(`CREATE TABLE bare.${t} (LIKE public.${t} INCLUDING ALL); CREATE UNLOGGED TABLE bare.from_${t} AS SELECT row_number() OVER (ORDER BY ${key}) - 1 AS bare_n, x.* FROM public.${t} x;
			CREATE INDEX ON bare.from_${t} (bare_n); ANALYZE bare.from_${t}`, from);
		const rows = Number(pg.sql(`SELECT COUNT(*) FROM bare.from_${t}`, from)), columns = pg.sql(`SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'public.${t}'::regclass AND attnum > 0 AND NOT attisdropped`, from);
		sql.push(`INSERT INTO bare.${t} (${columns}) SELECT ${columns} FROM bare.from_${t} WHERE bare_n >= CAST(:k AS BIGINT) * ${per * rows} / ${2 * MESSAGES} AND bare_n < (CAST(:k AS BIGINT) + 1) * ${per * rows} / ${2 * MESSAGES};`);
	}
	sql.push('COMMIT;');
	const file = join(folder(), 'bare.sql'), transactions = Math.floor(MESSAGES / per);
	writeFileSync(file, `${sql.join('\n')}\n`);
	pg.sql('CHECKPOINT');
	const before = wal(from), began = performance.now();
	execFileSync('pgbench', ['-n', '-M', 'prepared', '-c', '1', '-t', String(transactions), '-f', file, '-h', '127.0.0.1', '-p', String(pg.port), '-U', 'xinqiao', from], { stdio: 'ignore' });
	const seconds = (performance.now() - began) / 1000;
	const r = { per_second: transactions * per / seconds, wal: (wal(from) - before) / (transactions * per) };
	pg.sql('DROP SCHEMA bare CASCADE', from);
	return r;
}

async function rows(dsn) {
	return measured('store_bench', 'on', dsn, 20000 / size)[0];
}

async function login(gateway) {
	const r = await fetch(`${gateway.url}/console/api/login`, { method: 'POST', body: JSON.stringify({ name: 'bench', password: gateway.staff('bench', 'agent') }) });
	return r.headers.get('set-cookie').split(';')[0];
}

// Citizens at the first node, the staff at the last.
async function chat(count) {
	const web = { web: { type: 'webchat' } }, all = count ? await gateways(count, web) : [await startGateway(web)];
	const cookie = await login(all.at(-1));
	const r = await load('chat_load', '--port', all[0].port, '--staff-port', all.at(-1).port, '--idle', 0, '--active', CHAT.active, '--rate', CHAT.rate, '--seconds', CHAT.seconds, '--cookie', cookie).result;
	for (const x of all) await x.end();
	return r;
}

async function round() {
	await server();
	const r = { sync: measured('sqlite_rows', '--file', join(folder(), 'rows.db'), '--count', 1000)[0].fdatasyncs_per_second, smpp: [], chat: [] };
	for (const count of [0, 1, 2]) r.smpp.push(await smpp(count));
	r.smpp.push(await smpp(2, true));
	r.bare = await bare(r.smpp[1].name, r.smpp[1].batch);
	r.rows = [await rows(`sqlite:${join(folder(), 'rows.db')}`), await rows(pg.dsn(await pg.database()))];
	for (const count of [0, 1, 2]) r.chat.push(await chat(count));
	r.echoes = await echoed('--idle', 0, '--active', CHAT.active, '--rate', CHAT.rate, '--seconds', CHAT.seconds);
	note(`  SMPP on SQLite ${r.smpp[0].per_second}/s, one node on PostgreSQL ${r.smpp[1].per_second}/s, two ${r.smpp[2].per_second}/s, two districts ${r.smpp[3].per_second}/s; pgbench ${Math.round(r.bare.per_second)}/s`);
	return r;
}

const WHERE = ['SQLite', 'PostgreSQL, one node', 'PostgreSQL, two nodes', 'PostgreSQL, two databases with a node each'];
const whole = (n) => Math.round(n).toLocaleString('en');

export default {
	name: 'postgres',
	round,
	rows({ rounds }, all) {
		const at = (f) => of(rounds.map((r) => ({ v: f(r) })), 'v'), bareRate = { what: 'pgbench, the same rows', value: at((r) => r.bare.per_second) };
		const beside = (i, value) => (i ? { what: 'SQLite', value } : none('the others are measured beside it'));
		const echo = besideEchoes({ lws: { p99: at((r) => r.echoes.lws.ack_p99_ms) }, ws: { p99: at((r) => r.echoes.ws.ack_p99_ms) } }, 'p99', 2);
		return [
			{ id: 'pg_sync', what: 'fdatasync of this disk', value: at((r) => r.sync), unit: '/s', ...itself },
			{ id: 'pg_bare', what: 'pgbench: the same rows into the same tables and indexes, one connection, as many a commit as the gateway', value: bareRate.value, unit: '/s', better: 'more', ...itself,
				note: `${at((r) => r.smpp[1].batch).toFixed(0)} messages a commit; ${whole(at((r) => r.bare.wal))} bytes of write-ahead log a message` },
			...WHERE.map((where, i) => ({ id: `pg_smpp_${i}`, what: `SMPP, acknowledged when on disk: ${where}`, value: at((r) => r.smpp[i].per_second), unit: '/s', better: 'more',
				limit: i ? bareRate : onDisk(all, 100), peer: beside(i, at((r) => r.smpp[0].per_second)),
				note: `p50 ${at((r) => r.smpp[i].p50_ms).toFixed(1)} ms, p99 ${at((r) => r.smpp[i].p99_ms).toFixed(1)} ms; ${whole(at((r) => r.smpp[i].cpu_us))} µs of processor a message` +
					(i ? `, server included; ${whole(at((r) => r.smpp[i].wal))} bytes of write-ahead log a message; ${whole(at((r) => r.smpp[i].retries))} transactions run again` : '') })),
			...['SQLite', 'PostgreSQL'].map((where, i) => ({ id: `pg_rows_${i}`, what: `store alone, new tickets, rows: ${where}`, value: at((r) => r.rows[i].rows_per_second), unit: '/s', better: 'more',
				limit: rowsOnDisk(all), peer: beside(i, at((r) => r.rows[0].rows_per_second)), note: `${whole(at((r) => r.rows[i].per_second))} tickets/s` })),
			...WHERE.slice(0, 3).map((where, i) => ({ id: `pg_chat_${i}`, what: `chat at ${CHAT.rate} messages/s: to the staff's screen${i === 2 ? ' at the other node' : ''}, p99: ${where}`, value: at((r) => r.chat[i].seen_p99_ms), unit: 'ms', digits: 1,
				better: 'less', ...echo, note: `${i ? `× ${(at((r) => r.chat[i].seen_p99_ms) / at((r) => r.chat[0].seen_p99_ms)).toFixed(2)} of SQLite's; ` : ''}p50 ${at((r) => r.chat[i].seen_p50_ms).toFixed(1)} ms; to the ack p50 ${at((r) => r.chat[i].ack_p50_ms).toFixed(1)} ms, p99 ${at((r) => r.chat[i].ack_p99_ms).toFixed(1)} ms` })),
		];
	},
};
