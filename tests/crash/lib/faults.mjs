// The test's side of tests/faults/faults.h: a table in a file that the gateway maps.
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { root, variant } from '../../scenario/lib/gateway.mjs';

const SIZE = 4096, FIRST = 64, EACH = 64;
const header = readFileSync(join(root, 'tests/faults/faults.h'), 'utf8');
export const points = [...header.match(/#define FAULT_POINTS\(X\)([^]*?)\n\n/)[1].matchAll(/X\((\w+)\)/g)].map((m) => m[1]);
const actions = ['none', 'kill before', 'kill after', 'fail', 'short'];
export const errors = { EINTR: 4, EIO: 5, ENOMEM: 12, EACCES: 13, ENFILE: 23, EMFILE: 24, ENOSPC: 28, EROFS: 30, EPIPE: 32, ENOBUFS: 105, ECONNRESET: 104, ETIMEDOUT: 110,
	ECONNREFUSED: 111, ENETUNREACH: 101, ECONNABORTED: 103, EAGAIN: 11 };
export const library = process.env.XQ_FAULTS_LIBRARY || join(root, 'build', 'release', 'faults.so');
const sanitizer = { asan: 'libasan.so', tsan: 'libtsan.so' }[variant];

export class Faults {
	constructor(path) {
		if (!existsSync(library)) throw new Error(`${library} is not there: make suites`);
		this.path = path;
		this.fd = openSync(path, 'w+');
		writeSync(this.fd, Buffer.alloc(SIZE), 0, SIZE, 0);
		// A sanitizer insists on coming first. Allocation is its own then.
		const first = sanitizer ? `${execFileSync('gcc', [`-print-file-name=${sanitizer}`], { encoding: 'utf8' }).trim()}:` : '';
		this.env = { ...process.env, LD_PRELOAD: first + library, XQ_FAULTS: path };
	}

	put(at, v) { const b = Buffer.alloc(8); b.writeBigInt64LE(BigInt(v)); writeSync(this.fd, b, 0, 8, at); }
	get(at) { const b = Buffer.alloc(8); readSync(this.fd, b, 0, 8, at); return Number(b.readBigInt64LE()); }
	at(point) { const i = points.indexOf(point); if (i < 0) throw new Error(`no point ${point}`); return FIRST + i * EACH; }

	// From now on the from-th to the to-th call of `point` meets `action`: 'kill before', 'kill after', 'short', or an errno's name.
	arm(point, action, from = 1, to = from) {
		const at = this.at(point), known = actions.indexOf(action);
		this.put(at + 32, 0);
		for (const [i, v] of [[1, 0], [2, from], [3, to], [5, known < 0 ? errors[action] : 0], [6, 0]]) this.put(at + 8 * i, v);
		this.put(at + 32, known < 0 ? actions.indexOf('fail') : known);
	}

	heal() { for (const p of points) this.put(this.at(p) + 32, 0); this.put(8, 0); }
	clock(ms) { this.put(0, ms); }
	names(ms) { this.put(8, ms); }
	trace(on = true) { this.put(16, on ? 1 : 0); }
	fired(point) { return this.get(this.at(point) + 48); }
	calls(point) { return this.get(this.at(point)); }
	close() { closeSync(this.fd); }
}
