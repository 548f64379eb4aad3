// What a citizen meets: node --test, with Chromium. XQ_NODE names a folder whose node_modules has ws, playwright-core
// and axe-core; XQ_WIDGET may name the script as the adapter serves it.
import { after, afterEach, before, beforeEach, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { inTexts, payloads } from '../payloads.mjs';
import { need, startGateway } from './gateway.mjs';
const { chromium } = need('playwright-core');
const axe = readFileSync(need.resolve('axe-core/axe.min.js'), 'utf8');

const HOST = '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">' +
	'<title>某市</title><main><h1>某市</h1></main><script src="/widget.js" async></script></html>';
let browser, gate, context;

before(async () => {
	browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
});
after(() => browser.close());
beforeEach(async () => {
	gate = await startGateway();
	gate.hosts.set('/host', HOST);
	context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'zh-CN' });
});
afterEach(async () => {
	await context.close();
	await gate.stop();
});

async function visit({ path = '/host', open = true } = {}) {
	const page = await context.newPage();
	page.on('pageerror', (e) => assert.fail(e));
	await page.goto(gate.url + path);
	await page.waitForSelector('xq-chat .panel', { state: 'attached' });
	if (open && path === '/host')
		await page.locator('.launch').click();
	return page;
}
const write = async (page, text) => {
	await page.locator('#field').fill(text);
	await page.locator('.composer .go').click();
};
// The words come when they are first wanted, and what stands there is made anew with them.
const inEnglish = async (page) => {
	await page.locator('.tool', { hasText: 'English' }).click();
	await page.locator('.root[lang=en]').waitFor({ state: 'attached' });
};
const texts = (page) => page.locator('.list .b').allTextContents();
const stored = () => [...gate.people.values()].flatMap((p) => p.items).map((i) => i.text);
const until = async (holds, what) => {
	for (let i = 0; i < 300; i++) {
		if (await holds())
			return;
		await new Promise((r) => setTimeout(r, 30));
	}
	assert.fail('never: ' + what);
};
const sent = (page, n = 1) => until(async () => await page.locator('.state', { hasText: '已发送' }).count() >= n, 'sent');

test('a message is shown at once, acknowledged, and its case number stands below', async () => {
	const page = await visit();
	await write(page, '  路灯坏了\n三天  ');
	await sent(page);
	assert.deepEqual(stored(), ['路灯坏了\n三天']);
	assert.equal(await page.locator('.ticket b').textContent(), '20261122100000017');
	await write(page, '补充');
	await sent(page, 2);
	assert.equal(await page.locator('.ticket b').count(), 1);
});

// The policy is the documents' own, with the addresses of this test in it.
for (const document of ['adapters/webchat/README.md', 'config/README.md'])
	test(`a site with exactly the policy of ${document} has a chat that works`, async () => {
		const words = readFileSync(fileURLToPath(new URL(`../../../${document}`, import.meta.url)), 'utf8');
		const policy = /script-src https:[^\n`]*/.exec(words)[0].replaceAll('wss://12345.city.example', gate.url.replace('http', 'ws'))
			.replaceAll('https://12345.city.example', gate.url);
		const site = createServer((req, res) => {
			res.setHeader('content-security-policy', `default-src 'self'; ${policy}`);
			res.setHeader('content-type', 'text/html; charset=utf-8');
			res.end(HOST.replace('/widget.js', `${gate.url}/widget.js`));
		});
		await new Promise((done) => site.listen(0, '127.0.0.1', done));
		try {
			const page = await context.newPage(), refused = [];
			page.on('console', (m) => /Content Security Policy/.test(m.text()) && refused.push(m.text()));
			await page.goto(`http://127.0.0.1:${site.address().port}/`);
			await page.locator('.launch').click();
			await write(page, '别的网站上的话');
			await sent(page);
			assert.deepEqual(stored(), ['别的网站上的话']);
			assert.deepEqual(refused, []);
		} finally {
			await new Promise((done) => { site.close(done); site.closeAllConnections(); });
		}
	});

test('nobody is known to the gateway before he opens the chat', async () => {
	const page = await visit({ open: false });
	await page.waitForTimeout(200);
	assert.equal(gate.tokens, 0);
});

test('what was written without a line survives a reload and is sent once', async () => {
	let page = await visit();
	await write(page, '第一条');
	await sent(page);
	gate.mood.down = true;
	gate.drop();
	await write(page, '断网时写的');
	await write(page, '第二句');
	await page.locator('.banner:not([hidden])').waitFor();
	await page.close();
	gate.mood.down = false;
	page = await visit();
	await sent(page, 3);
	assert.deepEqual(stored(), ['第一条', '断网时写的', '第二句']);
	assert.deepEqual(await texts(page), ['第一条', '断网时写的', '第二句']);
	assert.ok(await page.locator('.banner').isHidden());
});

// The site fills the browser's storage, which is its own as well, to the last character.
const fill = (page) => page.evaluate(() => {
	for (let n = 1 << 20, i = 0; n >= 1;)
		try {
			localStorage.setItem('site' + i++, 'x'.repeat(n));
		} catch (e) {
			n >>= 1;
		}
});
const empty = (page) => page.evaluate(() => Object.keys(localStorage).filter((k) => k.startsWith('site')).forEach((k) =>
	localStorage.removeItem(k)));

test('a storage that is full loses neither the conversation nor what is on its way', async () => {
	let page = await visit();
	await write(page, '路灯坏了');
	await sent(page);
	gate.mood.down = true;
	gate.drop();
	await write(page, '断网时写的');
	await page.reload();
	await page.locator('.launch').click();
	await fill(page);
	await page.locator('#field').pressSequentially('草稿');
	gate.mood.down = false;
	await page.evaluate(() => dispatchEvent(new Event('online')));
	await sent(page, 2);
	assert.deepEqual(await texts(page), ['路灯坏了', '断网时写的']);
	assert.equal(gate.people.size, 1);
	gate.mood.down = true;
	gate.drop();
	await empty(page);
	await write(page, '还有一句');
	await fill(page);
	gate.mood.down = false;
	await page.reload();
	await page.locator('.launch').click();
	await sent(page, 3);
	assert.deepEqual(stored(), ['路灯坏了', '断网时写的', '还有一句']);
	assert.equal(gate.people.size, 1);
});

test('what found no room in the storage is there as long as the page, and in the storage once there is room', async () => {
	let page = await visit({ open: false });
	await fill(page);
	await page.locator('.launch').click();
	await write(page, '路灯坏了');
	await sent(page);
	gate.drop();
	await until(() => gate.log.filter((m) => m.type === 'hello').length === 2, 'again');
	await write(page, '补充');
	await sent(page, 2);
	assert.equal(gate.people.size, 1);
	await empty(page);
	await page.locator('#field').pressSequentially('稿');
	await page.reload();
	await page.locator('.launch').click();
	await sent(page, 2);
	assert.equal(gate.people.size, 1);
	assert.equal(await page.locator('#field').inputValue(), '稿');
});

test('a storage that is forbidden costs no more than the memory of a reload', async () => {
	await context.addInitScript(() => Object.defineProperty(window, 'localStorage', { get() {
		throw new DOMException('no', 'SecurityError');
	} }));
	const page = await visit();
	await write(page, '路灯坏了');
	await sent(page);
	gate.drop();
	await write(page, '补充');
	await sent(page, 2);
	assert.deepEqual(await texts(page), ['路灯坏了', '补充']);
	assert.equal(gate.people.size, 1);
});

test('what one tab keeps because the storage is full gives way to what another writes later, and to forgetting', async () => {
	const one = await visit();
	await write(one, '私事');
	await sent(one);
	await fill(one);
	await one.locator('#field').pressSequentially('私密的草稿');
	await empty(one);
	const two = await visit();
	await two.locator('#field').fill('后写的');
	const draft = (page) => page.locator('xq-chat').evaluate((c) => c.shelf.get('draft'));
	await until(async () => await draft(one) === '后写的', 'the later draft');
	await fill(one);
	await one.locator('#field').pressSequentially('私密的草稿');
	assert.ok(await one.locator('xq-chat').evaluate((c) => c.shelf.memory.has('draft')), 'there was no room');
	await until(async () => (await draft(one)).startsWith(await draft(two)), 'what there was room for');
	await two.locator('.forget button').click();
	await two.locator('.forget button', { hasText: '清除' }).first().click();
	await until(async () => (await texts(one)).length === 0, 'forgotten in the other tab');
	assert.equal(await one.locator('#field').inputValue(), '');
});

test('who opens the chat while there is no line is told so', async () => {
	const page = await visit({ open: false });
	gate.mood.down = true;
	await page.waitForTimeout(1600);
	await page.locator('.launch').click();
	await page.locator('.status', { hasText: '正在连接' }).waitFor();
	assert.ok(await page.locator('.banner').isHidden(), 'not at once');
	await page.locator('.banner:not([hidden])').waitFor();
	gate.mood.down = false;
	await page.locator('.status', { hasText: '工作人员' }).waitFor();
	assert.ok(await page.locator('.banner').isHidden());
});

test('the line of script says language, colour, side, theme, greeting and department', async () => {
	gate.hosts.set('/host', HOST.replace('async', 'async data-language="en" data-color="#ff8" data-position="left" data-theme="dark" ' +
		'data-greeting="Welcome to the water bureau." data-department="water-bureau"'));
	const page = await visit();
	assert.equal(await page.locator('.launch').count(), 1);
	assert.match(await page.locator('.greeting .b').textContent(), /^Welcome to the water bureau\.$/);
	assert.equal(await page.locator('.go').textContent(), 'Send');
	const [left, dark, accent] = await page.locator('.root').evaluate((n) => [n.querySelector('.panel').getBoundingClientRect().left, n.classList.contains('dark'),
		getComputedStyle(n).getPropertyValue('--accent')]);
	assert.ok(left < 20, 'on the left');
	assert.ok(dark);
	const light = /rgb\((\d+),\s?(\d+),\s?(\d+)\)/.exec(accent).slice(1).map((c) => Math.pow(c / 255, 2.2));
	assert.ok(1.05 / (0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] + 0.05) >= 4.5, `white text reads on ${accent}`);
	await write(page, 'No water');
	await until(() => gate.log.some((m) => m.type === 'message'), 'the message');
	assert.equal(gate.log.find((m) => m.type === 'message').department, 'water-bureau');
});

test('/chat?department= is a department\'s own page', async () => {
	const page = await visit({ path: '/chat?department=urban' });
	await write(page, '路灯坏了');
	await until(() => gate.log.some((m) => m.type === 'message'), 'the message');
	assert.equal(gate.log.find((m) => m.type === 'message').department, 'urban');
});

test('an acknowledgement that got lost does not make a second message', async () => {
	const page = await visit();
	gate.mood.swallow = true;
	await write(page, '只此一条');
	await sent(page);
	assert.deepEqual(stored(), ['只此一条']);
	assert.deepEqual(await texts(page), ['只此一条']);
});

test('too fast and not stored are tried again by themselves, in order', async () => {
	const page = await visit();
	await page.locator('#field').waitFor();
	gate.mood.refuse = { code: 'too-fast', retry_ms: 100, text: '' };
	await write(page, '一');
	await write(page, '二');
	await page.waitForTimeout(250);
	assert.equal(await page.locator('.failed').count(), 0);
	gate.mood.refuse = null;
	await sent(page, 2);
	assert.deepEqual(stored(), ['一', '二']);
});

test('a line that no longer answers is noticed, whatever becomes of another message meanwhile', async () => {
	await context.addInitScript(() => {
		const real = window.setTimeout; /* the wait for an acknowledgement, in a hurry */
		window.setTimeout = (act, ms, ...more) => real(act, ms === 15000 ? 600 : ms, ...more);
	});
	const page = await visit();
	gate.mood.refuse = { code: 'refused', text: '不行' };
	await write(page, '一');
	await page.locator('.failed').waitFor();
	gate.mood = { mute: true };
	await write(page, '二');
	await page.locator('.failed button', { hasText: '重新发送' }).click();
	gate.mood = {};
	await sent(page, 2);
	assert.deepEqual(stored(), ['一', '二']);
});

test('a clock that is set back stops neither what waits to be sent, nor typing, nor the word that there is no line', async () => {
	const page = await visit();
	await page.locator('#field').pressSequentially('一');
	gate.mood.refuse = { code: 'too-fast', retry_ms: 300, text: '' };
	await write(page, '一');
	await until(() => gate.log.some((m) => m.type === 'message'), 'tried');
	const setBack = () => page.evaluate(() => {
		const now = Date.now;
		Date.now = () => now() - 3600000;
	});
	await setBack();
	gate.mood.refuse = null;
	await sent(page);
	await page.waitForTimeout(3000);
	await page.locator('#field').pressSequentially('二');
	await until(() => gate.log.filter((m) => m.type === 'typing').length === 2, 'typing');
	gate.mood.down = true;
	gate.drop();
	await page.locator('.status', { hasText: '正在连接' }).waitFor();
	await setBack();
	await page.locator('.banner:not([hidden])').waitFor({ timeout: 5000 });
});

test('a refused message stays, survives a reload, and can be sent again or mended', async () => {
	let page = await visit();
	gate.mood.refuse = { code: 'refused', text: '不行' };
	await write(page, 'a <b> 𩸽');
	await page.locator('.failed').waitFor();
	await page.close();
	page = await visit();
	await page.locator('.failed').waitFor();
	assert.match(await page.locator('.failed .meta').textContent(), /未发送成功不行/);
	await page.locator('.failed button', { hasText: '修改' }).click();
	assert.equal(await page.locator('#field').inputValue(), 'a <b> 𩸽');
	assert.equal(await page.locator('.failed').count(), 0);
	await page.locator('.composer .go').click();
	await page.locator('.failed').waitFor();
	gate.mood.refuse = null;
	await page.locator('.failed button', { hasText: '重新发送' }).click();
	await sent(page);
	assert.deepEqual(stored(), ['a <b> 𩸽']);
	const ids = gate.log.filter((m) => m.type === 'message').map((m) => m.id);
	assert.equal(ids[ids.length - 1], ids[ids.length - 2]);
});

test('Enter sends, but never while an input method is composing', async () => {
	const page = await visit();
	await page.locator('#field').fill('nihao');
	await page.locator('#field').evaluate((f) => {
		f.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }));
		f.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true }));
	});
	await page.keyboard.press('Shift+Enter');
	assert.equal(await page.locator('#field').inputValue(), 'nihao\n');
	assert.deepEqual(await texts(page), []);
	await page.keyboard.press('Enter');
	await sent(page);
	assert.deepEqual(stored(), ['nihao']);
});

test('two tabs are one conversation and show everything once', async () => {
	const one = await visit(), two = await visit();
	await write(one, '来自甲');
	await sent(one);
	await until(async () => (await texts(two)).length === 1, 'shown in the other tab');
	await write(two, '来自乙');
	await sent(two, 2);
	gate.say(gate.token(), { text: '答复' });
	for (const page of [one, two]) {
		await until(async () => (await texts(page)).length === 3, 'three messages');
		assert.deepEqual(await texts(page), ['来自甲', '来自乙', '答复']);
	}
});

test('tabs opened at the same moment end up in one conversation', async () => {
	const one = await visit({ open: false }), two = await visit({ open: false });
	await Promise.all([one, two].map((p) => p.locator('xq-chat').evaluate((c) => c.open())));
	await until(async () => {
		const tokens = await Promise.all([one, two].map((p) => p.locator('xq-chat').evaluate((c) => c.link.up && c.tokenSaid)));
		return (tokens[0] || tokens[1]) && gate.people.get(gate.token());
	}, 'up');
	await write(one, '一');
	await until(async () => (await texts(two)).length === 1, 'shown in both');
});

test('what was said during a lost line comes after it, and only then', async () => {
	const page = await visit();
	await write(page, '在吗');
	await sent(page);
	gate.drop();
	gate.say(gate.token(), { text: '在的' });
	gate.say(gate.token(), { text: '请讲' });
	await until(async () => (await texts(page)).length === 3, 'three messages');
	assert.deepEqual(await texts(page), ['在吗', '在的', '请讲']);
	assert.equal(gate.log.filter((m) => m.type === 'hello').pop().last_seq, 1);
});

test('an acknowledgement ahead of what was said before it hides none of that when the line is lost between them', async () => {
	const page = await visit();
	await write(page, '在吗');
	await sent(page);
	gate.mood.down = true;
	gate.drop();
	await write(page, '补充');
	for (const text of ['在的', '请讲', '还在吗'])
		gate.say(gate.token(), { text });
	gate.mood = { replay: 1 };
	await sent(page, 2);
	assert.deepEqual(await texts(page), ['在吗', '在的', '补充']);
	gate.mood = {};
	gate.drop();
	await until(async () => (await texts(page)).length === 5, 'all there');
	assert.deepEqual(await texts(page), ['在吗', '在的', '请讲', '还在吗', '补充']);
	gate.drop();
	await until(() => gate.log.filter((m) => m.type === 'hello').length === 4, 'again');
	assert.deepEqual(gate.log.filter((m) => m.type === 'hello').map((m) => m.last_seq), [0, 1, 2, 5]);
});

test('a gateway that lost its memory is believed', async () => {
	const page = await visit();
	await write(page, '旧的');
	await sent(page);
	const p = gate.people.get(gate.token());
	p.items = [];
	gate.drop();
	await until(async () => (await texts(page)).length === 0, 'cleared');
	gate.people.clear();
	gate.drop();
	await until(() => gate.people.size === 1, 'a new token');
	await write(page, '新的');
	await sent(page);
	assert.deepEqual(await texts(page), ['新的']);
});

test('markup is text, and only web addresses are links', async () => {
	const page = await visit();
	await write(page, '你好');
	await sent(page);
	gate.say(gate.token(), { text: '<img src=x onerror=alert(1)> 见https://a.example/b?c=1。javascript:alert(1) (http://d.example/e)' });
	await page.locator('.in .b a').first().waitFor();
	assert.deepEqual(await page.locator('.list .b a').evaluateAll((a) => a.map((x) => [x.href, x.rel, x.target])), [
		['https://a.example/b?c=1', 'noopener noreferrer nofollow', '_blank'],
		['http://d.example/e', 'noopener noreferrer nofollow', '_blank']]);
	assert.equal(await page.locator('.list img').count(), 0);
});

test('nothing a person or the page writes becomes part of the page, through any field', async () => {
	const quoted = payloads[1].replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');
	gate.hosts.set('/host', HOST.replace('async', ['color', 'position', 'greeting', 'language', 'theme'].map((a) =>
		`data-${a}="${quoted}"`).join(' ')));
	await context.addInitScript(() => (window.hit = () => (window.wasHit = true)));
	const page = await visit();
	page.on('dialog', () => assert.fail('a dialog'));
	await page.locator('.status', { hasText: '工作人员' }).waitFor();
	const written = inTexts(8);
	for (const evil of written)
		await write(page, evil);
	for (const evil of payloads) {
		const files = [{ file: evil, name: evil, type: evil, size: evil, url: evil },
			{ file: 'x', name: evil, type: 'image/png', size: 1, url: evil }];
		gate.say(gate.token(), { text: evil, name: evil, ticket: evil, files });
		gate.say(gate.token(), { type: 'survey', from: 'system', name: evil, survey: evil, scale: 5, open: true, text: evil });
	}
	await sent(page, written.length);
	const strange = await page.locator('xq-chat').evaluate((chat) => [...chat.shadowRoot.querySelectorAll('*')].filter((n) =>
		/^(script|iframe|object|embed|math|style|base)$/i.test(n.localName) || [...n.attributes].some((a) => a.name.startsWith('on') ||
			/^(href|src)$/.test(a.name) && !/^https?:/.test(a.value))).map((n) => n.outerHTML));
	assert.deepEqual(strange, []);
	assert.equal(await page.evaluate(() => window.wasHit), undefined);
	const said = await texts(page);
	assert.ok(payloads.every((evil) => said.includes(evil)));
});

test('a draft is there again after a reload', async () => {
	const page = await visit();
	await page.locator('#field').fill('写到一半');
	await page.reload();
	await page.locator('.launch').click();
	assert.equal(await page.locator('#field').inputValue(), '写到一半');
});

test('too long a text stays in the field and is counted in characters', async () => {
	gate.settings = { max_text: 10 };
	const page = await visit();
	await page.locator('#field').fill('𩸽'.repeat(9));
	assert.equal(await page.locator('.count').textContent(), '还可输入 1 字');
	await write(page, '𩸽'.repeat(12));
	assert.equal(await page.locator('.count').textContent(), '超出 2 字，请删减后再发送');
	assert.equal(await page.locator('#field').inputValue(), '𩸽'.repeat(12));
	assert.deepEqual(await texts(page), []);
});

test('a survey begins unanswered, needs one answer, and is closed in every tab', async () => {
	const page = await visit();
	await write(page, '好');
	await sent(page);
	const other = await visit();
	gate.say(gate.token(), { type: 'survey', from: 'system', name: undefined, survey: 's1', scale: 5, open: true, text: '满意吗' });
	await page.locator('.card form').waitFor();
	assert.equal(await page.locator('.card input:checked').count(), 0);
	await page.locator('.card .go').click();
	assert.match(await page.locator('.card .error').last().textContent(), /请选择/);
	await page.locator('.faces input[value="2"]').check({ force: true });
	await page.locator('.card textarea').fill('还没修好');
	await page.locator('.card .go').click();
	await page.locator('.card .given', { hasText: '我们会核实' }).waitFor();
	assert.equal(await page.locator('.card form').count(), 0);
	await other.locator('.card .given', { hasText: '已结束' }).waitFor();
	const said = gate.log.find((m) => m.type === 'rating');
	assert.deepEqual([said.survey, said.rating, said.solved, said.comment], ['s1', 2, null, '还没修好']);
});

test('unread messages are counted on the launcher until they are seen', async () => {
	const page = await visit();
	await write(page, '好');
	await sent(page);
	await page.keyboard.press('Escape');
	assert.ok(await page.locator('.panel').isHidden());
	assert.equal(await page.evaluate(() => document.querySelector('xq-chat').shadowRoot.activeElement.className), 'launch');
	gate.say(gate.token(), { text: '一' });
	gate.say(gate.token(), { text: '二' });
	await page.locator('.badge', { hasText: '2' }).waitFor();
	assert.equal(await page.locator('.launch').getAttribute('aria-label'), '在线客服，2 条新消息');
	assert.equal(gate.log.filter((m) => m.type === 'seen').length, 0);
	await page.reload();
	await page.locator('.badge', { hasText: '2' }).waitFor();
	await page.locator('.launch').click();
	await until(() => gate.log.some((m) => m.type === 'seen' && m.seq === 3), 'seen');
	assert.ok(await page.locator('.badge').isHidden());
});

test('reading above stays where it is when something new comes', async () => {
	const page = await visit();
	await write(page, '好');
	await sent(page);
	for (let i = 0; i < 30; i++)
		gate.say(gate.token(), { text: '第 ' + i + ' 条' });
	await until(async () => (await texts(page)).length === 31, 'all there');
	await page.locator('.log').evaluate((l) => (l.scrollTop = 100));
	await page.waitForTimeout(100);
	gate.say(gate.token(), { text: '最新' });
	await page.locator('.jump', { hasText: '1 条新消息' }).waitFor();
	assert.equal(await page.locator('.log').evaluate((l) => l.scrollTop), 100);
	await page.locator('.jump').click();
	await until(() => page.locator('.log').evaluate((l) => l.scrollHeight - l.scrollTop - l.clientHeight < 5), 'at the end');
	assert.ok(await page.locator('.jump').isHidden());
});

test('the language changes everywhere and for the gateway, and nothing typed is lost', async () => {
	const page = await visit();
	await write(page, '好');
	await sent(page);
	gate.say(gate.token(), { type: 'survey', from: 'system', name: undefined, survey: 's1', scale: 5, open: true, text: '满意吗' });
	await page.locator('.card input[value=no]').check();
	await page.locator('.card textarea').fill('评语');
	await page.locator('#field').fill('半句');
	await page.locator('.tool', { hasText: 'English' }).click();
	assert.ok(await page.locator('.card input[value=no]').isChecked());
	assert.equal(await page.locator('.card textarea').inputValue(), '评语');
	await page.locator('.composer .go', { hasText: 'Send' }).waitFor();
	assert.equal(await page.locator('#field').inputValue(), '半句');
	assert.deepEqual(await texts(page), ['好']);
	await until(() => gate.log.some((m) => m.type === 'hello' && m.language === 'en'), 'told');
});

test('who goes on writing while the words of another language are on their way is not interrupted', async () => {
	const page = await visit();
	let come;
	const here = new Promise((done) => { come = done; });
	await page.route('**/widget/words/en', async (route) => { await here; await route.continue(); });
	await page.locator('.tool', { hasText: 'English' }).click();
	await page.locator('#field').pressSequentially('ab');
	await page.keyboard.press('ArrowLeft');
	come();
	await page.locator('.root[lang=en]').waitFor({ state: 'attached' });
	await page.keyboard.type('X');
	assert.equal(await page.locator('#field').inputValue(), 'aXb');
});

test('what is said now is read out and what was said before is not, whatever the time is here', async () => {
	await context.addInitScript(() => {
		const now = Date.now;
		Date.now = () => now() + 3600000;
	});
	const page = await visit();
	await write(page, '在吗');
	await sent(page);
	gate.drop();
	gate.say(gate.token(), { text: '在的' });
	await until(async () => (await texts(page)).length === 2, 'what was said meanwhile');
	gate.say(gate.token(), { text: '请讲' });
	await page.locator('.sr', { hasText: '请讲' }).waitFor({ state: 'attached' });
	assert.doesNotMatch(await page.locator('.sr').textContent(), /在的/);
});

test('typing shows on both sides', async () => {
	const page = await visit();
	await until(() => gate.people.size === 1, 'welcome');
	await page.locator('#field').pressSequentially('abc');
	await until(() => gate.log.some((m) => m.type === 'typing'), 'told');
	assert.equal(gate.log.filter((m) => m.type === 'typing').length, 1);
	gate.people.get(gate.token()).sockets.forEach((s) => s.send('{"type":"typing","from":"staff"}'));
	await page.locator('.typing:not([hidden])').waitFor();
	gate.say(gate.token(), { text: '好' });
	await until(() => page.locator('.typing').isHidden(), 'gone');
});

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const choose = (page, ...files) => page.locator('.attach input').setInputFiles(files.map(([name, mimeType, buffer]) => ({ name,
	mimeType, buffer })));

test('pictures and files go up, stand in the message, and are there after a reload', async () => {
	const page = await visit();
	await page.locator('.status', { hasText: '工作人员' }).waitFor();
	await choose(page, ['路灯.png', 'image/png', PNG], ['说明.pdf', 'application/pdf', Buffer.from('%PDF-1')]);
	await page.locator('.files .pic img').waitFor();
	await page.locator('.files .file').waitFor();
	await page.locator('.composer .go').click();
	await sent(page);
	assert.deepEqual(gate.log.find((m) => m.type === 'message').files.map((f) => [f.file, f.name]), [['ref1', '路灯.png'],
		['ref2', '说明.pdf']]);
	assert.equal(gate.files[0].token, 'Bearer ' + gate.token());
	assert.equal(await page.locator('.files li').count(), 0);
	await page.reload();
	await page.locator('.launch').click();
	const picture = page.locator('.list .pic img');
	await until(() => picture.evaluate((i) => i.naturalWidth === 1), 'the picture is drawn');
	assert.equal(await picture.getAttribute('alt'), '路灯.png');
	assert.match(await page.locator('.list .file').textContent(), /说明\.pdf 1 KB/);
});

test('files that cannot go up say why, stay, and are tried again when the line is back', async () => {
	const page = await visit();
	await page.locator('.status', { hasText: '工作人员' }).waitFor();
	await choose(page, ['大.png', 'image/png', Buffer.alloc((1 << 20) + 1)]);
	await page.locator('.files .error', { hasText: '1 MB' }).waitFor();
	await page.locator('.files button').click();
	gate.mood.upload = 415;
	await choose(page, ['x.exe', 'image/png', Buffer.from('MZ')]);
	await page.locator('.files .error', { hasText: '不支持' }).waitFor();
	await page.locator('.composer .go').click();
	assert.equal(gate.log.filter((m) => m.type === 'message').length, 0);
	await page.locator('.files button').last().click();
	gate.mood.upload = 503;
	await choose(page, ['路灯.png', 'image/png', PNG]);
	await page.locator('.files .error', { hasText: '未发送' }).waitFor();
	gate.mood.upload = 0;
	gate.drop();
	await page.locator('.files .pic').waitFor();
});

test('a file that is chosen before a slow line is up goes up once it is, for the conversation that there is then', async () => {
	const page = await visit();
	await write(page, '私事');
	await sent(page);
	const [before] = gate.people.keys();
	let come;
	gate.mood.slow = new Promise((done) => { come = done; });
	await page.locator('.forget button').click();
	await page.locator('.forget button', { hasText: '清除' }).first().click();
	await choose(page, ['路灯.png', 'image/png', PNG]);
	await page.locator('.files progress').waitFor();
	await page.waitForTimeout(200);
	assert.equal(gate.files.length, 0);
	come();
	await page.locator('.files .pic').waitFor();
	assert.equal(gate.files[0].token, 'Bearer ' + gate.token());
	assert.notEqual(gate.token(), before);
});

test('visitors the site vouches for share a computer and not a conversation', async () => {
	const as = async (identity) => {
		gate.hosts.set('/host', HOST.replace('async', `async data-identity="${identity}"`));
		const page = await visit();
		await until(() => gate.log.some((m) => m.type === 'hello' && m.identity === identity), 'the identity is said');
		return page;
	};
	const one = await as('u:1:100:abc');
	await write(one, '一的话');
	await sent(one);
	await one.locator('#field').fill('一的草稿');
	const two = await as('u:2:100:def');
	await two.waitForTimeout(200);
	assert.deepEqual(await texts(two), []);
	assert.equal(await two.locator('#field').inputValue(), '');
	await one.reload();
	const later = await as('u:1:200:bcd');
	await until(async () => (await texts(later)).includes('一的话'), 'his own conversation');
	assert.equal(await later.locator('#field').inputValue(), '一的草稿');
});

test('a shared computer can be made to forget', async () => {
	const page = await visit();
	await write(page, '私事');
	await sent(page);
	await page.locator('.forget button').click();
	await page.locator('.forget button', { hasText: '清除' }).first().click();
	assert.deepEqual(await texts(page), []);
	await until(() => gate.people.size === 2, 'a new conversation');
	await page.reload();
	await page.locator('.launch').click();
	await page.waitForTimeout(200);
	assert.deepEqual(await texts(page), []);
});

for (const [name, path, viewport, touch] of [['float', '/host', { width: 1280, height: 800 }, false],
	['phone', '/host', { width: 320, height: 640 }, true], ['page', '/chat', { width: 1440, height: 900 }, false]])
	for (const language of ['zh-CN', 'en'])
		test(`axe finds nothing, targets are large, nothing overflows: ${name} ${language}`, async () => {
			await context.close();
			context = await browser.newContext({ viewport, hasTouch: touch, isMobile: touch, bypassCSP: true, locale: language });
			const page = await visit({ path });
			if (language === 'en')
				await inEnglish(page);
			await write(page, 'https://a.example/' + 'long'.repeat(40));
			await page.locator('.ticket b').waitFor();
			gate.say(gate.token(), { text: '您好' });
			gate.say(gate.token(), { type: 'survey', from: 'system', name: undefined, survey: 's', scale: 5, open: true, text: '?' });
			await choose(page, ['路灯.png', 'image/png', PNG]);
			await page.locator('.files .pic').waitFor();
			gate.mood.refuse = { code: 'refused', text: '不行' };
			await write(page, 'x');
			await page.locator('.failed').waitFor();
			await choose(page, ['大.png', 'image/png', Buffer.alloc((1 << 20) + 1)]);
			await page.locator('.files .error').waitFor();
			for (const big of [false, true]) {
				if (big)
					await page.locator('.tool').first().click();
				await page.waitForTimeout(300);
				await page.evaluate(axe);
				const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
				assert.deepEqual(found.violations.map((v) => [v.id, v.nodes.map((n) => n.html).slice(0, 3)]), []);
				const small = await page.locator('xq-chat button:visible, xq-chat label:visible').evaluateAll((all) =>
					all.filter((b) => b.closest('.notes, .ticket, .meta, .card > form > label') === null && b.tagName !== 'LABEL' ||
						b.querySelector('input')).filter((b) => b.getBoundingClientRect().height < 43.5).map((b) => b.outerHTML));
				assert.deepEqual(small, []);
				const wide = await page.locator('.log').evaluate((l) => [l.scrollWidth - l.clientWidth,
					document.documentElement.scrollWidth - innerWidth]);
				assert.deepEqual(wide.map((w) => w > 0), [false, false]);
			}
		});

test('both languages say everything, with the same slots, and nothing is left over', () => {
	const folder = new URL('../../../adapters/webchat/widget/', import.meta.url);
	const strings = JSON.parse(readFileSync(new URL('strings.json', folder), 'utf8'));
	const code = readdirSync(folder).filter((f) => f.endsWith('.js')).map((f) => readFileSync(new URL(f, folder), 'utf8')).join('');
	const slots = (s) => (s.match(/\{\w+\}/g) || []).sort().join();
	for (const [key, words] of Object.entries(strings)) {
		assert.equal(words.length, 2, key);
		assert.ok(words[0] && words[1], key);
		assert.equal(slots(words[0]), slots(words[1]), key);
		assert.ok(code.includes("'" + key + "'") || /^survey[1-5]$/.test(key) || ['waiting', 'sending'].includes(key), key);
	}
});
