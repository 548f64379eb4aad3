// Email against servers that are not ours: Postfix pushes by LMTP, Dovecot is pulled by IMAP (plain and TLS).
import assert from 'node:assert/strict';
import { chmodSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, freePort, until } from './lib/gateway.mjs';
import { SmtpSink, lmtp, mail } from './lib/mail.mjs';
import { Dovecot, Postfix, canRun } from './lib/peers.mjs';

const to = 'hotline@test.example';
// By SMTP, one mail; resolves with Postfix's last answer.
function smtp(port, raw, from = 'zhang@example.org', rcpt = to) {
	return new Promise((done, fail) => {
		const s = connect(port, '127.0.0.1');
		const say = [`EHLO test`, `MAIL FROM:<${from}>`, `RCPT TO:<${rcpt}>`, 'DATA', `${raw.replace(/\r?\n/g, '\r\n')}\r\n.`, 'QUIT'];
		let all = '', last = '';
		s.on('error', fail);
		s.on('close', () => done(last));
		s.on('data', (d) => {
			all += d;
			for (let m; (m = /^(\d{3})([ -])(.*)\r\n/.exec(all)); all = all.slice(m[0].length)) {
				if (m[2] === '-') continue;
				if (say.length) last = `${m[1]} ${m[3]}`;
				if (say.length) s.write(`${say.shift()}\r\n`);
			}
		});
	});
}

let dovecot, postfix, sink, g, port;
before(async () => {
	assert.ok(canRun(), 'Dovecot and Postfix are installed and this is root');
	dovecot = await Dovecot.start();
	sink = await SmtpSink.start();
	port = await freePort();
	postfix = await Postfix.start(`127.0.0.1:${port}`);
	g = await Gateway.start({ channels: {
		push: { type: 'email', address: to, lmtp_listen: `127.0.0.1:${port}`, smtp_url: `smtp://127.0.0.1:${sink.port}` },
		pull: { type: 'email', address: to, imap_url: `imap://127.0.0.1:${dovecot.imap}/INBOX`, imap_user: to, imap_password: 'secret', imap_poll: 1, imap_tls: 'none' },
		tls: { type: 'email', address: to, imap_url: `imaps://localhost:${dovecot.imaps}/Done`, imap_user: to, imap_password: 'secret', imap_poll: 1, tls_ca_file: dovecot.cert },
	} });
});
after(async () => {
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await postfix.end();
	await dovecot.end();
	await sink.close();
});
const holding = (channel, text) => until(`a ticket on ${channel} with ${text}`, async () => {
	for (const t of await g.tickets(`&channel=${channel}`)) {
		const whole = await g.ticket(t.number);
		if (whole.messages.some((m) => m.text.includes(text))) return whole;
	}
	return null;
}, 20000);

test('a mail through Postfix becomes a ticket with its text whole', async () => {
	assert.match(await smtp(postfix.smtp, mail({ to, subject: '经邮局', text: '楼道灯坏了𠮷。' })), /^250/);
	const t = await holding('push', '楼道灯坏了𠮷。');
	assert.equal(t.title, '经邮局');
});

test('a mail whose headers are raw UTF-8 is not bounced', async () => {
	await smtp(postfix.smtp, `From: 张三 <zhang@example.org>\nTo: ${to}\nSubject: 没有编码的主题\nMessage-ID: <raw@example.org>\n\n正文没有声明字符集。\n`);
	assert.equal((await holding('push', '正文没有声明字符集')).title, '没有编码的主题');
});

test('while the gateway is down Postfix keeps the mail, and it arrives once', async () => {
	await g.stop();
	await smtp(postfix.smtp, mail({ to, subject: '停机', text: '停机期间的来信。', id: 'down@example.org' }));
	await until('Postfix to try and defer', () => /status=deferred/.test(postfix.log()), 15000);
	await g.up();
	await holding('push', '停机期间的来信');
	const again = await g.tickets('&channel=push');
	assert.equal(again.filter((t) => t.title === '停机').length, 1);
});

test('a mailbox is pulled by IMAP: each mail once, marked only after it is kept', async () => {
	for (let i = 0; i < 5; i++) assert.match((await lmtp(dovecot.lmtp, mail({ to, subject: `拉取${i}`, text: `信箱里的第${i}封。`, id: `pull${i}@example.org` }), { to: [to] }))[0], /^250/);
	for (let i = 0; i < 5; i++) await holding('pull', `信箱里的第${i}封`);
	await g.kill();
	await g.up();
	assert.match((await lmtp(dovecot.lmtp, mail({ to, subject: '拉取后', text: '重启以后的一封。', id: 'pull-after@example.org' }), { to: [to] }))[0], /^250/);
	await holding('pull', '重启以后的一封');
	assert.equal((await g.tickets('&channel=pull')).length, 6, 'none twice after a restart');
});

test('Dovecot goes away and comes back: pulling goes on by itself', async () => {
	await dovecot.stop();
	await until('the channel to say so', async () => !(await (await fetch(`${g.url}/readyz`)).json()).channels?.pull?.up, 20000);
	await dovecot.up();
	await lmtp(dovecot.lmtp, mail({ to, subject: '恢复', text: '邮局恢复以后。', id: 'back@example.org' }), { to: [to] });
	await holding('pull', '邮局恢复以后');
});

test('a mail that Dovecot cannot read takes nothing out of service, holds nobody up, and is taken once it can be read', async () => {
	const box = join(dovecot.dir, 'mail/hotline@test.example'), before = new Set(dovecot.files());
	const put = async (word) => assert.match((await lmtp(dovecot.lmtp, mail({ to, subject: word, text: `${word}信。`, id: `${word.length}read@example.org` }), { to: [to] }))[0], /^250/);
	const pull = async () => (await (await fetch(`${g.url}/readyz`)).json()).channels.find((c) => c.name === 'pull');
	await g.stop();
	await put('坏');
	const [bad, ...more] = dovecot.files().filter((f) => !before.has(f));
	assert.equal(more.length, 0);
	chmodSync(join(box, 'new', bad), 0);
	await g.up();
	await until('the mailbox to be opened', async () => (await pull()).up);
	for (let i = 0; i < 8; i++, await new Promise((done) => setTimeout(done, 1000))) assert.deepEqual(await pull(), { ...(await pull()), up: true, words: '' });
	await put('后来');
	await holding('pull', '后来信');
	chmodSync(['new', 'cur'].flatMap((sub) => readdirSync(join(box, sub)).filter((f) => f.startsWith(bad.split(':')[0])).map((f) => join(box, sub, f)))[0], 0o600);
	await holding('pull', '坏信');
});

test('the TLS mailbox is reached with its certificate verified', async () => {
	const ready = await until('both mailboxes', async () => { const r = await (await fetch(`${g.url}/readyz`)).json(); return JSON.stringify(r).includes('"tls"') && r; });
	await until('the TLS channel up', async () => { const r = await (await fetch(`${g.url}/readyz`)).text(); return !/"tls"[^}]*false/.test(r); }, 20000);
	assert.ok(ready);
});
