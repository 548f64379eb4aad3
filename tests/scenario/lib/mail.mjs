// An MTA's two sides as small sockets: an LMTP client that gives mails in, and an SMTP sink that takes answers.
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { until } from './gateway.mjs';

// Gives one raw mail; resolves with the final answers, one a recipient.
export async function lmtp(port, raw, { from = 'zhang@example.org', to = ['12345@city.example'], bytes } = {}) {
	const socket = connect({ port, host: '127.0.0.1', noDelay: true });
	const lines = createInterface({ input: socket, crlfDelay: Infinity })[Symbol.asyncIterator]();
	socket.on('error', () => {});
	const answer = async () => {
		for (;;) {
			const { value, done } = await lines.next();
			if (done) return 'closed';
			if (/^\d{3} /.test(value)) return value;
		}
	};
	const command = async (text) => { socket.write(`${text}\r\n`); return answer(); };
	try {
		const hello = await answer();
		if (!hello.startsWith('220')) return [hello];
		await command('LHLO mx.test.example');
		const mail = await command(`MAIL FROM:<${from}>${bytes ? ` SIZE=${bytes}` : ''}`);
		if (!mail.startsWith('250')) return [mail];
		const rcpt = [];
		for (const t of to) rcpt.push(await command(`RCPT TO:<${t}>`));
		const good = rcpt.filter((r) => r.startsWith('250')).length;
		if (!good) return rcpt;
		const go = await command('DATA');
		if (!go.startsWith('354')) return [go];
		const body = Buffer.isBuffer(raw) ? raw : Buffer.from(raw.replace(/\r?\n/g, '\r\n'));
		socket.write(Buffer.from(body.toString('latin1').replace(/^\./gm, '..'), 'latin1'));
		socket.write('\r\n.\r\n');
		const final = [];
		for (let i = 0; i < good; i++) final.push(await answer());
		socket.write('QUIT\r\n');
		return final;
	} finally {
		socket.destroy();
	}
}

// padding: blank lines behind its base64, so many bytes: what is over 16 KB is kept as a file.
export function mail({ from = 'zhang@example.org', to = '12345@city.example', subject = '路灯', text, id, headers = {}, padding = 0 }) {
	const all = { From: from, To: to, Subject: `=?UTF-8?B?${Buffer.from(subject).toString('base64')}?=`,
		'Message-ID': `<${id || `${Date.now()}.${Math.random().toString(36).slice(2)}@example.org`}>`, Date: new Date().toUTCString(), 'MIME-Version': '1.0',
		'Content-Type': 'text/plain; charset=UTF-8', 'Content-Transfer-Encoding': 'base64', ...headers };
	const body = Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\n');
	return `${Object.entries(all).map(([k, v]) => `${k}: ${v}`).join('\n')}\n\n${body}\n${`${' '.repeat(75)}\n`.repeat(padding / 76)}`;
}

export class SmtpSink {
	static start(port = 0) {
		const s = new SmtpSink();
		s.mails = [];
		s.sockets = new Set();
		s.server = createServer((socket) => s.serve(socket));
		return new Promise((done) => s.server.listen(port, '127.0.0.1', () => { s.port = s.server.address().port; done(s); }));
	}

	serve(socket) {
		this.sockets.add(socket);
		socket.on('close', () => this.sockets.delete(socket));
		socket.on('error', () => {});
		let buffer = '', data = null, envelope = { to: [] };
		const say = (line) => socket.write(`${line}\r\n`);
		say('220 sink');
		socket.on('data', (d) => {
			buffer += d.toString('latin1');
			for (;;) {
				if (data !== null) {
					const end = buffer.indexOf('\r\n.\r\n');
					if (end < 0) return;
					this.mails.push({ ...envelope, raw: Buffer.from(buffer.slice(0, end).replace(/^\.\./gm, '.'), 'latin1').toString('utf8') });
					buffer = buffer.slice(end + 5);
					data = null;
					envelope = { to: [] };
					say(this.answer || '250 2.0.0 kept');
					continue;
				}
				const eol = buffer.indexOf('\r\n');
				if (eol < 0) return;
				const line = buffer.slice(0, eol);
				buffer = buffer.slice(eol + 2);
				if (/^(EHLO|HELO)/i.test(line)) say('250 sink');
				else if (/^MAIL/i.test(line)) { envelope.from = /<(.*?)>/.exec(line)[1]; say('250 ok'); }
				else if (/^RCPT/i.test(line)) { envelope.to.push(/<(.*?)>/.exec(line)[1]); say(this.rcptAnswer || '250 ok'); }
				else if (/^DATA/i.test(line)) { data = ''; say('354 go'); }
				else if (/^QUIT/i.test(line)) { say('221 bye'); socket.end(); }
				else say('250 ok');
			}
		});
	}

	received(to, match = () => true) {
		return until(`a mail to ${to}`, () => this.mails.find((m) => m.to.includes(to) && match(m)));
	}

	close() { for (const s of this.sockets) s.destroy(); return new Promise((done) => this.server.close(() => done())); }
}

// The text part of a mail of ours, decoded.
export function mailText(raw) {
	const parts = raw.split(/\r?\n--[^\r\n]+\r?\n/);
	for (const p of parts) {
		const [head, ...rest] = p.split(/\r?\n\r?\n/);
		if (!/text\/plain/i.test(head)) continue;
		const body = rest.join('\n\n');
		return /base64/i.test(head) ? Buffer.from(body.replace(/\s/g, ''), 'base64').toString('utf8') : body;
	}
	return raw;
}
export const header = (raw, name) => {
	const head = raw.split(/\r?\n\r?\n/)[0].replace(/\r?\n[ \t]+/g, ' ');
	const m = new RegExp(`^${name}: (.*)$`, 'im').exec(head);
	return m ? m[1].trim() : null;
};
