// What this machine can do at all, measured in the same rounds as the rest; what it can do at most with a chat is measured beside the chats.
import { join } from 'node:path';
import { itself } from '../beside.mjs';
import { folder, measured, of, size } from '../lib.mjs';

export default {
	name: 'limits',
	round: () => ({ ...measured('sqlite_rows', '--file', join(folder(), 'rows.db'), '--count', 100000 / size)[0], ...measured('memcpy_rate')[0] }),
	rows: ({ rounds }) => [
		{ id: 'fdatasync', what: 'fdatasync of this disk, 4 KB each', value: of(rounds, 'fdatasyncs_per_second'), unit: '/s', ...itself },
		{ id: 'fdatasync_1mb', what: 'fdatasync of 1 MB', value: of(rounds, 'megabyte_syncs_per_second'), unit: '/s', ...itself },
		{ id: 'sqlite', what: 'plain SQLite: the same text, three rows a message in batches of 256', value: of(rounds, 'per_second'), unit: '/s', ...itself },
		{ id: 'memcpy', what: 'memcpy from memory to memory', value: of(rounds, 'memcpy_bytes_per_second') / 1e6,
			unit: 'MB/s', ...itself },
		{ id: 'memcpy_cached', what: 'memcpy of 4 KB that are in the cache', value: of(rounds, 'memcpy_cached_bytes_per_second') / 1e6,
			unit: 'MB/s', ...itself },
	],
};
