// What strangers send. Each case says what it does, and resolves with what came back, for people and for asserts:
// { name, answer, right } where right tells whether the protocol's own error was given.
import { connect, createServer } from 'node:net';
import WebSocket from 'ws';
import { Chat } from './chat.mjs';
import { lmtp, mail } from './mail.mjs';
import { until } from './gateway.mjs';

const pdu = (command, status, sequence, body = Buffer.alloc(0), length) => {
	const head = Buffer.alloc(16);
	head.writeUInt32BE(length ?? 16 + body.length, 0);
	head.writeUInt32BE(command >>> 0, 4);
	head.writeUInt32BE(status, 8);
	head.writeUInt32BE(sequence, 12);
	return Buffer.concat([head, body]);
};
const deliver = Buffer.concat([Buffer.from('\0\x01\x0113900000001\0\x00\x0112345\0\0\0\0\0\0\0\0\x08\0', 'latin1'), Buffer.from([4]), Buffer.from('路灯', 'utf16le').swap16()]);

// A raw SMSC on a port of its own: what it says to each new connection is given, what it hears is kept.
export class RawSmsc {
	static start() {
		const s = new RawSmsc();
		s.connections = [];
		s.script = null;
		s.server = createServer((socket) => {
			const c = { heard: Buffer.alloc(0), closed: false, socket };
			s.connections.push(c);
			socket.on('error', () => {});
			socket.on('close', () => { c.closed = true; });
			if (s.before) { socket.write(s.before); s.before = null; }
			socket.on('data', (d) => {
				c.heard = Buffer.concat([c.heard, d]);
				if (!c.bound && c.heard.length >= 16) {
					c.bound = true;
					socket.write(pdu(0x80000000 + c.heard.readUInt32BE(4), 0, c.heard.readUInt32BE(12), Buffer.from('smsc\0')));
				}
			});
		});
		return new Promise((done) => s.server.listen(0, '127.0.0.1', () => { s.port = s.server.address().port; done(s); }));
	}

	live() { return until('a bound connection', () => this.connections.find((c) => c.bound && !c.closed), 20000); }

	// Sends bytes on the live connection; resolves with the command id of the first answer that is not a heartbeat, or 'closed'.
	async send(bytes) {
		const c = await this.live();
		const from = c.heard.length;
		c.socket.write(bytes);
		return until('an answer to a bad PDU', () => {
			for (let at = from; at + 16 <= c.heard.length; at += Math.max(16, c.heard.readUInt32BE(at))) {
				const id = c.heard.readUInt32BE(at + 4);
				if (id !== 0x15) return `0x${id.toString(16)} status 0x${c.heard.readUInt32BE(at + 8).toString(16)}`;
			}
			return c.closed && 'closed';
		}, 10000);
	}

	close() { for (const c of this.connections) c.socket.destroy(); return new Promise((done) => this.server.close(() => done())); }
}

const chatError = (url, frame, options = {}) => new Promise((done) => {
	const ws = new WebSocket(`${url.replace('http', 'ws')}/chat/ws`, 'xinqiao.chat.1', options);
	let said = '';
	ws.on('open', () => { if (frame.hello !== false) ws.send(JSON.stringify({ type: 'hello', token: null, last_seq: 0 })); ws.send(frame.data, { binary: !!frame.binary }); });
	ws.on('message', (d) => { const f = JSON.parse(d); if (f.type === 'error') { said = `error ${f.code}`; ws.close(); } });
	ws.on('error', () => {});
	ws.on('close', (code) => done(said || `close ${code}`));
});

// A frame whose text is not UTF-8: `ws` will not send one, so it is made by hand.
function rawFrame(url, payload) {
	const { port } = new URL(url);
	return new Promise((done) => {
		const socket = connect(Number(port), '127.0.0.1');
		let heard = Buffer.alloc(0), upgraded = false;
		socket.on('error', () => done('closed'));
		socket.on('close', () => done('closed'));
		socket.write(`GET /chat/ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
			'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: xinqiao.chat.1\r\n\r\n');
		socket.on('data', (d) => {
			heard = Buffer.concat([heard, d]);
			if (!upgraded && heard.includes('\r\n\r\n')) {
				upgraded = true;
				heard = heard.subarray(heard.indexOf('\r\n\r\n') + 4);
				const mask = Buffer.from([1, 2, 3, 4]);
				const body = Buffer.from(payload).map((b, i) => b ^ mask[i % 4]);
				socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | body.length]), mask, body]));
			}
			for (let at = 0; upgraded && at + 2 <= heard.length; at += 2 + (heard[at + 1] & 127))
				if ((heard[at] & 15) === 8 && at + 4 <= heard.length) { done(`close ${heard.readUInt16BE(at + 2)}`); socket.destroy(); return; }
		});
	});
}

export async function badInput({ url, raw, lmtpPort }) {
	const results = [];
	const add = async (name, promise, right) => { const answer = String(await promise); results.push({ name, answer, right: right.test(answer) }); };
	raw.before = Buffer.from('HTTP/1.1 200 OK\r\n\r\nnot smpp at all\r\n');
	for (const c of raw.connections) c.socket.destroy();
	await add('SMPP garbage before bind', until('a new connection', () => raw.connections.length > 1 && raw.connections.at(-1).bound && !raw.connections.at(-1).closed && 'closed, bound again', 30000), /bound again/);
	await add('SMPP PDU of length 0', raw.send(pdu(0x5, 0, 7, Buffer.alloc(0), 0)), /0x80000000|closed/);
	await add('SMPP PDU of 1 MB', raw.send(pdu(0x5, 0, 8, Buffer.alloc(64), 1 << 20)), /0x80000000|closed/);
	await add('SMPP deliver_sm cut inside', raw.send(pdu(0x5, 0, 9, deliver.subarray(0, 20))), /0x80000005 status 0x(?!0$)|0x80000000|closed/);
	await add('SMPP sm_length past the end', raw.send(pdu(0x5, 0, 10, Buffer.concat([deliver.subarray(0, deliver.length - 5), Buffer.from([200, 1])]))), /0x80000005 status 0x(?!0$)|0x80000000|closed/);
	await add('SMPP unknown command', raw.send(pdu(0x7777, 0, 11)), /0x80000000 status 0x3/);
	await add('mail without headers', lmtp(lmtpPort, '\n路灯坏了，没有信头。\n'), /^250/);
	await add('mail of 40 MB', lmtp(lmtpPort, `Subject: big\n\n${'路灯坏了。'.repeat(14)}\n`.padEnd(40 << 20, 'x123456789'.repeat(7) + '\n')), /^552/);
	await add('mail of 40 MB, said before', lmtp(lmtpPort, mail({ text: 'x' }), { bytes: 40 << 20 }), /^552/);
	await add('mail in an unknown charset', lmtp(lmtpPort, Buffer.from('Subject: x\r\nContent-Type: text/plain; charset=x-klingon\r\n\r\n路灯坏了，字符集不明。\r\n')), /^250/);
	await add('mail that is empty', lmtp(lmtpPort, '\n'), /^250/);
	await add('chat frame not UTF-8', rawFrame(url, Buffer.from([0x7b, 0xff, 0xfe, 0x7d])), /1007/);
	await add('chat frame of 33 KiB', chatError(url, { data: JSON.stringify({ type: 'message', id: 'x', text: 'x'.repeat(33 * 1024) }) }), /1009/);
	await add('chat frame not JSON', chatError(url, { data: '{"type":' }), /error bad-json/);
	await add('chat frame binary', chatError(url, { data: Buffer.from([1, 2, 3]), binary: true }), /1003/);
	await add('chat text of 0 characters', chatError(url, { data: JSON.stringify({ type: 'message', id: 'e', text: '' }) }), /error empty/);
	await add('chat rating of a survey not ours', chatError(url, { data: JSON.stringify({ type: 'rating', id: 's', survey: 'abc.def', rating: 5 }) }), /error survey/);
	await add('chat message before hello', chatError(url, { hello: false, data: JSON.stringify({ type: 'message', id: 'h', text: 'x' }) }), /error hello-first/);
	const chat = await new Chat(url, { token: 'forged.token' }).open();
	results.push({ name: 'chat token forged', answer: `a new token: ${chat.token !== 'forged.token'}`, right: chat.token !== 'forged.token' });
	await chat.close();
	return results;
}
