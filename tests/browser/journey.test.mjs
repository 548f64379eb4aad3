// What people go through with the whole program: citizens in the chat and on the telephone, staff in the console.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { NARROW, WAIT, WIDE, World, accessible, answer, back, close, faces, harmless, launch, live, openTicket, press, row, say, shot, showFacts, text,
	until } from './lib.mjs';
import { morning } from './city.mjs';

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

describe('every page, in both languages and both themes', () => {
	for (const language of ['zh-CN', 'en'])
		for (const theme of ['light', 'dark'])
			test(`${language}, ${theme}: nothing for axe to find`, { timeout: 120000 }, async () => {
				await start();
				const city = await morning(w), look = { language, theme }, q = language === 'en' ? '?lang=en' : '?lang=zh-CN';
				const see = async (p, what) => {
					await accessible(w, p, what);
					for (const size of [WIDE, NARROW]) {
						await p.setViewportSize(size);
						await p.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
						await shot(p, `${what}-${language}-${theme}-${size.width}`);
					}
					await p.setViewportSize(WIDE);
				};
				const open = await w.context(look);
				const page = await w.page(open, `${w.g.url}/${q}`);
				await see(page, 'start');
				await page.goto(w.g.url + city.rate + q);
				await see(page, 'rate');
				await page.locator('input[value="2"]').check();
				await page.locator('button').click();
				await page.locator('.big').waitFor();
				await see(page, 'rated');
				await page.goto(`${w.g.url}/rate/nothing${q}`);
				w.allow(/404/);
				await see(page, 'rate-wrong');
				w.allow(/401/);
				await page.goto(`${w.g.url}/console/`);
				await page.locator('[data-t=login-name]').waitFor();
				await see(page, 'login');

				const chat = await w.chat({ context: open });
				await see(chat, 'chat-empty');
				await say(chat, language === 'en' ? 'The street lamp at 88 Riverside Road has been out for three days.' : '滨江路88号东门路灯坏了三天。');
				const number = await chat.locator('.ticket b').first().textContent();
				await w.g.reply(number, language === 'en' ? 'Hello, the repair team is on its way.' : '您好，维修人员已出发。');
				await w.g.step(number, 'close');
				await chat.locator('.card form').waitFor();
				await see(chat, 'chat-survey');
				await faces(chat, 4, true);
				await see(chat, 'chat-rated');

				const desk = await w.console('boss', 'supervisor', look);
				await row(desk, '路灯坏了三天，晚上老人').waitFor();
				await see(desk, 'inbox');
				await openTicket(desk, '路灯坏了三天，晚上老人');
				await see(desk, 'conversation');
				await desk.locator('button[data-step=dispatch]').click();
				await see(desk, 'step');
				await desk.keyboard.press('Escape');
				await desk.keyboard.press('Control+k');
				await desk.locator('[data-t=palette]').waitFor();
				await see(desk, 'palette');
				await desk.keyboard.press('Escape');
				await desk.keyboard.press('Shift+?');
				await desk.locator('[data-t=help]').waitFor();
				await see(desk, 'help');
				await desk.keyboard.press('Escape');
				await desk.goto(`${w.g.url}/console/problems`);
				await live(desk);
				await see(desk, 'problems');
				await desk.goto(`${w.g.url}/console/aside`);
				await live(desk);
				await see(desk, 'aside');
			});
});
