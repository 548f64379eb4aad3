import { words } from './words.js';

const $ = (id) => document.getElementById(id);
const phones = new Map(); // number → { number, messages: Map(id → message), unread, draft }
let current = null, hotline = '12345', links = 0, socket = null, wait = 500;
let language = localStorage.getItem('xq-sim-language') || (navigator.language.startsWith('zh') ? 'zh-CN' : 'en');

function word(key, values = {}) {
	return words[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function element(tag, className, text) {
	const e = document.createElement(tag);
	if (className) e.className = className;
	if (text !== undefined) e.textContent = text;
	return e;
}

// --- text, as a telephone counts it ---

const gsm = new Set('@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà');
const gsm2 = new Set('\f^{}\\[~]|€');

export function countParts(text) {
	let septets = 0, narrow = true;
	for (const c of text) {
		if (gsm.has(c)) septets += 1;
		else if (gsm2.has(c)) septets += 2;
		else narrow = false;
	}
	const units = narrow ? septets : text.length, single = narrow ? 160 : 70, part = narrow ? 153 : 67;
	return units <= single ? 1 : Math.ceil(units / part);
}

// --- the model ---

function plain(number) {
	const digits = number.replace(/[\s()+-]/g, '');
	if (!/^\d{3,20}$/.test(digits)) return null;
	return /^861\d{10}$/.test(digits) ? digits.slice(2) : digits;
}

function phone(number) {
	if (!phones.has(number)) phones.set(number, { number, messages: new Map(), unread: 0, draft: '' });
	return phones.get(number);
}

function last(p) {
	let newest = null;
	for (const m of p.messages.values()) newest = m;
	return newest;
}

function remember() {
	localStorage.setItem('xq-sim-numbers', JSON.stringify([...phones.keys()].slice(-30)));
	if (current) localStorage.setItem('xq-sim-current', current.number);
}

// --- what is shown ---

const time = (at) => new Date(at).toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit', hour12: false });

function day(at) {
	const that = new Date(at).toDateString(), now = new Date();
	if (that === now.toDateString()) return word('today');
	now.setDate(now.getDate() - 1);
	if (that === now.toDateString()) return word('yesterday');
	return new Date(at).toLocaleDateString(language, { month: 'long', day: 'numeric', weekday: 'short' });
}

function stateWords(m) {
	const status = '0x' + m.status.toString(16).padStart(2, '0');
	const parts = [time(m.at), word(m.state, { status })];
	if (m.parts > 1) parts.push(word('parts', { n: m.parts }));
	return parts.filter(Boolean).join(' · ');
}

function bubble(m, fresh) {
	const li = element('li', `note ${m.from === 'phone' ? 'mine' : 'theirs'} ${m.state}${fresh ? ' fresh' : ''}`);
	li.dataset.id = m.id;
	li.append(element('p', '', m.text), element('small', '', stateWords(m)));
	return li;
}

function showTalk() {
	const talk = $('talk');
	talk.replaceChildren();
	let shown = '';
	for (const m of current ? current.messages.values() : []) {
		const d = day(m.at);
		if (d !== shown) talk.append(element('li', 'day', d));
		shown = d;
		talk.append(bubble(m, false));
	}
	if (!shown) talk.append(element('li', 'empty', word('empty', { hotline })));
	talk.scrollTop = talk.scrollHeight;
}

function showMessage(p, m, known) {
	if (p !== current) return;
	const talk = $('talk'), old = talk.querySelector(`[data-id="${m.id}"]`);
	const atEnd = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;
	if (old) {
		old.replaceWith(bubble(m, false));
		return;
	}
	const before = [...p.messages.values()].at(-2);
	if (!before || day(before.at) !== day(m.at)) {
		talk.querySelector('.empty')?.remove();
		talk.append(element('li', 'day', day(m.at)));
	}
	talk.append(bubble(m, !known));
	if (atEnd || m.from === 'phone') talk.scrollTop = talk.scrollHeight;
	if (m.from === 'hotline') $('spoken').textContent = word('newMessage', { hotline, text: m.text });
}

function showList() {
	const list = $('list'), focused = document.activeElement?.dataset?.number;
	const byTime = [...phones.values()].sort((a, b) => (last(b)?.id ?? 0) - (last(a)?.id ?? 0));
	list.replaceChildren(...byTime.map((p) => {
		const li = element('li'), b = element('button'), m = last(p);
		b.type = 'button';
		b.dataset.number = p.number;
		b.setAttribute('aria-current', String(p === current));
		b.append(element('b', '', p.number), element('time', '', m ? time(m.at) : ''), element('span', '', m ? m.text : ''));
		if (p.unread) b.append(element('em', '', String(p.unread)));
		b.addEventListener('click', () => open(p.number, true));
		li.append(b);
		return li;
	}));
	if (focused) list.querySelector(`[data-number="${focused}"]`)?.focus();
}

function showLinks() {
	for (const id of ['link', 'link2']) {
		$(id).classList.toggle('up', links > 0);
		$(id).querySelector('b').textContent = word(links > 0 ? 'up' : 'down');
		$(id).title = word(links > 0 ? 'up' : 'down');
	}
}

function showCount() {
	const text = $('text').value, chars = [...text].length;
	$('count').textContent = chars ? word('count', { chars, parts: countParts(text) }) : '';
	const box = $('text');
	box.style.height = 'auto';
	box.style.height = `${Math.min(box.scrollHeight + 2, 140)}px`;
}

// A first text is a complaint; later ones are mostly answers to a survey.
function showQuick() {
	const short = (text) => (text.length > 14 ? `${[...text].slice(0, 12).join('')}…` : text);
	const texts = words[language].quick, digits = ['1', '2', '3', '4', '5', '6'];
	const chips = current?.messages.size ? [...digits, ...texts] : [...texts, ...digits];
	$('quick').replaceChildren(...chips.map((text) => {
		const b = element('button', '', short(text));
		b.type = 'button';
		b.title = text;
		if (digits.includes(text)) b.setAttribute('aria-label', word('rate', { n: text }));
		b.addEventListener('click', () => (text.length > 14 ? fill(text) : send(text)));
		return b;
	}));
	$('quick').scrollLeft = 0;
}

function showWords() {
	document.documentElement.lang = language;
	document.title = word('title');
	for (const e of document.querySelectorAll('[data-word]')) e.textContent = word(e.dataset.word);
	$('language').textContent = word('other');
	$('text').placeholder = word('placeholder');
	$('hotline').textContent = word('hotlineName', { hotline });
	$('mine').textContent = current ? word('mine', { number: current.number }) : '';
	$('carrier').textContent = word('carrier');
	showLinks();
	showQuick();
	showCount();
	showTalk();
	showList();
}

// --- what is done ---

function open(number, byHand) {
	if (current) current.draft = $('text').value;
	current = phone(number);
	current.unread = 0;
	$('text').value = current.draft;
	if (byHand) document.body.classList.add('talking');
	remember();
	showWords();
	if (byHand && matchMedia('(pointer: fine)').matches) $('text').focus();
}

function fill(text) {
	$('text').value = text;
	showCount();
	$('text').focus();
}

async function send(text) {
	if (!current || !text.trim()) return;
	const from = current;
	try {
		const answer = await fetch(`/api/handset/${from.number}/messages`, {
			method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text }),
		});
		if (!answer.ok) throw new Error(answer.status);
		if ($('text').value === text && from === current) $('text').value = '';
		showCount();
		got(from.number, await answer.json(), false);
	} catch {
		$('count').textContent = word('sendFailed');
	}
}

// An older state of a message never overwrites a newer one: the answer to a POST may come behind the live feed.
function got(number, m, known) {
	const p = phone(number), old = p.messages.get(m.id);
	if (old && old.state !== 'waiting') return;
	p.messages.set(m.id, m);
	if (p === current && p.messages.size === 1) showQuick();
	if (!old && !known && m.from === 'hotline' && (p !== current || document.hidden)) p.unread += 1;
	showMessage(p, m, known);
	showList();
}

function randomNumber() {
	const head = ['138', '139', '150', '186', '133', '177'][Math.floor(Math.random() * 6)];
	return head + String(Math.floor(Math.random() * 1e8)).padStart(8, '0');
}

function hear(event) {
	const said = JSON.parse(event.data);
	if (said.type === 'links') {
		links = said.links;
		showLinks();
	} else if (said.type === 'message') {
		got(said.number, said.message, false);
	} else if (said.type === 'hello') {
		links = said.links;
		hotline = said.hotline;
		for (const p of phones.values()) p.messages.clear(); // the simulator may have been started anew
		for (const p of said.handsets) for (const m of p.messages) phone(p.number).messages.set(m.id, m);
		showWords();
	}
}

function connect() {
	socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`);
	socket.addEventListener('open', () => { wait = 500; });
	socket.addEventListener('message', hear);
	socket.addEventListener('close', () => {
		links = 0;
		showLinks();
		setTimeout(connect, wait * (0.5 + Math.random() / 2));
		wait = Math.min(wait * 2, 10000);
	});
}

$('new').addEventListener('submit', (e) => {
	e.preventDefault();
	const number = plain($('number').value);
	$('wrong').hidden = Boolean(number);
	if (!number) return $('number').focus();
	$('number').value = '';
	open(number, true);
});
$('random').addEventListener('click', () => open(randomNumber(), true));
$('back').addEventListener('click', () => { document.body.classList.remove('talking'); showList(); });
$('language').addEventListener('click', () => {
	language = language === 'en' ? 'zh-CN' : 'en';
	localStorage.setItem('xq-sim-language', language);
	showWords();
});
$('write').addEventListener('submit', (e) => { e.preventDefault(); send($('text').value); });
$('text').addEventListener('input', showCount);
$('text').addEventListener('keydown', (e) => {
	// Enter while an input method is composing chooses a word; it does not send.
	if (e.key !== 'Enter' || e.shiftKey || e.isComposing || e.keyCode === 229 || !matchMedia('(pointer: fine)').matches) return;
	e.preventDefault();
	send($('text').value);
});
document.addEventListener('visibilitychange', () => { if (!document.hidden && current) { current.unread = 0; showList(); } });

const tick = () => { $('clock').textContent = time(Date.now()); };
tick();
setInterval(tick, 10000);
for (const n of JSON.parse(localStorage.getItem('xq-sim-numbers') || '[]')) phone(n);
open(localStorage.getItem('xq-sim-current') || '13800138000', false);
connect();
