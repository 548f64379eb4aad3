// A database that is cut off, loses an answer, is paused: what was acknowledged is there, once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until, slack } from './lib/gateway.mjs';
import { Load, endAll, nodes, pause } from './lib/nodes.mjs';
import { Postgres, Proxy } from './lib/postgres.mjs';

let pg;
before(async () => { pg = await Postgres.start(); });
after(async () => { await pg.stop(); });

test('a node cut from the database holds back its answers, and goes on when it is healed', async () => {
	const proxy = await Proxy.start(pg.port);
	const all = await nodes(pg, 2, { via: (i) => (i === 1 ? proxy.port : pg.port) });
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
	const all = await nodes(pg, 2, { via: (i) => (i === 1 ? proxy.port : pg.port) });
	const load = new Load(all.slice(0, 1));
	load.start(6);
	for (let k = 0; k < 6; k++) {
		await pause(300);
		await proxy.swallow(); // the next COMMIT reaches the server, its answer is lost with the connection
	}
	await load.stop();
	const known = [...all[0].log.matchAll(/an unsure commit is known committed=(\w+)/g)].map((m) => m[1]);
	console.log(`unsure commits: ${known.join(' ')}`);
	assert.ok(known.includes('yes'), 'a commit was unsure and had happened');
	await load.check(all[1]);
	await endAll(all);
	await proxy.close();
});

test('a database that falls silent without a word is noticed within half a minute, and found again', async () => {
	const proxy = await Proxy.start(pg.port);
	const all = await nodes(pg, 2, { via: (i) => (i === 1 ? proxy.port : pg.port) });
	const load = new Load(all.slice(0, 1));
	load.start(4);
	await until('load', () => load.acked.size > 10, 30000);
	proxy.silence();
	const began = Date.now();
	await pause(300 * slack); // what was committed before is on its way still
	const had = load.acked.size;
	await until('/readyz to say so', async () => (await fetch(`${all[0].url}/readyz`)).status === 503, 30000);
	console.log(`/readyz said 503 after ${Date.now() - began} ms`);
	assert.equal(load.acked.size, had, 'nothing is acknowledged');
	proxy.heal();
	await until('acknowledgements again', () => load.acked.size > had + 3, 40000);
	await load.stop();
	await load.check(all[1]);
	await endAll(all);
	await proxy.close();
});

test('a paused PostgreSQL stops the acknowledgements and nothing else', async () => {
	const all = await nodes(pg, 2);
	const load = new Load(all);
	load.start(4);
	await pause(700);
	pg.signal('SIGSTOP');
	await pause(300 * slack); // what was committed before is on its way still
	const before = load.acked.size;
	await pause(2000);
	assert.equal(load.acked.size, before, 'nothing is acknowledged that is not on disk');
	assert.equal((await fetch(`${all[0].url}/healthz`)).status, 200, 'the process lives');
	pg.signal('SIGCONT');
	await until('acknowledgements again', () => load.acked.size > before + 3, 40000);
	await load.stop();
	await load.check(all[1]);
	await endAll(all);
});

test('a primary that dies in mid-commit is followed by its standby: what was acknowledged is there, once', async () => {
	const pg = await Postgres.start(); // the others' stays
	const standby = await pg.standby();
	const name = await pg.database();
	const all = await nodes(pg, 2, { store: () => pg.dsn(name, pg.port, standby.port) });
	const load = new Load(all);
	load.start(6);
	await pause(1200);
	await pg.kill();
	const died = Date.now();
	standby.promote();
	const had = load.acked.size;
	await until('acknowledgements from the new primary', () => load.acked.size > had + 5, 60000);
	console.log(`acknowledged again ${Date.now() - died} ms after the primary's death`);
	for (const g of all) assert.match(g.log, /no standby is waited for: what is acknowledged now dies with this server/, 'the operator is told');
	await load.stop();
	await load.check(all[1]);
	await endAll(all);
	await standby.stop();
	await pg.stop();
});

test('a primary of old, that was not told and never finishes a commit, is left for the new one', async () => {
	const old = await Postgres.start();
	const standby = await old.standby();
	const name = await old.database();
	const all = await nodes(old, 2, { store: () => old.dsn(name, old.port, standby.port) });
	const load = new Load(all);
	load.start(6);
	await until('load', () => load.acked.size > 20, 30000);
	standby.promote();
	const began = Date.now(), had = load.acked.size;
	await until('acknowledgements from the new primary', () => load.acked.size > had + 15, 60000);
	console.log(`acknowledged again ${Date.now() - began} ms after the promotion`);
	assert.equal(old.sql('SELECT pg_is_in_recovery()'), 'f', 'it takes itself for the primary');
	await load.stop();
	await old.kill(); // the command line, which asks the first of the hosts, would look there
	await load.check(all[0]);
	await load.check(all[1]);
	await endAll(all);
	await standby.stop();
	await old.stop();
});

test('what only the primary has is not acknowledged, though a new connection can read it', async () => {
	const all = await nodes(pg, 1);
	const load = new Load(all);
	load.start(4);
	await pause(700);
	pg.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
	pg.sql('SELECT pg_reload_conf()');
	const waits = () => pg.sql("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name LIKE '% writer %'");
	let before;
	try {
		await until('a commit to wait for a standby', waits, 20000);
		await pause(300 * slack); // what was committed before is on its way still
		before = load.acked.size;
		pg.sql(`SELECT pg_terminate_backend(${waits().split('\n')[0]}, 5000)`); // committed here, and nowhere else
		await until('the gateway to ask what became of it', () => /connected again/.test(all[0].log) && waits(), 20000);
		await pause(500);
		assert.equal(load.acked.size, before, 'nothing is acknowledged that a standby does not have');
	} finally { // or every test behind this one waits for a standby too
		pg.sql("ALTER SYSTEM SET synchronous_standby_names = ''");
		pg.sql('SELECT pg_reload_conf()');
	}
	await until('acknowledgements again', () => load.acked.size > before + 3, 40000);
	await load.stop();
	assert.match(all[0].log, /an unsure commit is known committed=yes/);
	await load.check(all[0]);
	await endAll(all);
});
