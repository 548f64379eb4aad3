// Start, stop, reload and refuse: the gateway's own life, and the command line beside it.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Gateway, binary, root, tempDir, until } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';
import { owned } from './lib/owned.mjs';

const web = { web: { type: 'webchat' } };

test('SIGTERM under load: what was acknowledged is kept, the rest is refused, and the end is 0', async () => {
	const g = await Gateway.start({ channels: web });
	const acked = [];
	let stop = false;
	const load = Promise.all([1, 2, 3, 4].map(async (n) => {
		const chat = await new Chat(g.url).open();
		for (let i = 0; !stop && chat.ws.readyState === 1; i++) {
			const text = `停机前第${n}-${i}句`;
			const ack = await chat.say(text).catch(() => null);
			if (!ack) break;
			acked.push({ text, ticket: ack.ticket });
		}
		chat.cut();
	}));
	await until('some load', () => acked.length > 40);
	const how = await g.stop();
	stop = true;
	await load.catch(() => {});
	assert.deepEqual(how, { code: 0, signal: null });
	await g.up();
	const held = new Map();
	for (const { ticket } of acked) if (!held.has(ticket)) held.set(ticket, (await g.ticket(ticket)).messages.map((m) => m.text));
	for (const { text, ticket } of acked) assert.equal(held.get(ticket).filter((t) => t === text).length, 1, text);
	await g.end();
});

test('SIGHUP takes a changed text, and keeps the old one when the new has a fault', async () => {
	const dir = tempDir();
	cpSync(join(root, 'templates'), join(dir, 'templates'), { recursive: true });
	const file = join(dir, 'templates/zh-CN/received.txt'), old = readFileSync(file, 'utf8');
	const g = await Gateway.start({ channels: web, dir, settings: { templates: 'templates' } });
	const first = async () => { const c = await new Chat(g.url).open(); await c.say('请问'); const f = await c.frame((x) => x.type === 'message' && x.from === 'system'); await c.close(); return f.text; };
	writeFileSync(file, '已收到（新版），{number}\n');
	g.child.kill('SIGHUP');
	await until('the new text', async () => (await first()).includes('新版'));
	writeFileSync(file, `${old}{nonsense}\n`);
	g.child.kill('SIGHUP');
	await until('a word in the log', () => /received\.txt:\d+.*nonsense/.test(g.log));
	assert.match(await first(), /新版/);
	await g.end();
});

test('a channel that is off has no gauge that an alarm would ring for', async () => {
	const g = await Gateway.start({ channels: { ...web, mail: { type: 'email', address: '12345@city.example' } } });
	const ups = (await (await fetch(`${g.url}/metrics`)).text()).match(/^xinqiao_channel_up.*$/gm);
	assert.deepEqual(ups, ['xinqiao_channel_up{channel="web"} 1']);
	await g.end();
});

test('an event chain that cannot be anchored is told by a gauge', async () => {
	const dir = tempDir();
	writeFileSync(join(dir, 'anchors'), 'no anchor\n');
	const g = await Gateway.start({ channels: web, dir, sections: { security: { anchor_file: 'anchors' } } });
	await until('the gauge', async () => /^xinqiao_anchor_failing 1$/m.test(await (await fetch(`${g.url}/metrics`)).text()), 20000);
	await g.end();
});

test('a fault in any table refuses the whole reload, and a gauge tells of it until one is taken', async () => {
	const dir = tempDir();
	cpSync(join(root, 'config'), join(dir, 'tables'), { recursive: true });
	const file = join(dir, 'tables/canned.csv'), rules = join(dir, 'tables/rules.csv'), old = readFileSync(file, 'utf8');
	const g = await Gateway.start({ channels: web, dir, settings: { tables: 'tables' } });
	const refused = async () => /^xinqiao_reload_refused (\d)$/m.exec(await (await fetch(`${g.url}/metrics`)).text())?.[1];
	const reload = async (why, log) => { const from = g.log.length; g.child.kill('SIGHUP'); await until(why, () => log.test(g.log.slice(from))); return g.log.slice(from); };
	assert.equal(await refused(), '0');
	writeFileSync(file, `${old}no-text,,,,\n`);
	assert.doesNotMatch(await reload('a refusal', /stay as they were/), /reloaded/);
	assert.equal(await refused(), '1');
	writeFileSync(file, old);
	await reload('a reload', /reloaded/);
	assert.equal(await refused(), '0');
	writeFileSync(rules, `${readFileSync(rules, 'utf8')}nonsense,1,\n`);
	await reload('a refusal', /stay as they were/);
	assert.equal(await refused(), '1');
	await g.end();
});

const check = (dir, text) => {
	const conf = join(dir, 'x.conf');
	writeFileSync(conf, text);
	const r = spawnSync(binary, ['--config', conf, 'check'], { encoding: 'utf8' });
	return { code: r.status, words: r.stderr + r.stdout };
};

test('check names every fault by file and line and says what would be right', () => {
	const dir = tempDir();
	const base = `[gateway]\nname = x\ntables = ${root}/config\ntemplates = ${root}/templates\n`;
	assert.equal(check(dir, base).code, 0);
	const r = check(dir, `${base}max_connections = many\ncolour = blue\n[channel a]\ntype = pigeon\n[channel b]\ntype = smpp\nport = 99999\n[weather]\n`);
	assert.equal(r.code, 1);
	for (const line of [/x\.conf:5: .*max_connections/, /x\.conf:6: .*colour/, /x\.conf:8: .*pigeon.*smpp/, /x\.conf:11: .*port/, /x\.conf:12: .*weather/]) assert.match(r.words, line);
	for (const name of ['a"b', 'a\\b', 'x'.repeat(65)]) // as a label it would spoil every number of /metrics
		assert.match(check(dir, `${base}[channel ${name}]\ntype = webchat\n[forward ${name}]\nurl = https://core.example/\nsecret = ${'x'.repeat(16)}\n`).words,
			/x\.conf:5: .*64 bytes[^]*x\.conf:7: .*64 bytes/, name);
	assert.equal(check(dir, `${base}[channel 短信]\ntype = webchat\n`).code, 0);
	for (const url of ['12345.city.example', 'ftp://12345.city.example', ''])
		assert.match(check(dir, base.replace('name = x', `name = x\npublic_url = ${url}`)).words, /x\.conf:3: .*https:\/\/HOST would be right/, url);
	assert.equal(spawnSync(binary, ['--config', join(dir, 'x.conf'), 'serve']).status, 1, 'serve refuses before it listens');
	assert.ok(!existsSync(join(dir, 'var')), 'and makes nothing');
	rmSync(dir, { recursive: true });
});

test('check tells what two channels cannot both have, and a scanner that is none', () => {
	const dir = tempDir();
	const base = (more = '') => `[gateway]\nname = x\ntables = ${root}/config\ntemplates = ${root}/templates\n${more}`;
	const http = (name, path) => `[channel ${name}]\ntype = sms-http\nprofile = kannel\nurl = http://127.0.0.1:1/\naccount = a\nsecret = b\nnumber = 12345\ncallback_secret = 0123456789abcdef\npath = ${path}\n`;
	for (const [text, line] of [
		['[channel a]\ntype = webchat\n[channel b]\ntype = webchat\n', /x\.conf:7: .*channel a has \/chat already/],
		[http('a', '/sms') + http('b', '/sms'), /x\.conf:22: channel a has \/sms already/],
		[http('a', '/chat/sms') + '[channel b]\ntype = webchat\n', /channel a has \/chat\/sms already/],
		[http('a', '/console'), /\/console is the gateway's own/],
		['[channel a]\ntype = email\naddress = a@city.example\nlmtp_listen = 127.0.0.1:2424\n[channel b]\ntype = email\naddress = b@city.example\nlmtp_listen = 127.0.0.1:2424\n', /x\.conf:12: .*2424 is listened on already/],
	]) assert.match(check(dir, base() + text).words, line, text);
	assert.equal(check(dir, base() + http('a', '/sms') + http('b', '/sms2')).words.match(/already/), null);
	for (const command of ['', ' ', 'clamdscna --fdpass', '/nowhere/scan'])
		assert.match(check(dir, base(`scan_command = ${command}\n`)).words, /x\.conf:5: .*scan_command.*no program/, command);
	for (const command of ['true', '/bin/true -x']) assert.equal(check(dir, base(`scan_command = ${command}\n`)).code, 0, command);
	rmSync(dir, { recursive: true });
});

test('wrong use is 2, help and version are 0', () => {
	const run = (...args) => spawnSync(binary, args, { encoding: 'utf8' });
	assert.equal(run().status, 2);
	assert.equal(run('dance').status, 2);
	assert.equal(run('staff', 'add').status, 2);
	for (const c of ['serve', 'check', 'staff', 'token', 'ticket', 'outbox', 'audit', 'backup', 'import']) assert.equal(run(c, '-h').status, 0, c);
	assert.match(run('--version').stdout, /^xinqiao \d/);
	assert.match(run('-h').stdout, /usage/);
});

test('the commands show and change what the gateway holds', async () => {
	const g = await Gateway.start({ channels: web });
	const chat = await new Chat(g.url).open();
	const { ticket } = await chat.say('命令行也看得见');
	const [row] = g.runJson('ticket', 'list', '--state', 'new', '--channel', 'web', '--limit', '5');
	assert.equal(row.number, ticket);
	assert.match(g.run('ticket', 'show', ticket), /命令行也看得见/);
	await until('the receipt to arrive', () => / \[(accepted|delivered|read)\]/.test(g.run('ticket', 'show', ticket))); // and no reason, where there is none
	assert.match(g.run('ticket', 'list', '--state', 'closed'), /no ticket/);
	g.staff('wang', 'agent');
	assert.deepEqual(g.runJson('staff', 'list').map((s) => [s.name, s.role, s.disabled]), [['wang', 'agent', false]]);
	g.run('staff', 'disable', 'wang');
	assert.equal(g.runJson('staff', 'list')[0].disabled, true);
	writeFileSync(join(g.dir, 'anew'), '新的口令-0123456789\n');
	assert.match(g.run('staff', 'reset', 'wang', '--password-file', join(g.dir, 'anew')), /wang may log in/);
	const login = await fetch(`${g.url}/console/api/login`, { method: 'POST', body: JSON.stringify({ name: 'wang', password: '新的口令-0123456789' }) });
	assert.equal(login.status, 204);
	assert.equal((await g.api('GET', '/api/v1/tickets')).status, 200);
	g.run('token', 'revoke', 'scenario');
	assert.equal((await g.api('GET', '/api/v1/tickets')).status, 401);
	assert.deepEqual(g.runJson('token', 'list').map((t) => [t.name, t.scopes, t.revoked !== '']), [['scenario', 'read,write,pii', true]]);
	const kept = ['store.db', 'store.db-wal'].map((f) => readFileSync(join(g.dir, f), 'latin1')).join();
	for (const told of ['"role":"agent","staff":"wang"', '"scopes":"read,write,pii","token":"scenario"']) assert.ok(kept.includes(told), `the chain says who: ${told}`);
	assert.ok(g.runJson('outbox', 'list').length >= 1);
	writeFileSync(join(g.dir, 'old.jsonl'), `${JSON.stringify({ id: '1', text: '旧系统的工单', peer: '13800000000', at: '2025-01-02' })}\n{"id":"2"}\nnot json\n`);
	const again = () => spawnSync(binary, ['--config', g.conf, '--json', 'import', join(g.dir, 'old.jsonl'), '--channel', 'web'], { encoding: 'utf8' });
	const one = again();
	assert.equal(one.status, 1, 'two lines could not be read');
	assert.deepEqual(JSON.parse(one.stdout), { stored: 1, known: 0, refused: 0, bad: 2 });
	assert.equal(JSON.parse(again().stdout).known, 1);
	const old = g.runJson('ticket', 'list').find((t) => t.title === '旧系统的工单');
	assert.match(old.opened_at, /^2025-01-02/);
	for (const at of ['2206-11-22', '1925-01-02']) { // a slip of the pen: such a ticket would never be due, or be overdue at once
		writeFileSync(join(g.dir, 'old.jsonl'), `${JSON.stringify({ id: at, text: `日期写错${at}`, peer: '13800000001', at })}\n`);
		const wrong = again();
		assert.deepEqual([wrong.status, JSON.parse(wrong.stdout)], [1, { stored: 1, known: 0, refused: 0, bad: 1 }]);
		assert.match(wrong.stderr, /old\.jsonl:1: its time .* the time of the import is taken/);
		assert.doesNotMatch(g.runJson('ticket', 'list').find((t) => t.title.includes(at) || t.title.includes('日期')).opened_at, /^(2206|1925)/);
	}
	assert.match(g.run('audit', 'verify'), /whole/);
	await g.end();
});

test('staff added on the command line are such as the console takes: a GBK terminal\'s name would end the gateway at their login', async () => {
	const g = await Gateway.start({ channels: web });
	const file = join(g.dir, 'pw');
	writeFileSync(file, 'Passw0rd-Passw0rd\n');
	const add = (...words) => spawnSync('sh', ['-c', `"$0" --config "$1" staff add ${words.join(' ')} --password-file "$2"`, binary, g.conf, file], { encoding: 'utf8' });
	writeFileSync(join(g.dir, 'short'), '一二三四五六\n'); // 18 bytes
	const short = spawnSync(binary, ['--config', g.conf, 'staff', 'add', 'li', '--role', 'agent', '--password-file', join(g.dir, 'short')], { encoding: 'utf8' });
	assert.deepEqual([short.status, short.stderr], [1, 'xinqiao: a password has at least 10 characters\n']);
	const gbk = add('li', '--role agent', `--display "$(printf '\\263\\302\\317\\376')"`);
	assert.equal(gbk.status, 2);
	assert.match(gbk.stderr, /not UTF-8/);
	for (const name of ["''", "'a b'", "'李'", 'x'.repeat(65)]) assert.equal(add(name, '--role agent').status, 2, name);
	const nowhere = add('wang', '--role department', '--department nowhere');
	assert.equal(nowhere.status, 1);
	assert.match(nowhere.stderr, /'nowhere' is no code of departments\.csv/);
	assert.deepEqual(g.runJson('staff', 'list'), []);
	const password = g.staff('wang', 'department', 'urban', '王工');
	assert.equal((await (await g.hand('wang', password)).desk('GET', 'me')).json.display, '王工');
	await g.end();
});

test('what a citizen wrote commands no terminal: neither the list of tickets nor a ticket shown', async () => {
	const g = await Gateway.start({ channels: web });
	writeFileSync(join(g.dir, 'old.jsonl'), `${JSON.stringify({ id: '1', peer: '13800000000', name: '李\u001b[2J',
		text: '路灯坏了\n第二行\t\u001b]0;新标题\u0007 \u009b31m红\u007f\r覆盖' })}\n`);
	g.run('import', join(g.dir, 'old.jsonl'), '--channel', 'web');
	const list = g.run('ticket', 'list'), shown = g.run('ticket', 'show', g.runJson('ticket', 'list')[0].number);
	for (const words of [list, shown]) assert.doesNotMatch(words, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
	assert.match(shown, /路灯坏了\n第二行\t \]0;新标题 {3}31m红 {2}覆盖/);
	await g.end();
});

test('a command says done only when its answer was written and its file read to the end', async () => {
	const g = await Gateway.start({ channels: web });
	const run = (words, more = '') => spawnSync('sh', ['-c', `"$0" --config "$1" ${words} ${more}`, binary, g.conf], { encoding: 'utf8' });
	for (const words of ['token create a --scope read', 'ticket list', 'outbox list', 'check']) {
		const full = run(words, '> /dev/full');
		assert.equal(full.status, 1, words);
		assert.match(full.stderr, /could not be written: No space left on device/);
	}
	for (const words of [`import "${g.dir}" --channel web`, `article import "${g.dir}"`, `suggest --evaluate "${g.dir}"`]) {
		const folder = run(words);
		assert.equal(folder.status, 1, words);
		assert.match(folder.stderr, /Is a directory/);
	}
	await g.end();
});

test('a gateway started with nothing at stdin, stdout and stderr does not take them for its own files', async () => {
	const g = await Gateway.start({ channels: web });
	await g.stop();
	const child = owned(spawn('sh', ['-c', 'exec "$0" --config "$1" serve <&- >&- 2>&-', binary, g.conf], { stdio: 'ignore' }));
	const ended = new Promise((done) => child.on('exit', (code, signal) => done({ code, signal })));
	await until('it to listen', () => fetch(`${g.url}/healthz`).then((r) => r.ok, () => false));
	for (const fd of [0, 1, 2]) assert.equal(readlinkSync(`/proc/${child.pid}/fd/${fd}`), '/dev/null');
	child.kill('SIGTERM');
	assert.deepEqual(await ended, { code: 0, signal: null });
	rmSync(g.dir, { recursive: true });
});
