// Request Tracker 5 as the peer for mail: Debian's packages request-tracker5, rt5-db-sqlite and rt5-standalone, with a copy of
// the database they made, one server of theirs, and mails handed in as rt-mailgate does it: POST of the raw mail, answered "ok".
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, until } from '../scenario/lib/gateway.mjs';
import { endAll, folder, own } from './lib.mjs';

const DB = '/var/lib/dbconfig-common/sqlite3/request-tracker5/rtdb', SERVER = '/usr/share/request-tracker5/libexec/rt-server';
export const RT = 'Request Tracker 5';
export const hasRt = existsSync(DB) && existsSync(SERVER);

function settings(dir, port) {
	cpSync(DB, join(dir, 'rtdb'));
	const conf = join(dir, 'conf.d');
	mkdirSync(conf);
	writeFileSync(join(conf, '50-bench.pm'), [`Set($rtname, 'bench');`, `Set($Organization, 'bench');`, `Set($WebDomain, '127.0.0.1');`, `Set($WebPort, ${port});`,
		`Set($DatabaseType, 'SQLite');`, `Set($DatabaseName, '${join(dir, 'rtdb')}');`, `Set($MailCommand, 'testfile');`, `Set($LogToSyslog, '');`,
		`Set($LogToSTDERR, 'error');`, '1;', ''].join('\n'));
	return { ...process.env, RT_SITE_CONFIG_DIR: conf, TMPDIR: dir };
}

// A fresh database lets nobody write in.
const RIGHTS = `use RT; RT::LoadConfig(); RT::Init(); my $g = RT::Group->new(RT->SystemUser); $g->LoadSystemInternalGroup('Everyone');
	for my $r (qw(CreateTicket ReplyToTicket)) { my ($ok, $said) = $g->PrincipalObj->GrantRight(Right => $r, Object => RT->System); die $said unless $ok }`;

export async function rtMails(count, bytes) {
	const dir = folder(), port = await freePort();
	const env = settings(dir, port);
	execFileSync('perl', ['-I/usr/share/request-tracker5/lib', '-e', RIGHTS], { env, stdio: ['ignore', 'ignore', 'inherit'] });
	const server = own(spawn('perl', [SERVER, '--host', '127.0.0.1', '--port', String(port)], { env, stdio: 'ignore', cwd: dir }));
	const post = (i) => {
		const mail = `From: Citizen ${i} <c${i}@example.org>\nTo: hotline@test.example\nSubject: matter ${i}\nMessage-ID: <b${i}@example.org>\n\n` +
			`${'The lamp is out. '.repeat(bytes / 17)}${i}\n`;
		const body = new URLSearchParams({ SessionType: 'REST', queue: 'General', action: 'correspond', message: mail });
		return fetch(`http://127.0.0.1:${port}/REST/1.0/NoAuth/mail-gateway`, { method: 'POST', body }).then((r) => r.text());
	};
	const put = async (i) => {
		const answer = await post(i);
		if (!answer.startsWith('ok')) throw new Error(`RT said: ${answer.slice(0, 200)}`);
	};
	try {
		await until('RT', () => fetch(`http://127.0.0.1:${port}/`).then((r) => r.ok, () => false), 60000);
		await put(0);
		const begun = performance.now();
		for (let i = 1; i <= count; i++) await put(i);
		return { per_second: count / ((performance.now() - begun) / 1000) };
	} finally {
		await endAll([server]);
	}
}
