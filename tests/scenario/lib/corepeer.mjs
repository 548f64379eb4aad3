// xq-core as a process: a city's core workflow system, with a store of its own, that may be killed.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { SECRET } from './core.mjs';
import { root, until, variant } from './gateway.mjs';
import { owned } from './owned.mjs';

export class CorePeer {
	constructor(dir, port, gateway, token) {
		Object.assign(this, { dir, port, gateway, token, url: `http://127.0.0.1:${port}` });
	}

	async up() {
		this.out = '';
		this.err = '';
		this.child = owned(spawn(join(root, 'build', variant, 'xq-core'), ['--port', String(this.port), '--secret', SECRET, '--gateway', this.gateway,
			'--token', this.token, '--store', join(this.dir, 'core.db')], { stdio: ['ignore', 'pipe', 'pipe'] }));
		this.child.stdout.on('data', (d) => { this.out += d; });
		this.child.stderr.on('data', (d) => { this.err += d; });
		this.ended = new Promise((done) => this.child.on('exit', done));
		await until('the core system to be ready', () => {
			if (this.child.exitCode !== null) throw new Error(`xq-core ended: ${this.err}`);
			return this.out.includes('ready at');
		});
	}

	async down(signal = 'SIGTERM') {
		this.child.kill(signal);
		await this.ended;
		if (/Sanitizer|runtime error:/.test(this.err)) throw new Error(this.err);
	}

	async get(path) { return (await fetch(`${this.url}/api/${path}`)).json(); }
	faults(body) { return fetch(`${this.url}/api/faults`, { method: 'POST', body: JSON.stringify(body) }); }
}
