// WeCom customer service: a doorbell, messages pulled by a cursor, and our own message ids.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Gateway, until } from './lib/gateway.mjs';
import { Platform, xml } from './lib/wechat.mjs';

const live = new Set();
after(() => { for (const { g, p } of live) { g.child.kill('SIGKILL'); p.end(); } });
const setup = async (more) => {
	const p = await Platform.start({ wecom: true });
	const g = await Gateway.start({ channels: { kf: p.channel(more) } });
	const both = { p, g };
	live.add(both);
	await until('the channel to be up', async () => (await fetch(`${g.url}/readyz`)).status === 200);
	return { ...both, url: `${g.url}/wecom`, end: async () => { live.delete(both); await g.end(); await p.end(); } };
};
const ticketOf = (g, who) => until(`a ticket of ${who}`, async () => { const t = (await g.tickets()).find((x) => x.peer === who); return t && g.ticket(t.number); });
const undelivered = (p, who, msgid) => ({
	origin: 4, msgtype: 'event',
	event: { event_type: 'msg_send_fail', open_kfid: p.open_kfid, external_userid: who, fail_msgid: msgid, fail_type: 10 },
});
const said = (t) => t.messages.filter((m) => m.from === 'citizen').map((m) => m.text);

test('the bell rings, the messages are pulled in order, and the answer goes back', async () => {
	const { p, g, url, end } = await setup();
	await p.write(url, 'wmCitizen001', { msgtype: 'text', text: { content: '电梯坏了，困人了吗？没有' } });
	const t = await ticketOf(g, 'wmCitizen001');
	assert.deepEqual([t.channel, t.kind, t.account, t.name], ['kf', 'wechat', 'wkTest', '昵称001']);
	await p.got('wmCitizen001', (m) => m.text.includes(t.number));
	p.media.set('pic', { bytes: Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(100, 1)]) });
	for (let i = 0; i < 7; i++) p.inbox.push({ msgid: `B${i}`, open_kfid: p.open_kfid, external_userid: 'wmCitizen001', send_time: 1767000000 + i, origin: 3, msgtype: 'text', text: { content: `第${i}句` } });
	await p.write(url, 'wmCitizen001', { msgtype: 'image', image: { media_id: 'pic' } });
	const all = await until('all of them', async () => { const x = await g.ticket(t.number); return said(x).length === 9 && x; });
	assert.deepEqual(said(all).slice(1), ['第0句', '第1句', '第2句', '第3句', '第4句', '第5句', '第6句', '[图片]']);
	assert.equal(all.messages.filter((m) => m.from === 'citizen').at(-1).attachments[0].type, 'image/jpeg');
	assert.equal((await g.reply(t.number, '维修人员已到场。')).status, 201);
	await p.got('wmCitizen001', (m) => m.text === '维修人员已到场。');
	await end();
});

test('what came while the gateway was down is pulled at the start, and nothing twice', async () => {
	const { p, g, url, end } = await setup();
	await p.write(url, 'wmDown', { msgtype: 'text', text: { content: '第一句' } });
	const t = await ticketOf(g, 'wmDown');
	await g.kill();
	p.inbox.push({ msgid: 'WHILE-DOWN', open_kfid: p.open_kfid, external_userid: 'wmDown', send_time: 1767000000, origin: 3, msgtype: 'text', text: { content: '没人的时候' } });
	await g.up();
	await until('it', async () => said(await g.ticket(t.number)).length === 2);
	await p.ring(url);
	await p.ring(url);
	await new Promise((done) => setTimeout(done, 300));
	assert.deepEqual(said(await g.ticket(t.number)), ['第一句', '没人的时候']);
	await end();
});

test('the address check answers with what was sealed in it, and only sealed', async () => {
	const { p, url, end } = await setup();
	const ask = async (q) => { const r = await fetch(`${url}?${new URLSearchParams(q)}`); return [r.status, await r.text()]; };
	const echo = p.seal('1616140317555161061');
	assert.deepEqual(await ask({ ...p.sign(echo), echostr: echo }), [200, '1616140317555161061']);
	assert.equal((await ask({ ...p.sign(), signature: 'x', echostr: 'plain' }))[0], 403);
	const other = Object.assign(Object.create(p), { id: 'wwffffffffffffffff' });
	const foreign = other.seal('x');
	assert.equal((await ask({ ...p.sign(foreign), echostr: foreign }))[0], 403);
	assert.deepEqual(await p.post(url, { query: p.sign(), body: xml({ Event: 'kf_msg_or_event' }) }), { status: 403, text: 'refused' });
	await end();
});

const begun = async (p, g, url, who, words = '下水道堵了') => {
	await p.write(url, who, { msgtype: 'text', text: { content: words } });
	const { number } = await ticketOf(g, who);
	await p.got(who, (m) => m.text.includes(number));
	return number;
};
const reply = (g, number, state) => until(`the answer to be ${state}`, async () => {
	const m = (await g.ticket(number)).messages.filter((x) => x.from === 'staff').at(-1);
	return m.state === state && m;
}, 30000);

test('an answer whose acknowledgement was lost comes once, whether it had been taken or not', async () => {
	const { p, g, url, end } = await setup();
	const number = await begun(p, g, url, 'wmOnce');
	for (const [fault, words] of [['hang up', '已疏通'], ['no answer', '管道已更换']]) {
		p.fail('/cgi-bin/kf/send_msg', fault);
		await g.reply(number, words);
		await reply(g, number, 'accepted');
		assert.equal(p.sent.filter((m) => m.text === words).length, 1, fault);
	}
	await end();
});

test('what the platform took and could not deliver goes out anew when a person sends it again', async () => {
	const { p, g, url, end } = await setup();
	const number = await begun(p, g, url, 'wmAnew');
	await g.reply(number, '已疏通');
	for (let i = 1; i <= 2; i++) {
		await reply(g, number, 'accepted');
		const { msgid } = [...p.msgids.values()].filter((m) => m.text?.content === '已疏通').at(-1);
		assert.match(msgid, /^[0-9A-Za-z_-]{1,32}$/);
		await p.write(url, 'wmAnew', undelivered(p, 'wmAnew', msgid));
		const { id } = await reply(g, number, 'failed');
		if (i === 2) p.fail('/cgi-bin/kf/send_msg', 'no answer'); // the new one is known again by its own id
		g.run('outbox', 'retry', id);
	}
	await reply(g, number, 'accepted');
	assert.equal(p.sent.filter((m) => m.text === '已疏通').length, 3);
	await end();
});

test('of an answer in two parts a person sends again only what did not arrive', async () => {
	const { p, g, url, end } = await setup();
	const number = await begun(p, g, url, 'wmParts');
	const text = '依据《某条例》第三条，答复如下。'.repeat(60);
	p.fail('/cgi-bin/kf/send_msg', 45001);
	Object.assign(p.faults.at(-1), { after: 1 });
	await g.reply(number, text);
	const { id, error } = await reply(g, number, 'unknown');
	assert.match(error, /^1 of 2 parts were taken/);
	g.run('outbox', 'retry', id);
	await reply(g, number, 'accepted');
	assert.equal(p.sent.slice(1).map((m) => m.text).join(''), text);
	await end();
});

test('an answer that comes too late for the platform waits until the citizen writes again', async () => {
	const { p, g, url, end } = await setup();
	for (const [code, words] of [[95002, /95002.*48 hours/], [95013, /95013.*conversation/]]) {
		const who = `wmLate${code}`, number = await begun(p, g, url, who, `第${code}件事：井盖丢了`);
		p.fail('/cgi-bin/kf/send_msg', code);
		await g.reply(number, '已补装');
		const { error } = await until('it waits', async () => {
			const m = (await g.ticket(number)).messages.find((x) => x.text === '已补装');
			return m.error?.startsWith('waits until') && m;
		});
		assert.match(error, words);
		await p.write(url, who, { msgtype: 'text', text: { content: '补装了吗' } });
		await p.got(who, (m) => m.text === '已补装');
	}
	await end();
});

test('a rating by menu, a failed delivery, and a quota that is used up', async () => {
	const { p, g, url, end } = await setup();
	await p.write(url, 'wmRate', { msgtype: 'text', text: { content: '人行道地砖松动' } });
	const { number } = await ticketOf(g, 'wmRate');
	await g.step(number, 'accept');
	await g.reply(number, '已更换');
	await p.got('wmRate', (m) => m.text === '已更换');
	const reply = [...p.msgids.values()].find((m) => m.text?.content === '已更换');
	assert.match(reply.msgid, /^[0-9A-Za-z_-]{1,32}$/);
	await p.write(url, 'wmRate', undelivered(p, 'wmRate', reply.msgid));
	await until('failed', async () => (await g.ticket(number)).messages.find((m) => m.text === '已更换').state === 'failed');
	await g.step(number, 'close');
	await p.got('wmRate', (m) => m.menu);
	await p.tap(url, 'wmRate', '非常满意');
	await until('the rating', async () => (await g.ticket(number)).survey.rating === 5);
	await until('the thanks', () => p.sent.some((m) => /感谢/.test(m.text)));
	p.windows.clear();
	await g.step(number, 'reopen', { note: '再查' });
	await g.reply(number, '又查了一次');
	await until('it waits', async () => (await g.ticket(number)).messages.find((m) => m.text === '又查了一次').error?.startsWith('waits until'));
	await end();
});

test('a bell that rang before a long outage does not keep its messages from being pulled after it', async () => {
	const { p, g, url, end } = await setup();
	const call = p.call.bind(p);
	let outage = true, rung;
	p.call = (u, body, json, res) => {
		const stale = u.pathname === '/cgi-bin/kf/sync_msg' && body.token && (rung ??= body.token) === body.token;
		if (stale && outage) return json({ errcode: -1, errmsg: 'system busy' });
		return stale ? json({ errcode: 95007, errmsg: 'invalid msg token' }) : call(u, body, json, res);
	};
	await p.write(url, 'wmOutage', { msgtype: 'text', text: { content: '停电了' } });
	await until('a try in vain', () => /messages not pulled/.test(g.log));
	outage = false; // more than ten minutes later, by when the bell's token is over
	assert.deepEqual(said(await ticketOf(g, 'wmOutage')), ['停电了']);
	assert.equal(g.log.match(/messages not pulled.*95007/g).length, 1);
	await p.write(url, 'wmOutage', { msgtype: 'text', text: { content: '来电了' } });
	await until('what is rung for next', async () => said(await g.ticket((await ticketOf(g, 'wmOutage')).number)).length === 2);
	await end();
});

test('a picture waits for a platform that is busy for seconds, and its id is kept when that was too long', async () => {
	const { p, g, url, end } = await setup();
	const number = await begun(p, g, url, 'wmPicture');
	p.media.set('pic', { bytes: Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(100, 1)]) });
	for (const [fails, text] of [[2, '[图片]'], [9, '[图片未能取回]\n平台保留三天，编号：pic']]) {
		p.fail('/cgi-bin/media/get', -1, fails);
		await p.write(url, 'wmPicture', { msgtype: 'image', image: { media_id: 'pic' } });
		await until(text, async () => said(await g.ticket(number)).at(-1) === text, 40000);
	}
	await end();
});

test('a picture that is too slow keeps the next message waiting no longer than it may take', async () => {
	const { p, g, url, end } = await setup({ media_wait: 2 });
	const number = await begun(p, g, url, 'wmSlow');
	p.media.set('slow', { bytes: Buffer.alloc(100, 1), delay: 8000 });
	p.put('wmSlow', { msgtype: 'image', image: { media_id: 'slow' } });
	await p.write(url, 'wmSlow', { msgtype: 'text', text: { content: '看到了吗' } });
	await until('the next', async () => said(await g.ticket(number)).at(-1) === '看到了吗', 40000);
	assert.equal(p.calls.filter(([path]) => path === '/cgi-bin/media/get').length, 1);
	await end();
});

test('a file that looks like the platform speaking is a file', async () => {
	const { p, g, url, end } = await setup();
	const number = await begun(p, g, url, 'wmFile');
	const trap = ['trap', '{"errcode":42001,"errmsg":"access_token expired"}', 'application/json'];
	for (const [id, text, type] of [trap, ['plain', '{"streets":["人民路"]}', 'text/plain; charset=utf-8']]) {
		p.media.set(id, { bytes: Buffer.from(text), type });
		await p.write(url, 'wmFile', { msgtype: 'file', file: { media_id: id } });
		const is = (m) => m.from === 'citizen' && m.attachments?.some((a) => a.size === Buffer.byteLength(text));
		const file = await until(id, async () => (await g.ticket(number)).messages.find(is));
		assert.equal(file.text, '[文件]');
	}
	assert.equal(p.access.asked, 1, 'the token serves on');
	await end();
});

test('while messages cannot be pulled the channel is down and says why, and answers go out', async () => {
	const { p, g, url, end } = await setup();
	const ready = async () => {
		const r = await fetch(`${g.url}/readyz`);
		return [r.status, (await r.json()).channels.find((c) => c.name === 'kf').words];
	};
	const number = await begun(p, g, url, 'wmDeaf');
	p.fail('/cgi-bin/kf/sync_msg', 60020, Infinity);
	await p.write(url, 'wmDeaf', { msgtype: 'text', text: { content: '还在吗' } });
	const [, words] = await until('it is down', async () => { const r = await ready(); return r[0] === 503 && r; }, 30000);
	assert.match(words, /pulled.*60020.*trusted addresses/);
	await g.reply(number, '在的');
	await p.got('wmDeaf', (m) => m.text === '在的');
	p.expire(); // and a new token does not make it well
	await g.reply(number, '请讲');
	await p.got('wmDeaf', (m) => m.text === '请讲');
	assert.equal((await ready())[0], 503);
	p.faults.length = 0;
	await until('it is up', async () => (await ready())[0] === 200, 40000);
	await until('what was not pulled', async () => said(await g.ticket(number)).includes('还在吗'));
	await end();
});

test('a page that cannot be read whole is set aside in pieces, and the rest goes on', async () => {
	const { p, g, url, end } = await setup();
	p.inbox.push({ msgid: 42 }, { msgtype: 'text' });
	await p.write(url, 'wmGood', { msgtype: 'text', text: { content: '好的一条' } });
	assert.deepEqual(said(await ticketOf(g, 'wmGood')), ['好的一条']);
	assert.equal(g.log.match(/kept aside.*malformed/g).length, 2);
	p.fail('/cgi-bin/kf/sync_msg', -1, 2);
	await p.write(url, 'wmLater', { msgtype: 'text', text: { content: '平台忙过之后' } });
	await ticketOf(g, 'wmLater');
	await end();
});
