// Five hundred screens of staff that walk from ticket to ticket: what it costs to tell all of them who is where, and how late
// the last of them hears of it.
import WebSocket from 'ws';
import { Chat } from '../../scenario/lib/chat.mjs';
import { none } from '../beside.mjs';
import { note, quick, startGateway, usage } from '../lib.mjs';

const SCREENS = quick ? 50 : 500, STEPS = 500, PEOPLE = 5, TICKETS = 20;
const NOTHING = { limit: none('its screens are Node, whose own pace it includes'),
	peer: none('nothing installed here tells who is at which ticket') };
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function session(g, name) {
	const r = await fetch(`${g.url}/console/api/login`, { method: 'POST', body: JSON.stringify({ name, password: g.staff(name, 'agent') }) });
	return r.headers.getSetCookie()[0].split(';')[0];
}

const screen = (g, cookie, heard) => new Promise((done, fail) => {
	const ws = new WebSocket(`${g.url.replace('http', 'ws')}/console/live`, { headers: { cookie, origin: g.url }, perMessageDeflate: false });
	ws.on('message', (data) => {
		heard(data);
		if (data.includes('welcome')) done(ws);
	});
	ws.on('error', fail);
});

async function walk() {
	const g = await startGateway({ web: { type: 'webchat' } }, { max_connections: 15000 });
	const cookies = [], numbers = [], late = [], asked = new Map();
	for (let i = 0; i < PEOPLE; i++) cookies.push(await session(g, `s${i}`));
	for (let i = 0; i < TICKETS; i++) {
		const chat = await new Chat(g.url).open();
		numbers.push((await chat.say(`第${i}件`)).ticket);
		await chat.close();
	}
	const before = usage(g.child.pid);
	let frames = 0;
	const count = () => { frames++; };
	const last = (data) => {
		frames++;
		for (const m of JSON.parse(data).items ?? []) {
			const at = m.type === 'presence' && asked.get(m.number + m.staff);
			if (at) late.push(performance.now() - at);
			if (at) asked.delete(m.number + m.staff);
		}
	};
	const all = await Promise.all(Array.from({ length: SCREENS }, (_, i) => screen(g, cookies[i % PEOPLE], i === SCREENS - 1 ? last : count)));
	await sleep(1500);
	const there = usage(g.child.pid);
	frames = 0;
	for (let n = 0; n < STEPS; n++) {
		const i = (n * 7) % (SCREENS - 1), number = numbers[(n * 3) % TICKETS];
		asked.set(`${number}s${i % PEOPLE}`, performance.now());
		all[i].send(JSON.stringify({ type: 'presence', number, what: 'viewing' }));
		await sleep(20);
	}
	await sleep(500);
	const r = { frames, cpu: usage(g.child.pid).cpu - there.cpu, each_kb: (there.rss - before.rss) * 1024 / SCREENS, late: late.sort((a, b) => a - b) };
	for (const ws of all) ws.terminate();
	await g.stop();
	note(`  ${SCREENS} screens: ${frames} frames, ${r.cpu} ms of processor for ${STEPS} steps`);
	return r;
}

export default {
	name: 'staff',
	once: walk,
	rows: ({ once: r }) => [
		{ id: 'staff_presence', what: `${SCREENS} screens, 50 of them a second go to another ticket: known on the last one, p99`, value: r.late[Math.floor(r.late.length * 0.99)], unit: 'ms',
			digits: 1, better: 'less', ...NOTHING, note: `p50 ${r.late[r.late.length >> 1].toFixed(1)} ms; ${r.frames} frames` },
		{ id: 'staff_cpu', what: 'the gateway\'s processor time for each such step', value: r.cpu / STEPS, unit: 'ms', digits: 2, better: 'less', ...NOTHING },
		{ id: 'staff_memory', what: 'memory of a screen that is open', value: r.each_kb, unit: 'KB', digits: 1, better: 'less', ...NOTHING },
	],
};
