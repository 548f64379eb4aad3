// The knowledge base (知识库) and the assistant (智能文本客服): written by one, approved by another, public while valid, corrected
// by whoever finds a fault; questions are answered from it with the source, and a person is one word away.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, until } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';

let g;
const who = {};
before(async () => {
	g = await Gateway.start({ channels: { web: { type: 'webchat' } }, settings: { assistant: 'yes' } });
	for (const [name, role, department] of [['writer', 'agent'], ['boss', 'supervisor'], ['fundian', 'department', 'fund'], ['luren', 'department', 'urban']])
		who[name] = await login(name, g.staff(name, role, department));
});
after(async () => { assert.deepEqual(await g.end(), { code: 0, signal: null }); });

// As the console's own page does it.
async function login(name, password) {
	const r = await fetch(`${g.url}/console/api/login`, { method: 'POST', headers: { 'content-type': 'application/json', origin: g.url },
		body: JSON.stringify({ name, password }) });
	assert.equal(r.status, 204);
	const cookie = r.headers.get('set-cookie').split(';')[0];
	const me = await (await fetch(`${g.url}/console/api/me`, { headers: { cookie } })).json();
	return async (method, path, body) => {
		const answer = await fetch(g.url + path, { method, headers: { cookie, origin: g.url, 'x-xq-csrf': me.csrf, 'content-type': 'application/json' },
			body: body && JSON.stringify(body) });
		return { status: answer.status, json: await answer.json().catch(() => null) };
	};
}

async function published(title, body, more = {}) {
	const { status, json } = await who.writer('POST', '/api/v1/articles', { title, body, ...more });
	assert.equal(status, 201, JSON.stringify(json));
	assert.equal((await who.writer('POST', `/api/v1/articles/${json.id}/steps`, { step: 'submit' })).status, 200);
	assert.equal((await who.boss('POST', `/api/v1/articles/${json.id}/steps`, { step: 'approve' })).status, 200);
	return json.id;
}

const page = async (path) => { const r = await fetch(g.url + path); return { status: r.status, text: await r.text() }; };

test('what is public was approved by somebody who did not write it', async () => {
	const { json: a } = await who.boss('POST', '/api/v1/articles', { title: '灯杆广告怎么申请', body: '请到城管窗口提交申请表。' });
	const path = `/api/v1/articles/${a.id}/steps`;
	assert.equal((await page(`/kb/${a.id}`)).status, 404, 'a draft is nobody’s business');
	assert.equal((await who.boss('POST', path, { step: 'approve' })).status, 409);
	assert.equal((await who.boss('POST', path, { step: 'submit' })).status, 200);
	const own = await who.boss('POST', path, { step: 'approve' });
	assert.equal(own.status, 403);
	assert.match(own.json.detail, /did not write/);
	assert.equal((await who.writer('POST', path, { step: 'approve' })).status, 403, 'an agent approves nothing');
	assert.equal((await who.boss('POST', path, { step: 'send-back' })).status, 422, 'sent back without a reason');
	assert.equal((await who.boss('POST', path, { step: 'send-back', note: '写明地址' })).status, 200);
	assert.equal((await who.writer('POST', path, { step: 'edit', body: '请到市民中心城管窗口提交申请表。' })).status, 200);
	assert.equal((await who.writer('POST', path, { step: 'submit' })).status, 200);
	const done = await who.boss('POST', path, { step: 'approve' });
	assert.equal(done.status, 200, JSON.stringify(done.json));
	assert.equal(done.json.approver, 'boss');
	const p = await page(`/kb/${a.id}`);
	assert.equal(p.status, 200);
	assert.match(p.text, /市民中心城管窗口/);
});

test('a new version takes the old one’s place only once it is approved, and both stay in the history', async () => {
	const id = await published('噪声投诉受理时间', '全天受理。');
	assert.equal((await who.writer('POST', `/api/v1/articles/${id}/steps`, { step: 'revise' })).status, 200);
	assert.equal((await who.writer('POST', `/api/v1/articles/${id}/steps`, { step: 'edit', body: '每天 6 时至 22 时受理。' })).status, 200);
	assert.match((await page(`/kb/${id}`)).text, /全天受理/);
	await who.writer('POST', `/api/v1/articles/${id}/steps`, { step: 'submit' });
	await who.boss('POST', `/api/v1/articles/${id}/steps`, { step: 'approve' });
	assert.match((await page(`/kb/${id}`)).text, /6 时至 22 时/);
	const { json } = await who.writer('GET', `/api/v1/articles/${id}`);
	assert.deepEqual(json.versions.map((v) => [v.version, v.state]), [[2, 'approved'], [1, 'retired']]);
	assert.ok(!(await page('/kb?q=' + encodeURIComponent('全天受理'))).text.includes('全天受理。'), 'what is retired is found no more');
	assert.equal((await who.boss('POST', `/api/v1/articles/${id}/steps`, { step: 'retire', note: '规定已改' })).status, 200);
	assert.equal((await page(`/kb/${id}`)).status, 404);
});

test('nobody saves over words, or publishes words, that they have not seen', async () => {
	const { json: a } = await who.writer('POST', '/api/v1/articles', { title: '社保卡补办', body: '第一稿' });
	const path = `/api/v1/articles/${a.id}/steps`;
	const one = await who.writer('POST', path, { step: 'edit', body: '写了两千字', seen: a.changed_at });
	assert.equal(one.status, 200);
	const two = await who.boss('POST', path, { step: 'edit', body: '改了一个字', seen: a.changed_at });
	assert.deepEqual([two.status, two.json.code], [409, 'changed']);
	assert.equal((await who.boss('GET', `/api/v1/articles/${a.id}`)).json.body, '写了两千字');
	const { json: read } = await who.writer('POST', path, { step: 'submit', seen: one.json.changed_at });
	await who.boss('POST', path, { step: 'send-back', note: '再写' });
	await who.writer('POST', path, { step: 'edit', body: '另写了别的' });
	await who.writer('POST', path, { step: 'submit' });
	const stale = await who.boss('POST', path, { step: 'approve', seen: read.changed_at });
	assert.deepEqual([stale.status, stale.json.code], [409, 'changed']);
	assert.equal((await page(`/kb/${a.id}`)).status, 404);
	const { json: now } = await who.boss('GET', `/api/v1/articles/${a.id}`);
	assert.equal((await who.boss('POST', path, { step: 'approve', seen: now.changed_at })).status, 200);
	assert.equal((await who.boss('POST', path, { step: 'retire', note: '旧', seen: 7 })).status, 400);
});

test('what is no longer valid is gone from the pages and the search', async () => {
	const id = await published('春节烟花燃放规定', '限时燃放。', { valid_until: '2020-02-20' });
	assert.equal((await page(`/kb/${id}`)).status, 404);
	assert.ok(!(await page('/kb?q=' + encodeURIComponent('烟花燃放'))).text.includes(`/kb/${id}`));
});

test('two characters find an article, in either language of the page', async () => {
	const id = await published('居住证怎么办理', '带身份证和租房合同到派出所办理居住证，15 日内领证。', { department: 'police' });
	for (const q of ['居住', '居住证 派出所', '领证', '证'])
		assert.ok((await page(`/kb?q=${encodeURIComponent(q)}`)).text.includes(`/kb/${id}`), q);
	const en = await page(`/kb/${id}?lang=en`);
	assert.match(en.text, /lang="en"/);
	assert.match(en.text, /Public Security Bureau/);
	assert.match((await page('/kb?lang=en&q=zzzz')).text, /Nothing found/);
	assert.match((await page('/kb?q=' + encodeURIComponent('<script>'))).text, /&lt;script&gt;/);
});

test('anybody can say what is wrong; staff see it and close it', async () => {
	const id = await published('图书馆开放时间', '周一闭馆。');
	const post = (text) => fetch(`${g.url}/kb/${id}`, { method: 'POST', redirect: 'manual', headers: { 'content-type': 'application/x-www-form-urlencoded' },
		body: new URLSearchParams({ text }) });
	assert.equal((await post(' ')).status, 422);
	assert.equal((await post('周一下午开放')).status, 303);
	let { json } = await who.writer('GET', `/api/v1/articles/${id}`);
	assert.equal(json.faults, 1);
	assert.deepEqual([json.reports[0].by, json.reports[0].text], ['citizen', '周一下午开放']);
	assert.equal((await who.writer('POST', `/api/v1/articles/${id}/faults/${json.reports[0].id}`, { note: '已修订' })).status, 200);
	({ json } = await who.writer('GET', `/api/v1/articles/${id}`));
	assert.equal(json.faults, 0);
	assert.equal(json.reports[0].closer, 'writer');
});

test('a department writes its own articles and no others; its answer to a ticket begins one', async () => {
	const { json: own } = await who.fundian('POST', '/api/v1/articles', { title: '公积金年度结息', body: '每年 6 月 30 日结息。' });
	assert.equal(own.department, 'fund');
	assert.equal((await who.luren('POST', `/api/v1/articles/${own.id}/steps`, { step: 'edit', body: '改了' })).status, 403);
	assert.equal((await who.luren('POST', '/api/v1/articles', { title: 'x', body: 'y', department: 'fund' })).status, 403);
	const chat = await new Chat(g.url).open();
	const { ticket } = await chat.say('我的公积金账户冻结了，请处理');
	await chat.close();
	assert.equal((await who.writer('POST', '/api/v1/articles', { ticket })).status, 409, 'nobody has answered yet');
	await g.reply(ticket, '账户冻结请带身份证到窗口解冻，当场办结。');
	const { json: kept } = await who.writer('POST', '/api/v1/articles', { ticket });
	assert.match(kept.body, /当场办结/);
	assert.equal(kept.state, 'draft');
});

test('a question is answered from the article, with its source, and the ticket is there all the same', async () => {
	const id = await published('公积金提取需要什么材料', '购房提取公积金请带身份证、购房合同和银行卡，到任一网点办理，三个工作日到账。', { department: 'fund' });
	const chat = await new Chat(g.url).open();
	const { ticket } = await chat.say('请问买房提取公积金需要带什么材料？');
	const said = await chat.frame((f) => f.type === 'message' && f.from === 'system' && f.text.includes('三个工作日到账'));
	assert.ok(said.text.includes(`/kb/${id}`), 'the source');
	assert.match(said.text, /人工/);
	assert.equal((await g.ticket(ticket)).state, 'new', 'a person still sees it');
	assert.equal((await chat.say('转人工')).ticket, ticket);
	await chat.frame((f) => f.type === 'message' && f.from === 'system' && f.text.includes('已请工作人员接手'));
	await chat.close();
});

test('it says when it does not know, and is silent where nobody asked it', async () => {
	const chat = await new Chat(g.url).open();
	await chat.say('请问天文台的望远镜怎么预约？');
	await chat.frame((f) => f.type === 'message' && f.text.includes('知识库里没有找到'));
	await chat.close();
	const other = await new Chat(g.url).open();
	const { ticket } = await other.say('公积金网点的空调坏了，投诉');
	await other.frame((f) => f.type === 'message' && f.text.includes(ticket));
	const danger = await new Chat(g.url).open();
	const fire = await danger.say('请问着火了怎么办，公积金提取大楼冒浓烟');
	await danger.frame((f) => f.type === 'message' && f.text.includes('119'));
	await new Promise((r) => setTimeout(r, 600));
	for (const n of [ticket, fire.ticket])
		assert.ok(!(await g.ticket(n)).steps.some((s) => s.step === 'assistant'), n);
	await other.close();
	await danger.close();
});

test('every change of an article is in the event chain', async () => {
	await until('the events', async () => (await g.api('GET', '/api/v1/events?limit=200')).json.items.some((v) => v.kind === 'article' && v.data.step === 'approve'));
	assert.match(g.run('audit', 'verify'), /\d/);
});

test('articles of another system come in once, each waits for a second person, and a bad line is named', async () => {
	const file = join(g.dir, 'articles.jsonl');
	const lines = [{ id: 'k1', title: '新生儿医保怎么办', body: '出生九十天内到社区办理。', department: 'medical-insurance', category: 'medical-insurance' },
		{ title: 'How to get a parking permit', body: 'Apply at the traffic police.', language: 'en', department: 'traffic-police' }];
	writeFileSync(file, `${lines.map((l) => JSON.stringify(l)).join('\n')}\n{"title":"没有正文"}\n`);
	const bad = (() => { try { g.run('article', 'import', file, '--owner', 'writer'); } catch (e) { return e; } return null; })();
	assert.equal(bad?.status, 1, 'a line was bad');
	assert.match(bad.stderr, /articles\.jsonl:3: has no title or no body/);
	assert.match(bad.stdout, /^2 stored and waiting for a second person, 0 known already, 1 lines not read/);
	const waiting = (await who.boss('GET', '/api/v1/articles?state=review')).json.items.filter((a) => a.author === 'import');
	assert.deepEqual(waiting.map((a) => [a.title, a.owner, a.public]).sort(), [['How to get a parking permit', 'writer', false],
		['新生儿医保怎么办', 'writer', false]]);
	assert.equal((await who.boss('POST', `/api/v1/articles/${waiting[0].id}/steps`, { step: 'approve' })).status, 200);
	const again = (() => { try { g.run('article', 'import', file); } catch (e) { return e; } return null; })();
	assert.match(again.stdout, /^0 stored and waiting for a second person, 2 known already/);
});

test('a report that is not kept is not thanked for, and one address fills no article', async () => {
	const id = await published('公园开放时间', '每天 6 时至 22 时开放。');
	const report = (localAddress) => new Promise((done, fail) => {
		const r = request(`${g.url}/kb/${id}`, { method: 'POST', localAddress, headers: { 'content-type': 'application/x-www-form-urlencoded' } }, (res) => {
			let text = '';
			res.on('data', (d) => { text += d; });
			res.on('end', () => done({ status: res.statusCode, text }));
		});
		r.on('error', fail);
		r.end('text=' + encodeURIComponent('周一闭园'));
	});
	for (let i = 0; i < 10; i++) assert.equal((await report('127.0.0.2')).status, 303);
	const more = await report('127.0.0.2');
	assert.equal(more.status, 429);
	assert.match(more.text, /没有收下/);
	assert.equal((await report('127.0.0.3')).status, 303, 'another is heard');
	const { json } = await who.writer('GET', `/api/v1/articles/${id}`);
	assert.equal(json.faults, 11);
});
