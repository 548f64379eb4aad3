// Secrets with marks in them, looked for wherever they have no business; what `make install` lays down; and that each test the
// threat model names is there.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { asNobody, freePort, Gateway, NOBODY, readFileSync, root, tempDir, until, variant, writeFileSync } from './lib/gateway.mjs';
import { lmtp, mail } from './lib/mail.mjs';
import { owned } from './lib/owned.mjs';
import { Postgres } from './lib/postgres.mjs';

test('no secret is in a log, on a command line, in an environment or in the store', async () => {
	const nobody = await freePort();
	const marks = { smpp: 'MaRkSmpp', imap: 'MaRkImap-1', smtp: 'MaRkSmtp-1', app: 'MaRkAppSecret-1', token: 'MaRkPushToken1', aes: 'MaRkAes890123456789012345678901234567890123',
		forward: 'MaRkForwardSecretOf32Characters!', site: 'MaRkIdentitySecret1' };
	const g = await Gateway.start({
		settings: { log: 'json' },
		channels: {
			web: { type: 'webchat', identity_secret: marks.site },
			sms: { type: 'smpp', host: '127.0.0.1', port: nobody, system_id: 'x', password: marks.smpp, number: '12345', reconnect_max: 1 },
			mail: { type: 'email', address: '12345@test.example', imap_url: `imap://127.0.0.1:${nobody}/INBOX`, imap_user: 'u', imap_password: marks.imap, imap_poll: 1,
				imap_tls: 'none', smtp_url: `smtp://127.0.0.1:${nobody}`, smtp_user: 'u', smtp_password: marks.smtp, smtp_tls: 'none' },
			wechat: { type: 'wechat', path: '/wechat', app_id: 'wxb11529c136998cb6', app_secret: marks.app, token: marks.token, encoding_aes_key: marks.aes, mode: 'safe', api_base: `http://127.0.0.1:${nobody}` },
		},
		sections: { 'forward core': { url: `http://127.0.0.1:${nobody}/hook`, secret: marks.forward, timeout: 2 } },
	});
	try {
		const password = g.staff('chen', 'admin');
		const post = (body) => fetch(`${g.url}/console/api/login`, { method: 'POST', body: JSON.stringify(body) });
		assert.equal((await post({ name: 'chen', password: `${password}-MaRkWrong` })).status, 401);
		const hand = await g.hand('chen', password);
		assert.equal((await hand.get('tickets')).status, 200);
		const bearer = g.token();
		await g.tickets();
		assert.equal((await fetch(`${g.url}/api/v1/tickets`, { headers: { authorization: 'Bearer MaRkGuessed' } })).status, 401);
		await until('every channel to have tried', () => ['sms', 'mail', 'wechat'].every((name) => g.log.includes(`"${name}"`)), 20000);
		const keys = ['secret.key', 'fields.key'].map((f) => readFileSync(join(g.dir, f), 'utf8').match(/[0-9a-f]{64}/)[0]);
		const secrets = [...Object.values(marks), 'MaRk', password, bearer, ...keys];
		const at = (name) => readFileSync(`/proc/${g.child.pid}/${name}`, 'latin1');
		assert.match(at('limits'), /Max core file size +0 +0 /);
		const places = { log: g.log, output: g.out, 'command line': at('cmdline'), environment: at('environ') };
		for (const f of readdirSync(g.dir).filter((x) => x.startsWith('store.db'))) places[f] = readFileSync(join(g.dir, f), 'latin1');
		for (const [place, text] of Object.entries(places))
			for (const s of secrets) assert.ok(!text.includes(s), `${s.slice(0, 6)}… stands in the ${place}`);
		if (variant === 'release') { // the check is no check unless it would see one
			assert.ok(at('cmdline').includes('serve'));
			assert.ok(places.log.length > 200);
		}
	} finally {
		assert.deepEqual(await g.end(), { code: 0, signal: null });
	}
});

test('nobody but root looks into the process, not even who runs it', { skip: variant !== 'release' && 'sanitizers want to look' }, async () => {
	const dir = tempDir();
	if (NOBODY) chownSync(dir, ...NOBODY);
	const g = await Gateway.start({ dir, settings: { store: 'sqlite:store.db' }, channels: { web: { type: 'webchat' } }, wrap: asNobody });
	// As the same user: the first byte of the file, or why not.
	const look = (pid, name) => {
		const [cmd, ...args] = [...asNobody, 'head', '-c', '1', `/proc/${pid}/${name}`];
		return spawnSync(cmd, args, { encoding: 'latin1', env: { LC_ALL: 'C', PATH: process.env.PATH } });
	};
	const [cmd, ...args] = [...asNobody, 'sleep', '60'], other = owned(spawn(cmd, args, { env: { LC_ALL: 'C', PATH: process.env.PATH } }));
	try {
		await until('another program of that user', () => readFileSync(`/proc/${other.pid}/comm`, 'utf8').trim() === 'sleep');
		assert.equal(look(other.pid, 'environ').status, 0, 'of another program he sees it');
		for (const name of ['environ', 'mem', 'maps', 'fd/1']) {
			const r = look(g.child.pid, name);
			assert.notEqual(r.status, 0, name);
			assert.equal(r.stdout, '', name);
			assert.match(r.stderr, /Permission denied|Operation not permitted/, name);
		}
		assert.equal(look(g.child.pid, 'stat').status, 0);
	} finally {
		other.kill();
		assert.deepEqual(await g.end(), { code: 0, signal: null });
	}
});

test('the password of a database is in no log, on no command line and in no environment, nor given to a program we start', async () => {
	const secret = 'MaRkDsn-1', dir = tempDir(), pg = await Postgres.start();
	try {
		pg.sql(`CREATE ROLE marked LOGIN SUPERUSER PASSWORD '${secret}'`);
		const hba = join(pg.data, 'pg_hba.conf');
		writeFileSync(hba, `host all marked 127.0.0.1/32 scram-sha-256\n${readFileSync(hba, 'utf8')}`);
		pg.sql('SELECT pg_reload_conf()');
		const dsn = (password) => `postgresql://marked:${password}@127.0.0.1:${pg.port}/n1?connect_timeout=2`;
		await pg.database();
		const child = join(dir, 'child');
		writeFileSync(join(dir, 'scan'), `#!/bin/sh\ncat /proc/$$/cmdline /proc/$$/environ >${child}.new; mv ${child}.new ${child}\n`, { mode: 0o755 });
		const port = await freePort();
		const g = await Gateway.start({ dir, settings: { store: dsn(secret), reports_store: dsn(secret), log: 'json', scan_command: join(dir, 'scan') },
			channels: { mail: { type: 'email', address: '12345@city.example', lmtp_listen: `127.0.0.1:${port}` } } });
		const at = (name) => readFileSync(`/proc/${g.child.pid}/${name}`, 'latin1');
		const places = { 'command line': at('cmdline'), environment: at('environ') };
		const pdf = { 'Content-Type': 'application/pdf; name=a.pdf', 'Content-Disposition': 'attachment; filename=a.pdf' };
		assert.match((await lmtp(port, mail({ text: '%PDF-1.4\nx', headers: pdf })))[0], /^250/);
		await until('the program we start', () => existsSync(child));
		places.child = readFileSync(child, 'latin1');
		assert.match(places.child, /scan.*PATH=/s);
		const said = (...words) => { const r = spawnSync(g.program, ['--config', g.conf, ...words], { encoding: 'utf8' }); return r.stdout + r.stderr; };
		places['backup'] = said('backup', join(dir, 'copy'));
		assert.match(places.backup, /pg_dump/);
		pg.signal('SIGKILL'); // what is said while nobody answers
		await pg.ended;
		await until('a word about the store', async () => (await fetch(`${g.url}/readyz`)).status === 503, 20000);
		places['a command without it'] = said('staff', 'list');
		assert.match(places['a command without it'], /127\.0\.0\.1/);
		await g.kill();
		Object.assign(places, { log: g.log, output: g.out });
		await pg.up();
		writeFileSync(g.conf, readFileSync(g.conf, 'utf8').replaceAll(secret, `${secret}-wrong`)); // what is said of one that is refused
		places.refused = said('serve');
		assert.match(places.refused, /password authentication failed/);
		for (const [place, text] of Object.entries(places)) assert.ok(!text.includes(secret), `it stands in ${place}`);
	} finally {
		await pg.stop();
		rmSync(dir, { recursive: true, force: true });
	}
});

test('the unit that is installed is hardened, and systemd takes it', { skip: variant !== 'release' && 'once is enough' }, () => {
	const dir = tempDir();
	try {
		execFileSync('make', ['-s', 'install', `DESTDIR=${dir}`, 'PREFIX=/opt/xinqiao'], { cwd: root, stdio: 'pipe' });
		const unit = join(dir, 'opt/xinqiao/lib/systemd/system/xinqiao.service'), text = readFileSync(unit, 'utf8');
		assert.match(text, /ExecStart=\/opt\/xinqiao\/bin\/xinqiao /);
		for (const line of ['User=xinqiao', 'NoNewPrivileges=yes', 'ProtectSystem=strict', 'MemoryDenyWriteExecute=yes', 'CapabilityBoundingSet=', 'LimitCORE=0',
			'SystemCallFilter=@system-service', 'SystemCallFilter=~@privileged', 'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX', 'Restart=on-failure'])
			assert.ok(text.split('\n').includes(line), line);
		assert.match(execFileSync(join(dir, 'opt/xinqiao/bin/xinqiao'), ['--version'], { encoding: 'utf8' }), /Xinqiao|\d/);
		const here = join(dir, 'xinqiao.service'); // its programs exist below DESTDIR only
		writeFileSync(here, text.replaceAll('/opt/xinqiao/bin/xinqiao', '/bin/true').replace(/^User=.*\n|^Group=.*\n/gm, ''));
		execFileSync('systemd-analyze', ['verify', here], { stdio: 'pipe' });
		const words = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', unit], { encoding: 'utf8', stdio: 'pipe' });
		assert.ok(Number(/Overall exposure level[^:]*: ([0-9.]+)/.exec(words)[1]) < 2, words.slice(-300));
	} finally { rmSync(dir, { recursive: true, force: true }); }
});

test('what the program is linked with is listed, each by its package', { skip: variant !== 'release' && 'once is enough' }, () => {
	execFileSync('make', ['-s', 'sbom'], { cwd: root, stdio: 'pipe' });
	const bom = JSON.parse(readFileSync(join(root, 'build/sbom.json'), 'utf8'));
	assert.equal(bom.bomFormat, 'CycloneDX');
	const direct = bom.components.filter((c) => c.properties[0].value === 'direct').map((c) => c.name);
	for (const name of ['libssl3', 'libsqlite3-0', 'libwebsockets17', 'libcurl4', 'libgmime-3.0-0']) assert.ok(direct.includes(name), name);
	assert.ok(direct.length <= 16, `linked with ${direct.length} packages: is the new one needed?`);
	const how = (name) => bom.components.find((c) => c.name === name)?.properties[0].value;
	assert.equal(how('libwebsockets-evlib-uv'), 'loaded at run time');
	assert.equal(how('libjs-chart.js'), 'shipped');
	for (const c of bom.components) assert.match(c.purl, /^pkg:deb\/debian\/[a-z0-9.+-]+@\S+\?arch=/);
});

test('whatever library a running gateway has loaded is in that list', { skip: variant !== 'release' && 'once is enough' }, async () => {
	const names = new Set(JSON.parse(readFileSync(join(root, 'build/sbom.json'), 'utf8')).components.map((c) => c.name));
	const g = await Gateway.start({ channels: { web: { type: 'webchat' } } });
	try {
		const files = new Set([...readFileSync(`/proc/${g.child.pid}/maps`, 'utf8').matchAll(/ (\/\S*\.so(?:\.\S*)?)$/gm)].map((m) => m[1]));
		assert.ok([...files].some((f) => f.includes('evlib')), [...files].join());
		for (const file of files) {
			const owner = [file, file.replace(/^\/usr/, '')].map((f) => spawnSync('dpkg', ['-S', f], { encoding: 'utf8' }).stdout.split(':')[0]).find(Boolean);
			assert.ok(names.has(owner), `${file} of ${owner}`);
		}
	} finally { assert.deepEqual(await g.end(), { code: 0, signal: null }); }
});

test('every test that the threat model names exists', () => {
	const page = readFileSync(join(root, 'config/security.md'), 'utf8');
	const named = [...page.matchAll(/`(tests\/[^`:]+): ([^`]+)`/g)];
	assert.ok(named.length >= 20);
	for (const [, file, name] of named) {
		const text = readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'");
		assert.ok(file.endsWith('.c') ? new RegExp(`static void ${name}\\(`).test(text) && text.split(name).length > 2 : text.includes(`test('${name}'`), `${file}: ${name}`);
	}
});
