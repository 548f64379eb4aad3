// Citizens who chat, citizens who only wait, and the staff who see what is written; and under the same load, the echoes.
import { spawn } from 'node:child_process';
import { until } from '../../scenario/lib/gateway.mjs';
import { itself, none } from '../beside.mjs';
import { besideEchoes, echoed, echoes } from '../echoes.mjs';
import { bench, load, note, own, peak, quick, startGateway, usage } from '../lib.mjs';

const chatGateway = () => startGateway({ web: { type: 'webchat' } }, { max_connections: 15000 });

async function login(gateway) {
	const password = gateway.staff('bench', 'agent');
	const r = await fetch(`${gateway.url}/console/api/login`, { method: 'POST', headers: { 'content-type': 'application/json',
		origin: gateway.url }, body: JSON.stringify({ name: 'bench', password }) });
	if (!r.ok) throw new Error(`login: ${r.status} ${await r.text()}`);
	return r.headers.getSetCookie()[0].split(';')[0];
}

const SECONDS = quick ? 3 : 15;
const clients = ({ idle, active, rate }) => ['--idle', idle, '--active', active, '--rate', rate, '--seconds', SECONDS];

async function chat({ staff = 1, ...of }) {
	const gateway = await chatGateway();
	const cookie = await login(gateway), before = usage(gateway.child.pid).rss;
	const r = await load('chat_load', '--port', gateway.port, ...clients(of), '--cookie', cookie, '--staff', staff).result;
	r.rss = usage(gateway.child.pid).rss;
	r.grown = peak(gateway.child.pid) - before;
	await gateway.stop();
	note(`  chat at ${of.rate}/s, ${of.idle} idle, ${staff} staff: p99 ${r.seen_p99_ms} ms`);
	r.echoes = await echoed(...clients(of));
	return r;
}

async function waiting(count, { port, pid }, ...more) {
	const before = usage(pid).rss;
	const child = own(spawn(bench('chat_load'), ['--port', port, '--idle', count, '--rate', 0, ...more].map(String), { stdio: ['pipe', 'pipe', 'ignore'] }));
	let out = '';
	child.stdout.on('data', (d) => { out += d; });
	await until('the chats', () => out.includes('open'), 120000);
	const open = Number(/open (\d+)/.exec(out)[1]);
	const { rss } = usage(pid);
	child.stdin.end('\n');
	await new Promise((done) => child.on('exit', done));
	return { open, rss, each_kb: (rss - before) * 1024 / open };
}

async function idleChats(count) {
	const gateway = await chatGateway();
	const r = await waiting(count, { port: gateway.port, pid: gateway.child.pid });
	await gateway.stop();
	return { ...r, echoes: await echoes((echo) => waiting(count, echo, '--echo', 1)) };
}

// Everybody is cut off at once by a server that dies, and comes back as the widget does; one in ten writes as soon as he is back.
async function cutOff(count, { port, again }, ...more) {
	const g = load('chat_load', '--port', port, '--idle', count - count / 10, '--active', count / 10, '--rate', 100, '--seconds', 120, '--again', 1, ...more);
	await until('the chats', () => g.out.includes('open'), 120000);
	await again();
	return g.result;
}

async function back(count) {
	const gateway = await chatGateway();
	const r = await cutOff(count, { port: gateway.port, again: async () => {
		await gateway.kill();
		await gateway.up();
		own(gateway.child);
	} });
	await gateway.stop();
	return { ...r, echoes: await echoes((echo) => cutOff(count, echo, '--echo', 1)) };
}

const seen = (id, what, r, aim) => [
	{ id: `${id}_ack`, what: `${what}: to the ack, p99`, value: r.ack_p99_ms, unit: 'ms', digits: 1, better: 'less',
		...besideEchoes(r.echoes, 'ack_p99_ms', 2), note: `p50 ${r.ack_p50_ms.toFixed(1)} ms` },
	{ id: `${id}_seen`, what: `${what}: to the staff's screen, p99`, value: r.seen_p99_ms, unit: 'ms', digits: 1, better: 'less', aim,
		...besideEchoes(r.echoes, 'ack_p99_ms', 2), note: `p50 ${r.seen_p50_ms.toFixed(1)} ms` },
];
const echo = (id, what, r) => ({ id, what: `${what}, the same clients and messages: to the echo, p99`,
	value: r.ack_p99_ms, unit: 'ms', digits: 2, better: 'less',
	note: `p50 ${r.ack_p50_ms.toFixed(2)} ms, ${Math.round(r.rss)} MB; it stores nothing and tells nobody` });

export default {
	name: 'chat',
	async once() {
		const many = quick ? 1000 : 10000;
		return { some: await chat({ idle: 2000, active: 200, rate: 500 }), busy: await chat({ idle: many, active: 500, rate: 2000 }),
			back: await back(many), desk: await chat({ idle: 0, active: 500, rate: 100, staff: quick ? 50 : 500 }), idle: await idleChats(many) };
	},
	rows: ({ once: { some, busy, back: all, desk, idle } }) => [
		...seen('chat', 'chat at 500 messages/s with 2,000 more idle', some),
		...seen('chat_busy', `chat at 2,000 messages/s with ${(busy.open - 501).toLocaleString('en')} more idle`, busy, 10),
		{ ...echo('chat_lws', 'libwebsockets that only echoes', busy.echoes.lws), ...itself },
		{ ...echo('chat_echo', 'npm ws that only echoes', busy.echoes.ws), ...besideEchoes(busy.echoes, 'ack_p99_ms', 2),
			peer: none('it is the peer itself') },
		{ id: 'chat_back', what: `a gateway that died and came back: until all ${all.open.toLocaleString('en')} chats were back`, value: all.all_back_s, unit: 's', digits: 1, better: 'less',
			...besideEchoes(all.echoes, 'all_back_s', 2), note: `messages of those who were back already: p50 ${all.ack_p50_ms.toFixed(0)} ms, p99 ${all.ack_p99_ms.toFixed(0)} ms to the ack` },
		{ id: 'desk', what: `${desk.staff} staff watch an inbox that gets 100 messages/s: to a screen, p99`, value: desk.seen_p99_ms, unit: 'ms', digits: 1, better: 'less',
			...besideEchoes(desk.echoes, 'ack_p99_ms', 2),
			note: `p50 ${desk.seen_p50_ms.toFixed(1)} ms; ${Math.round(desk.staff_frames_per_second)} frames/s, ${desk.staff_mb_per_second.toFixed(1)} MB/s; an echo tells its sender alone` },
		{ id: 'desk_memory', what: `memory the gateway took more at most, for all of them and 500 who chat`, value: desk.grown, unit: 'MB', digits: 1, better: 'less',
			limit: none('an echo tells no staff'), peer: none('an echo tells no staff'),
			note: `${((desk.grown * 1024) / desk.staff).toFixed(0)} KB a screen` },
		{ id: 'chat_memory', what: `memory of an idle chat (${idle.open.toLocaleString('en')} open)`, value: idle.each_kb, unit: 'KB', digits: 1, better: 'less', aim: 6,
			...besideEchoes(idle.echoes, 'each_kb', 1), note: `${Math.round(idle.rss)} MB in all` },
	],
};
