// What a visitor's browser has to fetch, and when he can write.
import { get } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { none } from '../beside.mjs';
import { median, startGateway } from '../lib.mjs';

const TIMES = 7;
const NOTHING = { limit: none('bytes and paint: no limit of the machine comes near'), peer: none('no other chat\'s page is installed here') };

// fetch() would unpack it.
const zipped = (url) => new Promise((done, fail) => get(url, { headers: { 'accept-encoding': 'gzip' } }, async (r) => {
	const pieces = [];
	for await (const p of r) pieces.push(p);
	done(Buffer.concat(pieces));
}).on('error', fail));

// From the first byte asked for to the text field that takes a letter: an empty cache, a processor four times as slow as this one.
async function opening(browser, url) {
	const context = await browser.newContext({ viewport: { width: 360, height: 740 } });
	const page = await context.newPage();
	const line = await context.newCDPSession(page);
	await line.send('Emulation.setCPUThrottlingRate', { rate: 4 });
	await page.addInitScript(() => {
		const look = () => { const chat = document.querySelector('xq-chat'); if (chat?.shadowRoot?.getElementById('field')) window.usable = performance.now(); else requestAnimationFrame(look); };
		look();
	});
	await page.goto(url);
	const ms = await (await page.waitForFunction(() => window.usable)).jsonValue();
	await context.close();
	return ms;
}

export default {
	name: 'widget',
	async once() {
		const gateway = await startGateway({ web: { type: 'webchat' } });
		const fetched = async (path) => {
			const bytes = await zipped(gateway.url + path);
			return { sent: bytes.length, plain: gunzipSync(bytes).length };
		};
		const script = await fetched('/widget.js'), words = await fetched('/widget/words/zh-CN');
		const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
		const times = [];
		for (let i = 0; i < TIMES; i++) times.push(await opening(browser, `${gateway.url}/chat`));
		await browser.close();
		await gateway.stop();
		return { script, words, usable_ms: median(times) };
	},
	rows: ({ once: { script, words, usable_ms } }) => [
		{ id: 'widget_bytes', what: 'the widget, script and style, compressed', value: script.sent / 1024, unit: 'KB', digits: 1, better: 'less', aim: 15, ...NOTHING,
			note: `and ${(words.sent / 1024).toFixed(1)} KB for the words of a language; ${(script.plain / 1024).toFixed(0)} KB unpacked` },
		{ id: 'widget_usable', what: 'the chat as a page, empty cache, processor slowed four times: until one can write', value: usable_ms, unit: 'ms', better: 'less', ...NOTHING },
	],
};
