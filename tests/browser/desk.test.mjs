// The desk: views of the inbox, whose ticket it is, work that comes to people, and the end of a shift.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { NARROW, WIDE, World, accessible, answer, launch, openTicket, press, row, say, showFacts, until } from './lib.mjs';

let browser, w;
before(async () => { browser = await launch(); });
after(() => browser.close());
const start = async (of) => { w = await World.start(browser, { mail: false, ...of }); return w; };
afterEach(async () => { const was = w; w = null; await was?.end(); });

// As they stand on the screen: rows are moved, not put in order.
const titles = (p) => p.locator('.ticket').evaluateAll((all) => all.sort((a, b) => a.ariaPosInSet - b.ariaPosInSet).map((x) => x.querySelector('.name').textContent));
const write = async (n, words) => { await w.sim.send(n, words); return w.ticketWith(words); };
const view = async (p, name) => p.goto(`${w.g.url}/console/in/${name}`);
const duty = async (p, to) => { await press(p, p.locator('[data-t=duty]')); await press(p, p.locator(`[data-t=duty-${to}]`)); };

describe('views', () => {
	test('mine, unassigned, waiting for the citizen: each has its own, and a ticket moves between them as it is worked on', { timeout: 60000 }, async () => {
		await start();
		const [a, b] = [await write('13811120001', '甲：路灯不亮'), await write('13811120002', '乙：垃圾没清运')];
		const p = await w.console('agent1', 'agent', { path: 'in/unassigned' });
		await row(p, '乙').waitFor();
		assert.deepEqual(await titles(p), ['乙：垃圾没清运', '甲：路灯不亮']);
		assert.equal(await p.locator('[data-t=nav-unassigned] .n').textContent(), '2');
		await openTicket(p, '甲');
		await p.keyboard.press('m');
		await p.locator('[data-t=assignee]', { hasText: '您' }).waitFor();
		await p.locator('[data-t=nav-mine] .n', { hasText: '1' }).waitFor();
		await view(p, 'mine');
		await row(p, '甲').waitFor();
		assert.equal(await p.locator('.ticket').count(), 1);
		await w.g.reply(a.number, '今晚修好');
		await view(p, 'asked');
		await row(p, '甲').waitFor();
		assert.equal(await p.locator('.ticket').count(), 1);
		await view(p, 'waiting');
		await row(p, '乙').waitFor();
		assert.equal(await p.locator('.ticket').count(), 1);
		await w.sim.send('13811120001', '还是不亮');
		await row(p, '甲').waitFor();
		await w.g.reply(b.number, '已清运');
		await until('what is answered to leave by itself', async () => (await titles(p)).join() === '甲：路灯不亮');
	});

	test('numbers that were asked for before the feed told newer ones do not take their place', { timeout: 60000 }, async () => {
		await start();
		const context = await w.context();
		let go, first = true;
		const late = new Promise((resolve) => { go = resolve; });
		await context.route('**/console/api/counts', async (r) => {
			const response = await r.fetch();
			if (first) { first = false; await late; }
			await r.fulfill({ response });
		});
		const p = await w.console('agent1', 'agent', { context, path: 'in/unassigned' });
		await until('it to be asked', () => !first);
		await write('13811120007', '一件');
		const n = p.locator('[data-t=nav-unassigned] .n');
		await n.filter({ hasText: '1' }).waitFor();
		const answered = p.waitForResponse('**/console/api/counts');
		go();
		await (await answered).finished();
		await p.evaluate(() => new Promise((resolve) => { setTimeout(resolve, 300); }));
		assert.equal(await n.textContent(), '1');
	});

	test('a view with filters is kept for its owner and opens the same list elsewhere', { timeout: 60000 }, async () => {
		await start();
		await write('13811120003', '短信的一件');
		const p = await w.console('agent1', 'agent');
		await row(p, '短信的一件').waitFor();
		await p.locator('[data-t=filter-channel]').selectOption('sms');
		await p.locator('[data-t=save-view]').click();
		await p.locator('[data-t=view-name]').fill('短信在办');
		await p.keyboard.press('Enter');
		await p.locator('[data-t="saved-短信在办"]').waitFor();
		const other = await w.console('agent1', 'agent', { context: await w.context({ language: 'en' }) });
		await other.locator('[data-t="saved-短信在办"]').click();
		await until('the same list', async () => new URL(other.url()).search === '?channel=sms');
		assert.equal(await other.locator('[data-t=filter-channel]').inputValue(), 'sms');
		const stranger = await w.console('agent2', 'agent');
		assert.equal(await stranger.locator('[data-t="saved-短信在办"]').count(), 0);
		await p.keyboard.press('Control+k');
		await p.locator('[data-t=palette] input').fill('短信在');
		await p.locator('[data-t=palette] li', { hasText: '短信在办' }).waitFor();
		await p.keyboard.press('Escape');
		await p.locator('.saved-view').hover();
		await p.locator('.saved-view button').click();
		await p.locator('[data-t="saved-短信在办"]').waitFor({ state: 'detached' });
	});

	test('by deadline the server orders, and what changes waits to be asked for', { timeout: 60000 }, async () => {
		await start();
		const a = await write('13811120004', '先到的：停水两天了');
		await write('13811120005', '后到的：公园长椅坏了');
		await w.g.step(a.number, 'accept', { category: 'water-outage' }); // a day instead of five
		const p = await w.console('agent1', 'agent');
		await row(p, '后到的').waitFor();
		assert.deepEqual((await titles(p)).map((x) => x.slice(0, 3)), ['后到的', '先到的']);
		await p.locator('.choice button').last().click();
		await until('the order', async () => (await titles(p)).map((x) => x.slice(0, 3)).join() === '先到的,后到的');
		await write('13811120006', '第三件：路灯不亮');
		await p.locator('[data-t=fresh]').waitFor();
		assert.equal(await p.locator('.ticket').count(), 2);
		await p.locator('[data-t=fresh]').click();
		await until('three', async () => await p.locator('.ticket').count() === 3);
	});
});

describe('work that comes to people', () => {
	for (const size of [WIDE, NARROW])
		test(`at ${size.width}: on duty it comes, by load; handed on with a note; the shift ends and it goes on`, { timeout: 60000 }, async () => {
			await start();
			await w.hand('li', 'agent', { display: '李明' });
			await w.hand('wang', 'agent', { display: '王芳' });
			const li = await w.console('li', 'agent', { size, path: 'in/mine' });
			await duty(li, 'on');
			await li.locator('.pill.duty.on').waitFor();
			await write('13811120011', '给李明的第一件');
			await row(li, '给李明的第一件').waitFor();
			await until('it to be known as heard', () => li.evaluate(() => document.title.startsWith('(1)')));
			await accessible(w, li, `mine-${size.width}`);

			const wang = await w.console('wang', 'agent', { size, path: 'in/mine' });
			await duty(wang, 'on');
			await wang.locator('.pill.duty.on').waitFor();
			await press(wang, wang.locator('[data-t=duty]'));
			await write('13811120012', '给王芳的一件');
			await wang.locator('.pill.duty.on b', { hasText: '1/' }).waitFor();
			assert.ok(await wang.locator('[data-t=duty-away]').isVisible(), 'a menu that is open is not taken from under the finger');
			await press(wang, wang.locator('[data-t=duty]'));
			await row(wang, '给王芳的一件').waitFor();

			await openTicket(li, '给李明的第一件');
			await showFacts(li);
			await press(li, li.locator('[data-t=give]'));
			await li.locator('[data-t=assign] .person-row', { hasText: '王芳' }).waitFor();
			await accessible(w, li, `assign-${size.width}`);
			await press(li, li.locator('[data-t=assign] .person-row', { hasText: '王芳' }));
			await li.locator('[data-t=assign] textarea').fill('市民下午在家');
			await press(li, li.locator('[data-t=assign-go]'));
			await row(wang, '给李明的第一件').waitFor();
			await openTicket(wang, '给李明的第一件');
			await wang.locator('.event', { hasText: '市民下午在家' }).waitFor();
			assert.ok(!(await w.sim.texts('13811120011')).some((x) => x.includes('下午在家')), 'the citizen hears nothing of it');

			await wang.goto(`${w.g.url}/console/in/mine`);
			await row(wang, '给王芳的一件').waitFor();
			await w.hand('urban1', 'department', { department: 'urban', display: '城管小王' });
			await duty(wang, 'off');
			await wang.locator('[data-t=shift-end] .person-row', { hasText: '李明' }).waitFor();
			assert.equal(await wang.locator('[data-t=shift-end] .person-row', { hasText: '城管小王' }).count(), 0, 'a shift of the desk goes on at the desk');
			await accessible(w, wang, `shift-${size.width}`);
			await press(wang, wang.locator('[data-t=shift-end] .person-row', { hasText: '李明' }));
			await press(wang, wang.locator('[data-t=shift-end-go]'));
			await wang.locator('.pill.duty.off').waitFor();
			await until('all of it to be with li', async () => (await w.g.tickets('&open=1')).every((t) => t.assignee === 'li'));
		});

	test('an expert gets their own matter, and nobody gets more than they can carry', { timeout: 60000 }, async () => {
		await start();
		const p = await w.console('li', 'agent', { path: 'in/mine' });
		await duty(p, 'on');
		for (let i = 0; i < 10; i++) await w.sim.send(`1381112010${i}`, `第${i}件：路灯不亮`);
		await until('hands to be full', async () => (await w.g.tickets('&assignee=li&open=1')).length === 8);
		await w.sim.send('13811120110', '有人晕倒了，快叫救护车');
		await until('an emergency to come all the same', async () => (await w.g.tickets('&assignee=li&flag=emergency')).length === 1);
		assert.equal((await w.g.tickets('&unassigned=1')).length, 2);
		const [first] = await w.g.tickets('&assignee=li&open=1');
		await w.g.reply(first.number, '已处理');
		await w.g.step(first.number, 'close');
		await until('room to be filled', async () => (await w.g.tickets('&unassigned=1')).length <= 2);
	});
});

test('two citizens and two staff at once: everybody gets their own answers, in order, and each desk sees what the other does', { timeout: 90000 }, async () => {
	await start();
	const ask = { 甲: '甲：东门路灯不亮', 乙: '乙：垃圾没有清运' };
	const [one, two] = [await w.chat(), await w.chat({ language: 'en', size: NARROW })];
	const [li, wang] = [await w.console('li', 'agent'), await w.console('wang', 'agent', { language: 'en' })];
	await Promise.all([say(one, ask.甲), say(two, ask.乙)]);
	await Promise.all([openTicket(li, ask.甲), openTicket(wang, ask.乙)]);
	const desks = [[li, one, '甲'], [wang, two, '乙']];
	for (let round = 1; round <= 3; round++) {
		await Promise.all(desks.map(([p, , who]) => answer(p, `答${who}${round}`)));
		await Promise.all(desks.map(([, chat, who]) => say(chat, `问${who}${round}`)));
		await Promise.all(desks.map(([p, , who]) => p.locator('.said', { hasText: `问${who}${round}` }).waitFor()));
	}
	for (const [, chat, who] of desks) {
		await chat.locator('.m.in .b', { hasText: `答${who}3` }).waitFor();
		const heard = (await chat.locator('.m.in .b').allTextContents()).join('');
		assert.deepEqual(heard.match(/答.\d/g), [1, 2, 3].map((n) => `答${who}${n}`), 'each of their own, in order');
	}
	await openTicket(li, ask.乙);
	await wang.locator('.faces .face', { hasText: 'l' }).waitFor();
	assert.deepEqual((await li.locator('.said').allTextContents()).join('').match(/[问答]乙\d/g), [1, 2, 3].flatMap((n) => [`答乙${n}`, `问乙${n}`]));
	await wang.locator('[data-t=composer]').fill('正在写');
	await li.locator('.clash:not([hidden])', { hasText: 'wang' }).waitFor();
});

test('a button that is pressed while its ticket changes does what it says', { timeout: 60000 }, async () => {
	await start();
	await write('13811120011', '路灯不亮');
	const p = await w.console('agent1', 'agent');
	await openTicket(p, '路灯不亮');
	const at = await p.locator('button', { hasText: '认领' }).first().boundingBox();
	await p.mouse.move(at.x + at.width / 2, at.y + at.height / 2);
	await p.mouse.down();
	await w.sim.send('13811120011', '还有一盏也不亮');
	await p.waitForTimeout(1500); // for what must not be seen
	await p.mouse.up();
	await p.locator('[data-t=assignee]', { hasText: '您' }).waitFor();
	const words = p.locator('xq-conversation', { hasText: '还有一盏也不亮' });
	await words.waitFor();
	// Text that is being marked, or a scroll bar, holds up nothing.
	const text = await words.locator('.said .text', { hasText: '还有一盏也不亮' }).last().boundingBox();
	await p.mouse.move(text.x + 3, text.y + 3);
	await p.mouse.down();
	await w.sim.send('13811120011', '第三盏也不亮');
	await p.locator('xq-conversation', { hasText: '第三盏也不亮' }).waitFor();
	await p.mouse.up();
});

test('a supervisor hands on what an absent colleague has, and the one who gets it is told', { timeout: 60000 }, async () => {
	await start();
	await w.hand('wang', 'agent', { display: '王芳' });
	const { number } = await write('13811120031', '请尽快修路灯');
	const ill = await w.hand('li', 'agent', { display: '李明' });
	await ill.step(number, 'accept');
	const wang = await w.console('wang', 'agent', { path: 'in/mine' });
	const boss = await w.console('zhou', 'supervisor', { path: 'wall' });
	await press(boss, boss.locator('[data-t=hand-over-li]'));
	await press(boss, boss.locator('[data-t=shift-end] .person-row', { hasText: '王芳' }));
	await boss.locator('[data-t=shift-end] textarea').fill('李明请假');
	await accessible(w, boss, 'hand-over');
	await press(boss, boss.locator('[data-t=shift-end-go]'));
	await wang.locator('[data-t=toast]', { hasText: '有工单分派给您' }).waitFor();
	await row(wang, '请尽快修路灯').waitFor();
	await openTicket(wang, '请尽快修路灯');
	await wang.locator('.event', { hasText: '李明请假' }).waitFor();
});

test('a ticket that comes rings once, in one of several tabs, and not for what one takes oneself', { timeout: 60000 }, async () => {
	await start();
	const c = await w.context();
	await c.addInitScript(() => {
		window.rings = 0;
		const param = { setValueAtTime() {}, linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {} };
		window.AudioContext = class {
			currentTime = 0;
			resume() { window.rings++; }
			createGain() { return { gain: param, connect: (x) => x }; }
			createOscillator() { return { frequency: {}, connect: (x) => x, start() {}, stop() {} }; }
		};
	});
	const one = await w.console('li', 'agent', { context: c, path: 'in/mine' }), two = await w.console('li', 'agent', { context: c, path: 'in/mine' });
	await write('13811120031', '自己认领的一件');
	await one.goto(`${w.g.url}/console/in/unassigned`);
	await openTicket(one, '自己认领');
	await one.keyboard.press('m');
	await row(two, '自己认领的一件').waitFor();
	const rings = async () => await one.evaluate(() => window.rings) + await two.evaluate(() => window.rings);
	assert.equal(await rings(), 0);
	await duty(two, 'on');
	await write('13811120032', '分派来的一件');
	await row(two, '分派来的一件').waitFor();
	await until('one ring', async () => await rings() === 1);
	await two.locator('[data-t=menu]').click();
	await two.locator('.menu button', { hasText: '提醒设置' }).click();
	await two.locator('[data-t=notice-sound]').uncheck();
	await accessible(w, two, 'notices');
	await two.keyboard.press('Escape');
	await two.mouse.move(1100, 20); // not over the list: its rows would stay where they are
	await write('13811120033', '安静地来的一件');
	await row(two, '安静地来的一件').waitFor();
	assert.equal(await rings(), 1);
});

test('kill -9 of the gateway: who is on duty goes on taking work, and views and drafts are as they were', { timeout: 60000 }, async () => {
	await start();
	w.allow(/ERR_CONNECTION|WebSocket connection/);
	await write('13811120021', '断电前的一件');
	const p = await w.console('li', 'agent', { path: 'in/unassigned' });
	await openTicket(p, '断电前的一件');
	await p.locator('[data-t=composer]').fill('写到一半');
	await duty(p, 'on');
	await p.locator('.pill.duty.on').waitFor();
	await w.g.kill();
	await p.locator('.banner', { hasText: '与服务器的连接已断开' }).waitFor();
	await w.g.up();
	await p.locator('.pill.good').waitFor({ timeout: 30000 });
	await w.bound();
	await write('13811120022', '断电后的一件');
	await until('it to come by itself', async () => (await w.g.tickets('&assignee=li')).some((t) => t.title.includes('断电后')));
	assert.equal(await p.locator('[data-t=composer]').inputValue(), '写到一半');
	await p.locator('.pill.duty.on').waitFor();
});

describe('tickets put together and taken apart', () => {
	const mailed = (subject, words) => w.mail({ from: '张敏 <zhang.min@example.org>', envelope: 'zhang.min@example.org', subject, text: words });
	for (const size of [WIDE, NARROW])
		test(`at ${size.width}: two mails of one citizen are merged, undone from the toast, merged again and undone later`, { timeout: 60000 }, async () => {
			await start({ mail: true });
			await mailed('路灯不亮', '幸福里东门的路灯不亮。');
			const first = await w.ticketWith('东门的路灯不亮');
			await mailed('再说一次路灯', '东门路灯还是没人修。');
			const second = await w.ticketWith('没人修');
			assert.notEqual(first.number, second.number);
			const p = await w.console('agent1', 'agent', { size });
			await openTicket(p, '再说一次路灯');
			await showFacts(p);
			await p.locator('xq-history [data-t=past]', { hasText: '路灯不亮' }).waitFor();
			await accessible(w, p, `history-${size.width}`);
			const merge = async () => {
				const open = p.locator('[data-t=merge-open]');
				await until('the way to merge', async () => { /* on a phone the facts close when another ticket has come */
					if (!(await open.isVisible())) await showFacts(p);
					return press(p, open, { timeout: 2000 }).then(() => true, () => false);
				}, 20000);
				await p.locator('[data-t=merge] .person-row', { hasText: '路灯不亮' }).waitFor();
				await press(p, p.locator('[data-t=merge] .person-row', { hasText: '路灯不亮' }));
				await press(p, p.locator('[data-t=merge-go]'));
				await p.locator('.said', { hasText: '没人修' }).waitFor();
				await p.locator('.said', { hasText: '东门的路灯不亮' }).waitFor();
			};
			await merge();
			assert.equal((await w.g.ticket(second.number)).state, 'closed');
			assert.equal((await w.g.ticket(second.number)).merged_into, first.number);
			assert.equal((await w.g.ticket(second.number)).survey, null, 'nobody is asked to rate it');
			await press(p, p.locator('[data-t=toast-act]'));
			await until('it to be as it was', async () => { const t = await w.g.ticket(second.number); return t.state === 'new' && t.messages.some((m) => m.text.includes('没人修')); });
			assert.equal((await w.g.ticket(first.number)).messages.filter((m) => m.from === 'citizen').length, 1);
			await p.locator('.said', { hasText: '没人修' }).waitFor();
			await p.locator('.talk-head h2', { hasText: '再说一次路灯' }).waitFor(); /* going back to it closes the facts on a phone */
			await merge();
			await p.goto(`${w.g.url}/console/in/all/${second.number}`);
			await p.locator('[data-t=merged-go]').waitFor();
			await accessible(w, p, `merged-${size.width}`);
			// The citizen asks after the number that went: it stands for where it went.
			await press(p, p.locator('[data-t=unmerge]'));
			await p.locator('.said', { hasText: '没人修' }).waitFor();
			assert.match(w.g.run('audit', 'verify'), /\d/);
		});

	test('one talk about two matters becomes two tickets; each is answered by itself, and merging puts it back', { timeout: 60000 }, async () => {
		await start();
		await w.sim.send('13811130001', '人民路路灯不亮');
		await w.ticketWith('人民路路灯');
		await w.sim.send('13811130001', '还有一件事：小区停水了');
		const t = await w.ticketWith('小区停水');
		const p = await w.console('agent1', 'agent');
		await openTicket(p, '人民路路灯');
		await p.locator('[data-t=split-open]').click();
		await p.locator('[data-t=split-go]').click({ force: true });
		await p.locator('[data-t=toast]', { hasText: '至少选一条' }).waitFor();
		await p.locator('.said', { hasText: '小区停水了' }).locator('.tick input').check();
		await accessible(w, p, 'split');
		await p.locator('[data-t=split-go]').click();
		await p.locator('.talk-head h2', { hasText: '停水' }).waitFor();
		const all = await w.g.tickets();
		assert.equal(all.length, 2);
		const made = all.find((x) => x.number !== t.number);
		assert.deepEqual((await w.g.ticket(made.number)).messages.filter((m) => m.from === 'citizen').map((m) => m.text), ['还有一件事：小区停水了']);
		await w.g.reply(made.number, '抢修中，今晚恢复供水');
		await until('it on the handset', async () => (await w.sim.texts('13811130001')).some((x) => x.includes('今晚恢复供水')));
		await p.locator('[data-t=toast-act]').click();
		await p.locator('.said', { hasText: '人民路路灯不亮' }).waitFor();
		await p.locator('.said.out', { hasText: '今晚恢复供水' }).waitFor();
	});

	test('strangers are not merged; joined as one citizen they are, and their channels are seen together', { timeout: 60000 }, async () => {
		await start({ mail: true });
		await w.sim.send('13811130002', '短信里说的：井盖没了');
		const sms = await w.ticketWith('井盖没了');
		await mailed('邮件里说的', '井盖没了，附照片。');
		const mail = await w.ticketWith('附照片');
		const p = await w.console('agent1', 'agent');
		await openTicket(p, '短信里说的');
		await p.locator('[data-t=merge-open]').click();
		await p.locator('[data-t=merge-number]').fill(mail.number);
		w.allow(/409/);
		await p.locator('[data-t=merge-go]').click();
		await p.locator('[data-t=merge] .fault').waitFor();
		await p.keyboard.press('Escape');
		await p.locator('[data-t=join-open]').click();
		await p.locator('[data-t=join-number]').fill(mail.number);
		await p.locator('[data-t=join-go]').click();
		await p.locator('xq-history [data-t=past]', { hasText: '邮件里说的' }).waitFor();
		await p.locator('xq-history [data-t=past]').click();
		await p.locator('.talk-head h2', { hasText: '邮件里说的' }).waitFor();
		await p.locator('xq-history [data-t=past]', { hasText: '短信里说的' }).waitFor();
		assert.equal((await w.g.api('POST', `/api/v1/tickets/${mail.number}/merge`, { into: sms.number })).status, 200);
		await p.locator('[data-t=merged-go]').click();
		await p.locator('.said', { hasText: '附照片' }).waitFor();
		await p.locator('.said', { hasText: '短信里说的' }).waitFor();
	});
});

// What a rule refuses is said in the language of the page: the API's own words are for those who write programs.
for (const [size, language, says] of [[WIDE, 'zh-CN', ['不能并入自己', '没有这个编号', '不是同一位市民', '已经是同一位市民', '不是此渠道的地址', '登录名只能用', '至少 10 个字符', '至少 10 个字符', '不在允许的范围']],
	[NARROW, 'en', ['into itself', 'no ticket of this number', 'of two citizens', 'one citizen already', 'not an address', 'A login has', 'at least 10', 'at least 10', 'out of range']]])
	test(`at ${size.width}, ${language}: whoever is refused reads why`, { timeout: 90000 }, async () => {
		await start();
		w.allow(/409/, /422/);
		const [a, b] = [await write('13811120001', '甲：路灯不亮'), await write('13811120002', '乙：垃圾没清运')];
		const told = async (place, words) => {
			await place.locator('.fault, .wrong', { hasText: words }).first().waitFor();
			const text = await place.locator('.fault, .wrong', { hasText: words }).first().textContent();
			assert.doesNotMatch(text, language === 'en' ? /[一-鿿]|409|422/ : /[a-z]{3}|409|422/i);
		};
		const p = await w.console('root1', 'admin', { size, language });
		await openTicket(p, '甲');
		const dialog = async (name, number, words, meanwhile) => {
			await until('the facts', async () => {
				if (!(await p.locator(`[data-t=${name}-open]`).isVisible())) await showFacts(p);
				return press(p, p.locator(`[data-t=${name}-open]`), { timeout: 2000 }).then(() => true, () => false);
			}, 20000);
			await p.locator(`[data-t=${name}-number]`).fill(number);
			await meanwhile?.();
			await press(p, p.locator(`[data-t=${name}-go]`));
			await told(p.locator(`[data-t=${name}]`), words);
			await press(p, p.locator(`[data-t=${name}] button`, { hasText: /^(取消|Cancel)$/ }));
		};
		await dialog('merge', a.number, says[0]);
		await dialog('merge', '20200101100000011', says[1]);
		await dialog('merge', b.number, says[2]);
		const boss = await w.hand('boss', 'supervisor');
		await dialog('join', b.number, says[3], () => boss.desk('POST', `../../api/v1/tickets/${a.number}/citizen`, { other: b.number }));

		await p.goto(`${w.g.url}/console/admin/channels`);
		await p.locator('[data-t=test-to-sms]').fill('abc');
		await press(p, p.locator('[data-t=test-go-sms]'));
		await told(p.locator('[data-t=channel-sms]'), says[4]);

		await p.goto(`${w.g.url}/console/admin/people`);
		await press(p, p.locator('[data-t=staff-add]'));
		await p.locator('[data-t=staff-name]').fill('li si');
		await p.locator('[data-t=staff-password]').fill('long enough to be one');
		await press(p, p.locator('[data-t=staff-save]'));
		await told(p.locator('dialog'), says[5]);
		await p.locator('[data-t=staff-name]').fill('lisi');
		await p.locator('[data-t=staff-password]').fill('short');
		await press(p, p.locator('[data-t=staff-save]'));
		await told(p.locator('dialog'), says[6]);

		const me = await w.console('agent1', 'agent', { size, language, path: 'me' });
		await me.locator('[data-t=new-password]').fill('short');
		await me.locator('[data-t=new-password-again]').fill('short');
		await press(me, me.locator('[data-t=password-go]'));
		await told(me.locator('.me-cards'), says[7]);

		await boss.step(a.number, 'accept');
		await boss.step(a.number, 'dispatch', { department: 'urban' });
		const urban = await w.console('urban1', 'department', { size, language, department: 'urban' });
		await openTicket(urban, '甲');
		await press(urban, urban.locator('button[data-step=more]'));
		await press(urban, urban.locator('xq-step-panel [data-step=extend]'));
		await urban.locator('[name=days]').fill('80');
		await urban.locator('xq-step-panel [name=note]').fill('需采购灯具');
		await press(urban, urban.locator('[data-t=panel-go]'));
		await told(urban.locator('xq-step-panel'), says[8]);
	});

for (const [size, language, offline] of [[WIDE, 'zh-CN', '连不上服务器'], [NARROW, 'en', 'cannot be reached']])
	test(`at ${size.width}, ${language}: what fails says so`, { timeout: 60000 }, async () => {
		await start();
		w.allow(/ERR_FAILED/);
		const a = await write('13811120001', '甲：路灯不亮');
		const boss = await w.hand('boss', 'supervisor');
		await boss.desk('POST', 'views', { views: [{ name: '路灯', path: '/console/in/open?q=%E8%B7%AF%E7%81%AF' }] });
		await boss.step(a.number, 'accept');
		const p = await w.console('boss', 'supervisor', { size, language });
		const cut = async (what) => { await p.unrouteAll(); await p.route(what, (r) => r.abort()); };
		const told = () => p.locator('[data-t=toast]', { hasText: offline }).waitFor();
		await cut('**/console/api/views');
		if (size === NARROW) await press(p, p.locator('[data-t=nav-more]'));
		await press(p, p.locator('.saved-view button:visible'));
		await told();
		if (size === NARROW) await p.keyboard.press('Escape');
		await cut(/api\/v1\/tickets\?.*q=/);
		await press(p, p.locator('[data-t=seek]'));
		await p.locator('[data-t=palette] input').fill('没有这样的命令');
		await p.locator('[data-t=palette] .fault', { hasText: offline }).waitFor();
		await p.keyboard.press('Escape');
		await cut('**/steps');
		await openTicket(p, '甲');
		await p.locator('[data-t=toast]').waitFor({ state: 'detached' });
		await press(p, p.locator('button[data-step=handle]'));
		await told();
		await cut('**/console/api/sessions');
		await p.goto(`${w.g.url}/console/me`);
		await p.locator('.me-cards .fault', { hasText: offline }).waitFor();
		w.allow(/403/);
		await p.route('**/console/api/password', (r) => r.fulfill({ status: 403, contentType: 'application/problem+json', body: '{"code":"again"}' })); // a login of long ago
		await p.route('**/console/api/login', (r) => r.abort());
		await p.locator('[data-t=new-password]').fill('long enough to be one');
		await p.locator('[data-t=new-password-again]').fill('long enough to be one');
		await press(p, p.locator('[data-t=password-go]'));
		await p.locator('[data-t=prove-password]').fill('whatever it is');
		await press(p, p.locator('[data-t=prove-go]'));
		await p.locator('[data-t=prove] .fault', { hasText: offline }).waitFor(); // not that the password is wrong
		await p.keyboard.press('Escape');
		await p.unrouteAll();
		await press(p, p.locator('.me-cards .fault button'));
		await p.locator('.me-cards', { hasText: language === 'en' ? 'Logged in 2 times' : '当前共有 2 处登录' }).waitFor();
	});

test('with the keyboard alone one comes to the note, and back to the answer', { timeout: 60000 }, async () => {
	await start();
	await write('13811120001', '甲：路灯不亮');
	const p = await w.console('agent1', 'agent');
	await openTicket(p, '甲');
	const composer = p.locator('[data-t=composer]');
	await composer.fill('您好');
	await p.locator('[data-t=tab-reply]').focus();
	await p.keyboard.press('ArrowRight');
	assert.equal(await p.evaluate(() => document.activeElement.dataset.t), 'tab-note');
	assert.equal(await composer.getAttribute('aria-label'), '备注内容');
	assert.equal(await composer.inputValue(), '');
	await p.keyboard.press('ArrowRight');
	assert.equal(await p.evaluate(() => document.activeElement.dataset.t), 'tab-reply');
	assert.equal(await composer.inputValue(), '您好');
});

test('a title that is read from the right is cut at its end', { timeout: 60000 }, async () => {
	await start();
	await write('13811120001', 'كوچا چىراغلىرى ئۈچ كۈندىن بېرى يانمايدۇ، كەچتە مېڭىش خەتەرلىك، تېز رېمونت قىلىپ بېرىڭ');
	const p = await w.console('agent1', 'agent');
	await press(p, p.locator('.ticket'));
	await p.locator('.talk-head h2').waitFor();
	for (const title of [p.locator('.ticket .name'), p.locator('.talk-head h2')])
		await until('it to be read from the right', () => title.evaluate((el) => getComputedStyle(el).direction === 'rtl'));
});
