// What tests/netns/run has made the network for: nodes and the database on machines of their own, cut off and healed under load.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { until } from '../scenario/lib/gateway.mjs';
import { Load, endAll, holder, nodes, pause } from '../scenario/lib/nodes.mjs';
import { Postgres } from '../scenario/lib/postgres.mjs';

// The link of machine i to a network, at the hub's end: nothing is told to anybody, what is sent is gone.
const link = (net, i, how) => execFileSync('ip', ['link', 'set', `${net}${i}`, how]);
const inside = (i) => ['ip', 'netns', 'exec', `n${i}`];
const DATABASE = 4;
let pg;
before(async () => { pg = await Postgres.start({ host: '10.78.0.4', wrap: inside(DATABASE) }); });
after(async () => { await pg.stop(); });

const three = () => nodes(pg, 3, { place: (i) => ({ host: `10.77.0.${i}`, wrap: inside(i) }) });
const ready = async (g) => (await fetch(`${g.url}/readyz`, { signal: AbortSignal.timeout(2000) }).catch(() => ({}))).status === 200;
const since = (began) => `${((Date.now() - began) / 1000).toFixed(1)} s`;
const until200 = (g) => until('the node to be ready', () => ready(g), 60000);

// Load on all nodes around what is done to them; then everything is there, once, in order, and nothing is stuck.
async function under(what) {
	const all = await three();
	const load = new Load(all);
	load.start(9);
	await until('load', () => load.acked.size > 40, 30000);
	await what(all, load);
	const had = load.acked.size;
	await until('acknowledgements', () => load.acked.size > had + 20, 60000);
	await load.stop();
	await load.check(all[2]);
	await until('no row to be stuck', () => all[2].runJson('outbox', 'list').every((r) => r.state !== 'sending'), 60000);
	await endAll(all);
}

test('a node cut from the database for a minute', () => under(async (all, load) => {
	await until('the first node to hold the clock, or another', () => holder(all, 'clock'));
	const g = holder(all, 'clock'), rest = all.filter((x) => x !== g), i = all.indexOf(g) + 1;
	const cut = Date.now();
	link('base', i, 'down');
	await until('the others to have its duties', () => holder(rest, 'clock'), 60000);
	console.log(`the clock runs on another node after ${since(cut)}`);
	await until('it to say so', async () => !await ready(g), 60000);
	console.log(`/readyz of the node that was cut off says 503 after ${since(cut)}`);
	const had = load.acked.size;
	await until('the others to go on', () => load.acked.size > had + 20, 60000);
	await pause(Math.max(0, 60000 - (Date.now() - cut)));
	const healed = Date.now();
	link('base', i, 'up');
	await until200(g);
	console.log(`ready ${since(healed)} after the link was healed`);
}));

test('a cut that is shorter than anybody\'s patience', () => under(async (all, load) => {
	for (const ms of [1000, 3000, 6000]) {
		const had = load.acked.size, cut = Date.now();
		for (const i of [1, 2]) link('base', i, 'down');
		await pause(ms);
		for (const i of [1, 2]) link('base', i, 'up');
		for (const g of all) await until200(g);
		await until('acknowledgements', () => load.acked.size > had + 20, 60000);
		console.log(`cut for ${ms} ms, over after ${since(cut)}`);
	}
}));

test('the database\'s machine gone from the network for a minute', () => under(async (all, load) => {
	const cut = Date.now();
	link('base', DATABASE, 'down');
	await pause(500); // what was answered before
	const had = load.acked.size;
	for (const g of all) await until('every node to say so', async () => !await ready(g), 60000);
	console.log(`/readyz of all nodes says 503 after ${since(cut)}`);
	await pause(Math.max(0, 60000 - (Date.now() - cut)));
	assert.equal(load.acked.size, had, 'nothing is acknowledged meanwhile');
	const healed = Date.now();
	link('base', DATABASE, 'up');
	await until('acknowledgements', () => load.acked.size > had + 5, 60000);
	console.log(`acknowledged again ${since(healed)} after the link was healed`);
	for (const g of all) await until200(g);
}));

test('a node\'s whole machine gone, and back under its number', () => under(async (all) => {
	await until('somebody to hold the clock', () => holder(all, 'clock'));
	const g = holder(all, 'clock'), rest = all.filter((x) => x !== g), i = all.indexOf(g) + 1;
	const cut = Date.now();
	for (const net of ['city', 'base']) link(net, i, 'down');
	await g.kill(); // a machine that lost its power sends nothing more
	await until('the others to have its duties', () => holder(rest, 'clock'), 60000);
	console.log(`the clock runs on another node ${since(cut)} after the machine vanished`);
	for (const net of ['city', 'base']) link(net, i, 'up');
	await g.up();
	await until200(g);
}));
