// What another system that has only the documents may rely on: the feed of events, versions, filters that count or are refused.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { Gateway, binary, until } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';

let g, token = {};
before(async () => {
	g = await Gateway.start({ channels: { web: { type: 'webchat' } } });
	for (const scope of ['read', 'read,write', 'read,write,pii'])
		token[scope] = g.runJson('token', 'create', `t${scope.replaceAll(',', '-')}`, '--scope', scope)[0].token;
});
after(async () => { await g.end(); });

async function complain(text) {
	const chat = await new Chat(g.url).open();
	const { ticket } = await chat.say(text);
	await chat.close();
	return ticket;
}

async function ask(path, { scope = 'read,write', method = 'GET', body, raw, headers = {} } = {}) {
	const r = await fetch(`${g.url}${path}`, { method, headers: { authorization: `Bearer ${token[scope]}`, ...headers },
		body: raw ?? (body ? JSON.stringify(body) : undefined) });
	const text = await r.text();
	return { status: r.status, headers: r.headers, body: text ? JSON.parse(text) : null };
}

const events = (query) => ask(`/api/v1/events?${query}`).then((r) => r.body);

test('an empty page of the feed is its end: what a reader is not shown leaves no gap in it', async () => {
	const number = await complain('河边护栏松了');
	for (let i = 0; i < 10; i++) { /* each is kept as an event, and shown to nobody */
		const read = await Promise.all(Array.from({ length: 25 }, () => ask(`/api/v1/tickets/${number}`, { scope: 'read,write,pii' })));
		assert.ok(read.every((r) => r.status === 200));
	}
	await ask(`/api/v1/tickets/${number}/steps`, { method: 'POST', body: { step: 'note', note: '已转告' } });
	const whole = await events('limit=200');
	assert.equal(whole.items.at(-1).kind, 'note');
	assert.equal(whole.more, false);
	for (const limit of [1, 2, 7]) {
		const ids = [];
		let page = { more: true, next: '0' };
		for (;;) {
			page = await events(`limit=${limit}&after=${page.next}`);
			if (page.items.length === 0) break;
			assert.ok(page.items.length === limit || !page.more, `a page of ${page.items.length} of ${limit} before the end`);
			ids.push(...page.items.map((v) => v.id));
		}
		assert.equal(page.more, false);
		assert.deepEqual(ids, whole.items.map((v) => v.id), `by ${limit}`);
		assert.deepEqual(await events(`limit=${limit}&after=${page.next}`), page, 'at the end the cursor stays');
	}
});

test('filters that do not count are refused and named', async () => {
	for (const [query, name] of [['statee=new', 'statee'], ['since=2026-01-01', 'since'], ['from=2026-01-01', 'from'], ['core=X&state=new', 'state'],
		['open=false', 'open'], ['overdue=0', 'overdue'], ['waiting=1&asked=1', 'asked'], ['report=received&q=x', 'q'], ['format=csv', 'format']]) {
		const r = await ask(`/api/v1/tickets?${query}`);
		assert.equal(r.status, 400, query);
		assert.match(r.body.detail, new RegExp(`^${name}: `), query);
	}
	for (const query of ['open=1&waiting=1', 'open=true&state=new', 'core=X&limit=3', 'q=x&order=due&open=1', 'department='])
		assert.equal((await ask(`/api/v1/tickets?${query}`)).status, 200, query);
});

test('of two who saw the same version one is told that the ticket was changed', async () => {
	const number = await complain('公交站台没有灯');
	const { version } = (await ask(`/api/v1/tickets/${number}`)).body;
	const step = (body) => ask(`/api/v1/tickets/${number}/steps`, { method: 'POST', body });
	const both = await Promise.all(['urban', 'police'].map((department) => step({ step: 'dispatch', department, version })));
	assert.deepEqual(both.map((r) => r.status).sort(), [200, 409]);
	assert.equal(both.find((r) => r.status === 409).body.code, 'changed');
	assert.equal((await ask(`/api/v1/tickets/${number}/replies`, { method: 'POST', body: { text: '马上就办', version } })).body.code, 'changed');
	assert.equal((await ask(`/api/v1/tickets/${number}/core`, { method: 'POST', body: { number: 'C-1', version } })).body.code, 'changed');
	assert.equal((await step({ step: 'note', note: '看过了', version: 'x' })).status, 400);
	const now = both.find((r) => r.status === 200).body.version;
	assert.equal((await ask(`/api/v1/tickets/${number}/replies`, { method: 'POST', body: { text: '马上就办', version: now } })).status, 201);
});

test('a target that names what there is not is found by check', () => {
	const conf = `${g.conf}.names`;
	const target = (more) => {
		writeFileSync(conf, `${readFileSync(g.conf, 'utf8')}\n[forward core]\nurl = https://core.city.example/x\nsecret = sixteen bytes and more\n${more}\n`);
		return spawnSync(binary, ['--config', conf, 'check'], { encoding: 'utf8' });
	};
	assert.equal(target('events = received, undelivered\ndepartments = urban\nnot_from = api:core, import, command').status, 0);
	for (const [line, words] of [['events = received, dispached', "'dispached'"], ['events = staff-added', "'staff-added'"],
		['departments = urban, water', "'water'"], ['not_from = core', "'core'"]]) {
		const r = target(line);
		assert.equal(r.status, 1, line);
		assert.ok((r.stderr + r.stdout).includes(words), `${line}: ${r.stderr}${r.stdout}`);
	}
});

test('OPTIONS is answered with what there is', async () => {
	const r = await fetch(`${g.url}/api/v1/tickets`, { method: 'OPTIONS' });
	assert.equal(r.status, 405);
	assert.equal(r.headers.get('allow'), 'GET');
});

test('an error of the chat names the message it is of, and half an emoji spoils none', async () => {
	const chat = await new Chat(g.url).open();
	const said = async (frame) => {
		const from = chat.frames.length;
		chat.ws.send(frame);
		return until('an answer', () => chat.frames.slice(from).find((f) => f.type === 'ack' || f.type === 'error'));
	};
	assert.equal((await said('{"type":"message","id":"half","text":"路灯 \\ud83d 坏了"}')).type, 'ack');
	const long = 'x'.repeat(129), refused = await said(JSON.stringify({ type: 'message', id: long, text: '路灯坏了' }));
	assert.deepEqual([refused.code, refused.id], ['bad-id', long]);
	await chat.close();
});
