// What goes wrong between a gateway and its carrier, with npm `smpp` as the carrier: nothing is lost, nothing is sent twice by
// itself, and what may or may not have arrived is called unknown.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import smpp from 'smpp';
import { Carrier } from './lib/carrier.mjs';
import { Gateway, until } from './lib/gateway.mjs';
import { certificate } from './lib/peers.mjs';
import { Smsc } from './lib/smsc.mjs';
import { Tap, canRead } from './lib/tap.mjs';

// The kernel's buffers fill up, as with a peer that hangs.
const reads = (session, does) => session.socket._handle[does ? 'readStart' : 'readStop']();

// A carrier that answers submits as the test says: answer(session, pdu, id) or nothing.
class Faulty extends Smsc {
	submit(session, pdu) {
		const id = `f${this.next++}`;
		this.submits.push(pdu);
		this.ids.push(id);
		(this.how || this.accept).call(this, session, pdu, id);
	}

	accept(session, pdu, id) {
		session.send(pdu.response({ message_id: id }));
		this.collect(pdu);
		if (this.receipts) setTimeout(() => this.receipt(id, pdu), 5);
	}
	times(text) { return this.submits.filter((p) => JSON.stringify(p.short_message).includes(text)).length; }
}

const sms = (port, more = {}) => ({ sms: { type: 'smpp', host: '127.0.0.1', port, system_id: 'xinqiao', password: 'secret', number: '12345', reconnect_max: 1, pace: 0, ...more } });
async function start(more = {}) {
	const smsc = await Faulty.start();
	const g = await Gateway.start({ channels: sms(smsc.port, more) });
	g.token();
	await smsc.bound();
	return { smsc, g };
}
async function end({ smsc, g }) { smsc.how = null; await g.end(); await smsc.close(); }
const ticketOf = async (g, phone) => g.ticket((await until(`a ticket of ${phone}`, async () => (await g.tickets()).find((t) => t.peer.endsWith(phone)))).number);
const staff = async (g, number) => (await g.ticket(number)).messages.filter((m) => m.from === 'staff');
// Tickets whose own messages have gone out, ready to be answered.
async function citizens(w, n) {
	const numbers = [];
	for (let i = 0; i < n; i++) {
		const phone = `1370000${String(i).padStart(4, '0')}`;
		assert.equal(await w.smsc.deliver(phone, `第${i}栋电梯坏了`), 0);
		numbers.push((await ticketOf(w.g, phone)).number);
		await w.smsc.received(phone, (x) => x.includes(numbers[i]));
	}
	return numbers;
}

test('a message cut in the middle is not taken, and whole on the next link it is taken once', async () => {
	const w = await start();
	const whole = await new Promise((done) => { // as npm smpp would write it
		const server = createServer((s) => s.once('data', (d) => { done(d); s.destroy(); server.close(); })).listen(0, '127.0.0.1', () => {
			const c = smpp.connect({ url: `smpp://127.0.0.1:${server.address().port}` });
			c.on('error', () => {});
			c.on('connect', () => c.deliver_sm({ source_addr: '13700001111', destination_addr: '12345', short_message: 'half of this' }));
		});
	});
	const session = await w.smsc.bound();
	session.socket.write(whole.subarray(0, whole.length - 4));
	session.socket.end();
	await until('another link', () => [...w.smsc.sessions].some((s) => s !== session));
	assert.equal((await w.g.tickets()).length, 0);
	assert.equal(await w.smsc.deliver('13700001111', '这次是完整的'), 0);
	assert.deepEqual((await ticketOf(w.g, '13700001111')).messages.filter((m) => m.from === 'citizen').map((m) => m.text), ['这次是完整的']);
	await end(w);
});

test('a link cut with a full window leaves those messages unknown and sends the others', async () => {
	const w = await start({ window: 3 });
	const numbers = await citizens(w, 6), answered = w.smsc.submits.length;
	w.smsc.how = () => {}; // taken, never answered
	for (const n of numbers) assert.equal((await w.g.reply(n, `答复给${n}`)).status, 201);
	await until('a full window', () => w.smsc.submits.length === answered + 3);
	w.smsc.how = null;
	w.smsc.cut();
	await until('the outcome of all', async () => (await Promise.all(numbers.map((n) => staff(w.g, n)))).every(([m]) => ['unknown', 'delivered'].includes(m.state)));
	const states = (await Promise.all(numbers.map((n) => staff(w.g, n)))).map(([m]) => m.state);
	assert.deepEqual([states.filter((s) => s === 'unknown').length, states.filter((s) => s === 'delivered').length], [3, 3], states.join());
	for (const n of numbers) assert.equal(w.smsc.times(`答复给${n}`), 1, 'nothing goes twice by itself');
	await end(w);
});

test('answers out of order, twice and to nothing each find their message', async () => {
	const w = await start({ window: 5 });
	const numbers = await citizens(w, 3), held = [];
	w.smsc.how = (session, pdu, id) => held.push([session, pdu, id]);
	for (const n of numbers) await w.g.reply(n, `答复给${n}`);
	await until('all of them', () => held.length === 3);
	held[0][0].send(new smpp.PDU('submit_sm_resp', { sequence_number: 0x7777, message_id: 'nobody asked' }));
	for (const [session, pdu, id] of held.reverse()) {
		session.send(pdu.response({ message_id: id }));
		session.send(pdu.response({ message_id: 'another', command_status: smpp.ESME_RSYSERR })); // a second answer says nothing
	}
	w.smsc.receipt(held[1][2], held[1][1], 'UNDELIV');
	for (const i of [0, 2]) w.smsc.receipt(held[i][2], held[i][1]);
	const wanted = new Map(held.map(([, pdu], i) => [numbers.find((n) => JSON.stringify(pdu.short_message).includes(n)), i === 1 ? 'failed' : 'delivered']));
	for (const n of numbers) await until(`${n} to be ${wanted.get(n)}`, async () => (await staff(w.g, n))[0].state === wanted.get(n));
	await end(w);
});

test('a half-open link is noticed by its silence and made anew', async () => {
	const w = await start({ enquire: 1, response_timeout: 1 });
	const [number] = await citizens(w, 1), session = await w.smsc.bound();
	reads(session, false); // the other end is gone, and nobody said so
	await until('another link', () => [...w.smsc.sessions].some((s) => s !== session), 30000);
	session.destroy();
	w.smsc.sessions.delete(session);
	await w.g.reply(number, '新链路上的答复');
	await until('it to be delivered', async () => (await staff(w.g, number))[0].state === 'delivered', 30000);
	assert.equal(w.smsc.times('新链路上的答复'), 1);
	await end(w);
});

test('a carrier that reads slowly gets everything once', async () => {
	const w = await start({ window: 1000 });
	const [number] = await citizens(w, 1), session = await w.smsc.bound(), texts = Array.from({ length: 60 }, (_, i) => `慢慢读${i}号，${'内容'.repeat(200)}`);
	reads(session, false);
	for (const t of texts) assert.equal((await w.g.reply(number, t)).status, 201);
	setTimeout(() => reads(session, true), 1500);
	await until('all to be delivered', async () => (await staff(w.g, number)).every((m) => m.state === 'delivered'), 60000);
	for (const t of texts) assert.equal(w.smsc.texts.filter((x) => x.text.includes(t)).length, 1);
	await end(w);
});

test('a storm of "too fast" slows the link down and fails nothing', async () => {
	const w = await start({ window: 20 });
	const numbers = await citizens(w, 10), before = w.smsc.submits.length;
	let refused = 0;
	w.smsc.how = function how(session, pdu, id) {
		if (refused < 12) { refused++; session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED })); } else this.accept(session, pdu, id);
	};
	const began = Date.now();
	for (const n of numbers) await w.g.reply(n, `答复给${n}`);
	await until('all to be delivered', async () => (await Promise.all(numbers.map((n) => staff(w.g, n)))).every(([m]) => m.state === 'delivered'), 60000);
	assert.ok(Date.now() - began >= 2500, 'it waited'); // 1 s, then 2 s
	assert.equal(w.smsc.submits.length - before, 12 + numbers.length);
	for (const n of numbers) assert.equal(w.smsc.texts.filter((x) => x.text.includes(`答复给${n}`)).length, 1);
	await end(w);
});

test('two links of one account: parts over both make one message, a receipt over the other counts, and one may die', async () => {
	const w = await start();
	const other = await Faulty.start();
	const keys = sms(0).sms;
	delete keys.host; delete keys.port;
	w.g.configure({ sms: { ...keys, link: `127.0.0.1:${w.smsc.port}, 127.0.0.1:${other.port}` } });
	await w.g.stop();
	await w.g.up();
	const a = await w.smsc.bound(), b = await other.bound(), phone = '13700002222', text = '两条链路各送一半的长短信。'.repeat(8);
	const body = Buffer.from(text, 'utf16le').swap16(), pieces = [];
	for (let i = 0; i < body.length; i += 134) pieces.push(body.subarray(i, i + 134));
	const say = (s, i) => new Promise((done) => s.deliver_sm({ source_addr: phone, destination_addr: '12345', data_coding: 8, esm_class: 0x40,
		short_message: { udh: Buffer.from([5, 0, 3, 9, pieces.length, i + 1]), message: pieces[i] } }, (r) => done(r.command_status)));
	assert.deepEqual(await Promise.all(pieces.map((_, i) => say(i % 2 ? a : b, i))), pieces.map(() => 0));
	const t = await ticketOf(w.g, phone);
	assert.deepEqual(t.messages.filter((m) => m.from === 'citizen').map((m) => m.text), [text]);
	w.smsc.receipts = other.receipts = false;
	await w.g.reply(t.number, '回执走另一条链路');
	const [from, to] = await until('the answer', () => (w.smsc.times('回执走另一条') ? [w.smsc, other] : other.times('回执走另一条') && [other, w.smsc]));
	const i = from.submits.findIndex((p) => JSON.stringify(p.short_message).includes('回执走另一条'));
	to.receipt(from.ids[i], from.submits[i]);
	await until('delivered', async () => (await staff(w.g, t.number))[0].state === 'delivered');
	w.smsc.receipts = other.receipts = true;
	await other.close();
	await until('the channel to say so', async () => /1 of 2 links bound/.test((await w.g.api('GET', '/readyz')).text));
	assert.equal((await w.g.api('GET', '/readyz')).status, 200);
	await w.g.reply(t.number, '只剩一条链路');
	await until('delivered', async () => (await staff(w.g, t.number))[1].state === 'delivered');
	await end(w);
});

test('a link through TLS carries long messages both ways, and goes to nobody whose certificate is not vouched for', async () => {
	const dir = mkdtempSync(join(tmpdir(), 'xq-')), { key, cert } = certificate(dir), text = '经过加密的长短信。'.repeat(60);
	const smsc = await Faulty.start({ tls: { key: readFileSync(key), cert: readFileSync(cert) } });
	const g = await Gateway.start({ channels: sms(smsc.port, { tls: 'yes' }) });
	g.token();
	await until('the refusal in words', async () => /TLS: self-signed certificate/.test((await g.api('GET', '/readyz')).text));
	assert.equal(smsc.sessions.size, 0);
	g.configure(sms(smsc.port, { tls: 'yes', tls_ca_file: cert, window: 100 }));
	await g.stop();
	await g.up();
	assert.equal(await smsc.deliver('13700004444', text), 0);
	const t = await ticketOf(g, '13700004444');
	assert.equal(t.messages[0].text, text);
	assert.equal((await g.reply(t.number, text)).status, 201);
	await until('delivered', async () => (await staff(g, t.number))[0].state === 'delivered');
	await smsc.received('13700004444', (x) => x.includes(text));
	await end({ smsc, g });
	rmSync(dir, { recursive: true });
});

test('tshark reads a whole session of SMPP and finds nothing malformed', async (t) => {
	if (!canRead()) { t.skip('tshark is not installed'); return; }
	const sim = await Carrier.start('smpp'), tap = await Tap.start(sim.port), g = await Gateway.start({ channels: sms(tap.port, { enquire: 1 }) });
	await sim.linked();
	await sim.send('13700003333', '水管爆了😀'.repeat(30));
	const { number } = await ticketOf(g, '13700003333');
	await g.reply(number, '马上派人。'.repeat(30));
	await until('delivered', async () => (await staff(g, number))[0].state === 'delivered');
	await until('an enquiry', () => tap.lines.some((l) => l.includes('0000 00 00 00 10 00 00 00 15')));
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await sim.end();
	await tap.close();
	const { values, malformed } = tap.read(2775, 'smpp', 'smpp.command_id');
	for (const id of [4, 5, 6, 9, 0x15]) for (const c of [id, 0x80000000 + id]) assert.ok(values.includes(c), `0x${c.toString(16)} among ${values}`);
	assert.equal(malformed, '');
});
