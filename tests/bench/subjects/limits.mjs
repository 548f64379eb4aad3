// What this machine can do at all, measured in the same rounds as the rest.
import { join } from 'node:path';
import { folder, measured, of, size } from '../lib.mjs';

export default {
	name: 'limits',
	round: () => measured('sqlite_rows', '--file', join(folder(), 'rows.db'), '--count', 100000 / size)[0],
	rows: ({ rounds }) => [
		{ id: 'fdatasync', what: 'fdatasync of this disk', value: of(rounds, 'fdatasyncs_per_second'), unit: '/s' },
		{ id: 'sqlite', what: 'plain SQLite: the same text, three rows a message in batches of 256', value: of(rounds, 'per_second'), unit: '/s' },
	],
};
