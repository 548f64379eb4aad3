// Kills at the n-th call of every point there is, and at random moments; by a seed, so that a run can be had again. And kills of
// nodes that share a store, one or two at a time, while the others go on.
import { City, pause } from './city.mjs';

export function chance(seed) {
	let state = seed >>> 0;
	return () => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return state / 4294967296; };
}

// How far into the calls after arming a kill may wait: about what half a second of the crowd makes.
const reach = { RECV: 400, SEND: 400, ACCEPT: 12, CONNECT: 12, SOCKET: 12, WAL_WRITE: 400, WAL_SYNC: 80, DB_READ: 40, DB_WRITE: 20, DB_SYNC: 2, FILE_OPEN: 20, SHM_MAP: 1,
	BLOB_WRITE: 20, BLOB_SYNC: 40, RENAME: 20, MALLOC: 20000 };
// Reached by every message, so worth as much of the time as all the rest.
const often = ['RECV', 'SEND', 'WAL_WRITE', 'WAL_SYNC', 'RENAME', 'BLOB_SYNC', 'CONNECT'];

// Half of them in one city, half in another beside it: much of the time is waiting for links that come back.
export async function kills(count, seed, say) {
	const both = await Promise.all([0, 1].map((k) => killsOfOne((count + k) >> 1, seed + k, k, say)));
	const add = (a, b) => { for (const [k, v] of Object.entries(b)) a[k] = typeof v === 'number' ? (a[k] || 0) + v : Array.isArray(v) ? [...(a[k] || []), ...v] : typeof v === 'object' && k !== 'end' ? add(a[k] || {}, v) : v; return a; };
	return { ...both.reduce(add, {}), end: both.map((b) => b.end) };
}

async function killsOfOne(count, seed, half, say) {
	const random = chance(seed), hits = new Map();
	const all = Object.keys(reach).flatMap((p) => (p === 'MALLOC' ? ['kill before'] : ['kill before', 'kill after']).map((how) => [p, how]));
	const c = await City.start();
	for (let k = 0; k < count; k++) {
		const busy = all.filter(([p]) => often.includes(p));
		const [point, how] = k * 2 + half < all.length ? all[k * 2 + half] : random() < 0.5 ? busy[Math.floor(random() * busy.length)] : all[Math.floor(random() * all.length)];
		const n = Math.ceil(reach[point] ** random()), starting = random() < 0.2;
		await pause(50 + random() * 100);
		let name = `${point} ${how}`;
		if (starting) { // the kill waits for the next start
			await c.g.kill();
			c.faults.arm(point, how, n);
			await c.again();
		} else c.faults.arm(point, how, n);
		if (!await c.died(600 + random() * 400)) { // a point nobody reaches now: then any moment
			name = `${c.faults.fired(point) ? name : 'at random'}`;
			await c.g.kill();
		}
		hits.set(name, (hits.get(name) || 0) + 1);
		c.g.checkLog();
		c.faults.heal();
		await c.again();
		await c.serves(k % 10 === 9 ? undefined : [['web', 'mail', 'wechat', 'replies'][k % 4]]);
		if (k % 50 === 49) say(`city ${half}, ${k + 1} kills: ${JSON.stringify(await c.counts())}`);
	}
	return { ...await c.verdict(), hits: Object.fromEntries([...hits].sort()) };
}

// Of three gateways over one database. Figures beside the judge's: how long until every channel was served again after a death.
export async function nodeKills(count, seed, pg, say) {
	const random = chance(seed), c = await City.start({ pg, of: 3 });
	const back = [], ill = [];
	// The database is well all the time: nodes that meet in it are no reason for one to say that it cannot write.
	const listen = (g) => ill.push(...(g.log.match(/^.* error store: cannot write.*$/gm) || []));
	await c.serves();
	for (let k = 0; k < count;) {
		await pause(100 + random() * 400);
		const first = Math.floor(random() * 3), victims = random() < 0.3 ? [first, (first + 1) % 3] : [first];
		await Promise.all(victims.map((v) => c.all[v].kill()));
		const died = Date.now();
		k += victims.length;
		for (const v of victims) { c.all[v].checkLog(); listen(c.all[v]); }
		await pause(random() * 600);
		await Promise.all(victims.map((v) => c.all[v].up()));
		if (k % 4 < victims.length) { await c.serves(); back.push(Date.now() - died); }
		if (k % 50 < victims.length) say(`${k} kills: ${JSON.stringify(await c.counts())}`);
	}
	await c.serves();
	c.all.forEach(listen);
	const verdict = await c.verdict();
	return { ...verdict, wrong: [...verdict.wrong, ...ill], served_again_ms: back.sort((a, b) => a - b) };
}
