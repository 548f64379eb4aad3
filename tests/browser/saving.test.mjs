// Saving on a slow line: a second click is none, nobody is in conflict with themselves, and what is typed meanwhile is kept.
import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { NARROW, WIDE, World, back, drawn, hold, launch, look, openTicket, press, refuse, showFacts, toast, until } from './lib.mjs';
import { root, tempDir } from '../scenario/lib/gateway.mjs';

let browser, w, dir;
before(async () => { browser = await launch(); });
after(() => browser.close());
// The tables and templates of these gateways are copies: they are written to.
const start = async () => {
	dir = tempDir();
	cpSync(join(root, 'config'), join(dir, 'config'), { recursive: true });
	cpSync(join(root, 'templates'), join(dir, 'templates'), { recursive: true });
	w = await World.start(browser, { mail: false, settings: { tables: join(dir, 'config'), templates: join(dir, 'templates') } });
};
afterEach(async () => { const was = w; w = null; await was?.end(); });
const file = (name) => readFileSync(join(dir, name), 'utf8');
const saved = (p) => toast(p, /已保存|[Ss]aved/).waitFor();
// Two clicks on one place, and what the page does of them is done.
async function twice(p, button) {
	if (p.viewportSize().width < 600) {
		await button.tap();
		await button.tap();
	} else {
		await button.dblclick();
	}
	await drawn(p);
}
const leaves = async (p) => {
	await p.evaluate(() => history.back());
	await p.locator('[data-t=confirm]').waitFor();
	await press(p, p.locator('[data-t=confirm] button').first());
	await p.locator('[data-t=confirm]').waitFor({ state: 'detached' });
};

for (const [size, language] of [[WIDE, 'zh-CN'], [NARROW, 'en']]) {
	test(`${language}, at ${size.width}: a table and a text are saved once, and what is typed meanwhile is saved next`, { timeout: 90000 }, async () => {
		await start();
		const p = await w.console('root1', 'admin', { path: 'admin/people', size, language });
		const save = p.locator('[data-t=edit-save]');
		for (const [area, field, path, name] of [['canned', '.grid tbody tr:first-child [data-col=zh]', '**/console/api/tables', 'config/canned.csv'],
			['templates', '[data-t=template]', '**/console/api/templates', '']]) {
			await p.locator(`[data-t=area-${area}]`).evaluate((x) => x.click());
			const place = p.locator(field);
			await until('its text', async () => await place.count() && (await place.inputValue()).length > 0);
			const was = await place.inputValue(), posts = await hold(p, path, 'POST');
			await place.fill(`${was}。`);
			await twice(p, save);
			await posts.come();
			assert.deepEqual([await save.textContent(), await save.getAttribute('aria-busy')], [language === 'en' ? 'Saving…' : '正在保存…', 'true'], area);
			await place.fill(`${was}。又写的`);
			await posts.go();
			await saved(p);
			assert.equal(posts.n, 1, area);
			assert.equal(await place.inputValue(), `${was}。又写的`);
			await save.waitFor();
			await look(p, `saving-${area}-${size.width}`);
			await leaves(p);
			await press(p, save);
			await posts.come(2);
			await posts.go();
			await save.waitFor({ state: 'hidden' });
			assert.equal(await p.locator('.fault').count(), 0);
			if (name) assert.match(file(name), /。又写的/);
			await p.unrouteAll();
			await p.locator('[data-t=toast]').waitFor({ state: 'detached' });
		}
	});

	test(`${language}, at ${size.width}: an article is written once, and on while it is being saved`, { timeout: 90000 }, async () => {
		await start();
		const p = await w.console('boss', 'supervisor', { path: 'knowledge', size, language });
		const boss = await w.hand('boss', 'supervisor'), all = async () => (await boss.get('articles')).json.items;
		const save = p.locator('[data-t=article-save]'), body = p.locator('[data-t=article-body]');
		await press(p, p.locator('[data-t=knowledge-new]'));
		await p.locator('[data-t=article-title]').fill('社保卡补办');
		await body.fill('第一稿');
		const posts = await hold(p, /api\/v1\/articles(\/\d+\/steps)?$/, 'POST');
		await twice(p, save);
		await posts.come();
		await body.fill('第一稿，又写的');
		await posts.go();
		await saved(p);
		assert.equal(posts.n, 1);
		assert.equal(await body.inputValue(), '第一稿，又写的');
		await leaves(p);
		await press(p, save);
		await posts.come(2);
		await posts.go();
		await p.locator('[data-t=article-edit]').waitFor();
		assert.deepEqual((await all()).map((a) => a.title), ['社保卡补办']);

		await press(p, p.locator('[data-t=article-edit]'));
		await body.fill('第二稿');
		await twice(p, save);
		await posts.come(3);
		await posts.go();
		await p.locator('[data-t=article-edit]').waitFor();
		assert.equal(posts.n, 3);
		assert.equal(await p.locator('.article-body').first().textContent(), '第二稿');
		assert.equal(await p.locator('.fault').count(), 0);
	});

	test(`${language}, at ${size.width}: an account is saved once, and changed again at once`, { timeout: 90000 }, async () => {
		await start();
		w.staff('leaver', 'agent');
		const p = await w.console('root1', 'admin', { path: 'admin/people', size, language });
		const edit = p.locator('[data-t=staff-leaver]'), save = p.locator('[data-t=staff-save]');
		const capacity = p.locator('[data-t=staff-capacity]'), display = p.locator('[data-t=staff-display]');
		const posts = await hold(p, '**/console/api/staff', 'POST'), lists = await hold(p, '**/console/api/staff', 'GET');
		await press(p, edit);
		await capacity.fill('9');
		await twice(p, save);
		await posts.come();
		await display.fill('张三');
		await posts.go();
		await saved(p);
		assert.equal(posts.n, 1);
		assert.equal(await display.inputValue(), '张三');
		await press(p, save);
		await posts.come(2);
		await posts.go();
		await p.locator('dialog').waitFor({ state: 'detached' });
		await press(p, edit); // the list is still on its way
		assert.deepEqual([await capacity.inputValue(), await display.inputValue()], ['9', '张三']);
		await capacity.fill('5');
		await press(p, save);
		await posts.come(3);
		await posts.go();
		await p.locator('dialog').waitFor({ state: 'detached' });
		await lists.go();
		await p.locator('tr', { hasText: '张三' }).locator('td', { hasText: /^5$/ }).waitFor();
	});
}

const articles = async (...titles) => {
	const writer = await w.hand('writer1', 'agent'), ids = [];
	for (const title of titles) {
		const { id } = (await writer.desk('POST', '../../api/v1/articles', { title, body: '第一稿' })).json;
		await writer.desk('POST', `../../api/v1/articles/${id}/steps`, { step: 'submit' });
		ids.push(id);
	}
	return ids;
};

test('while one article or text is being saved another is, and what is refused of the first is not said of the other', { timeout: 90000 }, async () => {
	await start();
	w.allow(/422/);
	const [a, b] = await articles('社保卡补办', '居住证办理'), p = await w.console('root1', 'admin', { path: `knowledge/${a}` });
	const steps = await hold(p, `**/articles/${a}/steps`);
	await p.locator('[data-t=article-approve]').click();
	await steps.come();
	await p.locator('xq-knowledge header a').click();
	await p.locator('.sheet a', { hasText: '居住证' }).click();
	await p.locator('[data-t=article-approve]').click();
	await toast(p, '已完成').waitFor();
	await p.locator('xq-knowledge .chip', { hasText: '已发布' }).first().waitFor();
	await steps.go(refuse(422, { code: 'other' }));
	await toast(p, '没有成功').waitFor();
	assert.deepEqual([new URL(p.url()).pathname.split('/').at(-1), await p.locator('xq-knowledge .fault').count()], [b, 0]);

	await p.goto(`${w.g.url}/console/admin/templates`);
	const area = p.locator('[data-t=template]'), save = p.locator('[data-t=edit-save]'), posts = await hold(p, '**/console/api/templates', 'POST');
	await until('its text', async () => await area.count() && (await area.inputValue()).length > 0);
	await area.fill(`${await area.inputValue()}。`);
	await save.click();
	await posts.come();
	await p.locator('[data-t=event-closed]').click();
	await p.locator('[data-t=confirm-go]').click();
	await area.fill(`${await area.inputValue()}。`);
	await save.click();
	await posts.come(2);
	let first = true;
	await posts.go((r) => {
		const wrong = first;
		first = false;
		return wrong ? refuse(422, { code: 'faults', faults: [{ file: 'zh-CN/received.txt', line: 1, words: 'is not UTF-8', form: 'is not UTF-8' }] })(r) : r.continue();
	});
	await save.waitFor({ state: 'hidden' });
	await toast(p, /已保存|没有保存/).waitFor();
	assert.equal(await p.locator('.fault-list').count(), 0);
	assert.match(file('templates/zh-CN/closed.txt'), /。$/);
});

for (const [size, language] of [[WIDE, 'zh-CN'], [NARROW, 'en']])
	test(`${language}, at ${size.width}: a reviewer's reason stays while reports are closed and sent, and so does what is typed of one while it is sent`, { timeout: 60000 }, async () => {
		await start();
		const [id] = await articles('社保卡补办'), writer = await w.hand('writer1', 'agent');
		await writer.desk('POST', `../../api/v1/articles/${id}/faults`, { text: '电话错了' });
		const p = await w.console('boss', 'supervisor', { path: `knowledge/${id}`, size, language });
		const note = p.locator('textarea[name=note]'), report = p.locator('textarea[name=text]');
		await press(p, p.locator('[data-t=article-send-back]'));
		await note.fill('请补上办理地点');
		await press(p, p.locator('.reports button'));
		await p.locator('.reports', { hasText: 'boss' }).waitFor();
		assert.equal(await note.inputValue(), '请补上办理地点');
		await press(p, p.locator('[data-t=article-send-back]'));
		assert.equal(await note.inputValue(), '请补上办理地点');
		const faults = await hold(p, '**/faults');
		await report.fill('地址错了');
		await press(p, p.locator('[data-t=article-report]'));
		await faults.come();
		await report.fill('地址错了，时间也错了');
		await faults.go();
		await p.locator('.reports li', { hasText: '地址错了' }).waitFor();
		assert.deepEqual([await note.inputValue(), await report.inputValue()], ['请补上办理地点', '地址错了，时间也错了']);
		assert.equal(await report.evaluate((x) => x === document.activeElement), true);
		await look(p, `saving-reason-${size.width}`);
	});

for (const [size, language] of [[WIDE, 'zh-CN'], [NARROW, 'en']])
	test(`${language}, at ${size.width}: a step is taken once; on its way one is not asked about it, and refused it comes back as it was written`, { timeout: 90000 }, async () => {
		await start();
		w.allow(/503/);
		const a = await w.write('13811120001', '甲：路灯不亮'), boss = await w.hand('boss', 'supervisor');
		await w.write('13811120002', '乙：垃圾没清运');
		await boss.step(a.number, 'accept');
		await boss.step(a.number, 'dispatch', { department: 'urban' });
		await w.sim.send('13811120001', '还有一件事：小区停水');
		await w.ticketWith('小区停水');
		const p = await w.console('boss', 'supervisor', { path: 'in/open', size, language });
		const to = async (title) => {
			await back(p);
			await openTicket(p, title);
			await p.locator('.talk-head h2', { hasText: title }).waitFor();
		};
		await to('甲');
		const steps = await hold(p, '**/steps');
		await twice(p, p.locator('button[data-step=handle]'));
		await steps.come();
		await steps.go();
		await toast(p, /已完成|done/).waitFor();
		assert.equal(steps.n, 1);

		await press(p, p.locator('button[data-step=supervise]'));
		await p.locator('xq-step-panel [name=note]').fill('请尽快到现场');
		await press(p, p.locator('[data-t=panel-go]'));
		await steps.come(2);
		await to('乙');
		assert.equal(await p.locator('[data-t=confirm]').count(), 0);
		await steps.go(refuse(503));
		await press(p, p.locator('[data-t=toast-act]'));
		await p.locator('.talk-head h2', { hasText: '甲' }).waitFor();
		assert.equal(await p.locator('xq-step-panel [name=note]').inputValue(), '请尽快到现场');
		await look(p, `saving-step-${size.width}`);
		await press(p, p.locator('xq-step-panel .button').last());
		await press(p, p.locator('[data-t=confirm-go]'));

		await showFacts(p);
		await press(p, p.locator('[data-t=split-open]'));
		if (size === NARROW) await press(p, p.locator('.talk-head .only-medium'));
		await press(p, p.locator('.said[data-from=citizen] .tick').last());
		const splits = await hold(p, '**/split');
		await twice(p, p.locator('[data-t=split-go]'));
		await splits.come();
		await splits.go();
		await toast(p, /已拆出|Split off/).waitFor();
		assert.equal(splits.n, 1);
		await p.locator('[data-t=toast-act]').waitFor();
	});
