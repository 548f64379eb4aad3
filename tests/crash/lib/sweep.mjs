// Failures in turn: the n-th call of each kind fails while the whole crowd talks. What is right then is said beside each.
import { chance } from './kills.mjs';
import { pause } from './city.mjs';
import { slack } from '../../scenario/lib/gateway.mjs';

// [point, action, how far n may go, what may end the process: null, nothing; else what its last words must match]
const DISK = /could not put on disk what it was given: stopping/;
export const sweeps = [
	['RECV', 'ECONNRESET', 200, null], ['RECV', 'EINTR', 200, null], ['RECV', 'short', 200, null],
	['SEND', 'EPIPE', 200, null], ['SEND', 'ECONNRESET', 200, null], ['SEND', 'EAGAIN', 200, null], ['SEND', 'EINTR', 200, null], ['SEND', 'short', 200, null],
	['ACCEPT', 'ECONNABORTED', 4, null], ['ACCEPT', 'EINTR', 4, null], ['ACCEPT', 'EMFILE', 4, null], ['ACCEPT', 'ENFILE', 4, null],
	['CONNECT', 'ECONNREFUSED', 4, null], ['CONNECT', 'ENETUNREACH', 4, null], ['CONNECT', 'ETIMEDOUT', 4, null],
	['SOCKET', 'EMFILE', 4, null], ['SOCKET', 'ENOBUFS', 4, null],
	['WAL_WRITE', 'ENOSPC', 200, null], ['WAL_WRITE', 'EIO', 200, null], ['WAL_WRITE', 'EINTR', 200, null], ['WAL_WRITE', 'short', 200, null],
	['WAL_SYNC', 'EIO', 40, DISK], ['WAL_SYNC', 'ENOSPC', 40, DISK],
	['DB_WRITE', 'ENOSPC', 200, null], ['DB_WRITE', 'EIO', 200, null], ['DB_WRITE', 'short', 200, null], ['DB_SYNC', 'EIO', 10, DISK],
	['SHM_MAP', 'ENOMEM', 1, null], ['DB_READ', 'EIO', 10, null],
	['FILE_OPEN', 'EMFILE', 10, null], ['FILE_OPEN', 'EACCES', 10, null], ['FILE_OPEN', 'ENOSPC', 10, null],
	['BLOB_WRITE', 'ENOSPC', 10, null], ['BLOB_WRITE', 'EIO', 10, null], ['BLOB_WRITE', 'EINTR', 10, null], ['BLOB_WRITE', 'short', 10, null],
	['BLOB_SYNC', 'EIO', 20, DISK], ['BLOB_SYNC', 'ENOSPC', 20, DISK], ['RENAME', 'EIO', 10, null],
	['MALLOC', 'ENOMEM', 30000, /out of memory|memory allocation|failed to allocate/],
];

// How long such a call may let one wait, ms: a log is moved into its file when it is long enough, and grows for the first time once.
const late = { DB_WRITE: 30000, DB_SYNC: 30000, SHM_MAP: Math.min(40000 * slack, 100000) };

// A process may end by exit or by abort() with words; by SIGSEGV and the like it may not.
export function wrongEnd(end, words, log) {
	if (!words) return `ended: ${JSON.stringify(end)}`;
	if (!words.test(log)) return `ended without its words: ${JSON.stringify(end)}`;
	return end.signal && end.signal !== 'SIGABRT' && end.signal !== 'SIGTRAP' ? `ended by ${end.signal}` : null;
}

// Fails the call `times` times over, each time another one; { fired, ended, wrong }.
export async function sweep(c, [point, action, reach, words], times, seed, channel = 'web') {
	const random = chance(seed), figures = { fired: 0, ended: 0, wrong: [] };
	for (let k = 0; k < times; k++) {
		if (point === 'SHM_MAP') { await c.g.kill(); await c.again(); } // only a log that grows for the first time needs more of its index
		const n = times === 1 ? 1 + Math.floor(random() * Math.min(3, reach)) : Math.ceil(reach ** random());
		c.faults.arm(point, action, n);
		let end = null;
		for (const by = Date.now() + (late[point] ?? 3000); !end && !c.faults.fired(point) && Date.now() < by;) end = await Promise.race([c.g.ended, pause(10).then(() => null)]);
		const hit = c.faults.fired(point);
		// A sync that failed must end it; of the others a moment shows whether it lives.
		end ??= await Promise.race([c.g.ended, pause(hit && words && point !== 'MALLOC' ? 8000 : 30).then(() => null)]);
		c.faults.heal();
		figures.fired += hit ? 1 : 0;
		if (!end && hit && words && point !== 'MALLOC') figures.wrong.push(`${point} ${action} ${n}: it went on`);
		// Memory that was refused may be missed late: then serving shows it.
		if (!end && k === times - 1) end = await Promise.race([c.g.ended, c.serves([channel]).then(() => null)]);
		if (!end) continue;
		figures.ended++;
		await pause(30); // its last words are on their way
		const wrong = wrongEnd(end, words, c.g.log);
		if (wrong) figures.wrong.push(`${point} ${action} ${n}: ${wrong}\n${c.g.log.slice(-6000)}`);
		await c.again();
		await c.serves([channel]);
	}
	return figures;
}
