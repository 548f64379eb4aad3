// China Unicom's SGIP against xq-sim as the SMG: both connections, the whole way of a message, cut links, short sessions.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Carrier } from './lib/carrier.mjs';
import { Gateway, freePort, until } from './lib/gateway.mjs';

let g, smg;
const ticketOf = async (phone) => {
	const t = await until(`a ticket of ${phone}`, async () => (await g.tickets('&channel=sms')).find((x) => x.peer.endsWith(phone)));
	return g.ticket(t.number);
};
const said = (t) => t.messages.filter((m) => m.from === 'citizen').map((m) => m.text);
const answer = async (t, i) => (await g.ticket(t.number)).messages.filter((m) => m.from === 'staff')[i];

before(async () => {
	const listen = await freePort();
	smg = await Carrier.start('sgip', '--sgip-to', `127.0.0.1:${listen}`);
	g = await Gateway.start({ channels: { sms: { type: 'sgip', host: '127.0.0.1', port: smg.port, login: 'xinqiao', password: 'secret',
		listen: `127.0.0.1:${listen}`, smg_login: 'smg', smg_password: 'secret', node_id: 3010092008, corp_id: 92008, number: '12345',
		service_type: 'HELP', idle: 1, reconnect_max: 1 } } });
	await smg.linked();
});
after(async () => {
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	assert.equal((await smg.stats()).malformed, 0);
	await smg.end();
});

test('a message in, an answer out in parts, each delivered, and a survey answered by "1"', async () => {
	const phone = '13100000001', complaint = '建设路口的路灯坏了，晚上看不见😀。'.repeat(8);
	await smg.send(phone, complaint);
	await smg.taken(phone, complaint);
	const t = await ticketOf(phone);
	assert.deepEqual(said(t), [complaint]);
	await smg.received(phone, (x) => x.includes(t.number));
	const text = `办理结果：${'已修复👷'.repeat(50)}`;
	assert.equal((await g.reply(t.number, text)).status, 201);
	const shown = await smg.received(phone, (x) => x.includes(text));
	assert.ok(shown.parts > 2, `${shown.parts} parts`);
	await until('delivered', async () => (await answer(t, 0)).state === 'delivered');
	assert.equal((await g.step(t.number, 'close')).status, 200);
	await until('the survey', async () => (await smg.messages(phone)).filter((m) => m.from === 'hotline').length > 2);
	await smg.send(phone, '1');
	await until('the rating', async () => (await g.ticket(t.number)).survey?.rating);
	assert.equal((await g.ticket(t.number)).survey.rating, 5);
});

test('with nothing to say the link rests without being down, and comes back for a message', async () => {
	await until('the link to rest', async () => (await smg.stats()).links === 0);
	const ready = await g.api('GET', '/readyz');
	assert.equal(ready.status, 200, ready.text);
	assert.match(ready.text, /at rest/);
	const before = (await smg.stats()).connects, phone = '13100000002';
	await smg.send(phone, '楼道灯不亮');
	const t = await ticketOf(phone);
	await smg.received(phone, (x) => x.includes(t.number));
	assert.ok((await smg.stats()).connects > before);
});

test('what is delivered again after a cut session is stored once', async () => {
	const phone = '13100000003', before = await smg.stats();
	await smg.faults({ forget: 2 });
	await smg.send(phone, '电梯困人三次了');
	await smg.taken(phone, '电梯困人三次了');
	const after_ = await smg.stats();
	assert.ok(after_.delivers >= before.delivers + 3 && after_.sessions >= before.sessions + 3, JSON.stringify({ before, after_ }));
	assert.deepEqual(said(await ticketOf(phone)), ['电梯困人三次了']);
});

test('many at once over sessions that are cut all the time come once each', async () => {
	const phones = Array.from({ length: 30 }, (_, i) => `1310001${String(i).padStart(4, '0')}`);
	for (const [i, p] of phones.entries()) {
		await smg.send(p, `第${i}号楼停水`);
		if (i % 10 === 5) await smg.faults({ cut: true });
	}
	for (const [i, p] of phones.entries()) await smg.taken(p, `第${i}号楼停水`);
	for (const [i, p] of phones.entries()) {
		assert.deepEqual(said(await ticketOf(p)), [`第${i}号楼停水`]);
		// While any of what was sent is still under way, the next test's faults would hit it.
		await until('an end of what was sent', async () => (await ticketOf(p)).messages.filter((m) => m.from !== 'citizen')
			.every((m) => ['delivered', 'unknown'].includes(m.state)));
	}
});

test('a busy node is waited out; a refusal and a failed report are shown with the carrier\'s word', async () => {
	const phone = '13100000004';
	await smg.send(phone, '垃圾没人清运');
	const t = await ticketOf(phone);
	await smg.received(phone, (x) => x.includes(t.number));
	await smg.faults({ throttle: 1 });
	await g.reply(t.number, '请放心。');
	await smg.received(phone, (x) => x.includes('请放心'));
	await smg.faults({ undeliverable: 1 });
	await g.reply(t.number, '还有一句。');
	await until('failed', async () => (await answer(t, 1)).state === 'failed');
	const row = g.runJson('outbox', 'list').find((r) => r.state === 'failed');
	assert.match(row.error, /unknown user \(29\)/);
	await smg.faults({ refuse: 1 });
	await g.reply(t.number, '最后一句。');
	await until('refused', async () => ['failed', 'dead'].includes((await answer(t, 2)).state));
});
