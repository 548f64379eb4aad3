// Kills the gateway at random moments under load on all three channels and asks, from outside: is everything that was
// acknowledged there, is anything there twice, was any answer sent twice? XQ_KILLS sets how often (50).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway, freePort, until } from '../scenario/lib/gateway.mjs';
import { Chat } from '../scenario/lib/chat.mjs';
import { Smsc } from '../scenario/lib/smsc.mjs';
import { SmtpSink, lmtp, mail, mailText } from '../scenario/lib/mail.mjs';

const kills = Number(process.env.XQ_KILLS || 50);
const pause = (ms) => new Promise((r) => setTimeout(r, ms));
const seed = Number(process.env.XQ_SEED || Date.now() % 1e9);
let state = seed;
const random = () => { state = (state * 1103515245 + 12345) % 2147483648; return state / 2147483648; };

const acked = new Map();    // text -> channel: the channel said it is kept
const tried = new Set();    // texts that were sent at least once
const replied = new Map();  // reply text -> { number, channel }: the API said 201
let running = true;
let serial = 0;
const words = (channel) => `${channel}第${++serial}件：路灯坏了，${Math.floor(random() * 1e9)}`;

// A citizen in the chat: same id until it is acknowledged, whatever happens to the connection.
async function chatter(g, seen) {
	const chat = new Chat(g.url);
	chat.seen = seen;
	while (running) {
		try {
			chat.frames = [];
			await chat.open();
			while (running && chat.ws.readyState === 1) {
				if (!chat.waiting) { const text = words('聊天'); chat.waiting = { text, id: `id-${serial}` }; }
				tried.add(chat.waiting.text);
				chat.raw({ type: 'message', ...chat.waiting });
				const { id, text } = chat.waiting;
				const answer = await until('ack', () => chat.ws.readyState !== 1 ? 'gone' : chat.frames.find((f) => f.id === id && (f.type === 'ack' || f.type === 'error')), 5000);
				if (answer === 'gone') break;
				if (answer.type === 'ack') { acked.set(text, 'web'); chat.waiting = null; }
				await pause(20 + random() * 60);
			}
		} catch { /* the gateway is down: again */ }
		for (const f of chat.frames) if (f.type === 'message' && f.from === 'staff') seen.push({ seq: f.seq, text: f.text, peer: chat });
		chat.frames = [];
		if (chat.ws) chat.ws.terminate();
		await pause(30);
	}
	return chat;
}

// The carrier: keeps a text until deliver_sm_resp says it was taken.
async function texter(smsc, n) {
	while (running) {
		const text = words('短信');
		const from = `1380000${String(n * 1000 + serial % 1000).padStart(4, '0')}`;
		tried.add(text);
		for (;;) {
			let status = -1;
			try { status = await smsc.deliver(from, text, { ms: 1500 }); } catch { /* cut: again */ }
			if (status === 0) { acked.set(text, 'sms'); break; }
			if (!running) break;
			await pause(20);
		}
		await pause(30 + random() * 50);
	}
}

async function mailer(port, n) {
	while (running) {
		const text = words('邮件');
		const raw = mail({ from: `m${serial}@example.org`, subject: `第${serial}封`, text, id: `${n}.${serial}@example.org` });
		tried.add(text);
		for (;;) {
			let answer = 'none';
			try { [answer] = await lmtp(port, raw, { from: `m${serial}@example.org` }); } catch { /* down: again */ }
			if (String(answer).startsWith('250')) { acked.set(text, 'mail'); break; }
			if (!running) break;
			await pause(30);
		}
		await pause(40 + random() * 60);
	}
}

// Staff: answer tickets; the same idempotency key until the API says it is kept.
async function clerk(g) {
	const done = new Set();
	while (running) {
		try {
			for (const t of (await g.api('GET', '/api/v1/tickets?limit=30')).json.items) {
				if (done.has(t.number) || !running) continue;
				const text = `答复${t.number}，已处理。`;
				const r = await g.reply(t.number, text, { 'idempotency-key': `k${t.number}` });
				if (r.status === 201) { replied.set(text, { number: t.number, channel: t.channel }); done.add(t.number); }
			}
		} catch { /* down: again */ }
		await pause(50);
	}
}

test(`${kills} kills under load lose nothing and double nothing (seed ${seed})`, { timeout: 25 * 60 * 1000 }, async () => {
	const smsc = await Smsc.start();
	const sink = await SmtpSink.start();
	const lmtpPort = await freePort();
	const g = await Gateway.start({ channels: {
		web: { type: 'webchat' },
		sms: { type: 'smpp', host: '127.0.0.1', port: smsc.port, system_id: 'xinqiao', password: 'secret', number: '12345', reconnect_max: 1 },
		mail: { type: 'email', address: '12345@city.example', lmtp_listen: `127.0.0.1:${lmtpPort}`, smtp_url: `smtp://127.0.0.1:${sink.port}` },
	} });
	g.token();
	const seen = [];
	const work = [chatter(g, seen), chatter(g, seen), texter(smsc, 1), texter(smsc, 2), mailer(lmtpPort, 1), clerk(g)];
	for (let k = 0; k < kills; k++) {
		await pause(100 + random() * 500);
		await g.kill();
		g.checkLog();
		smsc.cut();
		await g.up();
	}
	await pause(500);
	running = false;
	const [chatA, chatB] = await Promise.all(work);

	// What was answered must now reach whoever it can reach.
	await until('the outbox to come to rest', async () => g.runJson('outbox', 'list').every((r) => !['sending', 'retry'].includes(r.state)), 60000);
	for (const chat of [chatA, chatB]) {
		if (!chat.token) continue;
		chat.frames = [];
		await chat.open();
		await pause(500);
		for (const f of chat.frames) if (f.type === 'message' && f.from === 'staff') seen.push({ seq: f.seq, text: f.text, peer: chat });
		await chat.close();
	}

	const stored = new Map(), states = new Map();
	const tickets = await g.tickets();
	for (const t of tickets) {
		for (const m of (await g.ticket(t.number)).messages) {
			if (m.from === 'citizen') stored.set(m.text, (stored.get(m.text) || 0) + 1);
			if (m.from === 'staff') states.set(m.text, { state: m.state, channel: t.channel, n: (states.get(m.text)?.n || 0) + 1 });
		}
	}
	const lost = [...acked].filter(([text]) => !stored.has(text));
	const doubled = [...stored].filter(([, n]) => n > 1);
	const strange = [...stored.keys()].filter((text) => !tried.has(text));
	const count = (all, text) => all.filter((x) => x.includes(text)).length;
	const bySms = smsc.texts.map((t) => t.text), byMail = sink.mails.map((m) => mailText(m.raw));
	const wrong = [];
	let unknown = 0;
	for (const [text, { channel }] of replied) {
		const s = [...states].find(([t]) => t.includes(text));
		if (s && s[1].n > 1) wrong.push(`${text}: ${s[1].n} times in its ticket`);
		if (!s) { wrong.push(`${text}: acknowledged, not in its ticket`); continue; }
		const sent = channel === 'sms' ? count(bySms, text) : channel === 'mail' ? count(byMail, text) : new Set(seen.filter((x) => x.text.includes(text)).map((x) => x.seq)).size;
		if (s[1].state === 'unknown') { unknown++; if (sent > 1) wrong.push(`${text}: unknown, sent ${sent} times`); continue; }
		if (sent > 1) wrong.push(`${text}: ${channel} sent it ${sent} times, state ${s[1].state}`);
		if (sent === 0 && ['accepted', 'delivered', 'read'].includes(s[1].state) && channel !== 'web') wrong.push(`${text}: ${s[1].state}, but nobody got it`);
	}
	const repeats = seen.filter((x, i) => seen.findIndex((y) => y.peer === x.peer && y.seq === x.seq) !== i);
	console.log(`kills ${kills}, acknowledged ${acked.size}, stored ${stored.size}, tickets ${tickets.length}, lost ${lost.length}, twice ${doubled.length}, ` +
		`replies ${replied.size}, wrong ${wrong.length}, unknown ${unknown}`);
	assert.ok(acked.size > kills, 'the load was real');
	assert.deepEqual(lost, [], 'acknowledged and lost');
	assert.deepEqual(doubled, [], 'stored twice');
	assert.deepEqual(strange, [], 'nobody ever wrote that');
	assert.deepEqual(wrong, [], 'answers');
	assert.deepEqual(repeats.map((x) => x.text), [], 'a chat message shown twice to one client');
	assert.match(g.run('audit', 'verify'), /whole/);
	assert.deepEqual(await g.end(), { code: 0, signal: null });
	await smsc.close();
	await sink.close();
});
