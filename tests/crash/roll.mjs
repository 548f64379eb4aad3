// Another version's nodes under load on all channels, replaced by this version's one after the other: what the older ones took is
// there, what both wrote side by side is there once and in order, nobody was turned away. XQ_OLD names the other version's tree, built.
// Not a .test: whoever changes the schema, or publishes, runs it (tests/crash/run roll).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { City, pause } from './lib/city.mjs';
import { binary, root } from '../scenario/lib/gateway.mjs';
import { Postgres } from '../scenario/lib/postgres.mjs';

const old = process.env.XQ_OLD, seconds = Number(process.env.XQ_ROLL_SECONDS || 5);
let pg;
before(async () => { pg = await Postgres.start(); });
after(async () => { await pg.stop(); });

test(`three nodes of ${old} are replaced one after the other under load`, { timeout: 10 * 60 * 1000 }, async () => {
	const c = await City.start({ pg, of: 3, program: join(old, 'build/release/xinqiao'), settings: { tables: join(old, 'config'), templates: join(old, 'templates') } });
	const schema = () => Number(pg.sql('SELECT max(version) FROM schema_version', 'n1'));
	await c.serves();
	const first = schema();
	for (const [i, g] of c.all.entries()) {
		const at = await c.counts();
		assert.deepEqual(await g.stop(), { code: 0, signal: null });
		console.log(`node ${i + 1} of the older version said: ${JSON.stringify((g.log.match(/^\S+ +(error|warn) .*$/gm) || []).filter((l) => !/channel (up|down)/.test(l)))}`);
		writeFileSync(g.conf, readFileSync(g.conf, 'utf8').replaceAll(old, root));
		g.program = binary;
		await g.up();
		await c.serves();
		await pause(seconds * 1000); // both versions write
		await c.serves();
		console.log(`${i + 1} of 3 replaced, schema ${first} to ${schema()}: ${JSON.stringify(at)} to ${JSON.stringify(await c.counts())}`);
	}
	const { wrong, end, ...figures } = await c.verdict();
	const ill = c.all.flatMap((g) => g.log.match(/^.* error .*$/gm) || []);
	console.log(JSON.stringify({ from: first, wrong: wrong.length, ...figures }));
	assert.deepEqual(wrong, []);
	assert.deepEqual(ill, [], 'the new ones had nothing to complain of');
	assert.deepEqual(end, Array(3).fill({ code: 0, signal: null }));
});
