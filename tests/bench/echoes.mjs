// The chat's limit and its peer, under the very load the chat is put under: libwebsockets that only sends back what it
// gets, and npm ws that does the same. Both store nothing and tell nobody.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, until } from '../scenario/lib/gateway.mjs';
import { bench, endAll, load, own, usage } from './lib.mjs';

const KINDS = {
	lws: { what: 'bare libwebsockets echo', command: [bench('lws_echo')] },
	ws: { what: 'npm ws echo', command: [process.execPath, join(root, 'tests/bench/echo.mjs')] },
};

async function start(kind, at = 0) {
	const [program, ...args] = KINDS[kind].command;
	const child = own(spawn(program, [...args, at].map(String), { stdio: ['ignore', 'pipe', 'inherit'] }));
	let out = '';
	child.stdout.on('data', (d) => { out += d; });
	const port = Number(await until('the echo', () => /\d+\n/.exec(out)?.[0]));
	return { child, port, end: () => endAll([child], 'SIGKILL') };
}

// `measure` with each of them, one after the other; it gets { port, pid, again } where again() is its end and a new one
// on the same port.
export async function echoes(measure) {
	const r = {};
	for (const kind of Object.keys(KINDS)) {
		let echo = await start(kind);
		const { port } = echo;
		try {
			r[kind] = await measure({ port, pid: echo.child.pid, again: async () => {
				await echo.end();
				echo = await start(kind, port);
			} });
		} finally {
			await echo.end();
		}
	}
	return r;
}

// So many clients and messages, by the generator of the chat.
export const echoed = (...args) => echoes(async ({ port, pid }) => {
	const r = await load('chat_load', '--port', port, ...args, '--echo', 1).result;
	return { ...r, rss: usage(pid).rss };
});

// A row's limit and peer, of one of the figures.
export const besideEchoes = (r, key, digits) => ({ limit: { what: KINDS.lws.what, value: r.lws[key], digits },
	peer: { what: KINDS.ws.what, value: r.ws[key], digits } });
