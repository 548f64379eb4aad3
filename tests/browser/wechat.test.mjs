// Pictures from staff to citizens, and what administrators see of WeChat: menu and quotas.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Platform } from '../scenario/lib/wechat.mjs';
import { NARROW, WIDE, World, accessible, launch, openTicket, press, say, shot, shots, until } from './lib.mjs';

// 2 by 2, as a browser shows it.
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP4z8DAwMDA8J+BgYHhPwMAHgYEAZ9Vb7MAAAAASUVORK5CYII=', 'base64');
const file = (name, mimeType = 'image/png', buffer = png) => ({ name, mimeType, buffer });
let browser, w, p;
before(async () => {
	[browser, p] = [await launch(), await Platform.start()];
	w = await World.start(browser, { mail: false, channels: { wechat: p.channel() } });
});
after(async () => { await w.end(); await p.end(); await browser.close(); });
const citizen = async (who, words) => { await p.say(`${w.g.url}/wechat`, who, words); return w.ticketWith(words); };

for (const [size, language] of [[WIDE, 'zh-CN'], [NARROW, 'en']])
	test(`a picture is chosen, pasted or dropped, goes up and goes out, at ${size.width} in ${language}`, { timeout: 90000 }, async () => {
		const words = `路灯不亮 ${size.width}`, who = `oPic${size.width}`;
		const { number } = await citizen(who, words);
		const c = await w.console(`clerk${size.width}`, 'agent', { size, context: await w.context({ size, language }) });
		await openTicket(c, words);
		await c.locator('[data-t=attach-input]').setInputFiles([file('更换后的灯头.png')]);
		await c.locator('[data-t=attached] .quiet').waitFor();
		await c.evaluate(async (base64) => {
			const bytes = Uint8Array.from(atob(base64), (x) => x.charCodeAt(0)), data = new DataTransfer();
			data.items.add(new File([bytes], '现场.png', { type: 'image/png' }));
			document.querySelector('[data-t=composer]').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
			const more = new DataTransfer();
			more.items.add(new File(['%PDF-1.4'], '通知.pdf', { type: 'application/pdf' }));
			document.querySelector('.box').dispatchEvent(new DragEvent('drop', { dataTransfer: more, bubbles: true, cancelable: true }));
		}, png.toString('base64'));
		await c.locator('xq-attach [role=alert]', { hasText: 'JPG' }).waitFor(); // a document is no picture
		await until('both up', async () => await c.locator('[data-t=attached]').count() === 2 && !await c.locator('xq-attach progress').count());
		await c.locator('[data-t=composer]').fill('已更换灯头，见照片。');
		await accessible(w, c, `attach-${size.width}`);
		if (shots) await shot(c, `attach-${size.width}`);
		await press(c, c.locator('[data-t=composer-send]'));
		await c.locator('.said.out img.shot[alt="现场.png"]').waitFor();
		await p.got(who, (m) => m.file?.filename === '现场.png');
		assert.deepEqual(p.sent.filter((m) => m.to === who).slice(-3).map((m) => m.text || m.file.filename), ['已更换灯头，见照片。', '更换后的灯头.png', '现场.png']);
		assert.equal(await c.locator('[data-t=attached]').count(), 0, 'the row is empty again');
		const sent = (await w.g.ticket(number)).messages.find((m) => m.text === '已更换灯头，见照片。');
		await until('it to be accepted', async () => (await w.g.ticket(number)).messages.find((m) => m.id === sent.id).state === 'accepted');
		await c.locator('.said.out', { hasText: '见照片' }).locator('.state').waitFor();
		if (shots) await shot(c, `attached-${size.width}`);
	});

test('what was uploaded is there after a reload; a citizen of the chat sees it as a picture; text messages carry none', { timeout: 90000 }, async () => {
	const chat = await w.chat();
	await say(chat, '长椅坏了');
	await w.ticketWith('长椅坏了');
	const c = await w.console('clerk3', 'agent');
	await openTicket(c, '长椅坏了');
	await c.locator('[data-t=attach-input]').setInputFiles([file('长椅.png')]);
	await until('it to be kept', () => c.evaluate(() => Object.keys(localStorage).some((k) => k.endsWith('.files'))));
	await c.reload();
	await c.locator('[data-t=attached]', { hasText: '长椅.png' }).waitFor();
	await c.locator('[data-t=composer]').fill('修好了。');
	await press(c, c.locator('[data-t=composer-send]'));
	await chat.locator('.pic img[alt="长椅.png"]').waitFor();
	await until('the picture itself', () => chat.locator('.pic img').evaluate((i) => i.naturalWidth === 2));
	if (shots) await shot(chat, 'attach-chat');

	await w.sim.send('13811140001', '短信里的积水');
	await w.ticketWith('短信里的积水');
	await openTicket(c, '短信里的积水');
	assert.equal(await c.locator('[data-t=attach]').isVisible(), false);
	await c.evaluate(() => {
		const data = new DataTransfer();
		data.items.add(new File(['x'], 'a.png', { type: 'image/png' }));
		document.querySelector('[data-t=composer]').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
	});
	await c.getByText('此渠道不能携带文件').waitFor();
	assert.equal(await c.locator('[data-t=attached]').count(), 0);
});
