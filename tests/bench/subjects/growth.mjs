// What it costs that a store is old: gateways over a store that began empty and over stores with so many finished tickets take
// messages and answer questions in turn, a little each, so that a slow minute meets all of them alike. What stays the same work is
// said as a ratio to the empty one, the median over many turns.
//
//   tests/bench/run --only growth --sizes 10000,1000000 --stores postgresql [--turns 20] [--keep FOLDER]
//
// --keep: filled stores stay in that folder, and are found there again. Where PostgreSQL counts, its pages touched a message or
// question are told too: they do not depend on what else the machine does.
import { Agent, request } from 'node:http';
import { existsSync, mkdirSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Gateway, freePort, until } from '../../scenario/lib/gateway.mjs';
import { Postgres } from '../../scenario/lib/postgres.mjs';
import { none } from '../beside.mjs';
import { SERVER, bench, endAll, firstLine, folder, loadFor, median, note, option, own, ownFolder, quick, usage } from '../lib.mjs';

const SIZES = (option('--sizes') ?? (quick ? '1000' : '10000,100000')).split(',').map(Number);
const STORES = (option('--stores') ?? 'sqlite,postgresql').split(',');
const TURNS = Number(option('--turns')) || (quick ? 3 : 15), ASKED = 5;
// A turn; SQLite is so quick that fewer would leave out what it does once in a while.
const messages = (store) => (store === 'sqlite' ? 2000 : 500);
const DAY_MS = 86400000, YEAR = new Date(Date.now() - 365 * DAY_MS).toISOString().slice(0, 10);
const QUESTIONS = [
	{ what: 'new', path: '/api/v1/tickets?limit=50&state=new' },
	{ what: 'newest', path: '/api/v1/tickets?limit=50' },
	{ what: 'counts', path: '/console/api/counts' },
	{ what: 'common', path: `/api/v1/tickets?limit=50&q=${encodeURIComponent('路灯不亮')}` },
	{ what: 'one', path: `/api/v1/tickets?limit=50&q=${encodeURIComponent('人民路777号')}` },
	{ what: 'nowhere', path: `/api/v1/tickets?limit=50&q=${encodeURIComponent('恐龙')}` },
	{ what: 'report', path: `/api/v1/reports/rates?by=department&from=${YEAR}` },
];

const agent = new Agent({ keepAlive: true });
const ask = (at, path) => new Promise((done, fail) => {
	const began = performance.now();
	const r = request({ host: '127.0.0.1', port: at.gateway.port, path, agent, headers: path.startsWith('/console') ? { cookie: at.cookie } : { authorization: `Bearer ${at.gateway.bearer}` } }, (res) => {
		let body = '';
		res.setEncoding('utf8');
		res.on('data', (d) => { body += d; });
		res.on('end', () => (res.statusCode === 200 ? done({ ms: performance.now() - began, body }) : fail(new Error(`${path}: ${res.statusCode} ${body}`))));
	});
	r.on('error', fail);
	r.end();
});

async function cookie(gateway) {
	const name = `bench${Date.now()}`;
	const r = await fetch(`${gateway.url}/console/api/login`, { method: 'POST', body: JSON.stringify({ name, password: gateway.staff(name, 'agent') }) });
	return r.headers.get('set-cookie').split(';')[0];
}

// A folder and a store with so many tickets; what --keep has is not filled again.
function filled(pg, store, size) {
	const kept = size > 0 && option('--keep'), dir = kept ? join(kept, `${store}-${size}`) : folder();
	const ready = join(dir, 'fields.key'), there = size > 0 && existsSync(ready);
	const name = `t${size}`, dsn = pg ? pg.dsn(name) : `sqlite:${join(dir, 'store.db')}`;
	mkdirSync(dir, { recursive: true });
	if (!there) {
		if (pg) pg.sql(`DROP DATABASE IF EXISTS ${name}`);
		if (pg) pg.sql(`CREATE DATABASE ${name}`);
		const began = performance.now();
		execFileSync('nice', [bench('growth_fill'), dsn, String(size), ready], { stdio: ['ignore', 'ignore', 'inherit'] });
		if (pg) pg.sql('VACUUM ANALYZE', name); // as it would have been done on the way
		note(`  ${store}: ${size} tickets in ${((performance.now() - began) / 1000).toFixed(0)} s`);
	}
	return { dir, dsn, name };
}

async function stand(pg, store, size, { dir, dsn, name }) {
	const g = loadFor(3600000, 'smpp_load', '--count', messages(store), '--window', 100, '--rounds', TURNS + 2, '--first', Date.now() % 90000000);
	const [port] = await firstLine(g);
	const gateway = await Gateway.start({ dir, settings: { store: dsn, api_pace: 0 }, channels: { sms: { type: 'smpp', host: '127.0.0.1', port, system_id: 'bench',
		password: 'bench', bind: 'transceiver', number: 12345, window: 100, pace: 0 } } });
	own(gateway.child);
	gateway.bearer = gateway.runJson('token', 'create', `bench${Date.now()}`, '--scope', 'read,reports')[0].token;
	const at = { store, size, gateway, g, pg, name, turns: 0, per_second: [], ms: Object.fromEntries(QUESTIONS.map((q) => [q.what, []])), pages: {} };
	at.cookie = await cookie(gateway);
	return at;
}

const processes = (at) => [at.gateway.child.pid, ...(at.pg ? at.pg.sql(`SELECT pid FROM pg_stat_activity WHERE datname = '${at.name}'`).split('\n').filter(Boolean).map(Number) : [])];
const cpu = (at) => processes(at).reduce((sum, pid) => { try { return sum + usage(pid).cpu; } catch { return sum; } }, 0);
const pages = (at) => Number(at.pg.sql(`SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = '${at.name}'`));
const size_of = (at) => Number(at.pg ? at.pg.sql(`SELECT pg_database_size('${at.name}')`) : execFileSync('du', ['-sbc', ...['', '-wal'].map((e) => join(at.gateway.dir, `store.db${e}`))], { encoding: 'utf8' }).trim().split('\n').at(-1).split('\t')[0]);

// One turn, until the answers have gone out too.
async function ingest(at) {
	const lines = () => at.g.out.trim().split('\n');
	at.g.child.stdin.write('\n');
	at.turns++;
	await until(`turn ${at.turns} of ${at.store} with ${at.size}`, () => lines().length > at.turns, 120000);
	const r = JSON.parse(lines()[at.turns]);
	if (r.acknowledged !== messages(at.store)) throw new Error(`${messages(at.store)} sent, ${JSON.stringify(r)}`);
	return r.per_second;
}

async function question(at, q) {
	for (let i = 0; i < ASKED; i++) at.ms[q.what].push((await ask(at, q.path)).ms);
}

// The pages of a database are counted by each of its sessions about once a second, at the end of a transaction.
async function counted(at, work, times) {
	const settle = async () => { await new Promise((r) => setTimeout(r, 1100)); await ask(at, '/api/v1/tickets?limit=1'); };
	await settle();
	const before = pages(at);
	await work();
	await settle();
	return (pages(at) - before) / times;
}

async function all_of(store, pg) {
	const all = [], sizes = [0, ...SIZES], stores = sizes.map((size) => filled(pg, store, size));
	for (const [i, size] of sizes.entries()) all.push(await stand(pg, store, size, stores[i]));
	const [empty] = all;
	for (const at of all) { // warm, and the empty one has a page to show
		await ingest(at);
		await ask(at, QUESTIONS[0].path);
		if (pg) pg.sql('ANALYZE', at.name); // the server does it by itself within a minute
	}
	const before = all.map((at) => ({ cpu: cpu(at), bytes: size_of(at) }));
	const beforePages = pg ? all.map(pages) : [];
	for (let t = 0; t < TURNS; t++) {
		const turn = t % 2 ? [...all].reverse() : all;
		for (const at of turn) at.per_second.push(await ingest(at));
	}
	for (const [i, at] of all.entries()) {
		at.cpu_us = (cpu(at) - before[i].cpu) * 1000 / (TURNS * messages(store));
		at.bytes = (size_of(at) - before[i].bytes) / (TURNS * messages(store));
	}
	if (pg) {
		for (const at of all) await counted(at, async () => {}, 1);
		for (const [i, at] of all.entries()) at.pages.message = (pages(at) - beforePages[i]) / (TURNS * messages(store));
	}
	await new Promise((r) => setTimeout(r, quick ? 0 : 15000)); // what came in is not in the index of words before
	for (let t = 0; t < TURNS; t++) for (const q of QUESTIONS) for (const at of t % 2 ? [...all].reverse() : all) await question(at, q);
	if (pg) for (const q of QUESTIONS) for (const at of all) at.pages[q.what] = await counted(at, () => question(at, q), ASKED);
	await endAll(all.flatMap((at) => [at.gateway.child, at.g.child]));
	return all.map((at) => ({ store, size: at.size, per_second: median(at.per_second), ratio: median(at.per_second.map((v, i) => v / empty.per_second[i])), cpu_us: at.cpu_us,
		bytes: at.bytes, pages: at.pages, ms: Object.fromEntries(Object.entries(at.ms).map(([k, v]) => [k, median(v)])) }));
}

async function measure() {
	const results = [];
	for (const store of STORES) {
		const kept = option('--keep');
		const pg = store === 'postgresql' ? await Postgres.start({ settings: SERVER, dir: kept ? join(kept, 'server') : undefined }) : null;
		if (pg) { own(pg.child); if (!kept) ownFolder(pg.dir); }
		try {
			results.push(...await all_of(store, pg));
		} finally {
			await pg?.stop({ keep: !!kept });
		}
	}
	return results;
}

const many = (n) => n.toLocaleString('en');
const whole = (n) => many(Math.round(n));
const BY_AGE = none('it is told what age costs, and the machine\'s limit is the same at any');

export default {
	name: 'growth',
	once: measure,
	rows: ({ once }) => once.filter((r) => r.size > 0).flatMap((r) => {
		const empty = once.find((e) => e.store === r.store && e.size === 0), id = `${r.store}_${r.size}`, on = `${r.store}, ${many(r.size)} tickets: `;
		const touched = (what) => r.pages[what] === undefined ? '' : `; ${r.pages[what].toFixed(0)} pages, ${empty.pages[what].toFixed(0)} when empty`;
		const page = (what, name) => ({ id: `growth_${id}_${what}`, what: `${on}${name}`, value: r.ms[what], unit: 'ms', digits: 2, better: 'less',
			limit: BY_AGE, peer: { what: 'empty', value: empty.ms[what] }, ...(touched(what) && { note: touched(what).slice(2) }) });
		return [
			{ id: `growth_${id}`, what: `${on}messages taken (SMPP), as a share of the empty store's, in turn`, value: r.ratio, unit: '×', digits: 3, better: 'more', aim: 0.85,
				limit: BY_AGE, peer: none('the figure is itself a ratio, to the empty store'),
				note: `${whole(r.per_second)}/s, ${whole(empty.per_second)}/s when empty; ${whole(r.cpu_us)} µs of processor, ${whole(empty.cpu_us)} when empty${touched('message')}; ${whole(r.bytes)} bytes more a ticket` },
			page('new', 'inbox page, new ones'), page('newest', 'inbox page, all'), page('counts', 'the numbers beside the views'),
			page('common', 'search, common words'), page('one', 'search, one ticket'), page('nowhere', 'search, what is nowhere'), page('report', 'report of a year by department'),
		];
	}),
};
