// Browsers, the handset simulator and a gateway together: what a citizen and staff see of the whole program.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { Gateway, freePort, root, slack, until } from '../scenario/lib/gateway.mjs';
import { SmtpSink, lmtp, mail } from '../scenario/lib/mail.mjs';
import { owned } from '../scenario/lib/owned.mjs';

export { until };
const variant = process.env.XQ_VARIANT || 'release';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const artifacts = join(root, 'tests/artifacts');
export const WIDE = { width: 1440, height: 900 }, NARROW = { width: 360, height: 740 };
export const WAIT = 8000 * slack;

export const launch = () => chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, args: [
	'--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--disable-extensions'] });

// xq-sim as a process: SMSC and handsets on ports the kernel picks.
export class Sim {
	static async start() {
		const s = new Sim();
		s.out = '';
		s.child = owned(spawn(process.env.XQ_SIM || join(root, 'build', variant, 'xq-sim'), ['--smpp-port', '0', '--http-port', '0'],
			{ stdio: ['ignore', 'pipe', 'ignore'] }));
		s.ended = new Promise((done) => s.child.on('exit', done));
		s.child.stdout.on('data', (d) => { s.out += d; });
		const m = await until('the simulator', () => /SMPP on [^:]+:(\d+), phone at (http:\S+)\//.exec(s.out));
		[, s.port, s.url] = m;
		return s;
	}

	async end() { this.child.kill('SIGTERM'); await this.ended; }
	async send(number, text) {
		const r = await fetch(`${this.url}/api/handset/${number}/messages`, { method: 'POST',
			headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text }) });
		assert.ok(r.ok, `the handset sends: ${r.status}`);
	}
	// What the hotline sent to this handset.
	async texts(number) {
		const r = await (await fetch(`${this.url}/api/handset/${number}/messages`)).json();
		return r.items.filter((m) => m.from === 'hotline').map((m) => m.text);
	}
}

// A gateway with all three channels, the simulator, a mail sink, and every page opened through it watched.
export class World {
	static async start(browser, { mail: withMail = true, settings, slow, sms, channels: more, sections } = {}) {
		const w = new World();
		Object.assign(w, { browser, contexts: [], pages: [], allowed: [], faults: [], passwords: new Map() });
		w.sim = await Sim.start();
		const channels = { web: { type: 'webchat' },
			sms: { type: 'smpp', host: '127.0.0.1', port: w.sim.port, system_id: 'xinqiao', password: 'secret', number: '12345', ...sms } };
		if (withMail) {
			w.sink = await SmtpSink.start();
			w.lmtpPort = await freePort();
			channels.mail = { type: 'email', address: '12345@city.example', lmtp_listen: `127.0.0.1:${w.lmtpPort}`,
				smtp_url: `smtp://127.0.0.1:${w.sink.port}` };
		} else {
			channels.mail = { type: 'email', address: '12345@city.example' };
		}
		w.g = await Gateway.start({ channels: { ...channels, ...more }, settings: { undo_seconds: 0, ...settings }, sections });
		await w.bound();
		return w;
	}

	bound() {
		return until('the gateway to reach the simulator', async () => (await (await fetch(`${this.g.url}/readyz`)).json())
			.channels.find((c) => c.name === 'sms').up);
	}

	// Staff exist once; logging in gives the context its session.
	staff(name, role, department) {
		if (!this.passwords.has(name)) this.passwords.set(name, this.g.staff(name, role, department));
		return this.passwords.get(name);
	}

	async context({ size = WIDE, language = 'zh-CN', theme = 'light', store = {} } = {}) {
		const narrow = size.width < 600;
		const c = await this.browser.newContext({ viewport: size, hasTouch: narrow, isMobile: narrow, colorScheme: theme,
			locale: language === 'en' ? 'en-GB' : 'zh-CN', timezoneId: 'Asia/Shanghai', deviceScaleFactor: 1 });
		c.setDefaultTimeout(WAIT);
		c.language = language;
		// Once a tab: a choice made on the page stays made.
		await c.addInitScript((kept) => {
			if (sessionStorage.getItem('begun')) return;
			try { sessionStorage.setItem('begun', '1'); for (const [k, v] of Object.entries(kept)) localStorage.setItem(k, v); } catch { /* about:blank */ }
		}, { 'xq.lang': language, 'xq.theme': theme, 'xq-sim-language': language, ...store });
		await c.addInitScript(() => { window.__hits = []; window.hit = (what) => window.__hits.push(String(what)); });
		this.contexts.push(c);
		return c;
	}

	// Everything a page complains of is kept, and fails the test unless it is allowed.
	async page(context, url) {
		const p = await context.newPage();
		this.pages.push(p);
		const note = (what) => this.faults.push(`${new URL(p.url() === 'about:blank' ? url : p.url()).pathname}: ${what}`);
		p.on('console', (m) => ['error', 'warning'].includes(m.type()) && note(`${m.type()} ${m.text()}`));
		p.on('pageerror', (e) => note(`exception ${e.stack}`));
		p.on('dialog', (d) => { note(`dialog ${d.message()}`); d.dismiss(); });
		await p.goto(url);
		return p;
	}

	async chat({ context, ...of } = {}) {
		const c = context || await this.context(of);
		const p = await this.page(c, `${this.g.url}/chat${c.language === 'en' ? '?lang=en' : ''}`);
		await p.locator('#field').waitFor();
		return p;
	}

	async phone(number, of = {}) {
		const c = of.context || await this.context(of);
		const p = await this.page(c, `${this.sim.url}/`);
		await p.locator('#link.up').waitFor({ state: 'attached' });
		await p.locator('#number').fill(number);
		await press(p, p.locator('#new [type=submit]'));
		await p.locator('#text').waitFor();
		return p;
	}

	// The console by its own door.
	async login(name, role, of = {}) {
		const password = this.staff(name, role, of.department);
		const c = of.context || await this.context(of);
		const p = await this.page(c, `${this.g.url}/console/${of.path || ''}`);
		await p.locator('[data-t=login-name]').fill(name);
		await p.locator('[data-t=login-password]').fill(password);
		this.allow(/401/);
		await press(p, p.locator('[data-t=login-go]'));
		await live(p);
		return p;
	}

	// The console with a session that was made beside the page: the door has a test of its own.
	async console(name, role, of = {}) {
		const password = this.passwords.get(name) || this.staff(name, role, of.department);
		const c = of.context || await this.context(of);
		await this.session(c, name, password);
		const p = await this.page(c, `${this.g.url}/console/${of.path || ''}`);
		await live(p);
		return p;
	}

	async session(context, name, password = this.passwords.get(name)) {
		const r = await context.request.post(`${this.g.url}/console/api/login`, { data: { name, password } });
		assert.equal(r.status(), 204, await r.text());
	}

	// Staff without a page: what they do is signed with their own name.
	async hand(name, role, { department, display } = {}) {
		if (!this.passwords.has(name)) this.passwords.set(name, this.g.staff(name, role, department, display));
		return this.g.hand(name, this.passwords.get(name));
	}

	// A complaint of the browser that this test brings about on purpose.
	allow(...patterns) { this.allowed.push(...patterns); }
	check() {
		const bad = this.faults.filter((f) => !this.allowed.some((a) => a.test(f)));
		if (bad.length) throw new Error(`pages complain:\n${[...new Set(bad)].join('\n')}`);
	}

	async write(number, words) { await this.sim.send(number, words); return this.ticketWith(words); }
	mail(of) { return lmtp(this.lmtpPort, typeof of === 'string' || Buffer.isBuffer(of) ? of : mail(of), { from: of.envelope || 'zhang@example.org' }); }
	ticketWith(text) {
		return until(`a ticket with ${text}`, async () => {
			for (const t of await this.g.tickets()) {
				const whole = await this.g.ticket(t.number);
				if (whole.messages.some((m) => m.text.includes(text))) return whole;
			}
			return null;
		});
	}

	async end() {
		await Promise.all(this.contexts.map((c) => c.close()));
		try {
			const how = await this.g.end();
			assert.deepEqual(how, { code: 0, signal: null }, 'the gateway drains');
		} finally {
			await this.sim.end();
			await this.sink?.close();
		}
		this.check();
	}
}

// --- what hands do ---

// A finger where there is one: a mouse left over the list would hold its rows still.
export const press = (p, locator, options) => (p.viewportSize().width < 600 ? locator.tap(options) : locator.click(options));

export const live = (p) => p.locator('.pill:not(.good)').or(p.locator('.pill.good')).and(p.locator('.pill.good, .pill.bad')).first().waitFor();
export const say = async (chat, text) => { await chat.locator('#field').fill(text); await press(chat, chat.locator('.composer .go')); };
export const text = async (phone, words) => { await phone.locator('#text').fill(words); await press(phone, phone.locator('#send')); };
export const row = (p, title) => p.locator('.ticket', { hasText: title });
export const back = async (p) => { const b = p.locator('.talk-head .only-narrow'); if (await b.isVisible()) await press(p, b); };
export async function openTicket(p, title) {
	await press(p, row(p, title));
	await p.locator('xq-conversation .said', { hasText: title }).first().waitFor();
}
export async function answer(p, words) {
	await p.locator('[data-t=composer]').fill(words);
	await press(p, p.locator('[data-t=composer-send]'));
	await p.locator('.said.out', { hasText: words }).waitFor();
}
export async function close(p) {
	await press(p, p.locator('button[data-step=close]'));
	await p.locator('select[name=result]').selectOption('solved');
	await press(p, p.locator('[data-t=panel-go]'));
	await p.locator('.talk-head .chip.done').waitFor();
}
export async function faces(chat, rating, solved, comment) {
	await chat.locator('.card form').waitFor();
	await chat.locator(`.card input[value="${solved ? 'yes' : 'no'}"]`).check({ force: true });
	await chat.locator(`.card .faces input[value="${rating}"]`).check({ force: true });
	if (comment) await chat.locator('.card textarea').fill(comment);
	await press(chat, chat.locator('.card .go'));
	await chat.locator('.card .given').waitFor();
}
export async function showFacts(p) {
	const b = p.locator('.talk-head .only-medium');
	if (await b.isVisible()) await press(p, b);
	await p.locator('xq-facts section:visible').first().waitFor();
}

// What is to be drawn has been.
export const drawn = (p) => p.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
export const toast = (p, words) => p.locator('[data-t=toast]', { hasText: words });

// --- a slow line ---

// What asks there waits until it is let go, as it is or otherwise: held.go(refuse(503)). All of it is counted.
export async function hold(p, where, method) {
	const waiting = [], held = { n: 0, come: (n = 1) => until('it to be asked', () => held.n >= n),
		go: async (how = (r) => r.continue()) => { for (const r of waiting.splice(0)) await how(r); } };
	await p.route(where, (r) => {
		if (method && r.request().method() !== method) return r.fallback();
		held.n++;
		return waiting.push(r);
	});
	return held;
}
export const refuse = (status, body = {}) => (r) => r.fulfill({ status, contentType: 'application/problem+json', body: JSON.stringify({ status, ...body }) });
// Lets what waits there be answered by the server, but brings the answer only later: what is new by then is not in it.
export async function delay(p, where) {
	const waiting = [];
	let n = 0;
	await p.route(where, async (r) => {
		const response = await r.fetch();
		n++;
		waiting.push(() => r.fulfill({ response }));
	});
	return { come: (m = 1) => until('it to be answered', () => n >= m), go: async (m) => { for (const one of waiting.splice(0, m ?? waiting.length)) await one(); } };
}

// --- what eyes and instruments see ---

// Pictures for people to look at, in tests/artifacts: only with XQ_SHOTS=1, since they take a third of the time.
export const shots = process.env.XQ_SHOTS === '1';
export async function shot(p, name) {
	mkdirSync(artifacts, { recursive: true });
	await p.screenshot({ path: join(artifacts, `${name}.png`) });
}
export const look = (p, name) => (shots ? shot(p, name) : null);

// What axe finds joins what the pages complain of: the test fails at its end, with all of it.
export async function accessible(w, p, what) {
	await p.evaluate(axe);
	const { violations } = await p.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
	for (const v of violations)
		w.faults.push(`axe ${what}: ${v.id}: ${v.nodes.slice(0, 4).map((n) => `${n.target.join(' ')} ${[...n.any, ...n.all, ...n.none][0]?.message}`).join(' | ')}`);
}

// No payload ran, whatever page shows it.
export async function harmless(p) {
	assert.deepEqual(await p.evaluate(() => window.__hits), [], `nothing ran on ${p.url()}`);
}
