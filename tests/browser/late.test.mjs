// A slow line at the console: an answer that comes late finds somebody elsewhere, and takes nothing from what they do there.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { NARROW, WIDE, World, back, delay, drawn, hold, launch, look, openTicket, press, refuse, row, toast, until } from './lib.mjs';

let browser, w;
before(async () => { browser = await launch(); });
after(() => browser.close());
const start = async (of) => { w = await World.start(browser, { mail: false, ...of }); return w; };
afterEach(async () => { const was = w; w = null; await was?.end(); });

// What is one's own already does not come to one as news.
const own = async (...tickets) => {
	const hand = await w.hand('agent1', 'agent');
	for (const { number } of tickets) await hand.desk('POST', `../../api/v1/tickets/${number}/assign`, { to: 'me' });
};
const composer = (p) => p.locator('[data-t=composer]');
const send = (p) => press(p, p.locator('[data-t=composer-send]'));
const heading = (p) => p.locator('.talk-head h2').textContent();
const to = async (p, title) => { await back(p); await openTicket(p, title); await p.locator('.talk-head h2', { hasText: title }).waitFor(); };

for (const [size, language] of [[WIDE, 'zh-CN'], [NARROW, 'en']]) {
	test(`${language}, at ${size.width}: whoever has gone on to another ticket stays there, and writes to its citizen`, { timeout: 90000 }, async () => {
		await start();
		const [a, b] = [await w.write('13811120001', '甲：路灯不亮'), await w.write('13811120002', '乙：垃圾没清运')];
		await own(a, b);
		const p = await w.console('agent1', 'agent', { path: 'in/open', size, language });
		await to(p, '甲');
		const replies = await hold(p, '**/replies');
		await composer(p).fill('给甲的答复');
		await send(p);
		await replies.come();
		await to(p, '乙');
		await press(p, p.locator('button[data-step=accept]'));
		await p.locator('xq-step-panel [name=note]').fill('乙的备注');
		await composer(p).fill('给乙写的');
		await replies.go();
		await toast(p, /^(已发送|Sent)/).waitFor();
		assert.equal(await heading(p), '乙：垃圾没清运');
		assert.equal(await composer(p).inputValue(), '给乙写的');
		assert.match(await p.locator('.write .to').textContent(), /13811120002/);
		assert.equal(await p.locator('xq-step-panel [name=note]').inputValue(), '乙的备注');

		const steps = await hold(p, '**/steps');
		await p.locator('xq-step-panel [name=note]').fill('');
		await press(p, p.locator('[data-t=panel-go]'));
		await steps.come();
		await to(p, '甲');
		await press(p, p.locator('button[data-step=close]'));
		await p.locator('xq-step-panel [name=note]').fill('甲的备注');
		await steps.go();
		await toast(p, /已完成|done/).waitFor();
		assert.equal(await heading(p), '甲：路灯不亮');
		assert.equal(await p.locator('xq-step-panel [name=note]').inputValue(), '甲的备注');
		assert.equal((await w.g.ticket(b.number)).state, 'accepted');

		await p.unrouteAll();
		await p.locator('xq-step-panel [name=note]').fill('');
		await to(p, '乙');
		assert.equal(await composer(p).inputValue(), '给乙写的');
		await send(p);
		await until('both to be answered', async () => (await w.g.ticket(b.number)).messages.some((m) => m.text.includes('给乙写的')));
		assert.ok((await w.g.ticket(a.number)).messages.every((m) => !m.text.includes('给乙写的')));
	});

	test(`${language}, at ${size.width}: what was refused meanwhile is said where one is by then, and leads back to its words`, { timeout: 90000 }, async () => {
		await start();
		w.allow(/503/, /409/);
		await w.write('13811120001', '甲：路灯不亮');
		await w.write('13811120002', '乙：垃圾没清运');
		const p = await w.console('agent1', 'agent', { path: 'in/open', size, language });
		for (const why of [refuse(503), refuse(409, { code: 'newer' })]) {
			await to(p, '甲');
			const replies = await hold(p, '**/replies');
			await composer(p).fill('给甲的答复');
			await send(p);
			await replies.come();
			await to(p, '乙');
			await replies.go(why);
			await toast(p, /答复没有发出，已存为草稿|was not sent and is a draft/).waitFor();
			assert.equal(await heading(p), '乙：垃圾没清运');
			await look(p, `late-refused-${size.width}`);
			await p.unrouteAll();
			await press(p, p.locator('[data-t=toast-act]'));
			await p.locator('.talk-head h2', { hasText: '甲' }).waitFor();
			assert.equal(await composer(p).inputValue(), '给甲的答复');
		}
		const steps = await hold(p, '**/steps');
		await press(p, p.locator('button[data-step=accept]'));
		await press(p, p.locator('[data-t=panel-go]'));
		await steps.come();
		await to(p, '乙');
		await steps.go(refuse(503));
		await toast(p, /受理没有成功|Accept of .* did not succeed/).waitFor();
		await press(p, p.locator('[data-t=toast-act]'));
		await p.locator('.talk-head h2', { hasText: '甲' }).waitFor();
	});
}

test('a note that was not saved is said in its own tab and saved from there: what was begun to the citizen meanwhile stays here', { timeout: 60000 }, async () => {
	await start();
	w.allow(/503/, /409/);
	const a = await w.write('13811120001', '甲：路灯不亮');
	await own(a);
	const p = await w.console('agent1', 'agent', { path: 'in/open' }), tab = (mode) => press(p, p.locator(`[data-t=tab-${mode}]`));
	await to(p, '甲');
	const steps = await hold(p, '**/steps');
	await tab('note');
	await composer(p).fill('此人多次来电');
	await send(p);
	await steps.come();
	await tab('reply');
	await composer(p).fill('您好，您反映的');
	await steps.go(refuse(503));
	await toast(p, '备注没有保存').waitFor();
	assert.equal(await p.locator('xq-composer .fault').count(), 0);
	await look(p, 'late-note-1440');
	await p.unrouteAll();
	await p.locator('[data-t=toast-act]').click();
	assert.equal(await composer(p).inputValue(), '此人多次来电');
	await send(p);
	await toast(p, '备注已保存').waitFor();
	await tab('reply');
	assert.equal(await composer(p).inputValue(), '您好，您反映的');

	await p.route('**/replies', refuse(409, { code: 'newer' }));
	await send(p);
	const newer = p.locator('.clash', { hasText: '有新消息' });
	await newer.waitFor();
	await tab('note');
	assert.equal(await newer.count() && await newer.isVisible(), false);
	assert.ok(!(await w.g.ticket(a.number)).messages.some((m) => m.text.includes('您反映的')));
});

test('a reply on its way is not sent again by whoever comes back to it, nor one that had arrived when its answer was lost', { timeout: 60000 }, async () => {
	await start();
	w.allow(/ERR_FAILED/);
	const [a, b] = [await w.write('13811120001', '甲：路灯不亮'), await w.write('13811120002', '乙：垃圾没清运')];
	await own(a, b);
	const p = await w.console('agent1', 'agent', { path: 'in/open' });
	const said = async (words) => (await w.g.ticket(a.number)).messages.filter((m) => m.text.includes(words)).length;
	await to(p, '甲');
	const replies = await hold(p, '**/replies');
	await composer(p).fill('已派人');
	await send(p);
	await replies.come();
	await to(p, '乙');
	await to(p, '甲');
	assert.match(await p.locator('[data-t=composer-send]').textContent(), /发送中/);
	await look(p, 'late-sending-1440');
	await send(p);
	await drawn(p);
	assert.equal(replies.n, 1);
	await replies.go();
	await toast(p, '已发送').waitFor();
	assert.equal(await composer(p).inputValue(), '');
	assert.match(await p.locator('[data-t=composer-send]').textContent(), /^发送Ctrl/);

	await composer(p).fill('维修已完成');
	await send(p);
	await replies.come(2);
	await to(p, '乙');
	await replies.go(async (r) => {
		await r.fetch();
		await r.abort();
	});
	await p.unrouteAll();
	await p.locator('[data-t=toast-act]').click();
	await p.locator('.talk-head h2', { hasText: '甲' }).waitFor();
	await send(p);
	await toast(p, '已发送').waitFor();
	assert.deepEqual([await said('已派人'), await said('维修已完成')], [1, 1]);
});

test('what the feed tells while a list or a ticket is on its way is not taken away by an answer that is older', { timeout: 60000 }, async () => {
	await start();
	const a = await w.write('13811120001', '甲：路灯不亮');
	await own(a);
	const p = await w.console('agent1', 'agent', { path: 'in/open' });
	await row(p, '甲').waitFor();
	for (const [i, ask] of [() => p.keyboard.press('f'), () => p.locator('[data-t=nav-all]').click()].entries()) {
		const lists = await delay(p, /api\/v1\/tickets\?/), news = `丙${i}：小区停水`;
		await ask();
		await lists.come();
		await w.write(`1381112001${i}`, news);
		await row(p, news).waitFor();
		await lists.go();
		await row(p, '甲').waitFor();
		await drawn(p);
		assert.equal(await row(p, news).count(), 1, news);
		await p.unrouteAll();
	}

	await to(p, '甲');
	const whole = await delay(p, `**/tickets/${a.number}`), more = p.locator('.said', { hasText: '又坏了一盏' });
	await press(p, p.locator('button[data-step=accept]'));
	await press(p, p.locator('[data-t=panel-go]'));
	await whole.come();
	await w.sim.send('13811120001', '路灯又坏了一盏');
	await more.waitFor();
	await whole.go(1);
	await toast(p, '已完成').waitFor();
	await drawn(p);
	assert.equal(await more.count(), 1);
	await whole.come(2);
	await whole.go();
	await p.locator('.talk-head .chip', { hasText: /^受理$/ }).waitFor();
	assert.equal(await more.count(), 1);
});

test('an article that was submitted stays away from the list one has gone back to, and a reason is kept when the article was changed meanwhile', { timeout: 90000 }, async () => {
	await start();
	w.allow(/409/);
	const boss = await w.hand('boss', 'supervisor'), writer = await w.hand('writer1', 'agent');
	const begin = async (who, title) => (await who.desk('POST', '../../api/v1/articles', { title, body: '第一稿' })).json.id;
	const step = (who, id, name, note) => who.desk('POST', `../../api/v1/articles/${id}/steps`, { step: name, ...(note ? { note } : {}) });
	const [a, b] = [await begin(boss, '社保卡补办'), await begin(writer, '乙文')];
	await step(writer, b, 'submit');
	const p = await w.console('boss', 'supervisor', { path: `knowledge/${a}` });
	const steps = await hold(p, '**/steps'), rows = p.locator('.sheet tbody tr');
	await p.locator('[data-t=article-submit]').click();
	await steps.come();
	await p.locator('xq-knowledge header a').first().click();
	await rows.nth(1).waitFor();
	await steps.go();
	await toast(p, '已完成').waitFor();
	assert.deepEqual([await rows.count(), await p.locator('xq-knowledge .bones').count()], [2, 0]);
	await p.unrouteAll();

	await p.locator('.sheet a', { hasText: '乙文' }).click();
	await p.locator('[data-t=article-send-back]').click();
	await p.locator('xq-knowledge textarea[name=note]').fill('请补上办理地点');
	await step(boss, b, 'send-back', '再改');
	await step(writer, b, 'submit');
	await p.locator('xq-knowledge form.panel button[type=submit]').click();
	await p.locator('.fault', { hasText: '已被别人修改' }).waitFor();
	await until('the reason to be there again', async () => await p.locator('xq-knowledge textarea[name=note]').count()
		&& await p.locator('xq-knowledge textarea[name=note]').inputValue() === '请补上办理地点');
	await look(p, 'late-article-1440');
	await p.locator('xq-knowledge form.panel button[type=submit]').click();
	await toast(p, '已完成').waitFor();
	await p.locator('xq-knowledge', { hasText: '请补上办理地点' }).waitFor();
});

test('a list stands in the order that was asked for last', { timeout: 60000 }, async () => {
	await start();
	const a = await w.write('13811120004', '先到的：停水两天了');
	await w.write('13811120005', '后到的：公园长椅坏了');
	await w.g.step(a.number, 'accept', { category: 'water-outage' }); // a day instead of five
	const p = await w.console('agent1', 'agent', { path: 'in/open' });
	await row(p, '后到的').waitFor();
	const byDue = await hold(p, /tickets\?.*order=due/);
	await p.locator('.choice button').last().click();
	await byDue.come();
	const again = p.waitForResponse((r) => /api\/v1\/tickets\?/.test(r.url()));
	await p.locator('.choice button').first().click();
	await again;
	const late = p.waitForResponse((r) => /order=due/.test(r.url()));
	await byDue.go();
	await (await late).finished();
	await drawn(p);
	assert.deepEqual(await p.locator('.ticket').evaluateAll((all) => all.sort((x, y) => x.ariaPosInSet - y.ariaPosInSet)
		.map((x) => x.querySelector('.name').textContent.slice(0, 3))), ['后到的', '先到的']);
});

test('what is typed into the search stays with its view, and a docket shows no other one\'s rows while it is read, nor when it cannot be', { timeout: 60000 }, async () => {
	await start();
	w.allow(/ERR_FAILED/);
	const a = await w.write('13811120001', '甲：路灯不亮');
	const boss = await w.hand('boss', 'supervisor');
	await boss.step(a.number, 'accept');
	await boss.step(a.number, 'dispatch', { department: 'housing' });
	const housing = await w.hand('housing1', 'department', { department: 'housing' });
	await housing.step(a.number, 'return', { reason: 'duty', basis: '条例', note: '不归我们' });
	const p = await w.console('boss', 'supervisor', { path: 'in/open' });
	await row(p, '甲').waitFor();
	// Within one turn of the page, as a quick hand does it; the page's own clock then goes on past the search's pause.
	await p.evaluate(() => {
		const field = document.querySelector('[data-t=search]');
		field.value = '路灯';
		field.dispatchEvent(new Event('input', { bubbles: true }));
		document.querySelector('[data-t=nav-unassigned]').click();
		return new Promise((done) => setTimeout(done, 300));
	});
	assert.equal(new URL(p.url()).search, '');
	assert.equal(await p.locator('[data-t=search]').inputValue(), '');

	await p.goto(`${w.g.url}/console/docket/return`);
	await p.locator('[data-t=docket-row]').waitFor();
	const extensions = await hold(p, '**/docket/extension*');
	await p.locator('[data-t=area-extension]').click();
	await extensions.come();
	await drawn(p);
	assert.equal(await p.locator('[data-t=docket-row]').count(), 0);
	await look(p, 'late-docket-1440');
	await extensions.go((r) => r.abort());
	await p.locator('.fault').waitFor();
	assert.equal(await p.locator('[data-t=docket-row]').count(), 0);
});
