// Everybody the gateway talks to, in a process of its own: citizens on every channel, carriers, a provider of text messages, mail
// servers, WeChat's platform and WeCom's, the city's core system, staff at the API. It sends again what was not acknowledged, as such peers do, and writes down every
// acknowledgement it was given and every message it was sent, one JSON line each, into the journal. It knows nothing of the store.
// Of several gateways over one store (the second argument) everybody goes from one to the next, as through a load balancer.
// By fork(): says { ready: [channels of each gateway], sections } first, then takes { begin: { urls, token } }, { counts: true }, { rest: true }
// and { stop: true }.
import { appendFileSync } from 'node:fs';
import { Chat } from '../../scenario/lib/chat.mjs';
import { Carrier } from '../../scenario/lib/carrier.mjs';
import { Core, SECRET } from '../../scenario/lib/core.mjs';
import { freePort } from '../../scenario/lib/gateway.mjs';
import { SmtpSink, lmtp, mail, mailText } from '../../scenario/lib/mail.mjs';
import { Smsc } from '../../scenario/lib/smsc.mjs';
import { Provider } from '../../scenario/lib/smsprovider.mjs';
import { Platform, xml } from '../../scenario/lib/wechat.mjs';

const journal = process.argv[2], gateways = Number(process.argv[3] || 1);
const pause = (ms) => new Promise((r) => setTimeout(r, ms));
const note = (line) => appendFileSync(journal, `${JSON.stringify(line)}\n`);
const counts = { web: 0, sms: 0, cmpp: 0, sgip: 0, smgp: 0, text: 0, mail: 0, wechat: 0, kf: 0, replies: 0 };
const PER_CITIZEN = 12; // messages of one citizen, in order, before the next one comes
let running = true, serial = 0;

// A citizen's n messages, each only after the one before was acknowledged. give(who, text, n) says whether it was.
async function citizen(channel, name, give, ms) {
	for (let k = 0; running; k++) {
		const who = name(k);
		for (let n = 0; n < PER_CITIZEN && running; n++) {
			const text = `${channel}的${who}说第${n}件：路灯坏了，编号${++serial}`;
			note({ tried: text });
			for (let done = false; !done && running;) {
				done = await give(who, text, n).catch(() => false);
				if (!done) await pause(15);
				else { counts[channel]++; note({ acked: text, channel, who, n }); }
			}
			await pause(ms);
		}
	}
}

// Each call names the next gateway.
function turns(list) { let n = 0; return () => list[n++ % list.length]; }

async function chatter(urls, c) {
	const next = turns(urls);
	let chat = null;
	const seen = (f) => { if (f.type === 'message' && f.from === 'staff') note({ got: f.text, channel: 'web', who: chat.who, seq: f.seq }); };
	const away = () => { chat.frames.forEach(seen); chat.frames = []; };
	await citizen('web', (k) => `甲${c}之${k}`, async (who, text, n) => {
		if (chat?.who !== who) {
			if (chat) { await come(chat, away); old.push(chat); }
			chat = Object.assign(new Chat(urls[0]), { who });
		}
		if (chat.ws?.readyState !== 1) { away(); chat.ws?.terminate(); chat.at(next()); await chat.open(); }
		try { await chat.say(text, `${who}-${n}`); } catch (e) { away(); throw e; } // what it was told stays told, what it was refused may be given again
		return true;
	}, 8);
	await come(chat, away);
	old.push(chat);
}
const old = []; // every citizen of the chat, to ask once more at the end what came for them
async function come(chat, away) { away(); chat.ws?.terminate(); }

// An SMSC keeps a text until deliver_sm_resp, and gives it again over the next link.
function texter(smsc, c) {
	return citizen('sms', (k) => `138${String(c * 1e6 + k).padStart(8, '0')}`, async (who, text) => {
		const session = await smsc.bound();
		let over;
		const closed = new Promise((done) => { over = () => done(-1); session.once('close', over); });
		const status = await Promise.race([smsc.deliver(who, text, { ms: 60000, over: session }), closed]);
		session.off('close', over);
		return status === 0;
	}, 8);
}

// xq-sim is the carrier of the others, each a process of its own: it keeps the message itself and gives it again; ours is to see
// what it says.
function handset(sim, prefix) {
	let waiting = '';
	return citizen(sim.protocol, (k) => `${prefix}${String(1e6 + k).padStart(8, '0')}`, async (who, text) => {
		phones.set(who, sim);
		if (waiting !== text) { await sim.send(who, text); waiting = text; }
		return (await sim.messages(who)).some((m) => m.from === 'phone' && m.text === text && m.state === 'taken');
	}, 8);
}
const phones = new Map();

// A provider calls until it is answered as it wants, by the same id.
function caller(provider, urls, c) {
	const url = turns(urls);
	let id, of;
	return citizen('text', (k) => `137${String(c * 1e6 + k).padStart(8, '0')}`, async (who, text) => {
		if (of !== text) [id, of] = [++provider.serial, text];
		await provider.say({ url: url() }, who, text, id);
		return true;
	}, 8);
}

function mailer(ports, c) {
	let raw, of; // an MTA gives the same bytes again
	const port = turns(ports);
	return citizen('mail', (k) => `m${c}.${k}@example.org`, async (who, text, n) => {
		if (of !== text) [raw, of] = [mail({ from: who, subject: `第${c}位`, text, id: `${n}.${who}`, padding: n % 4 ? 20000 : 0 }), text];
		return String((await lmtp(port(), raw, { from: who }))[0]).startsWith('250');
	}, 15);
}

// The platform pushes three times and gives up; its citizen taps "send again", which is the same message here.
function follower(platform, urls, c) {
	const url = turns(urls);
	return citizen('wechat', (k) => `oCitizen_${c}_${k}`, async (who, text, n) => {
		const fields = platform.fields(who, { MsgType: 'text', Content: text, MsgId: BigInt(c) * 1000000000n + BigInt(who.split('_')[2]) * 100n + BigInt(n) });
		const answer = await platform.post(`${url()}/wechat`, platform.pack(xml(fields)));
		return answer?.status === 200 && answer.text === 'success';
	}, 8);
}

// WeCom keeps the message and rings; that the gateway has it shows by where it reads on.
function customer(kf, urls, c) {
	const url = turns(urls);
	let of, end;
	return citizen('kf', (k) => `wmCitizen_${c}_${k}`, async (who, text) => {
		if (of !== text) {
			kf.put(who, { msgtype: 'text', text: { content: text } });
			[of, end] = [text, kf.inbox.length];
		}
		await kf.ring(`${url()}/wecom`);
		return kf.pulled >= end;
	}, 8);
}

// Staff: three answers to every ticket, in order; the same Idempotency-Key until the API says 201.
async function clerk(urls, token) {
	const said = new Map(), url = turns(urls);
	const call = async (method, path, body, key) => {
		const r = await fetch(url() + path, { method, body, signal: AbortSignal.timeout(30000),
			headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...(key ? { 'idempotency-key': key } : {}) } });
		return { status: r.status, json: await r.json() };
	};
	while (running) {
		try {
			for (const t of (await call('GET', '/api/v1/tickets?limit=60')).json.items) {
				const n = said.get(t.number) || 0;
				if (n >= 3 || !running) continue;
				const text = `答复${t.number}之${n}，已处理。`;
				const r = await call('POST', `/api/v1/tickets/${t.number}/replies`, JSON.stringify({ text }), `k${t.number}.${n}`);
				if (r.status !== 201) continue;
				note({ replied: text, number: t.number, n, channel: t.channel });
				said.set(t.number, n + 1);
				counts.replies++;
			}
		} catch { await pause(15); }
		await pause(15);
	}
}

async function finish(peers) {
	for (const chat of old) {
		chat.frames = [];
		await chat.open();
		await chat.frame((f) => f.type === 'welcome');
		await pause(60);
		for (const f of chat.frames) if (f.type === 'message' && f.from === 'staff') note({ got: f.text, channel: 'web', who: chat.who, seq: f.seq });
		await chat.close();
	}
	for (const t of peers.smsc.texts) note({ got: t.text, channel: 'sms', who: t.to });
	for (const m of peers.sink.mails) note({ got: mailText(m.raw), channel: 'mail', who: m.to[0] });
	for (const m of peers.provider.sent) note({ got: m.text, channel: 'text', who: m.to });
	for (const m of peers.platform.sent) note({ got: m.text, channel: 'wechat', who: m.to });
	for (const m of peers.kf.sent) note({ got: m.text, channel: 'kf', who: m.to });
	for (const d of peers.core.kept) note({ told: d.data.message?.text ?? '', number: d.data.ticket.number, event: d.data.event.id, kind: d.data.event.kind });
	for (const [who, sim] of phones) for (const m of await sim.messages(who)) if (m.from === 'hotline') note({ got: m.text, channel: sim.protocol, who });
}

// One address where SGIP's carrier connects: of several gateways one has it, and another once that one is dead.
const listen = `127.0.0.1:${await freePort()}`;
const sims = [await Carrier.start('cmpp'), await Carrier.start('sgip', '--sgip-to', listen), await Carrier.start('smgp')], [cmpp, sgip, smgp] = sims;
const peers = { smsc: await Smsc.start({ spread: gateways > 1 }), sink: await SmtpSink.start(), provider: await Provider.start('kannel'), platform: await Platform.start({}),
	kf: await Platform.start({ wecom: true }), core: await Core.start(), lmtp: [] };
for (let i = 0; i < gateways; i++) peers.lmtp.push(await freePort());
peers.platform.enforce = peers.kf.enforce = false;
// Now and then the core system is not well, and is told again.
let asked = 0;
peers.core.answer = () => (++asked % 20 ? 204 : 503);
let work = [];
process.on('message', async (m) => {
	if (m.begin) {
		const { urls, token } = m.begin;
		work = [chatter(urls, 1), chatter(urls, 2), texter(peers.smsc, 1), texter(peers.smsc, 2), handset(cmpp, '139'), handset(sgip, '131'),
			handset(smgp, '133'), caller(peers.provider, urls, 1), mailer(peers.lmtp, 1), mailer(peers.lmtp, 2), follower(peers.platform, urls, 1), customer(peers.kf, urls, 1), clerk(urls, token)];
	}
	if (m.counts) process.send({ counts });
	if (m.rest) { running = false; peers.core.answer = () => 204; await Promise.all(work); process.send({ resting: true }); }
	if (m.stop) {
		await finish(peers);
		await Promise.all([peers.smsc.close(), ...sims.map((sim) => sim.end()), peers.provider.close(), peers.sink.close(), peers.platform.end(), peers.kf.end(), peers.core.down()]);
		process.send({ done: true }, () => process.exit(0));
	}
});
process.on('disconnect', () => process.exit(1));
process.send({ ready: peers.lmtp.map((lmtp) => ({
	web: { type: 'webchat' },
	sms: { type: 'smpp', host: '127.0.0.1', port: peers.smsc.port, system_id: 'xinqiao', password: 'secret', number: '12345', reconnect_max: 1, pace: 0 },
	cmpp: { type: 'cmpp', host: '127.0.0.1', port: cmpp.port, source_addr: '901234', secret: 'secret', number: '12345', service_id: 'HOTLINE', reconnect_max: 1, pace: 0 },
	sgip: { type: 'sgip', host: '127.0.0.1', port: sgip.port, login: 'xinqiao', password: 'secret', listen, smg_login: 'smg', smg_password: 'secret', node_id: 3010092008,
		corp_id: 92008, number: '12345', reconnect_max: 1, pace: 0 },
	smgp: { type: 'smgp', host: '127.0.0.1', port: smgp.port, client_id: '10612345', secret: 'secret', number: '12345', service_id: 'HOTLINE', reconnect_max: 1, pace: 0 },
	mail: { type: 'email', address: '12345@city.example', lmtp_listen: `127.0.0.1:${lmtp}`, smtp_url: `smtp://127.0.0.1:${peers.sink.port}` },
	text: peers.provider.config(),
	wechat: peers.platform.channel({ path: '/wechat' }),
	kf: peers.kf.channel(),
})), sections: { 'forward core': { url: peers.core.url, secret: SECRET, peers: 'full' } } });
