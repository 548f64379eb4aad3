// Reports from a standby that streams: never older than the question, and from the store itself while the standby is behind,
// away, promoted, or another's.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { binary, readFileSync, tempDir, until, writeFileSync } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';
import { nodes, endAll } from './lib/nodes.mjs';
import { Postgres } from './lib/postgres.mjs';

let pg, standby, all, g, chat, name, n = 0;
before(async () => {
	pg = await Postgres.start();
	standby = await Postgres.start({ of: pg });
	name = await pg.database();
	all = await nodes(pg, 1, { store: () => pg.dsn(name), more: () => ({ reports_store: pg.dsn(name, standby.port) }) });
	[g] = all;
	g.bearer = g.runJson('token', 'create', 'reports', '--scope', 'read,reports')[0].token;
	chat = await new Chat(g.url).open();
});
after(async () => {
	await chat.close();
	await endAll(all);
	await standby.stop();
	await pg.stop();
});

const total = async () => {
	const r = await g.api('GET', '/api/v1/reports/rates');
	assert.equal(r.status, 200, r.text);
	return r.json.all.counts.received;
};
const from = async (where) => Number(new RegExp(`xinqiao_store_reports_total\\{from="${where}"\\} (\\d+)`).exec(await (await fetch(`${g.url}/metrics`)).text())?.[1] ?? 0);
// One more matter, which the reports follow to; and where the last one was read.
async function counted(where) {
	chat = await (await chat.close(), new Chat(g.url)).open(); // another citizen
	await chat.say(`第${++n}件：路灯坏了`);
	await until('the reports to follow', async () => await total() === n, 20000);
	const had = await from(where);
	assert.equal(await total(), n);
	return await from(where) - had === 1;
}

test('a report is read on the standby', async () => {
	await until('the standby to be used', () => counted('standby'), 20000);
	const users = standby.sql("SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'xinqiao node 1 %'");
	assert.match(users, /^xinqiao node 1 process \d+ standby \w+$/m);
	for (let i = 0; i < 5; i++) await counted('standby');
});

test('of a standby that is behind nobody hears: the store itself answers, until it has caught up', async () => {
	standby.sql('SELECT pg_wal_replay_pause()');
	await until('the pause', () => standby.sql('SELECT pg_get_wal_replay_pause_state()') === 'paused');
	assert.ok(await counted('store'));
	assert.match(g.log, /reports are read from the store itself.*the standby is more than 2000 ms behind/);
	standby.sql('SELECT pg_wal_replay_resume()');
	await until('the standby to be used', () => counted('standby'), 20000);
});

test('while the standby is away the store itself answers, and the standby is found again', async () => {
	standby.child.kill('SIGINT');
	await standby.ended;
	assert.ok(await counted('store'));
	await standby.up();
	await until('the standby to be used', () => counted('standby'), 40000);
});

async function reconfigure(reports) {
	await g.stop();
	writeFileSync(g.conf, readFileSync(g.conf, 'utf8').replace(/^reports_store = .*$/m, `reports_store = ${reports}`));
	await g.up();
}

test('another database of the same standby is not read', async () => {
	const other = await pg.database();
	await until('it to be there too', () => { try { return standby.sql('SELECT 1', other); } catch { return false; } });
	await reconfigure(pg.dsn(other, standby.port));
	assert.ok(await counted('store'));
	assert.match(g.log, /reports are read from the store itself.*is a standby of another store/);
	await reconfigure(pg.dsn(name, standby.port));
	await until('the standby to be used', () => counted('standby'), 20000);
});

test('a standby that was promoted is one no longer', async () => {
	standby.promote();
	assert.ok(await counted('store'));
	assert.match(g.log, /reports are read from the store itself.*is no standby/);
});

test('a store in a file has no standby, and the check says so', () => {
	const dir = tempDir(), conf = join(dir, 'xinqiao.conf');
	writeFileSync(conf, '[gateway]\nname = 示范市12345\nstore = sqlite:store.db\nreports_store = postgresql://xinqiao@127.0.0.1/x\n');
	assert.throws(() => execFileSync(binary, ['--config', conf, 'check'], { encoding: 'utf8', stdio: 'pipe' }),
		(e) => /xinqiao\.conf:4: reports_store must be .*a store in a file has none/.test(e.stderr));
});
