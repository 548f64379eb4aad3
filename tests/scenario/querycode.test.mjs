// Progress for somebody else: only with the ticket's query code (查询码), which its citizen alone was told; and not by trying.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';

let g, mine, number, code;
before(async () => {
	g = await Gateway.start({ channels: { web: { type: 'webchat' } } });
	mine = await new Chat(g.url).open();
	number = (await mine.say('滨江路的路灯坏了三天')).ticket;
	const got = await mine.frame((f) => f.type === 'message' && f.from === 'system' && f.text.includes(number));
	code = /查询码 (\d{6})/.exec(got.text)[1];
});
after(async () => { await mine.close(); assert.deepEqual(await g.end(), { code: 0, signal: null }); });

async function ask(words) {
	const chat = await new Chat(g.url).open();
	await chat.say(words);
	const f = await chat.frame((x) => x.type === 'message' && x.from === 'system');
	await chat.close();
	return f.text;
}

test('with the code a stranger sees how it stands, and nothing of what it says', async () => {
	const told = await ask(`查询 ${number} ${code}`);
	assert.match(told, /待受理/);
	assert.ok(!told.includes('路灯'), told);
	const t = await g.ticket(number);
	assert.deepEqual(t.messages.map((m) => m.from), ['citizen', 'system'], 'the stranger’s words are not on the ticket');
	assert.ok(t.steps.some((s) => s.step === 'queried-by-code'), 'who asked is on record');
});

test('asked in English, in full-width digits, and with the word for it', async () => {
	assert.match(await ask(`status ${number} code ${code}`), /等待受理/);
	const wide = [...code].map((d) => String.fromCharCode(d.charCodeAt(0) + 0xFEE0)).join('');
	assert.match(await ask(`查询 ${number} 查询码 ${wide}`), /待受理/);
});

test('without it, with a wrong one, or for a number that was never given, the answer is the same', async () => {
	const wrong = String((Number(code) + 1) % 1000000).padStart(6, '0');
	const plain = await ask(`查询 ${number}`);
	assert.match(plain, /隐私/);
	assert.equal(await ask(`查询 ${number} ${wrong}`), plain);
	assert.equal(await ask(`查询 20261122200000015 ${code}`), plain);
});

test('whoever tries finds nothing: after ten wrong ones not even the right one', async () => {
	for (let i = 0; i < 12; i++) {
		const wrong = String((Number(code) + 2 + i) % 1000000).padStart(6, '0');
		assert.match(await ask(`查询 ${number} ${wrong}`), /隐私/);
	}
	assert.match(await ask(`查询 ${number} ${code}`), /隐私/);
	await mine.say('查询');
	await mine.frame((f) => f.type === 'message' && f.text.includes('待受理'));
});
