// Citizens who chat, citizens who only wait, and the staff who see what is written.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, until } from '../../scenario/lib/gateway.mjs';
import { bench, load, note, own, peak, quick, startGateway, usage } from '../lib.mjs';

const chatGateway = () => startGateway({ web: { type: 'webchat' } }, { max_connections: 15000 });

async function login(gateway) {
	const password = gateway.staff('bench', 'agent');
	const r = await fetch(`${gateway.url}/console/api/login`, { method: 'POST', headers: { 'content-type': 'application/json',
		origin: gateway.url }, body: JSON.stringify({ name: 'bench', password }) });
	if (!r.ok) throw new Error(`login: ${r.status} ${await r.text()}`);
	return r.headers.getSetCookie()[0].split(';')[0];
}

async function chat({ idle, active, rate, staff = 1 }) {
	const gateway = await chatGateway();
	const cookie = await login(gateway), before = usage(gateway.child.pid).rss;
	const r = await load('chat_load', '--port', gateway.port, '--idle', idle, '--active', active, '--rate', rate,
		'--seconds', quick ? 3 : 15, '--cookie', cookie, '--staff', staff).result;
	r.rss = usage(gateway.child.pid).rss;
	r.grown = peak(gateway.child.pid) - before;
	await gateway.stop();
	note(`  chat at ${rate}/s, ${idle} idle, ${staff} staff: p99 ${r.seen_p99_ms} ms`);
	return r;
}

async function idleChats(count) {
	const gateway = await chatGateway();
	const before = usage(gateway.child.pid).rss;
	const child = own(spawn(bench('chat_load'), ['--port', gateway.port, '--idle', count, '--rate', 0].map(String), { stdio: ['pipe', 'pipe', 'ignore'] }));
	let out = '';
	child.stdout.on('data', (d) => { out += d; });
	await until('the chats', () => out.includes('open'), 120000);
	const open = Number(/open (\d+)/.exec(out)[1]);
	const rss = usage(gateway.child.pid).rss;
	child.stdin.end('\n');
	await new Promise((done) => child.on('exit', done));
	await gateway.stop();
	return { open, rss, each_kb: (rss - before) * 1024 / open };
}

// The same clients and messages against a server that only sends back what it gets.
async function echo({ idle, active, rate }) {
	const child = own(spawn(process.execPath, [join(root, 'tests/bench/echo.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] }));
	let out = '';
	child.stdout.on('data', (d) => { out += d; });
	const port = Number(await until('the echo', () => /\d+\n/.exec(out)?.[0]));
	const r = await load('chat_load', '--port', port, '--idle', idle, '--active', active, '--rate', rate, '--seconds', quick ? 3 : 15, '--echo', 1).result;
	r.rss = usage(child.pid).rss;
	child.kill();
	return r;
}

// Everybody is cut off at once by a gateway that dies, and comes back as the widget does; one in ten writes as soon as he is back.
async function back(count) {
	const gateway = await chatGateway();
	const g = load('chat_load', '--port', gateway.port, '--idle', count - count / 10, '--active', count / 10, '--rate', 100, '--seconds', 120, '--again', 1);
	await until('the chats', () => g.out.includes('open'), 120000);
	await gateway.kill();
	await gateway.up();
	own(gateway.child);
	const r = await g.result;
	await gateway.stop();
	return r;
}

const seen = (id, what, r, aim) => [
	{ id: `${id}_ack`, what: `${what}: to the ack, p99`, value: r.ack_p99_ms, unit: 'ms', digits: 1, better: 'less', note: `p50 ${r.ack_p50_ms.toFixed(1)} ms` },
	{ id: `${id}_seen`, what: `${what}: to the staff's screen, p99`, value: r.seen_p99_ms, unit: 'ms', digits: 1, better: 'less', aim, note: `p50 ${r.seen_p50_ms.toFixed(1)} ms` },
];

export default {
	name: 'chat',
	async once() {
		return { some: await chat({ idle: 2000, active: 200, rate: 500 }), busy: await chat({ idle: quick ? 1000 : 10000, active: 500, rate: 2000 }),
			echo: await echo({ idle: quick ? 1000 : 10000, active: 500, rate: 2000 }), back: await back(quick ? 1000 : 10000),
			desk: await chat({ idle: 0, active: 500, rate: 100, staff: quick ? 50 : 500 }), idle: await idleChats(quick ? 1000 : 10000) };
	},
	rows: ({ once: { some, busy, echo: peer, back: all, desk, idle } }) => [
		...seen('chat', 'chat at 500 messages/s with 2,000 more idle', some),
		...seen('chat_busy', `chat at 2,000 messages/s with ${(busy.open - 501).toLocaleString('en')} more idle`, busy, 10),
		{ id: 'chat_echo', what: 'npm ws that only echoes, the same clients and messages: to the echo, p99', value: peer.ack_p99_ms, unit: 'ms', digits: 1, better: 'less',
			note: `p50 ${peer.ack_p50_ms.toFixed(1)} ms, ${Math.round(peer.rss)} MB; it stores nothing and tells nobody` },
		{ id: 'chat_back', what: `a gateway that died and came back: until all ${all.open.toLocaleString('en')} chats were back`, value: all.all_back_s, unit: 's', digits: 1, better: 'less',
			note: `messages of those who were back already: p50 ${all.ack_p50_ms.toFixed(0)} ms, p99 ${all.ack_p99_ms.toFixed(0)} ms to the ack` },
		{ id: 'desk', what: `${desk.staff} staff watch an inbox that gets 100 messages/s: to a screen, p99`, value: desk.seen_p99_ms, unit: 'ms', digits: 1, better: 'less',
			note: `p50 ${desk.seen_p50_ms.toFixed(1)} ms; ${Math.round(desk.staff_frames_per_second)} frames/s, ${desk.staff_mb_per_second.toFixed(1)} MB/s` },
		{ id: 'desk_memory', what: `memory the gateway took more at most, for all of them and 500 who chat`, value: desk.grown, unit: 'MB', digits: 1, better: 'less',
			note: `${((desk.grown * 1024) / desk.staff).toFixed(0)} KB a screen` },
		{ id: 'chat_memory', what: `memory of an idle chat (${idle.open.toLocaleString('en')} open)`, value: idle.each_kb, unit: 'KB', digits: 1, better: 'less', aim: 6,
			note: `${Math.round(idle.rss)} MB in all` },
	],
};
