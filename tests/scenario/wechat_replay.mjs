#!/usr/bin/env node
// Feeds a file of real messages (JSON lines with "text") through WeChat's safe mode, each from a citizen of its own and sealed by
// npm wechat-crypto, and compares what the tickets hold with what was sent, byte for byte.
//   node tests/scenario/wechat_replay.mjs FILE [--limit=N]
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { basename } from 'node:path';
import { Gateway } from './lib/gateway.mjs';
import { Platform } from './lib/wechat.mjs';

const [file, more = ''] = process.argv.slice(2);
if (!file) { console.error('usage: node tests/scenario/wechat_replay.mjs FILE [--limit=N]'); process.exit(2); }
if (!existsSync(file)) { console.log(`no replay: ${file} is not there; it is not part of the repository`); process.exit(0); }
const bytes = readFileSync(file), lines = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n').filter((l) => l.trim());
const texts = lines.slice(0, Number(more.split('=')[1]) || lines.length).map((l) => JSON.parse(l).text);
const p = await Platform.start();
const g = await Gateway.start({ channels: { wechat: p.channel() } });
p.enforce = false;
let success = 0, at = 0;
await Promise.all(Array.from({ length: 32 }, async () => {
	while (at < texts.length) {
		const i = at++;
		const answers = await p.push(`${g.url}/wechat`, p.fields(`oReplay_${i}`, { MsgType: 'text', Content: texts[i], MsgId: 1000000 + i }));
		if (answers.at(-1)?.text === 'success') success++;
	}
}));
const held = new Map();
for (const t of await g.tickets()) held.set(t.peer, (await g.ticket(t.number)).messages.filter((m) => m.from === 'citizen').map((m) => m.text));
let kept = 0, differing = 0, twice = 0;
texts.forEach((text, i) => {
	const said = held.get(`oReplay_${i}`);
	if (!said) return;
	kept++;
	twice += said.length - 1;
	const a = Buffer.from(said[0]), b = Buffer.from(text);
	if (!a.equals(b)) differing += Math.max(a.length, b.length) - [...a.keys()].findIndex((k) => a[k] !== b[k]);
});
console.log('| file | channel | sent | acknowledged | kept in tickets | bytes that differ | twice |\n|---|---|---|---|---|---|---|');
console.log(`| ${basename(file)} | wechat, safe mode | ${texts.length} | ${success} | ${kept} | ${differing} | ${twice} |`);
await g.end();
await p.end();
process.exit(differing || twice || success !== texts.length ? 1 : 0);
