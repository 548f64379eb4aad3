// A mail server that is away for a while takes nothing with it: what waits goes out once it is back, by itself.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, freePort, until } from './lib/gateway.mjs';
import { SmtpSink, lmtp, mail, mailText } from './lib/mail.mjs';

const to = 'hotline@test.example';
let g, sink, port, deafPort, smtpPort;

before(async () => {
	[port, deafPort, smtpPort] = [await freePort(), await freePort(), await freePort()];
	sink = await SmtpSink.start();
	g = await Gateway.start({ channels: {
		away: { type: 'email', address: to, lmtp_listen: `127.0.0.1:${port}`, smtp_url: `smtp://127.0.0.1:${smtpPort}` },
		deaf: { type: 'email', address: to, lmtp_listen: `127.0.0.1:${deafPort}`, smtp_url: `smtp://127.0.0.1:${sink.port}`,
			imap_url: `imap://127.0.0.1:${await freePort()}/INBOX`, imap_user: to, imap_password: 'secret' },
	} });
});
after(async () => {
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await sink.close();
});

const readyz = async () => (await fetch(`${g.url}/readyz`)).json();
const channel = async (name) => (await readyz()).channels.find((c) => c.name === name);
const gauge = async (name) => Number(new RegExp(`^xinqiao_channel_up\\{[^}]*"${name}"[^}]*\\} (\\d)`, 'm').exec(await (await fetch(`${g.url}/metrics`)).text())[1]);
const write = async (lmtpPort, from) => assert.match((await lmtp(lmtpPort, mail({ from, to, text: '路灯坏了。' }), { from, to: [to] }))[0], /^250/);

test('answers go out by themselves once the server that takes them is back', async () => {
	await write(port, 'zhang@example.org');
	await until('the channel down', async () => !(await channel('away')).up);
	assert.match((await channel('away')).words, /^smtp: /);
	assert.equal(await gauge('away'), 0);
	const back = await SmtpSink.start(smtpPort);
	try {
		assert.match(mailText((await back.received('zhang@example.org')).raw), /工单号/);
		await until('the channel up', async () => (await channel('away')).up);
		assert.equal((await channel('away')).words, '');
		assert.equal(await gauge('away'), 1);
	} finally {
		await back.close();
	}
});

test('answers go out while the mailbox cannot be read, and health says that it cannot', async () => {
	await until('the channel down', async () => !(await channel('deaf')).up);
	await write(deafPort, 'li@example.org');
	assert.match(mailText((await sink.received('li@example.org')).raw), /工单号/);
	const whole = await readyz();
	assert.equal(whole.ready, false);
	assert.match(whole.channels.find((c) => c.name === 'deaf').words, /^imap: /);
});
