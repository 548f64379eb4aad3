// The chat's promises over real sockets: a reconnect misses nothing and repeats nothing, also over a kill.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Gateway, until } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';

test('reconnecting with last_seq shows what was missed, once, in order', async () => {
	const g = await Gateway.start({ channels: { web: { type: 'webchat' } } });
	const chat = await new Chat(g.url).open();
	const { ticket } = await chat.say('第一句');
	await chat.frame((f) => f.from === 'system');
	await chat.cut();
	for (let i = 0; i < 5; i++) assert.equal((await g.reply(ticket, `离线时的第${i}条`)).status, 201);
	await g.kill();
	await g.up();
	const again = await new Chat(g.url, { token: chat.token, lastSeq: chat.lastSeq }).open();
	await again.frame((f) => f.text?.includes('第4条'));
	const texts = again.messages().map((f) => f.text);
	assert.deepEqual(texts, [0, 1, 2, 3, 4].map((i) => `离线时的第${i}条`));
	await until('the states to follow', async () => (await g.ticket(ticket)).messages.filter((m) => m.from === 'staff').every((m) => m.state === 'accepted'));
	again.raw({ type: 'seen', seq: again.lastSeq });
	await until('read', async () => (await g.ticket(ticket)).messages.filter((m) => m.from === 'staff').every((m) => m.state === 'read'));
	const whole = await new Chat(g.url, { token: chat.token, lastSeq: 0 }).open();
	await whole.frame((f) => f.text?.includes('第4条'));
	const seqs = whole.messages().map((f) => f.seq);
	assert.deepEqual(seqs, seqs.map((_, i) => i + 1), 'numbers without gaps');
	assert.deepEqual(await g.end(), { code: 0, signal: null });
});

test('a line that is lost between an ack and the messages before it hides none of them', async () => {
	const g = await Gateway.start({ channels: { web: { type: 'webchat' } } });
	const chat = await new Chat(g.url).open();
	const { ticket } = await chat.say('第一句');
	await chat.frame((f) => f.from === 'system');
	await chat.cut();
	const words = '长'.repeat(6000), all = 300; // several pages, and more bytes than wait for one who reads
	for (let i = 0; i < all; i++) assert.equal((await g.reply(ticket, `${i} ${words}`)).status, 201);
	let acked = 0;
	const opened = chat.open();
	chat.ws.on('message', (data) => {
		const f = JSON.parse(data);
		if (f.type === 'welcome') chat.raw({ type: 'message', id: 'later', text: '离线时写的' });
		if (f.type === 'ack' && f.id === 'later') { acked = f.seq; chat.cut(); }
	});
	await opened;
	await chat.closed;
	assert.ok(acked > chat.messages().at(-1).seq + 1, 'acknowledged ahead');
	await chat.open();
	await chat.frame((f) => f.text?.startsWith(`${all - 1} `), undefined, true);
	const seqs = chat.messages().map((f) => f.seq).sort((a, b) => a - b);
	assert.deepEqual([...new Set(seqs)].filter((seq) => seq !== acked), Array.from({ length: all + 1 }, (_, i) => i + 2));
	assert.deepEqual(await g.end(), { code: 0, signal: null });
});

test('the same id again gets the same ack, over a reconnect and over a kill', async () => {
	const g = await Gateway.start({ channels: { web: { type: 'webchat' } } });
	const chat = await new Chat(g.url).open();
	const one = await chat.say('只说一次', 'same');
	await chat.cut();
	const b = await new Chat(g.url, { token: chat.token, lastSeq: 0 }).open();
	assert.deepEqual(await b.say('只说一次', 'same'), one);
	await g.kill();
	await g.up();
	const c = await new Chat(g.url, { token: chat.token, lastSeq: 0 }).open();
	assert.deepEqual(await c.say('只说一次', 'same'), one);
	assert.equal((await g.ticket(one.ticket)).messages.filter((m) => m.from === 'citizen').length, 1);
	await g.end();
});

test('a picture goes up beside the line, stands on the ticket, and its reference outlives a kill', async () => {
	const g = await Gateway.start({ channels: { web: { type: 'webchat', max_file: 1 } } });
	const chat = await new Chat(g.url).open();
	const png = Buffer.from('\x89PNG\r\n\x1a\n picture', 'latin1');
	const send = (body, token = chat.token) => fetch(`${g.url}/chat/files?name=${encodeURIComponent('路灯.png')}`,
		{ method: 'POST', body, headers: { authorization: `Bearer ${token}` } });
	const up = await send(png);
	assert.equal(up.status, 201);
	const file = await up.json();
	assert.equal((await send('<script>alert(1)</script>')).status, 415);
	assert.equal((await send(png, 'guessed')).status, 401);
	await g.kill();
	await g.up();
	const again = await new Chat(g.url, { token: chat.token }).open();
	again.raw({ type: 'message', id: 'one', files: [{ file: file.file, name: file.name }] });
	const { ticket } = await again.frame((f) => f.type === 'ack' && f.id === 'one');
	const shown = await g.ticket(ticket);
	assert.equal(shown.title, '[路灯.png]');
	assert.deepEqual(shown.messages[0].attachments.map((a) => [a.name, a.type, a.size]), [['路灯.png', 'image/png', png.length]]);
	const other = await new Chat(g.url, { token: chat.token }).open();
	const got = await fetch(`${g.url}/${(await other.frame((f) => f.files)).files[0].url}`);
	assert.equal(got.headers.get('x-content-type-options'), 'nosniff');
	assert.deepEqual(Buffer.from(await got.arrayBuffer()), png);
	await g.end();
});

test('with a scanner nothing is given out before its word, sent or not, and what is infected never', async () => {
	const dir = mkdtempSync(join(tmpdir(), 'xq-'));
	writeFileSync(join(dir, 'scan'), `#!/bin/sh\n[ -e "${dir}/go" ] || exit 2\ngrep -q EVIL "$1" && { echo "$1: Test.Evil FOUND"; exit 1; }\nexit 0\n`, { mode: 0o755 });
	const g = await Gateway.start({ dir, settings: { scan_command: join(dir, 'scan') }, channels: { web: { type: 'webchat' } } });
	const chat = await new Chat(g.url).open();
	const up = async (words) => (await fetch(`${g.url}/chat/files?name=a.txt`, { method: 'POST', body: words,
		headers: { authorization: `Bearer ${chat.token}` } })).json();
	const status = async (url) => (await fetch(`${g.url}/${url}`)).status;
	const good = await up('good words'), bad = await up('EVIL words'), never = await up('more EVIL words');
	for (const f of [good, bad, never]) assert.equal(await status(f.url), 409);
	chat.raw({ type: 'message', id: 'one', files: [good, bad].map((f) => ({ file: f.file, name: f.name })) });
	await chat.frame((f) => f.type === 'ack' && f.id === 'one');
	await until('a scan that failed, among the numbers', async () => /^xinqiao_scans_failed_total [1-9]/m.test(await (await fetch(`${g.url}/metrics`)).text()));
	writeFileSync(join(dir, 'go'), '');
	await g.stop();
	await g.up();
	await until('the scanner', async () => await status(good.url) === 200, 60000);
	await until('its word of the bad one', async () => await status(bad.url) === 403, 60000);
	await until('and of the one that was never sent', async () => await status(never.url) === 403, 60000);
	await g.end();
});

test('a visitor the site vouches for finds his conversation on any device, and nobody else does', async () => {
	const secret = 'shared with the city site';
	const g = await Gateway.start({ channels: { web: { type: 'webchat', identity_secret: secret } } });
	try {
		const vouch = (id, seconds = 600, key = secret) => {
			const said = `${id}:${Math.floor(Date.now() / 1000) + seconds}`;
			return `${said}:${createHmac('sha256', key).update(said).digest('hex')}`;
		};
		const one = await new Chat(g.url, { identity: vouch('citizen-17') }).open();
		const { ticket } = await one.say('只有我能看到');
		const phone = await new Chat(g.url, { identity: vouch('citizen-17', 60) }).open();
		assert.equal((await phone.frame((f) => f.from === 'citizen')).ticket, ticket);
		for (const identity of [vouch('citizen-18'), vouch('citizen-17', -5), vouch('citizen-17', 600, 'guessed'),
			vouch('citizen-17', 90000), 'citizen-17']) {
			const other = await new Chat(g.url, { identity }).open();
			await other.say('别人');
			assert.deepEqual(other.messages().filter((f) => f.text === '只有我能看到'), []);
			assert.equal(other.frames.some((f) => f.code === 'bad-identity'), !identity.startsWith('citizen-18'));
		}
	} finally { await g.end(); }
});

test('a foreign page may not open a chat, and a guessed token opens nobody\'s', async () => {
	const g = await Gateway.start({ channels: { web: { type: 'webchat', origins: 'https://www.city.example' } } });
	await assert.rejects(new Chat(g.url, { origin: 'https://evil.example' }).open(), /403/);
	const ok = await new Chat(g.url, { origin: 'https://www.city.example' }).open();
	await ok.say('我的事');
	const thief = await new Chat(g.url, { token: `${ok.token.slice(0, -2)}${ok.token.endsWith('aa') ? 'ba' : 'aa'}` }).open();
	assert.notEqual(thief.token, ok.token);
	await new Promise((r) => setTimeout(r, 200));
	assert.equal(thief.messages().length, 0);
	await g.end();
});

test('a ticket that began on a department’s page says so to whoever dispatches it; an unknown one is logged', async () => {
	const g = await Gateway.start({ channels: { web: { type: 'webchat' } } });
	const chat = await new Chat(g.url).open();
	const from = async (department, text) => {
		chat.raw({ type: 'message', id: text, text, department });
		return (await chat.frame((f) => f.type === 'ack' && f.id === text)).ticket;
	};
	const number = await from('urban', '路灯坏了');
	const { department } = (await g.api('GET', `/api/v1/tickets/${number}/suggestions`)).json;
	assert.deepEqual([department[0].value, department[0].asked], ['urban', true]);
	assert.equal(department.filter((d) => d.value === 'urban').length, 1);
	assert.equal((await g.ticket(number)).state, 'new', 'a person dispatches it');
	const other = await new Chat(g.url).open();
	other.raw({ type: 'message', id: 'x', text: '路灯坏了', department: 'nobody' });
	const { ticket } = await other.frame((f) => f.type === 'ack');
	assert.ok(!(await g.api('GET', `/api/v1/tickets/${ticket}/suggestions`)).json.department.some((d) => d.asked));
	await until('the log line', () => /department unknown.*nobody/.test(g.log));
	await g.end();
});
