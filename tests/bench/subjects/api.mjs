// Other programs: how fast they may ask and act, how fast they are told, and how soon a change of state is with the citizen.
import { Agent, createServer, request } from 'node:http';
import { Gateway, freePort, until } from '../../scenario/lib/gateway.mjs';
import { Chat } from '../../scenario/lib/chat.mjs';
import { SECRET } from '../../scenario/lib/core.mjs';
import { none, onDisk, oneSync } from '../beside.mjs';
import { folder, note, of, own, quick } from '../lib.mjs';

const SECONDS = quick ? 1 : 4, AT_ONCE = 32, TICKETS = 40, EVENTS = quick ? 400 : 4000, CHANGES = quick ? 50 : 300;
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

function ask(gateway, method, path, body) {
	return new Promise((done, fail) => {
		const r = request({ host: '127.0.0.1', port: gateway.port, method, path, agent, headers: { authorization: `Bearer ${gateway.token()}`,
			...(body ? { 'content-length': Buffer.byteLength(body) } : {}) } }, (res) => {
			res.resume();
			res.on('end', () => (res.statusCode < 300 ? done() : fail(new Error(`${method} ${path}: ${res.statusCode}`))));
		});
		r.on('error', fail);
		r.end(body);
	});
}

// As many as go in some seconds, AT_ONCE at a time.
async function perSecond(one) {
	const began = performance.now(), end = began + SECONDS * 1000;
	let n = 0;
	await Promise.all(Array.from({ length: AT_ONCE }, async (_, i) => {
		for (; performance.now() < end; n++) await one(i);
	}));
	return n / ((performance.now() - began) / 1000);
}

const step = (gateway, number, body) => ask(gateway, 'POST', `/api/v1/tickets/${number}/steps`, JSON.stringify(body));

// What waited while the target was away, from its first delivery to its last.
async function forwarded(gateway, port, numbers) {
	for (let i = 0; i < EVENTS; i += AT_ONCE)
		await Promise.all(Array.from({ length: AT_ONCE }, (_, k) => step(gateway, numbers[(i + k) % TICKETS], { step: 'note', note: '已核实' })));
	const ids = new Set();
	let first, last;
	const server = createServer((req, res) => {
		req.resume();
		req.on('end', () => {
			last = performance.now();
			first ??= last;
			ids.add(req.headers['webhook-id']);
			res.writeHead(204).end();
		});
	});
	await new Promise((done) => server.listen(port, '127.0.0.1', done));
	await until('every event', () => ids.size >= EVENTS + TICKETS && gateway.runJson('forward', 'list')[0].next_from === '', 600000);
	server.closeAllConnections();
	server.close();
	return ids.size / ((last - first) / 1000);
}

async function changes(gateway) {
	const chat = await new Chat(gateway.url).open(), took = [];
	const { ticket } = await chat.say('路灯坏了');
	for (let i = 0; i < CHANGES; i++) {
		const from = chat.frames.length, began = performance.now();
		const told = new Promise((done) => chat.ws.on('message', function heard() {
			if (chat.frames.slice(from).some((f) => f.type === 'message' && f.from === 'system')) { chat.ws.off('message', heard); done(performance.now() - began); }
		}));
		await step(gateway, ticket, { step: 'dispatch', department: i % 2 ? 'urban' : 'housing' });
		took.push(await told);
	}
	await chat.close();
	took.sort((a, b) => a - b);
	return { p50: took[CHANGES >> 1], p95: took[Math.floor(CHANGES * 0.95)] };
}

async function round() {
	const port = await freePort();
	const gateway = await Gateway.start({ dir: folder(), channels: { web: { type: 'webchat' } }, settings: { api_pace: 0, undo_seconds: 0 },
		sections: { 'forward core': { url: `http://127.0.0.1:${port}/`, secret: SECRET, parallel: 32 } } });
	own(gateway.child);
	const numbers = [];
	for (let i = 0; i < TICKETS; i++) {
		const chat = await new Chat(gateway.url).open();
		numbers.push((await chat.say(`第${i}件：井盖松动`)).ticket);
		await chat.close();
	}
	const deliveries = await forwarded(gateway, port, numbers);
	const reads = await perSecond((i) => ask(gateway, 'GET', `/api/v1/tickets?limit=20&state=${i % 2 ? 'new' : 'closed'}`));
	const writes = await perSecond((i) => step(gateway, numbers[i], { step: 'note', note: '已核实' }));
	const change = await changes(gateway);
	await gateway.stop();
	note(`  api: ${Math.round(reads)} lists/s, ${Math.round(writes)} steps/s; ${Math.round(deliveries)} deliveries/s; a change p95 ${change.p95.toFixed(1)} ms`);
	return { deliveries, reads, writes, p50: change.p50, p95: change.p95 };
}

const NOBODY = none('nothing installed here answers or tells the same');

export default {
	name: 'api',
	round,
	rows: ({ rounds }, all) => [
		{ id: 'api_reads', what: `API, lists of up to 20 tickets, ${AT_ONCE} at once`, value: of(rounds, 'reads'), unit: '/s', better: 'more',
			limit: none('bound by the processor, which who asks shares'), peer: NOBODY },
		{ id: 'api_writes', what: `API, steps, each on disk, ${AT_ONCE} at once`, value: of(rounds, 'writes'), unit: '/s', better: 'more', limit: onDisk(all, AT_ONCE), peer: NOBODY },
		{ id: 'forward', what: 'events told to a core system that comes back, signed, in order per ticket', value: of(rounds, 'deliveries'), unit: '/s', better: 'more',
			limit: none('bound by how fast the core system answers, which is Node here'), peer: NOBODY },
		{ id: 'change', what: 'a step by the API until the citizen reads of it in the chat, p95', value: of(rounds, 'p95'), unit: 'ms', digits: 1, better: 'less',
			limit: oneSync(all), peer: NOBODY, note: `p50 ${of(rounds, 'p50').toFixed(1)} ms` },
	],
};
