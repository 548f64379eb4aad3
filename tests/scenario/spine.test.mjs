// The whole path on all three channels: a citizen writes, staff answer, the answer comes back where it was written, the
// ticket closes, and the citizen rates it there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, freePort, until } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';
import { Smsc } from './lib/smsc.mjs';
import { SmtpSink, header, lmtp, mail, mailText } from './lib/mail.mjs';

let g, smsc, sink, lmtpPort;
before(async () => {
	smsc = await Smsc.start();
	sink = await SmtpSink.start();
	lmtpPort = await freePort();
	g = await Gateway.start({ channels: {
		web: { type: 'webchat' },
		sms: { type: 'smpp', host: '127.0.0.1', port: smsc.port, system_id: 'xinqiao', password: 'secret', number: '12345' },
		mail: { type: 'email', address: '12345@city.example', lmtp_listen: `127.0.0.1:${lmtpPort}`, smtp_url: `smtp://127.0.0.1:${sink.port}` },
	} });
	await smsc.bound();
});
after(async () => {
	const how = await g.end();
	await smsc.close();
	await sink.close();
	assert.deepEqual(how, { code: 0, signal: null }, 'SIGTERM drains and exits 0');
});

async function answerAndClose(number, text) {
	const r = await g.reply(number, text);
	assert.equal(r.status, 201, r.text);
	const c = await g.step(number, 'close');
	assert.equal(c.status, 200, c.text);
}

test('a chat becomes a ticket, is answered, closed and rated in the chat', async () => {
	const chat = await new Chat(g.url).open();
	const words = '小区东门路灯坏了三天，晚上太黑😀𠮷';
	const ack = await chat.say(words);
	assert.match(ack.ticket, /^\d{17}$/);
	const t = await g.ticket(ack.ticket);
	assert.equal(t.state, 'new');
	assert.equal(t.channel, 'web');
	assert.equal(t.messages[0].text, words);
	await chat.frame((f) => f.type === 'message' && f.from === 'system' && f.text.includes(ack.ticket));
	await answerAndClose(ack.ticket, '您好，已派人维修，今晚恢复照明。');
	await chat.frame((f) => f.type === 'message' && f.from === 'staff' && f.text.includes('已派人维修'));
	const survey = await chat.frame((f) => f.type === 'survey');
	chat.raw({ type: 'rating', survey: survey.survey, rating: 5, solved: true, comment: '很快', id: 'r1' });
	await chat.frame((f) => f.type === 'ack' && f !== ack && f.seq > survey.seq);
	const done = await until('the rating', async () => { const x = await g.ticket(ack.ticket); return x.survey.rating && x; });
	assert.equal(done.survey.rating, 5);
	assert.equal(done.survey.solved, true);
	assert.equal(done.survey.comment, '很快');
	assert.equal(done.state, 'closed');
	const seqs = chat.messages().map((f) => f.seq);
	assert.deepEqual(seqs, [...seqs].sort((a, b) => a - b), 'in order');
	assert.equal(new Set(seqs).size, seqs.length, 'none twice');
	await chat.close();
});

test('a text message becomes a ticket, is answered, closed and rated by a full-width digit', async () => {
	const phone = '13812345678';
	const words = '家里停水两天了，请尽快处理。'.repeat(12) + '👷';
	assert.equal(await smsc.deliver(phone, words), 0);
	const t = (await g.tickets('&channel=sms'))[0];
	assert.equal((await g.ticket(t.number)).messages[0].text, words);
	await smsc.received(phone, (x) => x.includes(t.number) && x.startsWith('【示范市12345】'));
	await answerAndClose(t.number, '抢修已完成，供水恢复。');
	await smsc.received(phone, (x) => x.includes('抢修已完成'));
	await smsc.received(phone, (x) => /1.?非常满意/.test(x));
	await until('receipts', async () => (await g.ticket(t.number)).messages.filter((m) => m.from === 'staff').every((m) => m.state === 'delivered'));
	assert.equal(await smsc.deliver(phone, '１'), 0);
	const done = await g.ticket(t.number);
	assert.equal(done.survey.rating, 5, 'on the SMS scale 1 is best');
	assert.equal((await g.tickets('&channel=sms')).length, 1, 'an answer opens no ticket');
	assert.equal(await smsc.deliver(phone, '3号楼电梯也坏了'), 0);
	assert.equal((await g.tickets('&channel=sms')).length, 2, 'a complaint that begins with a digit is no rating');
});

test('a mail becomes a ticket, is answered in its thread, closed, and the reply 不满意 is understood', async () => {
	const [first] = await lmtp(lmtpPort, mail({ subject: '关于垃圾清运', text: '我们小区垃圾三天没人清运。', id: 'one@example.org' }));
	assert.match(first, /^250/);
	const t = (await g.tickets('&channel=mail'))[0];
	assert.equal(t.title, '关于垃圾清运');
	await sink.received('zhang@example.org', (m) => mailText(m.raw).includes(t.number));
	await answerAndClose(t.number, '环卫部门今天上午已清运。');
	const answer = await sink.received('zhang@example.org', (m) => mailText(m.raw).includes('今天上午已清运'));
	assert.equal(header(answer.raw, 'In-Reply-To'), '<one@example.org>');
	const survey = await sink.received('zhang@example.org', (m) => mailText(m.raw).includes(`${g.url}/rate/`));
	const [second] = await lmtp(lmtpPort, mail({ subject: 'Re: 关于垃圾清运', text: '不满意，昨天又没来\n', headers: { 'In-Reply-To': header(survey.raw, 'Message-ID') } }));
	assert.match(second, /^250/);
	const done = await g.ticket(t.number);
	assert.equal(done.survey.rating, 2);
	assert.ok(done.flags.includes('reopened'), 'dissatisfied: back to work');
	assert.equal((await g.tickets('&channel=mail')).length, 1);
});

test('a mail that answers one\'s own earlier mail joins its ticket, another subject opens a new one', async () => {
	await lmtp(lmtpPort, mail({ from: 'li@example.org', subject: '井盖缺失', text: '解放路井盖没了。', id: 'lid1@example.org' }), { from: 'li@example.org' });
	await lmtp(lmtpPort, mail({ from: 'li@example.org', subject: 'Re: 井盖缺失', text: '补充：在23号门口。', id: 'lid2@example.org', headers: { 'In-Reply-To': '<lid1@example.org>' } }), { from: 'li@example.org' });
	await lmtp(lmtpPort, mail({ from: 'li@example.org', subject: '噪声', text: '另外想反映夜间施工噪声。', id: 'lid3@example.org' }), { from: 'li@example.org' });
	await lmtp(lmtpPort, mail({ from: 'thief@example.org', subject: 'Re: 井盖缺失', text: '我来插一句。', headers: { 'In-Reply-To': '<lid1@example.org>' } }), { from: 'thief@example.org' });
	const mine = (await g.tickets('&channel=mail')).filter((t) => t.peer === 'li@example.org');
	assert.equal(mine.length, 2);
	const first = await g.ticket(mine.find((t) => t.title === '井盖缺失').number);
	assert.deepEqual(first.messages.filter((m) => m.from === 'citizen').map((m) => m.text), ['解放路井盖没了。', '补充：在23号门口。']);
});

test('an automatic mail is kept aside, opens no ticket and gets no answer', async () => {
	const before = sink.mails.length, tickets = (await g.tickets('&channel=mail')).length;
	const [a] = await lmtp(lmtpPort, mail({ from: 'robot@example.org', subject: '自动回复: 您好', text: '我正在休假。', headers: { 'Auto-Submitted': 'auto-replied' } }), { from: 'robot@example.org' });
	assert.match(a, /^250/);
	assert.equal((await g.tickets('&channel=mail')).length, tickets);
	await new Promise((r) => setTimeout(r, 300));
	assert.equal(sink.mails.slice(before).filter((m) => m.to.includes('robot@example.org')).length, 0);
});

test('a mail that only its subject makes a machine\'s is held and not answered, and a cry for help in it is heard', async () => {
	const before = sink.mails.length;
	await lmtp(lmtpPort, mail({ from: 'parcel@example.org', subject: '未送达的快递显示已签收', text: '邮政一直不处理。' }), { from: 'parcel@example.org' });
	await lmtp(lmtpPort, mail({ from: 'fire@example.org', subject: '自动回复没有解决我的问题', text: '楼道着火了，快来。' }), { from: 'fire@example.org' });
	const tickets = await g.tickets('&channel=mail');
	const held = tickets.find((t) => t.peer === 'parcel@example.org'), alarm = tickets.find((t) => t.peer === 'fire@example.org');
	assert.deepEqual(held.flags, ['held']);
	assert.ok(alarm.flags.includes('emergency'));
	await new Promise((r) => setTimeout(r, 300));
	assert.equal(sink.mails.slice(before).filter((m) => m.to.some((to) => /parcel|fire/.test(to))).length, 0);
});

test('the event chain is whole and the probes answer', async () => {
	assert.match(g.run('audit', 'verify'), /chain is whole/);
	assert.equal((await fetch(`${g.url}/healthz`)).status, 200);
	assert.equal((await fetch(`${g.url}/readyz`)).status, 200);
	assert.match(await (await fetch(`${g.url}/metrics`)).text(), /xinqiao_messages_in_total\{channel="web",outcome="new"\} 1/);
	assert.throws(() => g.run('serve'), /in use by another gateway/);
});
