// Measures the gateway and, in the same minutes on the same machine, what it is compared with. Each file in subjects/ is one
// thing to measure:
//
//   name     what --only calls it
//   round()  measured once a round, in turn with the others', so that a slow minute meets all of them; resolves to figures
//   once()   measured once, after the rounds
//   rows({ rounds, once }, all)   what the report says of it:
//            { id, what, value, unit, digits?, better: 'more' | 'less', limit: { what, value, digits? } | none('why') | missing('what'),
//              peer: the same, aim?, note? }
//            limit: what this machine can do at all, peer: another program at the same work (beside.mjs). A row without either, or the
//            word why not, is an error of the bench.
//
// The limits are measured in every run, whatever --only says. Everything runs on 127.0.0.1 in folders of its own. A subject that
// fails is said and counted; the others are still measured.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { root } from '../scenario/lib/gateway.mjs';
import { fault } from './beside.mjs';
import { note, option, quick } from './lib.mjs';
import { compared, page, table } from './report.mjs';

const rounds = quick ? 1 : Number(option('--rounds')) || 3;
const only = option('--only')?.split(',');
const files = readdirSync(join(import.meta.dirname, 'subjects')).sort();
const every = (await Promise.all(files.map((f) => import(`./subjects/${f}`)))).map((m) => m.default), names = every.map((s) => s.name);
const subjects = every.filter((s) => !only || s.name === 'limits' || only.includes(s.name));
if (only?.some((name) => !names.includes(name))) {
	note(`one of these is not called so: ${only}; there are: ${names.join(', ')}`);
	process.exit(2);
}

const all = {}, failed = [];
const attempt = async (subject, what) => {
	if (!subject[what] || failed.includes(subject.name)) return;
	try {
		const r = await subject[what]();
		if (what === 'once') all[subject.name].once = r;
		else all[subject.name].rounds.push(r);
	} catch (e) {
		failed.push(subject.name);
		note(`${subject.name} could not be measured: ${e.stack}`);
	}
};

for (const s of subjects) all[s.name] = { rounds: [] };
for (let i = 0; i < rounds; i++) {
	note(`round ${i + 1} of ${rounds}`);
	for (const s of subjects) await attempt(s, 'round');
}
for (const s of subjects) {
	note(s.name);
	await attempt(s, 'once');
}
for (const name of failed) delete all[name];

const rows = subjects.filter((s) => all[s.name]).flatMap((s) => s.rows(all[s.name], all).map((r) => ({ subject: s.name, ...r })));
const faults = rows.map(fault).filter(Boolean);
for (const words of faults) note(words);
const report = { at: new Date().toISOString(), processors: cpus().length, processor: cpus()[0].model, rounds, failed, faults,
	...compared(rows.filter((r) => !fault(r))), figures: all };
mkdirSync(join(root, 'build'), { recursive: true });
writeFileSync(join(root, 'build/bench.json'), `${JSON.stringify(report, null, '\t')}\n`);
writeFileSync(join(root, 'build/bench.html'), page(report));
console.log(table(report));
console.log(`\n${report.processors} processors (${report.processor}); medians of ${rounds}. The page: build/bench.html; all of it: build/bench.json`);
process.exit(failed.length + faults.length ? 1 : 0); // with what a failed measurement left running
