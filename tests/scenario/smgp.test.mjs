// China Telecom's SMGP in both versions, against xq-sim as the SMGW: the whole way of a message, a cut link, reports.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Carrier } from './lib/carrier.mjs';
import { Gateway, until } from './lib/gateway.mjs';

const channel = (port, more = {}) => ({ sms: { type: 'smgp', host: '127.0.0.1', port, client_id: '10612345', secret: 'secret', number: '12345',
	service_id: 'HOTLINE', reconnect_max: 1, ...more } });
const ticketOf = async (g, phone) => {
	const t = await until(`a ticket of ${phone}`, async () => (await g.tickets('&channel=sms')).find((x) => x.peer.endsWith(phone)));
	return g.ticket(t.number);
};
const said = (t) => t.messages.filter((m) => m.from === 'citizen').map((m) => m.text);
const staff = async (g, t) => (await g.ticket(t.number)).messages.filter((m) => m.from === 'staff').map((m) => m.state);

for (const version of ['3.0', '1.3']) {
	describe(`SMGP ${version}`, () => {
		let g, smgw;
		before(async () => {
			smgw = await Carrier.start('smgp');
			g = await Gateway.start({ channels: channel(smgw.port, { version }) });
			await smgw.linked();
		});
		after(async () => {
			assert.deepEqual(await g.end(), { code: 0, signal: null });
			assert.equal((await smgw.stats()).malformed, 0);
			await smgw.end();
		});

		test('a message in, an answer out in parts, each delivered, and a survey answered by "1"', async () => {
			const phone = '13300000001', complaint = '建设路口的路灯坏了，晚上看不见😀。'.repeat(8);
			await smgw.send(phone, complaint);
			await smgw.taken(phone, complaint);
			const t = await ticketOf(g, phone);
			assert.deepEqual(said(t), [complaint]);
			await smgw.received(phone, (x) => x.includes(t.number));
			const answer = `办理结果：${'已修复👷'.repeat(50)}`;
			assert.equal((await g.reply(t.number, answer)).status, 201);
			const shown = await smgw.received(phone, (x) => x.includes(answer));
			assert.ok(shown.parts > 2, `${shown.parts} parts`);
			await until('delivered', async () => (await staff(g, t))[0] === 'delivered');
			assert.equal((await g.step(t.number, 'close')).status, 200);
			await smgw.received(phone, (x) => /1.?非常满意/.test(x));
			await smgw.send(phone, '1');
			await until('the rating', async () => (await g.ticket(t.number)).survey?.rating);
			assert.equal((await g.ticket(t.number)).survey.rating, 5);
			assert.equal((await g.tickets('&channel=sms')).length, 1);
		});

		test('what is delivered again after a cut link is stored once', async () => {
			const phone = '13300000002', words = Array.from({ length: 20 }, (_, i) => `第${i}号楼停水`);
			for (const [i, w] of words.entries()) {
				await smgw.send(phone, w);
				if (i % 5 === 3) await smgw.faults({ cut: true });
			}
			for (const w of words) await smgw.taken(phone, w);
			assert.deepEqual(said(await ticketOf(g, phone)).sort(), [...words].sort());
			// While any of what was sent is still under way, the next test's faults would hit it.
			await until('an end of what was sent', async () => (await ticketOf(g, phone)).messages.filter((m) => m.from !== 'citizen')
				.every((m) => ['delivered', 'unknown'].includes(m.state)));
		});

		test('a busy gateway is waited out, a failed report and a refusal are shown', async () => {
			const phone = '13300000003';
			await smgw.send(phone, '垃圾没人清运');
			const t = await ticketOf(g, phone);
			await smgw.received(phone, (x) => x.includes(t.number));
			await smgw.faults({ throttle: 1 });
			await g.reply(t.number, '请放心。');
			await smgw.received(phone, (x) => x.includes('请放心'));
			await smgw.faults({ undeliverable: 1 });
			await g.reply(t.number, '还有一句。');
			await until('failed', async () => (await staff(g, t))[1] === 'failed');
			await smgw.faults({ refuse: 1 });
			await g.reply(t.number, '最后一句。');
			await until('refused', async () => ['failed', 'dead'].includes((await staff(g, t))[2]));
		});
	});
}

test('a wrong secret is said in words and stops nothing else', async () => {
	const smgw = await Carrier.start('smgp');
	const g = await Gateway.start({ channels: channel(smgw.port, { secret: 'wrong' }) });
	await until('the reason', async () => (await g.api('GET', '/readyz')).text.includes('client id or secret is wrong (21)'));
	assert.equal((await smgw.stats()).links, 0);
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await smgw.end();
});
