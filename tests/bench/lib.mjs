// What the measurements share: gateways and generators that are gone when this program is, folders, and figures of a process.
import { spawn, execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Gateway, binary, root, until } from '../scenario/lib/gateway.mjs';

export const option = (name) => { const at = process.argv.indexOf(name); return at < 0 ? undefined : process.argv[at + 1]; };
export const quick = process.argv.includes('--quick');
export const size = quick ? 10 : 1; // everything is this many times shorter
export const bench = (name) => join(root, 'build/release', name);
export const note = (words) => process.stderr.write(`${words}\n`);

process.env.PGOPTIONS ??= '-c client_min_messages=warning'; // what was not there need not be told when it is dropped
// A PostgreSQL as an operator would set it with some gigabytes of memory; it syncs, and its checkpoints come by time.
export const SERVER = ['shared_buffers=1GB', 'max_wal_size=4GB', 'checkpoint_timeout=15min', 'max_connections=100', 'random_page_cost=1.1'];

export const median = (v) => [...v].sort((a, b) => a - b)[v.length >> 1];
// The median of one key over a subject's rounds.
export const of = (rounds, key) => median(rounds.map((r) => r[key]));

// Nothing outlives this program, however it ends. Folders are removed last: a file system that has just deleted ten thousand
// files is slow at making new ones.
const running = [], folders = [];
process.on('exit', () => {
	for (const c of running) if (c.exitCode === null && !c.signalCode) c.kill('SIGKILL');
	for (const f of folders) rmSync(f, { recursive: true, force: true });
});
for (const s of ['SIGINT', 'SIGTERM']) process.on(s, () => process.exit(1));
export const own = (child) => { running.push(child); return child; };
export const ownFolder = (dir) => { folders.push(dir); return dir; };
export const folder = () => ownFolder(mkdtempSync(join(tmpdir(), 'xq-bench-')));

export async function startGateway(channels = {}, settings = {}) {
	const gateway = await Gateway.start({ channels, settings, dir: folder() });
	own(gateway.child);
	return gateway;
}

// A generator: its lines, and a promise of the JSON of its last one.
export const load = (name, ...args) => loadFor(180000, name, ...args);
export function loadFor(ms, name, ...args) {
	const child = own(spawn(bench(name), args.map(String), { stdio: ['pipe', 'pipe', 'inherit'] }));
	const g = { child, out: '' };
	child.stdout.on('data', (d) => { g.out += d; });
	g.result = new Promise((done, fail) => {
		const late = setTimeout(() => { child.kill('SIGKILL'); fail(new Error(`${name} did not end in time`)); }, ms);
		child.on('exit', () => {
			clearTimeout(late);
			const last = g.out.trim().split('\n').pop();
			try { done(JSON.parse(last)); } catch { fail(new Error(`${name} said: ${g.out}`)); }
		});
	});
	g.result.catch(() => {});
	return g;
}

// A program that measures by itself and prints lines of JSON.
export const measured = (name, ...args) => execFileSync(bench(name), args.map(String), { encoding: 'utf8' }).trim().split('\n').map((l) => JSON.parse(l));

export async function firstLine(g) {
	await until('the generator', () => g.out.includes('\n'));
	return g.out.split('\n')[0].split(' ').map(Number);
}

// Ends what start() began in the opposite order, by force after five seconds.
export async function endAll(children, signal = 'SIGTERM') {
	const ended = children.map((c) => new Promise((done) => { if (c.exitCode !== null || c.signalCode) done(); else c.on('exit', done); }));
	for (const c of [...children].reverse()) c.kill(signal);
	const hard = setTimeout(() => { for (const c of children) c.kill('SIGKILL'); }, 5000);
	await Promise.all(ended);
	clearTimeout(hard);
}

// Resident memory (MB) and processor time (ms) so far, of one process.
export function usage(pid) {
	const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
	return { rss, cpu: (Number(stat[11]) + Number(stat[12])) * 10 };
}

// The most memory (MB) a process had so far.
export const peak = (pid) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

// What the command line finds in the store when the gateway is gone.
export function ticketsStored(gateway) {
	const list = join(gateway.dir, 'tickets.jsonl'), fd = openSync(list, 'w');
	execFileSync(binary, ['--config', gateway.conf, '--json', 'ticket', 'list', '--limit', '100000'], { stdio: ['ignore', fd, 'inherit'] });
	closeSync(fd);
	return readFileSync(list, 'utf8').split('\n').length - 1;
}
