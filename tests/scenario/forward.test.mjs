// Every event of a ticket reaches the systems that asked for it: signed, in order per ticket, through outages on both sides.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { spawnSync } from 'node:child_process';
import { writeFileSync, readFileSync } from 'node:fs';
import { Gateway, binary, until } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';
import { Core, SECRET } from './lib/core.mjs';

let g, core, water, hung;
before(async () => {
	core = await Core.start();
	water = await Core.start();
	hung = await Core.start();
	g = await Gateway.start({ channels: { web: { type: 'webchat' } }, sections: {
		'forward core': { url: core.url, secret: SECRET, peers: 'full', timeout: 5 },
		'forward water': { url: water.url, secret: SECRET, departments: 'urban', timeout: 5 },
		'forward hung': { url: hung.url, secret: SECRET, departments: 'housing', timeout: 1 },
	} });
});
after(async () => {
	const how = await g.end();
	await core.down();
	await water.down();
	await hung.down();
	assert.deepEqual(how, { code: 0, signal: null });
	assert.equal(core.forged + water.forged + hung.forged, 0, 'every signature was right');
});

async function complain(text) {
	const chat = await new Chat(g.url).open();
	const ack = await chat.say(text);
	await chat.close();
	return ack.ticket;
}

const inOrder = (deliveries) => {
	const ids = deliveries.map((d) => BigInt(d.data.event.id));
	return ids.every((id, i) => i === 0 || ids[i - 1] < id);
};

test('a core system is told every event of a ticket, with what was said', async () => {
	const number = await complain('和平里自来水管爆裂，水流了一夜');
	await g.step(number, 'accept');
	await g.step(number, 'dispatch', { department: 'urban', note: '请速处理' });
	await g.reply(number, '抢修队已到现场。');
	const replied = await core.of(number, 'reply');
	assert.deepEqual(core.kinds(number).slice(0, 4), ['received', 'accept', 'dispatch', 'reply']);
	assert.equal(replied.type, 'ticket.reply');
	assert.equal(replied.data.message.text, '抢修队已到现场。');
	const first = core.kept.find((d) => d.data.ticket.number === number);
	assert.equal(first.data.message.text, '和平里自来水管爆裂，水流了一夜');
	assert.match(first.id, /^evt_\d+$/);
	assert.equal(new Set(core.kept.map((d) => d.id)).size, core.kept.length, 'none twice');
});

test('a department is told of its own tickets only, with the citizen masked', async () => {
	const other = await complain('夜间施工噪音扰民');
	await core.of(other, 'received');
	const number = await complain('水压太低，洗澡没有水');
	await g.step(number, 'dispatch', { department: 'urban', note: '请处理' });
	const told = await water.of(number, 'dispatch');
	assert.equal(water.got.some((d) => d.data.ticket.number === other), false);
	const full = await core.of(number, 'dispatch');
	assert.notEqual(told.data.ticket.peer, full.data.ticket.peer, 'masked for the department');
});

test('what a core system misses while it is down comes when it is back, in order', async () => {
	await core.down();
	const numbers = [];
	for (let i = 0; i < 5; i++) numbers.push(await complain(`停机期间的第${i}件诉求`));
	for (const n of numbers) await g.step(n, 'accept');
	await until('the outage to be seen', () => /target away target=core/.test(g.log));
	const before = core.kept.length;
	await core.listen();
	for (const n of numbers) await core.of(n, 'accept', 30000);
	for (const n of numbers) assert.deepEqual(core.kinds(n), ['received', 'accept']);
	assert.ok(inOrder(core.kept.slice(before).filter((d) => d.data.ticket.number === numbers[0])));
});

test('a department whose system takes the connection and never answers delays nobody else, and misses nothing', async () => {
	hung.answer = () => ({ status: 204, hold: 4000 }); // far beyond its time-out
	const theirs = [], others = [];
	for (let i = 0; i < 4; i++) {
		theirs.push(await complain(`房屋漏水第${i}户`));
		await g.step(theirs[i], 'dispatch', { department: 'housing' });
	}
	await until('the target to be found hanging', () => /target away target=hung.*(time|Time)/.test(g.log));
	for (let i = 0; i < 4; i++) {
		others.push(await complain(`路面坑洼第${i}处`));
		await g.step(others[i], 'dispatch', { department: 'urban' });
		await core.of(others[i], 'dispatch', 3000);
		await water.of(others[i], 'dispatch', 3000);
	}
	for (const n of theirs) await core.of(n, 'dispatch', 3000);
	assert.match(await (await fetch(`${g.url}/metrics`)).text(), /xinqiao_forward_up\{target="hung"\} 0/);
	assert.equal(g.runJson('forward', 'aside', 'hung').length, 0, 'nothing is given up for it');
	hung.answer = () => 204;
	for (const n of theirs) await hung.of(n, 'dispatch', 30000);
	// What came before the dispatch is theirs to see only if it was still waiting when the ticket became theirs.
	for (const n of theirs) assert.match([...new Set(hung.kinds(n))].join(' '), /^(received )?dispatch$/, 'in order');
});

test('an event that is refused holds its own ticket back and no other, and is shown', async () => {
	const stuck = await complain('这一件核心系统不收');
	await core.of(stuck, 'received');
	core.answer = (d) => (d.data.ticket.number === stuck ? 422 : 204);
	await g.step(stuck, 'accept');
	await g.step(stuck, 'dispatch', { department: 'urban' });
	const other = await complain('另一件照常');
	await core.of(other, 'received');
	const aside = await until('both set aside', () => { const a = g.runJson('forward', 'aside', 'core'); return a.length === 2 && a; });
	assert.deepEqual(aside.map((a) => a.state).sort(), ['behind', 'retry']);
	assert.match(aside.find((a) => a.state === 'retry').error, /answered 422: no: 422/);
	assert.deepEqual(g.runJson('forward', 'list').find((t) => t.target === 'core').waiting, 2);
	core.answer = () => 204;
	assert.match(g.run('forward', 'retry', 'core', 'all'), /none is dead/);
	g.run('forward', 'retry', 'core', aside.find((a) => a.state === 'retry').event);
	await core.of(stuck, 'dispatch');
	assert.deepEqual(core.kinds(stuck), ['received', 'accept', 'dispatch']);
	await until('nothing aside', () => g.runJson('forward', 'aside', 'core').length === 0);
});

test('a core system that answers 503 is left alone for as long as it asks', async () => {
	core.answer = () => ({ status: 503, headers: { 'retry-after': '2' } });
	const number = await complain('系统繁忙时的诉求');
	await until('a try', () => core.got.some((d) => d.data.ticket.number === number));
	const tries = core.got.length;
	await new Promise((r) => setTimeout(r, 1200));
	assert.equal(core.got.length, tries, 'nothing within the time it asked for');
	core.answer = () => 204;
	await core.of(number, 'received');
	assert.equal(g.runJson('forward', 'aside', 'core').length, 0, 'nothing was set aside for it');
});

test('killed in the middle of deliveries, the gateway goes on where it was: nothing is missed', async () => {
	core.answer = () => ({ status: 204, hold: 30 });
	const numbers = [];
	for (let i = 0; i < 12; i++) numbers.push(await complain(`断电前的第${i}件`));
	await g.kill();
	await g.up();
	for (const n of numbers) await core.of(n, 'received', 30000);
	core.answer = () => 204;
});

test('a replay sends again from where it is told, with the same ids', async () => {
	const first = core.kept[0], seen = core.kept.length;
	g.run('forward', 'replay', 'core', String(BigInt(first.data.event.id) - 1n));
	await until('the first one again', () => core.kept.slice(seen).some((d) => d.id === first.id));
	await until('all of it again', () => new Set(core.kept.slice(seen).map((d) => d.id)).size >= new Set(core.kept.slice(0, seen).map((d) => d.id)).size, 30000);
});

test('a target that is not configured right stops the start, with the line', () => {
	const conf = `${g.conf}.bad`;
	const line = readFileSync(g.conf, 'utf8').split('\n').length + 2;
	writeFileSync(conf, `${readFileSync(g.conf, 'utf8')}\n[forward bad]\nurl = core.city.example/hook\nsecret = short\n`);
	const r = spawnSync(binary, ['--config', conf, 'check'], { encoding: 'utf8' });
	assert.equal(r.status, 1);
	assert.match(r.stderr + r.stdout, new RegExp(`:${line}: .*https://HOST/PATH would be right`));
	assert.match(r.stderr + r.stdout, new RegExp(`:${line + 1}: .*16 to 256 bytes`));
});
