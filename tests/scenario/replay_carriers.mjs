// Feeds a file of real messages through each of the four carriers' protocols, both ways, against xq-sim: every message from a
// handset of its own, and every tenth answered with its own words.   tests/scenario/replay --carriers FILE… [--limit=N]
import { basename } from 'node:path';
import { Carrier } from './lib/carrier.mjs';
import { Gateway, freePort, until } from './lib/gateway.mjs';
import { bytesThatDiffer, pool, readTexts } from './lib/replay.mjs';

const ANSWERED = 10, HOUR = 3600000;
const phone = (i) => `139${String(i).padStart(8, '0')}`;
const verbose = (...words) => { if (process.env.XQ_VERBOSE) console.error(...words); };

async function start(dialect) {
	const common = { type: dialect, host: '127.0.0.1', number: '12345', window: 32, pace: 0 }, listen = await freePort();
	const of = { smpp: { system_id: 'xinqiao', password: 'secret' }, cmpp: { source_addr: '901234', secret: 'secret' }, smgp: { client_id: '10612345', secret: 'secret' },
		sgip: { login: 'xinqiao', password: 'secret', listen: `127.0.0.1:${listen}`, smg_login: 'smg', smg_password: 'secret', node_id: 3010092008, corp_id: 92008 } };
	const sim = await Carrier.start(dialect, ...(dialect === 'sgip' ? ['--sgip-to', `127.0.0.1:${listen}`] : []));
	const g = await Gateway.start({ channels: { sms: { ...common, port: sim.port, ...of[dialect] } } });
	g.token();
	await sim.linked();
	return { sim, g };
}

// What the tickets hold, by number.
async function ticketsBy(g) {
	const by = new Map();
	await pool(16, await g.tickets(), async (t) => by.set(t.peer, await g.ticket(t.number)));
	return by;
}

async function run(dialect, file, texts) {
	const { sim, g } = await start(dialect);
	await pool(32, texts, (text, i) => sim.send(phone(i), text));
	await until('the gateway to take all', async () => (await sim.stats()).queued === 0, HOUR);
	const sum = { taken: 0, kept: 0, differ: 0, twice: 0, came: 0, asked: 0, out: 0, outDiffer: 0 };
	const by = await ticketsBy(g);
	await pool(16, texts, async (text, i) => {
		const said = by.get(`+86${phone(i)}`)?.messages.filter((m) => m.from === 'citizen');
		if (!said) { verbose(dialect, i, 'in no ticket:', JSON.stringify(text)); return; }
		sum.kept++;
		sum.twice += said.length - 1;
		const n = bytesThatDiffer(said[0].text, text);
		sum.differ += n;
		if (n) verbose(dialect, i, 'differs:', JSON.stringify(text), JSON.stringify(said[0].text));
	});
	const answered = texts.map((text, i) => ({ text, i })).filter(({ text, i }) => i % ANSWERED === 0 && text.trim() && by.has(`+86${phone(i)}`));
	await pool(8, answered, async ({ text, i }) => {
		const r = await g.reply(by.get(`+86${phone(i)}`).number, text);
		if (r.status === 201) sum.asked++; else verbose(dialect, i, 'the answer was refused:', r.status, r.text);
	});
	for (let submits = -1, quiet = 0; quiet < 3;) { // until the outbox is empty: nothing went out for three seconds
		await new Promise((done) => setTimeout(done, 1000));
		const s = await sim.stats();
		quiet = s.submits === submits && s.queued === 0 ? quiet + 1 : 0;
		submits = s.submits;
	}
	await pool(16, texts, async (text, i) => {
		const all = await sim.messages(phone(i));
		if (all.some((m) => m.from === 'hotline')) sum.came++;
		if (all.some((m) => m.from === 'phone' && m.state === 'taken')) sum.taken++;
	});
	await pool(16, answered, async ({ text, i }) => {
		const all = (await sim.messages(phone(i))).filter((m) => m.from === 'hotline');
		const got = all.filter((m) => /^(【[^】]*】|\[[^\]]*\] ?)/.test(m.text) && m.text.replace(/^(【[^】]*】|\[[^\]]*\] ?)/, '').startsWith(`${text}\n`));
		const near = got.length ? null : all.at(-1)?.text || '';
		sum.out += got.length;
		if (near !== null) { sum.outDiffer += Buffer.byteLength(text); verbose(dialect, i, 'answered otherwise:', JSON.stringify(text), JSON.stringify(near)); }
	});
	console.log(`| ${basename(file)} | ${dialect} | ${texts.length} | ${sum.taken} | ${sum.kept} | ${sum.differ} | ${sum.twice} | ${sum.came} | ${sum.asked} | ${sum.out} | ${sum.outDiffer} |`);
	const end = await g.end();
	await sim.end();
	return sum.taken !== texts.length || sum.differ || sum.twice || sum.outDiffer || sum.out !== sum.asked || texts.length - sum.kept > texts.length / 1000 || end.code !== 0;
}

export async function replayCarriers(files, limit, dialects) {
	let failed = false;
	console.log('| file | protocol | sent | acknowledged | kept in tickets | bytes that differ | twice | our receipt came | answered | answers came whole | bytes that differ |\n|---|---|---|---|---|---|---|---|---|---|---|');
	for (const file of files) {
		const texts = await readTexts(file, limit);
		for (const dialect of dialects) failed = await run(dialect, file, texts) || failed;
	}
	return failed;
}
