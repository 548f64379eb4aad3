// The console's inbox over a hundred thousand tickets: how long a list, a search and an open ticket take to be on the screen, and
// whether the list stays fluid under the wheel and under J, by what the browser traces of its own main thread.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Gateway, until } from '../../scenario/lib/gateway.mjs';
import { launch } from '../../browser/lib.mjs';
import { none } from '../beside.mjs';
import { folder, note, own, quick, usage } from '../lib.mjs';

const MANY = quick ? 5000 : 100000;
const WHAT = ['路灯不亮', '垃圾没有清运', '井盖松动', '夜间施工噪声', '公交站台破损', '自来水水压低', '小区电梯停运', '占道经营'];
const quantile = (v, q) => [...v].sort((a, b) => a - b)[Math.min(v.length - 1, Math.floor(v.length * q))] ?? 0;

async function seeded() {
	const dir = folder();
	const g = await Gateway.start({ channels: { sms: { type: 'smpp', host: '127.0.0.1', port: 9, system_id: 'x', password: 'x', number: '12345' } }, dir });
	await g.stop();
	const now = Date.now();
	writeFileSync(join(dir, 'many.jsonl'), Array.from({ length: MANY }, (_, i) => JSON.stringify({ id: `b${i}`, peer: `139${String(i).padStart(8, '0')}`,
		at: new Date(now - (MANY - i) * 20000).toISOString(), text: `人民路${i + 1}号${WHAT[i % WHAT.length]}，请派人来看看。` })).join('\n') + '\n');
	g.run('import', join(dir, 'many.jsonl'), '--channel', 'sms');
	await g.up();
	own(g.child);
	return g;
}

// What the page's main thread did while fn() ran: how long its tasks took, and how far apart the frames came.
async function traced(browser, page, fn) {
	await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline.frame', '__metadata'] });
	await fn();
	const { traceEvents: all } = JSON.parse(String(await browser.stopTracing()));
	const main = all.filter((e) => e.name === 'thread_name' && e.args.name === 'CrRendererMain').map((e) => `${e.pid}.${e.tid}`);
	const mine = all.filter((e) => main.includes(`${e.pid}.${e.tid}`));
	const tasks = mine.filter((e) => /RunTask$/.test(e.name) && e.dur).map((e) => e.dur / 1000);
	const frames = all.filter((e) => e.name === 'DrawFrame').map((e) => e.ts / 1000).sort((a, b) => a - b);
	const apart = frames.slice(1).map((t, i) => t - frames[i]).filter((ms) => ms < 1000);
	return { tasks: tasks.length, longest: Math.max(0, ...tasks), task_p99: quantile(tasks, 0.99), frames: frames.length, frame_p50: quantile(apart, 0.5),
		frame_p95: quantile(apart, 0.95) };
}

const timed = async (fn) => { const at = performance.now(); await fn(); return performance.now() - at; };

async function measure() {
	const g = await seeded(), browser = await launch();
	try {
		const password = g.staff('bench', 'agent');
		const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' });
		await context.request.post(`${g.url}/console/api/login`, { data: { name: 'bench', password } });
		const page = await context.newPage();
		const rows = page.locator('.ticket').first();
		const r = { list: await timed(async () => { await page.goto(`${g.url}/console/in/open`); await rows.waitFor(); }) };
		await page.locator('.pill.good, .pill.bad').first().waitFor();
		await page.locator('.rows').hover();
		r.wheel = await traced(browser, page, async () => {
			for (let i = 0; i < 60; i++) {
				await page.mouse.wheel(0, 900);
				await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
			}
		});
		r.nodes = await page.evaluate(() => document.querySelectorAll('*').length);
		r.opened = [];
		await page.locator('.ticket').nth(3).click();
		await page.locator('[data-t=composer]').waitFor();
		await page.locator('[data-t=talk]').focus();
		r.keys = await traced(browser, page, async () => {
			for (let i = 0; i < 20; i++) {
				const before = new URL(page.url()).pathname;
				r.opened.push(await timed(async () => {
					await page.keyboard.press('j');
					await page.waitForFunction((was) => location.pathname !== was && document.querySelector('[data-t=number]')?.textContent === location.pathname.split('/').pop(), before);
				}));
			}
		});
		r.search = await timed(async () => {
			await page.goto(`${g.url}/console/in/all?q=${encodeURIComponent('人民路77号')}`);
			await page.locator('.ticket', { hasText: '人民路77号' }).first().waitFor();
		});
		r.rss = usage(g.child.pid).rss;
		return r;
	} finally {
		await browser.close();
		await g.stop();
	}
}

const words = (t) => `${t.frames} frames, p50 ${t.frame_p50.toFixed(1)} and p95 ${t.frame_p95.toFixed(1)} ms apart; ${t.tasks} tasks, p99 ${t.task_p99.toFixed(1)} ms`;

const NOTHING = { limit: none('what a browser paints has an aim, and no limit of the machine'),
	peer: none('no other console is installed here with as many tickets') };

export default {
	name: 'inbox',
	async once() {
		const r = await measure();
		note(`  inbox of ${MANY}: longest task ${r.wheel.longest.toFixed(0)} ms under the wheel, ${r.keys.longest.toFixed(0)} ms under J`);
		return r;
	},
	rows: ({ once: r }) => [
		{ id: 'inbox_list', what: `inbox of ${MANY.toLocaleString('en')} tickets: the console from nothing to its list`, value: r.list, unit: 'ms', better: 'less', ...NOTHING, note: `${r.nodes} nodes on the page` },
		{ id: 'inbox_wheel', what: 'the longest task of the page while the wheel turns', value: r.wheel.longest, unit: 'ms', digits: 1, better: 'less', aim: 100, ...NOTHING, note: words(r.wheel) },
		{ id: 'inbox_keys', what: 'the longest task while J opens ticket after ticket', value: r.keys.longest, unit: 'ms', digits: 1, better: 'less', aim: 100, ...NOTHING, note: words(r.keys) },
		{ id: 'inbox_open', what: 'from J to the next ticket on the screen, p95', value: quantile(r.opened, 0.95), unit: 'ms', better: 'less', aim: 200, ...NOTHING, note: `p50 ${quantile(r.opened, 0.5).toFixed(0)} ms` },
		{ id: 'inbox_search', what: 'search by words, from the address to the list', value: r.search, unit: 'ms', better: 'less', ...NOTHING },
	],
};
