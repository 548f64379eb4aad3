// The four carriers' protocols: what comes in over 1 and 4 links, what goes out up to its receipt, and Kannel's way out beside it;
// the codec alone; and what a million receipts that have not come yet cost.
import { execFileSync, spawn } from 'node:child_process';
import { Agent, createServer, get } from 'node:http';
import { connect } from 'node:net';
import { freePort, until } from '../scenario/lib/gateway.mjs';

export const PROTOCOLS = ['smpp', 'cmpp', 'sgip', 'smgp'];
const OUT_WINDOW = 32;

const open = (port) => new Promise((done) => { const s = connect(port, '127.0.0.1'); s.on('connect', () => { s.destroy(); done(true); }); s.on('error', () => done(false)); });
const keys = (protocol, listen) => ({ smpp: { system_id: 'bench', password: 'bench' }, cmpp: { source_addr: '901234', secret: 'bench', verify_server: 'no' },
	sgip: { login: 'bench', password: 'bench', listen: `127.0.0.1:${listen}`, smg_login: 'smg', smg_password: 'bench', node_id: 3010092008, corp_id: 92008, idle: 0 },
	smgp: { client_id: '10612345', secret: 'bench' } })[protocol];

// With out: the gateway's answers wait until every message is in, and are then measured up to the last receipt.
export async function carrier(tools, protocol, links, count, out) {
	const { load, firstLine, startGateway } = tools, listen = await freePort();
	const g = load('carrier_load', '--protocol', protocol, '--count', count, '--window', protocol === 'sgip' ? 32 : 100, '--links', links,
		...(protocol === 'sgip' ? ['--to', listen] : []), ...(out ? ['--receipts', 1, '--hold', 1] : []));
	const [port] = await firstLine(g);
	const gateway = await startGateway({ sms: { type: protocol, link: Array(links).fill(`127.0.0.1:${port}`).join(', '), number: 12345, window: OUT_WINDOW, pace: 0,
		response_timeout: 600, ...keys(protocol, listen) } });
	g.child.stdin.write('\n');
	const r = await g.result;
	await gateway.stop();
	if (r.acknowledged !== count || (out && r.receipts < count)) throw new Error(`${protocol}: ${JSON.stringify(r)}`);
	return r;
}

// Kannel's sendsms by HTTP, each with a receipt back by HTTP, over the same carrier.
export async function kannelOut(tools, count) {
	const { load, firstLine, folder, running, kannelConf } = tools, dir = folder();
	let came = 0, last = 0;
	const web = createServer((req, res) => { came++; last = performance.now(); res.end(); });
	await new Promise((done) => web.listen(0, '127.0.0.1', done));
	const g = load('carrier_load', '--protocol', 'smpp', '--count', 1, '--window', 1, '--receipts', 1, '--hold', 0, '--links', 99);
	const [port] = await firstLine(g), send = await freePort(), boxes = await freePort();
	const conf = kannelConf(dir, port, web.address().port, await freePort(), boxes, send);
	const start = (p) => { const c = spawn(p, ['-v', '4', conf], { stdio: 'ignore', cwd: dir }); running.push(c); return c; };
	const children = [start('bearerbox')];
	await until('bearerbox', () => open(boxes), 20000);
	children.push(start('smsbox'));
	const agent = new Agent({ keepAlive: true, maxSockets: OUT_WINDOW });
	const ask = (i) => new Promise((done, fail) => {
		const dlr = encodeURIComponent(`http://127.0.0.1:${web.address().port}/dlr?n=${i}&t=%d`);
		get({ agent, host: '127.0.0.1', port: send, path: `/cgi-bin/sendsms?username=bench&password=bench&from=12345&to=1390${String(i).padStart(7, '0')}&text=hello${i}&dlr-mask=3&dlr-url=${dlr}` },
			(res) => { res.resume(); res.on('end', () => done(res.statusCode)); }).on('error', fail);
	});
	try {
		await until('Kannel', () => ask(0).then((s) => s === 202, () => false), 20000);
		await until('the first receipt', () => came > 0, 20000);
		const before = came, begun = performance.now();
		let at = 1;
		await Promise.all(Array.from({ length: OUT_WINDOW }, async () => { while (at <= count) await ask(at++); }));
		await until('every receipt', () => came - before >= count, 60000);
		return { per_second: count / ((last - begun) / 1000) };
	} finally {
		const ended = children.map((c) => new Promise((done) => { if (c.exitCode !== null || c.signalCode) done(); else c.on('exit', done); }));
		for (const c of children.reverse()) c.kill('SIGTERM');
		const hard = setTimeout(() => { for (const c of children) c.kill('SIGKILL'); }, 5000);
		await Promise.all(ended);
		clearTimeout(hard);
		g.child.kill('SIGKILL');
		agent.destroy();
		web.close();
	}
}

export const codec = (bench) => execFileSync(bench('codec_bench'), { encoding: 'utf8' }).trim().split('\n').map((l) => JSON.parse(l));
export const pending = (bench, folder, count) => JSON.parse(execFileSync(bench('receipt_bench'), [String(count), folder()], { encoding: 'utf8' }));

export function rows(all, n) {
	const of = (list, f) => list.find(f);
	const list = PROTOCOLS.map((p) => {
		const at = (links, out) => of(all.carriers, (r) => r.protocol === p && r.links === links && r.out === out);
		return [`${p.toUpperCase()}: acknowledged/s over 1 and 4 links; out up to the receipt/s, window ${OUT_WINDOW}`,
			`${n(at(1, false).per_second)} and ${n(at(4, false).per_second)}; ${n(at(1, true).out_per_second)}`,
			p === 'smpp' && all.kannel_out ? `Kannel 1.4.5, sendsms to receipt: ${n(all.kannel_out.per_second)}` : ''];
	});
	for (const c of all.codec) list.push([`${c.protocol.toUpperCase()} codec: PDUs/s read and written, heap bytes each`, `${n(c.decoded_per_second)} and ${n(c.encoded_per_second)}, ${n(c.heap_bytes_per_pdu, 1)}`, '']);
	list.push([`${n(all.pending.receipts)} receipts that have not come: on disk, in memory, to find one (p50, p99)`,
		`${n(all.pending.disk_mb)} MB, ${n(all.pending.rss_mb)} MB, ${n(all.pending.p50_us)} and ${n(all.pending.p99_us)} µs`, '']);
	return list;
}

export async function measure(tools, size, hasKannel, note) {
	const all = { carriers: [] };
	for (const p of PROTOCOLS) {
		for (const [links, out] of [[1, false], [4, false], [1, true]]) {
			const r = await carrier(tools, p, links, (out ? 10000 : 40000) / size, out);
			all.carriers.push({ ...r, out });
			note(`  ${p} ${links} link(s): ${r.per_second}/s in${out ? `, ${r.out_per_second}/s out` : ''}`);
		}
	}
	all.kannel_out = hasKannel ? await kannelOut(tools, 10000 / size) : null;
	all.codec = codec(tools.bench);
	all.pending = pending(tools.bench, tools.folder, 1000000 / size);
	return all;
}
