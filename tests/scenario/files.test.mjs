// Pictures and files from staff to citizens: up by the API, out on every channel as that channel carries them.
import assert from 'node:assert/strict';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, freePort, tempDir, until } from './lib/gateway.mjs';
import { Chat } from './lib/chat.mjs';
import { SmtpSink, lmtp, mail } from './lib/mail.mjs';
import { Smsc } from './lib/smsc.mjs';
import { Platform } from './lib/wechat.mjs';

const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), Buffer.alloc(3000, 7)]);
const pdf = Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n');
const eicar = Buffer.from(`%PDF-1.4 X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-${'ANTIVIRUS-TEST-FILE!$H+H*'}`);
let g, wx, kf, smsc, sink, lmtpPort;

before(async () => {
	[wx, kf, smsc, sink, lmtpPort] = [await Platform.start(), await Platform.start({ wecom: true }), await Smsc.start(), await SmtpSink.start(), await freePort()];
	g = await Gateway.start({ channels: { wechat: wx.channel(), kf: kf.channel(), web: { type: 'webchat' },
		sms: { type: 'smpp', host: '127.0.0.1', port: smsc.port, system_id: 'xinqiao', password: 'secret', number: '12345' },
		mail: { type: 'email', address: '12345@city.example', lmtp_listen: `127.0.0.1:${lmtpPort}`, smtp_url: `smtp://127.0.0.1:${sink.port}` } } });
	await until('the channels', async () => (await fetch(`${g.url}/readyz`)).status === 200);
});
after(async () => { await g.end(); await wx.end(); await kf.end(); await smsc.close(); await sink.close(); });

const ticketWith = (text) => until(`a ticket with ${text}`, async () => {
	for (const t of await g.tickets()) {
		const whole = await g.ticket(t.number);
		if (whole.messages.some((m) => m.text.includes(text))) return whole;
	}
	return null;
});
const put = async (number, name, bytes) => {
	const r = await g.upload(number, name, bytes);
	assert.equal(r.status, 201, JSON.stringify(r.json));
	return { file: r.json.file, name: r.json.name };
};
const reply = (number, text, files, more = {}) => g.api('POST', `/api/v1/tickets/${number}/replies`, { text, files, ...more });
const said = async (number, id) => (await g.ticket(number)).messages.find((m) => m.id === id);
const settled = (number, id, state) => until(`the answer to be ${state}`, async () => { const m = await said(number, id); return m.state === state && m; });

test('WeChat: the pictures are uploaded, then the words and each picture go, in order', async () => {
	await wx.say(`${g.url}/wechat`, 'oFile1', '路灯还是不亮');
	const { number } = await ticketWith('路灯还是不亮');
	await wx.got('oFile1', (m) => m.text?.includes(number));
	const r = await reply(number, '已更换灯头，见照片。', [await put(number, '更换前.png', png), await put(number, '更换后.png', Buffer.concat([png, png]))], { interim: true });
	assert.equal(r.status, 201, r.text);
	const second = await wx.got('oFile1', (m) => m.file?.filename === '更换后.png');
	assert.deepEqual(wx.sent.filter((m) => m.to === 'oFile1').slice(-3).map((m) => m.text || m.kind), ['已更换灯头，见照片。', 'image', 'image']);
	assert.deepEqual(second.file.bytes, Buffer.concat([png, png]));
	assert.deepEqual([second.file.type, second.file.mime], ['image', 'image/png']);
	const m = await settled(number, r.json.message, 'accepted');
	assert.deepEqual(m.attachments.map((a) => [a.name, a.type, a.size]), [['更换前.png', 'image/png', png.length], ['更换后.png', 'image/png', 2 * png.length]]);
	assert.equal((await g.ticket(number)).reach.left, 1, 'each of them counts: five, less the receipt and these three');
});

test('WeChat: what the platform does not take is said before, and what it refuses has reached nobody', async () => {
	await wx.say(`${g.url}/wechat`, 'oFile2', '井盖缺失');
	const { number } = await ticketWith('井盖缺失');
	const no = await g.upload(number, '通知.pdf', pdf);
	assert.equal(no.status, 422);
	assert.match(no.json.detail, /carries image\/jpeg, image\/png, image\/gif/);
	const file = await put(number, '井盖.png', png);
	const five = await reply(number, '五张', Array(5).fill(file));
	assert.deepEqual([five.status, /carries 4/.test(five.json.detail)], [422, true]);
	const long = await reply(number, '字'.repeat(1000), Array(4).fill(file));
	assert.deepEqual([long.status, /6 messages/.test(long.json.detail)], [422, true]);
	wx.fail('/cgi-bin/media/upload', 40006);
	const before = wx.sent.length;
	const refused = await reply(number, '已补装。', [file], { interim: true });
	assert.match((await settled(number, refused.json.message, 'failed')).error, /40006/);
	assert.equal(wx.sent.slice(before).filter((m) => m.to === 'oFile2' && !m.text.includes(number)).length, 0);
	// A token that ends between two uploads is nobody's trouble.
	wx.fail('/cgi-bin/media/upload', 42001);
	const again = await reply(number, '已补装，请看。', [file], { interim: true });
	await settled(number, again.json.message, 'accepted');
	assert.equal(wx.sent.at(-1).kind, 'image');
});

test('WeChat: with the window closed a picture waits for it, and no template goes in its place', async () => {
	await wx.say(`${g.url}/wechat`, 'oFile3', '积水没人管');
	const { number } = await ticketWith('积水没人管');
	await wx.got('oFile3', (m) => m.text?.includes(number));
	wx.windows.delete('oFile3');
	const r = await reply(number, '已抽排，见照片。', [await put(number, '抽排.png', png)], { interim: true });
	await until('it to wait', async () => /waits until/.test((await said(number, r.json.message)).error || ''));
	await wx.say(`${g.url}/wechat`, 'oFile3', '好了吗');
	await settled(number, r.json.message, 'accepted');
	assert.ok(await wx.got('oFile3', (m) => m.kind === 'image'));
});

test('WeCom: pictures as pictures, a document as a file, each with our own id', async () => {
	await kf.write(`${g.url}/wecom`, 'wmFile1', { msgtype: 'text', text: { content: '要一份办事指南' } });
	const { number } = await ticketWith('要一份办事指南');
	const r = await reply(number, '请查收。', [await put(number, '窗口.png', png), await put(number, '办事指南.pdf', pdf)], { interim: true });
	await settled(number, r.json.message, 'accepted');
	const got = kf.sent.filter((m) => m.to === 'wmFile1').slice(-3);
	assert.deepEqual(got.map((m) => [m.text || m.kind, m.file?.filename]), [['请查收。', undefined], ['image', '窗口.png'], ['file', '办事指南.pdf']]);
	assert.deepEqual(got[2].file.bytes, pdf);
});

test('mail: the files are parts of the mail, their names as they were', async () => {
	assert.match((await lmtp(lmtpPort, mail({ subject: '材料', text: '请寄来说明', from: 'files@example.org' }), { from: 'files@example.org' }))[0], /^250/);
	const { number } = await ticketWith('请寄来说明');
	const r = await reply(number, '说明见附件。', [await put(number, '办理说明.pdf', pdf), await put(number, 'photo.png', png)], { interim: true });
	await settled(number, r.json.message, 'accepted');
	const { raw } = sink.mails.find((m) => m.to.includes('files@example.org') && /multipart\/mixed/.test(m.raw));
	const boundary = /multipart\/mixed;\r\n boundary="([^"]+)"/.exec(raw)[1], parts = raw.split(`--${boundary}`).slice(1);
	assert.equal(parts.length, 4, 'the words, two files, and the end');
	assert.match(parts[0], /multipart\/alternative/);
	const body = (p) => Buffer.from(p.slice(p.indexOf('\r\n\r\n')), 'base64');
	assert.deepEqual([body(parts[1]), body(parts[2])], [pdf, png]);
	assert.equal(decodeURIComponent(/filename\*=UTF-8''(\S+)/.exec(parts[1])[1]), '办理说明.pdf');
	assert.match(parts[2], /Content-Type: image\/png;\r\n name="photo.png"[^]*filename="photo.png"/);
});

test('web chat: the same bubble as a citizen\'s own file, live and in the history', async () => {
	const chat = await new Chat(g.url).open();
	const { ticket: number } = await chat.say('公园长椅坏了');
	await reply(number, '修好了。', [await put(number, '长椅.png', png)], { interim: true });
	const live = await chat.frame((f) => f.from === 'staff' && f.files);
	assert.deepEqual([live.text, live.files.map((f) => [f.name, f.type, f.size])], ['修好了。', [['长椅.png', 'image/png', png.length]]]);
	assert.deepEqual(Buffer.from(await (await fetch(`${g.url}/${live.files[0].url}`)).arrayBuffer()), png);
	const later = await new Chat(g.url, { token: chat.token }).open();
	assert.equal((await later.frame((f) => f.from === 'staff' && f.files)).files[0].name, '长椅.png');
	chat.close();
	later.close();
});

test('text messages carry none: said when a file is to go up', async () => {
	assert.equal(await smsc.deliver('13800001111', '短信问路灯'), 0);
	const { number } = await ticketWith('短信问路灯');
	const r = await g.upload(number, 'a.png', png);
	assert.equal(r.status, 422);
	assert.match(r.json.detail, /this channel carries none/);
});

test('a file is taken by its content, from who may answer, for the ticket it was uploaded for', async () => {
	const chat = await new Chat(g.url).open();
	const { ticket: a } = await chat.say('第一件事');
	const other = await new Chat(g.url).open();
	const { ticket: b } = await other.say('另一位市民的事');
	const script = await g.upload(a, '照片.png', Buffer.from('<script>alert(1)</script>'));
	assert.equal(script.status, 422);
	assert.equal((await g.upload(a, 'empty.png', Buffer.alloc(0))).status, 422);
	assert.equal((await g.upload('20990101100000011', 'x.png', png)).status, 404);
	assert.equal((await fetch(`${g.url}/api/v1/files?ticket=${a}&name=x.png`, { method: 'POST', body: png })).status, 401);
	assert.equal((await g.upload(a, 'x.png', Buffer.concat([png, Buffer.alloc(21 << 20)])).catch(() => ({ status: 413 }))).status, 413);
	assert.equal((await g.upload(a, '11M.png', Buffer.concat([png, Buffer.alloc(11 << 20)]))).status, 422);
	const file = await put(a, '../../etc/照片.png', png);
	assert.equal(file.name, '照片.png');
	assert.equal((await reply(b, '给错了人', [file])).status, 422);
	assert.equal((await reply(a, '改过的', [{ ...file, file: file.file.replace(/^./, (c) => (c === '0' ? '1' : '0')) }])).status, 422);
	assert.equal((await g.api('POST', `/api/v1/tickets/${a}/steps`, { step: 'note', note: '备注', files: [file] })).status, 422);
	const readOnly = g.runJson('token', 'create', 'reader', '--scope', 'read')[0].token;
	assert.equal((await g.upload(a, 'x.png', png, { authorization: `Bearer ${readOnly}` })).status, 403);
	assert.equal((await reply(a, '对了', [file])).status, 201);
	chat.close();
	other.close();
});

test('where files are scanned, an answer waits for the scanner, and an infected one does not go out', async () => {
	const dir = tempDir(), gate = join(dir, 'gate');
	writeFileSync(gate, '');
	writeFileSync(join(dir, 'scan'), `#!/bin/sh\nwhile [ -e ${gate} ]; do sleep 0.05; done\nif grep -q EICAR-STANDARD "$1"; then echo "$1: Test.Eicar FOUND"; exit 1; fi\n`);
	chmodSync(join(dir, 'scan'), 0o755);
	const s = await Gateway.start({ channels: { web: { type: 'webchat' } }, settings: { scan_command: join(dir, 'scan') } });
	const chat = await new Chat(s.url).open();
	const { ticket: number } = await chat.say('要扫描的');
	const file = async (name, bytes) => { const { json } = await s.upload(number, name, bytes); return { file: json.file, name: json.name }; };
	const answer = async (text, f) => (await s.api('POST', `/api/v1/tickets/${number}/replies`, { text, files: [f], interim: true })).json.message;
	const clean = await answer('干净的', await file('a.png', png)), bad = await answer('有毒的', await file('b.pdf', eicar));
	const state = async (id) => (await s.ticket(number)).messages.find((m) => m.id === id);
	assert.equal((await state(clean)).state, 'queued');
	rmSync(gate);
	await chat.frame((f) => f.text === '干净的' && f.files);
	const failed = await until('the infected one to fail', async () => { const m = await state(bad); return m.state === 'failed' && m; });
	assert.match(failed.error, /b\.pdf is infected \(Test\.Eicar FOUND\)/);
	assert.ok(!chat.frames.some((f) => f.text === '有毒的'));
	chat.close();
	await s.end();
	rmSync(dir, { recursive: true });
});
