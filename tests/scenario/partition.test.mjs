// config/partition.sql, run as the guide says on a database with traffic behind it: the same nodes go on over tables cut by month.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Chat } from './lib/chat.mjs';
import { root } from './lib/gateway.mjs';
import { Load, endAll, nodes, pause } from './lib/nodes.mjs';
import { Postgres } from './lib/postgres.mjs';

let pg;
before(async () => { pg = await Postgres.start(); });
after(async () => { await pg.stop(); });

test('tables cut by month: what was there is there, nodes write, list, answer and search over both sides, each place once, the chain whole', async () => {
	const all = await nodes(pg, 2), [a, b] = all;
	const name = pg.sql("SELECT datname FROM pg_stat_activity WHERE application_name LIKE '% writer %' LIMIT 1");
	const cut = () => execFileSync('psql', [...pg.args(name), '-v', 'ON_ERROR_STOP=1', '-1', '-f', join(root, 'config/partition.sql')], { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
	const count = (table) => Number(pg.sql(`SELECT count(*) FROM ${table}`, name));
	const chat = await new Chat(a.url).open();
	const first = await chat.say('建设路的路灯坏了三天');
	let load = new Load(all);
	load.tried.add('建设路的路灯坏了三天');
	load.start(4);
	await pause(1200);
	await load.stop();
	await load.check(a);
	assert.throws(cut, /a node is running: stop all of them first/);
	await chat.cut();
	for (const g of all) assert.deepEqual(await g.stop(), { code: 0, signal: null });
	const before = { event: count('event'), message: count('message') };
	cut();
	assert.deepEqual({ event: count('event'), message: count('message') }, before);
	assert.throws(cut, /other indexes|cut already/);
	assert.equal(count('message_rest') + count('event_rest'), 0, 'every row found its month');
	assert.ok(Number(pg.sql("SELECT count(*) FROM pg_inherits WHERE inhparent = 'message'::regclass", name)) >= 14, 'this month, twelve more and the rest');
	// As if the month ended now: what is there is in another table than what comes.
	const month = new Date().toISOString().slice(0, 7), old = month.replace('-', '_'), now = pg.sql("SELECT xinqiao_id(now())", name);
	const end = pg.sql(`SELECT xinqiao_id(timestamptz '${month}-01 00:00Z' + interval '1 month')`, name);
	for (const t of ['message', 'event'])
		pg.sql(`ALTER TABLE ${t} DETACH PARTITION ${t}_${old}; ALTER TABLE ${t} ATTACH PARTITION ${t}_${old} FOR VALUES FROM (MINVALUE) TO (${now});
			CREATE TABLE ${t}_next PARTITION OF ${t} FOR VALUES FROM (${now}) TO (${end})`, name);
	for (const g of all) await g.up();
	const known = load;
	load = Object.assign(new Load(all), { n: known.n });
	load.start(4);
	await pause(1200);
	await load.stop();
	// What was acknowledged before and after is judged together.
	for (const [text, ticket] of known.acked) load.acked.set(text, ticket);
	for (const text of known.tried) load.tried.add(text);
	await load.check(b);
	assert.equal(count(`message_${old}`), before.message);
	assert.ok(count('message_next') > 0 && count('event_next') > 0);
	assert.equal(pg.sql('SELECT count(*) FROM (SELECT 1 FROM message WHERE seq > 0 GROUP BY conversation, seq HAVING count(*) > 1) twice', name), '0');
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
