// A city's Official Account against a platform that pushes, counts windows and ends tokens as the real one does.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { Gateway, rules, slack, until } from './lib/gateway.mjs';
import { Smsc } from './lib/smsc.mjs';
import { Platform, KEY, OLD_KEY, xml } from './lib/wechat.mjs';

const load = createRequire(import.meta.url);
const live = new Set(); /* what a failed test left running */
after(() => { for (const { g, p } of live) { g.child.kill('SIGKILL'); p.end(); } });
const setup = async (more = {}, platform = {}, channels = {}, settings = {}) => {
	const p = await Platform.start(platform);
	const g = await Gateway.start({ channels: { wechat: p.channel(more), ...channels }, settings });
	const url = `${g.url}${more.path || '/wechat'}`;
	await until('the channel to be up', async () => (await fetch(`${g.url}/readyz`)).status === 200);
	const both = { p, g };
	live.add(both);
	return { ...both, url, end: async () => { live.delete(both); await g.end(); await p.end(); } };
};
const only = async (g, n = 1) => { const all = await until(`${n} ticket(s)`, async () => { const t = await g.tickets(); return t.length >= n && t; }); assert.equal(all.length, n); return g.ticket(all[0].number); };
const staffSaid = (t) => t.messages.filter((m) => m.from === 'staff');

test('a citizen writes, is answered, and rates by a tap', async () => {
	const { p, g, url, end } = await setup();
	await p.say(url, 'oCitizen_0001', '人民路路灯不亮 & <晚上> ]]> 😀');
	const t = await only(g);
	assert.equal(t.messages[0].text, '人民路路灯不亮 & <晚上> ]]> 😀');
	assert.deepEqual([t.channel, t.kind, t.account, t.peer], ['wechat', 'wechat', 'gh_test', 'oCitizen_0001']);
	await p.got('oCitizen_0001', (m) => m.text.includes(t.number));
	for (const step of ['accept', 'dispatch']) assert.equal((await g.step(t.number, step, { department: 'urban' })).status, 200);
	assert.equal((await g.reply(t.number, '已派人维修。')).status, 201);
	await p.got('oCitizen_0001', (m) => m.text === '已派人维修。');
	assert.deepEqual((await g.ticket(t.number)).reach.open, true);
	assert.equal((await g.step(t.number, 'close')).status, 200);
	const survey = await p.got('oCitizen_0001', (m) => m.menu);
	assert.deepEqual(survey.menu.list.map((i) => i.content), ['非常满意', '满意', '基本满意', '不满意', '非常不满意', '未解决']);
	for (const i of survey.menu.list) assert.match(i.id, /^[1-9]\d{0,18}$/);
	await p.tap(url, 'oCitizen_0001', '满意');
	const rated = await until('the rating', async () => { const x = await g.ticket(t.number); return x.survey.state === 'answered' && x; });
	assert.deepEqual([rated.survey.rating, rated.state], [4, 'closed']);
	await p.got('oCitizen_0001', (m) => /感谢/.test(m.text));
	await end();
});

test('"not solved" by a tap opens the ticket again, and an old menu says that it has ended', async () => {
	const { p, g, url, end } = await setup();
	await p.say(url, 'oAgain', '小区停水');
	const { number } = await only(g);
	assert.equal((await g.step(number, 'accept')).status, 200);
	await g.reply(number, '已恢复供水');
	assert.equal((await g.step(number, 'close')).status, 200);
	const first = await p.got('oAgain', (m) => m.menu);
	await p.tap(url, 'oAgain', '未解决');
	await until('it is open again', async () => (await g.ticket(number)).state === 'accepted');
	await p.say(url, 'oAgain', '还是没有水');
	await g.reply(number, '再次核实，已修好');
	assert.equal((await g.step(number, 'close')).status, 200);
	await until('the second question', () => p.sent.filter((m) => m.menu).length === 2);
	const old = { MsgType: 'text', Content: '满意', bizmsgmenuid: first.menu.list[1].id, MsgId: p.nextId++ };
	p.hear('oAgain', 3, 60e3);
	await p.push(url, p.fields('oAgain', old));
	await p.got('oAgain', (m) => /评价已经结束/.test(m.text));
	assert.notEqual((await g.ticket(number)).survey.state, 'answered');
	await end();
});

test('each mode takes its own form, and only plain mode what is not sealed, while it is fresh', async () => {
	for (const mode of ['plain', 'compatible', 'safe']) {
		const { p, g, url, end } = await setup({}, { mode });
		await p.say(url, `oMode_${mode}`, `${mode} 模式`);
		assert.equal((await only(g)).messages[0].text, `${mode} 模式`);
		const eve = xml(p.fields('oEve', { MsgType: 'text', Content: 'x', MsgId: 1 }));
		const open = (age = 0) => p.post(url, { query: p.sign(undefined, String(Math.floor(Date.now() / 1000) - age)), body: eve });
		assert.equal(/mode = plain.*does not cover/.test(g.log), mode === 'plain', 'the start warns');
		for (const age of mode === 'plain' ? [310, -310] : [0]) assert.deepEqual(await open(age), { status: 403, text: 'refused' });
		await only(g);
		if (mode === 'plain') assert.equal((await open(200)).status, 200);
		await end();
	}
});

test('the address is verified in the open form and in the sealed one', async () => {
	const { p, url, end } = await setup();
	const ask = async (q) => { const r = await fetch(`${url}?${new URLSearchParams(q)}`); return [r.status, await r.text()]; };
	assert.deepEqual(await ask({ ...p.sign(), echostr: '8417<b>' }), [200, '8417<b>']);
	const sealed = p.seal('1616140317555161061');
	assert.deepEqual(await ask({ ...p.sign(sealed), echostr: sealed }), [200, '1616140317555161061']);
	assert.equal((await ask({ ...p.sign(), signature: '0'.repeat(40), echostr: 'x' }))[0], 403);
	assert.equal((await ask({ echostr: 'x' }))[0], 403);
	await end();
});

test('old and new key serve side by side while they are changed', async () => {
	const { p, g, url, end } = await setup({ token: 'newtoken', encoding_aes_key: OLD_KEY, token_old: 'pamtest', encoding_aes_key_old: KEY });
	await p.say(url, 'oRotate1', '旧钥匙');
	Object.assign(p, { token: 'newtoken', key: OLD_KEY });
	await p.say(url, 'oRotate2', '新钥匙');
	await only(g, 2);
	Object.assign(p, { token: 'pamtest', key: OLD_KEY }); /* a signature of one, a seal of the other */
	assert.equal((await p.post(url, p.pack(xml(p.fields('oEve', { MsgType: 'text', Content: 'x', MsgId: 1 }))))).status, 403);
	await end();
});

test('whatever is wrong with an envelope is answered alike and makes no ticket', async () => {
	const { p, g, url, end } = await setup();
	const good = p.pack(xml(p.fields('oEve', { MsgType: 'text', Content: '攻击', MsgId: 77 })));
	const encrypt = /CDATA\[([^\]]+)\]\]><\/Encrypt>/.exec(good.body)[1];
	const wrap = (e, signed = p.sign(e)) => ({ query: signed, body: `<xml><ToUserName>x</ToUserName><Encrypt>${e}</Encrypt></xml>` });
	const other = Object.assign(Object.create(p), { id: 'wx0000000000000000' });
	const tampered = Buffer.from(encrypt, 'base64');
	tampered[tampered.length - 17] ^= 1; /* turns the padding's last byte round */
	const laughs = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>';
	const attacks = {
		'no query': { query: {}, body: good.body },
		'wrong signature': { query: { ...good.query, msg_signature: '0'.repeat(40) }, body: good.body },
		'wrong plain signature': { query: { ...good.query, signature: '0'.repeat(40) }, body: good.body },
		'body of another push': { query: good.query, body: wrap(p.seal('x')).body },
		'wrong app id': wrap(other.seal(xml({ MsgType: 'text' })), undefined),
		'truncated base64': wrap(encrypt.slice(0, -5)),
		'not base64': wrap('!!!!'),
		'empty': wrap(''),
		'padding tampered with': wrap(tampered.toString('base64')),
		'doctype outside': { query: p.sign(encrypt), body: `${laughs}${good.body}` },
		'entity outside': { query: p.sign(encrypt), body: `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Encrypt>&e;</Encrypt></xml>` },
		'not xml': { query: p.sign(encrypt), body: '{"Encrypt":"x"}' },
	};
	for (const [name, attack] of Object.entries(attacks)) assert.deepEqual(await p.post(url, attack), { status: 403, text: 'refused' }, name);
	const big = await p.post(url, { query: good.query, body: 'x'.repeat((1 << 20) + 1) });
	assert.equal(big.status, 413);
	// Sealed by somebody who has the keys, and still no XML of ours: set aside, once, and not asked for again.
	for (const inner of [`${laughs}<xml><MsgType>&c;</MsgType></xml>`, 'not xml', xml({ MsgType: 'text' })])
		assert.deepEqual(await p.post(url, p.pack(inner)), { status: 200, text: 'success' });
	assert.equal((await g.tickets()).length, 0);
	assert.equal(g.log.match(/kept aside.*malformed/g).length, 3);
	assert.ok(!/hahaha|root:x/.test(g.log));
	await end();
});

test('pushes that come twice, late and out of order are kept once', async () => {
	const { p, g, url, end } = await setup();
	const first = await p.say(url, 'oTwice', '第一句'), second = await p.say(url, 'oTwice', '第二句');
	for (const fields of [second, first, first, second]) await p.push(url, fields);
	const packed = p.pack(xml(first)); /* the same bytes again: a recorded push */
	for (let i = 0; i < 3; i++) assert.deepEqual(await p.post(url, packed), { status: 200, text: 'success' });
	const t = await only(g);
	assert.deepEqual(t.messages.filter((m) => m.from === 'citizen').map((m) => m.text), ['第一句', '第二句']);
	const scan = p.fields('oTwice', { MsgType: 'event', Event: 'SCAN', EventKey: '7' });
	const before = (await g.ticket(t.number)).reach.left;
	for (let i = 0; i < 3; i++) await p.push(url, scan);
	assert.equal((await g.ticket(t.number)).reach.left, before + 3);
	await end();
});

test('a gateway that is too slow hears the push again and keeps it once', async () => {
	const { p, g, url, end } = await setup();
	g.child.kill('SIGSTOP');
	const answers = p.push(url, p.fields('oSlow', { MsgType: 'text', Content: '慢', MsgId: 4711 }), { wait: 1500 });
	await new Promise((done) => setTimeout(done, 2200));
	g.child.kill('SIGCONT');
	const all = await answers;
	assert.equal(all[0], null);
	assert.deepEqual(all.at(-1), { status: 200, text: 'success' });
	assert.equal((await only(g)).messages.filter((m) => m.from === 'citizen').length, 1);
	await end();
});

test('pictures, voice and places come into the ticket, and a failed fetch keeps the message', async () => {
	const { p, g, url, end } = await setup({ media_max: 1, media_wait: 2 });
	const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(5000, 7)]);
	p.media.set('good', { bytes: jpeg });
	p.media.set('voice', { bytes: Buffer.from('#!AMR\nxxxx'), type: 'audio/amr' });
	p.media.set('big', { bytes: Buffer.alloc((1 << 20) + 1) });
	p.media.set('slow', { bytes: jpeg, delay: 20000 });
	await p.say(url, 'oMedia', { MsgType: 'image', PicUrl: 'http://127.0.0.1:1/x', MediaId: 'good' });
	await p.say(url, 'oMedia', { MsgType: 'voice', MediaId: 'voice', Format: 'amr', Recognition: '我要反映噪音' });
	await p.say(url, 'oMedia', { MsgType: 'location', Location_X: '23.134521', Location_Y: '113.358803', Scale: 20, Label: '人民路1号' });
	for (const id of ['gone', 'big', 'slow']) await p.say(url, 'oMedia', { MsgType: 'image', PicUrl: 'x', MediaId: id }, { wait: 5000 * slack });
	await p.say(url, 'oMedia', { MsgType: 'link', Title: '新闻', Description: '描述', Url: 'https://news.example/1' });
	const said = (await only(g)).messages.filter((m) => m.from === 'citizen');
	assert.deepEqual(said.map((m) => m.text.split('\n')[0]), ['[图片]', '我要反映噪音', '📍 人民路1号', '[图片未能取回]', '[图片未能取回]', '[图片未能取回]', '新闻']);
	assert.match(said[2].text, /https:\/\/apis\.map\.qq\.com\/.*23\.134521,113\.358803/);
	assert.deepEqual(said.map((m) => m.attachments.map((a) => [a.type, a.size])[0]), [['image/jpeg', jpeg.length], ['audio/amr', 10], undefined, undefined, undefined, undefined, undefined]);
	const file = await fetch(`${g.url}/api/v1/files/${said[0].attachments[0].id}`, { headers: { authorization: `Bearer ${g.token()}` } });
	assert.ok(Buffer.from(await file.arrayBuffer()).equals(jpeg));
	await end();
});

test('a picture is asked for again while the platform is busy, and what could not be had is named for a person', async () => {
	const { p, g, url, end } = await setup();
	p.media.set('good', { bytes: Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(500, 7)]) });
	for (const fault of [-1, 'hang up']) {
		p.fail('/cgi-bin/media/get', fault, fault === -1 ? 2 : 1);
		await p.say(url, 'oBusy', { MsgType: 'image', PicUrl: 'x', MediaId: 'good' }, { wait: 5000 * slack });
	}
	await p.say(url, 'oBusy', { MsgType: 'image', PicUrl: 'x', MediaId: 'gone-3days' });
	const said = (await only(g)).messages.filter((m) => m.from === 'citizen');
	assert.deepEqual(said.map((m) => [m.text, m.attachments.length]), [['[图片]', 1], ['[图片]', 1], ['[图片未能取回]\n平台保留三天，编号：gone-3days', 0]]);
	await end();
});

test('the counter whose code was scanned stands in the ticket, and a menu button can speak', async () => {
	const { p, g, url, end } = await setup();
	await p.event(url, 'oScan', { Event: 'subscribe', EventKey: 'qrscene_政务大厅3号窗口', Ticket: 't' });
	await p.say(url, 'oScan', '窗口排队太久');
	const t = await only(g);
	assert.equal(t.account, 'gh_test/政务大厅3号窗口');
	await p.got('oScan', (m) => m.text.includes(t.number));
	await p.event(url, 'oScan', { Event: 'CLICK', EventKey: 'say:查询' });
	await p.got('oScan', (m) => m.text.startsWith(`工单 ${t.number}`));
	await p.event(url, 'oScan', { Event: 'VIEW', EventKey: 'https://x.example/' });
	await end();
});

test('a code that is a department’s own suggests it', async () => {
	const { p, g, url, end } = await setup();
	await p.event(url, 'oUrban', { Event: 'subscribe', EventKey: 'qrscene_urban', Ticket: 't' });
	await p.say(url, 'oUrban', '有件事想问问');
	const t = await only(g);
	const { department } = (await g.api('GET', `/api/v1/tickets/${t.number}/suggestions`)).json;
	assert.deepEqual([department[0].value, department[0].asked], ['urban', true]);
	await end();
});

test('a long answer is split on characters within the quota and comes whole', async () => {
	const { p, g, url, end } = await setup();
	await p.say(url, 'oLong', '请详细答复');
	const { number } = await only(g);
	await p.got('oLong', (m) => m.text.includes(number));
	const text = '依据《某条例》第三条，答复如下😀。'.repeat(120);
	assert.equal((await g.reply(number, text)).status, 201);
	await until('all of it', () => p.sent.filter((m) => m.to === 'oLong').slice(1).map((m) => m.text).join('') === text);
	for (const m of p.sent) assert.ok(Buffer.byteLength(m.text) <= 2048);
	await until('its state', async () => staffSaid(await g.ticket(number))[0].state === 'accepted');
	assert.equal((await g.ticket(number)).reach.left, 5 - p.sent.length);
	await end();
});

test('a token that ended is renewed once, and only once, for many calls', async () => {
	const { p, g, url, end } = await setup();
	await p.say(url, 'oToken', '你好，路面塌陷');
	const { number } = await only(g);
	await until('the first answer', () => p.sent.length === 1);
	assert.equal(p.access.asked, 1);
	p.expire();
	for (let i = 0; i < 3; i++) await g.reply(number, `第${i}条`);
	await until('all answers', () => p.sent.length === 4);
	assert.deepEqual(p.sent.slice(1).map((m) => m.text), ['第0条', '第1条', '第2条']);
	assert.equal(p.access.asked, 2);
	assert.equal(p.access.forced, 0);
	// The platform rejects the token it gives out: a new one is forced.
	p.fail('/cgi-bin/message/custom/send', 40001);
	await g.reply(number, '最后一条');
	await p.got('oToken', (m) => m.text === '最后一条');
	assert.equal(p.access.forced, 1);
	await end();
});

test('each code of the platform has its consequence', async () => {
	const { p, g, url, end } = await setup();
	const path = '/cgi-bin/message/custom/send';
	p.enforce = false;
	const cases = [
		[-1, 'accepted'], [45011, 'retry', /45011/], [45009, 'retry', /45009/], [45002, 'failed', /too long/], [48001, 'failed', /granted/],
		[40003, 'queued', /openid/], [43004, 'queued', /follow/], [43019, 'queued', /black list/], [48002, 'queued', /refuses/],
		[45015, 'queued', /48 hours/], [45047, 'queued', /quota/], ['hang up', 'unknown', /cannot be reached/],
	];
	for (const [i, [code, state, words]] of cases.entries()) {
		const who = `oCode_${i}`;
		await p.say(url, who, `第${i}件事：路灯坏了`);
		const { number } = (await until('its ticket', async () => { const t = (await g.tickets()).find((x) => x.peer === who); return t; }));
		await p.got(who, (m) => m.text.includes(number));
		p.fail(path, code);
		await g.reply(number, '答复');
		const m = await until(`${code} to be ${state}`, async () => { const x = staffSaid(await g.ticket(number))[0]; return x.state === state && (!words || x.error) && x; });
		if (words) assert.match(m.error, words, String(code));
	}
	assert.match(g.log, /the platform refuses what is configured.*code=48001/);
	await end();
});

test('a wrong secret is said where an operator looks', async () => {
	const p = await Platform.start();
	const g = await Gateway.start({ channels: { wechat: p.channel({ app_secret: 'wrong' }) } });
	const words = await until('the word', async () => { const r = await (await fetch(`${g.url}/readyz`)).json(); const c = r.channels.find((x) => x.name === 'wechat'); return !c.up && /app_secret is wrong/.test(c.words) && c.words; });
	assert.match(words, /40125/);
	await g.end();
	await p.end();
});

test('outside the window a template goes out, with its receipt', async () => {
	const template = 'reply TM00178 character_string1:{number} thing2:{title} thing3:{text}';
	const { p, g, url, end } = await setup({ template });
	await p.say(url, 'oTemplate', '公园健身器材损坏');
	const { number } = await only(g);
	await p.got('oTemplate', (m) => m.text?.includes(number));
	p.windows.clear();
	await g.reply(number, '器材已经修好，感谢您的反映，欢迎继续监督我们的工作。');
	const got = await p.got('oTemplate', (m) => m.template);
	assert.equal(got.template, 'TM00178');
	assert.deepEqual(got.data, { character_string1: { value: number }, thing2: { value: '公园健身器材损坏' }, thing3: { value: '器材已经修好，感谢您的反映，欢迎继续监…' } });
	await until('accepted', async () => staffSaid(await g.ticket(number))[0].state === 'accepted');
	assert.equal((await g.ticket(number)).reach.open, false);
	await p.event(url, 'oTemplate', { Event: 'TEMPLATESENDJOBFINISH', MsgID: got.msgid, Status: 'success' });
	await until('delivered', async () => staffSaid(await g.ticket(number))[0].state === 'delivered');
	// The next one is known to be outside: no message is tried, and a lost answer is asked again without a double.
	const tries = p.calls.filter(([path]) => path === '/cgi-bin/message/custom/send').length;
	p.fail('/cgi-bin/message/template/send', 'hang up');
	await g.reply(number, '第二次答复');
	await until('the second', () => p.sent.filter((m) => m.template).length === 2, 20000);
	await p.event(url, 'oTemplate', { Event: 'TEMPLATESENDJOBFINISH', MsgID: p.sent.at(-1).msgid, Status: 'failed:user block' });
	await until('failed', async () => staffSaid(await g.ticket(number))[1].state === 'failed');
	assert.equal(p.calls.filter(([path]) => path === '/cgi-bin/message/custom/send').length, tries);
	await end();
});

test('a subscription goes before a template, and one that was cancelled falls back to it', async () => {
	const { p, g, url, end } = await setup({ subscription: 'reply SUB1 thing1:{text}', template: '* TM1 thing1:{text}' });
	await p.say(url, 'oSub', '希望增设红绿灯');
	const { number } = await only(g);
	await p.got('oSub', (m) => m.text?.includes(number));
	p.windows.clear();
	await g.reply(number, '已列入计划');
	await p.got('oSub', (m) => m.subscription === 'SUB1');
	await p.event(url, 'oSub', { Event: 'subscribe_msg_sent_event', SubscribeMsgSentEvent: { List: { TemplateId: 'SUB1', MsgID: 5, ErrorCode: 0, ErrorStatus: 'success' } } });
	await until('delivered', async () => staffSaid(await g.ticket(number))[0].state === 'delivered');
	p.fail('/cgi-bin/message/subscribe/bizsend', 43101);
	await g.reply(number, '明年动工');
	await p.got('oSub', (m) => m.template === 'TM1' && m.data.thing1.value === '明年动工');
	await end();
});

test('what the platform says of a notice is said of that one, though another by its template waits', async () => {
	const { p, g, url, end } = await setup({ subscription: 'reply SUB1 thing1:{text}' });
	await p.say(url, 'oTwo', '希望增设红绿灯');
	const { number } = await only(g);
	await p.got('oTwo', (m) => m.text?.includes(number));
	p.windows.clear();
	const tell = (MsgID, ErrorCode, ErrorStatus) => p.event(url, 'oTwo', { Event: 'subscribe_msg_sent_event', SubscribeMsgSentEvent: { List: { TemplateId: 'SUB1', MsgID, ErrorCode, ErrorStatus } } });
	const states = async () => staffSaid(await g.ticket(number)).map((m) => m.state);
	const became = (...want) => until(`${want}`, async () => want.join() === (await states()).join(), 30000);
	await g.reply(number, '第一次答复');
	await g.reply(number, '第二次答复');
	await became('accepted', 'retry');
	assert.equal(p.sent.filter((m) => m.subscription).length, 1);
	await tell(5, 1003, 'rejected');
	await became('failed', 'accepted');
	await tell(6, 0, 'success');
	await became('failed', 'delivered');
	p.fail('/cgi-bin/message/subscribe/bizsend', 'no answer');
	await g.reply(number, '第三次答复');
	await became('failed', 'delivered', 'unknown');
	await g.reply(number, '第四次答复');
	await became('failed', 'delivered', 'unknown', 'retry');
	await tell(7, 0, 'success');
	await became('failed', 'delivered', 'delivered', 'accepted');
	await end();
});

test('whether a citizen accepts a subscription is remembered, and what was refused is not tried', async () => {
	const { p, g, url, end } = await setup({ subscription: 'reply SUB7 thing1:{title}', template: 'reply TM7 thing1:{title}' });
	await p.say(url, 'oConsent', '树枝断了');
	const { number } = await only(g);
	await p.got('oConsent', (m) => m.text?.includes(number));
	const answer = async (words) => { p.windows.delete('oConsent'); assert.equal((await g.reply(number, words)).status, 201); };
	const status = (Event, ...list) => p.event(url, 'oConsent', { Event, [{ subscribe_msg_popup_event: 'SubscribeMsgPopupEvent', subscribe_msg_change_event: 'SubscribeMsgChangeEvent' }[Event]]:
		Object.fromEntries(list.map(([TemplateId, SubscribeStatusString]) => ['List', { TemplateId, SubscribeStatusString, PopupScene: '2' }])) });
	await status('subscribe_msg_popup_event', ['SUB7', 'reject']);
	await answer('第一次答复');
	await p.got('oConsent', (m) => m.template === 'TM7');
	assert.equal(p.calls.filter(([path]) => path.endsWith('/bizsend')).length, 0, 'it was not even tried');
	await status('subscribe_msg_popup_event', ['SUB7', 'accept']);
	await answer('第二次答复');
	await p.got('oConsent', (m) => m.subscription === 'SUB7');
	await p.event(url, 'oConsent', { Event: 'subscribe_msg_sent_event', SubscribeMsgSentEvent: { List: { TemplateId: 'SUB7', MsgID: 5, ErrorCode: 0, ErrorStatus: 'success' } } });
	p.fail('/cgi-bin/message/subscribe/bizsend', 43101); // used up, and nobody said so
	await answer('第三次答复');
	await until('the template', () => p.sent.filter((m) => m.template === 'TM7').length === 2);
	const tried = p.calls.filter(([path]) => path.endsWith('/bizsend')).length;
	await answer('第四次答复');
	await until('the template again', () => p.sent.filter((m) => m.template === 'TM7').length === 3);
	assert.equal(p.calls.filter(([path]) => path.endsWith('/bizsend')).length, tried);
	await end();
});

test('a menu button that scans brings what was scanned into the ticket', async () => {
	const { p, g, url, end } = await setup();
	await p.event(url, 'oScan', { Event: 'scancode_waitmsg', EventKey: 'say:报修设备', ScanCodeInfo: { ScanType: 'qrcode', ScanResult: 'EQ-2048 电梯' } });
	assert.equal((await only(g)).messages[0].text, '报修设备\nEQ-2048 电梯');
	await p.event(url, 'oPush', { Event: 'scancode_push', EventKey: 'x', ScanCodeInfo: { ScanType: 'qrcode', ScanResult: 'https://elsewhere.example' } });
	await only(g);
	await end();
});

test('the guide asks for a photo where citizens can send one', async () => {
	const { p, url, end } = await setup();
	for (const [words, then] of [['自助下单', '发生了什么'], ['路灯不亮', '哪里'], ['滨江路88号', '什么时候'], ['三天前', '照片']]) {
		await p.say(url, 'oGuide', words);
		await p.got('oGuide', (m) => m.text?.includes(then));
	}
	await end();
});

test('with no way left an answer waits until the citizen writes again', async () => {
	const { p, g, url, end } = await setup();
	await p.say(url, 'oWait', '公交站牌倒了');
	const { number } = await only(g);
	await p.got('oWait', (m) => m.text.includes(number));
	p.windows.clear();
	await g.reply(number, '站牌已扶正');
	const m = await until('it waits', async () => { const x = staffSaid(await g.ticket(number))[0]; return x.state === 'queued' && x.error && x; });
	assert.match(m.error, /waits until the citizen writes again/);
	await g.kill();
	await g.up();
	await p.say(url, 'oWait', '怎么没有答复');
	await p.got('oWait', (x) => x.text === '站牌已扶正');
	await until('accepted', async () => staffSaid(await g.ticket(number))[0].state === 'accepted');
	await p.event(url, 'oWait', { Event: 'unsubscribe', EventKey: '' });
	assert.equal((await g.ticket(number)).reach.open, false);
	await end();
});

test('with no way left an answer and its survey go to the citizen\'s telephone, and the ticket says so', async () => {
	const smsc = await Smsc.start();
	const sms = { type: 'smpp', host: '127.0.0.1', port: smsc.port, system_id: 'xinqiao', password: 'secret', number: '12345', pace: 0 };
	const tables = rules({ quiet_from: '00:00', quiet_to: '00:00' }); // else at night the survey waits for the morning
	const { p, g, url, end } = await setup({}, {}, { sms }, { tables });
	await p.say(url, 'oBoth', '广场舞噪音扰民');
	const { number } = await only(g);
	await p.got('oBoth', (m) => m.text?.includes(number));
	await smsc.deliver('13800138000', '噪音的事我也发短信反映');
	const other = await until('the other ticket', async () => (await g.tickets()).find((t) => t.channel === 'sms'));
	p.windows.clear();
	await g.step(number, 'accept');
	await g.reply(number, '先等一等');
	await until('it waits: nobody has said that they are one', async () => staffSaid(await g.ticket(number))[0].error?.startsWith('waits'));
	assert.equal((await g.api('POST', `/api/v1/tickets/${number}/citizen`, { other: other.number })).status, 200);
	await p.say(url, 'oBoth', '怎么样了');
	await until('what waited has come, and the answer to the question', () => p.sent.some((m) => m.text === '先等一等') &&
		p.sent.filter((m) => m.to === 'oBoth').at(-1).text.includes(number) && p.sent.filter((m) => m.to === 'oBoth').length === 3);
	p.windows.clear();
	await g.reply(number, '已劝离，将加强巡查。');
	await smsc.received('13800138000', (t) => t.startsWith('【示范市12345】') && t.endsWith('已劝离，将加强巡查。'));
	const t = await until('it to be said', async () => { const x = await g.ticket(number); return x.steps.some((s) => s.step === 'elsewhere') && x; });
	const said = t.steps.find((s) => s.step === 'elsewhere').data;
	assert.deepEqual([said.from, said.to], ['wechat', 'sms']);
	const first = t.messages.find((m) => m.id === said.message), second = t.messages.find((m) => m.id === said.instead);
	assert.match(first.error, /^sent by sms instead: 45015/);
	assert.equal(first.state, 'failed');
	assert.match(second.text, /已劝离/);
	await until('delivered there', async () => (await g.ticket(number)).messages.find((m) => m.id === said.instead).state === 'delivered');
	assert.equal((await g.step(number, 'close')).status, 200);
	const link = await smsc.received('13800138000', (x) => /\/rate\//.test(x));
	assert.equal((await fetch(/http\S+\/rate\/\S+/.exec(link.text)[0])).status, 200);
	await end();
	await smsc.close();
	rmSync(tables, { recursive: true });
});

test('npm wechat, which receives as we do, takes the same pushes', async () => {
	const p = await Platform.start();
	const seen = [];
	const middleware = load('wechat')({ token: p.token, encodingAESKey: p.key, appid: p.id }, (req, res) => { seen.push(req.weixin); res.reply(''); });
	const server = createServer((req, res) => { req.query = Object.fromEntries(new URL(req.url, p.url).searchParams); middleware(req, res, () => res.end()); });
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	const g = await Gateway.start({ channels: { wechat: p.channel() } });
	const fields = p.fields('oBoth', { MsgType: 'text', Content: '两边都收到', MsgId: p.nextId++ });
	const packed = p.pack(xml(fields));
	assert.deepEqual(await p.post(`${g.url}/wechat`, packed), { status: 200, text: 'success' });
	await p.post(`http://127.0.0.1:${server.address().port}/`, packed);
	assert.equal(seen[0].Content, (await only(g)).messages[0].text);
	assert.equal(seen[0].FromUserName, (await only(g)).peer);
	await g.end();
	server.close();
	await p.end();
});
