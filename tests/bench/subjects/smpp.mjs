// Text messages over one SMPP link: acknowledged when their tickets are on disk. Kannel under the same load.
import { missing, oneInSqlite, oneSync, onDisk } from '../beside.mjs';
import { KANNEL, hasKannel, kannelIn } from '../kannel.mjs';
import { firstLine, load, note, of, size, startGateway, ticketsStored, usage } from '../lib.mjs';

const WINDOW = 100;

async function ours(count) {
	const g = load('smpp_load', '--count', count, '--window', WINDOW);
	const [port] = await firstLine(g);
	const gateway = await startGateway({ sms: { type: 'smpp', host: '127.0.0.1', port, system_id: 'bench', password: 'bench',
		bind: 'transceiver', number: 12345, window: WINDOW, pace: 0 } });
	const before = usage(gateway.child.pid).cpu;
	const r = await g.result;
	r.cpu_us = (usage(gateway.child.pid).cpu - before) * 1000 / count;
	await gateway.stop();
	r.tickets = ticketsStored(gateway);
	if (r.tickets !== count) throw new Error(`${count} messages acknowledged, ${r.tickets} tickets in the store`);
	gateway.run('audit', 'verify');
	return r;
}

export default {
	name: 'smpp',
	async round() {
		const r = { ours: await ours(60000 / size), kannel: hasKannel ? await kannelIn(60000 / size) : null };
		note(`  SMPP ${r.ours.per_second}/s${r.kannel ? `; Kannel ${r.kannel.per_second}/s, passed on ${r.kannel.http_per_second}/s` : ''}`);
		return r;
	},
	rows({ rounds }, all) {
		const us = rounds.map((r) => r.ours), them = rounds.map((r) => r.kannel), value = of(us, 'per_second');
		const peer = (what, key) => (hasKannel ? { what: `${KANNEL}, nothing synced: ${what}`, value: of(them, key) } : missing(KANNEL));
		return [
			{ id: 'smpp', what: `SMPP: text messages acknowledged when their tickets are on disk (one link, window ${WINDOW})`, value, unit: '/s', better: 'more',
				limit: onDisk(all, WINDOW), peer: peer('acknowledged', 'per_second') },
			{ id: 'smpp_passed_on', what: 'the same against what Kannel passes on', value, unit: '/s', better: 'more', limit: onDisk(all, WINDOW), peer: peer('passed on by HTTP', 'http_per_second') },
			{ id: 'smpp_p99', what: 'from deliver_sm to its answer, p99', value: of(us, 'p99_ms'), unit: 'ms', digits: 1, better: 'less', limit: oneSync(all), peer: peer('to its answer', 'p99_ms'),
				note: `p50 ${of(us, 'p50_ms').toFixed(1)} ms` },
			{ id: 'smpp_cpu', what: 'processor time a message, its answer to the citizen included', value: of(us, 'cpu_us'), unit: 'µs', better: 'less', limit: oneInSqlite(all),
				peer: peer('both boxes', 'cpu_us') },
		];
	},
};
