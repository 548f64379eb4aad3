// Mails by LMTP, small and large; one as big as they come; a mailbox that filled up while nobody pulled; the parser alone.
import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, root, until } from '../../scenario/lib/gateway.mjs';
import { lmtp } from '../../scenario/lib/mail.mjs';
import { Dovecot, canRun } from '../../scenario/lib/peers.mjs';
import { copiedMegabytes, megabyteOnDisk, missing, none, onDisk } from '../beside.mjs';
import { RT, hasRt, rtMails } from '../rt.mjs';
import { load, measured, note, of, own, ownFolder, peak, size, startGateway } from '../lib.mjs';

const CONNECTIONS = 16;
const mailGateway = (more) => startGateway({ mail: { type: 'email', address: '12345@city.example', ...more } });

async function mails(count, bytes = 4096) {
	const port = await freePort();
	const gateway = await mailGateway({ lmtp_listen: `127.0.0.1:${port}` });
	const r = await load('mail_load', '--port', port, '--count', count, '--connections', CONNECTIONS, '--size', bytes).result;
	r.peak_mb = peak(gateway.child.pid);
	await gateway.stop();
	note(`  mails of ${bytes} bytes ${r.per_second}/s`);
	return r;
}

async function bigMail(megabytes) {
	const port = await freePort();
	const gateway = await mailGateway({ lmtp_listen: `127.0.0.1:${port}`, max_size: 128 });
	const before = peak(gateway.child.pid), line = `${randomBytes(57).toString('base64')}\r\n`;
	const raw = 'From: a@example.org\r\nTo: 12345@city.example\r\nSubject: big\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n' +
		`--B\r\nContent-Type: text/plain\r\n\r\nsee the file\r\n--B\r\nContent-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n` +
		`${line.repeat(megabytes * 1048576 / line.length)}--B--\r\n`;
	const [answer] = await lmtp(port, Buffer.from(raw), { to: ['12345@city.example'] });
	if (!answer.startsWith('250')) throw new Error(`the big mail: ${answer}`);
	const r = { megabytes, before_mb: before, peak_mb: peak(gateway.child.pid) };
	await gateway.stop();
	return r;
}

// Put into Dovecot's folder, then pulled until all are tickets.
async function backlog(count) {
	const dovecot = await Dovecot.start();
	own(dovecot.child);
	ownFolder(dovecot.dir);
	const box = join(dovecot.dir, 'mail/hotline@test.example');
	for (const d of ['cur', 'new', 'tmp']) mkdirSync(join(box, d), { recursive: true });
	for (let i = 0; i < count; i++)
		writeFileSync(join(box, 'new', `${1795000000 + i}.M${i}.bench`), `From: c${i}@example.org\nTo: hotline@test.example\nSubject: matter ${i}\n` +
			`Message-ID: <b${i}@example.org>\n\n${'The lamp is out. '.repeat(220)}${i}\n`);
	execFileSync('chown', ['-R', 'nobody:nogroup', join(dovecot.dir, 'mail')]);
	const begun = performance.now();
	const gateway = await startGateway({ mail: { type: 'email', address: 'hotline@test.example', imap_url: `imap://127.0.0.1:${dovecot.imap}/INBOX`,
		imap_user: 'hotline@test.example', imap_password: 'secret', imap_tls: 'none' } });
	const pulled = async () => {
		const page = await (await fetch(`${gateway.url}/metrics`)).text();
		return [...page.matchAll(/^xinqiao_messages_in_total\{channel="mail"[^}]*\} (\d+)/gm)].reduce((sum, m) => sum + Number(m[1]), 0);
	};
	await until('the backlog', async () => { await new Promise((r) => setTimeout(r, 100)); return await pulled() >= count; }, 600000);
	const seconds = (performance.now() - begun) / 1000;
	const r = { mails: count, seconds, per_second: count / seconds, peak_mb: peak(gateway.child.pid) };
	await gateway.stop();
	await dovecot.end();
	return r;
}

const peer = (them) => (them ? { what: `${RT}, one server of its own`, value: them.per_second, digits: 1 } : missing(RT));

export default {
	name: 'mail',
	round: () => mails(6000 / size),
	async once() {
		return { megabyte: await mails(400 / size, 1 << 20), big: await bigMail(50), parse: measured('mail_parse', join(root, 'tests/unit/email/corpus'))[0],
			backlog: canRun() ? await backlog(10000 / size) : null, 
			rt: hasRt ? { small: await rtMails(30, 4096), megabyte: await rtMails(10, 1 << 20) } : null };
	},
	rows: ({ rounds, once }, all) => [
		{ id: 'mail', what: `mails by LMTP, 4 KB, ${CONNECTIONS} connections`, value: of(rounds, 'per_second'), unit: '/s', better: 'more',
			limit: onDisk(all, CONNECTIONS), peer: peer(once.rt?.small) },
		{ id: 'mail_1mb', what: 'the same at 1 MB', value: once.megabyte.per_second, unit: '/s', better: 'more',
			limit: megabyteOnDisk(all), peer: peer(once.rt?.megabyte), note: `peak ${Math.round(once.megabyte.peak_mb)} MB` },
		{ id: 'mail_big', what: `one mail of ${once.big.megabytes} MB: memory at its peak`, value: once.big.peak_mb, unit: 'MB', better: 'less',
			limit: none('memory, which is best none'), peer: none('Request Tracker\'s is not measured'),
			note: `${Math.round(once.big.before_mb)} MB before it` },
		{ id: 'mail_parse', what: `reading the mails of the corpus (${once.parse.mails})`, value: once.parse.bytes_per_second / 1e6,
			unit: 'MB/s', digits: 1, better: 'more', limit: copiedMegabytes(all), peer: none('Request Tracker\'s cannot be run by itself'),
			note: `a mail p50 ${(once.parse.p50_us / 1000).toFixed(2)} ms, p99 ${(once.parse.p99_us / 1000).toFixed(2)} ms` },
		...(once.backlog ? [{ id: 'mail_backlog', what: `IMAP: a backlog of ${once.backlog.mails.toLocaleString('en')} mails, each a committed ticket`, value: once.backlog.per_second,
			unit: '/s', better: 'more', limit: onDisk(all, Infinity), peer: none('Request Tracker pulls none by itself'),
			note: `${once.backlog.seconds.toFixed(1)} s, peak ${Math.round(once.backlog.peak_mb)} MB` }] : []),
	],
};
