// Going: out of the console, out of a form, back and back again. It is asked once, and what is said is done.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { NARROW, WIDE, World, accessible, drawn, launch, live, look as picture, openTicket, press, row, showFacts, until } from './lib.mjs';

let browser, w;
before(async () => { browser = await launch(); });
after(() => browser.close());
const start = async (of) => { w = await World.start(browser, { mail: false, ...of }); return w; };
afterEach(async () => { const was = w; w = null; await was?.end(); });

const look = async (p, name) => { await accessible(w, p, name); await picture(p, name); };
const asked = (p) => p.locator('[data-t=confirm]');
const yes = (p) => press(p, p.locator('[data-t=confirm-go]'));
const no = (p) => press(p, p.locator('[data-t=confirm] button').first());
const leave = async (p) => {
	await press(p, p.locator('[data-t=menu]'));
	await press(p, p.locator('.menu [role=menuitem]').last());
};

for (const [size, language, words] of [[WIDE, 'zh-CN', /没有退出登录/], [NARROW, 'en', /still logged in/]])
	test(`${language}, at ${size.width}: who could not be logged out is told so; whose session has ended is not asked for it`, { timeout: 60000 }, async () => {
		await start();
		w.allow(/ERR_FAILED/, /503/, /401/);
		const p = await w.login('agent1', 'agent', { size, language });
		let refuse = (r) => r.abort();
		await p.route('**/console/api/logout', (r) => refuse(r));
		await leave(p);
		await asked(p).filter({ hasText: words }).waitFor();
		await look(p, `logout-failed-${size.width}`);
		refuse = (r) => r.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"status":503}' });
		await yes(p);
		await until('it to be said again', async () => await asked(p).count() === 1 && await asked(p).filter({ hasText: words }).isVisible());
		refuse = (r) => r.continue();
		await yes(p);
		await p.locator('[data-t=login-name]').waitFor();

		await w.session(p.context(), 'agent1');
		await p.reload();
		await live(p);
		await p.context().clearCookies();
		await leave(p);
		await p.locator('.login-page [data-t=login-name]').or(p.locator('[data-t=again]')).first().waitFor();
		assert.equal(await p.locator('[data-t=again]').count(), 0);
	});

test('who has changed their own password after proving who they are goes on working', { timeout: 60000 }, async () => {
	await start();
	w.allow(/403/);
	const p = await w.console('root1', 'admin', { path: 'me' });
	let first = true;
	await p.route('**/console/api/password', (r) => { // a login of long ago
		const again = first;
		first = false;
		return again ? r.fulfill({ status: 403, contentType: 'application/problem+json', body: '{"code":"again"}' }) : r.continue();
	});
	await p.locator('[data-t=new-password]').fill('long enough to be one');
	await p.locator('[data-t=new-password-again]').fill('long enough to be one');
	const line = p.waitForEvent('websocket', { timeout: 20000 }).catch(() => null);
	await p.locator('[data-t=password-go]').click();
	await p.locator('[data-t=prove-password]').fill(w.passwords.get('root1'));
	await p.locator('[data-t=prove-go]').click();
	await p.locator('[data-t=toast]', { hasText: '密码已修改' }).waitFor();
	// The line of the login that has ended is the server's to close; this page's is another one by now.
	assert.ok(await line, 'a line of the new login');
	await p.locator('[data-t=nav-open]').click();
	await w.write('13811120001', '甲：路灯不亮');
	await p.locator('.ticket', { hasText: '甲' }).waitFor();
	assert.equal(await p.locator('[data-t=again]').count(), 0);
});

test('who gives another account a password proves who they are first, and it is saved then', { timeout: 60000 }, async () => {
	await start();
	w.allow(/403/);
	w.staff('clerk', 'agent');
	const p = await w.console('root1', 'admin', { path: 'admin/people' });
	let first = true;
	await p.route('**/console/api/staff', (r) => { // a login of long ago
		const again = first && r.request().method() === 'POST';
		first &&= !again;
		return again ? r.fulfill({ status: 403, contentType: 'application/problem+json', body: '{"code":"again"}' }) : r.continue();
	});
	await p.locator('[data-t=staff-clerk]').click();
	await p.locator('input[data-t=staff-password]').fill('long enough to be one');
	await p.locator('[data-t=staff-save]').click();
	await p.locator('[data-t=prove-password]').fill(w.passwords.get('root1'));
	await p.locator('[data-t=prove-go]').click();
	await p.locator('[data-t=toast]', { hasText: '已保存' }).waitFor();
	assert.equal(await p.locator('input[data-t=staff-password]').count(), 0);
});

test('back and back again is asked once; so is Escape, however often', { timeout: 60000 }, async () => {
	await start();
	w.staff('leaver', 'agent');
	await w.write('13811120001', '甲：路灯不亮');
	await w.write('13811120002', '乙：垃圾没清运');
	const p = await w.console('root1', 'admin', { path: 'in/open' });
	await openTicket(p, '乙');
	await openTicket(p, '甲');
	await p.locator('button[data-step=accept]').click();
	await p.locator('xq-step-panel [name=note]').fill('写了一半');
	const here = p.url(), back = () => p.evaluate(() => new Promise((done) => { addEventListener('popstate', () => done(), { once: true }); history.back(); }));
	await back();
	await asked(p).waitFor();
	await back();
	await drawn(p);
	assert.deepEqual([await asked(p).count(), p.url()], [1, here]);
	await yes(p);
	await p.locator('.talk-head h2', { hasText: '乙' }).waitFor();
	assert.equal(await asked(p).count(), 0);

	await p.goto(`${w.g.url}/console/admin/people`);
	await p.locator('[data-t=staff-leaver]').click();
	await p.locator('[data-t=staff-display]').fill('写了很久');
	for (let i = 1; i <= 6; i++) {
		await p.keyboard.press('Escape');
		await drawn(p);
		await drawn(p);
		assert.deepEqual([await p.locator('[data-t=staff-display]').count(), await asked(p).count()], [1, i % 2], `Escape ${i}`);
	}
});

test('what settles a return is asked for once beside a step that was begun', { timeout: 60000 }, async () => {
	await start();
	const a = await w.write('13811120001', '甲：路灯不亮');
	const boss = await w.hand('boss', 'supervisor'), housing = await w.hand('housing1', 'department', { department: 'housing' });
	await boss.step(a.number, 'accept');
	await boss.step(a.number, 'dispatch', { department: 'housing' });
	await housing.step(a.number, 'return', { reason: 'duty', basis: '条例', note: '不归我们' });
	const p = await w.console('boss', 'supervisor', { path: 'in/open' });
	await openTicket(p, '甲');
	await press(p, p.locator('button[data-step=supervise]'));
	await p.locator('xq-step-panel [name=note]').fill('请尽快');
	await p.locator('[data-settle=uphold]').click();
	await asked(p).waitFor();
	await no(p);
	assert.equal(await p.locator('xq-step-panel [name=note]').inputValue(), '请尽快');
	await asked(p).waitFor({ state: 'detached' });
	await p.locator('[data-settle=uphold]').click();
	await asked(p).waitFor();
	await yes(p);
	await p.locator('xq-step-panel h3', { hasText: '退单成立' }).waitFor();
	await drawn(p);
	assert.equal(await asked(p).count(), 0);
	await p.locator('[data-settle=uphold]').click(); // it is open already
	await drawn(p);
	assert.equal(await p.locator('xq-step-panel form').count(), 1);
});

test('who does not leave a step that was begun for a merge that is undone keeps it', { timeout: 60000 }, async () => {
	await start();
	const a = await w.write('13811120001', '甲：路灯不亮'), boss = await w.hand('boss', 'supervisor');
	await w.sim.send('13811120001', '还有一件事：小区停水了');
	const t = await w.ticketWith('小区停水');
	await boss.desk('POST', `../../api/v1/tickets/${a.number}/split`, { messages: [t.messages.filter((m) => m.from === 'citizen').at(-1).id] });
	const p = await w.console('boss', 'supervisor', { path: 'in/open' });
	await openTicket(p, '停水');
	await showFacts(p);
	await p.locator('[data-t=merge-open]').click();
	await p.locator('[data-t=merge] .person-row', { hasText: '路灯' }).click();
	await p.locator('[data-t=merge-go]').click();
	await p.locator('.talk-head h2', { hasText: '甲' }).waitFor();
	await p.locator('button[data-step=accept]').click();
	await p.locator('xq-step-panel [name=note]').fill('写了一半的备注');
	await p.locator('[data-t=toast-act]').click();
	await asked(p).waitFor();
	await no(p);
	await asked(p).waitFor({ state: 'detached' });
	assert.equal(await p.locator('.talk-head h2').textContent(), '甲：路灯不亮');
	assert.equal(await p.locator('xq-step-panel [name=note]').inputValue(), '写了一半的备注');
	assert.ok(p.url().endsWith(a.number));
});

test('Back from a search, and Ctrl K in its field, show the view one comes to, and search that one', { timeout: 60000 }, async () => {
	await start();
	await w.write('13811120001', '甲：路灯不亮');
	await w.write('13811120002', '乙：垃圾没清运');
	const p = await w.console('agent1', 'agent', { path: 'in/open' }), field = p.locator('[data-t=search]');
	const shows = async (title, q) => {
		await p.locator('.list-head h1', { hasText: title }).waitFor();
		await until('the field to be that view’s', async () => await field.inputValue() === q);
	};
	await p.locator('[data-t=nav-unassigned]').click();
	await field.fill('路灯');
	await row(p, '乙').waitFor({ state: 'detached' });
	await p.locator('[data-t=save-view]').waitFor();
	assert.equal(await field.evaluate((x) => x === document.activeElement), true);
	await picture(p, 'leaving-search-1440');
	await p.evaluate(() => history.back());
	await shows('在办', '');
	await row(p, '乙').waitFor();
	await field.fill('垃圾');
	await row(p, '甲').waitFor({ state: 'detached' });
	await p.keyboard.press('Control+k');
	await p.locator('dialog.palette input').fill('待受理');
	await p.keyboard.press('Enter');
	await shows('待受理', '');
	await row(p, '甲').waitFor();
});

test('Ctrl K leads from a page that is no list to the page or the ticket it names, and the list there lives', { timeout: 60000 }, async () => {
	await start();
	await w.write('13811120001', '甲：路灯不亮');
	const p = await w.console('boss', 'supervisor', { path: 'docket/return' });
	const seek = async (words, found) => {
		await p.keyboard.press('Control+k');
		await p.locator('dialog.palette input').fill(words);
		await p.locator('dialog.palette li[aria-selected=true]', { hasText: found }).waitFor();
		await p.keyboard.press('Enter');
	};
	await seek('知识库', '知识库');
	await p.locator('xq-knowledge h1', { hasText: '知识库' }).waitFor();
	for (const [i, path] of ['docket/return', 'reports?by=channel', 'knowledge'].entries()) {
		await p.goto(`${w.g.url}/console/${path}`);
		await live(p);
		await seek('路灯', '甲');
		await p.locator('.talk-head h2', { hasText: '甲' }).waitFor();
		assert.equal(await p.locator('.list-head h1').textContent(), '全部工单');
		await row(p, '甲').waitFor();
		await w.write(`1381112001${i}`, `丙${i}：小区停水`);
		await row(p, `丙${i}`).waitFor();
	}
});
