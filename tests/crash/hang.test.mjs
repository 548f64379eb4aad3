// A department's system takes every connection and never answers, for XQ_HANG_SECONDS (8; tests/crash/run: an hour), while citizens
// write and their tickets are sent to that department: the core system beside it is told of each at once, nobody waits, memory and
// connections stay bounded; and when the department's answers again it is told everything, in order.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { Chat } from '../scenario/lib/chat.mjs';
import { Core, SECRET } from '../scenario/lib/core.mjs';
import { Gateway, freePort, slack, until } from '../scenario/lib/gateway.mjs';

const seconds = Number(process.env.XQ_HANG_SECONDS || 8);
const TOLD_MS = 5000 * slack, AT_ONCE = 4, MORE_MB = 32; // an hour fills the store's page cache
const PAUSE_MS = 5 * 60 * 1000; // the longest that a target which is away is left alone

test(`a department's system that hangs for ${seconds} s delays nobody else and misses nothing`, { timeout: seconds * 1000 + PAUSE_MS + 120000 * slack }, async () => {
	const port = await freePort(), core = await Core.start();
	let asked = 0, open = 0, most = 0;
	const hung = createServer(() => { asked++; });
	hung.on('connection', (s) => { most = Math.max(most, ++open); s.on('error', () => {}); s.on('close', () => { open--; }); });
	await new Promise((done) => hung.listen(port, '127.0.0.1', done));
	const g = await Gateway.start({ channels: { web: { type: 'webchat' } }, sections: {
		'forward core': { url: core.url, secret: SECRET },
		'forward hung': { url: `http://127.0.0.1:${port}/hooks/12345`, secret: SECRET, departments: 'urban', timeout: 2, parallel: AT_ONCE } } });
	try {
		const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${g.child.pid}/status`, 'utf8'))[1]) / 1024;
		const numbers = [], waits = [];
		let first = 0, peak = 0;
		for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
			const chat = await new Chat(g.url).open(), { ticket } = await chat.say(`第${numbers.length}处井盖松动`);
			await chat.close();
			const began = Date.now();
			assert.equal((await g.step(ticket, 'dispatch', { department: 'urban' })).status, 200);
			await core.of(ticket, 'dispatch', TOLD_MS);
			waits.push(Date.now() - began);
			numbers.push(ticket);
			if (waits.length === 10) first = memory();
			peak = Math.max(peak, memory());
			await new Promise((r) => setTimeout(r, Math.min(1000, seconds * 30)));
		}
		waits.sort((a, b) => a - b);
		const metrics = await (await fetch(`${g.url}/metrics`)).text(), stand = () => g.runJson('forward', 'list').find((t) => t.target === 'hung');
		console.log(JSON.stringify({ seconds, tickets: numbers.length, core_ms: { p50: waits[waits.length >> 1], max: waits.at(-1) }, asked, connections: most,
			memory_mb: [Math.round(first), Math.round(peak)], log: g.log.length, ...stand() }));
		assert.match(metrics, /xinqiao_forward_up\{target="hung"\} 0/);
		assert.ok(asked > 0 && most <= AT_ONCE, `${asked} requests over at most ${most} connections`);
		assert.ok(first > 0 && peak < first + MORE_MB, `${first} MB became ${peak}`);
		assert.equal(stand().dead, 0, 'nothing is given up for it');
		await new Promise((done) => { hung.close(done); hung.closeAllConnections(); });
		const well = await Core.start(port);
		await until('it to be told everything', () => stand().waiting === 0 && numbers.every((n) => well.kinds(n).includes('dispatch')), PAUSE_MS + 60000 * slack);
		for (const n of numbers) assert.equal(new Set(well.kept.filter((d) => d.data.ticket.number === n && d.data.event.kind === 'dispatch').map((d) => d.id)).size, 1);
		await well.down();
	} finally {
		const how = await g.end();
		await core.down();
		assert.deepEqual(how, { code: 0, signal: null });
	}
});
