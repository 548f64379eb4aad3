// xq-sim as a carrier: `protocol` ("cmpp", "smgp") on a port of its own, with the handsets behind it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, until, variant } from './gateway.mjs';
import { owned } from './owned.mjs';

export class Carrier {
	static async start(protocol, ...more) {
		const s = new Carrier();
		s.protocol = protocol;
		s.out = s.log = '';
		const other = protocol === 'smpp' ? [] : [`--${protocol}`, '127.0.0.1:0'];
		s.child = owned(spawn(process.env.XQ_SIM || join(root, 'build', variant, 'xq-sim'),
			['--smpp-port', '0', '--http-port', '0', ...other, ...more], { stdio: ['ignore', 'pipe', 'pipe'] }));
		s.ended = new Promise((done) => s.child.on('exit', (code) => done(code)));
		s.child.stdout.on('data', (d) => { s.out += d; });
		s.child.stderr.on('data', (d) => { s.log = (s.log + d).slice(-4000); });
		const on = new RegExp(`xq-sim: ${protocol.toUpperCase()} on [^:]+:(\\d+)`);
		[, s.port] = await until('the simulator', () => s.out.endsWith('\n') && on.exec(s.out));
		[, s.url] = /phone at (http:\S+)\//.exec(s.out);
		return s;
	}

	// A simulator that died, or that a sanitizer had a word with, fails the test with its last words.
	async end() { this.child.kill('SIGTERM'); assert.equal(await this.ended, 0, this.log); }
	async post(path, body) {
		const r = await fetch(this.url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
		assert.ok(r.ok, `${path}: ${r.status}`);
		return r.json();
	}
	send(number, text) { return this.post(`/api/handset/${number}/messages`, { text, via: this.protocol }); }
	faults(f) { return this.post('/api/faults', f); }
	async messages(number) { return (await (await fetch(`${this.url}/api/handset/${number}/messages`)).json()).items; }
	async stats() { const all = await (await fetch(`${this.url}/api/stats`)).json(); return this.protocol === 'smpp' ? all : all[this.protocol]; }
	received(number, match) {
		return until(`an SMS to ${number} (${match})`, async () => (await this.messages(number)).find((m) => m.from === 'hotline' && match(m.text)));
	}
	taken(number, text) {
		return until('the gateway to take it', async () => (await this.messages(number)).find((m) => m.from === 'phone' && m.text === text && m.state === 'taken'));
	}
	linked() { return until('the gateway to log in', async () => (await this.stats()).links === 1); }
}
