// Kannel as the peer: bearerbox and smsbox with a file store, which they write and never sync.
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { Agent, createServer, get } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort, until } from '../scenario/lib/gateway.mjs';
import { endAll, firstLine, folder, load, own, usage } from './lib.mjs';

export const KANNEL = 'Kannel 1.4.5';
export const hasKannel = ['bearerbox', 'smsbox'].every((p) => existsSync(`/usr/sbin/${p}`));

function conf(dir, port, web, boxes, admin, send) {
	const group = (name, keys) => [`group = ${name}`, ...Object.entries(keys).map(([k, v]) => `${k} = ${v}`), ''].join('\n');
	const file = join(dir, 'kannel.conf');
	writeFileSync(file, [
		group('core', { 'admin-port': admin, 'admin-interface': '127.0.0.1', 'admin-password': 'bench', 'smsbox-port': boxes,
			'smsbox-interface': '127.0.0.1', 'log-file': join(dir, 'bearerbox.log'), 'log-level': 3, 'store-type': 'file',
			'store-location': join(dir, 'store'), 'dlr-storage': 'internal' }),
		group('smsc', { smsc: 'smpp', 'smsc-id': 'bench', host: '127.0.0.1', port, 'smsc-username': 'bench',
			'smsc-password': 'bench', 'system-type': 'VMA', 'transceiver-mode': 1, 'max-pending-submits': 32 }),
		group('smsbox', { 'bearerbox-host': '127.0.0.1', 'bearerbox-port': boxes, 'sendsms-port': send,
			'sendsms-interface': '127.0.0.1', 'log-file': join(dir, 'smsbox.log'), 'log-level': 3 }),
		group('sendsms-user', { username: 'bench', password: 'bench' }),
		group('sms-service', { keyword: 'default', 'get-url': `"http://127.0.0.1:${web}/mo?from=%p&to=%P&text=%b&coding=%c"`,
			'omit-empty': 'true', 'max-messages': 0 }),
	].join('\n'));
	return file;
}

const listening = (port) => new Promise((done) => {
	const s = connect(port, '127.0.0.1');
	s.on('connect', () => { s.destroy(); done(true); });
	s.on('error', () => done(false));
});

// Both boxes bound to the carrier at port, passing on to web; work gets the port of sendsms and the boxes.
async function between(port, web, work) {
	const dir = folder(), boxes = await freePort(), send = await freePort();
	const file = conf(dir, port, web, boxes, await freePort(), send);
	const children = [];
	const start = (program) => children.push(own(spawn(program, ['-v', '4', file], { stdio: 'ignore', cwd: dir })));
	try {
		start('bearerbox');
		await until('bearerbox', () => listening(boxes), 20000);
		start('smsbox');
		return await work(send, children);
	} finally {
		await endAll(children);
	}
}

// What comes in is passed on by HTTP to the generator, which answers 200.
export async function kannelIn(count) {
	const web = await freePort();
	const g = load('smpp_load', '--count', count, '--window', 100, '--http-port', web);
	const [port] = await firstLine(g);
	try {
		return await between(port, web, async (_, boxes) => {
			const r = await g.result;
			return { ...r, cpu_us: boxes.reduce((ms, b) => ms + usage(b.pid).cpu, 0) * 1000 / count };
		});
	} finally {
		g.child.kill('SIGKILL');
	}
}

// sendsms by HTTP, window at once, each with a receipt back by HTTP, over the same carrier.
export async function kannelOut(count, window) {
	let came = 0, last = 0;
	const web = createServer((req, res) => { came++; last = performance.now(); res.end(); });
	await new Promise((done) => web.listen(0, '127.0.0.1', done));
	const g = load('carrier_load', '--protocol', 'smpp', '--count', 1, '--window', 1, '--receipts', 1, '--hold', 0, '--links', 99);
	const [port] = await firstLine(g);
	const agent = new Agent({ keepAlive: true, maxSockets: window });
	const ask = (send, i) => new Promise((done, fail) => {
		const dlr = encodeURIComponent(`http://127.0.0.1:${web.address().port}/dlr?n=${i}&t=%d`);
		const to = `1390${String(i).padStart(7, '0')}`;
		get({ agent, host: '127.0.0.1', port: send,
			path: `/cgi-bin/sendsms?username=bench&password=bench&from=12345&to=${to}&text=hello${i}&dlr-mask=3&dlr-url=${dlr}` },
		(res) => { res.resume(); res.on('end', () => done(res.statusCode)); }).on('error', fail);
	});
	try {
		return await between(port, web.address().port, async (send) => {
			await until('Kannel', () => ask(send, 0).then((s) => s === 202, () => false), 20000);
			await until('the first receipt', () => came > 0, 20000);
			const before = came, begun = performance.now();
			let at = 1;
			await Promise.all(Array.from({ length: window }, async () => { while (at <= count) await ask(send, at++); }));
			await until('every receipt', () => came - before >= count, 60000);
			return { per_second: count / ((last - begun) / 1000) };
		});
	} finally {
		g.child.kill('SIGKILL');
		agent.destroy();
		web.close();
	}
}
