// Pictures from staff to citizens, and what administrators see of WeChat: menu and quotas.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Platform } from '../scenario/lib/wechat.mjs';
import { NARROW, WIDE, World, accessible, launch, openTicket, press, say, shot, shots, until } from './lib.mjs';

// 2 by 2, as a browser shows it.
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP4z8DAwMDA8J+BgYHhPwMAHgYEAZ9Vb7MAAAAASUVORK5CYII=', 'base64');
const file = (name, mimeType = 'image/png', buffer = png) => ({ name, mimeType, buffer });
let browser, w, p, q;
before(async () => {
	[browser, p, q] = [await launch(), await Platform.start(), await Platform.start({ id: 'wx0000000000000002' })];
	q.menu = { button: [{ type: 'click', name: '第二个号', key: 'say:查询' }] };
	w = await World.start(browser, { mail: false, channels: { wechat: p.channel(), second: q.channel({ path: '/second' }) } });
});
after(async () => { await w.end(); await p.end(); await q.end(); await browser.close(); });
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
		await until('the row to be empty again', async () => !await c.locator('[data-t=attached]').count());
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

for (const [size, language] of [[WIDE, 'zh-CN'], [NARROW, 'en']])
	test(`the menu is read from the platform, edited on a phone and saved; its refusal is said in words, at ${size.width} in ${language}`, { timeout: 90000 }, async () => {
		p.menu = { button: [{ type: 'click', name: '查询', key: 'say:查询' }, { name: '办事', sub_button: [{ type: 'view', name: '办事指南', url: 'https://www.city.example/guide' }] }] };
		const c = await w.console(`root${size.width}`, 'admin', { size, context: await w.context({ size, language }), path: 'admin/menu' });
		const t = (name) => c.locator(`[data-t=${name}]`);
		await t('menu-1').waitFor();
		await press(c, t('menu-2'));
		await press(c, t('menu-add-2'));
		await t('menu-name').fill('扫码报修');
		await t('menu-type').selectOption('scancode_waitmsg');
		await t('menu-key').fill('say:报修设备');
		await press(c, t('menu-add'));
		await t('menu-name').fill('这个名字实在太长了');
		await t('menu-type').selectOption('view');
		await t('menu-url').fill('https://elsewhere.example/x');
		await press(c, t('edit-save'));
		await c.locator('.edit-wrong [role=alert]', { hasText: language === 'en' ? 'The name of button 3 is too long' : '按钮 3 的名称太长' }).waitFor();
		await t('menu-name').fill('官网');
		w.allow(/422/);
		await press(c, t('edit-save'));
		await c.locator('.edit-wrong [role=alert]', { hasText: '40055' }).waitFor();
		assert.match(await c.locator('.edit-wrong').textContent(), language === 'en' ? /domain registered for the account/ : /域名未在公众号登记/);
		await accessible(w, c, `menu-${size.width}`);
		await press(c, t('menu-2'));
		if (shots) await shot(c, `menu-${size.width}`);
		await press(c, t('menu-3'));
		await t('menu-url').fill('https://www.city.example/');
		await press(c, t('edit-save'));
		await t('toast').waitFor();
		assert.deepEqual(p.menu.button, [{ type: 'click', name: '查询', key: 'say:查询' }, { name: '办事', sub_button: [
			{ type: 'view', name: '办事指南', url: 'https://www.city.example/guide' }, { type: 'scancode_waitmsg', name: '扫码报修', key: 'say:报修设备' }] },
		{ type: 'view', name: '官网', url: 'https://www.city.example/' }]);
		const { items } = (await w.g.api('GET', '/api/v1/events?limit=200')).json;
		assert.ok(items.some((e) => e.kind === 'menu-saved' && e.actor === `root${size.width}` && e.data.channel === 'wechat'));
	});

for (const [size, language] of [[WIDE, 'zh-CN'], [NARROW, 'en']])
	test(`another account's menu is shown only once the one that was begun may be lost, at ${size.width} in ${language}`, { timeout: 60000 }, async () => {
		p.menu = { button: [{ type: 'click', name: '查询', key: 'say:查询' }] };
		const c = await w.console(`two${size.width}`, 'admin', { size, context: await w.context({ size, language }), path: 'admin/menu' });
		const t = (name) => c.locator(`[data-t=${name}]`);
		await t('menu-account').selectOption('second'); // nothing was changed
		await c.locator('.phone header', { hasText: 'second' }).waitFor();
		await t('menu-account').selectOption('wechat');
		await c.locator('.phone header', { hasText: 'wechat' }).waitFor();
		await t('menu-name').fill('进度查询');
		await t('menu-account').selectOption('second');
		await t('confirm').waitFor();
		await press(c, t('confirm').locator('button').first());
		assert.equal(await t('menu-name').inputValue(), '进度查询');
		assert.equal(await t('menu-account').inputValue(), 'wechat');
		await press(c, t('edit-save'));
		await t('toast').waitFor();
		assert.equal(p.menu.button[0].name, '进度查询');
		await t('menu-name').fill('改了一半');
		await t('menu-account').selectOption('second');
		await press(c, t('confirm-go'));
		await c.locator('.phone header', { hasText: 'second' }).waitFor();
		assert.equal(await t('menu-name').inputValue(), '第二个号');
	});

for (const [size, language] of [[WIDE, 'en'], [NARROW, 'zh-CN']])
	test(`what the platform grants and what is used stands on the channel's card, at ${size.width} in ${language}`, { timeout: 90000 }, async () => {
		const c = await w.console(`chief${size.width}`, 'supervisor', { size, context: await w.context({ size, language }), path: 'admin/channels' });
		const card = c.locator('[data-t=channel-wechat]');
		await card.locator('[data-t=quota] li', { hasText: '498,800' }).waitFor({ timeout: 60000 });
		assert.match(await card.locator('[data-t=quota] li.wrong').textContent(), /5,000/);
		assert.match(await card.textContent(), language === 'en' ? /asked for 1 times/ : /启动后获取 1 次/);
		await accessible(w, c, `quota-${size.width}`);
		if (shots) { await card.scrollIntoViewIfNeeded(); await shot(c, `quota-${size.width}`); }
		const metrics = await (await fetch(`${w.g.url}/metrics`)).text();
		assert.match(metrics, /xinqiao_wechat_quota_remain\{channel="wechat",call="message\/custom\/send"\} 498800/);
		assert.match(metrics, /xinqiao_wechat_calls_total\{app="[^"]+",call="openapi\/quota\/get"\} [1-9]/);
		const ready = await (await fetch(`${w.g.url}/readyz`)).json();
		assert.equal(ready.channels.find((x) => x.name === 'wechat').facts.quota[0].remain, 498800);
	});
