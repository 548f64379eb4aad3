// The four carriers' protocols: what comes in over 1 and 4 links, what goes out up to its receipt, and Kannel's way out beside it;
// the codec alone; and what a million receipts that have not come yet cost.
import { freePort } from '../../scenario/lib/gateway.mjs';
import { copied, missing, none, onDisk } from '../beside.mjs';
import { KANNEL, hasKannel, kannelIn, kannelOut } from '../kannel.mjs';
import { firstLine, folder, load, measured, note, size, startGateway } from '../lib.mjs';

const PROTOCOLS = ['smpp', 'cmpp', 'sgip', 'smgp'];
const OUT_WINDOW = 32, inWindow = (protocol) => (protocol === 'sgip' ? 32 : 100);

const keys = (protocol, listen) => ({ smpp: { system_id: 'bench', password: 'bench' }, cmpp: { source_addr: '901234', secret: 'bench', verify_server: 'no' },
	sgip: { login: 'bench', password: 'bench', listen: `127.0.0.1:${listen}`, smg_login: 'smg', smg_password: 'bench', node_id: 3010092008, corp_id: 92008, idle: 0 },
	smgp: { client_id: '10612345', secret: 'bench' } })[protocol];

// With out: the gateway's answers wait until every message is in, and are then measured up to the last receipt.
async function carrier(protocol, links, count, out) {
	const listen = await freePort();
	const g = load('carrier_load', '--protocol', protocol, '--count', count, '--window', inWindow(protocol), '--links', links,
		...(protocol === 'sgip' ? ['--to', listen] : []), ...(out ? ['--receipts', 1, '--hold', 1] : []));
	const [port] = await firstLine(g);
	const gateway = await startGateway({ sms: { type: protocol, link: Array(links).fill(`127.0.0.1:${port}`).join(', '), number: 12345, window: OUT_WINDOW, pace: 0,
		response_timeout: 600, ...keys(protocol, listen) } });
	g.child.stdin.write('\n');
	const r = await g.result;
	await gateway.stop();
	if (r.acknowledged !== count || (out && r.receipts < count)) throw new Error(`${protocol}: ${JSON.stringify(r)}`);
	note(`  ${protocol} ${links} link(s): ${r.per_second}/s in${out ? `, ${r.out_per_second}/s out` : ''}`);
	return { ...r, out };
}

export default {
	name: 'carriers',
	async once() {
		const r = { links: [] };
		for (const p of PROTOCOLS) for (const [links, out] of [[1, false], [4, false], [1, true]]) r.links.push(await carrier(p, links, (out ? 10000 : 40000) / size, out));
		r.kannel_in = hasKannel ? await kannelIn(40000 / size) : null;
		r.kannel_out = hasKannel ? await kannelOut(10000 / size, OUT_WINDOW) : null;
		r.codec = measured('codec_bench');
		[r.pending] = measured('receipt_bench', 1000000 / size, folder());
		return r;
	},
	rows({ once: r }, all) {
		const at = (p, links, out) => r.links.find((x) => x.protocol === p && x.links === links && x.out === out);
		const kannel = (p, what, them) => {
			if (p !== 'smpp') return none(`Kannel does not speak ${p.toUpperCase()}`);
			return them ? { what: `${KANNEL}: ${what}`, value: them.per_second } : missing(KANNEL);
		};
		const codec = (c, perSecond) => ({ limit: copied(all, c.bytes_per_pdu), peer: none('Kannel\'s cannot be run by itself'),
			note: `${c.bytes_per_pdu.toFixed(0)} bytes each on the wire, ${(perSecond * c.bytes_per_pdu / 1e6).toFixed(0)} MB/s; ` +
				`${c.heap_bytes_per_pdu} bytes of heap` });
		return [
			...PROTOCOLS.flatMap((p) => [
				...[1, 4].map((links) => ({ id: `${p}_${links}`, what: `${p.toUpperCase()}: acknowledged over ${links} link${links > 1 ? 's' : ''}`,
					value: at(p, links, false).per_second, unit: '/s', better: 'more', limit: onDisk(all, links * inWindow(p)),
					peer: kannel(p, 'over one link, nothing synced', r.kannel_in) })),
				{ id: `${p}_out`, what: `${p.toUpperCase()}: out up to the receipt, window ${OUT_WINDOW}`, value: at(p, 1, true).out_per_second, unit: '/s', better: 'more',
					limit: onDisk(all, Infinity), peer: kannel(p, 'sendsms by HTTP to receipt', r.kannel_out) },
			]),
			...r.codec.flatMap((c) => [
				{ id: `${c.protocol}_read`, what: `${c.protocol.toUpperCase()} codec: PDUs read`, value: c.decoded_per_second, unit: '/s', better: 'more',
					...codec(c, c.decoded_per_second) },
				{ id: `${c.protocol}_write`, what: `${c.protocol.toUpperCase()} codec: PDUs written`, value: c.encoded_per_second, unit: '/s', better: 'more',
					...codec(c, c.encoded_per_second) },
			]),
			{ id: 'pending_p99', what: `to find one of ${r.pending.receipts.toLocaleString('en')} receipts that have not come, p99`, value: r.pending.p99_us, unit: 'µs', better: 'less',
				limit: none('looked up in what the system has cached: no disk bounds it'),
				peer: none('Kannel keeps its own in memory or in another database'),
				note: `p50 ${r.pending.p50_us} µs; ${Math.round(r.pending.disk_mb)} MB on disk, ${Math.round(r.pending.rss_mb)} MB in memory` },
		];
	},
};
