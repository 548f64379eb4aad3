// The few: people on every channel who write one thing after the other and wait for the acknowledgement, and an agent at his desk.
// A process of its own, for what they wait is measured: nobody else's work may stand before theirs.
import { Agent, request } from 'node:http';
import { Chat } from '../../scenario/lib/chat.mjs';
import { slack } from '../../scenario/lib/gateway.mjs';
import { lmtp, mail } from '../../scenario/lib/mail.mjs';
import { Smsc } from '../../scenario/lib/smsc.mjs';
import { Platform, xml } from '../../scenario/lib/wechat.mjs';
import { pause, serve } from './apart.mjs';

const PATIENCE_MS = 30000 * slack, BETWEEN_MS = 20, CHATS = 60; // none writes more than a person may
const smsc = await Smsc.start(), platform = await Platform.start({});
platform.enforce = false;
const kept = new Agent({ keepAlive: true, maxSockets: 1 });
let where, chats, n = 0, turn = 0;

const must = (ok, what) => { if (!ok) throw new Error(what); };

// The answer as it comes, not when somebody looks next.
const said = (chat, text) => new Promise((done, fail) => {
	const id = `f${process.pid}-${++n}`, timer = setTimeout(() => end(fail, new Error('no ack')), PATIENCE_MS);
	const end = (how, what) => { clearTimeout(timer); chat.ws.off('message', heard); chat.ws.off('close', gone); chat.frames = []; how(what); };
	const heard = (data) => { const f = JSON.parse(data); if (f.id === id) end(f.type === 'ack' ? done : fail, f.type === 'ack' ? f : new Error(f.text)); };
	const gone = () => end(fail, new Error('the chat was closed'));
	chat.ws.on('message', heard);
	chat.ws.on('close', gone);
	chat.raw({ type: 'message', id, text });
});

const got = (path, headers) => new Promise((done, fail) => {
	const r = request(`${where.url}${path}`, { agent: kept, headers, timeout: PATIENCE_MS }, (res) => {
		res.resume();
		res.on('end', () => done(res.statusCode));
		res.on('error', fail);
	});
	r.on('timeout', () => r.destroy(new Error('no answer')));
	r.on('error', fail);
	r.end();
});

// Not only taken: what we answer has come back. Who waits for it, by number.
const waiting = new Map(), collect = smsc.collect.bind(smsc);
smsc.collect = (pdu) => { collect(pdu); waiting.get(pdu.destination_addr.slice(-11))?.(); };
const answered = (citizen) => new Promise((done, fail) => {
	const timer = setTimeout(() => end(fail, new Error('no answer')), PATIENCE_MS);
	const end = (how, what) => { clearTimeout(timer); waiting.delete(citizen); how(what); };
	waiting.set(citizen, () => end(done));
});

const probes = {
	web: () => said(chats[turn++ % chats.length], `网上第${n}句，路灯坏了`),
	sms: async () => must(await smsc.deliver(`137${String(++n).padStart(8, '0')}`, `短信第${n}条，路灯坏了`, { ms: PATIENCE_MS }) === 0, 'not taken'),
	answer: async () => {
		const citizen = `138${String(++n).padStart(8, '0')}`, answer = answered(citizen);
		const [status] = await Promise.all([smsc.deliver(citizen, `短信第${n}条，等答复`, { ms: PATIENCE_MS }), answer]);
		must(status === 0, 'not taken');
	},
	mail: async () => {
		const raw = mail({ from: `p${++n}@example.org`, text: `邮件第${n}封，路灯坏了` }), end = Date.now() + PATIENCE_MS;
		let [answer] = await lmtp(where.lmtp, raw);
		while (/^4/.test(answer) && Date.now() < end) { await pause(100); [answer] = await lmtp(where.lmtp, raw); } // told to come later it comes later, and has waited so long
		must(/^250/.test(answer), answer);
	},
	wechat: async () => {
		const push = platform.pack(xml(platform.fields(`oProbe${++n}`, { MsgType: 'text', Content: `微信第${n}条`, MsgId: 9000000000000 + n })));
		must((await platform.post(`${where.url}/wechat`, push, PATIENCE_MS))?.text === 'success', 'no success');
	},
	desk: async () => { const status = await got('/console/api/me', { cookie: where.cookie }); must(status === 200, `status ${status}`); },
};

const at = (list, p) => (list.length ? Math.round(list[Math.min(list.length - 1, Math.floor(list.length * p))] * 10) / 10 : NaN);

async function measure({ ms, but }) {
	const end = Date.now() + ms, all = {};
	await Promise.all(Object.entries(probes).filter(([name]) => name !== but).map(async ([name, probe]) => {
		const took = [], of = all[name] = { failed: 0 };
		while (Date.now() < end) {
			const began = performance.now();
			try { await probe(); took.push(performance.now() - began); } catch (e) { of.failed++; of.why = String(e.message).slice(0, 200); }
			await pause(BETWEEN_MS);
		}
		took.sort((a, b) => a - b);
		Object.assign(of, { n: took.length, p50: at(took, 0.5), p99: at(took, 0.99), most: at(took, 1) });
	}));
	return all;
}

// Until each of them waits no longer than `bound` says, once; how long that took. Fails where it takes longer than ms.
async function recover({ bound, ms }) {
	const began = Date.now();
	await Promise.all(Object.entries(probes).map(async ([name, probe]) => {
		for (;;) {
			const t = performance.now();
			try { await probe(); if (performance.now() - t <= bound[name]) return; } catch { /* not yet */ }
			must(Date.now() - began < ms, `${name} is not as before`);
			await pause(BETWEEN_MS);
		}
	}));
	return Date.now() - began;
}

serve({
	peers: () => ({ smsc: smsc.port, wechat: platform.channel({ path: '/wechat' }) }),
	begin: async (at) => {
		where = at;
		chats = await Promise.all(Array.from({ length: CHATS }, () => new Chat(where.url).open()));
		await smsc.bound();
	},
	measure, recover,
});
