// A citizen's chat client, written from the protocol's description.
import WebSocket from 'ws';
import { until } from './gateway.mjs';

export class Chat {
	constructor(url, { token = null, lastSeq = 0, language = 'zh-CN', origin, identity, headers } = {}) {
		this.headers = headers;
		this.at(url);
		this.token = token;
		this.lastSeq = lastSeq;
		this.acked = new Set();
		this.language = language;
		this.origin = origin;
		this.identity = identity;
		this.frames = [];
		this.n = 0;
	}

	at(url) { this.url = `${url.replace('http', 'ws')}/chat/ws`; }

	async open() {
		this.ws = new WebSocket(this.url, 'xinqiao.chat.1', { origin: this.origin, headers: this.headers });
		this.closed = new Promise((done) => this.ws.on('close', (code, reason) => { this.closeCode = code; done({ code, reason: String(reason) }); }));
		this.ws.on('error', () => {});
		this.ws.on('message', (data) => {
			const f = JSON.parse(data);
			this.frames.push(f);
			if (f.type === 'welcome') { this.token = f.token; }
			if (f.seq && (f.type === 'message' || f.type === 'survey')) this.lastSeq = Math.max(this.lastSeq, f.seq);
			// An ack may be ahead of the messages before it.
			if (f.seq && f.type === 'ack') this.acked.add(f.seq);
			while (this.acked.has(this.lastSeq + 1)) this.lastSeq++;
		});
		await new Promise((done, fail) => { this.ws.once('open', done); this.ws.once('error', fail); });
		this.raw({ type: 'hello', token: this.token, last_seq: this.lastSeq, language: this.language, identity: this.identity });
		await this.frame((f) => f.type === 'welcome', 10000, true);
		return this;
	}

	raw(frame) { this.ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame)); }

	// The first frame that fits; live: a closed connection ends the wait.
	frame(match, ms, live = false) {
		return until(`a chat frame (${match}) among ${JSON.stringify(this.frames).slice(0, 2000)}`, () => {
			const found = this.frames.find(match);
			if (!found && live && this.ws.readyState > 1) throw new Error('the connection closed');
			return found;
		}, ms);
	}

	async say(text, id = `c${process.pid}-${Date.now()}-${++this.n}`) {
		this.raw({ type: 'message', id, text });
		const f = await this.frame((x) => (x.type === 'ack' || x.type === 'error') && x.id === id, 10000, true);
		if (f.type === 'error') throw Object.assign(new Error(f.text), { frame: f });
		return f;
	}

	close() { this.ws.close(); return this.closed; }
	cut() { this.ws.terminate(); return this.closed; }
	messages() { return this.frames.filter((f) => f.type === 'message' || f.type === 'survey'); }
}
