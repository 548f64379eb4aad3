// Several gateways over one PostgreSQL: a citizen on one, staff on another; duties that one holds and another takes over;
// nodes that die under load.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { Gateway, freePort, until, variant } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';
import { Smsc } from './lib/smsc.mjs';
import { Load, endAll, holder, nodes, pause } from './lib/nodes.mjs';
import { Postgres } from './lib/postgres.mjs';
import { Platform } from './lib/wechat.mjs';

const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
let pg;
before(async () => { pg = await Postgres.start(); });
after(async () => { await pg.stop(); });

test('a citizen on one node and staff on another talk live, in order, and each message is sent once', async () => {
	const [a, b] = await nodes(pg, 2);
	const chat = await new Chat(a.url).open();
	const ack = await chat.say('小区东门路灯坏了三天');
	for (let i = 1; i <= 5; i++) assert.equal((await b.reply(ack.ticket, `第${i}条答复`)).status, 201);
	const began = Date.now();
	await chat.frame((f) => f.type === 'message' && f.from === 'staff' && f.text.includes('第5条答复'));
	const got = chat.messages().filter((f) => f.from === 'staff').map((f) => /第(\d)条/.exec(f.text)[1]);
	assert.deepEqual(got, ['1', '2', '3', '4', '5']);
	console.log(`live over two nodes within ${Date.now() - began} ms`);
	// The citizen moves to the other node: what comes meanwhile is there, what comes then is sent from there.
	await chat.cut();
	assert.equal((await a.reply(ack.ticket, '在您离线时的答复')).status, 201);
	chat.at(b.url);
	await chat.open();
	await chat.frame((f) => f.type === 'message' && f.text?.includes('在您离线时'));
	assert.equal((await a.reply(ack.ticket, '换到另一节点后的答复')).status, 201);
	await chat.frame((f) => f.type === 'message' && f.text?.includes('换到另一节点后'));
	const seqs = chat.messages().map((f) => f.seq);
	assert.equal(new Set(seqs).size, seqs.length, 'none twice');
	await until('all to be accepted', async () => (await b.ticket(ack.ticket)).messages.every((m) => m.from !== 'staff' || ['accepted', 'delivered', 'read'].includes(m.state)));
	await chat.close();
	await endAll([a, b]);
});

test('staff on one node see the citizen of another type, and he sees them', async () => {
	const [a, b] = await nodes(pg, 2);
	const chat = await new Chat(a.url).open();
	const ack = await chat.say('小区东门路灯坏了三天');
	const password = b.staff('liming', 'agent');
	const login = await fetch(`${b.url}/console/api/login`, { method: 'POST', body: JSON.stringify({ name: 'liming', password }) });
	const live = new WebSocket(`${b.url.replace('http', 'ws')}/console/live`, { headers: { cookie: login.headers.get('set-cookie').split(';')[0], origin: b.url } });
	const told = [];
	live.on('message', (d) => told.push(JSON.parse(d)));
	await new Promise((done, fail) => { live.on('open', done); live.on('error', fail); });
	let asked = 0;
	await until('the citizen to be seen typing', () => {
		if (!asked++) live.send(JSON.stringify({ type: 'presence', number: ack.ticket, what: 'viewing' }));
		chat.raw({ type: 'typing' });
		return told.some((f) => f.type === 'typing' && f.number === ack.ticket);
	});
	await until('staff to be seen typing', () => {
		live.send(JSON.stringify({ type: 'presence', number: ack.ticket, what: 'writing' }));
		return chat.frames.some((f) => f.type === 'typing' && f.from === 'staff');
	});
	await until('his words to be read', () => {
		// A word may get lost; who opens the ticket says it anew.
		for (const what of ['gone', 'viewing']) live.send(JSON.stringify({ type: 'presence', number: ack.ticket, what }));
		return chat.frames.some((f) => f.type === 'seen' && f.seq === ack.seq && f.ticket === ack.ticket);
	});
	live.close();
	await chat.close();
	await endAll([a, b]);
});

// A member of staff at a node's console: what the live feed told, and where he says he is.
async function sit(g, name, password) {
	const login = await fetch(`${g.url}/console/api/login`, { method: 'POST', body: JSON.stringify({ name, password }) });
	const ws = new WebSocket(`${g.url.replace('http', 'ws')}/console/live`, { headers: { cookie: login.headers.get('set-cookie').split(';')[0], origin: g.url } });
	const told = [];
	ws.on('error', () => {});
	ws.on('message', (d) => { const f = JSON.parse(d); told.push(...(f.items || [f])); });
	await until(`${name} to be welcomed`, () => told.some((f) => f.type === 'welcome'));
	const last = (number, staff) => told.filter((f) => f.type === 'presence' && f.number === number && f.staff === staff).at(-1)?.what;
	return { ws, told, at: (number, what) => ws.send(JSON.stringify({ type: 'presence', number, what })),
		sees: (number, staff, what, ms) => until(`${name} to see ${staff} ${what}, told ${JSON.stringify(told)}`, () => last(number, staff) === what, ms), last };
}

test('staff on two nodes see each other at a ticket, whoever may see the ticket, until one leaves or his node dies', async () => {
	const [a, b] = await nodes(pg, 2);
	const chat = await new Chat(a.url).open();
	const { ticket } = await chat.say('小区东门路灯坏了三天');
	const [zhang, li, sun, zhao] = [a.staff('zhang', 'agent', '', '张敏'), a.staff('li', 'agent', '', '李强'), a.staff('sun', 'department', 'ecology', '孙洁'), a.staff('zhao', 'agent')];
	const onA = await sit(a, 'zhang', zhang), onB = await sit(b, 'li', li), department = await sit(b, 'sun', sun);
	onA.at(ticket, 'viewing');
	await onB.sees(ticket, 'zhang', 'viewing');
	assert.equal(onB.told.find((f) => f.staff === 'zhang').display, '张敏');
	onB.at(ticket, 'viewing');
	await onA.sees(ticket, 'li', 'viewing');
	onA.at(ticket, 'writing');
	await onB.sees(ticket, 'zhang', 'writing');
	// Who comes later is told; the same person in a second window at the other node leaves the first where it was.
	const later = await sit(b, 'zhao', zhao);
	await later.sees(ticket, 'zhang', 'writing');
	const second = await sit(b, 'zhang', zhang);
	second.at(ticket, 'viewing');
	await later.sees(ticket, 'zhang', 'viewing');
	second.at(ticket, 'gone');
	const before = later.told.length;
	onA.at(ticket, 'viewing');
	await until('the first window to be told again', () => later.told.slice(before).some((f) => f.staff === 'zhang'));
	onA.at(ticket, 'writing');
	await later.sees(ticket, 'zhang', 'writing');
	assert.ok(!later.told.some((f) => f.staff === 'zhang' && f.what === 'gone'));
	onA.at(ticket, 'gone');
	await onB.sees(ticket, 'zhang', 'gone');
	assert.equal(department.told.filter((f) => f.type === 'presence').length, 0, 'it is not their ticket');
	// The node dies with him on it.
	onA.at(ticket, 'viewing');
	await onB.sees(ticket, 'zhang', 'viewing');
	await pause(2500); // no longer news
	await a.kill();
	const died = Date.now();
	await onB.sees(ticket, 'zhang', 'gone', 30000);
	console.log(`who was on a node is gone ${Date.now() - died} ms after its death`);
	// It comes back and asks who is where.
	await a.up();
	const again = await sit(a, 'zhang', zhang);
	await again.sees(ticket, 'li', 'viewing', 15000);
	for (const s of [onB, department, later, second, again]) s.ws.close();
	await chat.close();
	await endAll([a, b]);
});

test('staff are online wherever they are, and tickets come by themselves to whoever has least, on whichever node, also once the one that gives out is dead', async () => {
	const all = await nodes(pg, 2);
	let n = 0;
	const write = async (g) => { const chat = await new Chat(g.url).open(); const { ticket } = await chat.say(`第${++n}处路灯坏了`); await chat.close(); return ticket; };
	const whose = async (g) => { const of = {}; for (const t of await g.tickets()) of[t.assignee ?? ''] = (of[t.assignee ?? ''] || 0) + 1; return of; };
	const duty = async (hand, what) => assert.equal((await hand.desk('POST', 'duty', { duty: what })).status, 200);
	const online = async (hand) => (await hand.desk('GET', 'colleagues')).json.items.filter((c) => c.online).map((c) => c.name).sort().join();
	const giver = await until('somebody to give out', () => holder(all, 'handing out')), other = all.find((g) => g !== giver);
	const there = { zhang: giver.staff('zhang', 'agent'), li: giver.staff('li', 'agent'), wang: giver.staff('wang', 'agent') };
	const onGiver = await sit(giver, 'zhang', there.zhang), onOther = await sit(other, 'li', there.li);
	const zhang = await giver.hand('zhang', there.zhang), li = await other.hand('li', there.li);
	for (const [hand, g] of [[zhang, giver], [li, other]]) await until(`both to be online at ${g.url}`, async () => await online(hand) === 'li,zhang');
	// Only the one at the other node is on duty; his page shows what he was given.
	await duty(li, 'on');
	const first = await write(giver);
	await until('li to be given it', async () => (await giver.ticket(first)).assignee === 'li');
	await until('his page to show it', () => onOther.told.some((f) => f.type === 'ticket' && f.ticket.number === first && f.ticket.assignee === 'li'));
	// Both: whoever has less in hand gets the next one, so there are as many with each.
	await duty(zhang, 'on');
	for (let i = 0; i < 9; i++) await write(all[i % 2]);
	await until('all to be given', async () => !(await whose(giver))['']);
	assert.deepEqual(await whose(other), { li: 5, zhang: 5 });
	// One who leaves his last page is offered no more.
	const second = await sit(other, 'li', there.li);
	onOther.ws.close();
	await pause(300);
	assert.equal(await online(zhang), 'li,zhang', 'he has another page open');
	second.ws.close();
	await until('li to be gone', async () => await online(zhang) === 'zhang');
	await write(other);
	await until('zhang to be given it', async () => (await whose(giver)).zhang === 6);
	const back = await sit(other, 'li', there.li);
	await until('li to be online', async () => await online(zhang) === 'li,zhang');
	await giver.kill();
	await until('the other to give out', () => holder(all, 'handing out') === other);
	await until('whoever was there to be gone', async () => await online(li) === 'li');
	await write(other);
	await write(other);
	await until('both to be with li', async () => (await whose(other)).li === 7);
	// Comes back, and is known at once: what was said before it began is said again.
	await giver.up();
	assert.equal(await until('li to be online there', async () => { const now = await online(await giver.hand('wang', there.wang)); return now === 'li' && now; }), 'li');
	for (const s of [onGiver, back]) s.ws.close();
	await endAll(all);
});

test('nodes whose clocks differ by a minute go by the database\'s: order is kept, and nothing waits for the minute', { skip: variant !== 'release' && 'a preloaded clock and a sanitizer exclude each other' }, async () => {
	const all = await nodes(pg, 2);
	const off = ['+60s', '-60s'];
	for (const [i, g] of all.entries()) {
		await g.stop();
		g.env = { ...process.env, LD_PRELOAD: FAKETIME, FAKETIME: off[i], FAKETIME_DONT_FAKE_MONOTONIC: '1' };
		await g.up();
		assert.match(g.log, /this machine's clock is not the database's/);
	}
	const chat = await new Chat(all[0].url).open();
	const ack = await chat.say('时钟不同也要按顺序');
	const began = Date.now();
	for (let i = 1; i <= 6; i++) assert.equal((await all[i % 2].reply(ack.ticket, `第${i}条`)).status, 201);
	await chat.frame((f) => f.type === 'message' && f.from === 'staff' && f.text.includes('第6条'));
	console.log(`six answers of two nodes, two minutes apart, came within ${Date.now() - began} ms`);
	assert.deepEqual(chat.messages().filter((f) => f.from === 'staff').map((f) => /第(\d)条/.exec(f.text)[1]), ['1', '2', '3', '4', '5', '6']);
	const { messages } = await all[1].ticket(ack.ticket);
	for (const m of messages) assert.ok(Math.abs(Date.parse(m.at) - Date.now()) < 50000, `written at ${m.at}`);
	await chat.close();
	await endAll(all);
});

test('parts of a long text and its receipts may come to another node than the one that sent', async () => {
	const smsc = [await Smsc.start(), await Smsc.start()];
	smsc[1].next = 1001; // no id is given by both
	const all = await nodes(pg, 2, { channels: (i) => ({ sms: { type: 'smpp', host: '127.0.0.1', port: smsc[i - 1].port, system_id: 'xinqiao', password: 'secret', number: '12345' } }) });
	for (const s of smsc) await s.bound();
	const long = '长短信的内容，'.repeat(20);
	const body = Buffer.from(long, 'utf16le').swap16();
	const pieces = [];
	for (let i = 0; i < body.length; i += 134) pieces.push(body.subarray(i, i + 134));
	await Promise.all(pieces.map(async (p, i) => {
		const session = await smsc[i % 2].bound();
		return new Promise((done) => session.deliver_sm({ source_addr: '13800001234', destination_addr: '12345', data_coding: 8, esm_class: 0x40,
			short_message: { udh: Buffer.from([5, 0, 3, 77, pieces.length, i + 1]), message: p } }, done));
	}));
	const [t] = await until('one ticket of both halves', async () => { const list = await all[0].tickets(); return list.length && list; });
	assert.equal((await all[1].ticket(t.number)).messages[0].text, long);
	assert.equal((await all[0].tickets()).length, 1);
	// The receipt comes to the other node.
	for (const s of smsc) s.receipts = false;
	assert.equal((await all[0].reply(t.number, '请您留意答复')).status, 201);
	const at = await until('the reply', () => smsc.findIndex((s) => s.texts.some((x) => x.text.includes('请您留意'))) + 1) - 1;
	const n = smsc[at].submits.findIndex((p) => p === smsc[at].submits.at(-1));
	smsc[1 - at].receipt(smsc[at].ids[n], smsc[at].submits[n]);
	await until('delivered', async () => (await all[1].ticket(t.number)).messages.some((m) => m.from === 'staff' && m.state === 'delivered'), 15000);
	await endAll(all);
	for (const s of smsc) await s.close();
});

test('a text whose answer was lost with one node\'s link is given to another node and is there once, in one piece and in several', async () => {
	const smsc = [await Smsc.start(), await Smsc.start()];
	const all = await nodes(pg, 2, { channels: (i) => ({ sms: { type: 'smpp', host: '127.0.0.1', port: smsc[i - 1].port, system_id: 'xinqiao', password: 'secret', number: '12345' } }) });
	for (const s of smsc) await s.bound();
	for (const text of ['门口路灯坏了', '这是很长的一条短信，'.repeat(20)]) {
		const peer = `1380000${text.length.toString().padStart(4, '0')}`;
		assert.equal(await smsc[0].deliver(peer, text), 0);
		smsc[0].cut(); // for the carrier it was never answered
		smsc[1].reference = smsc[0].reference - 1; // the same of the long one
		assert.equal(await smsc[1].deliver(peer, text), 0);
		const t = (await all[1].tickets()).find((x) => x.peer.endsWith(peer));
		assert.deepEqual((await all[1].ticket(t.number)).messages.filter((m) => m.from === 'citizen').map((m) => m.text), [text]);
		assert.equal((await all[1].tickets()).filter((x) => x.peer.endsWith(peer)).length, 1);
		await smsc[0].bound();
	}
	await endAll(all);
	for (const s of smsc) await s.close();
});

test('a duty goes to another node when its holder dies, and what it was sending is settled', async () => {
	const all = await nodes(pg, 3);
	const first = await until('somebody to hold the clock', () => holder(all, 'clock'));
	const rest = all.filter((g) => g !== first);
	const chat = await new Chat(first.url).open();
	const ack = await chat.say('电梯坏了，老人下不了楼');
	const died = Date.now();
	await first.kill();
	await until('another to hold it', () => holder(rest, 'clock'));
	console.log(`the clock was taken over ${Date.now() - died} ms after the death`);
	// The citizen of the dead node comes to another one.
	assert.equal((await rest[0].reply(ack.ticket, '维修人员已出发')).status, 201);
	chat.at(rest[1].url);
	await chat.open();
	await chat.frame((f) => f.type === 'message' && f.text?.includes('维修人员已出发'));
	await until('no row is stuck', () => rest[0].runJson('outbox', 'list').every((r) => r.state !== 'sending'), 20000);
	await first.up();
	assert.equal((await first.ticket(ack.ticket)).number, ack.ticket);
	await chat.close();
	await endAll(all);
});

test('a second gateway under the same number is refused with the first one\'s name', async () => {
	const [a] = await nodes(pg, 1);
	const twin = new Gateway();
	Object.assign(twin, { dir: a.dir, port: await freePort(), conf: a.conf, store: a.store });
	await assert.rejects(twin.up(), /node 1 is in use by another gateway \(xinqiao node 1 process \d+/);
	await endAll([a]);
});

test('nodes killed at random under load lose nothing and double nothing', async () => {
	const all = await nodes(pg, 3);
	const load = new Load(all);
	load.start(6);
	for (let k = 0; k < 8; k++) {
		await pause(300 + Math.random() * 500);
		const g = all[Math.floor(Math.random() * 3)];
		await g.kill();
		await pause(Math.random() * 500);
		await g.up();
	}
	await load.stop();
	assert.ok(load.acked.size > 50, 'the load was real');
	await load.check(all[0]);
	await endAll(all);
});


test('of two nodes one asks WeChat for the access token, both use it, and the other goes on when the first dies', async () => {
	const p = await Platform.start();
	const all = await nodes(pg, 2, { channels: () => ({ wechat: p.channel(), web: { type: 'webchat' } }) });
	const [a, b] = all;
	for (const g of all) await until('the channel', async () => (await fetch(`${g.url}/readyz`)).status === 200);
	assert.equal(p.access.asked, 1, 'one question for both');
	const answered = async (g, who) => {
		await p.say(`${g.url}/wechat`, who, `${who} 路灯不亮`);
		const t = await until('the ticket', async () => (await g.tickets()).find((x) => x.peer === who));
		await p.got(who, (m) => m.text?.includes(t.number));
	};
	await answered(a, 'oNodeA');
	await answered(b, 'oNodeB');
	assert.equal(p.access.asked, 1);
	// It ends at the platform: whoever notices, one new one is asked for, and the other node finds it.
	p.expire();
	await answered(a, 'oNodeC');
	await answered(b, 'oNodeD');
	await answered(a, 'oNodeE');
	assert.equal(p.access.asked, 2);
	const leader = await until('the duty', () => holder(all, 'wechat token'));
	await leader.kill();
	const other = all.find((g) => g !== leader);
	await until('the duty to go over', () => holder(all, 'wechat token') === other, 30000);
	await answered(other, 'oNodeF');
	assert.equal(p.access.asked, 2, 'the kept one serves on');
	p.expire();
	await answered(other, 'oNodeG');
	assert.equal(p.access.asked, 3);
	await other.end();
	await p.end();
});
