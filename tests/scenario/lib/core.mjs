// A city's core system, as forwarding sees it: takes webhooks, checks each with the reference library of Standard Webhooks,
// and answers as the test tells it.
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { until } from './gateway.mjs';

export const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDn1KcGzRV0bc=';

export class Core {
	constructor(secret = SECRET) {
		this.webhook = new Webhook(secret);
		this.got = [];       // every delivery, in the order it came
		this.kept = [];      // those answered 2xx
		this.forged = 0;
		this.answer = () => 204; // (event, headers) → status, or { status, headers, hold: ms }
	}

	static async start(port = 0, secret = SECRET) {
		const c = new Core(secret);
		await c.listen(port);
		return c;
	}

	async listen(port = this.port || 0) {
		this.server = createServer((req, res) => this.take(req, res));
		this.sockets = new Set();
		this.server.on('connection', (s) => { this.sockets.add(s); s.on('close', () => this.sockets.delete(s)); });
		await new Promise((done, fail) => { this.server.once('error', fail); this.server.listen(port, '127.0.0.1', done); });
		this.port = this.server.address().port;
		this.url = `http://127.0.0.1:${this.port}/hooks/12345`;
	}

	async take(req, res) {
		let body = '';
		for await (const piece of req) body += piece;
		let event;
		try { event = this.webhook.verify(body, req.headers); } catch { this.forged++; res.writeHead(400).end('bad signature'); return; }
		const delivery = { id: req.headers['webhook-id'], ...event };
		this.got.push(delivery);
		const said = this.answer(delivery, req.headers);
		const { status, headers = {}, hold = 0 } = typeof said === 'number' ? { status: said } : said;
		if (hold) await new Promise((r) => setTimeout(r, hold));
		if (status >= 200 && status < 300) this.kept.push(delivery);
		res.writeHead(status, headers).end(status < 300 ? '' : `no: ${status}`);
	}

	async down() {
		const closed = new Promise((done) => this.server.close(done));
		for (const s of this.sockets) s.destroy();
		await closed;
	}

	kinds(number) { return this.kept.filter((d) => d.data.ticket.number === number).map((d) => d.data.event.kind); }

	of(number, kind, ms = 20000) {
		return until(`event ${kind} of ${number} among ${this.kept.map((d) => d.type)}`, () =>
			this.kept.find((d) => d.data.ticket.number === number && d.data.event.kind === kind), ms);
	}
}
