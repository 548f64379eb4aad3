// TLS everywhere: our own listener with a certificate that is renewed while it runs, and every client of ours before a server that
// nobody vouches for.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import WebSocket from 'ws';
import { Gateway, binary, root, tempDir, until } from './lib/gateway.mjs';
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
