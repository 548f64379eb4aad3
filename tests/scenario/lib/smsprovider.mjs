// Web providers of text messages, written from their documentation and not from the adapter: each checks what it is sent as
// the real one does, and calls back as it does.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { freePort, until } from './gateway.mjs';

const sha256 = (x) => createHash('sha256').update(x).digest('hex');
const hmac = (key, x, form) => createHmac('sha256', key).update(x).digest(form);
const json = (status, body) => ({ status, type: 'application/json', body: JSON.stringify(body) });
export const secret = 'callback-secret-0123456789';

// request(q): { refuse: answer } or { sent: {to, id, …}, answer }.  receipt(sent, ok), message(phone, text, id): a call.
const kinds = {
	aliyun: {
		config: { account: 'LTAIexample', secret: 'example-secret', sign_name: '示范市12345', number: '1069012345', callback_secret: secret,
			template: '* SMS_900 content={text}' },
		path: `/sms/${secret}`, success: '{"code":0,"msg":"接收成功"}', batches: true, ours: true,
		request(q) {
			const h = q.headers, names = 'host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version'.split(';');
			const query = q.url.slice(q.url.indexOf('?') + 1);
			const sorted = query.split('&').map((p) => p.split('=').map(decodeURIComponent)).sort((a, b) => (a[0] < b[0] ? -1 : 1));
			const strict = (s) => encodeURIComponent(s).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
			const canonical = ['POST', '/', sorted.map((p) => p.map(strict).join('=')).join('&'), names.map((n) => `${n}:${h[n]}\n`).join(''),
				names.join(';'), h['x-acs-content-sha256']].join('\n');
			const signature = hmac('example-secret', `ACS3-HMAC-SHA256\n${sha256(canonical)}`, 'hex');
			const fault = (code) => ({ refuse: json(400, { Code: code, Message: code, RequestId: 'r' }) });
			if (sha256(q.body) !== h['x-acs-content-sha256'] || h.authorization !== `ACS3-HMAC-SHA256 Credential=LTAIexample,SignedHeaders=${
				names.join(';')},Signature=${signature}`) return fault('SignatureDoesNotMatch');
			if (this.nonces?.has(h['x-acs-signature-nonce'])) return fault('SignatureNonceUsed');
			(this.nonces ||= new Set()).add(h['x-acs-signature-nonce']);
			if (Math.abs(Date.parse(h['x-acs-date']) - Date.now()) > 9e5) return fault('InvalidTimeStamp.Expired');
			const p = Object.fromEntries(sorted), values = JSON.parse(p.TemplateParam || '{}');
			if (p.SignName !== '示范市12345') return { refuse: json(200, { Code: 'isv.SMS_SIGNATURE_ILLEGAL', Message: '签名不合法' }) };
			return { sent: { to: p.PhoneNumbers, ours: p.OutId, template: p.TemplateCode, values, text: values.content },
				answer: json(200, { Code: 'OK', Message: 'OK', BizId: `b-${p.OutId}`, RequestId: 'r' }) };
		},
		refused: json(200, { Code: 'isv.MOBILE_NUMBER_ILLEGAL', Message: '手机号码格式错误' }), refusedWords: /MOBILE_NUMBER_ILLEGAL/,
		account: json(200, { Code: 'isv.AMOUNT_NOT_ENOUGH', Message: '账户余额不足' }),
		receipt: (s, ok) => ({ phone_number: s.to, send_time: '2026-11-22 08:00:00', report_time: '2026-11-22 08:00:03', success: ok,
			err_code: ok ? 'DELIVERED' : 'MK:0001', err_msg: ok ? '用户接收成功' : '空号', sms_size: '1', biz_id: `b-${s.ours}`, out_id: s.ours }),
		message: (phone, text, id) => ({ phone_number: phone, send_time: '2026-11-22 08:00:00', content: text, sign_name: '示范市12345',
			dest_code: '1069012345', sequence_id: id }),
	},
	tencent: {
		config: { account: 'AKIDexample', secret: 'example-key', app: '1400006666', sign_name: '示范市12345', number: '12345',
			callback_secret: secret, template: '* 1110 {text}' },
		path: `/sms/${secret}`, success: '{"result":0,"errmsg":"OK"}', batches: true, ours: false,
		request(q) {
			const h = q.headers, t = h['x-tc-timestamp'], day = new Date(t * 1000).toISOString().slice(0, 10);
			const canonical = ['POST', '/', '', `content-type:${h['content-type']}\nhost:${h.host}\n`, 'content-type;host', sha256(q.body)].join('\n');
			const key = ['sms', 'tc3_request'].reduce((k, x) => hmac(k, x), hmac('TC3example-key', day));
			const signature = hmac(key, ['TC3-HMAC-SHA256', t, `${day}/sms/tc3_request`, sha256(canonical)].join('\n'), 'hex');
			const fault = (Code) => ({ refuse: json(200, { Response: { Error: { Code, Message: Code }, RequestId: 'r' } }) });
			if (h.authorization !== `TC3-HMAC-SHA256 Credential=AKIDexample/${day}/sms/tc3_request, SignedHeaders=content-type;host, Signature=${
				signature}`) return fault('AuthFailure.SignatureFailure');
			if (Math.abs(t * 1000 - Date.now()) > 3e5) return fault('AuthFailure.SignatureExpire');
			if (h['x-tc-action'] !== 'SendSms' || h['x-tc-version'] !== '2021-01-11') return fault('InvalidAction');
			const b = JSON.parse(q.body), theirs = `5000:${this.next = (this.next || 0) + 1}`;
			if (b.SmsSdkAppId !== '1400006666') return fault('InvalidParameterValue.SdkAppIdNotExist');
			return { sent: { to: b.PhoneNumberSet[0], theirs, template: b.TemplateId, values: b.TemplateParamSet, text: b.TemplateParamSet[0] },
				answer: json(200, { Response: { SendStatusSet: [{ SerialNo: theirs, PhoneNumber: b.PhoneNumberSet[0], Fee: 1,
					SessionContext: b.SessionContext, Code: 'Ok', Message: 'send success', IsoCode: 'CN' }], RequestId: 'r' } }) };
		},
		refused: json(200, { Response: { SendStatusSet: [{ SerialNo: '', Code: 'FailedOperation.PhoneNumberInBlacklist', Message: 'black' }],
			RequestId: 'r' } }), refusedWords: /PhoneNumberInBlacklist/,
		account: json(200, { Response: { Error: { Code: 'FailedOperation.InsufficientBalanceInSmsPackage', Message: 'x' }, RequestId: 'r' } }),
		receipt: (s, ok) => ({ user_receive_time: '2026-11-22 08:00:03', nationcode: '86', mobile: s.to.replace('+86', ''),
			report_status: ok ? 'SUCCESS' : 'FAIL', errmsg: ok ? 'DELIVRD' : 'UNDELIV', description: ok ? '用户短信送达成功' : '空号', sid: s.theirs }),
		message: (phone, text, id) => ({ extend: '', mobile: phone, nationcode: '86', sign: '示范市12345', text, time: 1790000000 + id }),
	},
	twilio: {
		config: { account: 'AC0123456789', secret: 'auth-token', number: '+15005550006' }, path: '/sms', ours: true,
		success: '<?xml version="1.0" encoding="UTF-8"?><Response/>',
		request(q) {
			if (q.headers.authorization !== `Basic ${Buffer.from('AC0123456789:auth-token').toString('base64')}`)
				return { refuse: json(401, { code: 20003, message: 'Authenticate', status: 401 }) };
			if (q.url !== '/2010-04-01/Accounts/AC0123456789/Messages.json') return { refuse: json(404, { code: 20404, message: 'x', status: 404 }) };
			const p = new URLSearchParams(q.body), sid = `SM${this.next = (this.next || 0) + 1}`, callback = p.get('StatusCallback');
			return { sent: { to: p.get('To'), ours: callback.split('/').at(-1), sid, text: p.get('Body'), callback },
				answer: json(201, { sid, status: 'queued', error_code: null, to: p.get('To') }) };
		},
		refused: json(400, { code: 21211, message: "Invalid 'To' Phone Number", status: 400 }), refusedWords: /21211/,
		account: json(403, { code: 30002, message: 'Account suspended', status: 403 }),
		receipt: (s, ok) => ({ url: s.callback, form: { MessageSid: s.sid || 'SM0', MessageStatus: ok ? 'delivered' : 'undelivered',
			...(ok ? {} : { ErrorCode: '30003' }), To: s.to, From: '+15005550006', AccountSid: 'AC0123456789' } }),
		message: (phone, text, id) => ({ form: { MessageSid: `SMin${id}`, From: `+86${phone}`, To: '+15005550006', Body: text, NumMedia: '0' } }),
	},
	kannel: {
		config: { account: 'u', secret: 'p', number: '12345', callback_secret: secret }, path: `/sms/${secret}`, success: '', ours: true,
		request(q) {
			const p = new URL(q.url, 'http://x').searchParams, plain = (status, body) => ({ status, type: 'text/html', body });
			if (p.get('username') !== 'u' || p.get('password') !== 'p') return { refuse: plain(403, 'Authorization failed for sendsms') };
			return { sent: { to: p.get('to'), text: p.get('text'), callback: p.get('dlr-url'), ours: p.get('dlr-url').split(/[/?]/).at(-2) },
				answer: plain(202, '0: Accepted for delivery') };
		},
		refused: { status: 400, type: 'text/html', body: 'Missing receiver number, rejected' }, refusedWords: /Missing receiver/,
		account: { status: 403, type: 'text/html', body: 'Authorization failed for sendsms' },
		receipt: (s, ok) => ({ url: s.callback.replace('%d', ok ? 1 : 2).replace('%A', ok ? '' : 'NACK%2F11') }),
		message: (phone, text, id) => ({ text, query: `?from=%2B86${phone}&to=12345&coding=0&id=kannel-${id}&time=1795857792` }),
	},
};
export const names = Object.keys(kinds);

export class Provider {
	static async start(name) {
		const p = new Provider();
		Object.assign(p, { name, kind: { ...kinds[name] }, sent: [], tried: 0, next: [], port: await freePort(), serial: 0, hung: [] });
		await p.listen();
		return p;
	}

	listen() {
		this.server = createServer((req, res) => {
			const parts = [];
			req.on('data', (d) => parts.push(d));
			req.on('end', () => this.answer({ headers: req.headers, url: req.url, body: Buffer.concat(parts).toString() }, res));
		});
		return new Promise((done) => this.server.listen(this.port, '127.0.0.1', done));
	}

	close() {
		this.server.closeAllConnections();
		return new Promise((done) => this.server.close(done));
	}

	// One request; `next` says what becomes of the coming ones: 'hang' and 'drop' after taking it, 'busy', 'page', 'refuse', 'account'.
	answer(q, res) {
		const fault = this.next.shift(), { refuse, sent, answer } = this.kind.request(q);
		const say = ({ status, type, body }) => { res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }); res.end(body); };
		this.tried += 1;
		if (refuse) { say(refuse); return; }
		if (fault === 'refuse' || fault === 'account') { say(fault === 'refuse' ? this.kind.refused : this.kind.account); return; }
		if (fault === 'busy') { say({ status: 503, type: 'text/plain', body: '' }); return; }
		this.sent.push(sent);
		if (fault === 'hang') this.hung.push(res);
		else if (fault === 'drop') res.destroy();
		else if (fault === 'page') say({ status: 502, type: 'text/html', body: '<html><h1>502 Bad Gateway</h1></html>' });
		else say(answer);
	}

	config(more = {}) {
		const url = `http://127.0.0.1:${this.port}${this.name === 'kannel' ? '/cgi-bin/sendsms' : ''}`;
		return { type: 'sms-http', profile: this.name, url, pace: 0, ...this.kind.config, ...more };
	}

	received(match, n = 1) {
		return until(`${n} text(s) like ${match} at ${this.name}`, () => {
			const all = this.sent.filter((s) => match.test(s.text));
			return all.length >= n && all;
		}, 30000);
	}

	// --- calls to the gateway ---

	async call(g, { path = this.kind.path, url, form, text, query = '', items, raw, sign = 'auth-token' }) {
		const to = url || `${g.url}${path}${query}`, headers = {};
		let method = 'POST', body = raw;
		if (form) {
			const sorted = Object.keys(form).sort().map((k) => k + form[k]).join('');
			body = new URLSearchParams(form).toString();
			headers['content-type'] = 'application/x-www-form-urlencoded';
			headers['x-twilio-signature'] = createHmac('sha1', sign).update(to + sorted).digest('base64');
		} else if (items) {
			body = JSON.stringify(items);
			headers['content-type'] = 'application/json';
		} else if (text !== undefined) {
			body = text;
			headers['content-type'] = 'text/plain; charset="UTF-8"';
		} else if (url) {
			method = 'GET';
		}
		const r = await fetch(to, { method, headers, body: method === 'GET' ? undefined : body });
		return { status: r.status, text: await r.text(), type: r.headers.get('content-type') };
	}

	entry(x) { return this.kind.batches ? { items: [x] } : x; }
	async say(g, phone, text, id = ++this.serial) {
		const r = await this.call(g, this.entry(this.kind.message(phone, text, id)));
		assert.ok(r.status === 200 || r.status === 202, `${r.status} ${r.text}`);
		assert.equal(r.text, this.kind.success);
		return id;
	}

	async report(g, sent, ok = true) {
		const r = await this.call(g, this.entry(this.kind.receipt(sent, ok)));
		assert.ok([200, 202, 204].includes(r.status), `${r.status} ${r.text}`);
	}
}
