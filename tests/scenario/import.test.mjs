// A SQLite store moves to PostgreSQL: killed in the middle and run again, refused where it would do harm, and what comes out is
// the same hotline.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, binary, freePort, tempDir, until } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';
import { lmtp, mail } from './lib/mail.mjs';
import { Postgres } from './lib/postgres.mjs';

let pg, old, chat, ack, newest;
const many = 6000; // more than one transaction of it holds

// Its secrets are the old gateway's, also those that citizens' addresses are sealed by.
const shared = () => [{ node: 1, secret_file: join(old.dir, 'secret.key') }, { security: { key_file: join(old.dir, 'fields.key') } }];
// A configuration on PostgreSQL whose gateway does not run yet.
async function target(name) {
	const g = new Gateway();
	g.dir = tempDir();
	g.port = await freePort();
	g.url = `http://127.0.0.1:${g.port}`;
	g.conf = join(g.dir, 'xinqiao.conf');
	g.store = pg.dsn(name);
	g.configure({ web: { type: 'webchat' } }, ...shared());
	return g;
}
const refused = (g, ...args) => { try { g.run('import', ...args); } catch (e) { return String(e.stderr); } throw new Error('it was not refused'); };

const mailPort = await freePort();
const channels = { web: { type: 'webchat' }, mail: { type: 'email', address: '12345@city.example', lmtp_listen: `127.0.0.1:${mailPort}`, smtp_url: 'smtp://127.0.0.1:9' } };

before(async () => {
	pg = await Postgres.start();
	old = await Gateway.start({ channels, settings: { node: 1, store: 'sqlite:store.db' }, sections: { security: { key_file: 'fields.key' } } });
	chat = await new Chat(old.url).open();
	ack = await chat.say('小区东门路灯坏了三天');
	assert.equal((await old.reply(ack.ticket, '已派人查看')).status, 201);
	await chat.frame((f) => f.type === 'message' && f.from === 'staff');
	for (const padding of [0, 20000])
		assert.match((await lmtp(mailPort, mail({ subject: '井盖', text: '人民路井盖松动', padding })))[0], /^250/);
	const lines = [...Array(many).keys()].map((i) => JSON.stringify({ id: `old-${i}`, text: `第${i}件：楼道灯不亮`, peer: `p${i}`, at: '2026-11-20' }));
	writeFileSync(join(old.dir, 'old.jsonl'), lines.join('\n'));
	old.run('import', join(old.dir, 'old.jsonl'), '--channel', 'web');
	newest = (await old.ticket((await old.tickets())[0].number)).messages.at(-1).id;
	await chat.close();
	assert.deepEqual(await old.stop(), { code: 0, signal: null });
});
after(async () => { await pg.stop(); rmSync(old.dir, { recursive: true, force: true }); });

test('a move that is killed goes on where it stopped, and what comes out is the same hotline', async () => {
	const name = await pg.database();
	const g = await target(name);
	const sqlite = `sqlite:${join(old.dir, 'store.db')}`;
	g.run('ticket', 'list'); // makes the tables
	// Somebody who has not said yet whether he puts one of the rows there stops it in the middle of a table.
	const other = spawn('psql', [...pg.args(name), '-c', `BEGIN; INSERT INTO message (id, conversation, ticket, seq, sender, survey, at, sent_at,
		attachments, author, event, text) VALUES (${newest}, 0, 0, 0, 0, 0, 0, 0, 0, '', '', ''); SELECT pg_sleep(600)`], { stdio: 'ignore' });
	const ended = new Promise((done) => other.on('exit', done));
	const sleeping = "FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
	await until('him to be there', () => pg.sql(`SELECT count(*) ${sleeping}`) === '1', 20000);
	const child = spawn(binary, ['--config', g.conf, 'import', sqlite, '--files', join(old.dir, 'files')], { stdio: 'ignore' });
	const gone = new Promise((done) => child.on('exit', done));
	await until('half a table to be there', () => pg.sql("SELECT count(*) FROM message", name) === '5000', 60000);
	child.kill('SIGKILL');
	await gone;
	pg.sql(`SELECT pg_terminate_backend(pid) ${sleeping}`);
	await ended;
	await until('the server to have noticed', () => pg.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'xinqiao%'") === '0', 30000);
	assert.throws(() => g.run('ticket', 'list'), /begun and not finished/, 'half of a store is nobody\'s store');
	const [said] = g.runJson('import', sqlite, '--files', join(old.dir, 'files'));
	console.log(`${said.rows} rows in ${said.ms} ms behind ${said.before} that were there: ${Math.round(said.rows * 1000 / said.ms)} a second`);
	assert.ok(said.before > 0 && said.rows > 0, 'it was killed in the middle');
	assert.equal(said.files, 1, 'the large raw mail; the small one is a row');
	assert.equal(said.missing, 0);
	assert.match(g.run('audit', 'verify'), /whole/);
	assert.match(refused(g, sqlite), /already/);

	const before = old.runJson('ticket', 'show', ack.ticket)[0];
	assert.deepEqual(g.runJson('ticket', 'show', ack.ticket)[0], before);
	// The gateway goes on: the citizen's conversation, numbers, search and the files.
	g.configure(channels, ...shared());
	await g.up();
	g.bearer = old.bearer; // tokens move, too
	chat.url = `${g.url.replace('http', 'ws')}/chat/ws`;
	chat.frames = [];
	await chat.open();
	const again = await chat.say('今天又不亮了');
	assert.equal(again.ticket, ack.ticket, 'the same matter');
	assert.equal((await g.reply(ack.ticket, '师傅已出发')).status, 201);
	await chat.frame((f) => f.type === 'message' && f.text?.includes('师傅已出发'));
	const found = await until('the index of words to be filled', async () => {
		const r = await g.api('GET', `/api/v1/tickets?q=${encodeURIComponent('井盖')}`);
		return r.json.items.length && r.json.items;
	}, 30000);
	const m = await g.ticket(found[0].number);
	assert.match(m.messages[0].text, /人民路井盖松动/);
	const raw = (await Promise.all(found.map((t) => g.ticket(t.number)))).flatMap((t) => t.messages.filter((x) => x.raw));
	assert.equal(raw.length, 2);
	for (const x of raw) assert.equal((await g.api('GET', `/api/v1/messages/${x.id}/raw`)).status, 200);
	assert.match(g.run('audit', 'verify'), /whole/);
	await chat.close();
	assert.deepEqual(await g.end(), { code: 0, signal: null });
});

test('a target with other data, a running source and a source that is not there are refused', async () => {
	const sqlite = `sqlite:${join(old.dir, 'store.db')}`;
	const other = await target(await pg.database());
	other.runJson('token', 'create', 'somebody', '--scope', 'read');
	assert.match(refused(other, sqlite), /has data already \(\d+ rows in table \w+\)/);
	assert.match(refused(other, `${sqlite}.not`), /No such file/);
	await old.up();
	const fresh = await target(await pg.database());
	assert.match(refused(fresh, sqlite), /is in use by another gateway/);
	assert.deepEqual(await old.stop(), { code: 0, signal: null });
	assert.match(refused(old, sqlite), /SQLite, too/);
});
