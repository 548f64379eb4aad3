// The closed loop at the console: what is returned, asked for, ordered or owed waits where it is decided, and is settled from there.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { NARROW, WIDE, World, accessible, back, faces, launch, openTicket, press, row, say, shot, shots, showFacts, until } from './lib.mjs';

let browser, w;
before(async () => { browser = await launch(); });
after(() => browser.close());
afterEach(async () => { const was = w; w = null; await was?.end(); });

const panel = async (p, values) => {
	for (const [name, value] of Object.entries(values)) {
		const field = p.locator(`xq-step-panel [name=${name}]`);
		await ((await field.evaluate((x) => x.tagName)) === 'SELECT' ? field.selectOption(value) : field.fill(value));
	}
	await press(p, p.locator('[data-t=panel-go]'));
	await p.locator('xq-step-panel form').waitFor({ state: 'detached' });
};
const step = async (p, name, values) => {
	const button = p.locator(`.step-bar [data-step=${name}], xq-step-panel [data-step=${name}]`);
	if (!await button.isVisible())
		await press(p, p.locator('.step-bar [data-step=more]'));
	await press(p, button);
	await panel(p, values);
};
const docket = (p, kind) => p.goto(`${w.g.url}/console/docket/${kind}`);
const waiting = (p, number) => p.locator(`[data-t=docket-row][data-number="${number}"]`);
const look = async (p, name) => { await accessible(w, p, name); if (shots) await shot(p, name); };

for (const [size, language, theme] of [[WIDE, 'zh-CN', 'light'], [NARROW, 'en', 'dark']])
	test(`at ${size.width}, ${language}: a return is ruled on${size === WIDE ? ', more time granted, an order answered, help given, a citizen called back' : ', and everything else is one touch away'}`, { timeout: 120000 }, async () => {
		w = await World.start(browser, { mail: false });
		const of = { size, language, theme };
		const agent = await w.hand('agent1', 'agent', { display: '坐席 1' });
		const chat = await w.chat();
		await say(chat, '小区门口的路灯坏了三天');
		const { number } = await w.ticketWith('路灯坏了三天');
		await agent.step(number, 'accept');
		await agent.step(number, 'dispatch', { department: 'housing' });

		const boss = await w.console('boss1', 'supervisor', { ...of, path: 'docket' });
		await boss.locator('.blank').waitFor();
		const housing = await w.console('housing1', 'department', { ...of, department: 'housing' });
		await openTicket(housing, '路灯坏了');
		w.allow(/404/); // it is no longer theirs to see
		await step(housing, 'return', { reason: 'duty', basis: '城市照明管理规定第四条', note: '路灯由城管局管护' });
		await waiting(boss, number).waitFor();
		await boss.locator('[data-t=docket-row]', { hasText: '城市照明管理规定第四条' }).waitFor();
		await look(boss, `docket-return-${size.width}`);
		await press(boss, waiting(boss, number).locator('[data-step=designate]'));
		await boss.locator('xq-step-panel form').waitFor();
		await look(boss, `docket-designate-${size.width}`);
		await panel(boss, { department: 'urban', note: '照明设施归口城管' });

		if (size === NARROW) { // the rest is the same on a phone
			await press(boss, boss.locator('.talk-head .only-narrow'));
			await press(boss, boss.locator('[data-t=nav-more]'));
			await boss.locator('[data-t=nav-sheet] [data-t=nav-wall]').waitFor();
			await look(boss, 'nav-sheet-360');
			await press(boss, boss.locator('[data-t=nav-sheet] [data-t=nav-admin]'));
			await boss.locator('xq-admin .channel-cards').waitFor();
			return;
		}

		const urban = await w.console('urban1', 'department', { ...of, department: 'urban' });
		await openTicket(urban, '路灯坏了');
		await step(urban, 'extend', { days: '3', note: '需采购灯具' });
		await docket(boss, 'extension');
		await press(boss, waiting(boss, number).locator('[data-step=grant]'));
		await boss.locator('xq-step-panel form').waitFor();
		assert.equal(await boss.locator('xq-step-panel [name=days]').inputValue(), '3', 'what was asked for is where the ruling begins');
		await panel(boss, { text: '灯具需要采购，延长三个工作日。' });
		await chat.locator('.m.in .b', { hasText: '灯具需要采购' }).waitFor();

		await step(boss, 'supervise', { note: '请三天内反馈' });
		await showFacts(urban);
		const order = urban.locator('[data-t=docket-open] [data-settle=answer]');
		await order.waitFor();
		await look(urban, `docket-facts-${size.width}`);
		await press(urban, order);
		await panel(urban, { note: '已派人，周五完成' });
		await docket(boss, 'supervision');
		await boss.locator('.blank').waitFor();

		// A department that helps sees the ticket from the moment it is asked, without asking for it.
		const police = await w.console('police1', 'department', { ...of, department: 'police' });
		await police.locator('xq-list .blank').waitFor();
		await agent.step(number, 'assist', { department: 'police', note: '施工需要占道' });
		await row(police, '路灯坏了').waitFor();
		await docket(police, 'help');
		await press(police, waiting(police, number).locator('[data-step=opinion]'));
		await panel(police, { note: '已安排夜间引导' });
		await agent.step(number, 'note', { note: '引导时间请与城管对接' });
		await police.locator('.said.note', { hasText: '引导时间' }).waitFor();
		await back(urban);

		await agent.reply(number, '路灯已修好。');
		await agent.step(number, 'close');
		await faces(chat, 1, false, '还是不亮');
		await until('the call-back', async () => (await w.g.api('GET', '/api/v1/docket/callback')).json.items.length === 1);
		const desk = await w.console('agent2', 'agent', { ...of, path: 'docket' });
		await waiting(desk, number).waitFor();
		await look(desk, `docket-callback-${size.width}`);
		await press(desk, waiting(desk, number).locator('[data-step=callback]'));
		await panel(desk, { note: '已电话联系，重新派人' });
		await docket(desk, 'callback');
		await desk.locator('.blank').waitFor();
	});
