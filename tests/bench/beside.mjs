// What a figure stands beside: a limit of the machine, of which it is a share, and a peer, which does the same work
// another way. A row names both, or says why it has none: nothing is left out in silence.
import { of } from './lib.mjs';

export const none = (because) => ({ none: because }); // there is no such thing for this figure
export const missing = (what) => ({ missing: what }); // there is, but not on this machine
// A row that is itself what others are measured beside.
export const itself = { limit: none('it is a limit itself'), peer: none('it is a limit itself') };

// From what was measured of the machine in the same rounds, in the row's unit.
const limit = (all, key, what, f = (v) => v, digits = 0) =>
	(all.limits ? { what, value: f(of(all.limits.rounds, key)), digits } : missing(what));
// Each acknowledged when it is on disk, so many waiting at most: no more of them a second than plain SQLite writes, nor
// than that many a sync.
export function onDisk(all, atOnce) {
	const rows = limit(all, 'per_second', 'plain SQLite');
	const syncs = limit(all, 'fdatasyncs_per_second', `fdatasync, ${atOnce} waiting for each`, (v) => v * atOnce);
	return syncs.value < rows.value ? syncs : rows;
}
export const rowsOnDisk = (all) => limit(all, 'per_second', 'plain SQLite, rows', (v) => v * 3);
export const megabyteOnDisk = (all) => limit(all, 'megabyte_syncs_per_second', 'fdatasync of 1 MB');
// Who waits for the disk waits for one sync at least, ms.
export const oneSync = (all) => limit(all, 'fdatasyncs_per_second', 'one fdatasync', (v) => 1000 / v, 2);
// Processor time of one message, µs: what plain SQLite takes for it by the clock.
export const oneInSqlite = (all) => limit(all, 'per_second', 'plain SQLite, by the clock', (v) => 1e6 / v, 1);
// Pieces of so many bytes a second that lie in the cache; megabytes a second that do not.
export const copied = (all, bytes) =>
	limit(all, 'memcpy_cached_bytes_per_second', 'memcpy of as many bytes', (v) => v / bytes);
export const copiedMegabytes = (all) => limit(all, 'memcpy_bytes_per_second', 'memcpy', (v) => v / 1e6);

const said = (b) => typeof b?.none === 'string' || typeof b?.missing === 'string';
const beside = (b) => said(b) || (typeof b?.what === 'string' && Number.isFinite(b.value) && b.value > 0);
// What is wrong with a row, in words; '' when nothing is.
export function fault(row) {
	if (!Number.isFinite(row.value)) return `${row.id} has no value`;
	return ['limit', 'peer'].filter((kind) => !beside(row[kind]))
		.map((kind) => `${row.id} has no ${kind} and does not say why`).join('; ');
}
