// A shift at the console: what hands and eyes run into when they work there for hours.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { NARROW, WIDE, World, hold, launch, look, openTicket, press, refuse, row, say, showFacts, toast, until } from './lib.mjs';

let browser, w;
before(async () => { browser = await launch(); });
after(() => browser.close());
afterEach(async () => { const was = w; w = null; await was?.end(); });
const start = async (of) => { w = await World.start(browser, { mail: false, ...of }); return w; };

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');
const TALL = { contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="900"/>' };
const left = (p) => p.locator('[data-t=talk]').evaluate((x) => x.scrollHeight - x.scrollTop - x.clientHeight);
const focused = (p) => p.evaluate(() => document.activeElement.dataset.t ?? document.activeElement.tagName);

for (const [size, language] of [[WIDE, 'zh-CN'], [NARROW, 'en']])
	test(`${language}, at ${size.width}: pictures that come late leave the newest words in sight, and Escape closes what lies over them`, { timeout: 90000 }, async () => {
		await start();
		const chat = await w.chat();
		await say(chat, '路灯不亮，照片见下');
		const { number } = await w.ticketWith('路灯不亮');
		for (const words of ['第一张', '第二张', '第三张']) {
			const { json } = await w.g.upload(number, `${words}.png`, PNG);
			await w.g.api('POST', `/api/v1/tickets/${number}/replies`, { text: words, files: [{ file: json.file, name: json.name }] });
		}
		await say(chat, '还要等多久');
		await w.ticketWith('还要等多久');
		const p = await w.console('agent1', 'agent', { size, language, path: 'in/open' });
		const files = await hold(p, '**/api/v1/files/*', 'GET');
		await openTicket(p, '路灯不亮');
		await files.come();
		await p.waitForTimeout(300);
		await files.go((r) => r.fulfill(TALL));
		await p.waitForFunction(() => [...document.querySelectorAll('.said img')].some((x) => x.complete && x.naturalHeight > 800));
		await until('the end to be in sight', async () => { await files.go((r) => r.fulfill(TALL)); return await left(p) < 60; });
		await p.waitForTimeout(500);
		assert.ok(await left(p) < 60, 'and it stays there');
		await p.locator('[data-t=talk]').evaluate((x) => { x.scrollTop = 0; });
		await p.waitForTimeout(300);
		assert.ok(await left(p) > 600, 'whoever reads above is left there');
		await look(p, `shift-pictures-${size.width}`);

		if (size === NARROW) {
			await showFacts(p);
			await p.keyboard.press('Escape');
			await p.locator('xq-facts.shown').waitFor({ state: 'detached' });
		}
	});

const SUGGESTED = { nature: [], category: [], examples: 9, department: [{ value: 'urban', share: 0.9, words: [] }, { value: 'housing', share: 0.5, words: [] }] };

test('by keyboard: "/" opens the list, words typed while a step is on its way stay, Escape closes, and who has it is not offered again', { timeout: 90000 }, async () => {
	await start();
	w.allow(/503/);
	const { number } = await w.write('13811130002', '路灯不亮三天了');
	await w.write('13811130003', '别的一件');
	const p = await w.console('agent1', 'agent', { path: 'in/open' });
	await p.route('**/suggestions', (r) => r.fulfill({ json: SUGGESTED }));
	await openTicket(p, '路灯不亮');
	const field = p.locator('[data-t=composer]');
	const steps = await hold(p, '**/steps');
	await p.keyboard.press('c');
	await p.locator('xq-step-panel form').waitFor();
	await p.keyboard.press('Control+Enter');
	await steps.come();
	await p.keyboard.press('r');
	await p.keyboard.type('您好，正在核实');
	await steps.go(refuse(503));
	await p.locator('xq-step-panel .fault').waitFor();
	assert.deepEqual([await field.inputValue(), await focused(p)], ['您好，正在核实', 'composer']);
	await p.locator('[data-t=panel-go]').click();
	await steps.come(2);
	await steps.go();
	await p.locator('xq-step-panel form').waitFor({ state: 'detached' });
	assert.equal(await field.inputValue(), '您好，正在核实');
	await p.unroute('**/steps');

	await field.fill('');
	await field.press('/');
	await p.locator('[data-t=canned]').waitFor();
	await p.keyboard.press('Escape');
	await p.keyboard.type('/1');
	assert.equal(await field.inputValue(), '/1');
	await field.fill('');

	await p.locator('.step-bar [data-step=more]').click();
	const offered = () => p.locator('xq-step-panel [data-step]').evaluateAll((all) => all.map((x) => x.dataset.step).join());
	const before = await offered();
	await p.locator('[data-t=suggest-department]').first().waitFor();
	assert.equal(await p.locator('[data-t=suggest-department]').count(), 2);
	await w.g.step(number, 'dispatch', { department: 'urban' });
	await until('what is legal by then', async () => await offered() !== before);
	await p.locator('xq-step-panel [data-step]').first().focus();
	await p.keyboard.press('Escape');
	await p.locator('xq-step-panel section').waitFor({ state: 'detached' });
	await until('one to be offered', async () => await p.locator('[data-t=suggest-department]').count() === 1);
	await p.keyboard.press('t');
	await p.locator('xq-step-panel form').waitFor();
	assert.equal(await p.locator('xq-step-panel [name=department]').inputValue(), 'urban');
	await p.locator('xq-step-panel [name=category]').selectOption('street-light');
	const told = (await w.sim.texts('13811130002')).length;
	await p.keyboard.press('Control+Enter');
	await p.locator('xq-step-panel form').waitFor({ state: 'detached' });
	await until('the category', async () => (await w.g.ticket(number)).category === 'street-light');
	assert.equal((await w.g.ticket(number)).messages.filter((m) => /市城市管理局/.test(m.text)).length, 1);
	assert.equal((await w.sim.texts('13811130002')).length, told);

	const tickets = `**/api/v1/tickets/${number}`;
	await p.keyboard.press('u');
	await p.route(tickets, refuse(503));
	await row(p, '路灯不亮').click();
	await p.locator('xq-conversation .fault').waitFor();
	await p.unroute(tickets);
	await w.sim.send('13811130003', '还在吗');
	await p.locator('xq-conversation .said', { hasText: '路灯不亮' }).first().waitFor();
});

for (const [size, language, words] of [[WIDE, 'zh-CN', /工单已转出/], [NARROW, 'en', /no longer with you/]])
	test(`${language}, at ${size.width}: whoever has returned a ticket is told so once and is back at the list`, { timeout: 60000 }, async () => {
		await start();
		w.allow(/404/);
		const { number } = await w.write('13811130004', '小区路灯不亮');
		await w.g.step(number, 'accept');
		await w.g.step(number, 'dispatch', { department: 'urban' });
		const p = await w.console('urban1', 'department', { department: 'urban', size, language });
		await openTicket(p, '小区路灯');
		await press(p, p.locator('.step-bar [data-step=return]'));
		await p.locator('xq-step-panel [name=reason]').selectOption('duty');
		await p.locator('xq-step-panel [name=basis]').fill('城市照明管理规定第五条');
		await p.locator('xq-step-panel [name=note]').fill('属物业管护');
		await press(p, p.locator('[data-t=panel-go]'));
		await toast(p, words).waitFor();
		await look(p, `shift-returned-${size.width}`);
		await until('the list', async () => /\/in\/open$/.test(new URL(p.url()).pathname));
		assert.equal(await p.locator('xq-conversation .fault').count(), 0);
	});

for (const language of ['zh-CN', 'en'])
	test(`${language}: in large letters on a phone the chat's buttons stand in one line, and Escape ends the form for a number`, { timeout: 60000 }, async () => {
		await start({ settings: { phone_channel: 'sms' } });
		const chat = await w.chat({ size: { width: 390, height: 844 }, language });
		await press(chat, chat.locator('header .tool').first());
		await chat.locator('.root.big').waitFor();
		const [one, two] = [await chat.locator('header .tool').nth(0).boundingBox(), await chat.locator('header .tool').nth(1).boundingBox()];
		assert.equal(one.y, two.y);
		assert.ok(await chat.locator('header').evaluate((x) => x.scrollWidth <= x.clientWidth), 'nothing is cut off');
		await look(chat, `shift-large-${language}`);
		await press(chat, chat.locator('.quick > .chip').nth(1));
		await chat.locator('form.phone input').press('Escape');
		await chat.locator('form.phone').waitFor({ state: 'hidden' });
		assert.equal(await chat.evaluate(() => document.querySelector('xq-chat').shadowRoot.activeElement.id), 'field');
	});

test('a row that is taken from a table leaves the keys at the next one, and rows are counted as rows', { timeout: 60000 }, async () => {
	await start();
	const p = await w.console('root1', 'admin', { path: 'admin/canned' });
	await p.locator('.edit-tools', { hasText: /\d+ 行/ }).waitFor();
	const next = await p.locator('.grid tbody tr').nth(1).locator('[data-col=code]').inputValue();
	await p.locator('.grid tbody tr').first().locator('.icon-button').press('Enter');
	assert.equal(await p.evaluate(() => document.activeElement.closest('tr')?.querySelector('[data-col=code]').value), next);
});

for (const [size, language] of [[WIDE, 'zh-CN'], [NARROW, 'en']])
	test(`${language}, at ${size.width}: people are called by their names, in the list, in what was done, in what waits`, { timeout: 60000 }, async () => {
		await start();
		const zhang = await w.hand('3001', 'agent', { display: '张敏' }), liu = await w.hand('4001', 'department', { department: 'urban', display: '刘伟' });
		const { number } = await w.write('13811130005', '井盖松了');
		await zhang.step(number, 'accept');
		const p = await w.console('boss', 'supervisor', { size, language, path: 'in/open' });
		await row(p, '井盖松了').locator('.whose', { hasText: '张敏' }).waitFor();
		await zhang.step(number, 'dispatch', { department: 'urban' });
		await liu.step(number, 'return', { reason: 'duty', basis: '城市道路管理条例', note: '属住建' });
		await openTicket(p, '井盖松了');
		await p.locator('.event[data-step=accept] b', { hasText: /^张敏$/ }).waitFor();
		await p.locator('.event[data-step=return] b', { hasText: /^刘伟$/ }).waitFor();
		await showFacts(p);
		await p.locator('[data-t=assignee]', { hasText: /^张敏$/ }).waitFor();
		await p.locator('[data-t=docket-open]', { hasText: '刘伟' }).waitFor();
		await look(p, `shift-names-${size.width}`);
		await p.goto(`${w.g.url}/console/docket/return`);
		await p.locator('[data-t=docket-row]', { hasText: '刘伟' }).waitFor();
		if (size === NARROW)
			return;
		await p.goto(`${w.g.url}/console/in/open`);
		await row(p, '井盖松了').waitFor();
		const wang = await w.hand('3002', 'agent', { display: '王芳' });
		const other = await w.write('13811130006', '树倒了');
		await row(p, '树倒了').waitFor();
		await wang.step(other.number, 'accept');
		await row(p, '树倒了').locator('.whose', { hasText: '王芳' }).waitFor(); // the feed tells the login alone
	});
