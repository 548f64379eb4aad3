// Sealed pushes to the route of an Official Account: as fast as they go, and a thousand a second. Nothing goes out here: what
// would be the platform's API is not there, and the channel says so.
import { Agent, request } from 'node:http';
import { Platform, xml } from '../../scenario/lib/wechat.mjs';
import { none, onDisk, oneSync } from '../beside.mjs';
import { load, median, note, of, size, startGateway, ticketsStored, usage } from '../lib.mjs';

const CONNECTIONS = 32, NOBODY = none('no other gateway for an Official Account is installed here');

const start = () => startGateway({ wechat: { type: 'wechat', app_id: 'wxb11529c136998cb6', app_secret: 'bench', token: 'pamtest',
	encoding_aes_key: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG', api_base: 'http://127.0.0.1:1' } });

// Whatever is wrong with an envelope: the same answer, after the same time? One after the other over one connection, turn by turn.
async function refusals(count) {
	const gateway = await start(), p = await Platform.start(), agent = new Agent({ keepAlive: true, maxSockets: 1 });
	const plain = xml(p.fields('oBench', { MsgType: 'text', Content: '路灯不亮'.repeat(20), MsgId: 1 })), sealed = p.seal(plain);
	const wrap = (encrypt, query = p.sign(encrypt)) => ({ query, body: `<xml><ToUserName>x</ToUserName><Encrypt>${encrypt}</Encrypt></xml>` });
	const tampered = Buffer.from(sealed, 'base64');
	tampered[tampered.length - 17] ^= 1;
	const kinds = { 'wrong signature': wrap(sealed, { ...p.sign(sealed), msg_signature: '0'.repeat(40) }), 'bad padding': wrap(tampered.toString('base64')),
		'wrong app id': wrap(Object.assign(Object.create(p), { id: 'wx0000000000000000' }).seal(plain)), 'truncated base64': wrap(sealed.slice(0, -5)) };
	const took = Object.fromEntries(Object.keys(kinds).map((k) => [k, []]));
	const ask = ({ query, body }) => new Promise((done, fail) => {
		const req = request(`${gateway.url}/wechat?${new URLSearchParams(query)}`, { method: 'POST', agent, headers: { 'content-type': 'text/xml' } }, (res) => {
			let text = '';
			res.on('data', (d) => { text += d; }).on('end', () => done(`${res.statusCode} ${text}`));
		});
		req.on('error', fail).end(body);
	});
	const answers = new Set();
	for (let i = 0; i < count; i++)
		for (const [kind, push] of Object.entries(kinds)) {
			const began = process.hrtime.bigint();
			answers.add(await ask(push));
			took[kind].push(Number(process.hrtime.bigint() - began) / 1000);
		}
	agent.destroy();
	await p.end();
	await gateway.stop();
	if (answers.size !== 1) throw new Error(`refusals differ: ${[...answers].join(' | ')}`);
	const medians = Object.entries(took).map(([kind, all]) => [kind, median(all)]), values = medians.map(([, us]) => us);
	return { apart: Math.max(...values) - Math.min(...values), medians, spread: median(took['bad padding'].map((us) => Math.abs(us - median(took['bad padding'])))) };
}

async function pushes(count, rate) {
	const gateway = await start();
	const r = await load('wechat_load', '--port', gateway.port, '--count', count, '--connections', rate ? 200 : CONNECTIONS, '--rate', rate).result;
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
	once: async () => ({ ...await pushes(10000 / size, 1000), refusals: await refusals(2000 / size) }),
	rows: ({ rounds, once }, all) => [
		{ id: 'wechat', what: `WeChat: sealed pushes, each answered when its ticket is on disk (${CONNECTIONS} connections)`, value: of(rounds, 'per_second'), unit: '/s', better: 'more',
			limit: onDisk(all, CONNECTIONS), peer: NOBODY },
		{ id: 'wechat_p99', what: 'the same at 1,000 a second: to "success", p99', value: once.p99_ms, unit: 'ms', digits: 1, better: 'less', limit: oneSync(all), peer: NOBODY,
			note: `p50 ${once.p50_ms.toFixed(1)} ms; ${Math.round(once.rss)} MB after it` },
		{ id: 'wechat_refusals', what: 'a false push refused, one answer for all: medians of the kinds apart', value: once.refusals.apart, unit: 'µs', digits: 0, better: 'less', limit: none('a difference, which is best none'), peer: NOBODY,
			note: `${once.refusals.medians.map(([kind, us]) => `${kind} ${Math.round(us)}`).join(', ')} µs; one kind alone spreads by ${Math.round(once.refusals.spread)}` },
	],
};
