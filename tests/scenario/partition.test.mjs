// config/partition.sql, run as the guide says on a database with traffic on it: the nodes go on over tables cut by month.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Chat } from './lib/chat.mjs';
import { root, until } from './lib/gateway.mjs';
import { Load, endAll, nodes } from './lib/nodes.mjs';
import { Postgres } from './lib/postgres.mjs';

const run = promisify(execFile);
let pg;
before(async () => { pg = await Postgres.start(); });
after(async () => { await pg.stop(); });

test('tables cut by month while two nodes write: what was there is there, they list, answer and search over both sides, each place once, the chain whole', async () => {
	const all = await nodes(pg, 2), [a, b] = all;
	const name = pg.sql("SELECT datname FROM pg_stat_activity WHERE application_name LIKE '% writer %' LIMIT 1");
	const psql = async (...args) => { try { return { code: 0, ...await run('psql', [...pg.args(name), ...args]) }; } catch (e) { return e; } };
	const cut = (...more) => psql('-f', join(root, 'config/partition.sql'), ...more);
	const count = (table) => Number(pg.sql(`SELECT count(*) FROM ${table}`, name));
	const bounds = () => pg.sql("SELECT count(*) FROM pg_constraint WHERE conname = 'xinqiao_cut'", name);
	const chat = await new Chat(a.url).open();
	const first = await chat.say('建设路的路灯坏了三天');
	const load = new Load(all);
	load.tried.add('建设路的路灯坏了三天');
	load.start(4);
	await until('something to be there', () => load.acked.size > 40, 30000);

	// Somebody reads without an end: it gives up, clears away, and kept nobody waiting for long.
	const reader = spawn('psql', pg.args(name), { stdio: ['pipe', 'ignore', 'inherit'] });
	reader.stdin.write('BEGIN; SELECT count(*) FROM event;\n');
	await until('the reader to have it', () => pg.sql("SELECT count(*) FROM pg_locks WHERE relation = 'event'::regclass AND mode = 'AccessShareLock'", name) !== '0');
	const refused = await cut('-v', 'tries=1');
	assert.notEqual(refused.code, 0);
	assert.match(refused.stderr, /table event is never free for a moment.*\n(.*\n)*.*event was not cut/);
	assert.equal(bounds(), '0');
	reader.stdin.end('COMMIT;\n');
	await new Promise((done) => reader.on('exit', done));

	// What a run left that was broken off is in nobody's way.
	for (const t of ['event', 'message']) pg.sql(`ALTER TABLE ${t} ADD CONSTRAINT xinqiao_cut CHECK (id < 9000000000000000000) NOT VALID`, name);
	pg.sql('CREATE INDEX message_plain ON message (conversation)', name);
	const before = { event: count('event'), message: count('message') }, began = Date.now();
	const done = await cut();
	assert.equal(done.code, 0, done.stderr);
	const took = Date.now() - began, at = load.acked.size;
	await until('traffic to go on', () => load.acked.size > at + 40, 30000);
	console.log(`${before.message} messages, ${before.event} events cut in ${took} ms; the longest time without an acknowledgement: ${load.gap(began)} ms`);
	assert.equal(bounds(), '0');
	const whole = pg.sql("SELECT to_char(date_trunc('month', now() + interval '7 days') + interval '1 month', 'before_YYYY_MM')", name);
	for (const t of ['event', 'message']) {
		assert.ok(count(`${t}_${whole}`) > before[t], 'it is the table that was, and what came since is in it too');
		assert.equal(count(`${t}_rest`), 0);
		assert.ok(Number(pg.sql(`SELECT count(*) FROM pg_inherits WHERE inhparent = '${t}'::regclass`, name)) >= 13, 'what was, a year of months, the rest');
		assert.equal(pg.sql(`SELECT count(*) FROM pg_index WHERE indrelid = '${t}'::regclass AND NOT indisvalid`, name), '0');
		assert.equal(pg.sql(`SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_index x JOIN pg_class c ON c.oid = indexrelid WHERE indrelid = '${t}'::regclass`, name),
			t === 'event' ? 'event_pkey event_ticket' : 'message_conversation message_pkey message_raw message_ticket');
	}
	assert.match((await cut()).stdout, /event is cut already\nmessage is cut already/);

	// As if that month ended now: what is there is in another table than what comes. More months are made meanwhile.
	for (const t of ['message', 'event'])
		pg.sql(`BEGIN; LOCK TABLE ${t}; DO $$ DECLARE now bigint := xinqiao_id(clock_timestamp()); BEGIN
			ALTER TABLE ${t} DETACH PARTITION ${t}_${whole};
			EXECUTE format('ALTER TABLE ${t} ATTACH PARTITION ${t}_${whole} FOR VALUES FROM (MINVALUE) TO (%s)', greatest(now, (SELECT max(id) + 1 FROM ${t}_${whole})));
			EXECUTE format('CREATE TABLE ${t}_next PARTITION OF ${t} FOR VALUES FROM (%s) TO (%s)', greatest(now, (SELECT max(id) + 1 FROM ${t}_${whole})),
				xinqiao_id(to_timestamp('${whole}', '"before_"YYYY_MM'))); END $$; COMMIT`, name);
	const parted = { event: count(`event_${whole}`), message: count(`message_${whole}`) }, then = load.acked.size;
	await until('traffic to go on in the next month', () => load.acked.size > then + 40, 30000);
	const months = () => Number(pg.sql("SELECT count(*) FROM pg_inherits WHERE inhparent = 'message'::regclass", name));
	const had = months();
	await until('two more months', async () => (await psql('-c', "SELECT xinqiao_months('event', now(), 14)", '-c', "SELECT xinqiao_months('message', now(), 14)")).code === 0, 30000);
	assert.equal(months(), had + 2);
	await load.stop();
	await load.check(b);
	for (const t of ['event', 'message']) {
		assert.equal(count(`${t}_${whole}`), parted[t]);
		assert.ok(count(`${t}_next`) > 0);
	}
	for (const g of all) assert.doesNotMatch(g.log, / error /);
	assert.equal(pg.sql('SELECT count(*) FROM (SELECT 1 FROM message WHERE seq > 0 GROUP BY conversation, seq HAVING count(*) > 1) twice', name), '0');
	await chat.cut();
	assert.equal((await b.reply(first.ticket, '今晚修好')).status, 201);
	chat.at(b.url);
	await chat.open();
	await chat.frame((f) => f.type === 'message' && f.text?.includes('今晚修好'));
	assert.ok((await b.tickets('&q=建设路')).some((t) => t.number === first.ticket));
	assert.deepEqual(chat.messages().filter((f) => f.text?.includes('今晚修好')).length, 1);
	// A new version's column comes to every part.
	pg.sql("ALTER TABLE message ADD COLUMN later BIGINT NOT NULL DEFAULT 0", name);
	assert.equal((await a.ticket(first.ticket)).messages.length > 1, true);
	await chat.close();
	await endAll(all);
});
