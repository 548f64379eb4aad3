// What the program asks of the kernel in its everyday life is let through by the unit's filter of system calls: a call that the filter
// forgot ends in EPERM at an operator's, on the first day that needs it. Counted by strace, compared as systemd reads the unit.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Chat } from './lib/chat.mjs';
import { Gateway, NOBODY, asNobody, freePort, root, tempDir, until, variant } from './lib/gateway.mjs';
import { SmtpSink, lmtp, mail, mailText } from './lib/mail.mjs';

// "@file-system": its calls, those of the groups in it among them.
function group(name) {
	const lines = execFileSync('systemd-analyze', ['syscall-filter', '--no-pager', name], { encoding: 'utf8' }).split('\n').slice(1).map((l) => l.trim());
	return lines.filter((l) => l && !l.startsWith('#')).flatMap((l) => (l.startsWith('@') ? group(l) : [l]));
}

// What SystemCallFilter= lets through: the first line's calls and @default, then each line more of them, or with ~ fewer.
function allowed(unit) {
	const set = new Set(group('@default'));
	for (const [, without, words] of unit.matchAll(/^SystemCallFilter=(~?)(.*)$/gm))
		for (const call of words.split(/\s+/).flatMap((w) => (w.startsWith('@') ? group(w) : [w]))) set[without ? 'delete' : 'add'](call);
	return set;
}

test('the filter of the unit lets through every system call of a day: start, chat, mail, a file, login, reply, reload, drain', { skip: variant !== 'release' && 'once is enough' }, async () => {
	const filter = allowed(readFileSync(join(root, 'config/xinqiao.service'), 'utf8'));
	for (const call of ['read', 'epoll_wait', 'execve', 'fsync', 'accept4', 'clone3', 'setrlimit']) assert.ok(filter.has(call), `${call}: is the filter read as systemd does?`);
	for (const call of ['ptrace', 'mount', 'chroot', 'bpf', 'kexec_load', 'init_module', 'reboot', 'setuid', 'chown', 'perf_event_open']) assert.ok(!filter.has(call), call);

	const dir = tempDir(), sink = await SmtpSink.start(), port = await freePort(), counts = join(dir, 'strace');
	if (NOBODY) chownSync(dir, ...NOBODY);
	writeFileSync(join(dir, 'scan'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
	const g = await Gateway.start({ dir, wrap: [...asNobody, 'strace', '-D', '-f', '-c', '-U', 'name', '-o', counts],
		settings: { scan_command: join(dir, 'scan'), store: 'sqlite:store.db' },
		channels: { web: { type: 'webchat' }, mail: { type: 'email', address: '12345@city.example', lmtp_listen: `127.0.0.1:${port}`, smtp_url: `smtp://localhost:${sink.port}` } } });
	try {
		if (NOBODY) assert.match(readFileSync(`/proc/${g.child.pid}/status`, 'utf8'), new RegExp(`^Uid:\\s+${NOBODY[0]}\\s`, 'm'));
		const chat = await new Chat(g.url).open();
		const { ticket } = await chat.say('路灯不亮');
		assert.match((await lmtp(port, mail({ text: '井盖松动' })))[0], /^250/);
		const pdf = { 'Content-Type': 'application/pdf; name=a.pdf', 'Content-Disposition': 'attachment; filename=a.pdf' };
		assert.match((await lmtp(port, mail({ text: '%PDF-1.4\nx', headers: pdf, subject: '附件' })))[0], /^250/);
		await until('the receipts', () => sink.mails.length >= 2, 30000);
		const hand = await g.hand('chen', g.staff('chen', 'admin'));
		assert.equal((await hand.reply(ticket, '已派人维修')).status, 201);
		await chat.frame((f) => f.type === 'message' && f.text.includes('已派人维修'), 30000);
		await hand.get('tickets');
		g.child.kill('SIGHUP');
		await until('the reload', () => /reloaded/.test(g.log));
		await chat.close();
		assert.ok(sink.mails.some((m) => mailText(m.raw)));
	} finally {
		assert.deepEqual(await g.stop(), { code: 0, signal: null });
		await sink.close();
	}
	const words = await until('strace to write what it counted', () => { try { return /total/.test(readFileSync(counts, 'utf8')) && readFileSync(counts, 'utf8'); } catch { return null; } });
	const used = [...words.matchAll(/^([a-z_0-9]+)$/gm)].map((m) => m[1]).filter((name) => name !== 'syscall' && name !== 'total');
	for (const call of ['execve', 'bind', 'accept4', 'fsync', 'epoll_ctl']) assert.ok(used.includes(call) || used.includes(call.replace('fsync', 'fdatasync')), `${call} was not seen: ${used}`);
	assert.ok(used.length > 40, used.join());
	assert.deepEqual(used.filter((call) => !filter.has(call)), [], 'the unit\'s filter would refuse these');
});
