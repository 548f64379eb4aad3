// A reply can be taken back while it waits, and what is being written follows its writer to another machine.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { NARROW, WIDE, World, accessible, back, launch, openTicket, press, say, shot, shots, until } from './lib.mjs';

let browser, w;
before(async () => { browser = await launch(); });
after(() => browser.close());
afterEach(async () => { const was = w; w = null; await was?.end(); });

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAX+XDSwAAAABJRU5ErkJggg==', 'base64');
const composer = (p) => p.locator('[data-t=composer]');
const written = (p, words) => until(`the field to hold ${words}`, async () => await composer(p).inputValue() === words);
const send = (p) => press(p, p.locator('[data-t=composer-send]'));
const look = async (p, name) => { await accessible(w, p, name); if (shots) await shot(p, name); };

for (const [size, language, theme] of [[WIDE, 'zh-CN', 'dark'], [NARROW, 'en', 'light']])
	test(`at ${size.width}, ${language}: written on one machine, finished on the other, taken back, and sent`, { timeout: 90000 }, async () => {
		w = await World.start(browser, { mail: false, settings: { undo_seconds: 60 } });
		const chat = await w.chat();
		await say(chat, '东门的路灯不亮了');
		await w.ticketWith('东门的路灯');
		const p = await w.console('agent1', 'agent', { size, language, theme });
		await openTicket(p, '东门的路灯');
		await composer(p).fill('您好，已派人');
		const two = await w.console('agent1', 'agent', { size, language, theme });
		await openTicket(two, '东门的路灯');
		await written(two, '您好，已派人');
		await composer(two).fill('您好，已派人检修，今晚恢复。');
		await p.locator('[data-t=talk]').focus(); // what is typed into is left alone
		await written(p, '您好，已派人检修，今晚恢复。');

		await p.locator('[data-t=attach-input]').setInputFiles({ name: '现场.png', mimeType: 'image/png', buffer: PNG });
		await p.locator('[data-t=attached] progress').waitFor({ state: 'detached' });
		await send(p);
		await p.locator('[data-t=held]', { hasText: '现场.png' }).waitFor();
		await p.locator('[data-t=attached]').waitFor({ state: 'detached' });
		await two.locator('[data-t=held]', { hasText: '今晚恢复' }).waitFor();
		await written(two, '');
		await look(p, `held-${size.width}`);
		if (size === WIDE) {
			await p.locator('[data-t=talk]').focus();
			await p.keyboard.press('z');
		} else {
			await press(p, p.locator('[data-t=held-undo]'));
		}
		await written(p, '您好，已派人检修，今晚恢复。');
		await p.locator('[data-t=attached]', { hasText: '现场.png' }).waitFor();
		await two.locator('[data-t=held]').waitFor({ state: 'detached' });
		assert.equal(await p.locator('.said.out', { hasText: '今晚恢复' }).count(), 0);
		await send(p);
		await press(p, p.locator('[data-t=held-send]'));
		await chat.locator('.m.in .b', { hasText: '今晚恢复' }).waitFor();
		await chat.locator('.m.in img').waitFor();
		await until('one bubble', async () => await p.locator('.said.out', { hasText: '今晚恢复' }).count() === 1);
		await written(p, '');

		// Two machines without each other: neither text is lost.
		if (size === NARROW)
			return;
		w.allow(/ERR_INTERNET_DISCONNECTED/, /WebSocket/, /409/);
		await two.context().setOffline(true);
		await composer(two).fill('离线写的一句');
		await composer(p).fill('在线写的一句');
		await until('the server to have it', async () => (await (await p.request.get(`${w.g.url}/console/api/drafts`)).json()).items.some((d) => d.text === '在线写的一句'));
		await two.context().setOffline(false);
		await composer(two).press('End');
		await composer(two).pressSequentially('。');
		await two.locator('[data-t=other-draft]').waitFor();
		await look(two, `other-draft-${size.width}`);
		assert.equal(await composer(two).inputValue(), '离线写的一句。');
		await press(two, two.locator('[data-t=draft-theirs]'));
		await written(two, '在线写的一句');
	});

test('where the clock is set back, nobody types for an hour, and what goes out in seconds says so', { timeout: 60000 }, async () => {
	w = await World.start(browser, { mail: false, settings: { undo_seconds: 60 } });
	const chat = await w.chat();
	await say(chat, '东门的路灯不亮了');
	await w.ticketWith('东门的路灯');
	const p = await w.console('agent1', 'agent');
	await openTicket(p, '东门的路灯');
	await composer(p).fill('您好，已派人');
	await send(p);
	await p.locator('[data-t=held-left]').waitFor();
	await until('the citizen to be seen typing', async () => {
		await chat.locator('#field').pressSequentially('还有'); // said every few seconds only
		return p.locator('.typing').isVisible();
	});
	await p.evaluate(() => { const now = Date.now; Date.now = () => now() - 3600000; });
	await p.locator('.typing').waitFor({ state: 'hidden', timeout: 12000 });
	assert.ok(Number(/\d+/.exec(await p.locator('[data-t=held-left]').textContent())[0]) <= 60);
});

const leave = async (p) => {
	await back(p);
	await press(p, p.locator('[data-t=menu]'));
	await press(p, p.locator('.menu [role=menuitem]').last());
};
const left = (p) => p.evaluate(() => Object.keys(localStorage).filter((k) => k.startsWith('xq.draft.')));

for (const [size, language, unsaved] of [[WIDE, 'zh-CN', /1 件工单的草稿没能存到服务器/], [NARROW, 'en', /Drafts on 1 of your tickets could not be saved/]])
	describe(`at ${size.width}, ${language}`, () => test('who logs out finds what they were writing again, and leaves none of it on this machine', { timeout: 90000 }, async () => {
		w = await World.start(browser, { mail: false });
		for (const words of ['东门的路灯不亮了', '西门的井盖没了']) {
			await say(await w.chat(), words);
			await w.ticketWith(words);
		}
		const p = await w.login('agent1', 'agent', { size, language });
		const hand = await w.hand('agent1', 'agent');
		const kept = async () => (await hand.desk('GET', 'drafts')).json.items.map((d) => d.text);
		await openTicket(p, '东门的路灯');
		await composer(p).fill('张先生您好，您的电话');
		await back(p);
		await openTicket(p, '西门的井盖'); // sooner than it is saved by itself
		await leave(p);
		await p.locator('[data-t=login-name]').waitFor();
		assert.deepEqual(await kept(), ['张先生您好，您的电话']);
		assert.deepEqual(await left(p), []);

		await w.session(p.context(), 'agent1');
		await p.reload();
		await openTicket(p, '东门的路灯');
		await written(p, '张先生您好，您的电话');
		await composer(p).fill('张先生您好，您的电话已记下');
		await until('the server to have it', async () => (await kept())[0] === '张先生您好，您的电话已记下');
		await leave(p); // with the field on the page that goes
		await p.locator('[data-t=login-name]').waitFor();
		assert.deepEqual(await left(p), []);

		await w.session(p.context(), 'agent1');
		await p.reload();
		w.allow(/ERR_FAILED/);
		await p.route('**/draft', (r) => r.abort());
		await openTicket(p, '西门的井盖');
		await composer(p).fill('井盖今天换好');
		await leave(p);
		await p.locator('[data-t=confirm]', { hasText: unsaved }).waitFor();
		await look(p, `leave-draft-${size.width}`);
		await press(p, p.locator('[data-t=confirm] button').first());
		await openTicket(p, '西门的井盖');
		await written(p, '井盖今天换好');
		assert.equal((await left(p)).length > 0, true, 'it stays until its writer lets it go');
		await leave(p);
		await press(p, p.locator('[data-t=confirm-go]'));
		await p.locator('[data-t=login-name]').waitFor();
		assert.deepEqual(await left(p), []);
	}));

for (const [language, says] of [['zh-CN', '不归您办理'], ['en', 'not with your department']])
	test(`${language}: why a reply that waited came back is said in its writer's language`, { timeout: 60000 }, async () => {
		w = await World.start(browser, { mail: false, settings: { undo_seconds: 5 } });
		const boss = await w.hand('boss', 'supervisor');
		await w.sim.send('13811120001', '甲：路灯不亮');
		const { number } = await w.ticketWith('甲');
		await boss.step(number, 'accept');
		await boss.step(number, 'dispatch', { department: 'urban' });
		const p = await w.console('urban1', 'department', { department: 'urban', language });
		w.allow(/404/);
		await openTicket(p, '甲');
		await composer(p).fill('已修好');
		await send(p);
		await p.locator('[data-t=held]').waitFor();
		assert.equal((await boss.step(number, 'dispatch', { department: 'housing' })).status, 200);
		await p.locator('[data-t=toast]', { hasText: says }).waitFor();
	});

test('an answer that was sent from one machine is no draft on the other, which slept meanwhile; nor are its files', { timeout: 90000 }, async () => {
	w = await World.start(browser, { mail: false });
	const chat = await w.chat();
	await say(chat, '东门的路灯不亮了');
	const { number } = await w.ticketWith('东门的路灯');
	const one = await w.console('agent1', 'agent'), three = await w.console('agent1', 'agent');
	let two = await w.console('agent1', 'agent');
	for (const p of [one, two, three]) await openTicket(p, '东门的路灯');
	await one.locator('[data-t=attach-input]').setInputFiles({ name: '现场.png', mimeType: 'image/png', buffer: PNG });
	await one.locator('[data-t=attached] progress').waitFor({ state: 'detached' });
	await composer(one).fill('已派人检修，今晚恢复');
	for (const p of [two, three]) {
		await written(p, '已派人检修，今晚恢复');
		await p.locator('[data-t=attached]', { hasText: '现场.png' }).waitFor();
	}
	await two.close(); // it sleeps
	await send(one);
	await until('it to be sent', async () => (await w.g.ticket(number)).messages.some((m) => m.text.includes('今晚恢复')));
	await written(three, '');
	await three.locator('[data-t=attached]').waitFor({ state: 'detached' });
	two = await w.console('agent1', 'agent', { context: two.context(), path: `in/all/${number}` });
	await two.locator('xq-conversation .said.out', { hasText: '今晚恢复' }).waitFor();
	await written(two, '');
	await two.locator('[data-t=attached]').waitFor({ state: 'detached' });
});

test('one\'s own words that come back before they are answered for are nobody else\'s', { timeout: 60000 }, async () => {
	w = await World.start(browser, { mail: false });
	await say(await w.chat(), '东门的路灯不亮了');
	await w.ticketWith('东门的路灯');
	const p = await w.console('agent1', 'agent');
	const hand = await w.hand('agent1', 'agent');
	await openTicket(p, '东门的路灯');
	const posts = [];
	await p.route('**/draft', (r) => posts.push(r));
	const told = p.evaluate(() => new Promise((done) => { // the feed's word of it
		const was = JSON.parse;
		JSON.parse = (text) => { const frame = was(text); if (/"draft"/.test(text) && /您好/.test(text)) setTimeout(done, 100); return frame; };
	}));
	await composer(p).fill('您好');
	await until('it to be saved', () => posts.length > 0);
	await composer(p).pressSequentially('，已派人检修');
	const [first] = posts, response = await first.fetch(); // the server has it, and its answer is late
	await told;
	await first.fulfill({ response });
	await until('the rest to be saved', () => posts.length > 1);
	await posts[1].continue();
	await p.unroute('**/draft');
	await until('the rest to be kept', async () => (await hand.desk('GET', 'drafts')).json.items.some((d) => d.text === '您好，已派人检修'));
	assert.equal(await p.locator('[data-t=other-draft]:visible').count(), 0);
	assert.equal(await composer(p).inputValue(), '您好，已派人检修');
});
