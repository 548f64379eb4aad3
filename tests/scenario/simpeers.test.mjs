// The simulator against others' clients: npm smpp, and Kannel's bearerbox with its smsbox. What they understand, a carrier speaks.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import smpp from 'smpp';
import { Carrier } from './lib/carrier.mjs';
import { freePort, until } from './lib/gateway.mjs';

const ask = (session, command, fields) => new Promise((done) => session[command](fields, done));

test('npm smpp binds, is answered, gets its receipt and what a handset sends', async () => {
	const sim = await Carrier.start('smpp'), phone = '13900000051';
	const session = smpp.connect({ url: `smpp://127.0.0.1:${sim.port}` }), got = [];
	session.on('error', () => {});
	session.on('deliver_sm', (pdu) => { got.push(pdu); session.send(pdu.response()); });
	await new Promise((done) => session.on('connect', done));
	assert.notEqual((await ask(session, 'bind_transceiver', { system_id: 'xinqiao', password: 'wrong' })).command_status, 0);
	const again = smpp.connect({ url: `smpp://127.0.0.1:${sim.port}` });
	again.on('deliver_sm', (pdu) => { got.push(pdu); again.send(pdu.response()); });
	again.on('error', () => {});
	await new Promise((done) => again.on('connect', done));
	assert.equal((await ask(again, 'bind_transceiver', { system_id: 'xinqiao', password: 'secret' })).command_status, 0);
	const resp = await ask(again, 'submit_sm', { destination_addr: phone, source_addr: '12345', registered_delivery: 1, short_message: '您好，路灯已修复。' });
	assert.equal(resp.command_status, 0);
	await sim.received(phone, (x) => x === '您好，路灯已修复。');
	const receipt = await until('the receipt', () => got.find((p) => p.esm_class & 4));
	assert.match(String(receipt.short_message.message), new RegExp(`id:${resp.message_id} .*stat:DELIVRD`));
	await sim.send(phone, '谢谢！');
	const said = await until('the handset\'s text', () => got.find((p) => !(p.esm_class & 4)));
	assert.equal(said.short_message.message, '谢谢！');
	assert.ok(said.source_addr.endsWith(phone));
	await sim.taken(phone, '谢谢！');
	assert.equal((await ask(again, 'enquire_link', {})).command_status, 0);
	assert.equal((await ask(again, 'unbind', {})).command_status, 0);
	again.close();
	session.destroy();
	assert.equal((await sim.stats()).malformed, 0);
	await sim.end();
});

const open = (port) => new Promise((done) => { const s = connect(port, '127.0.0.1'); s.on('connect', () => { s.destroy(); done(true); }); s.on('error', () => done(false)); });

class Kannel {
	static async start(sim) {
		const k = new Kannel();
		k.dir = mkdtempSync(join(tmpdir(), 'xq-kannel-'));
		mkdirSync(join(k.dir, 'spool'));
		[k.admin, k.box, k.sendsms] = [await freePort(), await freePort(), await freePort()];
		k.said = [];
		k.http = createServer((req, res) => { const u = new URL(req.url, 'http://x'); k.said.push(Object.fromEntries(u.searchParams)); res.end(); });
		await new Promise((done) => k.http.listen(0, '127.0.0.1', done));
		const group = (name, keys) => `group = ${name}\n${Object.entries(keys).map(([a, b]) => `${a} = ${b}`).join('\n')}\n`;
		writeFileSync(join(k.dir, 'kannel.conf'), [
			group('core', { 'admin-port': k.admin, 'admin-interface': '127.0.0.1', 'admin-password': 'secret', 'smsbox-port': k.box, 'smsbox-interface': '127.0.0.1',
				'log-file': `${k.dir}/bearerbox.log`, 'log-level': 1, 'store-type': 'spool', 'store-location': `${k.dir}/spool`, 'dlr-storage': 'internal' }),
			group('smsc', { smsc: 'smpp', 'smsc-id': 'sim', host: '127.0.0.1', port: sim.port, 'transceiver-mode': 'true', 'smsc-username': 'xinqiao',
				'smsc-password': 'secret', 'system-type': '""', 'interface-version': 34, 'address-range': '""', 'reconnect-delay': 1 }),
			group('smsbox', { 'bearerbox-host': '127.0.0.1', 'bearerbox-port': k.box, 'sendsms-port': k.sendsms, 'sendsms-interface': '127.0.0.1',
				'log-file': `${k.dir}/smsbox.log`, 'log-level': 1 }),
			group('sendsms-user', { username: 'u', password: 'p' }),
			group('sms-service', { keyword: 'default', 'get-url': `"http://127.0.0.1:${k.http.address().port}/mo?from=%p&text=%b&charset=%C"`, 'omit-empty': 'true',
				'max-messages': 0, concatenation: 'true' }),
		].join('\n'));
		k.children = [k.run('bearerbox')];
		await until('bearerbox', () => open(k.box), 20000);
		k.children.push(k.run('smsbox'));
		await until('smsbox', () => open(k.sendsms), 20000);
		return k;
	}

	run(program) {
		const child = spawn(`/usr/sbin/${program}`, ['-v', '4', join(this.dir, 'kannel.conf')], { stdio: 'ignore' });
		child.ended = new Promise((done) => child.on('exit', done));
		return child;
	}

	async end() {
		for (const c of this.children.reverse()) { c.kill('SIGTERM'); const late = setTimeout(() => c.kill('SIGKILL'), 5000); await c.ended; clearTimeout(late); }
		this.http.close();
		rmSync(this.dir, { recursive: true, force: true });
	}
}

test('Kannel\'s bearerbox binds, sends and receives', async (t) => {
	if (!existsSync('/usr/sbin/bearerbox')) { t.skip('Kannel is not installed'); return; }
	const sim = await Carrier.start('smpp'), k = await Kannel.start(sim), phone = '13900000052';
	await sim.linked();
	const q = new URLSearchParams({ username: 'u', password: 'p', from: '12345', to: phone, coding: '2', charset: 'UTF-8', text: '办理结果：已经修复，请您放心。' });
	const answer = await fetch(`http://127.0.0.1:${k.sendsms}/cgi-bin/sendsms?${q}`);
	assert.equal(answer.status, 202);
	await sim.received(phone, (x) => x === '办理结果：已经修复，请您放心。');
	await sim.send(phone, '谢谢！');
	await sim.taken(phone, '谢谢！');
	const said = await until('Kannel to pass it on', () => k.said[0]);
	assert.ok(said.from.endsWith(phone));
	assert.equal((await sim.stats()).malformed, 0);
	await k.end();
	await sim.end();
});
