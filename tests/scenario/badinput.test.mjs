// Malformed input on every channel: the protocol's own error, a log line with a reason, and nobody else pays for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway, freePort } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';
import { RawSmsc, badInput } from './lib/badinput.mjs';

test('each piece of bad input gets its own error and costs nobody else anything', { timeout: 240000 }, async (t) => {
	const raw = await RawSmsc.start();
	const lmtpPort = await freePort();
	const g = await Gateway.start({ channels: {
		web: { type: 'webchat' },
		bad: { type: 'smpp', host: '127.0.0.1', port: raw.port, system_id: 'x', password: 'x', number: '12345', reconnect_max: 1 },
		mail: { type: 'email', address: '12345@city.example', lmtp_listen: `127.0.0.1:${lmtpPort}` },
	} });
	const quiet = await new Chat(g.url).open();
	await raw.live();
	const results = await badInput({ url: g.url, raw, lmtpPort });
	for (const r of results) await t.test(r.name, () => assert.ok(r.right, `it was answered: ${r.answer}`));
	const ack = await quiet.say('别人的乱码不关我的事');
	assert.equal((await g.ticket(ack.ticket)).messages[0].text, '别人的乱码不关我的事');
	const mails = await g.tickets('&channel=mail');
	assert.ok(mails.length >= 2, 'what a person wrote in a broken mail is a ticket');
	assert.ok((await Promise.all(mails.map((m) => g.ticket(m.number)))).some((m) => m.messages[0].text.includes('没有信头')));
	assert.match(g.log, /reason=/);
	await quiet.close();
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await raw.close();
});
