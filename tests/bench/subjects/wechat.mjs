// Sealed pushes to the route of an Official Account: as fast as they go, and a thousand a second. Nothing goes out here: what
// would be the platform's API is not there, and the channel says so.
import { load, note, of, size, startGateway, ticketsStored, usage } from '../lib.mjs';

async function pushes(count, rate) {
	const gateway = await startGateway({ wechat: { type: 'wechat', app_id: 'wxb11529c136998cb6', app_secret: 'bench', token: 'pamtest',
		encoding_aes_key: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG', api_base: 'http://127.0.0.1:1' } });
	const r = await load('wechat_load', '--port', gateway.port, '--count', count, '--connections', rate ? 200 : 32, '--rate', rate).result;
	r.rss = usage(gateway.child.pid).rss;
	await gateway.stop();
	r.tickets = ticketsStored(gateway);
	if (r.tickets !== r.success) throw new Error(`${r.success} pushes acknowledged, ${r.tickets} tickets in the store`);
	note(`  WeChat ${r.per_second}/s`);
	return r;
}

export default {
	name: 'wechat',
	round: () => pushes(20000 / size, 0),
	once: () => pushes(10000 / size, 1000),
	rows: ({ rounds, once }) => [
		{ id: 'wechat', what: 'WeChat: sealed pushes, each answered when its ticket is on disk (32 connections)', value: of(rounds, 'per_second'), unit: '/s', better: 'more' },
		{ id: 'wechat_p99', what: 'the same at 1,000 a second: to "success", p99', value: once.p99_ms, unit: 'ms', digits: 1, better: 'less',
			note: `p50 ${once.p50_ms.toFixed(1)} ms; ${Math.round(once.rss)} MB after it` },
	],
};
