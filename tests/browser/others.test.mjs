// What others do meanwhile: another administrator, a login in another tab, another machine, a busy server.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { NARROW, WIDE, World, back, drawn, faces, hold, launch, live, openTicket, press, refuse, row, say, toast, until } from './lib.mjs';

let browser, w;
before(async () => { browser = await launch(); });
after(() => browser.close());
const start = async (of) => { w = await World.start(browser, { mail: false, ...of }); return w; };
afterEach(async () => { const was = w; w = null; await was?.end(); });

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAX+XDSwAAAABJRU5ErkJggg==', 'base64');
const picture = (name) => ({ name, mimeType: 'image/png', buffer: PNG });
const composer = (p) => p.locator('[data-t=composer]');
const send = (p) => press(p, p.locator('[data-t=composer-send]'));
const attach = async (p, ...names) => {
	await p.locator('[data-t=attach-input]').setInputFiles(names.map(picture));
	await p.locator('[data-t=attached] progress').waitFor({ state: 'detached' });
};
const files = (p) => p.locator('[data-t=attached] .name').allTextContents();
const asked = (p) => p.locator('[data-t=confirm]');
const leave = async (p) => {
	await press(p, p.locator('[data-t=menu]'));
	await press(p, p.locator('.menu [role=menuitem]').last());
};
const busy = refuse(503, { title: 'Busy: try again soon' });

test('an account that a colleague disabled stays so, whatever one unlocks and saves', { timeout: 60000 }, async () => {
	await start();
	w.allow(/409/, /401/);
	w.staff('leaver', 'agent');
	for (let i = 0; i < 5; i++)
		await fetch(`${w.g.url}/console/api/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'leaver', password: 'wrong' }) });
	const p = await w.console('root1', 'admin', { path: 'admin/people' }), other = await w.hand('root2', 'admin');
	await p.locator('[data-t=staff-leaver]').click();
	await p.locator('[data-t=staff-capacity]').fill('9');
	assert.equal((await other.desk('POST', 'staff', { name: 'leaver', disabled: true })).status, 200);
	await p.locator('dialog button', { hasText: '解除锁定' }).click();
	await p.locator('dialog .fault', { hasText: '修改' }).waitFor();
	assert.deepEqual([await p.locator('[data-t=staff-capacity]').inputValue(), await p.locator('[data-t=staff-disabled]').isChecked()], ['9', true]);
	await p.locator('dialog button', { hasText: '解除锁定' }).click();
	await toast(p, '已保存').waitFor();
	await p.locator('[data-t=staff-save]').click();
	await p.locator('dialog').waitFor({ state: 'detached' });
	const { capacity, disabled, tried } = (await other.desk('GET', 'staff')).json.items.find((s) => s.name === 'leaver');
	assert.deepEqual([capacity, disabled, tried], [9, true, false]);
});

test('who has logged in in another tab works on in this one and logs out of it; another person\'s login ends it', { timeout: 60000 }, async () => {
	await start();
	w.allow(/403/, /401/, /closed before the connection is established/);
	await w.write('13811120001', '甲：路灯不亮');
	const p = await w.console('agent1', 'agent', { path: 'in/open' });
	await openTicket(p, '甲');
	await w.session(p.context(), 'agent1');
	await p.locator('button[data-step=accept]').click();
	await p.locator('[data-t=panel-go]').click();
	await toast(p, /已完成/).waitFor();
	await w.session(p.context(), 'agent1');
	await leave(p);
	await p.locator('[data-t=login-name]').waitFor();

	await w.session(p.context(), 'agent1');
	await p.reload();
	await live(p);
	await openTicket(p, '甲');
	await composer(p).fill('坐席一写的');
	w.staff('agent2', 'agent');
	await w.session(p.context(), 'agent2');
	const anew = p.waitForEvent('load');
	await send(p);
	await anew;
	await live(p);
	await p.locator('[data-t=menu] .face[aria-label=agent2]').waitFor();
	assert.ok((await w.ticketWith('甲')).messages.every((m) => m.text !== '坐席一写的'));
});

for (const [size, language, words] of [[WIDE, 'zh-CN', /服务器没有接受/], [NARROW, 'en', /the server refused/]])
	test(`${language}: a refusal to log out is not called silence`, { timeout: 60000 }, async () => {
		await start();
		w.allow(/403/);
		const p = await w.console('agent1', 'agent', { size, language });
		await p.route('**/console/api/logout', refuse(403));
		await leave(p);
		await asked(p).filter({ hasText: words }).waitFor();
	});

test('a file that is chosen while an answer is being sent goes with the next one', { timeout: 60000 }, async () => {
	await start();
	const chat = await w.chat();
	await say(chat, '东门的路灯不亮了');
	const { number } = await w.ticketWith('东门的路灯');
	const p = await w.console('agent1', 'agent');
	await openTicket(p, '东门的路灯');
	await attach(p, '一.png');
	await composer(p).fill('第一份');
	const replies = await hold(p, '**/replies', 'POST');
	await send(p);
	await replies.come();
	await attach(p, '二.png');
	await replies.go();
	await p.locator('.said.out', { hasText: '第一份' }).waitFor();
	await p.locator('[data-t=attached]', { hasText: '一.png' }).waitFor({ state: 'detached' });
	assert.deepEqual(await files(p), ['二.png']);
	await p.unrouteAll();
	await composer(p).fill('第二份');
	await send(p);
	await until('it to be sent with its file', async () => {
		const m = (await w.g.ticket(number)).messages.find((x) => x.text.includes('第二份'));
		return m && (m.attachments ?? m.files)?.some((f) => f.name === '二.png');
	});
});

test('an answer that is given back comes with its files, on the page that sent it too, and with those chosen since', { timeout: 60000 }, async () => {
	await start({ settings: { undo_seconds: 5 } });
	w.allow(/404/, /ERR_FAILED/);
	const boss = await w.hand('boss', 'supervisor'), chat = await w.chat();
	await say(chat, '东门的路灯不亮了');
	const { number } = await w.ticketWith('东门的路灯');
	await boss.step(number, 'accept');
	await boss.step(number, 'dispatch', { department: 'urban' });
	const p = await w.console('urban1', 'department', { department: 'urban' });
	await openTicket(p, '东门的路灯');
	await attach(p, '现场.png');
	await composer(p).fill('已修好');
	await send(p);
	await p.locator('[data-t=held]').waitFor();
	await p.locator('[data-t=attached]').waitFor({ state: 'detached' });
	await p.route('**/draft', (r) => r.abort()); // of what is chosen now the server does not know
	await attach(p, '完工.png');
	await boss.step(number, 'dispatch', { department: 'housing' });
	await toast(p, '不归您办理').waitFor();
	await boss.step(number, 'dispatch', { department: 'urban' });
	await p.locator('[data-t=nav-all]').click();
	await openTicket(p, '东门的路灯');
	await p.locator('[data-t=attached]', { hasText: '现场.png' }).waitFor();
	assert.deepEqual([await composer(p).inputValue(), await files(p)], ['已修好', ['现场.png', '完工.png']]);
});

test('an answer that is taken back does not drive out the file that was chosen since, nor bring back one that was dropped', { timeout: 60000 }, async () => {
	await start({ settings: { undo_seconds: 60 } });
	await say(await w.chat(), '东门的路灯不亮了');
	await w.ticketWith('东门的路灯');
	const p = await w.console('agent1', 'agent');
	const kept = async () => (await (await p.request.get(`${w.g.url}/console/api/drafts`)).json()).items.filter((x) => x.mode === 'files')
		.flatMap((x) => JSON.parse(x.text).map((f) => f.name));
	await openTicket(p, '东门的路灯');
	await attach(p, '一.png');
	await composer(p).fill('第一份');
	await until('the server to have it', async () => (await kept()).length === 1);
	await send(p);
	await p.locator('[data-t=held]').waitFor();
	await p.locator('[data-t=attached]').waitFor({ state: 'detached' });
	await attach(p, '二.png');
	await press(p, p.locator('[data-t=held-undo]'));
	await p.locator('[data-t=attached]', { hasText: '一.png' }).waitFor();
	assert.deepEqual(await files(p), ['一.png', '二.png']);
	await until('the server to have both', async () => (await kept()).length === 2);
	await press(p, p.locator('[data-t=attached]', { hasText: '一.png' }).locator('button'));
	await attach(p, '三.png');
	await until('the server to have the change', async () => (await kept()).join() === '二.png,三.png');
	assert.deepEqual(await files(p), ['二.png', '三.png']);
});

// The server takes it, and nobody hears of that.
const lost = async (r) => {
	await r.fetch();
	await r.abort();
};

test('a text whose answer was lost goes out when it is sent again after it was taken back, or meant once more', { timeout: 60000 }, async () => {
	await start({ settings: { undo_seconds: 60 } });
	w.allow(/ERR_FAILED/);
	const { number } = await w.write('13811120001', '甲：路灯不亮');
	const p = await w.console('agent1', 'agent', { path: 'in/open' });
	const failed = p.locator('xq-composer .fault'), held = p.locator('[data-t=held]');
	const waits = () => p.evaluate(async (n) => (await (await fetch(`/api/v1/tickets/${n}`)).json()).held.map((x) => x.text), number);
	await openTicket(p, '甲');
	await composer(p).fill('已派人检修');
	await p.route('**/replies', lost);
	await send(p);
	await failed.waitFor();
	await p.unroute('**/replies');
	await press(p, p.locator('[data-t=held-undo]'));
	await held.waitFor({ state: 'detached' });
	await until('it to be back', async () => await composer(p).inputValue() === '已派人检修');
	await send(p);
	await until('it to wait', async () => (await composer(p).inputValue()) === '');
	assert.deepEqual(await waits(), ['已派人检修']);

	for (const [i, later] of [() => composer(p).fill(''), () => p.evaluate(() => { const now = Date.now; Date.now = () => now() + 125000; })].entries()) {
		await composer(p).fill('请稍等');
		await p.route('**/replies', lost);
		await send(p);
		await failed.waitFor();
		await p.unroute('**/replies');
		await later();
		await composer(p).fill('请稍等');
		await send(p);
		await until('it to wait', async () => (await composer(p).inputValue()) === '');
		assert.equal((await waits()).filter((x) => x === '请稍等').length, 2 * (i + 1));
	}
});

for (const [size, language, words, flat] of [[WIDE, 'zh-CN', /可能已经成功，请先查看再重试/, /没有成功/], [NARROW, 'en', /may have worked/, /did not (work|succeed)/]])
	test(`${language}, at ${size.width}: what may be done though its answer is an error is not called undone, and comes back only to whoever asks for it`, { timeout: 60000 }, async () => {
		await start();
		w.allow(/50[0234]/);
		await w.write('13811120001', '甲：路灯不亮');
		await w.write('13811120002', '乙：垃圾没清运');
		const p = await w.console('boss', 'supervisor', { path: 'in/open', size, language });
		const to = async (title) => {
			await back(p);
			await openTicket(p, title);
			await p.locator('.talk-head h2', { hasText: title }).waitFor();
		};
		const wrong = p.locator('xq-step-panel .fault'), note = p.locator('xq-step-panel [name=note]'), go = () => press(p, p.locator('[data-t=panel-go]'));
		await to('甲');
		await press(p, p.locator('button[data-step=accept]'));
		for (const status of [500, 502, 504]) {
			await p.route('**/steps', refuse(status));
			await go();
			await wrong.filter({ hasText: words }).waitFor();
			assert.doesNotMatch(await wrong.textContent(), flat);
			await p.unroute('**/steps');
		}
		const steps = await hold(p, '**/steps');
		await note.fill('先前写的');
		await go();
		await steps.come();
		await to('乙');
		await steps.go(refuse(502));
		await toast(p, words).waitFor();
		assert.doesNotMatch(await toast(p, words).textContent(), flat);
		await to('甲');
		await press(p, p.locator('button[data-step=accept]'));
		assert.equal(await note.inputValue(), '');
	});

test('Escape in a dialog\'s search ends the search, not what was written beside it', { timeout: 60000 }, async () => {
	await start();
	for (let i = 1; i <= 8; i++) w.staff(`colleague${i}`, 'agent');
	await w.write('13811120001', '甲：路灯不亮');
	const p = await w.console('agent1', 'agent', { path: 'in/open' });
	await openTicket(p, '甲');
	await p.keyboard.press('a');
	const dialog = p.locator('[data-t=assign]'), find = dialog.locator('input[type=search]');
	await find.fill('colleague3');
	await dialog.locator('textarea').fill('请跟进');
	await find.focus();
	await p.keyboard.press('Escape');
	await until('all to be shown', async () => await dialog.locator('.people .person-row:visible').count() >= 8);
	assert.deepEqual([await find.inputValue(), await dialog.locator('textarea').inputValue()], ['', '请跟进']);
	await p.keyboard.press('Escape');
	await dialog.waitFor({ state: 'detached' });
});

for (const [language, words] of [['zh-CN', '系统正忙'], ['en', 'Busy at the moment']])
	test(`${language}: a busy server is said in its reader's words; and of a ticket one has left, which`, { timeout: 60000 }, async () => {
		await start();
		w.allow(/503/);
		const a = await w.write('13811120001', '甲：路灯不亮');
		await w.write('13811120002', '乙：垃圾没清运');
		const p = await w.console('agent1', 'agent', { path: 'in/open', language });
		await openTicket(p, '甲');
		await p.route('**/steps', busy);
		await p.locator('button[data-step=accept]').click();
		await p.locator('[data-t=panel-go]').click();
		await p.locator('xq-step-panel .fault', { hasText: words }).waitFor();
		assert.equal(await p.locator('xq-step-panel .fault', { hasText: 'Busy: try' }).count(), 0);
		await p.locator('button[data-step=accept]').click();
		const taking = await hold(p, '**/assign', 'POST');
		await p.locator('[data-t=talk]').focus();
		await p.keyboard.press('m');
		await taking.come();
		await row(p, '乙').click();
		await p.locator('.talk-head h2', { hasText: '乙' }).waitFor();
		await taking.go(busy);
		await toast(p, `-${Number(a.number.slice(10, 16))}`).filter({ hasText: words }).waitFor();
		await p.locator('[data-t=toast-act]').click();
		await p.locator('.talk-head h2', { hasText: '甲' }).waitFor();
	});

test('a draft that merely was not listed is no sent one', { timeout: 60000 }, async () => {
	await start();
	await w.write('13811120001', '甲：路灯不亮');
	const p = await w.console('agent1', 'agent', { path: 'in/open' });
	await openTicket(p, '甲');
	await composer(p).fill('您好，已派人');
	await until('the server to have it', async () => (await (await p.request.get(`${w.g.url}/console/api/drafts`)).json()).items.length === 1);
	for (const [whole, stays] of [[false, '您好，已派人'], [true, '']]) {
		await p.route('**/console/api/drafts', (r) => r.fulfill({ contentType: 'application/json', body: JSON.stringify({ items: [], whole }) }));
		await p.reload();
		await live(p);
		await drawn(p);
		await until(`it to be ${stays || 'gone'}`, async () => await composer(p).count() && await composer(p).inputValue() === stays);
		await p.unrouteAll();
	}
	assert.equal((await (await p.request.get(`${w.g.url}/console/api/drafts`)).json()).whole, true);
});

test('Back while a changed text is about to be left asks no second time', { timeout: 60000 }, async () => {
	await start();
	const p = await w.console('root1', 'admin', { path: 'admin/people' });
	await p.locator('[data-t=area-templates]').click();
	const area = p.locator('[data-t=template]');
	await until('its text', async () => await area.count() && (await area.inputValue()).length > 0);
	await area.fill('写了一半');
	await p.locator('.event-list button[aria-pressed=false]').first().click();
	await asked(p).waitFor();
	await p.evaluate(() => new Promise((done) => { addEventListener('popstate', () => done(), { once: true }); history.back(); }));
	await drawn(p);
	assert.equal(await asked(p).count(), 1);
	await press(p, asked(p).locator('button').first());
	assert.equal(await area.inputValue(), '写了一半');
});

for (const [size, language, read] of [[WIDE, 'zh-CN', '已读'], [NARROW, 'en', 'Seen']])
	test(`${language}, at ${size.width}: a citizen sees that staff have the words before them, and is told it once of each`, { timeout: 60000 }, async () => {
		await start();
		const chat = await w.chat({ size, language });
		const told = [];
		chat.on('websocket', (line) => line.on('framereceived', ({ payload }) => {
			const frame = JSON.parse(payload);
			if (frame.type === 'seen') told.push(frame.seq);
		}));
		await chat.reload();
		await say(chat, '东门的路灯不亮了');
		await w.ticketWith('东门的路灯');
		const p = await w.console('agent1', 'agent');
		await row(p, '东门的路灯').waitFor();
		const states = () => chat.locator('.meta .state').allTextContents();
		assert.deepEqual([told, (await states()).some((s) => s.includes(read))], [[], false]);
		await openTicket(p, '东门的路灯');
		await until('it to be read', async () => (await states()).some((s) => s.includes(read)));
		await say(chat, '西门的也不亮');
		await p.locator('.said', { hasText: '西门的' }).first().waitFor();
		await until('that to be read', async () => (await states()).at(-1).includes(read));
		const two = await w.console('agent2', 'agent');
		await openTicket(two, '东门的路灯');
		await p.locator('.faces .face').waitFor();
		assert.deepEqual([told.length, told[1] > told[0]], [2, true]);
	});

test('who has a later matter open has not read the earlier one', { timeout: 60000 }, async () => {
	await start();
	const chat = await w.chat(), agent = await w.hand('agent2', 'agent');
	await say(chat, '东门的路灯不亮了');
	const { number } = await w.ticketWith('东门的路灯');
	await agent.reply(number, '已经派人去修了。');
	await agent.step(number, 'close');
	await faces(chat, 5, true, '');
	await say(chat, '西门井盖丢了，很危险');
	const later = await until('another ticket', () => w.ticketWith('西门井盖'));
	assert.notEqual(later.number, number);
	const p = await w.console('agent1', 'agent', { path: 'in/open' });
	await openTicket(p, '西门井盖');
	const read = (words) => chat.locator('li.m.out', { hasText: words }).locator('.state', { hasText: '已读' }).count();
	await until('that to be read', () => read('西门井盖'));
	assert.equal(await read('东门的路灯'), 0);
	await p.goto(`${w.g.url}/console/in/closed`);
	await openTicket(p, '东门的路灯');
	await until('the earlier one to be read as well', () => read('东门的路灯'));
});
