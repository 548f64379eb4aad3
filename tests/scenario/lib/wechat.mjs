// WeChat's platform, both kinds: an Official Account (pushes, stable_token, messages, templates, media) and WeCom customer
// service (doorbell, sync_msg, kf/send_msg). Signs and encrypts by npm wechat-crypto and @wecom/crypto, which are not ours.
import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { until, slack } from './gateway.mjs';

const load = createRequire(import.meta.url);
const Official = load('wechat-crypto');
const wecom = load('@wecom/crypto');

export const KEY = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';
export const OLD_KEY = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C';
const cdata = (s) => `<![CDATA[${String(s).replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
export const xml = (fields) => `<xml>${members(fields)}</xml>`;
const members = (fields) => Object.entries(fields).map(([k, v]) =>
	`<${k}>${typeof v === 'object' ? members(v) : typeof v === 'number' || typeof v === 'bigint' ? v : cdata(v)}</${k}>`).join('');

// The one file of a form, as busboy and its like read it.
function fileOf(bytes, boundary) {
	const raw = bytes.toString('latin1'), start = raw.indexOf(`--${boundary}\r\n`), head = raw.indexOf('\r\n\r\n', start), end = raw.indexOf(`\r\n--${boundary}--`, head);
	const fields = Buffer.from(raw.slice(start, head), 'latin1').toString('utf8');
	return { field: /name="([^"]*)"/.exec(fields)?.[1], filename: /filename="([^"]*)"/.exec(fields)?.[1], mime: /content-type: *(\S+)/i.exec(fields)?.[1],
		bytes: Buffer.from(raw.slice(head + 4, end), 'latin1') };
}

export class Platform {
	static async start({ wecom: kf = false, mode = 'safe', token = 'pamtest', key = KEY, id = kf ? 'ww0123456789abcdef' : 'wxb11529c136998cb6' } = {}) {
		const p = new Platform();
		Object.assign(p, { kf, mode, token, key, id, secret: 'app-secret', open_kfid: 'wkTest', account: 'gh_test' });
		p.sent = [];          // { to, text, menu, template, … } that a citizen got
		p.calls = [];         // [path, body] of every call
		p.faults = [];        // { path, errcode, times, after } answered instead, to so many calls after so many
		p.access = { value: '', until: 0, life: 7200, forced: 0, asked: 0 };
		p.windows = new Map();
		p.enforce = true;
		p.media = new Map();  // media_id: { bytes, type, delay }
		p.menu = null;        // as menu/create got it
		p.quota = { '/cgi-bin/message/custom/send': { daily_limit: 500000, used: 1200, remain: 498800 }, '/cgi-bin/message/template/send': { daily_limit: 100000, used: 95000, remain: 5000 } };
		p.uploads = [];       // { media_id, type, filename, bytes } of media/upload
		p.msgids = new Map();
		p.inbox = [];         // WeCom: what sync_msg lists,
		p.pulled = 0;         // and how many of it the gateway says it has
		p.nextId = 6054768590064713728n;
		p.nextMsgid = 200163836;
		p.server = createServer((req, res) => p.serve(req, res));
		await new Promise((done) => p.server.listen(0, '127.0.0.1', done));
		p.port = p.server.address().port;
		p.url = `http://127.0.0.1:${p.port}`;
		return p;
	}

	channel(more = {}) {
		return this.kf
			? { type: 'wecom', corp_id: this.id, secret: this.secret, token: this.token, encoding_aes_key: this.key, open_kfid: this.open_kfid, api_base: this.url, ...more }
			: { type: 'wechat', app_id: this.id, app_secret: this.secret, token: this.token, encoding_aes_key: this.key, mode: this.mode, api_base: this.url, ...more };
	}

	end() { this.server.closeAllConnections(); return new Promise((done) => this.server.close(done)); }

	// --- pushes ---

	sign(encrypt, timestamp = String(Math.floor(Date.now() / 1000)), nonce = randomBytes(5).toString('hex')) {
		const q = { timestamp, nonce };
		const oa = new Official(this.token, this.key, this.id);
		if (!this.kf) q.signature = oa.getSignature(timestamp, nonce, '');
		if (encrypt !== undefined) {
			if (!this.kf) q.encrypt_type = 'aes';
			q.msg_signature = this.kf ? wecom.getSignature(this.token, timestamp, nonce, encrypt) : oa.getSignature(timestamp, nonce, encrypt);
		}
		return q;
	}

	seal(plain) {
		return this.kf ? wecom.encrypt(this.key, plain, this.id) : new Official(this.token, this.key, this.id).encrypt(plain);
	}

	// The request for a push: query and body, as the mode wants it.
	pack(plain) {
		if (this.mode === 'plain' && !this.kf) return { query: this.sign(), body: plain };
		const encrypt = this.seal(plain);
		const outer = `<Encrypt>${cdata(encrypt)}</Encrypt>`;
		const body = this.mode === 'compatible' && !this.kf ? plain.replace('</xml>', `${outer}</xml>`)
			: `<xml><ToUserName>${cdata(this.account)}</ToUserName>${outer}${this.kf ? '<AgentID>0</AgentID>' : ''}</xml>`;
		return { query: this.sign(encrypt), body };
	}

	// One request; null when there was no answer within `wait`, or the connection was closed without one.
	post(target, { query, body }, wait = 5000) {
		const url = new URL(target);
		url.search = new URLSearchParams(query);
		return new Promise((done) => {
			const req = request(url, { method: 'POST', headers: { 'content-type': 'text/xml' }, timeout: wait, agent: false }, (res) => {
				let text = '';
				res.on('data', (d) => { text += d; });
				res.on('end', () => done({ status: res.statusCode, text }));
				res.on('error', () => done(null));
			});
			req.on('timeout', () => req.destroy());
			req.on('error', () => done(null));
			req.end(body);
		});
	}

	// Three tries, as the platform makes them; every answer, null for none.
	async push(target, fields, { wait = 5000 } = {}) {
		const answers = [];
		for (let i = 0; i < 3; i++) {
			const answer = await this.post(target, this.pack(xml(fields)), wait);
			answers.push(answer);
			if (answer) break;
		}
		return answers;
	}

	fields(from, rest, at = Math.floor(Date.now() / 1000)) {
		return { ToUserName: this.account, FromUserName: from, CreateTime: at, ...rest };
	}

	// What a citizen does in the app. `target`: the gateway's route.
	async say(target, from, message, more = {}) {
		const rest = typeof message === 'string' ? { MsgType: 'text', Content: message } : message;
		const fields = this.fields(from, { ...rest, MsgId: this.nextId++ });
		this.hear(from, 5, 48 * 3600e3);
		const answers = await this.push(target, fields, more);
		assert.deepEqual(answers.at(-1), { status: 200, text: 'success' }, 'the platform was answered');
		return fields;
	}

	async event(target, from, rest) {
		if (['subscribe', 'SCAN', 'CLICK'].includes(rest.Event)) this.hear(from, 3, 60e3);
		const answers = await this.push(target, this.fields(from, { MsgType: 'event', ...rest }));
		assert.deepEqual(answers.at(-1), { status: 200, text: 'success' });
	}

	async tap(target, from, words) {
		const menu = this.sent.filter((m) => m.to === from && m.menu).at(-1).menu;
		const item = menu.list.map((i) => i.click || i).find((i) => i.content === words);
		assert.ok(item, `no item ${words}`);
		if (this.kf) return this.write(target, from, { msgtype: 'text', text: { content: words, menu_id: item.id } });
		this.hear(from, 3, 60e3);
		const fields = this.fields(from, { MsgType: 'text', Content: words, bizmsgmenuid: item.id, MsgId: this.nextId++ });
		return this.push(target, fields);
	}

	// WeCom: into the inbox, and the doorbell.
	put(from, message) {
		const item = { msgid: `M${this.nextId++}`, open_kfid: this.open_kfid, external_userid: from, send_time: Math.floor(Date.now() / 1000), origin: 3, ...message };
		if (item.origin === 3) this.hear(from, 5, 48 * 3600e3);
		this.inbox.push(item);
		return item;
	}

	async write(target, from, message) {
		const item = this.put(from, message);
		await this.ring(target);
		return item;
	}

	async ring(target) {
		const answers = await this.push(target, { ToUserName: this.id, CreateTime: Math.floor(Date.now() / 1000), MsgType: 'event', Event: 'kf_msg_or_event', Token: 'ring', OpenKfId: this.open_kfid });
		assert.deepEqual(answers.at(-1), { status: 200, text: 'success' });
	}

	got(to, match, ms) { return until(`a message to ${to} (${match})`, () => this.sent.find((m) => m.to === to && match(m)), ms); }

	// --- windows ---

	hear(who, left, ms) { const list = this.windows.get(who) || []; list.push({ left, until: Date.now() + ms }); this.windows.set(who, list); }
	spend(who) {
		const list = (this.windows.get(who) || []).filter((w) => w.until > Date.now());
		if (!list.length) return 45015;
		const w = list.find((x) => x.left > 0);
		if (!w) return 45047;
		w.left--;
		return 0;
	}

	// --- the API ---

	fail(path, errcode, times = 1) { this.faults.push({ path, errcode, times }); }
	expire() { this.access.until = 0; }

	grant(force) {
		const a = this.access;
		a.asked++;
		if (force || a.until < Date.now()) {
			a.value = `token-${a.asked}-${randomBytes(12).toString('hex')}`;
			a.until = Date.now() + a.life * 1000;
			if (force) a.forced++;
		}
		return { access_token: a.value, expires_in: Math.max(1, Math.floor((a.until - Date.now()) / 1000)) };
	}

	async serve(req, res) {
		const url = new URL(req.url, this.url), chunks = [];
		for await (const c of req) chunks.push(c);
		const bytes = Buffer.concat(chunks), form = /^multipart\/form-data; *boundary=(.+)$/.exec(req.headers['content-type'] || '');
		const text = form ? '' : bytes.toString();
		const body = form ? fileOf(bytes, form[1]) : text ? JSON.parse(text) : {};
		this.calls.push([url.pathname, body]);
		const json = (o) => { res.writeHead(200, { 'content-type': 'application/json; encoding=utf-8' }); res.end(JSON.stringify(o)); };
		const fault = this.faults.find((f) => f.path === url.pathname && f.times > 0);
		if (fault?.after) {
			fault.after--;
		} else if (fault) {
			fault.times--;
			if (fault.errcode === 'hang up') return void req.socket.destroy();
			if (fault.errcode === 'no answer') return this.call(url, body, () => req.socket.destroy(), res); /* taken, and nobody hears of it */
			return json({ errcode: fault.errcode, errmsg: `injected ${fault.errcode}` });
		}
		if (url.pathname === '/cgi-bin/stable_token') {
			if (body.appid !== this.id) return json({ errcode: 40013, errmsg: 'invalid appid' });
			if (body.secret !== this.secret) return json({ errcode: 40125, errmsg: 'invalid appsecret' });
			return json(this.grant(body.force_refresh));
		}
		if (url.pathname === '/cgi-bin/gettoken')
			return json(url.searchParams.get('corpsecret') === this.secret ? { errcode: 0, ...this.grant(false) } : { errcode: 40001, errmsg: 'invalid credential' });
		if (url.searchParams.get('access_token') !== this.access.value) return json({ errcode: 40014, errmsg: 'invalid access_token' });
		if (this.access.until < Date.now()) return json({ errcode: 42001, errmsg: 'access_token expired' });
		if (/\\u[0-9a-f]{4}/i.test(text)) return json({ errcode: 40033, errmsg: 'no escapes' });
		return this.call(url, body, json, res);
	}

	async call(url, body, json, res) {
		const ok = { errcode: 0, errmsg: 'ok' };
		switch (url.pathname) {
		case '/cgi-bin/message/custom/send':
		case '/cgi-bin/kf/send_msg': {
			if (body.msgid && this.msgids.has(body.msgid)) return json({ errcode: 95033, errmsg: 'repeated msgid' });
			if (Buffer.byteLength(body.text?.content || '') > 2048) return json({ errcode: 45002, errmsg: 'content size out of limit' });
			if (body.msgtype !== 'text' && body.msgtype !== 'msgmenu' && !this.uploads.some((u) => u.media_id === body[body.msgtype]?.media_id))
				return json({ errcode: 40007, errmsg: 'invalid media_id' });
			const code = this.enforce ? this.spend(body.touser) : 0;
			if (code) return json({ errcode: this.kf ? 95001 : code, errmsg: 'out of window' });
			if (body.msgid) this.msgids.set(body.msgid, body);
			this.sent.push({ to: body.touser, text: body.text?.content ?? body.msgmenu?.head_content, menu: body.msgmenu,
				...(body[body.msgtype]?.media_id ? { kind: body.msgtype, file: this.uploads.find((u) => u.media_id === body[body.msgtype].media_id) } : {}) });
			return json(this.kf ? { ...ok, msgid: body.msgid } : ok);
		}
		case '/cgi-bin/message/template/send': {
			const known = this.msgids.get(body.client_msg_id);
			if (known) return json({ ...ok, msgid: known });
			const msgid = this.nextMsgid++;
			this.msgids.set(body.client_msg_id, msgid);
			this.sent.push({ to: body.touser, template: body.template_id, data: body.data, url: body.url, msgid });
			return json({ ...ok, msgid });
		}
		case '/cgi-bin/message/subscribe/bizsend':
			this.sent.push({ to: body.touser, subscription: body.template_id, data: body.data, page: body.page });
			return json(ok);
		case '/cgi-bin/kf/sync_msg': {
			const from = Number(body.cursor || 0);
			this.pulled = Math.max(this.pulled, from);
			const page = this.inbox.slice(from, from + Math.min(body.limit, 3));
			return json({ ...ok, next_cursor: String(from + page.length), has_more: from + page.length < this.inbox.length ? 1 : 0, msg_list: page });
		}
		case '/cgi-bin/kf/customer/batchget':
			return json({ ...ok, customer_list: body.external_userid_list.map((id) => ({ external_userid: id, nickname: `昵称${id.slice(-3)}` })) });
		case '/cgi-bin/openapi/quota/get': {
			const q = this.quota[body.cgi_path];
			return json(q ? { ...ok, quota: q, rate_limit: { call_count: 10, refresh_second: 1 } } : { errcode: 76021, errmsg: 'cgi_path not found, please check' });
		}
		case '/cgi-bin/get_current_selfmenu_info': {
			const selfmenu_info = { button: (this.menu?.button || []).map((b) => (b.sub_button ? { name: b.name, sub_button: { list: b.sub_button } } : b)) };
			return json(this.menu ? { is_menu_open: 1, selfmenu_info } : { errcode: 46003, errmsg: 'menu no exist' });
		}
		case '/cgi-bin/menu/create': {
			const len = (s) => Buffer.byteLength(s || '');
			const all = (body.button || []).flatMap((b) => [[b, 16, 0], ...(b.sub_button || []).map((s) => [s, 60, 1])]);
			if (!body.button?.length || body.button.length > 3) return json({ errcode: 40016, errmsg: 'invalid button size' });
			if (body.button.some((b) => b.sub_button?.length > 5)) return json({ errcode: 40023, errmsg: 'invalid sub button size' });
			const bad = all.find(([b, most]) => !b.name || len(b.name) > most);
			if (bad) return json({ errcode: bad[2] ? 40025 : 40018, errmsg: 'invalid button name size' });
			const away = all.find(([b]) => b.url && !/^https:\/\/([^/]+\.)?city\.example\//.test(b.url));
			if (away) return json({ errcode: away[2] ? 40054 : 40055, errmsg: 'invalid button url domain' });
			this.menu = body;
			return json(ok);
		}
		case '/cgi-bin/menu/delete':
			this.menu = null;
			return json(ok);
		case '/cgi-bin/media/upload': {
			const type = url.searchParams.get('type');
			if (!body.bytes?.length || body.field !== 'media') return json({ errcode: 41005, errmsg: 'media data missing' });
			if (!this.kf && !/\.(png|jpe?g|gif)$/i.test(body.filename)) return json({ errcode: 40004, errmsg: 'invalid media type' });
			const media_id = `up-${this.uploads.length + 1}`;
			this.uploads.push({ media_id, type, ...body });
			return json({ ...(this.kf ? ok : {}), type, media_id, created_at: 1380000000 });
		}
		case '/cgi-bin/media/get': {
			const m = this.media.get(url.searchParams.get('media_id'));
			if (!m) return json({ errcode: 40007, errmsg: 'invalid media_id' });
			if (m.delay) await new Promise((done) => setTimeout(done, m.delay));
			res.writeHead(200, { 'content-type': m.type || 'image/jpeg', 'content-disposition': `attachment; filename="${url.searchParams.get('media_id')}"` });
			return res.end(m.bytes);
		}
		default:
			return json({ errcode: 40066, errmsg: 'invalid url' });
		}
	}
}
export { slack };
