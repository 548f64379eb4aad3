// A part of a test in a process of its own, so that what it does takes no turn of anybody else's loop: serve() in the part's file
// names what it can be asked for, apart() starts it and asks.
import { fork } from 'node:child_process';

// For who in life has machines of his own: he gets what others leave of a processor, and is taken off it the moment one of them is
// woken.
export const idle = ['chrt', '--idle', '0'];

export async function apart(url, { under = [] } = {}) {
	const [execPath, ...execArgv] = [...under, process.execPath];
	const child = fork(url, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execPath, execArgv });
	const asked = new Map();
	let n = 0;
	const part = {
		child,
		ask: (what, arg) => new Promise((done, fail) => { asked.set(++n, { done, fail }); child.send({ n, what, arg }); }),
		end: () => new Promise((done) => { if (child.exitCode !== null || child.signalCode) done(); else { child.once('exit', done); child.kill('SIGKILL'); } }),
	};
	child.on('message', ({ n: of, answer, fault }) => {
		const a = asked.get(of);
		asked.delete(of);
		if (fault) a.fail(new Error(fault)); else a.done(answer);
	});
	child.on('exit', (code, signal) => { for (const a of asked.values()) a.fail(new Error(`${url} ended: ${code ?? signal}`)); asked.clear(); });
	return part;
}

export function serve(table) {
	process.on('message', async ({ n, what, arg }) => {
		try { process.send({ n, answer: await table[what](arg) ?? null }); } catch (e) { process.send({ n, fault: e.stack || String(e) }); }
	});
	process.on('disconnect', () => process.exit(0));
}

export const pause = (ms) => new Promise((r) => setTimeout(r, ms));
