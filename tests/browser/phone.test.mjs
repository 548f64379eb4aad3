// A citizen proves his mobile number in the chat, with the handset simulator as his telephone: on the page and in the widget
// of another site, with mouse, finger and keyboard, in both languages.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import { NARROW, WIDE, World, accessible, launch, openTicket, press, say, shot, shots, until } from './lib.mjs';

let browser, w;
before(async () => { browser = await launch(); });
after(() => browser.close());
afterEach(async () => { const was = w; w = null; await was?.end(); });
const start = async () => { w = await World.start(browser, { mail: false, settings: { phone_channel: 'sms' } }); };

const codeOf = (phone) => until('the code', async () => /\b\d{6}\b|验证码(\d{6})/.exec((await w.sim.texts(phone)).find((t) => /验证码|Code/.test(t)) || '')?.[0].slice(-6));
const words = {
	'zh-CN': { chat: '小区东门的路灯坏了三天', sms: '文昌街的井盖松了', done: '已验证', track: '查询' },
	en: { chat: 'The street lamp at the east gate is out', sms: 'The manhole cover is loose', done: 'confirmed', track: 'Track' },
};

// The pictures want all four; what works, works in two.
for (const [language, size, theme] of [['zh-CN', WIDE, 'light'], ['en', NARROW, 'dark'], ...shots ? [['zh-CN', NARROW, 'light'], ['en', WIDE, 'dark']] : []])
	test(`${language} at ${size.width}: a code by text message, and both tickets in one answer`, { timeout: 120000 }, async () => {
		const t = words[language];
		await start();
		await w.sim.send('13800138000', t.sms);
		const byText = await w.ticketWith(t.sms);
		const chat = await w.chat({ size, language, theme });
		await say(chat, t.chat);
		await chat.locator('.ticket b').first().waitFor();
		await press(chat, chat.locator('.quick > .chip').nth(1));
		await chat.locator('.phone input').fill('138 0013 8000');
		await accessible(w, chat, 'phone');
		if (shots) await shot(chat, `phone-number-${language}-${size.width}-${theme}`);
		await press(chat, chat.locator('.phone .options button').first());
		const digits = await codeOf('13800138000');
		await chat.locator('.phone input[autocomplete=one-time-code]').fill(String((Number(digits) + 1) % 1000000).padStart(6, '0'));
		await press(chat, chat.locator('.phone .options button').first());
		await chat.locator('.phone p.error').waitFor();
		if (shots) await accessible(w, chat, 'phone');
		if (shots) await shot(chat, `phone-wrong-${language}-${size.width}-${theme}`);
		await chat.locator('.phone input').fill(digits);
		await press(chat, chat.locator('.phone .options button').first());
		await chat.locator('.m.system', { hasText: t.done }).waitFor();
		assert.ok(await chat.locator('.phone').isHidden());
		await press(chat, chat.locator('.quick > .chip').first());
		await chat.locator('.m.system', { hasText: byText.number }).waitFor();
		if (shots) await shot(chat, `phone-list-${language}-${size.width}-${theme}`);
		assert.match(await chat.locator('.m.system .b', { hasText: byText.number }).last().innerText(), new RegExp(await chat.locator('.ticket b').first().innerText()));
	});

test('in the widget of another site by keyboard alone, and staff see one history', { timeout: 120000 }, async () => {
	await start();
	await w.sim.send('13800138000', '文昌街的井盖松了');
	const byText = await w.ticketWith('文昌街的井盖松了');
	const site = createServer((req, res) => res.setHeader('content-type', 'text/html; charset=utf-8').end(
		`<!doctype html><html lang="zh-CN"><title>某局</title><h1>某局</h1><script src="${w.g.url}/widget.js" async></script>`));
	await new Promise((done) => site.listen(0, '127.0.0.1', done));
	try {
		w.g.configure({ web: { type: 'webchat', origins: `http://127.0.0.1:${site.address().port}` },
			sms: { type: 'smpp', host: '127.0.0.1', port: w.sim.port, system_id: 'xinqiao', password: 'secret', number: '12345' } },
			{ phone_channel: 'sms' });
		await w.g.stop();
		await w.g.up();
		await w.bound();
		const p = await w.page(await w.context(), `http://127.0.0.1:${site.address().port}/`);
		w.allow(/favicon/);
		const key = async (...keys) => { for (const k of keys) await p.keyboard.press(k); };
		await p.locator('.launch').focus();
		await key('Enter');
		await p.keyboard.type('路灯坏了三天');
		await key('Enter');
		await p.locator('.ticket b').first().waitFor();
		const byChat = await p.locator('.ticket b').first().innerText();
		// Backwards out of the field: attach, then the chips.
		await key('Shift+Tab', 'Shift+Tab', 'Enter');
		await p.keyboard.type('13800138000');
		await key('Enter');
		const digits = await codeOf('13800138000');
		await p.locator('.phone input[autocomplete=one-time-code]').waitFor();
		await p.keyboard.type(digits);
		await key('Enter');
		await p.locator('.m.system', { hasText: '已验证' }).waitFor();
		assert.equal(await p.evaluate(() => document.querySelector('xq-chat').shadowRoot.activeElement.id), 'field', 'and back to writing');
		const desk = await w.console('agent1', 'agent');
		await openTicket(desk, '路灯坏了三天');
		await desk.locator('xq-facts', { hasText: '文昌街的井盖松了' }).waitFor();
		if (shots) await shot(desk, 'phone-desk');
		const hand = await w.hand('agent1', 'agent');
		assert.deepEqual((await hand.get(`tickets/${byChat}/history`)).json.items.map((t) => t.number), [byText.number]);
	} finally {
		await new Promise((done) => site.close(done));
		site.closeAllConnections();
	}
});
