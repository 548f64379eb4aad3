// The reports page: what it says, that each number opens as many tickets, and that the tables can be taken along.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Chat } from '../scenario/lib/chat.mjs';
import { NARROW, World, accessible, launch, press, shot, shots, until } from './lib.mjs';

const DAY = 86400000;
const ago = (days) => new Date(Date.now() - days * DAY).toISOString();
const USUAL = ['小区路灯坏了请来修', '楼下占道经营太吵', '公积金怎么提取', '公交车总是晚点', '垃圾没有人清运'];
let browser, w, boss;

// Forty matters of the month before, forty of this one, and a dozen about cold radiators.
function past() {
	const lines = [];
	for (let i = 0; i < 40; i++)
		lines.push({ id: `b${i}`, peer: `1391111${String(1000 + i)}`, at: ago(35 + i / 4), text: `${USUAL[i % 5]}，第${i}次反映` });
	for (let i = 0; i < 40; i++)
		lines.push({ id: `n${i}`, peer: `1392222${String(1000 + i)}`, at: ago(2 + i / 4), text: `${USUAL[i % 5]}，第${i}次反映` });
	for (let i = 0; i < 12; i++)
		lines.push({ id: `h${i}`, peer: `1393333${String(1000 + i)}`, at: ago(1 + i / 20), text: `家里暖气片冰凉，${i}单元` });
	return lines.map((l) => JSON.stringify(l)).join('\n') + '\n';
}

async function rated(agent, words, { department, category, rating, solved }) {
	const chat = await new Chat(w.g.url).open();
	const { ticket } = await chat.say(words);
	const ok = async (r) => assert.ok([200, 201].includes(r.status), JSON.stringify(r.json));
	await ok(await agent.step(ticket, 'accept', { category }));
	await ok(await agent.step(ticket, 'dispatch', { department }));
	await ok(await agent.reply(ticket, '已经处理，谢谢反映。'));
	await ok(await agent.step(ticket, 'close', { result: 'solved' }));
	const { survey } = await chat.frame((f) => f.type === 'survey');
	chat.raw({ type: 'rating', survey, rating, solved });
	await until('the rating', async () => (await w.g.ticket(ticket)).survey.state === 'answered');
	await chat.close();
}

before(async () => {
	browser = await launch();
	w = await World.start(browser, { mail: false });
	const agent = await w.hand('1031', 'agent');
	boss = await w.hand('3001', 'supervisor', { display: '督办员 周敏' });
	const file = join(w.g.dir, 'past.jsonl');
	writeFileSync(file, past());
	w.g.run('import', file, '--channel', 'sms');
	await rated(agent, '三号路的路灯坏了', { department: 'urban', category: 'manhole', rating: 5, solved: true });
	await rated(agent, '人民路的路灯也坏了', { department: 'urban', category: 'manhole', rating: 4, solved: true });
	await rated(agent, '占道经营没人管', { department: 'urban', category: 'tree-down', rating: 2, solved: false });
	await rated(agent, '公积金提取材料不清楚', { department: 'fund', category: 'fund', rating: 1, solved: false });
	await rated(agent, '饭店后厨很脏', { department: 'market', category: 'food-safety', rating: 1, solved: false });
	await until('the reports to follow', async () => {
		const r = await boss.get('reports/rates');
		return r.json.all.counts.answered === 5 && r.json.all.counts.received === 57;
	}, 30000);
});
after(async () => {
	try {
		await w?.end();
	} finally {
		await browser?.close();
	}
});

const counted = async (query) => {
	let n = 0;
	for (let next = ''; next !== null;) {
		const r = await boss.get(`tickets?limit=200&${query}${next && `&after=${next}`}`);
		assert.equal(r.status, 200, JSON.stringify(r.json));
		n += r.json.items.length;
		next = r.json.next;
	}
	return n;
};

test('each number on the page opens as many tickets as it says', async () => {
	const p = await w.console('3001', 'supervisor', { path: 'reports' });
	await p.locator('[data-t=report-topics] .count').first().waitFor();
	const links = await p.locator('.reports a.count').evaluateAll((all) => all.map((a) => [a.getAttribute('href'), a.textContent]));
	assert.ok(links.length > 40, `${links.length} numbers`);
	for (const [href, n] of new Map(links))
		assert.equal(await counted(new URL(href, w.g.url).searchParams), Number(n.replaceAll(',', '')), href);
	await p.locator('[data-t=rate-satisfied] a.count').first().click();
	await p.locator('[data-t=counted]').waitFor();
	assert.match(await p.locator('[data-t=counted]').textContent(), /基本满意及以上/);
	await until('two tickets', async () => await p.locator('.ticket').count() === 2);
	assert.ok(await p.locator('[data-t=search]').isHidden(), 'no field that would do nothing');
	await p.locator('[data-t=clear-filter]').click();
	await p.locator('[data-t=search]').waitFor();
	await p.goBack();
	await p.locator('[data-t=report-topics] .count').first().click();
	await until('the twelve', async () => await p.locator('.ticket').count() === 12);
});

test('the tickets behind a number stay on the list while one works through them', async () => {
	const p = await w.console('3001', 'supervisor', { path: 'reports' });
	await p.locator('[data-t=report-topics] .count').first().waitFor();
	for (const link of ['[data-t=report-topics] a.count', 'a.count[data-report=received]']) {
		await p.locator(link).first().click();
		const rows = p.locator('.ticket');
		await until('the tickets', async () => await rows.count() >= 12);
		const many = await rows.count(), number = await rows.nth(1).getAttribute('data-number');
		await p.mouse.move(700, 5); // off the list, whose rows a hand holds still
		assert.equal((await boss.step(number, 'supervise', { note: '请尽快' })).status, 200);
		await p.locator(`.ticket[data-number="${number}"]`, { hasText: '督办' }).waitFor();
		await p.keyboard.press('f'); // now they may move
		await p.waitForLoadState('networkidle');
		assert.equal(await rows.count(), many);
		await p.goBack();
		await p.locator('[data-t=report-topics] .count').first().waitFor();
	}
});

test('rates leave law enforcement out of satisfaction, and the worst department stands first', async () => {
	const { all, items } = (await boss.get('reports/rates?by=department&order=satisfied')).json;
	assert.deepEqual([all.rates.satisfied.good, all.rates.satisfied.of, all.counts.uncounted], [2, 4, 1]);
	assert.deepEqual([all.rates.solved.good, all.rates.solved.of], [2, 5]);
	assert.deepEqual([all.rates.answered.good, all.rates.answered.of], [5, 5]);
	assert.deepEqual(items.slice(0, 2).map((x) => [x.key, x.rates.satisfied.percent]), [['fund', 0], ['urban', 66.7]]);
	assert.equal(items.at(-1).rates.satisfied.percent, null, 'who was never rated is not ranked');
	const p = await w.console('3001', 'supervisor', { path: 'reports' });
	await p.locator('[data-t=report-ranking] tbody tr').first().waitFor(); /* the table is open */
	assert.match(await p.locator('[data-t=report-ranking] tbody tr').first().textContent(), /^1市住房公积金管理中心1/);
	await p.locator('[data-t=report-order]').selectOption('solved');
	await until('another order', async () => new URL(p.url()).searchParams.get('order') === 'solved');
});

test('what grew is told with what stands beside it, and what is as frequent as ever is not', async () => {
	const { items, now, before: then } = (await boss.get('reports/topics')).json;
	assert.deepEqual([now.received, then.received], [57, 40]);
	assert.ok(items.length >= 1 && items[0].word === '家里暖气片冰凉', JSON.stringify(items));
	assert.deepEqual([items[0].now, items[0].before], [12, 0]);
	assert.ok(!items.some((x) => ['公交', '垃圾', '晚点'].some((word) => x.word.includes(word))), JSON.stringify(items));
});

test('the tables come as CSV that Excel opens as they are, and no cell is a formula', async () => {
	const p = await w.console('3001', 'supervisor', { path: 'reports' });
	await p.locator('[data-t=csv-ranking]').waitFor();
	const [file] = await Promise.all([p.waitForEvent('download'), p.locator('[data-t=csv-ranking]').click()]);
	const text = readFileSync(await file.path(), 'utf8');
	assert.ok(text.startsWith('\ufeff名次,部门,受理来件,'), text.slice(0, 80));
	const token = w.g.runJson('token', 'create', 'figures', '--scope', 'reports')[0].token;
	const get = (path) => fetch(`${w.g.url}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } });
	const csv = await get('reports/rates?by=department&format=csv');
	assert.equal(csv.headers.get('content-type'), 'text/csv; charset=utf-8');
	const raw = Buffer.from(await csv.arrayBuffer());
	assert.deepEqual([...raw.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
	assert.match(raw.toString(), /\r\nfund,市住房公积金管理中心,1,1,/);
	assert.ok(!/(^|,)[=+\-@]/m.test(raw.toString()), 'no formula');
	assert.equal((await get('tickets')).status, 403, 'the numbers, and nothing else');
	assert.equal((await get('reports/rates?by=colour')).status, 400);
	assert.equal((await get('reports/rates?from=2026-13-01')).status, 400);
	assert.equal((await get('reports/rates?from=2020-01-01&to=2026-01-01')).status, 422);
	assert.equal((await fetch(`${w.g.url}/api/v1/reports/rates`)).status, 401);
});

test('a period and a filter are kept in the address, on a telephone too, in English and in the dark', async () => {
	const p = await w.console('3001', 'supervisor', { path: 'reports?department=urban', size: NARROW, language: 'en', theme: 'dark' });
	await p.locator('[data-t=report-ranking] canvas').waitFor();
	assert.equal(await p.locator('[data-t=rate-solved] b').textContent(), '2 / 3');
	await press(p, p.locator('[data-t=period-lastMonth]'));
	await until('the period', async () => new URL(p.url()).searchParams.has('from'));
	assert.equal(new URL(p.url()).searchParams.get('department'), 'urban');
	assert.equal(await p.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'nothing is wider than the screen');
	await accessible(w, p, 'reports, narrow');
	const wide = await w.console('3001', 'supervisor', { path: 'reports' });
	await wide.locator('[data-t=report-topics] .count').first().waitFor();
	await accessible(w, wide, 'reports');
	if (!shots)
		return;
	for (const theme of ['light', 'dark'])
		for (const language of ['zh-CN', 'en'])
			for (const size of [{ width: 1440, height: 2200 }, { width: 360, height: 4200 }]) {
				const page = await w.console('3001', 'supervisor', { path: 'reports', size, language, theme });
				await page.locator('[data-t=report-topics] .count').first().waitFor();
				await page.locator('[data-t=meanings] summary').click();
				await page.locator('canvas').first().waitFor();
				await shot(page, `reports-${theme}-${language}-${size.width}`);
			}
});

test('a single day has a point in its chart, since it has no line', async () => {
	const p = await w.console('3001', 'supervisor', { path: 'reports' });
	await p.locator('[data-t=report-topics] .count').first().waitFor();
	const radius = () => p.waitForFunction(() => {
		const canvas = document.querySelector('[data-t=report-course] canvas');
		const chart = canvas && window.Chart?.getChart(canvas);
		return chart && { points: chart.data.labels.length, radius: chart.getDatasetMeta(0).data[0].options.radius };
	}).then((x) => x.jsonValue());
	assert.equal((await radius()).radius, 0);
	await press(p, p.locator('[data-t=period-today]'));
	await until('one day', async () => (await radius()).points === 1);
	assert.ok((await radius()).radius > 2);
	if (shots) await shot(p, 'reports-today');
});
