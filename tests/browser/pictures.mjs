// The pictures of the README, made anew: node tests/browser/pictures.mjs
// They are made small by pngquant, which nothing else needs.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../scenario/lib/gateway.mjs';
import { morning } from './city.mjs';
import { World, faces, launch, openTicket, row, say, text, until } from './lib.mjs';

const browser = await launch();
const w = await World.start(browser);
async function save(p, name) {
	const path = join(root, 'config/pictures', `${name}.png`);
	await p.evaluate(() => Promise.all(document.getAnimations().map((a) => a.finished.catch(() => null))));
	await p.screenshot({ path });
	execFileSync('pngquant', ['--force', '--output', path, '--strip', path]);
}
try {
	const { lamp } = await morning(w);
	const agent = await w.hand('1024', 'agent', { display: '坐席 1024' });

	const chat = await w.chat({ size: { width: 1180, height: 820 } });
	await say(chat, '小区门口的路灯坏了三天，晚上老人走路很危险。地址是滨江路 88 号东门。');
	const number = await chat.locator('.ticket b').first().textContent();
	await agent.reply(number, '您好，维修人员已到现场，今晚恢复照明。');
	await chat.locator('.m.in .b', { hasText: '今晚恢复照明' }).waitFor();
	await agent.step(number, 'close');
	await chat.locator('.card form').waitFor();
	await chat.locator('.card input[value=yes]').check({ force: true });
	await chat.locator('.card .faces input[value="5"]').check({ force: true });
	await chat.locator('.card .go').scrollIntoViewIfNeeded();
	await save(chat, 'chat');
	await faces(chat, 5, true, '很快，谢谢！');

	const phone = await w.phone('13800138000', { size: { width: 900, height: 820 } });
	await text(phone, '家里停水两天了，请尽快处理。地址：文昌街12号3单元');
	const t = await w.ticketWith('停水两天');
	await agent.reply(t.number, '抢修已完成，今天15时恢复供水。');
	await phone.locator('.note.theirs', { hasText: '抢修已完成' }).waitFor();
	await agent.step(t.number, 'close');
	await phone.locator('.note.theirs', { hasText: '非常满意' }).waitFor();
	await phone.locator('#quick button', { hasText: /^1$/ }).click();
	await phone.locator('.note.theirs', { hasText: '感谢' }).waitFor();
	await save(phone, 'phone');

	const boss = await w.hand('2002', 'supervisor', { display: '督办员 周敏' });
	await boss.step(lamp, 'supervise', { note: '夜间安全，请优先' });
	const desk = await w.console('2002');
	await row(desk, '路灯坏了三天，晚上老人').waitFor();
	await openTicket(desk, '路灯坏了三天，晚上老人');
	await desk.locator('[data-t=composer]').fill('可以的，二号楼前的两盏已一并安排检修，');
	await desk.mouse.move(1100, 20);
	await until('the facts', async () => await desk.locator('xq-facts section').count() > 3);
	await desk.evaluate(() => document.fonts.ready);
	await save(desk, 'console');
} finally {
	await w.end();
	await browser.close();
}
