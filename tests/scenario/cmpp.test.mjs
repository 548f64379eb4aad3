// China Mobile's CMPP in both versions, against xq-sim as the ISMG: the whole way of a message, a cut link, reports.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Carrier } from './lib/carrier.mjs';
import { Gateway, until } from './lib/gateway.mjs';
import { Tap, canRead } from './lib/tap.mjs';

const channel = (port, more = {}) => ({ sms: { type: 'cmpp', host: '127.0.0.1', port, source_addr: '901234', secret: 'secret', number: '12345',
	service_id: 'HOTLINE', reconnect_max: 1, verify_server: 'yes', ...more } });
const ticketOf = async (g, phone) => {
	const t = await until(`a ticket of ${phone}`, async () => (await g.tickets('&channel=sms')).find((x) => x.peer.endsWith(phone)));
	return g.ticket(t.number);
};
const said = (t) => t.messages.filter((m) => m.from === 'citizen').map((m) => m.text);

for (const version of ['2.0', '3.0']) {
	describe(`CMPP ${version}`, () => {
		let g, ismg;
		before(async () => {
			ismg = await Carrier.start('cmpp', '--cmpp-version', version);
			// Against a 2.0 gateway 3.0 is asked first: the link must come back with what is offered.
			g = await Gateway.start({ channels: channel(ismg.port) });
			await ismg.linked();
			await until('the version', async () => (await g.api('GET', '/readyz')).text.includes(`CMPP ${version}`));
		});
		after(async () => {
			assert.deepEqual(await g.end(), { code: 0, signal: null });
			assert.equal((await ismg.stats()).malformed, 0);
			await ismg.end();
		});

		test('a message in, an answer out in parts, each delivered, and a survey answered by "1"', async () => {
			const phone = '13900000001', complaint = '建设路口的路灯坏了，晚上看不见😀。'.repeat(8);
			await ismg.send(phone, complaint);
			await ismg.taken(phone, complaint);
			const t = await ticketOf(g, phone);
			assert.deepEqual(said(t), [complaint]);
			await ismg.received(phone, (x) => x.includes(t.number));
			const answer = `办理结果：${'已修复👷'.repeat(50)}`;
			assert.equal((await g.reply(t.number, answer)).status, 201);
			const shown = await ismg.received(phone, (x) => x.includes(answer));
			assert.ok(shown.parts > 2, `${shown.parts} parts`);
			await until('delivered', async () => (await g.ticket(t.number)).messages.find((m) => m.from === 'staff').state === 'delivered');
			assert.equal((await g.step(t.number, 'close')).status, 200);
			await until('the survey', async () => (await ismg.messages(phone)).filter((m) => m.from === 'hotline').length > 2);
			await ismg.send(phone, '1');
			await until('the rating', async () => (await g.ticket(t.number)).survey?.rating);
			assert.equal((await g.ticket(t.number)).survey.rating, 5);
		});

		test('what is delivered again after a cut link is stored once', async () => {
			const phone = '13900000002';
			const before = await ismg.stats();
			await ismg.faults({ forget: 2 });
			await ismg.send(phone, '电梯困人三次了');
			await ismg.taken(phone, '电梯困人三次了');
			const after_ = await ismg.stats();
			assert.ok(after_.connects >= before.connects + 2 && after_.delivers >= before.delivers + 3, JSON.stringify({ before, after_ }));
			await ismg.faults({ cut: true });
			await ismg.send(phone, '第二句，链路断着');
			await ismg.taken(phone, '第二句，链路断着');
			assert.deepEqual(said(await ticketOf(g, phone)), ['电梯困人三次了', '第二句，链路断着']);
		});

		test('many at once over links that are cut all the time come once each', async () => {
			const phones = Array.from({ length: 30 }, (_, i) => `1390001${String(i).padStart(4, '0')}`);
			for (const [i, p] of phones.entries()) {
				await ismg.send(p, `第${i}号楼停水`);
				if (i % 10 === 5) await ismg.faults({ cut: true });
			}
			for (const [i, p] of phones.entries()) await ismg.taken(p, `第${i}号楼停水`);
			for (const [i, p] of phones.entries()) {
				assert.deepEqual(said(await ticketOf(g, p)), [`第${i}号楼停水`]);
				// What was on its way when a link was cut stays unknown; while any is still under way, the next test's faults would hit it.
				await until('an end of what was sent', async () => (await ticketOf(g, p)).messages.filter((m) => m.from !== 'citizen')
					.every((m) => ['delivered', 'unknown'].includes(m.state)));
			}
		});

		test('flow control is waited out, a refusal and a failed report are shown with the carrier\'s word', async () => {
			const phone = '13900000003', state = async (t, i) => (await g.ticket(t.number)).messages.filter((m) => m.from === 'staff')[i]?.state;
			await ismg.send(phone, '垃圾没人清运');
			const t = await ticketOf(g, phone);
			await ismg.received(phone, (x) => x.includes(t.number));
			await ismg.faults({ throttle: 1 });
			await g.reply(t.number, '请放心。');
			await ismg.received(phone, (x) => x.includes('请放心'));
			await ismg.faults({ undeliverable: 1 });
			await g.reply(t.number, '还有一句。');
			await until('failed', async () => await state(t, 1) === 'failed');
			await ismg.faults({ refuse: 1 });
			await g.reply(t.number, '最后一句。');
			await until('refused', async () => ['failed', 'dead'].includes(await state(t, 2)));
		});
	});
}

test('tshark reads a whole session of 3.0 and finds nothing malformed', async (t) => {
	if (!canRead()) { t.skip('tshark is not installed'); return; }
	const ismg = await Carrier.start('cmpp'), tap = await Tap.start(ismg.port);
	const g = await Gateway.start({ channels: channel(tap.port, { enquire: 1 }) });
	await ismg.linked();
	await ismg.send('13900000009', '水管爆了'.repeat(30));
	const ticket = await ticketOf(g, '13900000009');
	await g.reply(ticket.number, '马上派人。'.repeat(20));
	await until('delivered', async () => (await g.ticket(ticket.number)).messages.find((m) => m.from === 'staff').state === 'delivered');
	await until('a keep-alive', () => tap.lines.some((l) => l.includes('0000 00 00 00 0c 00 00 00 08')));
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await ismg.end();
	await tap.close();
	const { values: ids, malformed } = tap.read(7890, 'cmpp', 'cmpp.Command_Id');
	for (const id of [1, 2, 4, 5, 8]) for (const c of [id, 0x80000000 + id]) assert.ok(ids.includes(c), `0x${c.toString(16)} among ${ids}`);
	assert.equal(malformed, '');
});
