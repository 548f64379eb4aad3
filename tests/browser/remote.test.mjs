// Where a core system makes the steps, the console offers the conversation's only, says so, and shows how the ticket stands there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { World, launch, openTicket, until } from './lib.mjs';

let browser, w;
before(async () => { browser = await launch(); w = await World.start(browser, { mail: false, settings: { workflow: 'remote' } }); });
after(async () => { await w.end(); await browser.close(); });

test('staff see the core\'s number and state, write interim answers and notes, and have no step to take', { timeout: 90000 }, async () => {
	const phone = '13811130007';
	await w.sim.send(phone, '小区停车场照明不足');
	const { number } = await w.ticketWith('小区停车场照明不足');
	const p = await w.console('boss1', 'supervisor');
	await openTicket(p, '小区停车场照明不足');
	await p.locator('[data-t=composer]').waitFor();
	await p.locator('[data-step=more]').click();
	const offered = (await p.locator('xq-steps button, xq-step-panel button').allInnerTexts()).join(' ');
	assert.match(offered, /保密/, 'what belongs to the conversation is offered');
	assert.doesNotMatch(offered, /受理|派单|督办|办结|撤回|转办/);
	await p.locator('[data-step=more]').click();
	assert.equal(await p.locator('[data-t=merge-open]').count(), 0);
	assert.ok(await p.locator('.interim input').isChecked() && await p.locator('.interim input').isDisabled());
	await p.getByText('阶段性答复（最终答复由核心系统办理）').waitFor();
	await w.g.step(number, 'accept', { core: { number: 'HX-2026-77', state: '部门已签收', seq: 1 } });
	const core = p.locator('[data-t=core]');
	await core.getByText('HX-2026-77').waitFor();
	await core.getByText('部门已签收').waitFor();
	await p.locator('[data-t=composer]').fill('正在核实，请稍候');
	await p.locator('[data-t=composer]').press('Control+Enter');
	await until('it to arrive', async () => (await w.sim.texts(phone)).some((x) => x.includes('正在核实')));
	assert.equal((await w.g.ticket(number)).state, 'accepted');
});
