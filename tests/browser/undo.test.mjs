// A reply can be taken back while it waits, and what is being written follows its writer to another machine.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { NARROW, WIDE, World, accessible, launch, openTicket, press, say, shot, shots, until } from './lib.mjs';

let browser, w;
before(async () => { browser = await launch(); });
after(() => browser.close());
afterEach(async () => { const was = w; w = null; await was?.end(); });

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAX+XDSwAAAABJRU5ErkJggg==', 'base64');
const composer = (p) => p.locator('[data-t=composer]');
const written = (p, words) => until(`the field to hold ${words}`, async () => await composer(p).inputValue() === words);
const send = (p) => press(p, p.locator('[data-t=composer-send]'));
const look = async (p, name) => { await accessible(w, p, name); if (shots) await shot(p, name); };

for (const [size, language, theme] of [[WIDE, 'zh-CN', 'dark'], [NARROW, 'en', 'light']])
	test(`at ${size.width}, ${language}: written on one machine, finished on the other, taken back, and sent`, { timeout: 90000 }, async () => {
		w = await World.start(browser, { mail: false, settings: { undo_seconds: 60 } });
		const chat = await w.chat();
		await say(chat, '东门的路灯不亮了');
		await w.ticketWith('东门的路灯');
		const p = await w.console('agent1', 'agent', { size, language, theme });
		await openTicket(p, '东门的路灯');
		await composer(p).fill('您好，已派人');
		const two = await w.console('agent1', 'agent', { size, language, theme });
		await openTicket(two, '东门的路灯');
		await written(two, '您好，已派人');
		await composer(two).fill('您好，已派人检修，今晚恢复。');
		await p.locator('[data-t=talk]').focus(); // what is typed into is left alone
		await written(p, '您好，已派人检修，今晚恢复。');

		await p.locator('[data-t=attach-input]').setInputFiles({ name: '现场.png', mimeType: 'image/png', buffer: PNG });
		await p.locator('[data-t=attached] progress').waitFor({ state: 'detached' });
		await send(p);
		await p.locator('[data-t=held]', { hasText: '现场.png' }).waitFor();
		await p.locator('[data-t=attached]').waitFor({ state: 'detached' });
		await two.locator('[data-t=held]', { hasText: '今晚恢复' }).waitFor();
		await written(two, '');
		await look(p, `held-${size.width}`);
		if (size === WIDE) {
			await p.locator('[data-t=talk]').focus();
			await p.keyboard.press('z');
		} else {
			await press(p, p.locator('[data-t=held-undo]'));
		}
		await written(p, '您好，已派人检修，今晚恢复。');
		await p.locator('[data-t=attached]', { hasText: '现场.png' }).waitFor();
		await two.locator('[data-t=held]').waitFor({ state: 'detached' });
		assert.equal(await p.locator('.said.out', { hasText: '今晚恢复' }).count(), 0);
		await send(p);
		await press(p, p.locator('[data-t=held-send]'));
		await chat.locator('.m.in .b', { hasText: '今晚恢复' }).waitFor();
		await chat.locator('.m.in img').waitFor();
		await until('one bubble', async () => await p.locator('.said.out', { hasText: '今晚恢复' }).count() === 1);
		await written(p, '');

		// Two machines without each other: neither text is lost.
		if (size === NARROW)
			return;
		w.allow(/ERR_INTERNET_DISCONNECTED/, /WebSocket/, /409/);
		await two.context().setOffline(true);
		await composer(two).fill('离线写的一句');
		await composer(p).fill('在线写的一句');
		await until('the server to have it', async () => (await (await p.request.get(`${w.g.url}/console/api/drafts`)).json()).items.some((d) => d.text === '在线写的一句'));
		await two.context().setOffline(false);
		await composer(two).press('End');
		await composer(two).pressSequentially('。');
		await two.locator('[data-t=other-draft]').waitFor();
		await look(two, `other-draft-${size.width}`);
		assert.equal(await composer(two).inputValue(), '离线写的一句。');
		await press(two, two.locator('[data-t=draft-theirs]'));
		await written(two, '在线写的一句');
	});
