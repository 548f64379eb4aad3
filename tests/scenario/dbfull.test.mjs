// PostgreSQL's disk is full: its tables cannot grow, then its log. Every channel is pushed back, nothing acknowledged is lost,
// and all goes on by itself when there is room again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chat } from './lib/chat.mjs';
import { freePort, slack, until } from './lib/gateway.mjs';
import { SmtpSink, lmtp, mail } from './lib/mail.mjs';
import { Load, Sender, endAll, nodes } from './lib/nodes.mjs';
import { Postgres } from './lib/postgres.mjs';
import { Smsc } from './lib/smsc.mjs';

let pg, smsc, sink, all, lmtpPort;

before(async () => {
	pg = await Postgres.start({ fillable: true });
	[smsc, sink, lmtpPort] = [await Smsc.start(), await SmtpSink.start(), await freePort()];
});
after(async () => {
	await smsc.close();
	await sink.close();
	await pg.stop();
});

const ready = async () => (await fetch(`${all[0].url}/readyz`)).status;
// One of each channel. Their texts begin with `who`.
function senders(who, chat) {
	const list = [
		new Sender(`${who}短信`, async (text) => await smsc.deliver('13900000001', text, { ms: 60000 * slack }) === 0),
		new Sender(`${who}邮件`, async (text) => {
			const [answer] = await lmtp(lmtpPort, mail({ text, id: `${Buffer.from(text).toString('hex')}@example.org` }));
			assert.match(answer, /^(250|4\d\d)/, 'never refused for good');
			return answer.startsWith('250');
		}),
	];
	if (chat) list.push(new Sender(`${who}聊天`, (text) => chat.say(text).then(() => true, (e) => { assert.equal(e.frame?.code, 'not-stored', e.message); return false; })));
	return list;
}

// Traffic on all channels; the disk of `place` is full, until PostgreSQL and everybody have said so; room again, and all goes on.
async function through(place, word, back) {
	all = await nodes(pg, 1, { channels: () => ({ web: { type: 'webchat' },
		sms: { type: 'smpp', host: '127.0.0.1', port: smsc.port, system_id: 'xinqiao', password: 'secret', number: '12345', reconnect_max: 1 },
		mail: { type: 'email', address: '12345@city.example', lmtp_listen: `127.0.0.1:${lmtpPort}`, smtp_url: `smtp://127.0.0.1:${sink.port}` } }) });
	await smsc.bound();
	const load = new Load(all);
	load.start(4);
	const chat = await new Chat(all[0].url).open();
	const early = senders(`${place}前`), late = senders(`${place}后`, chat);
	const work = early.map((s) => s.run());
	try {
		await until('traffic on every channel', () => load.acked.size > 20 && early.every((s) => s.has(3)), 30000);
		pg.full(place);
		await until('/readyz to say so', async () => await ready() === 503, 60000);
		await until('PostgreSQL to say so', () => word.test(pg.log), 60000);
		// Who is in a commit of which nobody knows waits for its end; whoever comes now is sent away, to come again.
		work.push(...late.map((s) => s.run()));
		await until('every channel to be pushed back', () => late.every((s) => s.wasPushed()), 60000);
		assert.equal((await fetch(`${all[0].url}/healthz`)).status, 200, 'the process lives');
		pg.room(place);
		await back();
		const had = load.acked.size, counts = early.map((s) => s.taken.length);
		await until('every channel to go on', () => load.acked.size > had + 3 && early.every((s, i) => s.has(counts[i] + 2)) && late.every((s) => s.has(1)), 60000);
		await until('/readyz to say so', async () => await ready() === 200, 20000);
	} finally {
		for (const s of [...early, ...late]) s.running = false;
		await load.stop();
	}
	await Promise.all(work);
	for (const s of [...early, ...late]) for (const t of s.has(1) && s.taken) { load.acked.set(t, ''); load.tried.add(t); }
	console.log(`pushed back: chat ${load.pushed}, ${[...early, ...late].map((s) => `${s.name} ${s.pushed}`).join(', ')}`);
	await chat.close();
	await load.check(all[0]);
	await endAll(all);
	await until('the link to end', () => smsc.sessions.size === 0);
}

test('tables that cannot grow push every channel back', () => through('base', /could not extend file .*No space left on device/, () => {}));

test('a log that cannot grow ends PostgreSQL in mid-commit, and what it acknowledged is there when it is back', () =>
	through('pg_wal', /PANIC: .*No space left on device/, async () => {
		// Without room it cannot even recover, and stays down until its keeper starts it.
		if (pg.child.exitCode !== null || pg.child.signalCode !== null) await pg.up();
	}));
