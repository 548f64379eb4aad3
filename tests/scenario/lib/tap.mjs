// Sits between two peers, keeps what passes as packets of text2pcap, and lets tshark read it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const canRead = () => { try { execFileSync('tshark', ['--version'], { stdio: 'ignore' }); return true; } catch { return false; } };

export class Tap {
	static start(to) {
		const t = new Tap();
		t.lines = [];
		const keep = (way) => (d) => t.lines.push(`${way}\n0000 ${[...d].map((b) => b.toString(16).padStart(2, '0')).join(' ')}\n`);
		t.sockets = [];
		t.server = createServer((a) => {
			const b = connect(to, '127.0.0.1');
			t.sockets.push(a, b);
			for (const [from, other, way] of [[a, b, 'O'], [b, a, 'I']]) {
				from.on('data', keep(way));
				from.pipe(other);
				from.on('error', () => other.destroy());
				from.on('close', () => other.end());
			}
		});
		return new Promise((done) => t.server.listen(0, '127.0.0.1', () => { t.port = t.server.address().port; done(t); }));
	}

	close() { for (const s of this.sockets) s.destroy(); return new Promise((done) => this.server.close(done)); }

	// As a session on this port of this protocol: the values of a field, and what tshark finds malformed.
	read(port, protocol, field) {
		const dir = mkdtempSync(join(tmpdir(), 'xq-'));
		writeFileSync(join(dir, 'session.txt'), this.lines.join('\n'));
		execFileSync('text2pcap', ['-q', '-D', '-T', `40000,${port}`, join(dir, 'session.txt'), join(dir, 'session.pcap')], { stdio: 'ignore' });
		const tshark = (...args) => execFileSync('tshark', ['-r', join(dir, 'session.pcap'), '-d', `tcp.port==${port},${protocol}`, ...args],
			{ encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
		const values = tshark('-Y', protocol, '-T', 'fields', '-e', field).trim().split(/[\n,]/).map(Number);
		const malformed = tshark('-Y', '_ws.malformed');
		rmSync(dir, { recursive: true });
		return { values, malformed };
	}
}
