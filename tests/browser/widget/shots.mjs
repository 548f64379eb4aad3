// Pictures of the widget, for people to look at: node shots.mjs FOLDER [name …]
import { mkdirSync } from 'node:fs';
import { need, startGateway, widgetSize } from './gateway.mjs';
const { chromium } = need('playwright-core');

const folder = process.argv[2] || 'shots';
const only = process.argv.slice(3);
mkdirSync(folder, { recursive: true });

const HOST = `<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>某市人民政府</title>
<link rel="stylesheet" href="/host.css"><header><b>某市人民政府</b></header><main><h1>政务服务</h1>
<p>社会保障 · 医疗卫生 · 住房公积金 · 户籍办理 · 不动产登记 · 公共交通 · 教育入学</p>
<ul><li>关于 2026 年度城乡居民基本医疗保险缴费的通告</li><li>关于滨江路照明设施改造施工期间交通组织的公告</li></ul></main>
<script src="/widget.js" async ATTRS></script></html>`;
// A hostile host: everything a careless style sheet could leak into the widget.
const HOST_CSS = `html{font-size:10px}*{box-sizing:content-box}body{margin:0;font:16px/1.7 "Noto Serif CJK SC",serif;color:#333}
header{background:#b61f24;color:#fff;padding:20px 90px;font-size:26px}main{padding:0 90px}
button{background:#b61f24!important;border-radius:0!important;letter-spacing:6px!important}xq-chat{display:none!important}
textarea,input{border:3px double red!important}div,p,span,li{letter-spacing:.2em!important}`;

const zh = {
	one: '小区门口的路灯坏了三天，晚上老人走路很危险。地址是滨江路 88 号东门。',
	auto: '您的诉求已登记，编号 20261122100000017。我们会在 5 个工作日内答复，您可以随时发送“查询”了解进度。',
	staff: '您好，已转滨江区城市管理局办理，进展见 https://12345.city.example/t/17。需要补充情况可以直接写在这里。',
	two: '好的，谢谢。', typing: '另外二号楼前面的两盏灯也不亮，能不能一起修？',
	survey: '您反映的“路灯不亮”已办结。请您评价本次服务。'
};
const en = {
	one: 'The street lamp at our gate has been out for three days. It is dangerous for older people at night.',
	auto: 'Your request is registered as 20261122100000017. We will answer within 5 working days.',
	staff: 'Hello, we passed this to the district office, see https://12345.city.example/t/17. You can add details here.',
	two: 'OK, thank you.', typing: 'Two more lamps near building 2 are out too. Can they be mended as well?',
	survey: 'Your case "street lamp out" is closed. Please rate our service.'
};

const gate = await startGateway();
gate.hosts.set('/host.css', HOST_CSS);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });

async function shot(name, { width = 1440, height = 800, attrs = '', path = '/host', big, theme, lang, words = zh, scheme,
	forced, steps, touch = width < 600 } = {}) {
	if (only.length && !only.some((o) => name.includes(o)))
		return;
	gate.mood = {};
	gate.hosts.set('/host', HOST.replace('ATTRS', attrs + (lang ? ` data-language="${lang}"` : '') +
		(theme ? ` data-theme="${theme}"` : '')));
	const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: width < 600 ? 2 : 1,
		hasTouch: touch, isMobile: touch, colorScheme: scheme || 'light', forcedColors: forced ? 'active' : 'none',
		locale: lang === 'en' ? 'en-GB' : 'zh-CN', timezoneId: 'Asia/Shanghai' });
	const page = await context.newPage();
	page.on('console', (m) => ['error', 'warning'].includes(m.type()) && console.log(name, m.text()));
	page.on('pageerror', (e) => console.log(name, 'PAGE ERROR', e));
	await page.goto(gate.url + path + (lang === 'en' && path === '/chat' ? '?lang=en' : ''));
	await page.waitForSelector('xq-chat .panel', { state: 'attached' });
	if (steps)
		await steps(page, words);
	if (big)
		await page.locator('.tool').first().click();
	await page.waitForTimeout(350);
	await page.screenshot({ path: `${folder}/${name}.png` });
	await context.close();
}
const open = async (page) => (await page.locator('.launch').isVisible()) && page.locator('.launch').click();
const write = async (page, text) => {
	await page.locator('#field').fill(text);
	await page.locator('.composer .go').click();
};
const talk = async (page, w) => {
	await open(page);
	await write(page, w.one);
	await page.waitForSelector('.ticket');
	gate.say(gate.token(), { from: 'system', name: undefined, text: w.auto });
	gate.say(gate.token(), { text: w.staff });
	await page.waitForTimeout(100);
	gate.people.get(gate.token()).sockets.forEach((s) => s.send('{"type":"seen","seq":1}'));
};
const ask = async (page, w) => {
	await talk(page, w);
	gate.say(gate.token(), { type: 'survey', from: 'system', survey: 's1', scale: 5, open: true, text: w.survey });
	await page.waitForSelector('.card');
};
const compose = async (page, w) => {
	await talk(page, w);
	await write(page, w.two);
	gate.mood.refuse = { code: 'refused', text: '消息未能受理，请修改后重新发送。' };
	await write(page, '谢谢');
	await page.waitForSelector('.failed');
	await page.locator('#field').fill(w.typing);
	gate.people.get(gate.token()).sockets.forEach((s) => s.send('{"type":"typing","from":"staff"}'));
};
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const attach = async (page, w) => {
	const choose = (...files) => page.locator('.attach input').setInputFiles(files.map(([name, buffer]) => ({ name, buffer,
		mimeType: 'image/png' })));
	await talk(page, w);
	const picture = await page.screenshot({ clip: { x: 0, y: 0, width: 300, height: 200 } });
	await choose(['路灯.png', picture], ['情况说明.pdf', Buffer.from('%PDF-1')]);
	await page.waitForSelector('.files .file');
	await write(page, w.two);
	await page.waitForSelector('.list .file');
	await choose(['路灯.png', picture], ['录像.mp4', Buffer.alloc(2 << 20)], ['一个名字很长很长很长很长很长很长的文件.png', PNG]);
	await page.waitForSelector('.files li:nth-child(3) .pic');
};
const offline = async (page, w) => {
	await talk(page, w);
	gate.mood.down = true;
	gate.drop();
	await write(page, w.two);
	await page.waitForSelector('.banner:not([hidden])');
};
const answered = async (page, w) => {
	await ask(page, w);
	await page.locator('.options input[value=no]').check();
	await page.locator('.faces input[value="2"]').check({ force: true });
	await page.locator('.card textarea').fill('路灯又坏了');
};

await shot('closed', {});
await shot('unread', { steps: async (page, w) => {
	await talk(page, w);
	await page.locator('.tool.close').click();
	gate.say(gate.token(), { text: w.staff });
	gate.say(gate.token(), { text: w.staff });
	await page.locator('.launch').focus();
} });
await shot('empty', { steps: open });
await shot('empty-360', { width: 360, height: 740, steps: open });
await shot('compose', { steps: compose });
await shot('compose-en', { lang: 'en', words: en, steps: compose });
await shot('compose-dark', { theme: 'dark', steps: compose });
await shot('compose-360', { width: 360, height: 740, steps: compose });
await shot('compose-360-en', { width: 360, height: 740, lang: 'en', words: en, steps: compose });
await shot('compose-360-dark', { width: 360, height: 740, theme: 'dark', steps: compose });
await shot('compose-360-big', { width: 360, height: 740, big: true, steps: compose });
await shot('files', { steps: attach });
await shot('files-360', { width: 360, height: 740, steps: attach });
await shot('files-360-en-dark', { width: 360, height: 740, lang: 'en', words: en, theme: 'dark', big: true, steps: attach });
await shot('offline-360', { width: 360, height: 740, steps: offline });
await shot('survey', { steps: ask });
await shot('survey-360', { width: 360, height: 740, steps: answered });
await shot('survey-360-en', { width: 360, height: 740, lang: 'en', words: en, steps: ask });
await shot('survey-360-big', { width: 320, height: 740, big: true, steps: answered });
await shot('survey-done', { steps: async (page, w) => {
	await answered(page, w);
	await page.locator('.card .go').click();
	await page.waitForTimeout(200);
} });
await shot('survey-forced', { forced: true, steps: answered });
await shot('colour-left', { attrs: 'data-color="#e5322d" data-position="left" data-greeting="欢迎来到某市人民政府网站。"', steps: talk });
await shot('page', { path: '/chat', height: 900, steps: compose });
await shot('page-empty', { path: '/chat', height: 900 });
await shot('page-en-dark', { path: '/chat', height: 900, lang: 'en', scheme: 'dark', words: en, steps: ask });
await shot('page-360', { path: '/chat', width: 360, height: 740, steps: talk });
console.log('widget.js gzipped:', widgetSize());
await browser.close();
await gate.stop();
