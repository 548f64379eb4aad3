// A citizen proves a mobile number in the chat with a code sent by text message; and nobody else does.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Gateway, until } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';
import { Smsc } from './lib/smsc.mjs';

let g, smsc, serial = 0, from;
before(async () => {
	smsc = await Smsc.start();
	g = await Gateway.start({ settings: { phone_channel: 'sms' }, channels: { web: { type: 'webchat' },
		sms: { type: 'smpp', host: '127.0.0.1', port: smsc.port, system_id: 'xinqiao', password: 'secret', number: '12345', reconnect_max: 1 } } });
	await smsc.bound();
});
after(async () => {
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await smsc.close();
});
// Each test has a network of its own, as the proxy before the gateway would say.
beforeEach(() => { from = `203.0.113.${++serial}`; });

const open = (o = {}) => new Chat(g.url, { headers: { 'x-forwarded-for': o.from || from }, ...o }).open();
const newPhone = () => `1380000${String(1000 + ++serial)}`;
const wrong = (code) => String((Number(code) + 1) % 1000000).padStart(6, '0');

async function step(chat, frame) {
	const seen = chat.frames.length;
	chat.raw({ type: 'phone', ...frame });
	return until(`an answer to ${JSON.stringify(frame)}`, () => chat.frames.slice(seen).find((f) => f.type === 'phone'));
}

// Asks for a code and reads it on the telephone.
async function code(chat, phone) {
	const before = smsc.texts.filter((t) => t.to.endsWith(phone)).length;
	assert.equal((await step(chat, { number: phone })).state, 'sent');
	const text = await until(`a code to ${phone}`, () => smsc.texts.filter((t) => t.to.endsWith(phone))
		.slice(before).find((t) => /验证码|[Cc]ode/.test(t.text))?.text);
	return /\d{6}/.exec(text)[0];
}

async function look(chat, words = '查询') {
	const { seq } = await chat.say(words); // what is answered to earlier words may still be on its way
	return (await until('the answer', () => chat.frames.find((f) => f.type === 'message' && f.from === 'system' && f.seq > seq))).text;
}

async function texted(phone, words) {
	await smsc.deliver(phone, words);
	return (await until(`a ticket of ${phone}`, async () => (await g.tickets('&channel=sms')).find((t) => t.peer.endsWith(phone)))).number;
}

test('after the code the chat looks up the tickets of both, and staff see one history', async () => {
	const phone = newPhone();
	const byText = await texted(phone, '井盖松了');
	const chat = await open();
	const byChat = (await chat.say('路灯坏了三天')).ticket;
	assert.ok(!(await look(chat)).includes(byText));
	const digits = await code(chat, phone);
	const done = await step(chat, { code: ` ${digits} ` });
	assert.equal(done.state, 'proven');
	assert.equal(done.number, `${phone.slice(0, 3)}****${phone.slice(7)}`);
	assert.ok((await chat.frame((f) => f.type === 'message' && f.text.includes(done.number))).text.includes('已验证'));
	const list = await look(chat);
	assert.ok(list.includes(byText) && list.includes(byChat), list);
	assert.match(await look(chat, `查询 ${byText}`), new RegExp(byText), 'and one of them by its number');
	await smsc.deliver(phone, '查询');
	await smsc.received(phone, (t) => t.includes(byText) && t.includes(byChat));
	const agent = g.staff('desk', 'agent') && await g.hand('desk', 'desk-Passw0rd');
	const history = await agent.get(`tickets/${byChat}/history`);
	assert.deepEqual(history.json.items.map((t) => t.number), [byText]);
	assert.ok((await g.ticket(byChat)).steps.some((s) => s.step === 'phone-proven'));
	await chat.close();
});

test('naming a number is not enough, and it does not matter whether it is known', async () => {
	const known = newPhone();
	const number = await texted(known, '楼道灯不亮');
	const chat = await open(), other = await open({ from: '203.0.113.250' });
	const a = await step(chat, { number: known }), b = await step(other, { number: newPhone() });
	assert.deepEqual({ ...a, number: '', text: '' }, { ...b, number: '', text: '' });
	assert.deepEqual(Object.keys(a), Object.keys(b));
	await chat.say('我的事情怎么样了');
	assert.ok(!(await look(chat)).includes(number));
	assert.match(await look(chat, `查询 ${number}`), /隐私/);
	await chat.close();
	await other.close();
});

test('five wrong codes end it: then not even the right one', async () => {
	const chat = await open(), digits = await code(chat, newPhone());
	for (let i = 0; i < 4; i++) assert.equal((await step(chat, { code: wrong(digits) })).state, 'wrong');
	assert.equal((await step(chat, { code: wrong(digits) })).state, 'over');
	assert.equal((await step(chat, { code: digits })).state, 'over');
	await chat.close();
});

test('a code is good once, and for nobody else', async () => {
	const phone = newPhone(), chat = await open(), thief = await open({ from: '203.0.113.251' });
	const digits = await code(chat, phone);
	assert.equal((await step(thief, { code: digits })).state, 'over', 'who asked for none has none');
	const own = await code(thief, newPhone());
	assert.equal((await step(thief, { code: digits === own ? wrong(own) : digits })).state, 'wrong', 'nor does another code help');
	assert.equal((await step(chat, { code: digits })).state, 'proven');
	assert.equal((await step(chat, { code: digits })).state, 'over', 'replayed');
	await chat.close();
	await thief.close();
});

test('one telephone cannot be flooded, whoever asks and from wherever', async () => {
	const phone = newPhone();
	for (let i = 0; i < 6; i++) {
		const chat = await open({ from: `198.51.100.${i}` });
		const said = await step(chat, { number: i % 2 ? `+86 ${phone}` : phone });
		assert.equal(said.state, i ? 'wait' : 'sent');
		if (i) assert.ok(said.retry_ms > 0);
		await chat.close();
	}
	await until('the one text message', () => smsc.texts.some((t) => t.to.endsWith(phone)));
	assert.equal(smsc.texts.filter((t) => t.to.endsWith(phone)).length, 1);
});

test('one network gets twenty codes an hour, and a client cannot lie about where it is', async () => {
	const states = [];
	for (let i = 0; i < 22; i++) {
		const chat = await open({ from: i % 2 ? `198.51.100.77` : `192.0.2.${i}, 198.51.100.77` });
		states.push((await step(chat, { number: newPhone() })).state);
		await chat.close();
	}
	assert.deepEqual(states, [...Array(20).fill('sent'), 'wait', 'wait']);
});

test('what is no mobile number of the mainland gets no code', async () => {
	const chat = await open();
	for (const number of ['', '12345', '+1 202 555 0100', '0571-88888888', '138000010001', 'abc', "1' OR '1'='1"])
		assert.equal((await step(chat, { number })).state, 'invalid', number);
	assert.equal((await step(chat, { code: '123456' })).state, 'over');
	await chat.close();
});

test('in English', async () => {
	const phone = newPhone(), chat = await open({ language: 'en' });
	const digits = await code(chat, phone);
	const text = smsc.texts.find((t) => t.to.endsWith(phone)).text;
	assert.match(text, /^【.*】Code \d{6}, valid 5 min/);
	assert.match((await step(chat, { code: digits })).text, /is confirmed/);
	await chat.close();
});
