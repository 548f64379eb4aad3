// How many text messages a reply makes is said while it is typed, and one the carrier would not take does not go out.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { World, launch, openTicket, until } from './lib.mjs';

let browser, w;
before(async () => { browser = await launch(); w = await World.start(browser, { mail: false, sms: { parts_max: 2 } }); });
after(async () => { await w.end(); await browser.close(); });

test('a reply too long for the carrier is refused where it is written; shortened it goes', { timeout: 60000 }, async () => {
	const phone = '13811130001', road = (n) => '路'.repeat(n);
	await w.sim.send(phone, '路灯不亮');
	await w.ticketWith('路灯不亮');
	const p = await w.console('agent1', 'agent');
	await openTicket(p, '路灯不亮');
	const area = p.locator('[data-t=composer]');
	await area.fill(road(60)); // one part without the signature and the ticket's number
	await p.getByText('60 字 · 2 条短信').waitFor();
	await area.fill(road(150));
	await p.getByText('需拆成 3 条短信，超出运营商上限 2 条').waitFor();
	await area.press('Control+Enter');
	await p.locator('.fault', { hasText: '需拆成 3 条短信' }).waitFor();
	assert.equal(await area.inputValue(), road(150));
	assert.ok(!(await w.sim.texts(phone)).some((x) => x.includes(road(150))));
	await area.fill(road(70));
	await area.press('Control+Enter');
	await until('it to arrive', async () => (await w.sim.texts(phone)).some((x) => x.includes(road(70))));
});
