// Kills three gateways over one PostgreSQL at random, one or two at a time, under load on all channels, and asks from outside: is
// everything that was acknowledged there, is anything there twice or out of order, was any answer sent twice, is a row of the
// outbox left with a dead node? XQ_KILLS sets how often (10, with a sanitizer 6), XQ_SEED which (another each time).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { nodeKills } from './lib/kills.mjs';
import { variant } from '../scenario/lib/gateway.mjs';
import { Postgres } from '../scenario/lib/postgres.mjs';

const count = Number(process.env.XQ_KILLS || (variant === 'release' ? 10 : 6)), seed = Number(process.env.XQ_SEED || Date.now() % 1e9);
let pg;
before(async () => { pg = await Postgres.start(); });
after(async () => { await pg.stop(); });

test(`${count} nodes killed under load lose nothing and double nothing (seed ${seed})`, { timeout: 10 * 60 * 1000 + count * 20000 }, async () => {
	const { wrong, end, ...figures } = await nodeKills(count, seed, pg, console.log);
	console.log(JSON.stringify({ kills: count, seed, wrong: wrong.length, ...figures }));
	assert.deepEqual(wrong, []);
	assert.deepEqual(end, Array(3).fill({ code: 0, signal: null }));
	assert.ok(figures.acknowledged > 4 * count, 'the load was real');
});
