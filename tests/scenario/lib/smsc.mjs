// A carrier's SMSC by npm `smpp`: an implementation of the protocol that is not ours.
import smpp from 'smpp';
import { freePort, until } from './gateway.mjs';

const ucs2 = (text) => { const b = Buffer.from(text, 'utf16le'); b.swap16(); return b; };

export class Smsc {
	static async start({ port, receipts = true, tls = {}, spread = false } = {}) {
		const s = new this();
		s.port = port || await freePort();
		s.receipts = receipts;
		s.spread = spread; // over all links in turn, what goes to the gateway; else over the first
		s.tls = tls; // { key, cert }: everything goes through TLS
		s.sessions = new Set();
		s.submits = [];   // every submit_sm as it came
		s.ids = [];       // the id each was answered with
		s.texts = [];     // { to, text } of whole messages
		s.parts = new Map();
		s.next = 1; // message id
		s.reference = 1; // of a long message to the gateway
		s.turn = 0;
		await s.listen();
		return s;
	}

	listen() {
		this.server = smpp.createServer(this.tls, (session) => this.session(session));
		return new Promise((done) => this.server.listen(this.port, '127.0.0.1', done));
	}

	session(session) {
		session.on('error', () => {});
		session.socket.setNoDelay(true); // as SMSCs do: else a text waits for the kernel's delayed ACK of the answer before it
		const bind = (pdu) => { session.send(pdu.response({ system_id: 'smsc' })); this.sessions.add(session); };
		session.on('bind_transceiver', bind);
		session.on('bind_transmitter', bind);
		session.on('bind_receiver', (pdu) => { session.receiver = true; bind(pdu); });
		session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); });
		session.on('enquire_link', (pdu) => session.send(pdu.response()));
		session.on('close', () => this.sessions.delete(session));
		session.on('submit_sm', (pdu) => this.submit(session, pdu));
	}

	submit(session, pdu) {
		const id = `m${this.next++}`;
		this.submits.push(pdu);
		this.ids.push(id);
		if (this.silent) return; // as one that breaks down just now
		session.send(pdu.response({ message_id: id }));
		this.collect(pdu);
		if (this.receipts && pdu.registered_delivery) setTimeout(() => this.receipt(id, pdu), 5);
	}

	receipt(id, pdu, stat = 'DELIVRD') {
		const to = this.receiver();
		if (!to) return;
		to.deliver_sm({ source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4,
			short_message: `id:${id} sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 stat:${stat} err:000 text:` });
	}

	collect(pdu) {
		const raw = pdu.short_message.message;
		const piece = typeof raw === 'string' ? raw : Buffer.from(raw).swap16().toString('utf16le');
		const udh = pdu.short_message.udh && pdu.short_message.udh[0];
		if (!udh) { this.texts.push({ to: pdu.destination_addr, from: pdu.source_addr, text: piece }); return; }
		const u = Buffer.isBuffer(udh) ? udh : Buffer.from(udh);
		const [ref, total, n] = [u[u.length - 3], u[u.length - 2], u[u.length - 1]];
		const key = `${pdu.destination_addr}/${ref}/${total}`;
		const parts = this.parts.get(key) || new Map();
		parts.set(n, piece);
		this.parts.set(key, parts);
		if (parts.size === total) {
			this.parts.delete(key);
			this.texts.push({ to: pdu.destination_addr, from: pdu.source_addr, text: [...parts].sort((a, b) => a[0] - b[0]).map((p) => p[1]).join('') });
		}
	}

	receiver() {
		const all = [...this.sessions], may = all.some((s) => s.receiver) ? all.filter((s) => s.receiver) : all;
		return may[this.spread ? this.turn++ % may.length : 0];
	}
	bound() { return until('the gateway to bind', () => this.receiver()); }

	// A citizen's text, split as a phone would; resolves with the command_status of the last part's answer.
	async deliver(from, text, { to = '12345', ms = 15000, over, ton = 0 } = {}) {
		const session = over || await this.bound();
		const body = ucs2(text);
		const send = (short_message, esm_class) => new Promise((done, fail) => {
			const timer = setTimeout(() => fail(new Error('no deliver_sm_resp')), ms);
			session.deliver_sm({ source_addr: from, source_addr_ton: ton, destination_addr: to, data_coding: 8, esm_class, short_message }, (r) => { clearTimeout(timer); done(r.command_status); });
		});
		if (body.length <= 140) return send({ message: body }, 0);
		const ref = this.reference++ & 255;
		const pieces = [];
		for (let i = 0; i < body.length; i += 134) pieces.push(body.subarray(i, i + 134));
		const all = await Promise.all(pieces.map((p, i) => send({ udh: Buffer.from([5, 0, 3, ref, pieces.length, i + 1]), message: p }, 0x40)));
		return all.reduce((a, b) => a || b, 0);
	}

	received(to, match) {
		return until(`an SMS to ${to} (${match}) among ${JSON.stringify(this.texts.filter((t) => t.to.endsWith(to))).slice(0, 1500)}`,
			() => this.texts.find((t) => t.to.endsWith(to) && match(t.text)));
	}

	cut() { for (const s of this.sessions) s.destroy(); this.sessions.clear(); }
	close() { this.cut(); return new Promise((done) => this.server.close(() => done())); }
}
