// Web providers of text messages against the simulators of lib/smsprovider.mjs: the whole way of a message, and what goes
// wrong with providers: calls that come twice, forged ones, batches with rubbish, outages, no answers, pages of proxies.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Gateway, binary, until } from './lib/gateway.mjs';
import { Provider, names } from './lib/smsprovider.mjs';

const SLOW = 60000;
const ticketOf = async (g, phone) => {
	const t = await until(`a ticket of ${phone}`, async () => (await g.tickets('&channel=sms')).find((x) => x.peer.endsWith(phone)), 20000);
	return g.ticket(t.number);
};
const said = (t) => t.messages.filter((m) => m.from === 'citizen').map((m) => m.text);
const states = async (g, t) => (await g.ticket(t.number)).messages.filter((m) => m.from === 'staff').map((m) => m.state);

for (const name of names) {
	describe(`sms-http as ${name}`, () => {
		let g, p;
		before(async () => {
			p = await Provider.start(name);
			g = await Gateway.start({ channels: { sms: p.config({ response_timeout: 4 }) } });
		});
		after(async () => {
			assert.deepEqual(await g.end(), { code: 0, signal: null });
			await p.close();
		});

		// A new ticket whose "received" notice has gone out and been reported.
		const open = async (phone, text) => {
			await p.say(g, phone, text);
			const t = await ticketOf(g, phone);
			const [sent] = await p.received(new RegExp(t.number));
			await p.report(g, sent);
			return t;
		};
		const answer = async (t, text) => {
			assert.equal((await g.reply(t.number, text)).status, 201);
			return states(g, t).then((s) => s.length - 1);
		};
		const becomes = (t, i, ...wanted) => until(`${wanted} of answer ${i}`, async () => wanted.includes((await states(g, t))[i]), SLOW);

		test('a message in, an answer out and delivered, and a survey answered by "1"', async () => {
			const phone = '13800000001', complaint = `建设路口的路灯坏了，晚上看不见😀。${'很危险。'.repeat(40)}`;
			const t = await open(phone, complaint);
			assert.deepEqual(said(t), [complaint]);
			const i = await answer(t, '已派人修理，请放心。');
			const [sent] = await p.received(/已派人修理/);
			assert.match(sent.to, /13800000001$/);
			await becomes(t, i, 'accepted');
			await p.report(g, sent);
			await p.report(g, sent); // twice
			await becomes(t, i, 'delivered');
			assert.equal((await g.step(t.number, 'close')).status, 200);
			await p.received(/非常满意/);
			await p.say(g, phone, '1');
			await until('the rating', async () => (await g.ticket(t.number)).survey?.rating, SLOW);
			assert.equal((await g.ticket(t.number)).survey.rating, 5);
			assert.equal((await g.tickets('&channel=sms')).length, 1);
		});

		test('a call that comes again is answered again and stored once', async () => {
			const phone = '13800000002', id = await p.say(g, phone, '三号楼停水');
			for (let n = 0; n < 3; n++) await p.say(g, phone, '三号楼停水', id);
			await p.say(g, phone, '四号楼也停水');
			assert.deepEqual(said(await ticketOf(g, phone)), ['三号楼停水', '四号楼也停水']);
		});

		test('a forged call is refused and leaves nothing', async () => {
			const forged = p.kind.message('13800000003', '我是假的', 9999);
			const call = { ...p.entry(forged), sign: 'another-token', path: p.kind.path.replace('0123', '0000') };
			assert.equal((await p.call(g, call)).status, 403);
			assert.equal((await p.call(g, { ...call, path: '/sms' })).status, 403);
			assert.ok(!(await g.tickets('&channel=sms')).some((x) => x.peer.endsWith('13800000003')));
			assert.match(g.log, /call is not the provider's/);
		});

		test('rubbish in a batch is kept aside, the rest is stored, and what is nothing at all is said to be malformed', async () => {
			if (p.kind.batches) {
				const items = [p.kind.message('13800000004', '第一条', 501), { nonsense: true }, 'rubbish', p.kind.message('INFO', '不是号码', 502),
					p.kind.message('13800000004', '第二条', 503)];
				const r = await p.call(g, { items });
				assert.deepEqual([r.status, r.text], [200, p.kind.success]);
				assert.deepEqual(said(await ticketOf(g, '13800000004')).sort(), ['第一条', '第二条'].sort());
				assert.equal((await p.call(g, { raw: '[{"phone_number":' })).status, 400);
			} else if (p.name === 'twilio') {
				const r = await p.call(g, { form: { MessageSid: 'SMx', From: 'INFO', To: '+15005550006', Body: '不是号码' } });
				assert.deepEqual([r.status, r.text], [200, p.kind.success]);
				assert.equal((await p.call(g, { form: { Odd: '1' } })).status, 200); // kept aside
			} else {
				assert.equal((await p.call(g, { text: '不是号码', query: '?from=INFO&to=12345&coding=0&id=k1' })).status, 202);
				assert.equal((await p.call(g, { text: '什么都没有' })).status, 400);
			}
			assert.match(g.log, /entry kept aside/);
		});

		test('a refusal fails with the provider\'s words, a busy provider is waited out', async () => {
			const t = await open('13800000005', '垃圾没人清运');
			p.next = ['refuse'];
			const refused = await answer(t, '第一句。');
			await becomes(t, refused, 'failed');
			assert.match(g.run('outbox', 'list', '--state', 'failed'), p.kind.refusedWords);
			p.next = ['busy', 'busy'];
			const busy = await answer(t, '第二句。');
			const [sent] = await p.received(/第二句/);
			await becomes(t, busy, 'accepted');
			await p.report(g, sent, false);
			await becomes(t, busy, 'failed');
		});

		test('no answer, a dropped connection and a proxy\'s page leave it unknown, never twice; a late receipt settles it', async () => {
			const t = await open('13800000006', '路面塌了一块');
			for (const [fault, words] of [['drop', '断了线'], ['hang', '没有回答'], ['page', '代理的页面']]) {
				p.next = [fault];
				const i = await answer(t, `${words}。`);
				const [sent] = await p.received(new RegExp(words));
				await becomes(t, i, 'unknown');
				if (p.kind.ours) {
					await p.report(g, sent);
					await becomes(t, i, 'delivered');
				}
			}
			const last = await answer(t, '最后一句。');
			await becomes(t, last, 'accepted');
			for (const words of ['没有回答', '断了线', '代理的页面', '最后一句'])
				assert.equal(p.sent.filter((s) => s.text.includes(words)).length, 1, words);
		});

		test('an outage is said, and what waited goes out once afterwards', async () => {
			const t = await open('13800000007', '小区停电');
			await p.close();
			const i = await answer(t, '正在抢修。');
			await until('the channel to be down', async () => (await g.api('GET', '/readyz')).status === 503, SLOW);
			assert.match((await g.api('GET', '/readyz')).text, new RegExp(`${p.name} at 127.0.0.1:${p.port}: `));
			assert.ok(['queued', 'retry', 'sending'].includes((await states(g, t))[i]));
			await p.listen();
			await becomes(t, i, 'accepted');
			await until('the channel to be up', async () => (await g.api('GET', '/readyz')).status === 200, SLOW);
			assert.equal(p.sent.filter((s) => /正在抢修/.test(s.text)).length, 1);
		});

		test('when our account is refused nothing is lost, and the channel says why', async () => {
			const t = await open('13800000008', '噪音扰民');
			p.next = ['account'];
			const i = await answer(t, '已劝离。');
			await until('the channel to be down', async () => (await g.api('GET', '/readyz')).status === 503, SLOW);
			await becomes(t, i, 'retry');
		});
	});
}

test('a wrong key is said in words and fails nothing', async () => {
	const p = await Provider.start('aliyun');
	const g = await Gateway.start({ channels: { sms: p.config({ secret: 'wrong' }) } });
	await p.say(g, '13800000009', '井盖丢了');
	const t = await ticketOf(g, '13800000009');
	await until('the reason', async () => (await g.api('GET', '/readyz')).text.includes('secret (the AccessKey secret) is wrong'), SLOW);
	assert.equal((await g.ticket(t.number)).messages.filter((m) => m.from === 'system')[0].state, 'retry');
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await p.close();
});

test('notices go out by their own templates, with the fields the operator mapped', async () => {
	const p = await Provider.start('aliyun');
	const g = await Gateway.start({ channels: { sms: p.config({ template: '* SMS_900 content={text}, received SMS_1 no={number} title={title:6}, '
		+ 'reply SMS_2 who={hotline} words={text:10}' }) } });
	await p.say(g, '13800000010', '小区门口的路灯坏了三天');
	const t = await ticketOf(g, '13800000010');
	await until('the notice', () => p.sent.length > 0);
	assert.deepEqual([p.sent[0].template, p.sent[0].values], ['SMS_1', { no: t.number, title: '小区门口的…' }]);
	await g.reply(t.number, '已经修好了，感谢您的反映，请放心。');
	await until('the answer', () => p.sent.length > 1);
	assert.deepEqual([p.sent[1].template, p.sent[1].values], ['SMS_2', { who: '示范市12345', words: '已经修好了，感谢您…' }]);
	await g.step(t.number, 'close');
	await until('the survey', () => p.sent.length > 2);
	assert.equal(p.sent[2].template, 'SMS_900');
	assert.match(p.sent[2].values.content, /非常满意/);
	assert.doesNotMatch(p.sent[2].values.content, /^【/);
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await p.close();
});

test('with unanswered = resend what was not answered is sent again', async () => {
	const p = await Provider.start('twilio');
	const g = await Gateway.start({ channels: { sms: p.config({ unanswered: 'resend', response_timeout: 2 }) } });
	p.next = ['hang'];
	await p.say(g, '13800000011', '树倒了');
	const t = await ticketOf(g, '13800000011');
	const both = await p.received(new RegExp(t.number), 2);
	assert.notEqual(both[0].ours, both[1].ours);
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await p.close();
});

test('who texts is the citizen whose messages were imported, however the older system wrote the number', async () => {
	const p = await Provider.start('twilio');
	const g = await Gateway.start({ channels: { sms: p.config() } });
	const file = join(g.dir, 'old.jsonl');
	writeFileSync(file, [{ id: '1', text: '楼道的灯不亮', peer: '13800000012' }, { id: '2', text: '灯还是不亮', peer: '+86 138-0000-0012' },
		{ id: '3', text: '路面塌了', peer: '匿名' }, { id: '4', text: '没有留号码' }].map((line) => JSON.stringify(line)).join('\n'));
	const run = () => spawnSync(binary, ['--config', g.conf, '--json', 'import', file, '--channel', 'sms'], { encoding: 'utf8' });
	const one = run();
	assert.deepEqual([one.status, JSON.parse(one.stdout)], [1, { stored: 3, known: 0, refused: 0, bad: 1 }]);
	assert.match(one.stderr, /old\.jsonl:3: its peer is no address of this channel/);
	assert.doesNotMatch(one.stderr, /匿名/, 'a number with a slip of the pen is a citizen\'s all the same');
	await p.say(g, '13800000012', '已经好了，谢谢');
	await until('his words', async () => said(await ticketOf(g, '13800000012')).length === 3);
	const t = await ticketOf(g, '13800000012');
	assert.deepEqual(said(t), ['楼道的灯不亮', '灯还是不亮', '已经好了，谢谢']);
	assert.equal(t.peer, '+8613800000012');
	assert.equal((await g.tickets('&channel=sms')).length, 2);
	assert.deepEqual(JSON.parse(run().stdout), { stored: 0, known: 3, refused: 0, bad: 1 }, 'the line can be mended and taken still');
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await p.close();
});
