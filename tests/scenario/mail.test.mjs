// What must not happen to a mail: to loop, to be lost, to come twice, to be believed too easily.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer as createHttp } from 'node:http';
import { connect, createServer } from 'node:net';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { Gateway, freePort, tempDir, until } from './lib/gateway.mjs';
import { SmtpSink, header, lmtp, mail, mailText } from './lib/mail.mjs';
import { Dovecot, certificate } from './lib/peers.mjs';

const to = 'hotline@test.example';
const eicar = `X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-${'ANTIVIRUS-TEST-FILE!$H+H*'}`;
let dovecot, sink, g, port, tokens, tokenPort, tls, scanGate;

// A command that finds the test string, and waits while the file `scanGate` is there.
function scanner(dir) {
	const path = join(dir, 'scan');
	scanGate = join(dir, 'gate');
	writeFileSync(path, `#!/bin/sh\nwhile [ -e ${scanGate} ]; do sleep 0.05; done\nif grep -q EICAR-STANDARD "$1"; then echo "$1: Test.Eicar FOUND"; exit 1; fi\n`);
	chmodSync(path, 0o755);
	return path;
}

before(async () => {
	dovecot = await Dovecot.start();
	sink = await SmtpSink.start();
	port = await freePort();
	const dir = tempDir();
	tls = certificate(dir);
	let given = 0;
	tokens = createHttp((req, res) => {
		let body = '';
		req.on('data', (d) => { body += d; });
		req.on('end', () => {
			const asked = new URLSearchParams(body);
			const ok = asked.get('grant_type') === 'refresh_token' && asked.get('refresh_token') === 'refresh-me' && asked.get('client_id') === 'xq';
			res.writeHead(ok ? 200 : 400, { 'content-type': 'application/json' });
			// The first token has expired already: the server refuses it, and another must be fetched.
			res.end(JSON.stringify(ok ? { access_token: dovecot.token(given++ ? 3600 : -5), expires_in: 3600 } : { error: 'invalid_grant' }));
		});
	});
	tokens.given = () => given;
	await new Promise((done) => tokens.listen(0, '127.0.0.1', () => { tokenPort = tokens.address().port; done(); }));
	const imap = { type: 'email', address: to, imap_url: `imap://127.0.0.1:${dovecot.imap}/INBOX`, imap_user: to, imap_password: 'secret', imap_poll: 1, imap_tls: 'none' };
	g = await Gateway.start({ dir, settings: { scan_command: scanner(dir) }, channels: {
		push: { type: 'email', address: to, lmtp_listen: `127.0.0.1:${port}`, smtp_url: `smtp://127.0.0.1:${sink.port}`, reply_token: 'yes',
			auth_server: 'mx.test.example', lmtp_tls_cert: tls.cert, lmtp_tls_key: tls.key },
		pull: { ...imap, imap_folders: 'Extra', imap_after: 'move:Done' },
		frozen: { ...imap, imap_url: `imap://127.0.0.1:${dovecot.imap}/Frozen` },
		oauth: { type: 'email', address: to, imap_url: `imaps://localhost:${dovecot.imaps}/Done`, imap_user: to, imap_poll: 1, tls_ca_file: dovecot.cert,
			oauth_token_url: `http://127.0.0.1:${tokenPort}/token`, oauth_client_id: 'xq', oauth_refresh_token: 'refresh-me', imap_after: 'keep' },
	} });
});
after(async () => {
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await dovecot.end();
	await sink.close();
	tokens.close();
});

const holding = (channel, text, ms = 20000) => until(`a ticket on ${channel} with ${text}`, async () => {
	for (const t of await g.tickets(`&channel=${channel}`)) {
		const whole = await g.ticket(t.number);
		if (whole.messages.some((m) => m.text.includes(text))) return whole;
	}
	return null;
}, ms);
const passed = { 'Authentication-Results': 'mx.test.example; dmarc=pass header.from=example.org' };
const give = async (options, envelope = {}) => {
	const answers = await lmtp(port, mail({ to, headers: passed, ...options }), { to: [to], ...envelope });
	assert.match(answers[0], /^250/);
};
const put = async (options) => assert.match((await lmtp(dovecot.lmtp, mail({ to, ...options }), { to: [to] }))[0], /^250/);

test('STARTTLS: a mail sealed on its way in; what was pipelined in clear behind the command is dropped', async () => {
	const raw = connect(port, '127.0.0.1');
	const line = (s) => new Promise((done) => s.once('data', (d) => done(String(d))));
	assert.match(await line(raw), /^220/);
	raw.write('LHLO x\r\n');
	assert.match(await line(raw), /250-STARTTLS/);
	raw.write('STARTTLS\r\nMAIL FROM:<evil@example.org>\r\n');
	assert.equal(await line(raw), '220 2.0.0 Ready to start TLS\r\n');
	const s = connectTls({ socket: raw, ca: [await import('node:fs').then((f) => f.readFileSync(tls.cert))], servername: 'localhost' });
	await new Promise((done, fail) => { s.once('secureConnect', done); s.once('error', fail); });
	const say = async (text) => { s.write(`${text}\r\n`); return line(s); };
	assert.match(await say(`RCPT TO:<${to}>`), /^503/, 'the dialogue begins anew');
	const hello = await say('LHLO x');
	assert.match(hello, /250 CHUNKING/);
	assert.doesNotMatch(hello, /STARTTLS/);
	assert.match(await say('MAIL FROM:<tls@example.org>'), /^250/);
	assert.match(await say(`RCPT TO:<${to}>`), /^250/);
	assert.match(await say('DATA'), /^354/);
	assert.match(await say(`From: tls@example.org\r\nSubject: tls\r\n\r\n${'sealed words\r\n'.repeat(20000)}.`), /^250/);
	await holding('push', 'sealed words');
	s.destroy();
});

test('an LMTP connection cut in the middle of DATA leaves no ticket; the mail given again leaves one', async () => {
	const raw = mail({ to, subject: '半封', text: '这封信第一次只到了一半。', id: 'half@example.org' });
	await new Promise((done) => {
		const s = connect(port, '127.0.0.1', () => s.write(`LHLO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<${to}>\r\nDATA\r\n`));
		let heard = '';
		s.on('data', (d) => { heard += d; if (heard.includes('354')) { s.write(raw.slice(0, raw.length - 20)); setTimeout(() => s.destroy(), 100); } });
		s.on('close', done);
	});
	await lmtp(port, raw, { to: [to] });
	await holding('push', '第一次只到了一半');
	assert.match((await lmtp(port, raw, { to: [to] }))[0], /Stored before/);
	assert.equal((await g.tickets('&channel=push')).filter((t) => t.title === '半封').length, 1);
});

test('a mailbox is pulled and its mails moved; another folder, whose flags do not stick, gives each mail once', async () => {
	for (let i = 0; i < 30; i++) await put({ subject: `拉${i}`, text: `信箱第${i}封。`, id: `p${i}@example.org`, from: `p${i}@example.org` });
	await until('thirty tickets', async () => (await g.tickets('&channel=pull')).length === 30, 30000);
	await until('an empty INBOX', () => dovecot.files().length === 0);
	await until('the moved mails', () => dovecot.files('Done').length === 30);
	const frozen = mail({ to, subject: '冻结', text: '标记不住的一封。', id: 'frozen@example.org', from: 'f@example.org' });
	await imapAppend('Frozen', frozen);
	await holding('frozen', '标记不住');
	await imapAppend('Extra', mail({ to, subject: '另一夹', text: '另一个文件夹里的信。', id: 'extra@example.org', from: 'x@example.org' }));
	await holding('pull', '另一个文件夹里');
	await new Promise((r) => setTimeout(r, 2500));
	assert.equal((await g.tickets('&channel=frozen')).length, 1, 'none twice though the flag was refused');
	assert.ok(dovecot.files('Frozen').every((f) => !/:2,.*S/.test(f)), 'the server kept no flag');
});

// As a mail program puts a mail into a folder.
function imapAppend(folder, raw) {
	const body = Buffer.from(raw.replace(/\r?\n/g, '\r\n'));
	return new Promise((done, fail) => {
		const s = connect(dovecot.imap, '127.0.0.1');
		s.on('error', fail);
		const steps = [[/^\* OK/, `a LOGIN ${to} secret\r\n`], [/^a OK/m, `b APPEND ${folder} {${body.length}}\r\n`], [/^\+/m, Buffer.concat([body, Buffer.from('\r\n')])], [/^b OK/m, 'c LOGOUT\r\n']];
		let heard = '';
		s.on('data', (d) => { heard += d; if (steps.length && steps[0][0].test(heard)) { heard = ''; s.write(steps.shift()[1]); } });
		s.on('close', () => (steps.length ? fail(new Error(heard)) : done()));
	});
}

test('XOAUTH2: a token the server refuses is renewed, and the mailbox is pulled', async () => {
	await put({ subject: '令牌', text: '用令牌登录取到的信。', id: 'oauth@example.org', from: 'oauth@example.org' });
	await holding('oauth', '用令牌登录', 40000);
	assert.ok(tokens.given() >= 2, 'the first token had expired');
});

test('Dovecot killed in the middle of a big fetch: the mail comes whole, once', async () => {
	const big = 'x'.repeat(76).concat('\n').repeat(60000);
	const sent = put({ subject: '大信', text: `开头。${big}结尾在此。`, id: 'big@example.org', from: 'big@example.org' });
	await sent;
	for (let i = 0; i < 3; i++) {
		await dovecot.stop('SIGKILL');
		await dovecot.up();
		await new Promise((r) => setTimeout(r, 150));
	}
	await until('the big mail', async () => (await g.tickets('&channel=pull')).some((t) => t.title === '大信'), 60000);
	const all = (await g.tickets('&channel=pull')).filter((t) => t.title === '大信');
	assert.equal(all.length, 1);
	assert.ok((await g.ticket(all[0].number)).messages[0].text.length > 1000000);
});

test('who is not vouched for opens a ticket of its own and cannot steer another', async () => {
	await give({ from: 'victim@example.org', subject: '井盖', text: '井盖丢了。' }, { from: 'victim@example.org' });
	const t = await holding('push', '井盖丢了');
	await give({ from: 'victim@example.org', subject: `Re: 井盖 [工单 ${t.number}]`, text: '补充：在三号门。' }, { from: 'victim@example.org' });
	assert.equal((await holding('push', '在三号门')).number, t.number, 'the number in the subject, from its own citizen');
	await lmtp(port, mail({ to, from: 'victim@example.org', subject: `Re: 井盖 [工单 ${t.number}]`, text: '不用修了，撤诉。' }), { to: [to], from: 'evil@example.net' });
	const forged = await holding('push', '撤诉');
	assert.notEqual(forged.number, t.number);
	assert.equal(forged.steps.find((s) => s.step === 'received').data.reason, 'sender-unverified');
	await give({ from: 'other@example.org', subject: `Re: 井盖 [工单 ${t.number}]`, text: '别人的补充。' }, { from: 'other@example.org' });
	assert.notEqual((await holding('push', '别人的补充')).number, t.number, 'never the subject alone');
});

test('a survey mail: five links that only show, a button that records, and a plain answer', async () => {
	await give({ from: 'rate@example.org', subject: '路灯评价', text: '路灯不亮。' }, { from: 'rate@example.org' });
	const t = await holding('push', '路灯不亮。');
	await sink.received('rate@example.org');
	for (const [step, more] of [['accept', { nature: 'request' }]]) await g.step(t.number, step, more);
	assert.equal((await g.reply(t.number, '已修好。')).status, 201);
	assert.equal((await g.step(t.number, 'close')).status, 200);
	const survey = await sink.received('rate@example.org', (m) => /rate\/[^\s"]+\?rating=5/.test(html(m.raw)));
	const links = [...new Set([...html(survey.raw).matchAll(/href="([^"]+\?rating=\d[^"]*)"/g)].map((m) => m[1].replace(/&amp;/g, '&')))];
	assert.equal(links.length, 5);
	assert.match(header(survey.raw, 'List-Unsubscribe'), /^<http.*\?stop=1>$/);
	for (const link of links) { // a scanner follows them all
		const page = await (await fetch(link)).text();
		assert.match(page, new RegExp(`name="rating" value="${/rating=(\d)/.exec(link)[1]}" checked`));
	}
	assert.equal((await g.ticket(t.number)).survey.rating, null);
	const posted = await fetch(links[1], { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'rating=4&solved=yes' });
	assert.equal(posted.status, 200);
	assert.equal((await g.ticket(t.number)).survey.rating, 4);
	// The provider's own button: no more invitations to this mailbox.
	const stop = /<(.*)>/.exec(header(survey.raw, 'List-Unsubscribe'))[1];
	assert.match(await (await fetch(stop)).text(), /<button/);
	assert.equal((await fetch(stop, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'List-Unsubscribe=One-Click' })).status, 200);
	await give({ from: 'rate@example.org', subject: '又一件', text: '长椅坏了。' }, { from: 'rate@example.org' });
	const next = await holding('push', '长椅坏了');
	await g.step(next.number, 'accept', { nature: 'request' });
	await g.reply(next.number, '已换新。');
	await g.step(next.number, 'close');
	const last = await sink.received('rate@example.org', (m) => mailText(m.raw).includes(next.number) && /已办结/.test(mailText(m.raw)));
	assert.doesNotMatch(mailText(last.raw), /\/rate\//);
});

function html(raw) {
	const part = /text\/html[^]*?\r?\n\r?\n([A-Za-z0-9+/=\r\n]+)/.exec(raw);
	return part ? Buffer.from(part[1], 'base64').toString('utf8') : '';
}

test('a read notice, a bounce and a complaint about our mail are noted on it', async () => {
	await give({ from: 'mdn@example.org', subject: '回执', text: '公交站牌歪了。' }, { from: 'mdn@example.org' });
	const t = await holding('push', '公交站牌歪了');
	const ours = await sink.received('mdn@example.org');
	const id = header(ours.raw, 'Message-ID');
	const state = () => g.ticket(t.number).then((w) => w.messages.find((m) => m.from === 'system').state);
	await until('the answer to be accepted', async () => await state() === 'accepted');
	const report = (type, fields) => `From: someone@example.org\nSubject: report\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=${type}; boundary=B\n\n` +
		`--B\nContent-Type: text/plain\n\nwords\n--B\nContent-Type: message/${type}\n\n${fields}\n\n--B\nContent-Type: text/rfc822-headers\n\nMessage-ID: ${id}\n\n--B--\n`;
	await lmtp(port, report('feedback-report', 'Feedback-Type: abuse\nUser-Agent: test/1\nVersion: 1'), { to: [to] });
	await until('the complaint', async () => (await g.ticket(t.number)).steps.some((s) => s.step === 'complaint' && s.data.kind === 'abuse'));
	await lmtp(port, report('disposition-notification', 'Final-Recipient: rfc822; mdn@example.org\nDisposition: manual-action/MDN-sent-manually; displayed'), { to: [to] });
	await until('read', async () => await state() === 'read');
	assert.equal(sink.mails.filter((m) => m.to.includes('someone@example.org')).length, 0, 'no report is answered');
});

test('what is attached is held until the scanner has answered; what is infected stays so', async () => {
	writeFileSync(scanGate, '');
	const attach = (name, text) => `--B\nContent-Type: application/octet-stream; name="${name}"\nContent-Transfer-Encoding: base64\n\n${Buffer.from(text).toString('base64')}\n`;
	const raw = `From: files@example.org\nTo: ${to}\nSubject: files\nMessage-ID: <files@example.org>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n` +
		`--B\nContent-Type: text/plain; charset=utf-8\n\n附件见内。\n${attach('clean.bin', 'nothing bad')}${attach('bad.com', eicar)}--B--\n`;
	assert.match((await lmtp(port, raw, { to: [to], from: 'files@example.org' }))[0], /^250/);
	const t = await holding('push', '附件见内');
	const files = async () => (await g.ticket(t.number)).messages[0].attachments;
	const [clean, bad] = await files();
	const get = (path) => g.api('GET', path);
	const message = t.messages[0].id;
	assert.equal((await get(`/api/v1/files/${clean.id}`)).status, 409);
	assert.equal((await get(`/api/v1/messages/${message}/raw`)).status, 409, 'the whole holds what its parts hold');
	(await import('node:fs')).rmSync(scanGate);
	await until('the scanner', async () => (await files()).every((f) => f.scan !== 'waiting'));
	assert.deepEqual((await files()).map((f) => f.scan), ['clean', 'infected']);
	const got = await get(`/api/v1/files/${clean.id}`);
	assert.equal(got.text, 'nothing bad');
	const refused = await get(`/api/v1/files/${bad.id}`);
	assert.equal(refused.status, 403);
	assert.match(refused.json.detail, /Test\.Eicar FOUND/);
	const infected = (await g.ticket(t.number)).steps.find((s) => s.step === 'file-infected');
	assert.equal(infected.data.file, bad.id, 'not its name, which is the citizen\'s, for the chain is never erased');
	assert.equal((await get(`/api/v1/messages/${message}/raw`)).status, 403);
});

// A small one is kept with its message, a large one as a file.
for (const [size, more] of [['small', ''], ['large', '请看仔细。'.repeat(2000)]]) test(`the raw mail (${size}) can be had by who may see addresses, and by nobody else`, async () => {
	await give({ from: `raw-${size}@example.org`, subject: '原件', text: `请保留原件，${size}。${more}`, id: `raw-${size}@example.org` }, { from: 'raw@example.org' });
	const t = await holding('push', `请保留原件，${size}`);
	const path = `/api/v1/messages/${t.messages[0].id}/raw`;
	const r = await g.api('GET', path);
	assert.equal(r.status, 200);
	assert.match(r.headers.get('content-type'), /message\/rfc822/);
	assert.match(r.headers.get('content-disposition'), /attachment/);
	assert.match(r.text, new RegExp(`Message-ID: <raw-${size}@example.org>`));
	assert.equal(Number(r.headers.get('content-length')), Buffer.byteLength(r.text));
	assert.equal((await fetch(g.url + path)).status, 401);
	const [{ token }] = g.runJson('token', 'create', size, '--scope', 'read');
	assert.equal((await fetch(g.url + path, { headers: { authorization: `Bearer ${token}` } })).status, 403);
	const hash = createHash('sha256').update(r.text).digest('hex');
	assert.equal(existsSync(join(g.dir, 'files', hash.slice(0, 2), hash)), size === 'large');
});

// A relay that takes every mark of a machine off a mail and gives it to the other side as a new one.
function stripping(deliver) {
	return createServer((socket) => {
		let buffer = '', data = false, from = '';
		socket.write('220 relay\r\n');
		socket.on('error', () => {});
		socket.on('data', (d) => {
			buffer += d.toString('latin1');
			for (;;) {
				if (data) {
					const end = buffer.indexOf('\r\n.\r\n');
					if (end < 0) return;
					const raw = Buffer.from(buffer.slice(0, end), 'latin1').toString('utf8');
					buffer = buffer.slice(end + 5);
					data = false;
					deliver(from, raw).then(() => socket.write('250 ok\r\n'));
					continue;
				}
				const eol = buffer.indexOf('\r\n');
				if (eol < 0) return;
				const line = buffer.slice(0, eol);
				buffer = buffer.slice(eol + 2);
				if (/^MAIL/i.test(line)) from = /<(.*?)>/.exec(line)[1];
				data = /^DATA/i.test(line);
				if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
				else socket.write(data ? '354 go\r\n' : '250 ok\r\n');
			}
		});
	});
}

test('two gateways that write to each other through a relay that strips every mark fall silent within ten mails', async () => {
	const ports = { a: await freePort(), b: await freePort() };
	const passedOn = [];
	const relay = (other) => stripping(async (from, raw) => {
		const n = passedOn.push(other);
		const text = mailText(raw);
		await lmtp(ports[other], mail({ from: from.replace(/\+.*@/, '@'), to: `${other}@test.example`, subject: `第${n}封`, text: `${text}\n（${n}）` }), { to: [`${other}@test.example`], from: from.replace(/\+.*@/, '@') });
	});
	const relays = { a: relay('b'), b: relay('a') };
	for (const r of Object.values(relays)) await new Promise((done) => r.listen(0, '127.0.0.1', done));
	const start = (name) => Gateway.start({ channels: { mail: { type: 'email', address: `${name}@test.example`, lmtp_listen: `127.0.0.1:${ports[name]}`,
		smtp_url: `smtp://127.0.0.1:${relays[name].address().port}` } } });
	const a = await start('a'), b = await start('b');
	await lmtp(ports.a, mail({ from: 'b@test.example', to: 'a@test.example', subject: '开始', text: '两个热线互相来信。' }), { to: ['a@test.example'], from: 'b@test.example' });
	let quiet = 0, before = -1;
	await until('silence', async () => {
		quiet = passedOn.length === before ? quiet + 1 : 0;
		before = passedOn.length;
		await new Promise((r) => setTimeout(r, 100));
		return before > 0 && quiet > 30;
	}, 60000);
	assert.ok(passedOn.length <= 10, `${passedOn.length} mails went round`);
	assert.ok((await a.tickets()).length > 0 && (await b.tickets()).length > 0, 'each side kept what came');
	assert.deepEqual(await a.end(), { code: 0, signal: null });
	assert.deepEqual(await b.end(), { code: 0, signal: null });
	for (const r of Object.values(relays)) r.close();
});
