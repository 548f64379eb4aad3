/* Asking the server. An expired session never loses what was typed: the call waits for a new login, then goes again. */
import { released } from './press.js';

export class Problem extends Error {
	constructor(status, body, method) {
		super(body?.detail || body?.title || '');
		this.status = status; /* 0: the server was not reached */
		/* It may be done all the same: the server failed at the end, or a proxy before it got no answer. */
		this.unsure = [500, 502, 504].includes(status) && method !== 'GET';
		this.body = body || {};
	}
}

let csrf = '';
let loginAgain = null;
let askMark = null;

export const setCsrf = (value) => { csrf = value; };
/* fn() resolves once somebody has logged in again. */
export const onExpired = (fn) => { loginAgain = fn; };
/* fn() asks for this page's mark anew: another tab has logged in. */
export const onStale = (fn) => { askMark = fn; };

export const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))]
	.map((b) => b.toString(16).padStart(2, '0')).join('');

async function once(method, path, body, headers) {
	const send = { method, headers: { Accept: 'application/json', ...headers }, credentials: 'same-origin' };
	if (method !== 'GET') {
		send.headers['X-XQ-CSRF'] = csrf;
		const file = body instanceof Blob;
		send.headers['Content-Type'] = file ? 'application/octet-stream' : 'application/json';
		send.body = file ? body : JSON.stringify(body ?? {});
	}
	let answer;
	try {
		answer = await fetch(path, send);
	} catch {
		throw new Problem(0);
	}
	const data = answer.status === 204 ? null : await answer.json().catch(() => null);
	if (!answer.ok)
		throw new Problem(answer.status, data, method);
	return data;
}

/* As once(); and once more where the login is another tab's by now, if it is the same person's. */
async function marked(...args) {
	const mark = csrf;
	try {
		return await once(...args);
	} catch (e) {
		if (e.body?.code !== 'page' || !askMark)
			throw e;
		if (mark === csrf)
			await askMark();
		if (mark === csrf)
			throw e;
		return once(...args);
	}
}

/* While somebody logs in again, the cookie is new already and the page's mark of it still the old one: others wait. */
let gate = null;
export async function apart(fn) {
	let open;
	gate = new Promise((done) => { open = done; });
	try {
		return await fn();
	} finally {
		gate = null;
		open();
	}
}

export async function call(method, path, body, headers) {
	for (;;) {
		await gate;
		try {
			return await marked(method, path, body, headers);
		} catch (e) {
			if (!(e instanceof Problem) || e.status !== 401 || !loginAgain)
				throw e;
			await loginAgain();
		}
	}
}

/* What comes is drawn by whoever asked: not while something is pressed. */
export async function get(path) {
	const answer = await call('GET', path);
	await released();
	return answer;
}
export const post = (path, body, headers) => call('POST', path, body, headers);
export const login = (name, password, code) => once('POST', '/console/api/login', { name, password, ...(code ? { code } : {}) });
/* Whoever is logged out already need not log in for it. */
export const logout = () => marked('POST', '/console/api/logout');
export const whoAmI = () => once('GET', '/console/api/me');
