// What people go through with the whole program: citizens in the chat and on the telephone, staff in the console.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { NARROW, WAIT, WIDE, World, accessible, answer, back, close, faces, harmless, launch, live, openTicket, press, row, say, shot, shots, showFacts, text,
	until } from './lib.mjs';
import { morning } from './city.mjs';
import { inTexts, payloads } from './payloads.mjs';
import { mailText } from '../scenario/lib/mail.mjs';

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
					for (const size of shots ? [WIDE, NARROW] : []) {
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

test('the whole of a ticket by keyboard alone', { timeout: 60000 }, async () => {
	await start();
	await w.sim.send('13811110001', '第一件：路灯不亮');
	await w.ticketWith('第一件');
	await w.sim.send('13811110002', '第二件：垃圾没有清运');
	const second = await w.ticketWith('第二件');
	const password = w.staff('agent1', 'agent'), p = await w.page(await w.context(), `${w.g.url}/console/`);
	w.allow(/401/);
	const focus = () => p.evaluate(() => document.activeElement.dataset.number || document.activeElement.dataset.t || document.activeElement.tagName);
	await p.locator('[data-t=login-name]').waitFor();
	assert.equal(await focus(), 'login-name', 'the door waits for a name');
	await p.keyboard.type('agent1');
	await p.keyboard.press('Tab');
	await p.keyboard.type(password);
	await p.keyboard.press('Enter');
	await row(p, '第二件').waitFor();
	await p.keyboard.press('j');
	await until('the first row to have the focus', async () => await focus() === second.number);
	await p.keyboard.press('j');
	await until('the next row', async () => await focus() !== second.number);
	await p.keyboard.press('k');
	await until('the row before', async () => await focus() === second.number);
	await p.keyboard.press('Enter');
	await p.locator('.talk-head h2', { hasText: '第二件' }).waitFor();
	await p.keyboard.press('r');
	await until('the composer', async () => await focus() === 'composer');
	await p.keyboard.type('环卫已经清运。J和K在这里只是字母 jk?e');
	await p.keyboard.press('Control+Enter');
	await p.locator('.said.out', { hasText: '环卫已经清运' }).waitFor();
	await until('the field to be empty', async () => await p.locator('[data-t=composer]').inputValue() === '');
	await p.keyboard.press('Escape');
	await until('to have left the field', async () => await focus() === 'talk');
	await p.keyboard.press('n');
	await p.keyboard.type('给同事的话');
	await p.keyboard.press('Control+Enter');
	await p.locator('.said.note', { hasText: '给同事的话' }).waitFor();
	await p.keyboard.press('Escape');
	await p.keyboard.press('e');
	await p.locator('[data-t=panel-go]').waitFor();
	await p.keyboard.press('Escape');
	await p.locator('[data-t=panel-go]').waitFor({ state: 'detached' });
	await p.keyboard.press('e');
	await p.locator('.panel select[name=result]:focus').waitFor();
	await p.keyboard.press('ArrowDown'); // what came of it: solved
	await p.keyboard.press('Control+Enter');
	await p.locator('.talk-head .chip.done').waitFor();
	const done = await w.g.ticket(second.number);
	assert.equal(done.state, 'closed');
	assert.deepEqual((await w.sim.texts('13811110002')).filter((x) => x.includes('环卫') || x.includes('给同事')).map((x) => /环卫[^\n]*/.exec(x)[0]), ['环卫已经清运。J和K在这里只是字母 jk?e']);

	await p.keyboard.press('Control+k');
	await p.locator('[data-t=palette] input:focus').waitFor();
	await p.keyboard.type('dsl');
	await p.keyboard.press('Enter');
	await p.locator('.list-head h1', { hasText: '待受理' }).waitFor();
	await p.keyboard.press('Control+k');
	await p.locator('[data-t=palette]').waitFor();
	await p.keyboard.press('Escape');
	await p.locator('[data-t=palette]').waitFor({ state: 'detached' });
	await p.keyboard.press('Shift+?');
	await p.locator('[data-t=help]').waitFor();
	await p.keyboard.press('j');
	await p.keyboard.press('Escape');
	await p.locator('[data-t=help]').waitFor({ state: 'detached' });
	await p.keyboard.press('s');
	await until('the search field', async () => await focus() === 'search');
});

describe('several people at once', () => {
	test('two on one ticket see each other, and who did not read the other is asked first', { timeout: 60000 }, async () => {
		await start();
		await w.sim.send('13811110003', '两个人同时看的一件');
		const t = await w.ticketWith('两个人同时看');
		await w.hand('agent1', 'agent', { display: '小李' });
		await w.hand('agent2', 'agent', { display: '小王' });
		const [one, two] = [await w.console('agent1'), await w.console('agent2')];
		await openTicket(one, '两个人同时看');
		await openTicket(two, '两个人同时看');
		await one.locator('.faces .face[title*="小王"]').waitFor();
		await two.locator('[data-t=composer]').fill('小王写了一半');
		await one.locator('.clash', { hasText: '小王正在写答复' }).waitFor();
		await row(one, '两个人同时看').locator('.here', { hasText: '小王' }).waitFor();
		await answer(one, '小李的答复');
		await two.locator('.said.out', { hasText: '小李的答复' }).waitFor();
		w.allow(/409/);
		await two.locator('[data-t=composer-send]').click();
		const choice = two.locator('.clash[role=alert]');
		await choice.waitFor();
		assert.equal(await two.locator('[data-t=composer]').inputValue(), '小王写了一半', 'what was written stays');
		assert.deepEqual((await w.sim.texts('13811110003')).filter((x) => x.includes('小王写了一半')), []);
		await choice.getByText('仍然发送').click();
		await two.locator('.said.out', { hasText: '小王写了一半' }).waitFor();
		await two.locator('[data-t=composer]').fill('再写一条，改成备注');
		await answer(one, '小李又答了一次'); // begun after the other's came: nothing to ask
		await two.locator('.said.out', { hasText: '小李又答' }).waitFor();
		await two.locator('[data-t=composer-send]').click();
		await choice.waitFor();
		await choice.getByText('转为备注').click();
		await two.locator('[data-t=composer-send]').click();
		await two.locator('.said.note', { hasText: '再写一条，改成备注' }).waitFor();
		const said = ['小李的答复', '小王写了一半', '小李又答了一次'];
		const kept = (await w.g.ticket(t.number)).messages.filter((m) => m.from === 'staff').map((m) => m.text);
		assert.ok(kept.length === 3 && said.every((x, i) => kept[i].includes(x)), `each once, the note to nobody: ${kept}`);
		const heard = await until('all three on the handset', async () => { const x = await w.sim.texts('13811110003'); return x.some((m) => m.includes('又答了一次')) && x; });
		for (const words of said) assert.equal(heard.filter((x) => x.includes(words)).length, 1, words);
		await two.close();
		await one.locator('.faces .face').waitFor({ state: 'detached' });
	});

	test('a department sees its own tickets and loses what goes elsewhere; agents have no supervisor\'s buttons', { timeout: 60000 }, async () => {
		await start();
		for (const [n, words] of [['13811110011', '城管的一件'], ['13811110012', '水务的一件'], ['13811110013', '谁都没接的一件']]) {
			await w.sim.send(n, words);
			await w.ticketWith(words);
		}
		const [urban, water, nobody] = [await w.ticketWith('城管的'), await w.ticketWith('水务的'), await w.ticketWith('谁都没')];
		await w.g.step(urban.number, 'dispatch', { department: 'urban' });
		await w.g.step(water.number, 'dispatch', { department: 'water-bureau' });
		const office = await w.console('urban1', 'department', { department: 'urban' });
		await row(office, '城管的一件').waitFor();
		assert.equal(await office.locator('.ticket').count(), 1);
		assert.equal(await office.locator('[data-t=filter-department]').count(), 0);
		assert.doesNotMatch(await office.content(), /13811110011/, 'the number is masked');
		await openTicket(office, '城管的一件');
		assert.doesNotMatch(await office.content(), /13811110011/);
		assert.deepEqual(await office.locator('.step-bar button').evaluateAll((all) => all.map((b) => b.dataset.step)), ['handle', 'return', 'more']);
		w.allow(/404/, /403/, /409/);
		await office.goto(`${w.g.url}/console/in/all/${water.number}`);
		await office.locator('.blank', { hasText: '没有找到，或者不归您办理' }).waitFor();
		await office.goto(`${w.g.url}/console/in/all/${urban.number}`);
		await office.locator('.said', { hasText: '城管的一件' }).waitFor();
		const asked = (p, path, body) => p.evaluate(async ([to, what]) => {
			const { csrf } = await (await fetch('/console/api/me')).json();
			const r = await fetch(to, what ? { method: 'POST', headers: { 'content-type': 'application/json', 'X-XQ-CSRF': csrf }, body: JSON.stringify(what) } : {});
			return r.status;
		}, [path, body]);
		assert.equal(await asked(office, `/api/v1/tickets/${nobody.number}`), 404);
		assert.equal(await asked(office, `/api/v1/tickets/${water.number}/replies`, { text: 'x' }), 404);
		assert.ok([403, 409].includes(await asked(office, `/api/v1/tickets/${urban.number}/steps`, { step: 'close' })));
		assert.equal(await asked(office, '/console/api/outbox'), 403);
		await w.g.step(urban.number, 'dispatch', { department: 'water-bureau' });
		await office.locator('.blank', { hasText: '没有找到，或者不归您办理' }).waitFor();
		await until('the row to leave', async () => await office.locator('.ticket').count() === 0);

		const agent = await w.console('agent1', 'agent');
		await openTicket(agent, '水务的一件');
		assert.equal(await agent.locator('[data-step=supervise]').count(), 0);
		assert.equal(await agent.locator('[data-step=return]').count(), 0);
		assert.equal(await agent.locator('[data-t=nav-problems]').count(), 0);
		await agent.keyboard.press('Control+k');
		await agent.locator('[data-t=palette] input').fill('db');
		await agent.locator('[data-t=palette] li', { hasText: '审核督办' }).waitFor(); // the page, and not the step
		assert.equal(await agent.locator('[data-t=palette] li').count(), 1);
		assert.equal(await asked(agent, `/api/v1/tickets/${water.number}/steps`, { step: 'supervise', note: '不归我' }), 403);
		assert.equal(await asked(agent, '/console/api/outbox'), 403);
		assert.equal(await asked(agent, '/console/api/quarantine'), 403);
		const t = await w.g.ticket(water.number);
		assert.ok(!t.flags.includes('supervised'));
	});
});

describe('when the line or the gateway goes away', () => {
	test('kill -9 while a citizen types: the text stays, what was sent arrives once', { timeout: 60000 }, async () => {
		await start();
		w.allow(/ERR_CONNECTION|WebSocket connection/);
		const chat = await w.chat();
		await say(chat, '停电之前的一条');
		await chat.locator('.ticket b').first().waitFor();
		await chat.locator('#field').fill('写到一半');
		await w.g.kill();
		await chat.locator('.banner:not([hidden])').waitFor();
		assert.equal(await chat.locator('#field').inputValue(), '写到一半');
		await say(chat, '停电时发的第一条');
		await say(chat, '停电时发的第二条');
		await chat.locator('#field').fill('又写到一半');
		await w.g.up();
		await chat.locator('.banner[hidden]').waitFor({ state: 'attached', timeout: WAIT * 2 });
		await until('all of it on disk', async () => (await w.ticketWith('停电之前')).messages.filter((m) => m.from === 'citizen').length === 3);
		const t = await w.ticketWith('停电之前');
		assert.deepEqual(t.messages.filter((m) => m.from === 'citizen').map((m) => m.text), ['停电之前的一条', '停电时发的第一条', '停电时发的第二条']);
		assert.equal(await chat.locator('#field').inputValue(), '又写到一半');
		await until('each bubble once', async () => (await chat.locator('.m.out .b').allTextContents()).join() === '停电之前的一条,停电时发的第一条,停电时发的第二条');
		await chat.reload();
		await until('the same after a reload', async () => (await chat.locator('.m.out .b').allTextContents()).join() === '停电之前的一条,停电时发的第一条,停电时发的第二条');
		assert.equal(await chat.locator('#field').inputValue(), '又写到一半', 'a draft outlives its page');
	});

	test('kill -9 at the very send, many times: once on disk, once on the page', { timeout: 90000 }, async () => {
		await start();
		w.allow(/ERR_CONNECTION|WebSocket connection/);
		const chat = await w.chat(), words = [];
		for (let i = 0; i < 4; i++) {
			words.push(`第${i}次断电`);
			await say(chat, words[i]);
			await new Promise((r) => setTimeout(r, i * 3));
			await w.g.kill();
			await w.g.up();
		}
		await until('all of it', async () => (await w.g.tickets()).length && (await w.ticketWith('断电')).messages.filter((m) => m.from === 'citizen').length >= words.length, 30000);
		const all = [];
		for (const t of await w.g.tickets()) all.push(...(await w.g.ticket(t.number)).messages.filter((m) => m.from === 'citizen').map((m) => m.text));
		assert.deepEqual(all, words);
		await until('the page to agree', async () => (await chat.locator('.m.out .b').allTextContents()).join() === words.join());
	});

	test('kill -9 while staff type: the draft stays, the page comes back and sends once', { timeout: 60000 }, async () => {
		await start();
		w.allow(/ERR_CONNECTION|WebSocket connection/);
		await w.sim.send('13811110021', '断线时的一件');
		const t = await w.ticketWith('断线时');
		const p = await w.console('agent1', 'agent');
		await openTicket(p, '断线时');
		await p.locator('[data-t=composer]').fill('写到一半的答复');
		await w.g.kill();
		await p.locator('.banner', { hasText: '与服务器的连接已断开' }).waitFor();
		await p.locator('[data-t=composer]').press('Control+Enter');
		await p.locator('.write .fault', { hasText: '连不上服务器' }).waitFor();
		assert.equal(await p.locator('[data-t=composer]').inputValue(), '写到一半的答复');
		await w.g.up();
		await p.locator('.pill.good').waitFor({ timeout: WAIT * 2 });
		await p.locator('.banner').waitFor({ state: 'hidden' });
		await w.bound();
		await w.sim.send('13811110021', '断线以后补充的');
		await p.locator('.said', { hasText: '断线以后补充的' }).waitFor();
		assert.equal(await p.locator('[data-t=composer]').inputValue(), '写到一半的答复');
		w.allow(/409/);
		await p.locator('[data-t=composer]').press('Control+Enter');
		await p.locator('.clash[role=alert]').getByText('仍然发送').click();
		await p.locator('.said.out', { hasText: '写到一半的答复' }).waitFor();
		const heard = await until('it on the handset', async () => { const x = (await w.sim.texts('13811110021')).filter((m) => m.includes('写到一半')); return x.length && x; });
		assert.equal(heard.length, 1);
		assert.equal((await w.g.ticket(t.number)).messages.filter((m) => m.text.includes('写到一半的答复')).length, 1);
		await p.locator('[data-t=composer]').fill('还没发出的草稿');
		await p.reload();
		await p.locator('.said', { hasText: '断线时的一件' }).waitFor();
		assert.equal(await p.locator('[data-t=composer]').inputValue(), '还没发出的草稿');
	});

	test('a reply whose answer got lost is stored once when it is sent again', { timeout: 60000 }, async () => {
		await start();
		w.allow(/ERR_/);
		await w.sim.send('13811110022', '答复丢了回音');
		const t = await w.ticketWith('丢了回音');
		const p = await w.console('agent1', 'agent');
		await openTicket(p, '丢了回音');
		await p.route('**/replies', async (route) => { await route.fetch(); await route.abort('connectionreset'); }, { times: 1 });
		await p.locator('[data-t=composer]').fill('只该有一条');
		await p.locator('[data-t=composer-send]').click();
		await p.locator('.write .fault').waitFor();
		await p.locator('.write .fault button').click();
		await until('the field to be empty', async () => await p.locator('[data-t=composer]').inputValue() === '');
		assert.equal((await w.g.ticket(t.number)).messages.filter((m) => m.text.includes('只该有一条')).length, 1);
		await until('one bubble', async () => await p.locator('.said.out', { hasText: '只该有一条' }).count() === 1);
	});

	test('a computer that slept through a restart: two tabs miss nothing, show nothing twice, and send what was written once', { timeout: 90000 }, async () => {
		await start();
		w.allow(/ERR_CONNECTION|WebSocket connection/);
		const city = await w.context();
		const tabs = [await w.chat({ context: city }), await w.chat({ context: city })];
		await say(tabs[0], '睡前的一条');
		const number = await tabs[0].locator('.ticket b').first().textContent();
		await tabs[1].locator('.m.out .b', { hasText: '睡前的一条' }).waitFor();
		const clocks = await Promise.all(tabs.map((t) => city.newCDPSession(t)));
		await city.setOffline(true);
		await say(tabs[1], '睡着时写的');
		await tabs[1].locator('.state', { hasText: '待发送' }).waitFor();
		for (const c of clocks) await c.send('Page.setWebLifecycleState', { state: 'frozen' });
		await w.g.kill();
		await w.g.up();
		for (const i of [1, 2, 3]) assert.equal((await w.g.reply(number, `夜里的答复${i}`)).status, 201);
		for (const c of clocks) await c.send('Page.setWebLifecycleState', { state: 'active' });
		await city.setOffline(false);
		const wanted = '睡前的一条,夜里的答复1,夜里的答复2,夜里的答复3,睡着时写的';
		for (const t of tabs)
			await until('each once and in order', async () => (await t.locator('.m.out .b, .m.in:not(.system):not(.greeting) .b').allTextContents()).join() === wanted, 30000);
		assert.equal((await w.g.ticket(number)).messages.filter((m) => m.text === '睡着时写的').length, 1);
	});

	test('the network is cut on both sides and comes back', { timeout: 60000 }, async () => {
		await start();
		w.allow(/ERR_INTERNET_DISCONNECTED|WebSocket connection/);
		const city = await w.context(), desks = await w.context();
		const chat = await w.chat({ context: city });
		await say(chat, '断网之前');
		const number = await chat.locator('.ticket b').first().textContent();
		const p = await w.console('agent1', 'agent', { context: desks });
		await openTicket(p, '断网之前');
		await city.setOffline(true);
		await chat.locator('.banner:not([hidden])').waitFor();
		await say(chat, '断网时写的');
		await chat.locator('.state', { hasText: '待发送' }).waitFor();
		await desks.setOffline(true);
		await p.locator('[data-t=composer]').fill('坐席断网时写的');
		await p.locator('[data-t=composer-send]').click();
		await p.locator('.write .fault').waitFor();
		await w.g.reply(number, '别的坐席答复了');
		await city.setOffline(false);
		await chat.locator('.m.in .b', { hasText: '别的坐席答复了' }).waitFor();
		await until('the citizen\'s on disk', async () => (await w.g.ticket(number)).messages.some((m) => m.text === '断网时写的'));
		await desks.setOffline(false);
		await p.locator('.said', { hasText: '断网时写的' }).waitFor({ timeout: WAIT * 2 });
		await p.locator('.said.out', { hasText: '别的坐席答复了' }).waitFor();
		assert.equal(await p.locator('[data-t=composer]').inputValue(), '坐席断网时写的');
		w.allow(/409/);
		await p.locator('[data-t=composer-send]').click();
		await p.locator('.clash[role=alert]').getByText('仍然发送').click();
		await chat.locator('.m.in .b', { hasText: '坐席断网时写的' }).waitFor();
		const t = await w.g.ticket(number);
		for (const words of ['断网时写的', '坐席断网时写的', '别的坐席答复了']) assert.equal(t.messages.filter((m) => m.text === words || m.text.startsWith(`${words}\n`)).length, 1, words);
	});
});

describe('a session that ends while somebody writes', () => {
	test('the dialog comes in place, the text stays, and it is sent once', { timeout: 60000 }, async () => {
		await start();
		w.allow(/401/, /WebSocket connection/);
		await w.sim.send('13811110031', '会话过期时的一件');
		const t = await w.ticketWith('会话过期');
		const c = await w.context(), p = await w.console('agent1', 'agent', { context: c });
		await openTicket(p, '会话过期');
		await p.evaluate(() => { window.stayed = true; });
		await p.locator('[data-t=composer]').fill('正在写的答复');
		// Logged out in another tab: the same session.
		const { csrf } = await (await c.request.get(`${w.g.url}/console/api/me`)).json();
		await c.request.post(`${w.g.url}/console/api/logout`, { headers: { 'X-XQ-CSRF': csrf } });
		await p.locator('[data-t=again]').waitFor();
		assert.equal(await p.locator('[data-t=again] [data-t=login-name]').inputValue(), 'agent1');
		await p.keyboard.press('Escape');
		await p.keyboard.press('Escape');
		assert.ok(await p.locator('[data-t=again]').isVisible(), 'it cannot be waved away');
		await p.locator('[data-t=again] [type=password]').fill('not the password');
		await p.keyboard.press('Enter');
		await p.locator('[data-t=again] .fault').waitFor();
		await p.locator('[data-t=again] [type=password]').fill(w.passwords.get('agent1'));
		await p.keyboard.press('Enter');
		await p.locator('[data-t=again]').waitFor({ state: 'detached' });
		await live(p);
		assert.equal(await p.locator('[data-t=composer]').inputValue(), '正在写的答复');
		await p.locator('[data-t=composer]').press('Control+Enter');
		await p.locator('.said.out', { hasText: '正在写的答复' }).waitFor();
		assert.ok(await p.evaluate(() => window.stayed));
		assert.equal((await w.g.ticket(t.number)).messages.filter((m) => m.text.includes('正在写的答复')).length, 1);
	});

	test('a send that meets an ended session waits for the login and goes once', { timeout: 60000 }, async () => {
		await start();
		w.allow(/401/, /WebSocket connection/);
		await w.sim.send('13811110032', '发送时才发现过期');
		const t = await w.ticketWith('发送时才发现');
		const c = await w.context(), p = await w.console('agent1', 'agent', { context: c });
		await openTicket(p, '发送时才发现');
		await p.locator('[data-t=composer]').fill('点了发送');
		await c.clearCookies();
		// Counting the parts may meet it first: then the dialog stands before the button.
		await p.locator('[data-t=composer-send]').click({ timeout: 2000 }).catch(() => {});
		await p.locator('[data-t=again] [type=password]').fill(w.passwords.get('agent1'));
		await p.keyboard.press('Enter');
		await p.locator('[data-t=again]').waitFor({ state: 'detached' });
		if (await p.locator('[data-t=composer]').inputValue()) await p.locator('[data-t=composer]').press('Control+Enter');
		await p.locator('.said.out', { hasText: '点了发送' }).waitFor();
		await until('the field to be empty', async () => await p.locator('[data-t=composer]').inputValue() === '');
		assert.equal((await w.g.ticket(t.number)).messages.filter((m) => m.text.includes('点了发送')).length, 1);
	});

	test('a disabled account sends nothing more, and what it wrote stays on its machine', { timeout: 60000 }, async () => {
		await start();
		w.allow(/401/, /WebSocket connection/);
		await w.sim.send('13811110033', '停用账号时的一件');
		const t = await w.ticketWith('停用账号');
		const p = await w.console('agent1', 'agent');
		await openTicket(p, '停用账号');
		await p.locator('[data-t=composer]').fill('写着写着被停用');
		w.g.run('staff', 'disable', 'agent1');
		// The live feed may bring the dialog before the button is reached.
		await p.locator('[data-t=composer-send]').click({ timeout: 2000 }).catch(() => {});
		await p.locator('[data-t=again] [type=password]').fill(w.passwords.get('agent1'));
		await p.keyboard.press('Enter');
		await p.locator('[data-t=again] .fault').waitFor();
		assert.equal(await p.locator('[data-t=composer]').inputValue(), '写着写着被停用');
		assert.equal((await w.g.ticket(t.number)).messages.filter((m) => m.from === 'staff').length, 0);
	});
});

describe('what strangers write is text', () => {
	const groups = inTexts(14);

	test('through every channel, on every page that shows it', { timeout: 120000 }, async () => {
		await start({ settings: { name: '<b>示范</b>&12345' } });
		await w.console('boss', 'supervisor').then((p) => p.close());
		const chat = await w.chat();
		const mail = groups.map((x, i) => `${i}号 ${x}`), [half, rest] = inTexts(2);
		await say(chat, `聊天里的 ${half}`);
		await say(chat, rest);
		await chat.locator('.ticket b').first().waitFor();
		await Promise.all(mail.map((x, i) => w.mail({ subject: x, text: `正文${i} ${x}`, envelope: `x${i}@example.org`,
			from: `=?UTF-8?B?${Buffer.from(`名${i} ${x}`).toString('base64')}?= <x${i}@example.org>` })));
		for (const [i, x] of groups.entries()) await w.sim.send(`1381111${String(1000 + i)}`, `短信${i} ${x}`);
		await until('all of it', async () => (await w.g.tickets()).length >= 1 + 2 * groups.length, 20000);

		// Comments: by the page of a mail's survey, and by the faces in the chat.
		const first = (await w.g.tickets('&channel=mail')).find((t) => t.peer === 'x0@example.org');
		await w.g.reply(first.number, `答复 ${half} ${rest}`);
		await w.g.step(first.number, 'close');
		const survey = await w.sink.received('x0@example.org', (m) => mailText(m.raw).includes('/rate/'));
		const rate = await w.page(await w.context(), w.g.url + /\/rate\/[^\s?]+/.exec(mailText(survey.raw))[0]);
		assert.ok((await rate.locator('.title').textContent()).includes(payloads[0]), 'shown as it was written');
		await rate.locator('input[value="4"]').check();
		await rate.locator('textarea').fill(half);
		await rate.locator('button').click();
		await rate.locator('.big').waitFor();
		const talk = await w.ticketWith('聊天里的');
		await w.g.reply(talk.number, `答复 ${half} ${rest}`);
		await w.g.step(talk.number, 'close');
		await faces(chat, 1, false, rest);
		await chat.reload();
		await chat.locator('.m.in .b', { hasText: 'onerror' }).first().waitFor();
		assert.ok((await chat.locator('.m.out .b').first().textContent()).includes(half));
		assert.deepEqual(await chat.locator('.b a').evaluateAll((all) => all.map((a) => new URL(a.href).protocol).filter((x) => !/^https?:$/.test(x))), []);

		const p = await w.page(await w.context().then(async (c) => { await w.session(c, 'boss'); return c; }), `${w.g.url}/console/in/all`);
		await row(p, '短信0').waitFor();
		const shown = new Set(), wanted = (await w.g.tickets()).map((t) => t.number);
		for (let n = 0; n < wanted.length; n++) {
			await p.keyboard.press('j');
			await p.keyboard.press('Enter');
			const number = await until(`the ticket after ${shown.size} of ${wanted.length}`, async () => { const at = new URL(p.url()).pathname.split('/').pop(); return /^\d+$/.test(at) && !shown.has(at) && at; });
			shown.add(number);
			await p.locator('xq-facts [data-t=number]', { hasText: number }).waitFor();
			await p.locator('.said').first().waitFor();
		}
		assert.deepEqual([...shown].sort(), [...wanted].sort(), 'every conversation was on the screen');
		for (const x of [payloads[0], payloads[2], payloads[10]]) {
			await p.goto(`${w.g.url}/console/in/all/${talk.number}`);
			await p.locator('.said', { hasText: x }).first().waitFor();
		}
		await p.locator('xq-facts', { hasText: '<svg/onload=' }).waitFor();
		await p.keyboard.press('Control+k');
		await p.locator('[data-t=palette] input').fill('短信');
		await p.locator('[data-t=palette] li', { hasText: '短信' }).first().waitFor();
		await p.keyboard.press('Escape');
		for (const page of ['wall', 'problems', 'aside']) { await p.goto(`${w.g.url}/console/${page}`); await live(p); }
		const phone = await w.phone('13811111002');
		await phone.locator('.note.mine', { hasText: 'onerror' }).waitFor();
		const home = await w.page(await w.context(), w.g.url);
		assert.match(await home.locator('h1').textContent(), /<b>示范<\/b>&12345/);
		for (const page of [chat, rate, p, phone, home]) {
			await harmless(page);
			assert.ok(await page.locator('body').isVisible(), 'no style came in');
			assert.equal(await page.locator('iframe, embed, object, math, .said img, .b img, base').count(), 0);
		}
	});

	test('reversed writing turns nothing around beside it', { timeout: 60000 }, async () => {
		await start();
		await w.sim.send('13811110041', '\u202E反过来的一件');
		await w.ticketWith('反过来');
		const p = await w.console('agent1', 'agent');
		await openTicket(p, '反过来');
		const forward = (el) => { const r = document.createRange(), x = (i) => { r.setStart(el.lastChild, i); r.setEnd(el.lastChild, i + 1); return r.getBoundingClientRect().left; };
			return x(el.lastChild.length - 4) < x(el.lastChild.length - 1); };
		for (const what of ['.ticket time', '.ticket .no', '.talk-head .no', '.said .by', '.event time']) await until(what, () => p.locator(what).first().evaluate(forward)); // a row may be drawn anew meanwhile
	});
});
