// Measures the gateway and, in the same minutes on the same machine, what it is compared with: Kannel under the same load,
// plain SQLite writing the same text, and the disk's own syncs. Everything runs on 127.0.0.1 in folders of its own.
import { spawn, execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure, rows as carrierRows } from './carriers.mjs';
import { randomBytes } from 'node:crypto';
import { Gateway, binary, freePort, root, until } from '../scenario/lib/gateway.mjs';
import { lmtp } from '../scenario/lib/mail.mjs';
import { Dovecot, canRun } from '../scenario/lib/peers.mjs';

const quick = process.argv.includes('--quick');
const rounds = quick ? 1 : Number(process.argv[process.argv.indexOf('--rounds') + 1]) || 3;
const size = quick ? 10 : 1; // everything is this many times shorter
const bench = (name) => join(root, 'build/release', name);

const median = (v) => [...v].sort((a, b) => a - b)[v.length >> 1];
// Folders are removed at the end: a file system that has just deleted ten thousand files is slow at making new ones.
const folders = [];
const folder = () => {
	folders.push(mkdtempSync(join(tmpdir(), 'xq-bench-')));
	return folders.at(-1);
};
const note = (words) => process.stderr.write(`${words}\n`);

// Nothing outlives this program, however it ends.
const running = [];
process.on('exit', () => {
	for (const c of running) if (c.exitCode === null && !c.signalCode) c.kill('SIGKILL');
	for (const f of folders) rmSync(f, { recursive: true, force: true });
});
for (const s of ['SIGINT', 'SIGTERM']) process.on(s, () => process.exit(1));

async function startGateway(channels = {}, settings = {}) {
	const gateway = await Gateway.start({ channels, settings, dir: folder() });
	running.push(gateway.child);
	return gateway;
}

// A generator: its lines, and a promise of the JSON of its last one.
function load(name, ...args) {
	const child = spawn(bench(name), args.map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
	const g = { child, out: '' };
	running.push(child);
	child.stdout.on('data', (d) => { g.out += d; });
	g.result = new Promise((done, fail) => {
		const late = setTimeout(() => { child.kill('SIGKILL'); fail(new Error(`${name} did not end in time`)); }, 180000);
		child.on('exit', () => {
			clearTimeout(late);
			const last = g.out.trim().split('\n').pop();
			try { done(JSON.parse(last)); } catch { fail(new Error(`${name} said: ${g.out}`)); }
		});
	});
	g.result.catch(() => {});
	return g;
}

async function firstLine(g) {
	await until('the generator', () => g.out.includes('\n'));
	return g.out.split('\n')[0].split(' ').map(Number);
}

// Resident memory and processor time so far, of one process.
function usage(pid) {
	const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
	return { rss, cpu: (Number(stat[11]) + Number(stat[12])) * 10 };
}

function plainSqlite() {
	const dir = folder();
	const out = execFileSync(bench('sqlite_rows'), ['--file', join(dir, 'rows.db'), '--count', String(100000 / size)], { encoding: 'utf8' });
	return JSON.parse(out);
}

async function startTime() {
	const begun = performance.now();
	const g = await startGateway();
	const ms = performance.now() - begun;
	await new Promise((r) => setTimeout(r, 300));
	const { rss } = usage(g.child.pid);
	await g.stop();
	return { ms, rss };
}

// What the command line finds in the store when the gateway is gone.
function ticketsStored(gateway) {
	const list = join(gateway.dir, 'tickets.jsonl'), fd = openSync(list, 'w');
	execFileSync(binary, ['--config', gateway.conf, '--json', 'ticket', 'list', '--limit', '100000'], { stdio: ['ignore', fd, 'inherit'] });
	closeSync(fd);
	return readFileSync(list, 'utf8').split('\n').length - 1;
}

async function smpp(count) {
	const g = load('smpp_load', '--count', count, '--window', 100);
	const [port] = await firstLine(g);
	const gateway = await startGateway({ sms: { type: 'smpp', host: '127.0.0.1', port, system_id: 'bench', password: 'bench',
		bind: 'transceiver', number: 12345, window: 100, pace: 0 } });
	const before = usage(gateway.child.pid).cpu;
	const r = await g.result;
	r.cpu_us = (usage(gateway.child.pid).cpu - before) * 1000 / count;
	await gateway.stop();
	r.tickets = ticketsStored(gateway);
	if (r.tickets !== count) throw new Error(`${count} messages acknowledged, ${r.tickets} tickets in the store`);
	gateway.run('audit', 'verify');
	return r;
}

function kannelConf(dir, port, web, admin, boxes, send) {
	const group = (name, keys) => [`group = ${name}`, ...Object.entries(keys).map(([k, v]) => `${k} = ${v}`), ''].join('\n');
	const conf = join(dir, 'kannel.conf');
	writeFileSync(conf, [
		group('core', { 'admin-port': admin, 'admin-interface': '127.0.0.1', 'admin-password': 'bench', 'smsbox-port': boxes,
			'smsbox-interface': '127.0.0.1', 'log-file': join(dir, 'bearerbox.log'), 'log-level': 3, 'store-type': 'file',
			'store-location': join(dir, 'store'), 'dlr-storage': 'internal' }),
		group('smsc', { smsc: 'smpp', 'smsc-id': 'bench', host: '127.0.0.1', port, 'smsc-username': 'bench',
			'smsc-password': 'bench', 'system-type': 'VMA', 'transceiver-mode': 1, 'max-pending-submits': 32 }),
		group('smsbox', { 'bearerbox-host': '127.0.0.1', 'bearerbox-port': boxes, 'sendsms-port': send,
			'sendsms-interface': '127.0.0.1', 'log-file': join(dir, 'smsbox.log'), 'log-level': 3 }),
		group('sendsms-user', { username: 'bench', password: 'bench' }),
		group('sms-service', { keyword: 'default', 'get-url': `"http://127.0.0.1:${web}/mo?from=%p&to=%P&text=%b&coding=%c"`,
			'omit-empty': 'true', 'max-messages': 0 }),
	].join('\n'));
	return conf;
}

// bearerbox and smsbox with a file store, which they write and never sync; every message is passed on by HTTP to the
// generator, which answers 200.
async function kannel(count) {
	const dir = folder(), web = await freePort();
	const g = load('smpp_load', '--count', count, '--window', 100, '--http-port', web);
	const [port] = await firstLine(g);
	const boxes = await freePort();
	const conf = kannelConf(dir, port, web, await freePort(), boxes, await freePort());
	const child = [];
	const start = (program) => {
		child.push(spawn(program, ['-v', '4', conf], { stdio: 'ignore', cwd: dir }));
		running.push(child.at(-1));
	};
	try {
		start('bearerbox');
		await until('bearerbox', () => existsSync(join(dir, 'bearerbox.log')));
		await new Promise((r) => setTimeout(r, 300));
		start('smsbox');
		return await g.result;
	} finally {
		const ended = child.map((c) => new Promise((done) => { if (c.exitCode !== null || c.signalCode) done(); else c.on('exit', done); }));
		for (const c of child.reverse()) c.kill('SIGTERM');
		const hard = setTimeout(() => { for (const c of child) c.kill('SIGKILL'); }, 5000);
		await Promise.all(ended);
		clearTimeout(hard);
		g.child.kill('SIGKILL');
	}
}

async function login(gateway) {
	const password = gateway.staff('bench', 'agent');
	const r = await fetch(`${gateway.url}/console/api/login`, { method: 'POST', headers: { 'content-type': 'application/json',
		origin: gateway.url }, body: JSON.stringify({ name: 'bench', password }) });
	if (!r.ok) throw new Error(`login: ${r.status} ${await r.text()}`);
	return r.headers.getSetCookie()[0].split(';')[0];
}

const chatGateway = () => startGateway({ web: { type: 'webchat' } }, { max_connections: 15000 });

async function chat({ idle = 2000, active = 200, rate = 500, staff = 1 } = {}) {
	const gateway = await chatGateway();
	const cookie = await login(gateway);
	const before = usage(gateway.child.pid);
	const r = await load('chat_load', '--port', gateway.port, '--idle', idle, '--active', active, '--rate', rate,
		'--seconds', quick ? 3 : 15, '--cookie', cookie, '--staff', staff).result;
	const after = usage(gateway.child.pid);
	await gateway.stop();
	return { ...r, rss: after.rss, rss_before: before.rss };
}

// What 10,000 connected citizens who say nothing cost.
async function idleChats(count) {
	const gateway = await chatGateway();
	const before = usage(gateway.child.pid).rss;
	const child = spawn(bench('chat_load'), ['--port', gateway.port, '--idle', count, '--rate', 0].map(String), { stdio: ['pipe', 'pipe', 'ignore'] });
	let out = '';
	running.push(child);
	child.stdout.on('data', (d) => { out += d; });
	await until('the chats', () => out.includes('open'), 120000);
	const open = Number(/open (\d+)/.exec(out)[1]);
	const rss = usage(gateway.child.pid).rss;
	child.stdin.end('\n');
	await new Promise((done) => child.on('exit', done));
	await gateway.stop();
	return { open, rss, each_kb: (rss - before) * 1024 / open };
}

const mailGateway = (more) => startGateway({ mail: { type: 'email', address: '12345@city.example', ...more } });
// The most memory a process had so far.
const peak = (pid) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

async function mails(count, bytes = 4096) {
	const lmtp = await freePort();
	const gateway = await mailGateway({ lmtp_listen: `127.0.0.1:${lmtp}` });
	const r = await load('mail_load', '--port', lmtp, '--count', count, '--connections', 16, '--size', bytes).result;
	r.peak_mb = peak(gateway.child.pid);
	await gateway.stop();
	return r;
}

// One mail with one file, as big as they come: what it costs in memory.
async function bigMail(megabytes) {
	const port = await freePort();
	const gateway = await mailGateway({ lmtp_listen: `127.0.0.1:${port}`, max_size: 128 });
	const before = peak(gateway.child.pid), line = `${randomBytes(57).toString('base64')}\r\n`;
	const raw = `From: a@example.org\r\nTo: 12345@city.example\r\nSubject: big\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n` +
		`Content-Type: text/plain\r\n\r\nsee the file\r\n--B\r\nContent-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n${line.repeat(megabytes * 1048576 / line.length)}--B--\r\n`;
	const [answer] = await lmtp(port, Buffer.from(raw), { to: ['12345@city.example'] });
	if (!answer.startsWith('250')) throw new Error(`the big mail: ${answer}`);
	const r = { megabytes, before_mb: before, peak_mb: peak(gateway.child.pid) };
	await gateway.stop();
	return r;
}

// A mailbox that filled up while nobody pulled: put into Dovecot's folder, then pulled until all are tickets.
async function backlog(count) {
	const dovecot = await Dovecot.start();
	running.push(dovecot.child);
	folders.push(dovecot.dir);
	const box = join(dovecot.dir, 'mail/hotline@test.example');
	for (const d of ['cur', 'new', 'tmp']) mkdirSync(join(box, d), { recursive: true });
	for (let i = 0; i < count; i++)
		writeFileSync(join(box, 'new', `${1795000000 + i}.M${i}.bench`), `From: c${i}@example.org\nTo: hotline@test.example\nSubject: matter ${i}\nMessage-ID: <b${i}@example.org>\n\n${'The lamp is out. '.repeat(220)}${i}\n`);
	execFileSync('chown', ['-R', 'nobody:nogroup', join(dovecot.dir, 'mail')]);
	const begun = performance.now();
	const gateway = await startGateway({ mail: { type: 'email', address: 'hotline@test.example', imap_url: `imap://127.0.0.1:${dovecot.imap}/INBOX`,
		imap_user: 'hotline@test.example', imap_password: 'secret', imap_tls: 'none' } });
	const pulled = async () => {
		const page = await (await fetch(`${gateway.url}/metrics`)).text();
		return [...page.matchAll(/^xinqiao_messages_in_total\{channel="mail"[^}]*\} (\d+)/gm)].reduce((sum, m) => sum + Number(m[1]), 0);
	};
	await until('the backlog', async () => { await new Promise((r) => setTimeout(r, 100)); return await pulled() >= count; }, 600000);
	const seconds = (performance.now() - begun) / 1000;
	const r = { mails: count, seconds, per_second: count / seconds, peak_mb: peak(gateway.child.pid) };
	await gateway.stop();
	await dovecot.end();
	return r;
}

function parse() {
	return JSON.parse(execFileSync(bench('mail_parse'), [join(root, 'tests/unit/email/corpus')], { encoding: 'utf8' }));
}

// Sealed pushes to the route of an Official Account: as fast as they go, and a thousand a second. Nothing goes out here: what
// would be the platform's API is not there, and the channel says so.
async function wechat(count, rate) {
	const gateway = await startGateway({ wechat: { type: 'wechat', app_id: 'wxb11529c136998cb6', app_secret: 'bench', token: 'pamtest',
		encoding_aes_key: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG', api_base: 'http://127.0.0.1:1' } });
	const r = await load('wechat_load', '--port', gateway.port, '--count', count, '--connections', rate ? 200 : 32, '--rate', rate).result;
	r.rss = usage(gateway.child.pid).rss;
	await gateway.stop();
	r.tickets = ticketsStored(gateway);
	if (r.tickets !== r.success) throw new Error(`${r.success} pushes acknowledged, ${r.tickets} tickets in the store`);
	return r;
}

function table(rows) {
	console.log('\n| What | Xinqiao | Beside it |\n|---|---|---|');
	for (const row of rows) console.log(`| ${row.join(' | ')} |`);
}

const n = (v, digits = 0) => v.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const all = { at: new Date().toISOString(), cpus: cpus().length, cpu: cpus()[0].model, rounds, sqlite: [], smpp: [], kannel: [], mails: [], wechat: [], start: [] };
const hasKannel = ['bearerbox', 'smsbox'].every((p) => existsSync(`/usr/sbin/${p}`));

for (let i = 0; i < rounds; i++) {
	note(`round ${i + 1} of ${rounds}`);
	all.sqlite.push(plainSqlite());
	all.start.push(await startTime());
	all.smpp.push(await smpp(60000 / size));
	note(`  SMPP ${all.smpp[i].per_second}/s`);
	if (hasKannel) {
		all.kannel.push(await kannel(60000 / size));
		note(`  Kannel ${all.kannel[i].per_second}/s, passed on ${all.kannel[i].http_per_second}/s`);
	}
	all.mails.push(await mails(6000 / size));
	note(`  mails ${all.mails[i].per_second}/s`);
	all.wechat.push(await wechat(20000 / size, 0));
	note(`  WeChat ${all.wechat[i].per_second}/s`);
}
note('carriers');
Object.assign(all, await measure({ load, firstLine, startGateway, folder, running, kannelConf, bench }, size, hasKannel, note));
note('mail');
all.megabyte_mails = await mails(400 / size, 1 << 20);
all.big_mail = await bigMail(50);
all.parse = parse();
if (canRun()) all.backlog = await backlog(10000 / size);
note('WeChat at 1,000/s');
all.wechat_paced = await wechat(10000 / size, 1000);
note('chat');
all.chat = await chat();
all.busy = await chat({ idle: quick ? 1000 : 10000, active: 500, rate: 2000 });
all.desk = await chat({ idle: 0, active: 500, rate: 100, staff: quick ? 50 : 500 });
all.idle = await idleChats(quick ? 1000 : 10000);

const of = (list, key) => median(list.map((r) => r[key]));
const acked = of(all.smpp, 'per_second'), rows = of(all.sqlite, 'per_second');
const sum = all.summary = {
	smpp_per_second: acked, smpp_p50_ms: of(all.smpp, 'p50_ms'), smpp_p99_ms: of(all.smpp, 'p99_ms'), smpp_cpu_us: of(all.smpp, 'cpu_us'),
	kannel_per_second: hasKannel ? of(all.kannel, 'per_second') : null, kannel_passed_on_per_second: hasKannel ? of(all.kannel, 'http_per_second') : null,
	sqlite_per_second: rows, fdatasyncs_per_second: of(all.sqlite, 'fdatasyncs_per_second'),
	mails_per_second: of(all.mails, 'per_second'), start_ms: of(all.start, 'ms'), idle_mb: of(all.start, 'rss'),
};
sum.to_kannel = hasKannel ? acked / sum.kannel_passed_on_per_second : null;
sum.to_sqlite = acked / rows;

table([
	['SMPP: text messages a second, acknowledged when their tickets are on disk (one link, window 100)', n(acked),
		hasKannel ? `Kannel 1.4.5: ${n(sum.kannel_per_second)} acknowledged (nothing synced), ${n(sum.kannel_passed_on_per_second)} passed on (× ${n(sum.to_kannel, 1)})` : 'Kannel is not installed'],
	['the same against plain SQLite, three rows a message in batches of 256', n(acked), `${n(rows)} (× ${n(sum.to_sqlite, 2)})`],
	['from deliver_sm to its answer, p50 and p99', `${n(sum.smpp_p50_ms, 1)} and ${n(sum.smpp_p99_ms, 1)} ms`, ''],
	['fdatasync a second of this disk', '', n(sum.fdatasyncs_per_second)],
	...carrierRows(all, n),
	['chat at 500 messages/s with 2,000 more idle: to the ack, p50 and p99', `${n(all.chat.ack_p50_ms, 1)} and ${n(all.chat.ack_p99_ms, 1)} ms`, ''],
	['the same: to the staff\'s screen, p50 and p99', `${n(all.chat.seen_p50_ms, 1)} and ${n(all.chat.seen_p99_ms, 1)} ms`, ''],
	[`chat at 2,000 messages/s with ${n(all.busy.open - 501)} more idle: to the ack, p50 and p99`, `${n(all.busy.ack_p50_ms, 1)} and ${n(all.busy.ack_p99_ms, 1)} ms`, ''],
	['the same: to the staff\'s screen, p50 and p99', `${n(all.busy.seen_p50_ms, 1)} and ${n(all.busy.seen_p99_ms, 1)} ms`, ''],
	[`${n(all.desk.staff)} staff watch an inbox that gets 100 messages/s: to a screen, p50 and p99`, `${n(all.desk.seen_p50_ms, 1)} and ${n(all.desk.seen_p99_ms, 1)} ms`,
		`${n(all.desk.staff_frames_per_second)} frames/s, ${n(all.desk.staff_mb_per_second, 1)} MB/s`],
	['mails a second by LMTP, 4 KB, 16 connections', n(sum.mails_per_second), ''],
	['the same at 1 MB', n(all.megabyte_mails.per_second), `peak ${n(all.megabyte_mails.peak_mb)} MB`],
	[`memory: one mail of ${all.big_mail.megabytes} MB, peak`, `${n(all.big_mail.peak_mb)} MB`, `${n(all.big_mail.before_mb)} MB before it`],
	[`reading a mail of the corpus (${all.parse.mails}), p50 and p99`, `${n(all.parse.p50_us / 1000, 2)} and ${n(all.parse.p99_us / 1000, 2)} ms`, ''],
	...(all.backlog ? [[`IMAP: a backlog of ${n(all.backlog.mails)} mails, each a committed ticket`, `${n(all.backlog.seconds, 1)} s, ${n(all.backlog.per_second)}/s`, `peak ${n(all.backlog.peak_mb)} MB`]] : []),
	['WeChat: sealed pushes a second, each answered when its ticket is on disk (32 connections)', n(of(all.wechat, 'per_second')), ''],
	['the same at 1,000 a second: to "success", p50 and p99; memory after it', `${n(all.wechat_paced.p50_ms, 1)} and ${n(all.wechat_paced.p99_ms, 1)} ms; ${n(all.wechat_paced.rss)} MB`, ''],
	[`memory: idle, and with ${n(all.idle.open)} idle chats`, `${n(sum.idle_mb)} and ${n(all.idle.rss)} MB`, `${n(all.idle.each_kb, 1)} KB a chat`],
	['from start to ready', `${n(sum.start_ms)} ms`, ''],
]);
mkdirSync(join(root, 'build'), { recursive: true });
writeFileSync(join(root, 'build/bench.json'), `${JSON.stringify(all, null, '\t')}\n`);
console.log(`\n${all.cpus} processors (${all.cpu}); medians of ${rounds}. All of it: build/bench.json`);
