// A small gateway for the widget alone: serves the page and the script as the adapter puts them together, and speaks
// protocol 1 from memory. What it does wrong on purpose is set by `mood`.
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const need = createRequire(join(process.env.XQ_NODE || process.cwd(), 'package.json'));
const { WebSocketServer } = need('ws');

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../../adapters/webchat/widget');
const read = (name) => readFileSync(join(folder, name), 'utf8');
// The list is the adapter's own: read it there, so that the two cannot differ.
const parts = [...readFileSync(join(folder, '../pages.c'), 'utf8').matchAll(/^\t"(\w+\.js)",?$/gm)].map((m) => m[1]);

// XQ_WIDGET: the script as the adapter serves it (pages_test writes it), for the settings that are its own.
export function widgetScript(settings = {}) {
	if (process.env.XQ_WIDGET && !Object.keys(settings).length)
		return readFileSync(process.env.XQ_WIDGET, 'utf8');
	const server = { name: '示范市12345', greeting: '', language: 'zh-CN', max_text: 4000, max_files: 9, max_file: 1 << 20,
		...settings };
	return `(function () {\n'use strict';\nconst SERVER = ${JSON.stringify(server)};\n` +
		`const CSS = ${JSON.stringify(read('style.css'))};\n` +
		parts.map(read).join('') + '})();\n';
}
export const widgetSize = () => gzipSync(widgetScript(), { level: 9 }).length;

const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws:; img-src 'self'; " +
	"require-trusted-types-for 'script'";

export async function startGateway(settings = {}) {
	const gate = { log: [], sockets: new Set(), people: new Map(), mood: {}, files: [], tokens: 0, hosts: new Map() };
	const http = createServer((req, res) => {
		const path = req.url.split('?')[0];
		const send = (type, body) => {
			res.writeHead(200, { 'content-type': type + '; charset=utf-8', 'content-security-policy': CSP });
			res.end(body);
		};
		if (path === '/widget.js')
			return send('text/javascript', widgetScript({ ...settings, ...gate.settings }));
		if (path === '/chat')
			return send('text/html', read('chat.html').replace(/\{\{name\}\}/g, '示范市12345').replace(/\{\{language\}\}/g,
				/lang=en/.test(req.url) ? 'en' : 'zh-CN'));
		if (path.startsWith('/widget/words/')) {
			const one = Object.entries(JSON.parse(read('strings.json'))).map(([k, v]) => [k, v[path.endsWith('/en') ? 1 : 0]]);
			res.setHeader('access-control-allow-origin', '*');
			return send('application/json', JSON.stringify(Object.fromEntries(one)));
		}
		if (path === '/chat/files' && req.method === 'POST') {
			const bytes = [];
			req.on('data', (b) => bytes.push(b)).on('end', () => {
				const name = new URL(req.url, 'http://x').searchParams.get('name'), body = Buffer.concat(bytes);
				const type = body.subarray(1, 4).toString() === 'PNG' ? 'image/png' : 'application/pdf';
				const file = 'ref' + gate.files.push({ name, type, body, token: req.headers.authorization });
				res.writeHead(gate.mood.upload || 201, { 'content-type': 'application/json' });
				res.end(JSON.stringify({ file, name, type, size: body.length, url: `chat/files/${file}/x` }));
			});
			return;
		}
		if (path.startsWith('/chat/files/ref')) {
			const file = gate.files[/ref(\d+)/.exec(path)[1] - 1];
			res.writeHead(200, { 'content-type': file.type });
			return res.end(file.body);
		}
		if (path.startsWith('/widget/'))
			return send(path.endsWith('.css') ? 'text/css' : 'text/javascript', read(path.slice(8)));
		if (gate.hosts.has(path))
			return send(path.endsWith('.css') ? 'text/css' : 'text/html', gate.hosts.get(path));
		res.writeHead(404);
		res.end();
	});
	const wss = new WebSocketServer({ server: http, path: '/chat/ws', handleProtocols: () => 'xinqiao.chat.1' });

	const person = (token) => {
		if (!gate.people.has(token))
			gate.people.set(token, { items: [], ids: new Map(), sockets: new Set() });
		return gate.people.get(token);
	};
	gate.say = (token, frame) => {
		const p = person(token);
		const item = { type: 'message', from: 'staff', name: '坐席 1023 号', at: new Date().toISOString(), ...frame,
			seq: p.items.length + 1 };
		p.items.push(item);
		p.sockets.forEach((s) => s.send(JSON.stringify(item)));
		return item;
	};
	gate.token = () => [...gate.people.keys()].pop();
	gate.drop = () => gate.sockets.forEach((s) => s.terminate());
	wss.on('connection', (ws) => {
		if (gate.mood.down)
			return ws.terminate();
		gate.sockets.add(ws);
		let p, token;
		const send = (o) => ws.send(JSON.stringify(o));
		ws.on('close', () => (gate.sockets.delete(ws), p && p.sockets.delete(ws)));
		ws.on('message', async (data) => {
			const m = JSON.parse(data);
			gate.log.push(m);
			await gate.mood.slow;
			if (m.type === 'hello') {
				token = m.token && gate.people.has(m.token) ? m.token : 'token' + ++gate.tokens;
				if (m.token && token !== m.token)
					send({ type: 'error', code: 'bad-token', text: '原会话无法恢复，已为您开启新会话。' });
				p = person(token);
				send({ type: 'welcome', token, last_seq: p.items.length });
				p.items.slice(m.last_seq > p.items.length ? 0 : m.last_seq).slice(0, gate.mood.replay).forEach(send);
				p.sockets.add(ws);
			} else if (m.type === 'message' || m.type === 'rating') {
				if (gate.mood.refuse)
					return send({ type: 'error', id: m.id, ...gate.mood.refuse });
				if (gate.mood.mute)
					return;
				let ack = p.ids.get(m.id);
				if (!ack) {
					const item = { type: 'message', from: 'citizen', id: m.id, text: m.text || m.comment || '', files: m.files,
						seq: p.items.length + 1, at: new Date().toISOString(), ticket: gate.mood.ticket || '20261122100000017' };
					ack = { type: 'ack', id: m.id, seq: item.seq, ticket: item.ticket };
					if (m.survey) {
						ack.survey = m.survey;
						p.items.filter((i) => i.survey === m.survey).forEach((i) => (i.open = false));
					}
					p.items.push(item);
					p.ids.set(m.id, ack);
					p.sockets.forEach((s) => s !== ws && s.send(JSON.stringify(m.survey ? ack : item)));
				}
				if (gate.mood.swallow)
					return void (gate.mood.swallow = false, ws.terminate());
				send(ack);
			}
		});
	});
	await new Promise((done) => http.listen(0, '127.0.0.1', done));
	gate.port = http.address().port;
	gate.url = 'http://127.0.0.1:' + gate.port;
	gate.stop = () => new Promise((done) => (gate.drop(), wss.close(), http.close(done), http.closeAllConnections()));
	return gate;
}
