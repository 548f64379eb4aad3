// The many: who floods. A process of its own, to be run when nobody else wants the processor, so that what others wait is the
// gateway's doing and not a processor that was taken from them. Each flood goes on until it is told to rest, and says what it was told.
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import WebSocket from 'ws';
import { Chat } from '../../scenario/lib/chat.mjs';
import { slack } from '../../scenario/lib/gateway.mjs';
import { Smsc } from '../../scenario/lib/smsc.mjs';
import { pause, serve } from './apart.mjs';

const CHATTERS = 100, PINGERS = 20, ASKERS = 100, RECEIPTS_OPEN = 4000, LOGINS_A_SECOND = 1000, LOGINS_OPEN = 2000, SLOW = 2000;
const smsc = await Smsc.start();
let where, state;

const tell = (what, k = 1) => { state.told[what] = (state.told[what] || 0) + k; };
const each = (count, f) => Array.from({ length: count }, (_, k) => f(k));

async function chatter(k) {
	const c = await new Chat(where.url).open();
	for (let i = 0; state.on && c.ws.readyState === 1; i++) {
		c.raw({ type: 'message', id: `f${k}-${i}`, text: `洪水${k}之${i}` });
		for (const f of c.frames.splice(0)) if (f.type === 'ack' || f.type === 'error') tell(f.type === 'ack' ? 'acknowledged' : f.code);
		await pause(20);
	}
	c.ws.terminate();
}

async function pinger() {
	const ws = new WebSocket(`${where.url.replace('http', 'ws')}/chat/ws`, 'xinqiao.chat.1');
	ws.on('error', () => {});
	ws.on('pong', () => tell('pong'));
	ws.on('close', (code) => tell(`closed ${code}`));
	await new Promise((done) => { ws.once('open', done); ws.once('close', done); });
	while (state.on && ws.readyState === 1) { for (let i = 0; i < 50 && ws.bufferedAmount < 1e6; i++) { ws.ping(); tell('ping'); } await pause(20); }
	ws.terminate();
}

function http(agent, method, path, headers, body) {
	return new Promise((done) => {
		const r = request(`${where.url}${path}`, { method, agent, headers }, (res) => { res.resume(); res.on('end', () => done(res)); res.on('error', () => done({})); });
		r.on('error', (e) => done({ statusCode: e.code }));
		r.end(body);
	});
}

async function asker(agent) {
	while (state.on) {
		const { statusCode } = await http(agent, 'GET', '/api/v1/tickets?limit=50', { authorization: `Bearer ${where.token}` });
		tell(`${statusCode}`);
		if (statusCode !== 200) await pause(20);
	}
}

// So many a second whatever becomes of them, and no more than so many that have no answer.
async function logins() {
	const agent = new Agent({ keepAlive: true, maxSockets: 256 }), began = performance.now();
	let open = 0, begun = 0;
	const work = [];
	while (state.on) {
		for (const due = (performance.now() - began) / 1000 * LOGINS_A_SECOND; begun < due; begun++) {
			if (open >= LOGINS_OPEN) { tell('not begun: too many wait for their answer'); continue; }
			open++;
			work.push(http(agent, 'POST', '/console/api/login', {}, JSON.stringify({ name: `nobody${begun % 5000}`, password: 'wrong-Passw0rd' })).then((res) => {
				open--;
				tell(`${res.statusCode}${res.statusCode === 503 || res.statusCode === 429 ? `, later: ${res.headers['retry-after']}` : ''}`);
			}));
		}
		await pause(5);
	}
	await Promise.all(work);
	agent.destroy();
}

// A byte every five seconds; said is whether the gateway ended it.
async function slow(k) {
	const web = k % 5 !== 0, text = web ? 'GET /chat HTTP/1.1\r\nX-A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbb' : 'LHLO aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
	const s = connect(web ? Number(new URL(where.url).port) : where.lmtp, '127.0.0.1');
	let closed = false;
	s.on('error', () => {});
	s.on('close', () => { closed = true; });
	s.on('data', () => {});
	for (let i = 0; state.on && !closed; i++) { s.write(text[i % text.length]); for (let w = 0; w < 50 && state.on && !closed; w++) await pause(100); }
	tell(`${web ? 'web' : 'lmtp'} ${closed ? 'closed by the gateway' : 'still open'}`);
	s.destroy();
}

let turn = 0; // nothing is said twice in the same words
async function citizen() {
	await smsc.bound();
	turn++;
	for (let k = 0; k < 1000; k++) tell(`status ${await smsc.deliver(where.citizen, `又是我，第${turn}回第${k}遍：路灯坏了`, { ms: 30000 * slack })}`);
	tell('answered', smsc.texts.filter((t) => t.to.endsWith(where.citizen)).length);
}

// Of what nobody sent: each is kept, for its message may be to come.
async function receipts() {
	const session = await smsc.bound();
	let open = 0, k = 0;
	await new Promise((done) => {
		const more = () => {
			for (; state.on && open < RECEIPTS_OPEN; open++) session.deliver_sm({ source_addr: where.citizen, destination_addr: '12345', esm_class: 4,
				short_message: `id:flood${k++} sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 stat:DELIVRD err:000 text:` }, (r) => { open--; tell(`status ${r.command_status}`); more(); });
			if (!open) done();
		};
		more();
	});
}

const floods = {
	chat: () => each(CHATTERS, chatter), pings: () => each(PINGERS, pinger), slow: () => each(SLOW, slow), citizen: () => [citizen()], receipts: () => [receipts()], logins: () => [logins()],
	asks: () => { const agent = new Agent({ keepAlive: true }); return [...each(ASKERS, () => asker(agent))]; },
};

serve({
	peers: () => ({ smsc: smsc.port }),
	begin: (at) => { where = at; },
	start: (name) => { state = { on: true, told: {} }; state.work = floods[name](); },
	rest: async () => { state.on = false; await Promise.all(state.work); return state.told; },
});
