// Guided self-service (自助下单): what, where, when, a photo where the channel brings one, a contact; skippable at any moment, a
// person one word away; over chat, text message and mail.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, freePort, until } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';
import { SmtpSink, header, lmtp, mail, mailText } from './lib/mail.mjs';

let g, sink, port;
before(async () => {
	sink = await SmtpSink.start();
	port = await freePort();
	g = await Gateway.start({ channels: { web: { type: 'webchat' }, mail: { type: 'email', address: '12345@city.example',
		lmtp_listen: `127.0.0.1:${port}`, smtp_url: `smtp://127.0.0.1:${sink.port}` } } });
});
after(async () => {
	const how = await g.end();
	await sink.close();
	assert.deepEqual(how, { code: 0, signal: null });
});

const asked = (chat, words) => chat.frame((f) => f.type === 'message' && f.from === 'system' && f.text.includes(words));

test('every question in turn; the ticket is there after the first answer and holds them all', async () => {
	const chat = await new Chat(g.url).open();
	assert.ok(!(await chat.say('自助下单')).ticket, 'the word alone is no matter');
	await asked(chat, '发生了什么');
	const { ticket } = await chat.say('路灯不亮');
	await asked(chat, '哪里');
	assert.equal((await g.ticket(ticket)).title, '路灯不亮');
	assert.equal((await chat.say('滨江路88号')).ticket, ticket);
	await asked(chat, '什么时候');
	await chat.say('三天前');
	await asked(chat, '现场照片');
	await chat.say('没有');
	await asked(chat, '怎样联系');
	await chat.say('13800138000，晚上');
	await asked(chat, '登记完成');
	await chat.say('东门那边');
	const t = await g.ticket(ticket);
	assert.deepEqual(t.messages.filter((m) => m.from === 'citizen').map((m) => m.text),
		['路灯不亮', '滨江路88号', '三天前', '没有', '13800138000，晚上', '东门那边']);
	assert.equal(t.messages.at(-1).text, '东门那边', 'after the end nothing more is asked');
	await chat.close();
});

test('skipped, and left for a person', async () => {
	const chat = await new Chat(g.url).open();
	await chat.say('我要自助下单');
	await asked(chat, '发生了什么');
	const { ticket } = await chat.say('井盖松动');
	await asked(chat, '哪里');
	await chat.say('跳过');
	await asked(chat, '什么时候');
	await chat.say('人工');
	await asked(chat, '请工作人员接手');
	await chat.say('就在路口');
	assert.equal((await g.ticket(ticket)).messages.at(-1).text, '就在路口');
	await chat.close();
});

test('a question survives a restart, and danger comes before any of them', async () => {
	const chat = await new Chat(g.url).open();
	await chat.say('自助下单');
	await asked(chat, '发生了什么');
	await chat.close();
	await g.stop();
	await g.up();
	const again = await new Chat(g.url, { token: chat.token, lastSeq: chat.lastSeq }).open();
	const { ticket } = await again.say('邻居装修太吵');
	await asked(again, '哪里');
	await again.say('着火了，救命');
	await asked(again, '119');
	assert.ok((await g.ticket(ticket)).flags.includes('emergency'));
	await again.close();
});

test('by mail, where a photo is asked for too', async () => {
	const from = 'wang@citizen.example';
	const write = (id, subject, text, refs) => lmtp(port, mail({ from, subject, text, id, headers: refs ? { 'In-Reply-To': refs, References: refs } : {} }), { from });
	const next = (words) => until(words, () => sink.mails.map((m) => ({ m, text: mailText(m.raw) })).find((x) => x.text.includes(words)));
	await write('a1@citizen.example', '你好', '自助下单');
	const one = await next('发生了什么');
	const reply = (n, text, to) => write(`r${n}@citizen.example`, 'Re: 自助登记', text, header(to.m.raw, 'Message-ID'));
	await reply(1, '河道有异味', one);
	const two = await next('哪里');
	await reply(2, '内河南段', two);
	const three = await next('什么时候');
	await reply(3, '上周', three);
	const four = await next('照片');
	await reply(4, '跳过', four);
	await next('怎样联系');
	const [t] = (await g.tickets()).filter((x) => x.title.includes('河道') || x.last_text.includes('跳过'));
	assert.deepEqual((await g.ticket(t.number)).messages.filter((m) => m.from === 'citizen').map((m) => m.text.trim()),
		['河道有异味', '内河南段', '上周', '跳过']);
});
