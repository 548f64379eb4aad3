// Spam and floods: a suspect is held for a person and answered by nobody, never dropped; a person lets it through or refuses it;
// whoever writes too fast is only no longer answered.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, freePort, until } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';
import { SmtpSink, lmtp, mail } from './lib/mail.mjs';

let g, sink, port;
before(async () => {
	sink = await SmtpSink.start();
	port = await freePort();
	g = await Gateway.start({ channels: { web: { type: 'webchat' }, mail: { type: 'email', address: '12345@city.example',
		lmtp_listen: `127.0.0.1:${port}`, smtp_url: `smtp://127.0.0.1:${sink.port}` } }, settings: { flood_messages: 5, flood_minutes: 10, flood_visitors: 30 } });
});
after(async () => {
	const how = await g.end();
	await sink.close();
	assert.deepEqual(how, { code: 0, signal: null });
});

const held = () => g.tickets('&flag=held&open=1');

test('link spam is held, whole and unanswered; released, it is a ticket like any other', async () => {
	const words = '海!外直播 t.cn/Ab3dE 精彩不停，加微信';
	const chat = await new Chat(g.url).open();
	const { ticket } = await chat.say(words);
	const t = await g.ticket(ticket);
	assert.deepEqual(t.flags, ['held']);
	assert.deepEqual(t.messages.map((m) => [m.from, m.text]), [['citizen', words]], 'nothing was said to it');
	assert.equal(t.steps[0].data.reason, 'link-spam');
	assert.equal((await g.step(ticket, 'release')).status, 200);
	await chat.frame((f) => f.type === 'message' && f.text.includes(ticket));
	assert.deepEqual((await g.ticket(ticket)).flags, []);
	await chat.close();
});

test('who reports a fraud quotes its link, and is heard', async () => {
	const chat = await new Chat(g.url).open();
	const { ticket } = await chat.say('举报诈骗：有人冒充社保局发短信，让我点 t.cn/Ab3dE 填银行卡，请提醒大家');
	assert.deepEqual((await g.ticket(ticket)).flags, []);
	await chat.close();
});

test('whoever writes too fast is kept, every word of it, and no longer answered', async () => {
	const chat = await new Chat(g.url).open();
	const first = await chat.say('小区停水了');
	for (let i = 0; i < 12; i++)
		assert.equal((await chat.say(`查询 第${i}次`.replace(/ .*/, ''))).ticket, first.ticket);
	const t = await g.ticket(first.ticket);
	assert.equal(t.messages.filter((m) => m.from === 'citizen').length, 13);
	const answers = t.messages.filter((m) => m.from === 'system').length;
	assert.ok(answers >= 2 && answers <= 7, `${answers} answers to 13 messages`);
	await chat.close();
});

test('a mailbox full of new matters of one sender: what is too much is held, and no more of it answered', async () => {
	const from = 'bulk@sender.example';
	for (let i = 0; i < 9; i++)
		assert.match((await lmtp(port, mail({ from, subject: `第${i}封`, text: `第${i}件事，请处理`, id: `bulk-${i}@sender.example` }), { from }))[0], /^250/);
	const mine = await until('the tickets', async () => {
		const all = (await g.tickets('&channel=mail')).filter((t) => t.title.startsWith('第'));
		return all.length >= 6 && all;
	});
	const suspects = (await held()).filter((t) => t.channel === 'mail');
	assert.equal(suspects.length, 1, 'one ticket takes the rest');
	const words = [];
	for (const t of mine)
		words.push(...(await g.ticket(t.number)).messages.filter((m) => m.from === 'citizen').map((m) => m.text.trim()));
	assert.deepEqual(words.sort(), Array.from({ length: 9 }, (_, i) => `第${i}件事，请处理`), 'nothing is lost');
	await new Promise((r) => setTimeout(r, 500));
	assert.ok(sink.mails.filter((m) => m.to.includes(from)).length <= 6);
});

test('reports about an article are counted up to a bound', async () => {
	const { json } = await g.api('POST', '/api/v1/articles', { title: '甲', body: '乙' });
	assert.equal((await fetch(`${g.url}/kb/${json.id}`, { method: 'POST', body: new URLSearchParams({ text: 'x' }) })).status, 404, 'a draft takes none');
});

test('more new visitors of one network than the limit are held, every one of them, and another network is not', async () => {
	const visit = async (from) => {
		const chat = await new Chat(g.url, { headers: { 'x-forwarded-for': from } }).open(); // 127.0.0.1 is a proxy of ours
		const { ticket } = await chat.say('楼道灯坏了，请派人维修');
		await chat.close();
		return (await g.ticket(ticket)).flags.includes('held');
	};
	const were = [];
	for (let i = 0; i < 36; i++) were.push(await visit('198.51.100.7'));
	assert.ok(were.slice(0, 30).every((held) => !held), String(were));
	assert.ok(were.filter((held) => held).length >= 4, String(were)); // a place is free again every twenty seconds
	assert.equal(await visit('203.0.113.9'), false);
});

test('in a crowd every question is answered, and a new matter waits for a person, who sees it', async () => {
	const full = await Gateway.start({ channels: { web: { type: 'webchat' } }, settings: { flood_visitors: 1, flood_minutes: 60 } });
	const visit = () => new Chat(full.url).open();
	const isHeld = async (number) => (await full.tickets('&flag=held&open=1')).some((t) => t.number === number);
	const first = await visit();
	const { ticket } = await first.say('井盖坏了，请尽快更换');
	const code = (await first.frame((f) => f.type === 'message' && f.text.includes(ticket))).text.match(/查询码 (\d{6})/)[1];
	await first.close();
	for (const [words, answer] of [[`查询 ${ticket} ${code}`, ticket], ['查询', '工单号'], ['撤回', '工单号'], ['自助下单', '发生了什么'], ['人工', '工作人员']]) {
		const chat = await visit();
		const said = await chat.say(words);
		await chat.frame((f) => f.type === 'message' && f.text.includes(answer));
		if (words === '人工') assert.ok(await isHeld(said.ticket), 'who wants a person stands in a list that persons read');
		if (words !== '自助下单') { await chat.close(); continue; }
		const { ticket: guided } = await chat.say('小区门口的垃圾没人清运');
		await chat.frame((f) => f.type === 'message' && f.text.includes(guided));
		assert.ok(await isHeld(guided), 'what the guide opens waits as well');
		await chat.close();
	}
	const asked = await visit();
	await asked.say('查询');
	const { ticket: late } = await asked.say('路口的红绿灯不亮了');
	assert.ok(await isHeld(late), 'a question before the matter gets nobody round it');
	await asked.close();
	assert.deepEqual(await full.end(), { code: 0, signal: null });
});
