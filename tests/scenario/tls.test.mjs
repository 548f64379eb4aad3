// TLS everywhere: our own listener with a certificate that is renewed while it runs, and every client of ours before a server that
// nobody vouches for.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { connect as plain } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import WebSocket from 'ws';
import { Gateway, binary, freePort, root, tempDir, until } from './lib/gateway.mjs';
import { lmtp as mailIn, mail } from './lib/mail.mjs';
import { certificate } from './lib/peers.mjs';

let g, tls, dir, ca;
const https = (path, { method = 'GET', headers = {}, body, agent } = {}) => new Promise((done, fail) => {
	const r = request(`https://localhost:${g.port}${path}`, { method, headers, ca, agent }, (res) => {
		const pieces = [];
		res.on('data', (d) => pieces.push(d));
		res.on('end', () => done({ status: res.statusCode, headers: res.headers, text: Buffer.concat(pieces).toString() }));
	});
	r.on('error', fail);
	r.end(body);
});
const shake = (options) => new Promise((done) => {
	const s = connect({ port: g.port, host: '127.0.0.1', servername: 'localhost', ca, ...options }, () => { done({ version: s.getProtocol(), serial: s.getPeerCertificate().serialNumber }); s.destroy(); });
	s.on('error', (e) => done({ fault: e.code || e.message }));
});
before(async () => {
	dir = tempDir();
	tls = certificate(dir);
	ca = readFileSync(tls.cert);
	g = await Gateway.start({ channels: { web: { type: 'webchat' } }, settings: { tls_cert: tls.cert, tls_key: tls.key } });
});
after(async () => assert.deepEqual(await g.end(), { code: 0, signal: null }));

test('the listener speaks TLS 1.2 and 1.3, nothing older, and nothing plain', async () => {
	assert.equal((await shake({ maxVersion: 'TLSv1.2' })).version, 'TLSv1.2');
	assert.equal((await shake({ minVersion: 'TLSv1.3' })).version, 'TLSv1.3');
	assert.ok((await shake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })).fault);
	await assert.rejects(fetch(`http://127.0.0.1:${g.port}/healthz`));
	assert.equal((await https('/healthz')).status, 200);
});

test('browsers are told to come by TLS only, and the session cookie never travels without', async () => {
	const password = g.staff('chen', 'admin');
	const r = await https('/console/api/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'chen', password }) });
	assert.equal(r.status, 204);
	assert.match(r.headers['strict-transport-security'], /max-age=31536000/);
	assert.match(r.headers['set-cookie'][0], /; Secure/);
	assert.match(r.headers['set-cookie'][0], /; HttpOnly; SameSite=Strict/);
});

test('a large body waits until it is known who sends it, and comes whole; that of nobody is read away', async () => {
	const agent = new Agent({ keepAlive: true, maxSockets: 1 }), body = Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.alloc(12 << 20, 65)]);
	for (let i = 0; i < 3; i++) {
		const put = (headers) => https('/api/v1/files?ticket=1&name=a.pdf', { method: 'POST', agent, body, headers });
		assert.equal((await put({})).status, 401);
		const r = await put({ authorization: `Bearer ${g.token()}` });
		assert.deepEqual([r.status, /no ticket 1/.test(r.text)], [404, true]);
	}
	agent.destroy();
});

test('large answers come whole, many on one connection, to a reader who pauses', async () => {
	const agent = new Agent({ keepAlive: true, maxSockets: 1 });
	const first = await https('/widget.js', { agent });
	assert.equal(first.status, 200);
	assert.ok(first.text.length > 20000);
	for (let i = 0; i < 30; i++) assert.equal((await https('/widget.js', { agent })).text, first.text);
	agent.destroy();
	const s = connect({ port: g.port, host: '127.0.0.1', servername: 'localhost', ca });
	await new Promise((done) => s.once('secureConnect', done));
	const all = [];
	s.on('data', (d) => { all.push(d); s.pause(); setTimeout(() => s.resume(), 2); });
	s.write('GET /widget.js HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
	await new Promise((done) => s.once('close', done));
	assert.equal(Buffer.concat(all).toString().split('\r\n\r\n').slice(1).join('\r\n\r\n'), first.text);
});

test('the chat goes through TLS', async () => {
	const ws = new WebSocket(`wss://localhost:${g.port}/chat/ws`, 'xinqiao.chat.1', { ca, family: 4 });
	const frames = [];
	ws.on('message', (d) => frames.push(JSON.parse(d)));
	await new Promise((done, fail) => { ws.once('open', done); ws.once('error', fail); });
	ws.send(JSON.stringify({ type: 'hello', token: null, last_seq: 0, language: 'zh-CN' }));
	await until('welcome', () => frames.find((f) => f.type === 'welcome'));
	const text = '路灯坏了，'.repeat(700);
	ws.send(JSON.stringify({ type: 'message', id: 'a1', text }));
	const ack = await until('the ack', () => frames.find((f) => f.type === 'ack'));
	assert.ok(ack.ticket);
	ws.close();
});

test('a renewed certificate is taken without a restart, and half of a pair is not', async () => {
	const old = await shake({});
	const next = join(dir, 'next');
	mkdirSync(next);
	const fresh = certificate(next);
	ca = [ca, readFileSync(fresh.cert)];
	renameSync(fresh.cert, tls.cert);
	await until('a look at the files', async () => { await shake({}); return /not used yet/.test(g.log); });
	assert.equal((await shake({})).serial, old.serial);
	renameSync(fresh.key, tls.key);
	await until('the new one', async () => (await shake({})).serial !== old.serial);
	assert.match(g.log, /certificate renewed/);
	assert.equal((await https('/healthz')).status, 200);
});

test('a certificate that expires within two weeks is spoken of, once, and monitoring knows the day', async () => {
	const expires = async () => Number((await https('/metrics')).text.match(/^xinqiao_certificate_expires_timestamp_seconds\{file=".*cert\.pem"\} (\d+)$/m)[1]);
	const days = async () => Math.round((await expires() - Date.now() / 1000) / 86400);
	assert.equal(await days(), 30);
	assert.doesNotMatch(g.log, /certificate expires soon/);
	const next = join(dir, 'short');
	mkdirSync(next);
	const short = certificate(next, 5);
	ca = [ca, readFileSync(short.cert)].flat();
	renameSync(short.cert, tls.cert);
	renameSync(short.key, tls.key);
	await until('a warning', async () => { await shake({}); return /certificate expires soon/.test(g.log); });
	assert.match(g.log, /certificate expires soon.*days_left=4/);
	assert.equal(await days(), 5);
	await new Promise((done) => setTimeout(done, 2500)); // the files are looked at every two seconds
	await shake({});
	assert.equal(g.log.match(/certificate expires soon/g).length, 1);
});

test('no client of ours says a word to a server that nobody vouches for', async () => {
	const other = join(dir, 'other');
	mkdirSync(other);
	const self = certificate(other);
	const heard = new Map(), servers = [];
	const trap = (name) => new Promise((done) => {
		heard.set(name, { shakes: 0, words: '' });
		const s = createServer({ key: readFileSync(self.key), cert: readFileSync(self.cert) }, (c) => {
			c.on('data', (d) => { heard.get(name).words += d; });
			c.on('error', () => {});
			if (name === 'smtp') c.write('220 trap ESMTP\r\n');
			if (name === 'imap') c.write('* OK trap\r\n');
		});
		s.on('connection', () => { heard.get(name).shakes++; });
		s.on('tlsClientError', () => {});
		servers.push(s);
		s.listen(0, '127.0.0.1', () => done(s.address().port));
	});
	const [smpp, smtp, imap, wechat, hook] = [await trap('smpp'), await trap('smtp'), await trap('imap'), await trap('wechat'), await trap('hook')];
	const secret = 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
	const h = await Gateway.start({
		channels: {
			web: { type: 'webchat' },
			sms: { type: 'smpp', host: 'localhost', port: smpp, system_id: 'x', password: 'secret', number: '12345', tls: 'yes', reconnect_max: 1 },
			mail: { type: 'email', address: '12345@test.example', imap_url: `imaps://localhost:${imap}/INBOX`, imap_user: 'u', imap_password: 'top-secret', imap_poll: 1, smtp_url: `smtps://localhost:${smtp}` },
			wechat: { type: 'wechat', path: '/wechat', app_id: 'wxb11529c136998cb6', app_secret: 'top-secret', token: 'pamtest', encoding_aes_key: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG', mode: 'safe', api_base: `https://localhost:${wechat}` },
		},
		sections: { 'forward hook': { url: `https://localhost:${hook}/hook`, secret, timeout: 5 } },
	});
	try {
		const ws = new WebSocket(`${h.url.replace('http', 'ws')}/chat/ws`, 'xinqiao.chat.1');
		await new Promise((done, fail) => { ws.once('open', done); ws.once('error', fail); });
		ws.send(JSON.stringify({ type: 'hello', token: null, last_seq: 0, language: 'zh-CN' }));
		ws.send(JSON.stringify({ type: 'message', id: 'a1', text: '路灯坏了' }));
		for (const name of ['smpp', 'imap', 'wechat', 'hook']) await until(`${name} to try`, () => heard.get(name).shakes > 1, 30000);
		ws.close();
		for (const [name, { words }] of heard) assert.equal(words, '', `${name} was told something`);
		assert.deepEqual(h.runJson('forward', 'list')[0].waiting >= 0, true);
		const ready = await (await fetch(`${h.url}/readyz`)).json();
		for (const name of ['sms', 'mail', 'wechat']) {
			const c = ready.channels.find((x) => x.name === name);
			assert.equal(c.up, false, name);
			assert.match(c.words, /certificate|SSL|verif/i, name);
		}
	} finally {
		await h.end();
		for (const s of servers) s.close();
	}
});

test('LMTP and every client of ours refuse TLS 1.0 and 1.1', async () => {
	const [pair, lmtp] = [certificate(dir), await freePort()], servers = [], shakes = {}, spoke = {};
	const old = (name, greeting) => new Promise((done) => {
		const s = createServer({ key: readFileSync(pair.key), cert: readFileSync(pair.cert), minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
			(c) => { spoke[name] = c.getProtocol(); c.on('error', () => {}); c.write(greeting); });
		[shakes[name], spoke[name]] = [0, ''];
		s.on('connection', () => { shakes[name]++; });
		s.on('tlsClientError', () => {});
		servers.push(s);
		s.listen(0, '127.0.0.1', () => done(s.address().port));
	});
	const ports = {};
	for (const [name, greeting] of [['smpp', ''], ['imap', '* OK\r\n'], ['smtp', '220 old ESMTP\r\n'], ['provider', ''], ['hook', '']]) ports[name] = await old(name, greeting);
	const older = { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0', ca: readFileSync(pair.cert), servername: 'localhost' };
	await new Promise((done, fail) => { const s = connect({ ...older, port: ports.hook }, () => { s.end(); done(); }); s.on('error', fail); }); // who does speak it is let in
	assert.equal(spoke.hook, 'TLSv1.1');
	[shakes.hook, spoke.hook] = [0, ''];
	const tls_ca_file = pair.cert;
	const h = await Gateway.start({
		channels: {
			web: { type: 'webchat' },
			sms: { type: 'smpp', host: 'localhost', port: ports.smpp, system_id: 'x', password: 'secret', number: '12345', tls: 'yes', tls_ca_file, reconnect_max: 1 },
			mail: { type: 'email', address: '12345@city.example', imap_url: `imaps://localhost:${ports.imap}/INBOX`, imap_user: 'u', imap_password: 'p', imap_poll: 1,
				smtp_url: `smtps://localhost:${ports.smtp}`, tls_ca_file, lmtp_listen: `127.0.0.1:${lmtp}`, lmtp_tls_cert: pair.cert, lmtp_tls_key: pair.key },
			twilio: { type: 'sms-http', profile: 'twilio', url: `https://localhost:${ports.provider}`, account: 'AC1', secret: 'secret', number: '+15550001', tls_ca_file },
		},
		settings: { phone_channel: 'twilio' },
		sections: { 'forward hook': { url: `https://localhost:${ports.hook}/hook`, secret: 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=', timeout: 5, tls_ca_file } },
	});
	try {
		const start = (options) => new Promise((done) => {
			const s = plain(lmtp, '127.0.0.1');
			s.on('data', (d) => {
				if (/^220 2\.0\.0|^220 .*(ready|go ahead)/im.test(d) && s.asked) {
					s.removeAllListeners('data');
					const t = connect({ socket: s, ca: readFileSync(pair.cert), servername: 'localhost', ...options }, () => { done(t.getProtocol()); t.destroy(); });
					t.on('error', (e) => { done(`refused: ${e.code}`); s.destroy(); });
				} else if (/^220/.test(d)) s.write('LHLO x\r\n');
				else if (/STARTTLS/.test(d)) { s.asked = true; s.write('STARTTLS\r\n'); }
			});
			s.on('error', () => {});
		});
		assert.equal(await start({ maxVersion: 'TLSv1.2' }), 'TLSv1.2');
		assert.equal(await start({ minVersion: 'TLSv1.3' }), 'TLSv1.3');
		for (const version of ['TLSv1', 'TLSv1.1']) assert.match(await start({ minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }), /^refused/, version);
		const ws = new WebSocket(`${h.url.replace('http', 'ws')}/chat/ws`, 'xinqiao.chat.1');
		await new Promise((done, fail) => { ws.once('open', done); ws.once('error', fail); });
		ws.send(JSON.stringify({ type: 'hello', token: null, last_seq: 0, language: 'zh-CN' }));
		ws.send(JSON.stringify({ type: 'message', id: 'a1', text: '路灯坏了' }));
		ws.send(JSON.stringify({ type: 'phone', number: '13800138000' }));
		await mailIn(lmtp, mail({ from: 'li@home.example', text: '路灯坏了' }));
		for (const name of Object.keys(ports)) await until(`${name} to be tried`, () => shakes[name] > 0, 15000);
		await new Promise((done) => setTimeout(done, 300));
		ws.close();
		assert.deepEqual(spoke, Object.fromEntries(Object.keys(ports).map((name) => [name, ''])));
	} finally {
		await h.end();
		for (const s of servers) s.close();
	}
});

// The configuration of each listener and client there is, with its address at $: what is told where that is not this machine.
const REACH = {
	listen: ['[gateway]\nlisten = $:12345', 'tls_cert'],
	smpp: ['[channel s]\ntype = smpp\nhost = $\nsystem_id = x\npassword = x\nnumber = 1', 'tls = yes'],
	'smpp, one link of two': ['[channel s]\ntype = smpp\nlink = 127.0.0.1:1, $:2\nsystem_id = x\npassword = x\nnumber = 1', 'tls = yes'],
	outbind: ['[channel s]\ntype = smpp\nhost = 127.0.0.1\noutbind_listen = $:9\noutbind_system_id = x\noutbind_password = x\nsystem_id = x\npassword = x\nnumber = 1', 'tunnel'],
	cmpp: ['[channel s]\ntype = cmpp\nhost = $\nsource_addr = x\nsecret = x\nnumber = 1', 'tunnel'],
	smgp: ['[channel s]\ntype = smgp\nhost = $\nclient_id = x\nsecret = x\nnumber = 1', 'tunnel'],
	'sgip, out': ['[channel s]\ntype = sgip\nhost = $\nlisten = 127.0.0.1:9\nlogin = x\npassword = x\nsmg_login = x\nsmg_password = x\nnode_id = 1\ncorp_id = 1\nnumber = 1', 'tunnel'],
	'sgip, in': ['[channel s]\ntype = sgip\nhost = 127.0.0.1\nlisten = $:9\nlogin = x\npassword = x\nsmg_login = x\nsmg_password = x\nnode_id = 1\ncorp_id = 1\nnumber = 1', 'tunnel'],
	kannel: ['[channel s]\ntype = sms-http\nprofile = kannel\nurl = http://$/send\naccount = x\nsecret = x\nnumber = 1\ncallback_secret = 0123456789abcdef', 'https://'],
	lmtp: ['[channel s]\ntype = email\naddress = a@b.example\nlmtp_listen = $:24', 'lmtp_tls_cert'],
	imap: ['[channel s]\ntype = email\naddress = a@b.example\nimap_url = imap://$/INBOX\nimap_user = u\nimap_tls = none', 'imaps://'],
	smtp: ['[channel s]\ntype = email\naddress = a@b.example\nsmtp_url = smtp://$\nsmtp_tls = opportunistic', 'smtps://'],
	wechat: ['[channel s]\ntype = wechat\napp_id = wx1\napp_secret = x\ntoken = x\nencoding_aes_key = abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG\napi_base = http://$', 'https://'],
	forward: ['[forward s]\nurl = http://$/hook\nsecret = 0123456789abcdef', 'https://'],
	database: ['[gateway]\nstore = postgresql://x@$/x?sslmode=require', 'verify-full'],
	reports: ['[gateway]\nstore = postgresql://x@127.0.0.1/x\nreports_store = postgresql://x@$/x?sslmode=disable', 'verify-full'],
};
test('whatever reaches beyond this machine without TLS is warned of, until it is said to be meant', async () => {
	const conf = join(dir, 'reach.conf');
	const check = (words, address) => {
		const text = words.replaceAll('$', address);
		writeFileSync(conf, `${text.startsWith('[gateway]') ? '' : '[gateway]\nname = x\n'}${text.replace('[gateway]', '[gateway]\nname = x')}\n`.replace('name = x', `name = x\ntables = ${root}/config\ntemplates = ${root}/templates`));
		const r = spawnSync(binary, ['--config', conf, 'check'], { encoding: 'utf8' });
		assert.equal(r.status, 0, r.stderr);
		return r.stderr;
	};
	for (const [name, [words, instead]] of Object.entries(REACH)) {
		const data = /store/.test(words);
		assert.equal(check(words, '127.0.0.1'), '', name);
		const said = check(words, '10.1.2.3').split('\n').filter(Boolean);
		assert.equal(said.length, 1, `${name}: ${said}`);
		assert.match(said[0], /^warning: .*reach\.conf:\d+: /, name);
		assert.ok(said[0].includes(instead), `${name}: ${said}`);
		if (!data) assert.equal(check(`${words}\nplain = yes`, '10.1.2.3'), '', name);
		else assert.match(check(`${words}\nplain = yes`, '10.1.2.3'), /verify-full/);
	}
	assert.equal(check(REACH.database[0].replace('require', 'verify-full'), '10.1.2.3'), '');
	assert.equal(check(`${REACH.smpp[0]}\ntls = yes`, '10.1.2.3'), '');
	assert.equal(check(`${REACH.listen[0]}\ntls_cert = ${tls.cert}\ntls_key = ${tls.key}`, '0.0.0.0'), '');
	assert.equal(spawnSync(binary, ['--config', join(root, 'config/xinqiao.conf'), 'check'], { encoding: 'utf8' }).stderr, '', 'as shipped');
	const h = await Gateway.start({ channels: { sms: { type: 'cmpp', host: 'localhost.invalid', source_addr: 'x', secret: 'x', number: '1' } } });
	const lines = h.log.split('\n').filter((l) => l.includes('without TLS'));
	await h.end();
	assert.equal(lines.length, 1, h.log);
	assert.match(lines[0], /WARN|warn/);
});

test('check says what is wrong with a certificate or key, and asks nobody for a pass phrase', () => {
	const at = (name) => join(dir, name), other = at('alien'), conf = at('check.conf');
	mkdirSync(other);
	const alien = certificate(other);
	execFileSync('openssl', ['pkey', '-in', tls.key, '-aes256', '-passout', 'pass:geheim', '-out', at('sealed.key')]);
	execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-keyout', at('rsa.key'), '-out', at('rsa.pem')], { stdio: 'ignore' });
	writeFileSync(at('empty.pem'), '');
	const check = (cert, key) => {
		writeFileSync(conf, `[gateway]\nname = x\ntables = ${root}/config\ntemplates = ${root}/templates\ntls_cert = ${cert}\ntls_key = ${key}\n`);
		return spawnSync(binary, ['--config', conf, 'check'], { encoding: 'utf8' });
	};
	assert.equal(check(tls.cert, tls.key).status, 0);
	for (const [cert, key, words] of [
		[at('none.pem'), tls.key, /check\.conf:5: the certificate \S*none\.pem cannot be used: No such file or directory/],
		[tls.cert, at('none.pem'), /check\.conf:5: the key \S*none\.pem cannot be used: No such file or directory/],
		[at('empty.pem'), tls.key, /the certificate \S*empty\.pem cannot be used: no start line; a PEM file would be right/],
		[tls.cert, at('empty.pem'), /the key \S*empty\.pem cannot be used: unsupported; a PEM file would be right/],
		[tls.cert, alien.key, /the key \S*key\S* does not belong to the certificate \S*/],
		[tls.cert, at('rsa.key'), /the key \S*rsa\.key does not belong to the certificate \S*/],
		[at('rsa.pem'), tls.key, /the key \S* does not belong to the certificate \S*rsa\.pem/],
		[tls.cert, at('sealed.key'), /the key \S*sealed\.key asks for a pass phrase; one without would be right/],
	]) {
		const r = check(cert, key);
		assert.equal(r.status, 1);
		assert.match(r.stderr, words);
		assert.doesNotMatch(r.stderr, /Enter/);
	}
});
