// The whole loop, 受理 派单 答复 办结 回访 评价, over a text message, a chat and a mail, in Chinese and in English: everything the
// citizen gets, word by word as the templates say it, in that order, and nothing besides.
import assert from 'node:assert/strict';
import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, freePort, root, until } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';
import { SmtpSink, header, lmtp, mail, mailText } from './lib/mail.mjs';
import { Smsc } from './lib/smsc.mjs';

const HOTLINE = '示范市12345';
const WORDS = {
	'zh-CN': { matter: '建议增加39路公交车早高峰的班次', answer: '已与公交集团商定，下周一起增加两班。', why: '没有解决，高峰还是挤不上', department: '公共交通集团' },
	en: { matter: 'Please run bus 39 more often in the morning', answer: 'From Monday on there will be two more buses.', why: 'not solved, still too crowded',
		department: 'Public Transit Group' },
};
let g, smsc, sink, lmtpPort, agent;

before(async () => {
	[smsc, sink, lmtpPort] = [await Smsc.start(), await SmtpSink.start(), await freePort()];
	g = await Gateway.start({ channels: { web: { type: 'webchat' },
		sms: { type: 'smpp', host: '127.0.0.1', port: smsc.port, system_id: 'x', password: 'x', number: '12345' },
		mail: { type: 'email', address: '12345@city.example', lmtp_listen: `127.0.0.1:${lmtpPort}`, smtp_url: `smtp://127.0.0.1:${sink.port}` } } });
	await smsc.bound();
	agent = await g.hand('chen', g.staff('chen', 'agent', undefined, '陈工'));
});
after(async () => { await g?.end(); await smsc.close(); await sink.close(); });

// A template as a citizen reads it: { subject, text }.
function rendered(language, event, kind, args) {
	const own = join(root, 'templates', language, `${event}.${kind}.txt`);
	const file = readFileSync(existsSync(own) ? own : join(root, 'templates', language, `${event}.txt`), 'utf8');
	const fill = (s) => s.replace(/\{(\w+)\}/g, (all, name) => { assert.ok(name in args, `${event}: ${all} has no value here`); return args[name]; });
	const [, subject, text] = kind === 'email' ? /^Subject: (.*)\n\n([^]*)$/.exec(file) : [null, null, file];
	return { subject: subject && fill(subject), text: fill(text).trimEnd() };
}

// What each channel is to its citizen: writes, and reads all it got so far as { subject, text }.
const CITIZENS = {
	sms: (language) => {
		const from = language === 'en' ? '13800139002' : '13800139001';
		return { kind: 'sms', write: (text) => smsc.deliver(from, text), rate: (text) => smsc.deliver(from, `5，${text}`),
			read: () => smsc.texts.filter((t) => t.to.endsWith(from)).map((t) => ({ subject: null, text: t.text })) };
	},
	chat: (language) => {
		let chat;
		return { kind: 'chat', thanks: false, // the page itself thanks
			write: async (text) => { chat = await new Chat(g.url, { language }).open(); await chat.say(text); },
			rate: async (comment) => {
				const { survey } = await chat.frame((f) => f.type === 'survey');
				chat.raw({ type: 'rating', survey, rating: 1, solved: false, comment });
			},
			read: () => chat.messages().map((f) => ({ subject: null, text: f.text })), close: () => chat.close() };
	},
	mail: (language) => {
		const from = `${language.toLowerCase()}@example.org`;
		const give = (subject, text, headers) => lmtp(lmtpPort, mail({ from, subject, text, headers }), { from });
		return { kind: 'email', write: (text) => give(text, text),
			rate: async (comment) => {
				const asked = await sink.received(from, (m) => mailText(m.raw).includes('/rate/'));
				const id = header(asked.raw, 'Message-ID');
				await give(`Re: ${header(asked.raw, 'Subject')}`, comment, { 'In-Reply-To': id, References: id });
			},
			read: () => sink.mails.filter((m) => m.to.includes(from)).map((m) => ({ subject: decoded(header(m.raw, 'Subject')),
				text: framed(mailText(m.raw)) })) };
	},
};

const decoded = (s) => s.replace(/\?=\s+=\?/g, '?==?').replace(/=\?utf-8\?B\?([^?]*)\?=/gi, (_, b) => Buffer.from(b, 'base64').toString('latin1'))
	.replace(/[\x80-\xff]+/g, (b) => Buffer.from(b, 'latin1').toString('utf8'));
// What every mail of ours has besides: the line above which an answer is read, and the ticket's number in the subject.
const framed = (s) => s.replace(/\r\n/g, '\n').replace(/^=== [^\n]* ===\n\n/, '').trimEnd();
const tagged = (s, number) => (s === null ? s : `${s} [${/[\u4e00-\u9fff]/.test(s) ? '工单' : 'Ticket'} ${number}]`);

async function loop(channel, language) {
	const words = WORDS[language];
	const citizen = CITIZENS[channel](language);
	await citizen.write(words.matter);
	const ticket = await until('the ticket', async () => (await g.tickets(`&channel=${{ sms: 'sms', chat: 'web', mail: 'mail' }[channel]}`))
		.find((t) => t.title === words.matter && t.language === language));
	const { number } = ticket;
	const ok = (r) => assert.ok([200, 201].includes(r.status), JSON.stringify(r.json));
	const heard = (n) => until(`${n} messages to the citizen, not ${citizen.read().length}`, () => citizen.read().length >= n);
	await heard(1);
	ok(await agent.step(number, 'accept', { category: 'bus' }));
	ok(await agent.step(number, 'dispatch', { department: 'transit' }));
	await heard(2);
	ok(await agent.reply(number, words.answer));
	await heard(3);
	ok(await agent.step(number, 'close', { result: 'solved' }));
	await heard(4);
	await citizen.rate(words.why);
	await until('the rating', async () => { const t = await g.ticket(number); return t.survey?.state === 'answered' && t.state === 'accepted' && t; });
	const thanks = citizen.thanks ?? true;
	await heard(thanks ? 5 : 4);
	const got = citizen.read();
	const pin = /\b\d{6}\b/.exec(got[0].text.replace(number, ''))?.[0];
	const url = /http\S+\/rate\/[\w.-]+/.exec(got[3].text)?.[0];
	const args = { hotline: HOTLINE, number, title: words.matter, pin, department: words.department, text: words.answer, staff: '陈工', url };
	assert.deepEqual(got, ['received', 'dispatched', 'reply', 'closed', ...(thanks ? ['thanks-bad'] : [])].map((event) => {
		const one = rendered(language, event, citizen.kind, args);
		return { ...one, subject: tagged(one.subject, number) };
	}));
	await citizen.close?.();
}

for (const channel of Object.keys(CITIZENS))
	for (const language of Object.keys(WORDS))
		test(`${channel}, ${language}: every word of the loop is the template's`, () => loop(channel, language));
