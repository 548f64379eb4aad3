// What the replays share: texts from a file, work in parallel, and how far two texts are the same.
import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

// JSON lines with "text", .gz too. A file that is not there is said and ends the program.
export async function readTexts(file, limit = Infinity) {
	if (!existsSync(file)) {
		console.error(`replay: ${file} is not there. The messages are not part of the repository: name a file of JSON lines with a "text" each.`);
		process.exit(2);
	}
	const input = createReadStream(file), texts = [];
	for await (const line of createInterface({ input: file.endsWith('.gz') ? input.pipe(createGunzip()) : input })) {
		if (line.trim() && texts.length < limit) texts.push(JSON.parse(line).text);
	}
	return texts;
}

export async function pool(n, items, work) {
	let at = 0;
	await Promise.all(Array.from({ length: n }, async () => { while (at < items.length) { const i = at++; await work(items[i], i); } }));
}

// Bytes from the first difference on; 0: equal.
export function bytesThatDiffer(a, b) {
	const x = Buffer.from(a), y = Buffer.from(b);
	if (x.equals(y)) return 0;
	let same = 0;
	while (same < x.length && same < y.length && x[same] === y[same]) same++;
	return Math.max(x.length, y.length) - same;
}
