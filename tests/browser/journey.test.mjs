// What people go through with the whole program: citizens in the chat and on the telephone, staff in the console.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { NARROW, WAIT, WIDE, World, accessible, answer, back, close, faces, harmless, launch, live, openTicket, press, row, say, shot, showFacts, text,
	until } from './lib.mjs';

let browser, w;
before(async () => { browser = await launch(); });
after(() => browser.close());
const start = async (of) => { w = await World.start(browser, of); return w; };
afterEach(async () => { const was = w; w = null; await was?.end(); });

describe('the first two minutes', () => {
	const words = {
		'zh-CN': { chat: '小区东门的路灯坏了三天，晚上太黑', sms: '家里停水两天了，请尽快处理', one: '已派人维修，今晚恢复照明。', two: '抢修已完成，供水恢复。',
			best: '非常满意', thanks: '感谢您的评价', door: '登录', live: '实时' },
		en: { chat: 'The street lamp at the east gate has been out for three days', sms: 'No water at home for two days, please help', one: 'Repaired today; the lamp is on.',
			two: 'The pipe is mended.', best: 'Very satisfied', thanks: 'Thank you', door: 'Sign in', live: 'Live' },
	};
	for (const language of ['zh-CN', 'en'])
		for (const size of [WIDE, NARROW])
			test(`${language} at ${size.width}: two messages, two answers, two ratings, no reload`, { timeout: 60000 }, async () => {
				const t = words[language], of = { size, language };
				await start();
				const desk = await w.login('agent1', 'agent', of);
				await desk.evaluate(() => { window.stayed = true; });
				const chat = await w.chat(of);
				const phone = await w.phone('13800138000', of);

				await say(chat, t.chat);
				await row(desk, t.chat).waitFor();
				await text(phone, t.sms);
				await row(desk, t.sms).waitFor();
				assert.equal(await desk.locator('.ticket').count(), 2);
				const number = await chat.locator('.ticket b').first().textContent();
				assert.match(number, /^\d{17}$/);

				await openTicket(desk, t.chat);
				await answer(desk, t.one);
				await chat.locator('.m.in .b', { hasText: t.one }).waitFor();
				await close(desk);
				await faces(chat, 5, true);
				await chat.locator('.given', { hasText: t.thanks }).waitFor();
				await showFacts(desk);
				await desk.locator('xq-facts', { hasText: t.best }).waitFor();
				if (size === NARROW) await press(desk, desk.locator('xq-facts .only-medium button'));

				await back(desk);
				await openTicket(desk, t.sms);
				await answer(desk, t.two);
				await phone.locator('.note.theirs', { hasText: t.two }).waitFor();
				await close(desk);
				await phone.locator('.note.theirs', { hasText: /1.{0,3}(非常满意|Very satisfied|very satisfied)/ }).waitFor();
				await press(phone, phone.locator('#quick button', { hasText: /^1$/ }));
				await showFacts(desk);
				await desk.locator('xq-facts', { hasText: t.best }).waitFor();
				assert.ok(await desk.evaluate(() => window.stayed), 'the console was never loaded again');
				assert.deepEqual((await w.g.tickets()).map((x) => x.state), ['closed', 'closed']);
			});
});
