#!/usr/bin/env node
// Feeds a file of real messages (JSON lines with "text", .gz too) through all three channels at once, with bad input in
// between, and prints what came of it.   tests/scenario/replay FILE… [--limit=N]
// With --carriers, or --carriers=sgip,smgp, instead through the carriers' protocols, both ways: replay_carriers.mjs.
import { basename } from 'node:path';
import { Gateway, freePort, until } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';
import { Smsc } from './lib/smsc.mjs';
import { SmtpSink, lmtp, mail } from './lib/mail.mjs';
import { RawSmsc, badInput } from './lib/badinput.mjs';
import { bytesThatDiffer, pool, readTexts } from './lib/replay.mjs';
import { replayCarriers } from './replay_carriers.mjs';

const files = process.argv.slice(2).filter((a) => !a.startsWith('--'));
const limit = Number((process.argv.find((a) => a.startsWith('--limit=')) || '').split('=')[1] || Infinity);
if (!files.length) { console.error('usage: tests/scenario/replay [--carriers[=smpp,cmpp,sgip,smgp]] FILE… [--limit=N]'); process.exit(2); }
const carriers = process.argv.find((a) => a === '--carriers' || a.startsWith('--carriers='));
if (carriers) process.exit(await replayCarriers(files, limit, (carriers.split('=')[1] || 'smpp,cmpp,sgip,smgp').split(',')) ? 1 : 0);

let failed = false;
console.log('| file | channel | sent | acknowledged | kept in tickets | bytes that differ | twice | our answer came |\n|---|---|---|---|---|---|---|---|');
const bad = [];
for (const file of files) {
	const texts = await readTexts(file, limit);
	const smsc = await Smsc.start({ receipts: false }), raw = await RawSmsc.start(), sink = await SmtpSink.start(), lmtpPort = await freePort();
	const g = await Gateway.start({ channels: {
		web: { type: 'webchat', max_text: 8000 },
		sms: { type: 'smpp', host: '127.0.0.1', port: smsc.port, system_id: 'xinqiao', password: 'secret', number: '12345', window: 100, pace: 0 },
		bad: { type: 'smpp', host: '127.0.0.1', port: raw.port, system_id: 'x', password: 'x', number: '12345', reconnect_max: 1 },
		mail: { type: 'email', address: '12345@city.example', lmtp_listen: `127.0.0.1:${lmtpPort}`, smtp_url: `smtp://127.0.0.1:${sink.port}`, smtp_connections: 16 },
	} });
	g.token();
	await smsc.bound();
	const acked = { web: 0, sms: 0, mail: 0 }, replies = { web: 0, sms: 0, mail: 0 }, where = new Map();
	const phone = (i) => `139${String(i).padStart(8, '0')}`;
	const runs = [
		pool(32, texts, async (text, i) => {
			const chat = await new Chat(g.url).open();
			try {
				const ack = await chat.say(text);
				acked.web++;
				where.set(`web ${i}`, ack.ticket || null);
				await until('our answer', () => chat.frames.some((f) => f.type === 'message' && f.from === 'system'), 20000).then(() => { replies.web++; }, () => {});
			} catch (e) { where.set(`web ${i}`, `refused: ${e.frame ? e.frame.code : e.message}`); }
			chat.cut();
		}),
		pool(64, texts, async (text, i) => { if (await smsc.deliver(phone(i), text, { ms: 60000 }) === 0) acked.sms++; }),
		pool(16, texts, async (text, i) => { const [a] = await lmtp(lmtpPort, mail({ from: `r${i}@example.org`, text, subject: `第${i}封`, id: `r${i}@example.org` }), { from: `r${i}@example.org` }); if (a.startsWith('250')) acked.mail++; }),
		file === files[0] ? badInput({ url: g.url, raw, lmtpPort }).then((r) => bad.push(...r)) : null,
	];
	await Promise.all(runs);
	await until('the text messages to go out', () => { replies.sms = new Set(smsc.texts.map((t) => t.to).filter((n) => /139\d{8}$/.test(n))).size; replies.mail = new Set(sink.mails.map((m) => m.to[0]).filter((a) => /^r\d+@/.test(a))).size; return replies.sms >= acked.sms && replies.mail >= acked.mail; }, 120000).catch(() => {});
	const byPeer = new Map();
	const tickets = await g.tickets();
	await pool(16, tickets, async (t) => {
		const whole = await g.ticket(t.number);
		const said = whole.messages.filter((m) => m.from === 'citizen');
		byPeer.set(t.channel === 'web' ? t.number : `${t.channel} ${t.peer}`, said);
	});
	const rows = { web: [0, 0, 0], sms: [0, 0, 0], mail: [0, 0, 0] };
	texts.forEach((text, i) => {
		const said = { web: byPeer.get(where.get(`web ${i}`)), sms: byPeer.get(`sms +86${phone(i)}`), mail: byPeer.get(`mail r${i}@example.org`) };
		for (const c of ['web', 'sms', 'mail']) {
			const r = rows[c];
			if (!said[c]) { if (process.env.XQ_VERBOSE) console.error(`${c} ${i} not in a ticket: ${JSON.stringify(text).slice(0, 80)} ${where.get(`web ${i}`) || ''}`); continue; }
			r[0]++;
			if (said[c].length > 1) r[2] += said[c].length - 1;
			// A mail's line ends are CRLF on the wire whatever was typed (RFC 2046, 4.1.1), and one kind in the ticket.
			const lines = (x) => c === 'mail' ? x.replace(/\r\n?/g, '\n') : x;
			const kept = lines(said[c][0].text + (said[c][0].quoted || '')), n = bytesThatDiffer(kept, lines(text));
			r[1] += n;
			if (n && process.env.XQ_VERBOSE) console.error(`${c} ${i} differs: sent ${JSON.stringify(text).slice(0, 200)} kept ${JSON.stringify(said[c][0]).slice(0, 300)}`);
		}
	});
	for (const c of ['web', 'sms', 'mail']) {
		console.log(`| ${basename(file)} | ${c} | ${texts.length} | ${acked[c]} | ${rows[c][0]} | ${rows[c][1]} | ${rows[c][2]} | ${replies[c]} |`);
		failed ||= rows[c][1] > 0 || rows[c][2] > 0;
	}
	await g.end();
	await smsc.close();
	await sink.close();
	await raw.close();
}
console.log('\n| bad input, in the same run | answered |\n|---|---|');
for (const b of bad) { console.log(`| ${b.name} | ${b.answer}${b.right ? '' : ' — NOT RIGHT'} |`); failed ||= !b.right; }
process.exit(failed ? 1 : 0);
