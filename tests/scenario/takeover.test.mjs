// What only one of several gateways has, a mailbox or the address where a carrier connects, goes to another one when its holder is
// killed, with everything that was half done: each message is there once. How long it takes is printed; times do not decide.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Carrier } from './lib/carrier.mjs';
import { freePort, until } from './lib/gateway.mjs';
import { lmtp, mail } from './lib/mail.mjs';
import { endAll, holder, nodes, pause } from './lib/nodes.mjs';
import { Dovecot, canRun } from './lib/peers.mjs';
import { Postgres } from './lib/postgres.mjs';

let pg;
before(async () => { pg = await Postgres.start(); });
after(async () => { await pg.stop(); });

// Every citizen's text with how often it is there.
async function said(g) {
	const n = new Map();
	for (const t of await g.tickets()) for (const m of (await g.ticket(t.number)).messages) if (m.from === 'citizen') n.set(m.text.trim(), (n.get(m.text.trim()) || 0) + 1);
	return n;
}
const count = async (g) => (await g.tickets()).length; // each text is another citizen's
const each = (list) => Object.fromEntries(list.map((x) => [x, 1]));

test('a mailbox read by one of two nodes is read by the other once that one is killed, in the middle of it: every mail is there once', async () => {
	assert.ok(canRun(), 'Dovecot is installed and this is root');
	const dovecot = await Dovecot.start(), to = 'hotline@test.example';
	const all = await nodes(pg, 2, { channels: () => ({ mail: { type: 'email', address: to, imap_url: `imap://127.0.0.1:${dovecot.imap}/INBOX`, imap_user: to,
		imap_password: 'secret', imap_poll: 1, imap_tls: 'none' } }) });
	const written = [];
	const write = async (n) => {
		for (let i = 0; i < n; i++) {
			const text = `第${written.length + 1}封来信，路灯坏了。`;
			assert.match((await lmtp(dovecot.lmtp, mail({ from: `m${written.length}@example.org`, to, text, id: `take${written.length}@example.org` }), { to: [to] }))[0], /^250/);
			written.push(text);
		}
	};
	for (let round = 0; round < 2; round++) {
		const first = await until('somebody to read the mailbox', () => holder(all, 'mail mailbox'), 30000);
		const other = all.find((g) => g !== first);
		await write(15);
		await until('some of it to be read', async () => await count(other) > written.length - 15, 20000);
		await first.kill(); // with mails read and not marked, marked and not answered
		const died = Date.now();
		await write(5);
		await until('the other to read the mailbox', () => holder([other], 'mail mailbox'), 30000);
		console.log(`mailbox: another reads it ${Date.now() - died} ms after the death`);
		await until('every mail to be there', async () => await count(other) === written.length, 30000);
		console.log(`mailbox: the last mail was kept ${Date.now() - died} ms after the death`);
		assert.deepEqual(Object.fromEntries(await said(other)), each(written), 'each once');
		await first.up();
	}
	await endAll(all);
	await dovecot.end();
});

test('the address where an SGIP carrier connects comes over to another node when its holder is killed; what was under way is there once', async () => {
	const listen = await freePort();
	const smg = await Carrier.start('sgip', '--sgip-to', `127.0.0.1:${listen}`);
	const all = await nodes(pg, 2, { channels: () => ({ sms: { type: 'sgip', host: '127.0.0.1', port: smg.port, login: 'xinqiao', password: 'secret',
		listen: `127.0.0.1:${listen}`, smg_login: 'smg', smg_password: 'secret', node_id: 3010092008, corp_id: 92008, number: '12345', reconnect_max: 1 } }) });
	const [a, b] = all;
	assert.match(b.log, /another has the address: waiting for it.*in use/);
	await until('the channel to say so', async () => /another has the address where we listen/.test((await b.api('GET', '/readyz')).text));
	assert.equal((await b.api('GET', '/readyz')).status, 200, 'it sends all the same');
	const written = [];
	const write = async (n) => {
		for (let i = 0; i < n; i++) {
			const text = `第${written.length + 1}条短信，楼道停电`, phone = `1310000${String(written.length).padStart(4, '0')}`;
			await smg.send(phone, text);
			written.push({ phone, text });
		}
	};
	const opened = (g) => (g.log.match(/the address has come over/g) || []).length;
	let [has, waits] = [a, b];
	for (let round = 0; round < 2; round++) {
		await write(10);
		await until('some of it to be taken', async () => await count(waits) > written.length - 10, 20000);
		const before = opened(waits);
		await has.kill();
		const died = Date.now();
		await write(5);
		await until('the address to come over', () => opened(waits) > before, 20000);
		console.log(`SGIP's address: another listens ${Date.now() - died} ms after the death`);
		for (const { phone, text } of written) await smg.taken(phone, text);
		console.log(`SGIP's address: all was taken ${Date.now() - died} ms after the death`);
		assert.deepEqual(Object.fromEntries(await said(waits)), each(written.map((w) => w.text)), 'each once');
		await has.up();
		assert.match(has.log, /another has the address: waiting for it/);
		[has, waits] = [waits, has];
	}
	// An answer of the one that does not listen goes out; its receipt comes to the one that does.
	const [t] = await has.tickets();
	assert.equal((await waits.reply(t.number, '已派人处理。')).status, 201);
	await until('delivered', async () => (await has.ticket(t.number)).messages.some((m) => m.from === 'staff' && m.state === 'delivered'), 20000);
	await until('the rest to be settled', async () => (await Promise.all((await has.tickets()).map((x) => has.ticket(x.number)))).every((x) =>
		x.messages.every((m) => m.from === 'citizen' || ['delivered', 'unknown'].includes(m.state))), 30000);
	await pause(50);
	await endAll(all);
	await smg.end();
});
