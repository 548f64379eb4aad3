// The description of the API is the API: every operation is called, and status, headers and body of each answer, good or bad,
// are checked against what the running server says of itself. Which routes there are is compared in unit/console/api_test.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { Gateway, freePort, until } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';
import { lmtp, mail } from './lib/mail.mjs';

let g, doc, ajv, admin, lmtpPort, tokens = {};
const seen = new Map(); // operation → statuses seen
const validators = new Map();

// What the description does not name may not come: objects are closed, also those that are put together.
function close(node, composed = false) {
	if (Array.isArray(node)) return node.map((n) => close(n));
	if (node === null || typeof node !== 'object') return node;
	const out = {};
	for (const [k, v] of Object.entries(node)) {
		if (k === 'allOf') out[k] = v.map((n) => close(n, true));
		else out[k] = k === 'examples' || k === 'enum' ? v : close(v);
	}
	const open = node.additionalProperties !== undefined;
	const schema = node.allOf || node.properties && [].concat(node.type ?? []).includes('object');
	if (!composed && !open && (schema || node.$ref?.startsWith('#/components/schemas/'))) out.unevaluatedProperties = false;
	return out;
}

before(async () => {
	lmtpPort = await freePort();
	g = await Gateway.start({ channels: { web: { type: 'webchat' },
		mail: { type: 'email', address: '12345@city.example', lmtp_listen: `127.0.0.1:${lmtpPort}` } } });
	for (const scope of ['read', 'write', 'read,write,pii', 'read,write,reports']) {
		const made = g.runJson('token', 'create', `t${scope.replaceAll(',', '-')}`, '--scope', scope);
		tokens[scope] = made[0].token;
	}
	admin = await g.hand('root', g.staff('root', 'admin'));
	doc = await (await fetch(`${g.url}/api/v1/openapi.json`)).json();
	// Components that are parts of others stay open; where they are used alone they are closed.
	const schemas = Object.fromEntries(Object.entries(doc.components.schemas).map(([k, v]) => [k, close(v, true)]));
	ajv = new Ajv({ strict: false, allErrors: true });
	addFormats(ajv);
	ajv.addSchema({ $id: 'http://x/doc', components: { schemas } });
});
after(async () => { await g.end(); });

const deref = (o) => (o?.$ref ? o.$ref.slice(2).split('/').reduce((at, k) => at[k], doc) : o);

function validator(schema) {
	const key = JSON.stringify(schema);
	if (!validators.has(key)) validators.set(key, ajv.compile(JSON.parse(JSON.stringify(close(schema)).replaceAll('"#/components', '"http://x/doc#/components'))));
	return validators.get(key);
}

// Calls one operation and holds the answer to what is said of it.
async function call(op, { params = {}, query = '', body, raw, scope = 'read,write,pii', headers = {}, token = tokens[scope], at = g.url } = {}) {
	const [method, path] = op.split(' ');
	const described = doc.paths[path]?.[method.toLowerCase()];
	assert.ok(described, `${op} is not described`);
	const url = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name]));
	const res = await fetch(`${at}${url}${query}`, { method, headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
		body: raw ?? (body === undefined ? undefined : JSON.stringify(body)) });
	const said = described.responses[res.status] ?? (res.status >= 400 ? described.responses.default : undefined);
	const text = await res.text();
	assert.ok(said, `${op} answered ${res.status}, which is not described: ${text.slice(0, 300)}`);
	const type = res.headers.get('content-type')?.split(';')[0], content = deref(said).content ?? {};
	const media = content[type] ?? content['*/*'];
	assert.ok(media, `${op} ${res.status}: ${type} is not described`);
	let json = null;
	if (media.schema && /json/.test(type)) {
		json = JSON.parse(text);
		const valid = validator(media.schema);
		assert.ok(valid(json), `${op} ${res.status}: ${ajv.errorsText(valid.errors)}\n${JSON.stringify(valid.errors).slice(0, 800)}\n${text.slice(0, 1500)}`);
	}
	for (const [name, h] of Object.entries(deref(said).headers ?? {})) {
		const value = res.headers.get(name);
		assert.ok(value !== null || !deref(h).required, `${op} ${res.status}: header ${name}`);
		if (value !== null) assert.match(value, new RegExp(deref(h).schema.pattern), name);
	}
	if (json?.status !== undefined && res.status >= 400) assert.equal(json.status, res.status);
	seen.set(op, (seen.get(op) ?? new Set()).add(res.status));
	return { status: res.status, json, text, headers: res.headers };
}

async function complain(text) {
	const chat = await new Chat(g.url).open();
	const { ticket } = await chat.say(text);
	await chat.close();
	return ticket;
}

const T = '/api/v1/tickets/{number}';

test('tickets: lists, one ticket, replies, steps, the core\'s word', async () => {
	const number = await complain('小区北门的路灯坏了'), params = { number };
	assert.equal((await call('GET /api/v1/tickets', { query: '?limit=1' })).json.items.length, 1);
	await call('GET /api/v1/tickets', { query: '?open=1&order=due' });
	for (const bad of ['?limit=0', '?state=nonsense', '?after=x', '?flag=x', '?order=x'])
		assert.equal((await call('GET /api/v1/tickets', { query: bad })).status, 400, bad);
	await call(`GET ${T}`, { params });
	await call(`GET ${T}`, { params, scope: 'read' });
	assert.equal((await call(`POST ${T}/replies`, { params, body: { text: '正在核实', interim: true } })).status, 201);
	assert.equal((await call(`POST ${T}/replies`, { params, body: { text: '旧', seen_seq: 0 } })).json.code, 'newer');
	assert.equal((await call(`POST ${T}/replies`, { params, body: { text: '' } })).status, 422);
	assert.equal((await call(`POST ${T}/replies`, { params, body: { text: 7 } })).status, 400);
	assert.equal((await call(`POST ${T}/steps`, { params, body: { step: 'nonsense' } })).status, 409);
	assert.equal((await call(`POST ${T}/steps`, { params, body: {} })).status, 422);
	assert.equal((await call(`POST ${T}/core`, { params, body: { number: 'C-1', state: '已受理', seq: 1 } })).status, 200);
	assert.equal((await call(`POST ${T}/core`, { params, body: { seq: 5 } })).json.code, 'order');
	assert.equal((await call('GET /api/v1/tickets', { query: '?core=C-1' })).json.items[0].number, number);
	assert.equal((await call(`POST ${T}/steps`, { params, body: { step: 'dispatch', department: 'urban', note: '请办' }, headers: { 'idempotency-key': 'k' } })).status, 200);
	assert.equal((await call(`POST ${T}/steps`, { params, body: { step: 'dispatch', department: 'urban', note: '请办' }, headers: { 'idempotency-key': 'k' } })).headers.get('idempotency-replayed'), 'true');
	assert.equal((await call(`POST ${T}/steps`, { params, body: { step: 'handle' }, headers: { 'idempotency-key': 'k' } })).json.code, 'key-reused');
	assert.equal((await call(`POST ${T}/steps`, { params, body: { step: 'supervise', note: '限期' } })).status, 200);
	assert.equal((await call('GET /api/v1/docket/{kind}', { params: { kind: 'supervision' } })).json.items.length, 1);
	assert.equal((await call(`POST ${T}/replies`, { params, body: { text: '已修好' } })).status, 201);
	assert.equal((await call(`POST ${T}/steps`, { params, body: { step: 'close', result: 'solved' } })).status, 200);
	await call(`GET ${T}`, { params });
});

test('tickets: suggestions, assignment, history, likeness, merging, parting, joining', async () => {
	const number = await complain('人民路井盖松动，车过就响'), other = await complain('人民路井盖松动，又响了一夜'), params = { number };
	await call(`GET ${T}/suggestions`, { params });
	assert.equal((await call(`POST ${T}/assign`, { params, body: { to: 'root', note: '请看' } })).status, 200);
	assert.equal((await call(`POST ${T}/assign`, { params, body: { to: 'nobody-such' } })).status >= 400, true);
	assert.equal((await call(`POST ${T}/assign`, { params, body: { to: '', version: 0 } })).status, 409);
	await call(`GET ${T}/history`, { params });
	await call(`GET ${T}/alike`, { params });
	assert.equal((await call(`POST ${T}/citizen`, { params, body: { other } })).status, 200);
	assert.equal((await call(`GET ${T}/history`, { params })).json.items.length, 1);
	await call(`GET ${T}/alike`, { params });
	assert.equal((await call(`POST ${T}/citizen`, { params, body: { other: null } })).status, 200);
	assert.equal((await call(`POST ${T}/citizen`, { params, body: { other } })).status, 200);
	assert.equal((await call(`POST ${T}/merge`, { params: { number: other }, body: { into: 'x' } })).status, 422);
	const merged = await call(`POST ${T}/merge`, { params: { number: other }, body: { into: number, note: '同一件事' } });
	assert.ok([200, 409].includes(merged.status), merged.text);
	const undone = await call(`POST ${T}/unmerge`, { params: { number: other }, body: {} });
	assert.equal(undone.status, merged.status === 200 ? 200 : 409);
	const chat = await new Chat(g.url).open();
	const first = await chat.say('第一件：垃圾没人清运');
	await chat.say('另外路口的信号灯也坏了');
	await chat.close();
	const messages = (await g.ticket(first.ticket)).messages.filter((m) => m.from === 'citizen');
	assert.equal((await call(`POST ${T}/split`, { params: { number: first.ticket }, body: { messages: [] } })).status, 422);
	assert.equal((await call(`POST ${T}/split`, { params: { number: first.ticket }, body: { messages: [messages[1].id], note: '两件事' } })).status, 201);
});

test('messages and files: the mail as it came, its page, a file of staff', async () => {
	await lmtp(lmtpPort, mail({ subject: '噪音', text: '<p>工地<b>夜间</b>施工</p>', headers: { 'Content-Type': 'text/html; charset=UTF-8' } }));
	const t = await until('the mail\'s ticket', async () => (await g.tickets('&channel=mail'))[0]);
	const { id } = (await g.ticket(t.number)).messages[0];
	assert.equal((await call('GET /api/v1/messages/{id}/raw', { params: { id } })).status, 200);
	assert.equal((await call('GET /api/v1/messages/{id}/raw', { params: { id }, scope: 'read' })).status, 403);
	assert.equal((await call('GET /api/v1/messages/{id}/page', { params: { id } })).status, 200);
	const number = await complain('请发一张现场照片');
	const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
	const up = await call('POST /api/v1/files', { query: `?name=${encodeURIComponent('现场.png')}&ticket=${number}`, raw: png, headers: { 'content-type': 'image/png' } });
	assert.equal(up.status, 201, up.text);
	const sent = await call(`POST ${T}/replies`, { params: { number }, body: { text: '见图', files: [up.json] } });
	assert.equal(sent.status, 201, sent.text);
	const file = (await g.ticket(number)).messages.flatMap((m) => m.attachments)[0];
	assert.equal((await call('GET /api/v1/files/{id}', { params: { id: file.id } })).status, 200);
	await call(`GET ${T}`, { params: { number } });
});

test('articles: written, approved by another, found, reported', async () => {
	const A = '/api/v1/articles';
	const words = { title: '公积金提取需要哪些材料', body: '身份证、银行卡和申请表。', department: 'housing', language: 'zh-CN' };
	const made = await call(`POST ${A}`, { body: words });
	assert.equal(made.status, 201, made.text);
	const params = { id: made.json.id };
	assert.equal((await call(`POST ${A}`, { body: {} })).status, 422);
	await call(`GET ${A}`);
	await call(`GET ${A}/{id}`, { params });
	assert.equal((await call(`POST ${A}/{id}/steps`, { params, body: { step: 'submit', version: 1 } })).status, 200);
	assert.ok((await call(`POST ${A}/{id}/steps`, { params, body: { step: 'approve', version: 1 } })).status >= 400, 'not by the one who wrote it');
	const fault = await call(`POST ${A}/{id}/faults`, { params, body: { text: '缺少复印件' } });
	assert.equal(fault.status, 201, fault.text);
	const { id } = (await call(`GET ${A}/{id}`, { params })).json.reports[0];
	assert.equal((await call(`POST ${A}/{id}/faults/{fault}`, { params: { ...params, fault: id }, body: { note: '已补充' } })).status, 200);
	await call(`GET ${A}`, { query: `?q=${encodeURIComponent('公积金')}` });
});

test('events and reports', async () => {
	const page = await call('GET /api/v1/events', { query: '?limit=3' });
	assert.equal(page.json.items.length, 3);
	const more = await call('GET /api/v1/events', { query: `?limit=200&after=${page.json.next}` });
	assert.ok(more.json.items.length > 10);
	const end = await call('GET /api/v1/events', { query: `?after=${more.json.next}` });
	assert.deepEqual([end.json.items, end.json.next], [[], more.json.next], 'the cursor stays usable at the end');
	assert.equal((await call('GET /api/v1/events', { query: '?after=nonsense' })).status, 400);
	for (const report of ['rates', 'topics'])
		assert.equal((await call(`GET /api/v1/reports/${report}`, { scope: 'read,write,reports' })).status, 200);
});

test('every operation refuses who is nobody, who has no scope, what is not there and what is no JSON, as described', async () => {
	for (const [path, item] of Object.entries(doc.paths))
		for (const method of ['get', 'post', 'put', 'delete', 'patch']) {
			if (!item[method]) continue;
			const op = `${method.toUpperCase()} ${path}`, write = method !== 'get', file = path === '/api/v1/files';
			const params = { number: '20260101100000000', id: '1', kind: 'nonsense', fault: '1' };
			assert.equal((await call(op, { params, token: null, ...(write ? { body: {} } : {}) })).status, 401, op);
			assert.equal((await call(op, { params, token: 'xq_nobody', ...(write ? { body: {} } : {}) })).status, 401, op);
			assert.equal((await call(op, { params, scope: write ? 'read' : 'write', ...(write ? { body: {} } : {}) })).status, 403, op);
			if (path.includes('{')) assert.equal((await call(op, { params, ...(write ? { body: { to: '', into: 'x', other: null, messages: ['1'], step: 'note', note: 'x' } } : {}) })).status, 404, op);
			if (write && !file) assert.equal((await call(op, { params, raw: '{"a":' })).status, 400, op);
			if (write && !file) assert.equal((await call(op, { params, raw: '[]' })).status, 400, op);
		}
});

test('a token that asks too fast is told when to come back, and others are not slowed', async () => {
	const slow = await Gateway.start({ settings: { api_pace: 5 }, channels: { web: { type: 'webchat' } } });
	const [fast, other] = ['fast', 'other'].map((name) => slow.runJson('token', 'create', name, '--scope', 'read')[0].token);
	const ask = (token) => call('GET /api/v1/events', { query: '?limit=1', token, at: slow.url });
	const answers = await Promise.all(Array.from({ length: 100 }, () => ask(fast)));
	const refused = answers.filter((a) => a.status === 429);
	assert.ok(refused.length > 0 && refused.length <= 90, `${refused.length} of 100 refused`);
	assert.equal(refused[0].headers.get('retry-after'), '1');
	assert.equal(refused[0].json.code, 'pace');
	assert.equal(refused[0].headers.get('ratelimit-policy'), '"token";q=10;w=2');
	assert.equal((await ask(other)).status, 200);
	await until('the token to be served again', async () => (await ask(fast)).status === 200);
	await slow.end();
});

test('every operation of the description was called, and answered well', () => {
	const all = Object.entries(doc.paths).flatMap(([p, item]) => Object.keys(item).filter((m) => m !== 'parameters').map((m) => `${m.toUpperCase()} ${p}`));
	const missing = all.filter((op) => ![...(seen.get(op) ?? [])].some((s) => s < 300));
	assert.deepEqual(missing, []);
});
