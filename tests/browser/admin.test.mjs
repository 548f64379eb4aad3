// Administration, one's own account, and the wall: what is edited is checked, in use at once, or not at all.
import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { createHmac } from 'node:crypto';
import jsQR from 'jsqr';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { morning } from './city.mjs';
import { NARROW, WAIT, WIDE, World, accessible, back, launch, live, openTicket, press, row, shot, shots, until } from './lib.mjs';
import { Core, SECRET } from '../scenario/lib/core.mjs';
import { root, tempDir } from '../scenario/lib/gateway.mjs';

let browser, w, dir;
before(async () => { browser = await launch(); });
after(() => browser.close());
// The tables and templates of these gateways are copies: they are written to.
const start = async (of = {}) => {
	dir = tempDir();
	cpSync(join(root, 'config'), join(dir, 'config'), { recursive: true });
	cpSync(join(root, 'templates'), join(dir, 'templates'), { recursive: true });
	w = await World.start(browser, { mail: false, ...of, settings: { tables: join(dir, 'config'), templates: join(dir, 'templates'), ...of.settings } });
	return w;
};
afterEach(async () => { const was = w; w = null; await was?.end(); });
const file = (name) => readFileSync(join(dir, name), 'utf8');
const save = (p) => press(p, p.locator('[data-t=edit-save]'));
const saved = (p) => p.locator('[data-t=toast]', { hasText: /已保存并生效|Saved and in use/ }).waitFor();

test('a canned reply is added, refused with its line while it is wrong, and offered to colleagues once it is right', { timeout: 60000 }, async () => {
	await start();
	const p = await w.console('root1', 'admin', { path: 'admin/canned' });
	await p.locator('[data-t=row-add]').click();
	const last = p.locator('.grid tbody tr').last();
	await last.locator('[data-col=code]').fill('lamp-fixed');
	await last.locator('[data-col=pinyin]').fill('ldx');
	await last.locator('[data-col=zh]').fill('路灯已修好，{nonsense} 请查看。');
	const before = file('config/canned.csv');
	w.allow(/422/);
	await save(p);
	await p.locator('.fault-list', { hasText: '“中文”一栏有不能识别的占位符' }).waitFor();
	assert.equal(await p.locator('.grid tr.bad').count(), 1);
	assert.equal(file('config/canned.csv'), before, 'nothing was written');
	await last.locator('[data-col=zh]').fill('路灯已修好，"{number}" 请查看。');
	await save(p);
	await saved(p);
	assert.match(file('config/canned.csv'), /lamp-fixed/);
	assert.match(w.g.run('check'), /are right/);
	await w.sim.send('13811140001', '路灯不亮');
	const agent = await w.console('agent1', 'agent');
	await press(agent, row(agent, '路灯不亮'));
	await agent.locator('[data-t=composer]').waitFor();
	await agent.keyboard.press('/');
	await agent.locator('[data-t=canned] input').fill('ldx');
	await agent.keyboard.press('Enter');
	await until('the text', async () => /路灯已修好，"\d{17}"/.test(await agent.locator('[data-t=composer]').inputValue()));
	const events = (await w.g.api('GET', '/api/v1/events?limit=200')).json.items;
	assert.ok(events.some((e) => e.kind === 'table-edited' && e.actor === 'root1' && e.data.file === 'canned.csv'));
});

test('two edit one table: the second is told, and nothing is lost', { timeout: 60000 }, async () => {
	await start();
	const one = await w.console('root1', 'admin', { path: 'admin/departments' }), two = await w.console('root1', 'admin', { path: 'admin/departments' });
	await one.locator('.grid tbody tr').first().locator('[data-col=phone]').fill('12345678');
	await two.locator('.grid tbody tr').nth(1).locator('[data-col=phone]').fill('87654321');
	await save(one);
	await saved(one);
	w.allow(/409/);
	await save(two);
	await two.locator('.fault', { hasText: '已被别人修改' }).waitFor();
	assert.match(file('config/departments.csv'), /12345678/);
	assert.doesNotMatch(file('config/departments.csv'), /87654321/);
});

test('a holiday and a make-up day move the limit of the next ticket', { timeout: 60000 }, async () => {
	await start();
	const p = await w.console('root1', 'admin', { path: 'admin/calendar' });
	const days = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => new Date(Date.now() + 8 * 3600000 + i * 86400000).toISOString().slice(0, 10));
	await p.locator('.months').waitFor();
	for (const day of days) {
		if (await p.locator(`[data-day="${day}"]`).count() === 0) await p.locator('.edit-tools .icon-button').last().click();
		for (let i = 0; i < 3 && !/rest/.test(await p.locator(`[data-day="${day}"]`).getAttribute('class')); i++) await p.locator(`[data-day="${day}"]`).click();
	}
	await save(p);
	await saved(p);
	await w.sim.send('13811140002', '放假以后到期的一件');
	const t = await w.ticketWith('放假以后');
	assert.ok(Date.parse(t.due_at) - Date.parse(t.opened_at) > 12 * 86400000, `eight days off: ${t.due_at}`);
});

test('a department gets hours of its own: the example says what they mean, and the next ticket is due by them', { timeout: 60000 }, async () => {
	await start();
	const p = await w.console('root1', 'admin', { path: 'admin/hours' });
	const urban = p.locator('[data-t=hours-urban]');
	await urban.click();
	await p.locator('[data-t=hours-at]').fill('2026-12-04T19:30'); // a Friday evening
	await p.locator('[data-t=hours-category]').selectOption('');
	const shows = (due, back) => until(`due ${due}, returned until ${back}`, async () => await p.locator('[data-t=hours-due]').textContent() === due
		&& await p.locator('[data-t=hours-return]').textContent() === back);
	await shows('2026-12-11 19:30', '2026-12-07 17:00'); // eight hours of Monday
	await urban.locator('select').selectOption('24h');
	await shows('2026-12-09 19:30', '2026-12-05 03:30');
	await urban.locator('select').selectOption('own');
	await urban.locator('[type=time]').first().fill('08:00');
	await urban.locator('[type=time]').last().fill('20:00');
	await shows('2026-12-11 19:30', '2026-12-07 15:30'); // half an hour of Friday evening counts
	if (shots) await shot(p, 'hours-1440');
	await save(p);
	await saved(p);
	assert.match(file('config/departments.csv'), /^urban,.*,08:00-20:00,$/m);
	assert.match(w.g.run('check'), /are right/);
	await urban.locator('[type=time]').last().fill('07:00');
	w.allow(/422/);
	await p.locator('[data-t=hours-result] .fault').waitFor();
	await save(p);
	await p.locator('.fault-list').waitFor();
	assert.ok(await urban.evaluate((el) => el.classList.contains('bad')));
});

test('a template is previewed for each channel, refused while a citizen would get half of it, and used once it is saved', { timeout: 60000 }, async () => {
	await start();
	const p = await w.console('root1', 'admin', { path: 'admin/templates' });
	await p.locator('.preview[data-kind=sms]').waitFor();
	await p.locator('.template-edit .tab', { hasText: '短信' }).click();
	w.allow(/422/);
	await p.locator('[data-t=template]').fill('【{hotline}】收到，编号 {numbre}。');
	await p.locator('.fault-list', { hasText: 'numbre' }).waitFor();
	await save(p);
	await p.locator('.fault-list', { hasText: '没有保存' }).waitFor();
	await p.locator('[data-t=template]').fill('【{hotline}】收到了您的来信，编号 {number}，请放心。');
	await p.locator('.preview[data-kind=sms]', { hasText: '收到了您的来信，编号 2026' }).waitFor();
	await save(p);
	await saved(p);
	await w.sim.send('13811140003', '用新模板答复我');
	await until('the new words on the handset', async () => (await w.sim.texts('13811140003')).some((x) => x.includes('收到了您的来信')));
});

test('a channel shows how it is, and a test message arrives', { timeout: 60000 }, async () => {
	await start();
	const p = await w.console('root1', 'admin', { path: 'admin/channels' });
	await p.locator('[data-t=channel-sms] .pill.good').waitFor();
	await p.locator('[data-t=channel-web] dd', { hasText: '等待市民来访' }).waitFor();
	await p.locator('[data-t=channel-sms] dd', { hasText: /^已连接 127\.0\.0\.1:\d+，收发共用$/ }).waitFor();
	w.allow(/422/);
	await p.locator('[data-t=test-to-sms]').fill('abc');
	await p.locator('[data-t=test-go-sms]').click();
	await p.locator('[data-t=test-told-sms].wrong').waitFor();
	await p.locator('[data-t=test-to-sms]').fill('13811140004');
	await p.locator('[data-t=test-go-sms]').click();
	await p.locator('[data-t=test-told-sms].right', { hasText: /已送达|已提交/ }).waitFor();
	assert.ok((await w.sim.texts('13811140004')).some((x) => x.includes('测试消息')));
	const boss = await w.console('boss', 'supervisor', { path: 'admin/channels' });
	await boss.locator('[data-t=channel-sms]').waitFor();
	assert.equal(await boss.locator('[data-t=test-go-sms]').count(), 0);
	assert.equal(await boss.locator('[data-t=area-people]').count(), 0);
});

test('what another system refuses is seen with its reason, and pushed again by hand', { timeout: 120000 }, async () => {
	const core = await Core.start();
	try {
		core.answer = () => 422;
		await start({ sections: { 'forward core': { url: core.url, secret: SECRET } } });
		await w.sim.send('13811140005', '井盖丢了');
		const p = await w.console('root1', 'admin', { path: 'admin/channels' });
		const card = p.locator('[data-t=forward-core]');
		await card.locator('li', { hasText: 'answered 422' }).first().waitFor();
		assert.match(await card.locator('li').first().innerText(), /收到|登记/);
		if (shots) await shot(p, 'admin-forwards');
		assert.equal(await (await w.console('boss', 'supervisor', { path: 'admin/channels' })).locator('[data-t=forward-core] li button').count(), 0);
		core.answer = () => 204;
		await press(p, card.locator('li button').first());
		await p.locator('[data-t=toast]', { hasText: '重新排队' }).waitFor();
		await until('it got there', () => core.kept.some((d) => d.data.event.kind === 'received'));
		await card.locator('.pill.good').waitFor();
		assert.equal(await card.locator('li').count(), 0);
	} finally {
		await core.down();
	}
});

// A button that is drawn anew between the finger's coming and its going gets no click.
test('news that come while a button is pressed do not take the press away', { timeout: 60000 }, async () => {
	const core = await Core.start();
	try {
		core.answer = () => 422;
		await start({ sections: { 'forward core': { url: core.url, secret: SECRET } } });
		await w.sim.send('13811140006', '井盖丢了');
		const p = await w.console('root1', 'admin', { path: 'admin/channels' });
		const card = p.locator('[data-t=forward-core]'), at = await card.locator('li button').first().boundingBox();
		await p.mouse.move(at.x + at.width / 2, at.y + at.height / 2);
		await p.mouse.down();
		await w.sim.send('13811140007', '路灯不亮');
		await until('more is refused', async () => (await w.g.api('GET', '/api/v1/events?limit=200')).json.items.filter((e) => e.kind === 'received').length === 2);
		await p.waitForResponse((r) => r.url().endsWith('/console/api/forwards'));
		await p.waitForResponse((r) => r.url().endsWith('/console/api/forwards'));
		core.answer = () => 204;
		await p.mouse.up();
		await p.locator('[data-t=toast]', { hasText: '重新排队' }).waitFor();
	} finally {
		await core.down();
	}
});

test('an account is made, works, and is out at once when it is disabled, page and all', { timeout: 60000 }, async () => {
	await start();
	const p = await w.console('root1', 'admin', { path: 'admin/people' });
	await p.locator('[data-t=staff-add]').click();
	await p.locator('[data-t=staff-name]').fill('newbie');
	await p.locator('[data-t=staff-display]').fill('坐席 新人');
	await p.locator('[data-t=staff-password]').fill('short');
	w.allow(/422/, /401/, /WebSocket/);
	await p.locator('[data-t=staff-save]').click();
	await p.locator('dialog .fault', { hasText: '10' }).waitFor();
	await p.locator('[data-t=staff-password]').fill('long enough it is');
	await p.locator('[data-t=staff-save]').click();
	await p.locator('[data-t=staff-newbie]').waitFor();
	w.passwords.set('newbie', 'long enough it is');
	const n = await w.console('newbie', 'agent');
	await p.locator('[data-t=staff-newbie]').click();
	await p.locator('[data-t=staff-disabled]').check();
	await p.locator('[data-t=staff-save]').click();
	await n.locator('[data-t=again]').waitFor({ timeout: WAIT });
	const r = await fetch(`${w.g.url}/console/api/login`, { method: 'POST', body: JSON.stringify({ name: 'newbie', password: 'long enough it is' }) });
	assert.equal(r.status, 401);
	await p.locator('[data-t=staff-root1]').click();
	await p.locator('[data-t=staff-disabled]').check();
	w.allow(/409/);
	await p.locator('[data-t=staff-save]').click();
	await p.locator('dialog .fault').waitFor(); // nobody takes their own rights away
});

test('what has left the tables stands on an account until it is taken away there', { timeout: 60000 }, async () => {
	await start();
	w.staff('expert', 'agent');
	const boss = await w.hand('root2', 'admin');
	const { json: { items } } = await boss.desk('GET', 'tables');
	const { file: name, version, text } = items.find((x) => x.file === 'categories.csv');
	const waste = text.split('\n').find((l) => l.startsWith('waste,'));
	const more = await boss.desk('POST', 'tables', { file: name, version, text: `${text.trimEnd()}\n${waste.replace(/^[^,]+/, 'zzz-gone')}\n` });
	assert.equal((await boss.desk('POST', 'staff', { name: 'expert', skills: 'zzz-gone,waste' })).status, 200);
	assert.equal((await boss.desk('POST', 'tables', { file: name, version: more.json.version, text })).status, 200);
	const p = await w.console('root1', 'admin', { path: 'admin/people' });
	const open = async () => {
		await p.locator('[data-t=staff-expert]').click();
		return p.locator('.skill-list label', { hasText: 'zzz-gone' }).locator('input');
	};
	const store = async () => {
		await p.locator('[data-t=staff-save]').click();
		await p.locator('dialog').waitFor({ state: 'detached' });
		return (await boss.desk('GET', 'staff')).json.items.find((s) => s.name === 'expert');
	};
	assert.ok(await (await open()).isChecked());
	await p.locator('[data-t=staff-disabled]').check();
	assert.ok((await store()).disabled);
	await (await open()).uncheck();
	assert.equal((await store()).skills, 'waste');
});

for (const [language, words, taken] of [['zh-CN', /已被别人修改/, /已经有/], ['en', /Somebody else changed/, /already/]])
	test(`${language}: a dismissed account does not come back with what another administrator saves`, { timeout: 60000 }, async () => {
		await start();
		w.staff('leaver', 'agent');
		w.allow(/409/);
		const p = await w.console('root1', 'admin', { path: 'admin/people', language });
		await p.locator('[data-t=staff-leaver]').click();
		await p.locator('[data-t=staff-capacity]').fill('9');
		const other = await w.hand('root2', 'admin');
		assert.equal((await other.desk('POST', 'staff', { name: 'leaver', disabled: true })).status, 200);
		await p.locator('[data-t=staff-save]').click();
		await p.locator('dialog .fault', { hasText: words }).waitFor();
		assert.ok(await p.locator('[data-t=staff-disabled]').isChecked(), 'as it is now');
		assert.equal(await p.locator('[data-t=staff-capacity]').inputValue(), '9', 'and what was typed');
		if (shots) for (const size of [WIDE, NARROW]) {
			await p.setViewportSize(size);
			await shot(p, `staff-changed-${language}-${size.width}`);
		}
		await p.locator('[data-t=staff-save]').click();
		await p.locator('dialog').waitFor({ state: 'detached' });
		const { json } = await other.desk('GET', 'staff');
		const { capacity, disabled } = json.items.find((s) => s.name === 'leaver');
		assert.deepEqual({ capacity, disabled }, { capacity: 9, disabled: true });
		await p.locator('[data-t=staff-add]').click();
		await p.locator('[data-t=staff-name]').fill('leaver');
		await p.locator('[data-t=staff-password]').fill('long enough it is');
		await p.locator('[data-t=staff-save]').click();
		await p.locator('dialog .fault', { hasText: taken }).waitFor();
	});

for (const [language, kept, read] of [['zh-CN', /您写的都还在/, /请看过再继续/], ['en', /What you wrote is still here/, /Read it before you go on/]])
	test(`${language}: two edit one article: the second is told, keeps their words, and publishes none that they have not read`, { timeout: 90000 }, async () => {
		await start();
		w.allow(/409/);
		const writer = await w.hand('writer1', 'agent');
		const other = (method, path, body) => writer.desk(method, `../../api/v1/articles${path}`, body);
		const { json: a } = await other('POST', '', { title: '社保卡补办', body: '第一稿' });
		const p = await w.console('boss', 'supervisor', { path: `knowledge/${a.id}`, language });
		await p.locator('[data-t=article-edit]').click();
		await p.locator('[data-t=article-body]').fill('主管改的第一稿');
		await other('POST', `/${a.id}/steps`, { step: 'edit', body: '坐席写的两千字' });
		await p.locator('[data-t=article-save]').click();
		await p.locator('.fault', { hasText: kept }).waitFor();
		await p.locator('details .article-body', { hasText: '坐席写的两千字' }).waitFor();
		assert.equal(await p.locator('[data-t=article-body]').inputValue(), '主管改的第一稿');
		await accessible(w, p, 'article-meanwhile');
		if (shots) for (const size of [WIDE, NARROW]) {
			await p.setViewportSize(size);
			await shot(p, `article-meanwhile-${language}-${size.width}`);
		}
		await p.setViewportSize(WIDE);
		await p.locator('[data-t=article-body]').fill('主管改的，坐席写的两千字');
		await p.locator('[data-t=article-save]').click();
		await p.locator('.article-body', { hasText: '主管改的，坐席写的两千字' }).first().waitFor();
		await other('POST', `/${a.id}/steps`, { step: 'edit', body: '坐席定的稿' });
		await other('POST', `/${a.id}/steps`, { step: 'submit' });
		await p.reload();
		await p.locator('[data-t=article-approve]').waitFor();
		const boss = await w.hand('boss2', 'supervisor');
		await boss.desk('POST', `../../api/v1/articles/${a.id}/steps`, { step: 'send-back', note: '再改' });
		await other('POST', `/${a.id}/steps`, { step: 'edit', body: '坐席换了的稿' });
		await other('POST', `/${a.id}/steps`, { step: 'submit' });
		await p.locator('[data-t=article-approve]').click();
		await p.locator('.fault', { hasText: read }).waitFor();
		await p.locator('.article-body', { hasText: '坐席换了的稿' }).first().waitFor();
		if (shots) await shot(p, `article-unread-${language}`);
		await p.locator('[data-t=article-approve]').click();
		await until('it is published', async () => (await other('GET', `/${a.id}`)).json.state === 'approved');
	});

for (const [language, size] of [['zh-CN', WIDE], ['en', NARROW]])
	test(`${language}, at ${size.width}: what is not saved is left only by who says so`, { timeout: 90000 }, async () => {
		await start();
		w.allow(/dialog/, /401/);
		const p = await w.console('root1', 'admin', { path: 'knowledge', language, size });
		const title = p.locator('[data-t=article-title]'), asked = p.locator('[data-t=confirm]');
		const stay = async (look) => {
			await asked.waitFor();
			if (look && shots) await shot(p, `leave-${language}-${size.width}`);
			await press(p, asked.locator('button').first());
			await asked.waitFor({ state: 'detached' });
			assert.equal(await title.inputValue(), '社保卡怎么补办');
			assert.match(p.url(), /knowledge\/new$/);
		};
		const menu = async (n) => {
			await press(p, p.locator('[data-t=menu]'));
			await press(p, p.locator('.menu [role=menuitem]').nth(n));
		};
		await press(p, p.locator('[data-t=knowledge-new]'));
		await press(p, p.locator('[data-t=nav-open]').first()); // nothing was written
		await p.locator('xq-list').waitFor();
		await p.evaluate(() => { history.back(); });
		await title.fill('社保卡怎么补办');
		await menu(1); // the other language
		await stay(true);
		await press(p, p.locator('[data-t=nav-open]').first());
		await stay();
		await p.evaluate(() => { history.back(); });
		await stay();
		await menu(5); // out
		await stay();
		const dialog = p.waitForEvent('dialog');
		await p.evaluate(() => { location.reload(); });
		assert.equal((await dialog).type(), 'beforeunload');
		assert.equal(await title.inputValue(), '社保卡怎么补办');
		await p.locator('[data-t=article-body]').fill('带身份证到窗口');
		await press(p, p.locator('[data-t=article-save]'));
		await p.locator('[data-t=article-submit]').waitFor(); // saved: nobody is asked
		await press(p, p.locator('[data-t=nav-open]').first());
		await p.locator('.ticket, xq-list .blank').first().waitFor();

		await p.goto(`${w.g.url}/console/admin/canned`);
		const cell = p.locator('.grid tbody tr').first().locator('[data-col=zh]');
		await cell.fill('改了一半');
		await press(p, p.locator('[data-t=area-regions]'));
		await asked.waitFor();
		await press(p, asked.locator('button').first());
		assert.equal(await cell.inputValue(), '改了一半');
		await press(p, p.locator('[data-t=area-regions]'));
		await press(p, p.locator('[data-t=confirm-go]'));
		await p.waitForURL(/admin\/regions$/);
		await p.goBack();
		await cell.waitFor();
		assert.notEqual(await cell.inputValue(), '改了一半');
		await cell.fill('又改了');
		await menu(5);
		await press(p, p.locator('[data-t=confirm-go]'));
		await p.locator('[data-t=login-name]').waitFor();
	});

for (const [language, size] of [['zh-CN', WIDE], ['en', NARROW]])
	test(`${language}, at ${size.width}: an account, a step and a report that were begun are left only by who says so`, { timeout: 90000 }, async () => {
		await start();
		w.allow(/dialog/);
		await w.sim.send('13811140011', '路灯不亮');
		await w.sim.send('13811140012', '井盖丢了');
		const [{ number }] = [await w.ticketWith('路灯'), await w.ticketWith('井盖')];
		const writer = await w.hand('writer1', 'agent');
		const { json: a } = await writer.desk('POST', '../../api/v1/articles', { title: '社保卡补办', body: '带身份证到窗口' });
		const p = await w.console('root1', 'admin', { path: 'admin/people', language, size });
		const asked = p.locator('[data-t=confirm]');
		const stay = async (field, words) => {
			await asked.waitFor();
			await press(p, asked.locator('button').first());
			await asked.waitFor({ state: 'detached' });
			assert.equal(await field.inputValue(), words);
		};
		const go = async () => { await press(p, p.locator('[data-t=confirm-go]')); await asked.waitFor({ state: 'detached' }); };
		const reloads = async () => {
			const dialog = p.waitForEvent('dialog');
			await p.evaluate(() => { location.reload(); });
			assert.equal((await dialog).type(), 'beforeunload');
		};

		const display = p.locator('[data-t=staff-display]');
		await press(p, p.locator('[data-t=staff-writer1]'));
		await p.keyboard.press('Escape'); // nothing was typed
		await display.waitFor({ state: 'detached' });
		await press(p, p.locator('[data-t=staff-writer1]'));
		await display.fill('张三');
		await p.keyboard.press('Escape');
		await stay(display, '张三');
		await press(p, p.locator('dialog button', { hasText: /^(取消|Cancel)$/ }));
		await stay(display, '张三');
		await reloads();
		assert.equal(await display.inputValue(), '张三');
		await press(p, p.locator('[data-t=staff-save]')); // saved: nobody is asked
		await display.waitFor({ state: 'detached' });
		await p.locator('td', { hasText: '张三' }).first().waitFor();

		await p.goto(`${w.g.url}/console/in/open`);
		await openTicket(p, '井盖');
		await back(p);
		await openTicket(p, '路灯');
		const note = p.locator('xq-step-panel [name=note]');
		await press(p, p.locator('button[data-step=accept]'));
		await press(p, p.locator('button[data-step=dispatch]')); // nothing was typed
		await p.locator('xq-step-panel [name=department]').selectOption('urban');
		await note.fill('请今天内到现场');
		if (size === WIDE) { // what is looked for beside it takes nothing away
			await p.locator('[data-t=search]').fill('路灯');
			await row(p, '井盖').waitFor({ state: 'detached' });
			await p.locator('[data-t=search]').fill('');
			await row(p, '井盖').waitFor();
			assert.equal(await note.inputValue(), '请今天内到现场');
			assert.equal(await asked.count(), 0);
		}
		if (size === WIDE) await press(p, row(p, '井盖'));
		else await press(p, p.locator('.talk-head .only-narrow'));
		await stay(note, '请今天内到现场');
		await press(p, p.locator('button[data-step=accept]'));
		await stay(note, '请今天内到现场');
		await note.press('Escape');
		await stay(note, '请今天内到现场');
		await p.evaluate(() => { history.back(); });
		await stay(note, '请今天内到现场');
		await reloads();
		await press(p, p.locator('[data-t=panel-go]'));
		await p.locator('.talk-head .chip', { hasText: /派单|Dispatched/ }).waitFor();
		assert.equal((await w.g.ticket(number)).department, 'urban');
		await press(p, p.locator('button[data-step=supervise]'));
		await note.fill('请说明');
		await note.press('Escape');
		await go();
		await note.waitFor({ state: 'detached' });

		await p.goto(`${w.g.url}/console/knowledge/${a.id}`);
		const report = p.locator('textarea[name=text]');
		await report.fill('窗口地址已变');
		await press(p, p.locator('[data-t=nav-open]').first());
		await stay(report, '窗口地址已变');
		await press(p, p.locator('[data-t=article-edit]'));
		await stay(report, '窗口地址已变');
		await press(p, p.locator('[data-t=article-submit]')); // what is drawn anew keeps it
		await p.locator('[data-t=article-approve]').waitFor();
		assert.equal(await report.inputValue(), '窗口地址已变');
		await press(p, p.locator('[data-t=article-report]'));
		await p.locator('.reports li', { hasText: '窗口地址已变' }).waitFor();
		assert.equal(await report.inputValue(), '');
		await press(p, p.locator('[data-t=nav-open]').first());
		await p.locator('.ticket').first().waitFor();
	});

for (const [language, foreign] of [['zh-CN', /[a-z]/i], ['en', /[一-鿿]|^col\.|_/]])
	test(`${language}: every column of every table has a name, on a phone beside its field too`, { timeout: 120000 }, async () => {
		await start();
		const p = await w.console('root1', 'admin', { language });
		for (const area of ['departments', 'categories', 'canned', 'rules', 'regions', 'suggest', 'hotlines', 'emergency']) {
			await p.setViewportSize(WIDE);
			await p.goto(`${w.g.url}/console/admin/${area}`);
			await p.locator('.grid tbody tr').first().waitFor();
			const names = await p.locator('.grid thead th').allTextContents();
			assert.deepEqual(names.filter((x) => foreign.test(x)), [], area);
			assert.deepEqual(await p.locator('.grid input').evaluateAll((all) => all.filter((x) => x.scrollWidth > x.clientWidth + 1).map((x) => x.value)), [],
				`${area}: nothing is cut`);
			assert.deepEqual(await p.locator('.grid tbody tr').first().locator('[data-col]').evaluateAll((all) => all.map((x) => x.ariaLabel)), names);
			await p.setViewportSize(NARROW);
			assert.deepEqual(await p.locator('.grid tbody tr').first().locator('td:has([data-col])').evaluateAll((all) => all.map((td) =>
				getComputedStyle(td, '::before').content)), names.map((x) => `"${x}"`));
			await accessible(w, p, `columns-${area}`);
			if (shots) await shot(p, `columns-${area}-${language}`);
		}
	});

test('a preview leaves no place of a template empty', { timeout: 60000 }, async () => {
	await start();
	const admin = await w.hand('root1', 'admin');
	const { json: { items } } = await admin.desk('GET', 'templates');
	const places = new Set();
	for (const { file, version, text } of items) {
		const fresh = [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).filter((name) => !places.has(name));
		if (!fresh.length || file.endsWith('words.txt')) continue; // one text of each
		fresh.forEach((name) => places.add(name));
		const { json } = await admin.desk('POST', 'preview', { file, version, text: text.replace(/\{(\w+)\}/g, '‹{$1}›') });
		for (const one of json.items) assert.doesNotMatch(`${one.subject} ${one.text}`, /‹\s*›/, `${file}: ${fresh}`);
	}
	assert.ok(places.has('pin') && places.has('region'));
});

for (const [language, size] of [['zh-CN', WIDE], ['en', NARROW]])
	test(`${language}, at ${size.width}: on a slow line a list shows what was asked for last, and once`, { timeout: 60000 }, async () => {
		await start();
		const writer = await w.hand('writer1', 'agent');
		await writer.desk('POST', '../../api/v1/articles', { title: '社保卡补办', body: '带身份证到窗口' });
		const p = await w.console('boss', 'supervisor', { path: 'knowledge', language, size });
		const lines = p.locator('.sheet tbody tr'), state = p.locator('xq-knowledge select').first();
		await lines.first().waitFor();
		const held = [];
		await p.route(/api\/v1\/articles\?/, (r) => held.push(r));
		await state.selectOption('approved');
		await state.selectOption('draft');
		await state.selectOption('');
		await until('three to be asked', () => held.length === 3);
		const answers = p.waitForResponse((r) => r.request() === held[0].request());
		for (const r of held.reverse()) await r.continue();
		await answers;
		await p.unroute(/api\/v1\/articles\?/);
		await lines.first().waitFor();
		await p.evaluate(() => new Promise((done) => setTimeout(done, 300)));
		assert.equal(await lines.count(), 1);
	});

// RFC 6238 by hand: what a telephone does.
function code(secret, at = Date.now()) {
	const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
	const bits = [...secret.replace(/ /g, '')].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('');
	const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
	const counter = Buffer.alloc(8);
	counter.writeBigUInt64BE(BigInt(Math.floor(at / 30000)));
	const mac = createHmac('sha1', key).update(counter).digest();
	return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

// As a telephone's camera would: from the pixels on the screen.
async function readQr(p) {
	const png = await p.locator('[data-t=totp-qr]').screenshot();
	const blank = await p.context().newPage();
	const { data, width, height } = await blank.evaluate(async (base64) => {
		const picture = new Image();
		picture.src = `data:image/png;base64,${base64}`;
		await picture.decode();
		const canvas = Object.assign(document.createElement('canvas'), { width: picture.width, height: picture.height });
		canvas.getContext('2d').drawImage(picture, 0, 0);
		const { data: pixels } = canvas.getContext('2d').getImageData(0, 0, picture.width, picture.height);
		return { data: [...pixels], width: picture.width, height: picture.height };
	}, png.toString('base64'));
	await blank.close();
	return jsQR(Uint8ClampedArray.from(data), width, height)?.data;
}

for (const [language, theme] of [['zh-CN', 'light'], ['en', 'dark']])
	test(`${language}: a second factor is set, asked for at the door, good once, and taken away`, { timeout: 90000 }, async () => {
		await start();
		w.allow(/401/, /422/, /403/);
		const p = await w.login('agent1', 'agent', { language, theme });
		await p.goto(`${w.g.url}/console/me`);
		await p.locator('[data-t=totp-begin]').click();
		const secret = await p.locator('[data-t=totp-secret]').textContent();
		const uri = new URL(await readQr(p));
		assert.equal(`${uri.protocol}//${uri.host}`, 'otpauth://totp');
		assert.equal(decodeURIComponent(uri.pathname), '/示范市12345:agent1');
		assert.deepEqual([uri.searchParams.get('secret'), uri.searchParams.get('issuer')], [secret.replace(/ /g, ''), '示范市12345']);
		await p.locator('[data-t=totp-code]').fill('000000');
		await p.locator('[data-t=totp-go]').click();
		await p.locator('[data-t=me-totp] .fault').waitFor();
		const first = code(secret);
		await p.locator('[data-t=totp-code]').fill(first);
		await p.locator('[data-t=totp-go]').click();
		await p.locator('[data-t=totp-off]').waitFor();
		await accessible(w, p, 'me');

		const door = await w.page(await w.context({ language }), `${w.g.url}/console/`);
		const enter = async (digits) => {
			await door.locator('[data-t=login-name]').fill('agent1');
			await door.locator('[data-t=login-password]').fill(w.passwords.get('agent1'));
			if (digits) await door.locator('[data-t=login-code]').fill(digits);
			await press(door, door.locator('[data-t=login-go]'));
		};
		await enter();
		await door.locator('[data-t=login-code]').waitFor();
		await enter(first); // used when it was set
		await door.locator('.fault').waitFor();
		await enter(code(secret, Date.now() + 30000)); // the next one: a telephone's clock may run ahead
		await live(door);
		await door.goto(`${w.g.url}/console/me`);
		await door.locator('[data-t=drop-logins]').click();
		await p.locator('[data-t=again]').waitFor({ timeout: WAIT * 2 });
	});

describe('the wall and every page of administration', () => {
	for (const [language, theme] of [['zh-CN', 'light'], ['en', 'dark']])
		test(`${language}, ${theme}, at 1440 and 360: nothing for axe to find, nothing wider than the screen`, { timeout: 180000 }, async () => {
			await start({ mail: true });
			await morning(w);
			const p = await w.console('root1', 'admin', { language, theme });
			for (const page of ['wall', 'admin/people', 'admin/departments', 'admin/canned', 'admin/calendar', 'admin/hours', 'admin/rules', 'admin/templates', 'admin/channels', 'me', 'problems', 'aside', 'docket', 'knowledge', 'in/open']) {
				await p.setViewportSize(WIDE);
				await p.goto(`${w.g.url}/console/${page}`);
				await live(p);
				await p.locator('.bones').waitFor({ state: 'detached' });
				for (const size of [WIDE, NARROW]) {
					await p.setViewportSize(size);
					await p.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
					await accessible(w, p, `${page}-${size.width}`);
					assert.ok(await p.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${page} at ${size.width}`);
					if (shots) await shot(p, `${page.replace('/', '-')}-${language}-${theme}-${size.width}`);
				}
			}
		});

	test('the wall counts what happened, opens the tickets behind a number, and gives its tables as CSV', { timeout: 90000 }, async () => {
		await start({ mail: true });
		await morning(w);
		await w.sim.send('13811140009', '=HYPERLINK("http://evil.example","点我")');
		const t = await w.ticketWith('HYPERLINK');
		const p = await w.console('boss', 'supervisor', { path: 'wall' });
		await p.locator('[data-t=rate-response]', { hasText: '%' }).waitFor();
		assert.match(await p.locator('[data-t=rate-response]').textContent(), /^受理率.*3 \/ 5/s);
		assert.match(await p.locator('[data-t=rate-response] [data-t=below]').textContent(), /39\.0/, 'sixty percent of ninety-nine');
		assert.equal(await p.locator('canvas').count(), 3);
		await p.waitForFunction(() => !!window.Chart); // it comes from its package, a moment later
		const download = p.waitForEvent('download');
		await p.locator('[data-t=pressing] button').click();
		const csv = readFileSync(await (await download).path(), 'utf8');
		assert.ok(csv.startsWith('\ufeff') && csv.includes('\r\n'));
		assert.ok(csv.includes(`${t.number},"'=HYPERLINK(""http://evil.example""`), csv);
		await p.locator('[data-t=chart-flow] summary').click();
		assert.equal(await p.locator('[data-t=chart-flow] tbody tr').count(), 24);
		await p.locator('[data-t=now] a').first().click();
		await row(p, 'HYPERLINK').waitFor();
		w.allow(/403/);
		const agent = await w.console('agent9', 'agent', { path: 'wall' });
		await agent.locator('.fault').waitFor();
	});
});

test('a mail\'s own layout is shown in a frame that runs nothing, and fetches nothing until it is asked to', { timeout: 60000 }, async () => {
	await start({ mail: true });
	let fetched = 0;
	const { createServer } = await import('node:http');
	const elsewhere = createServer((q, r) => { fetched++; r.end(); }).listen(0, '127.0.0.1');
	await until('a port', () => elsewhere.address());
	const { port } = elsewhere.address();
	const html = `<p style="color:#0b57a4"><b>停水三天</b></p><script>top.hit&&top.hit(1);parent.postMessage('x','*')</script><img src=x onerror="top.hit(2)">
<svg/onload=top.hit(3)></svg><iframe srcdoc="<script>top.hit(4)</script>"></iframe><form action="http://127.0.0.1:${port}/form"><input name=a><button>登录</button></form>
<meta http-equiv=refresh content="0;url=http://127.0.0.1:${port}/refresh"><link rel=stylesheet href="http://127.0.0.1:${port}/x.css"><a href="javascript:top.hit(5)">点我</a>
<style>@import url(http://127.0.0.1:${port}/i.css); b{background:url(http://127.0.0.1:${port}/b.png)}</style><img src="http://127.0.0.1:${port}/track.png" width=40 height=40>`;
	await w.mail(Buffer.from(['From: li@example.org', 'To: 12345@city.example', 'Subject: =?UTF-8?B?' + Buffer.from('网页邮件').toString('base64') + '?=', 'Message-ID: <rich1@example.org>',
		'Date: Sat, 28 Nov 2026 10:00:00 +0800', 'MIME-Version: 1.0', 'Content-Type: text/html; charset=utf-8', 'Content-Transfer-Encoding: base64', '', Buffer.from(html).toString('base64').replace(/(.{76})/g, '$1\r\n'), ''].join('\r\n')));
	await w.ticketWith('停水三天');
	const p = await w.console('agent1', 'agent');
	w.allow(/Content Security Policy|sandbox|ERR_|Refused|blocked/i);
	await press(p, row(p, '网页邮件'));
	await p.locator('[data-t=mail-layout]').click();
	const frame = p.frameLocator('.mail-frame');
	await frame.locator('b', { hasText: '停水三天' }).waitFor();
	assert.equal(await frame.locator('script, iframe, form, input, svg, meta[http-equiv], link').count(), 0);
	await p.waitForTimeout(500);
	assert.equal(fetched, 0, 'nothing was fetched from elsewhere');
	await p.locator('[data-t=mail-remote]').click();
	await until('the picture to be asked for', () => fetched > 0);
	assert.deepEqual(await p.evaluate(() => window.__hits), []);
	assert.equal(new URL(p.url()).pathname.startsWith('/console/'), true);
	elsewhere.close();
	await accessible(w, p, 'mail-layout');
});
