// Reports and searches over the tickets of a year, a million of them.
import { none } from '../beside.mjs';
import { folder, measured, size } from '../lib.mjs';

const NOTHING = { limit: none('bound by the processor: it has an aim'), peer: none('nothing else here holds these tickets') };

export default {
	name: 'reports',
	once: () => Object.fromEntries(measured('report_bench', 1000000 / size, folder()).map((l) => [l.what, l])),
	rows: ({ once }) => [
		...[['rates of a year, departments', 1000], ['rates of a year, days', 1000], ['tickets: poor, a year', 1000], ['rising words of 7 days', 3000],
			['search: common words', 1000], ['search: nowhere', 1000]].map(([what, aim]) => ({ id: what.replace(/\W+/g, '_'),
			what: `a million tickets: ${what}`, value: once[what].ms, unit: 'ms', digits: 1, better: 'less', aim, ...NOTHING })),
		{ id: 'reports_followed', what: 'reports kept up: events followed', value: once['events followed'].rows / once['events followed'].ms * 1000, unit: '/s', better: 'more', ...NOTHING },
	],
};
