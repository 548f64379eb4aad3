// What the bench reports: every figure beside its limit and its peer, or the word why not; what is not there is said.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fault, itself, missing, none, onDisk } from '../bench/beside.mjs';
import { compared, page, table } from '../bench/report.mjs';

const limits = (syncs, rows) => ({ limits: { rounds: [{ fdatasyncs_per_second: syncs, per_second: rows }] } });
const mail = { subject: 'mail', id: 'mail', what: 'mails', value: 500, unit: '/s', better: 'more',
	limit: { what: 'plain SQLite', value: 2000 } };
const report = (...rows) => ({ at: '2026-11-30T00:00:00Z', processors: 2, processor: 'one', rounds: 1,
	failed: [], faults: [], ...compared(rows) });

test('both ratios stand in the table, in the page and in the JSON', () => {
	const r = report({ ...mail, peer: { what: 'Request Tracker 5', value: 5 } });
	const limit = '× 0.25 of 2,000 (plain SQLite)', peer = '× 100 of 5 (Request Tracker 5)';
	assert.ok(table(r).includes(`| mails | 500/s | ${limit} | ${peer} |`));
	assert.ok(page(r).includes(limit) && page(r).includes(peer));
	assert.deepEqual([r.rows[0].limit.ratio, r.rows[0].peer.ratio], [0.25, 100]);
});

test('a peer that is not installed is told, with what is not compared', () => {
	const r = report({ ...mail, peer: missing('Request Tracker 5') });
	assert.match(table(r), /^\| peer missing: Request Tracker 5 \|.*not compared: mail \|$/m);
	assert.match(page(r), /peer missing: Request Tracker 5\. Not compared: mail\./);
	assert.deepEqual(r.missing, [{ what: 'peer missing: Request Tracker 5', rows: ['mail'] }]);
});

test('a row says why it has no limit or no peer, and one that does not is a fault', () => {
	const why = { ...mail, peer: none('nothing else does it') };
	assert.equal(fault(why), '');
	assert.match(table(report(why)), /none: nothing else does it/);
	assert.equal(fault({ ...mail, ...itself }), '');
	assert.match(fault(mail), /mail has no peer/);
	assert.match(fault({ ...mail, limit: undefined, peer: none('x') }), /mail has no limit/);
	assert.match(fault({ ...mail, limit: { what: 'plain SQLite', value: NaN }, peer: none('x') }), /mail has no limit/);
});

test('what is acknowledged from disk is bound by SQLite or by the syncs, whichever is less', () => {
	assert.deepEqual(onDisk(limits(4000, 90000), 100), { what: 'plain SQLite', value: 90000, digits: 0 });
	assert.equal(onDisk(limits(200, 90000), 100).value, 20000);
	assert.equal(onDisk(limits(200, 90000), Infinity).value, 90000);
	assert.deepEqual(onDisk({}, 100), { missing: 'plain SQLite' });
});
