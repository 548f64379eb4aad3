// SMS against npm `smpp`: long messages both ways, redelivery after a broken link, receipts, link pairs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, until } from './lib/gateway.mjs';
import { Smsc } from './lib/smsc.mjs';

let g, smsc;
const sms = (more = {}) => ({ type: 'smpp', host: '127.0.0.1', port: smsc.port, system_id: 'xinqiao', password: 'secret', number: '12345', reconnect_max: 1, ...more });
before(async () => {
	smsc = await Smsc.start();
	g = await Gateway.start({ channels: { sms: sms() } });
	await smsc.bound();
});
after(async () => {
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await smsc.close();
});
const ticketOf = async (phone) => g.ticket((await g.tickets('&channel=sms')).find((t) => t.peer.endsWith(phone)).number);
const said = (t) => t.messages.filter((m) => m.from === 'citizen').map((m) => m.text);

test('the same words twice on one link are two messages', async () => {
	await smsc.deliver('13900000001', '水还没来');
	await smsc.deliver('13900000001', '水还没来');
	assert.deepEqual(said(await ticketOf('13900000001')), ['水还没来', '水还没来']);
});

test('a text redelivered after the link broke is acknowledged again and stored once', async () => {
	smsc.silent = true; // nothing it says shows that our answer arrived
	await smsc.deliver('13900000002', '电梯困人三次了');
	smsc.cut();
	smsc.silent = false;
	await smsc.bound();
	assert.equal(await smsc.deliver('13900000002', '电梯困人三次了'), 0);
	assert.deepEqual(said(await ticketOf('13900000002')), ['电梯困人三次了']);
});

test('what a citizen says again after a new link is kept, where the answer to the first time is known to have arrived', async () => {
	await smsc.deliver('13900000012', '还没有人来');
	await smsc.received('13900000012', (x) => /已收到/.test(x));
	await until('the answer of the SMSC', async () => (await ticketOf('13900000012')).messages.some((m) => m.state === 'delivered'));
	smsc.cut();
	await smsc.bound();
	assert.equal(await smsc.deliver('13900000012', '还没有人来'), 0);
	assert.deepEqual(said(await ticketOf('13900000012')), ['还没有人来', '还没有人来']);
});

test('parts in any order and twice make one whole text, emoji uncut', async () => {
	const text = '小区停车难😀'.repeat(30);
	const session = await smsc.bound();
	const body = Buffer.from(text, 'utf16le').swap16();
	const pieces = [];
	for (let i = 0; i < body.length; i += 134) pieces.push(body.subarray(i, i + 134));
	const order = [...pieces.keys()].reverse();
	order.push(order[0]);
	for (const i of order)
		await new Promise((done) => session.deliver_sm({ source_addr: '13900000003', destination_addr: '12345', data_coding: 8, esm_class: 0x40,
			short_message: { udh: Buffer.from([5, 0, 3, 77, pieces.length, i + 1]), message: pieces[i] } }, done));
	await until('the whole', async () => (await g.tickets('&channel=sms')).some((t) => t.peer.endsWith('13900000003')));
	assert.deepEqual(said(await ticketOf('13900000003')), [text]);
});

test('a long answer arrives whole, no pair cut, and is delivered only when each part is', async () => {
	await smsc.deliver('13900000004', '请回复长文');
	const t = await ticketOf('13900000004');
	const text = `办理结果：${'已修复👷‍♂️'.repeat(40)}`;
	assert.equal((await g.reply(t.number, text)).status, 201);
	await smsc.received('13900000004', (x) => x.includes(text));
	await until('delivered', async () => (await ticketOf('13900000004')).messages.find((m) => m.from === 'staff').state === 'delivered');
});

test('a failed receipt shows as failed with the carrier\'s word', async () => {
	smsc.receipts = false;
	await smsc.deliver('13900000006', '回执失败的情形');
	const t = await ticketOf('13900000006');
	await g.reply(t.number, '请放心。');
	const at = await until('the answer', () => smsc.submits.findIndex((p) => JSON.stringify(p.short_message).includes('请放心')) + 1);
	const id = smsc.ids[at - 1];
	smsc.receipt(id, smsc.submits[at - 1], 'UNDELIV');
	await until('failed', async () => (await ticketOf('13900000006')).messages.find((m) => m.from === 'staff').state === 'failed');
	smsc.receipt(id, smsc.submits[at - 1], 'DELIVRD');
	await new Promise((r) => setTimeout(r, 200));
	assert.equal((await ticketOf('13900000006')).messages.find((m) => m.from === 'staff').state, 'failed', 'a late success does not overwrite it');
	smsc.receipts = true;
});

test('transmitter and receiver as a pair work like one', async () => {
	g.configure({ sms: sms({ bind: 'pair' }) });
	await g.stop();
	await g.up();
	await until('two links', () => smsc.sessions.size === 2);
	assert.equal(await smsc.deliver('13900000007', '双链路'), 0);
	await smsc.received('13900000007', (x) => x.includes('工单号'));
});
