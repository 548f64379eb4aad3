// Kills the gateway at every named point between receive and acknowledge, claim and sent, and at random moments, under load on
// all channels, and asks from outside: is everything that was acknowledged there, is anything there twice or out of order, was
// any answer sent twice, does it serve again by itself? XQ_KILLS sets how often (50, with a sanitizer 20), XQ_SEED which (another each time).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kills } from './lib/kills.mjs';
import { variant } from '../scenario/lib/gateway.mjs';

const count = Number(process.env.XQ_KILLS || (variant === 'release' ? 50 : 20)), seed = Number(process.env.XQ_SEED || Date.now() % 1e9);

test(`${count} kills under load lose nothing and double nothing (seed ${seed})`, { timeout: 20 * 60 * 1000 + count * 20000 }, async () => {
	const { wrong, end, hits, ...figures } = await kills(count, seed, console.log);
	console.log(JSON.stringify({ kills: count, seed, wrong: wrong.length, ...figures }));
	for (const [point, times] of Object.entries(hits).sort()) console.log(`  ${String(times).padStart(4)}  ${point}`);
	assert.deepEqual(wrong, []);
	assert.deepEqual(end, Array(2).fill({ code: 0, signal: null }));
	assert.ok(figures.acknowledged > 4 * count, 'the load was real');
	assert.ok(Object.keys(hits).length > 1 && (count < 50 || Object.keys(hits).length > 20), 'the points were reached');
});
