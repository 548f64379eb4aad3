/* What somebody is writing: one draft per person, ticket and kind (reply, note). Kept on this machine at every key and on the
 * server a moment later, so that it is there on another one too; dropped when the server has taken the text. It never moves
 * to another ticket, and leaves this machine when its writer logs out, or after twelve hours. */
import { keep } from '../lib/keep.js';
import { get, post } from '../lib/net.js';
import { store } from './state.js';

const LIFE = 12 * 3600000;
const PUSH_MS = 2000;
const SETTLE_MS = 1000;
const LEAVE_MS = 5000;
const MODES = ['reply', 'note', 'files']; /* files: those of the reply, as JSON */

/* Of each key what is kept, in memory too, for the list asks for each row it draws: {text; rev and base: what the server had
 * when the two last agreed}. */
const held = new Map();
const key = (number, mode) => `xq.draft.${store.get().me?.name}.${number}.${mode}`;
const NONE = { text: '', rev: 0, base: '' };
const placeOf = (k) => k.split('.').slice(-2);
const isOwn = (k) => k === key(...placeOf(k));

/* [number, mode] of each that this machine has. */
const own = () => [...new Set([...held.keys(), ...keep.keys()])].filter(isOwn).map(placeOf);

function record(number, mode) {
	const k = key(number, mode);
	if (!held.has(k))
		held.set(k, { ...NONE, ...keep.get(k) });
	return held.get(k);
}

export const readDraft = (number, mode) => record(number, mode).text;
/* The server has the same. */
export const isSaved = (number, mode) => record(number, mode).text === record(number, mode).base;
export const hasDraft = (number) => readDraft(number, 'reply') || readDraft(number, 'note');

/* The list shows drafts too, but need not be drawn anew with each key. */
let told = 0;
function tellSoon() {
	clearTimeout(told);
	told = setTimeout(() => store.patch({ draftsAt: Date.now() }), 400);
}

let forgotten = false; /* whoever wrote here has logged out: what is still on the page is kept no more */

/* false: this machine keeps nothing. */
function put(number, mode, part) {
	if (forgotten)
		return true;
	const next = { ...record(number, mode), ...part };
	held.set(key(number, mode), next);
	tellSoon();
	if (next.text || next.base)
		return keep.set(key(number, mode), { ...next, at: Date.now() });
	keep.drop(key(number, mode));
	return true;
}

export function writeDraft(number, mode, text) {
	if (record(number, mode).text === text)
		return true;
	const kept = put(number, mode, { text });
	pushSoon(number, mode);
	return kept;
}

/* --- the server's copy: one save at a time for each draft, so that none overtakes another --- */

const saving = new Map(); /* key → {timer, running} */
const place = (k) => saving.get(k) ?? saving.set(k, { timer: 0, running: null }).get(k);

function pushSoon(number, mode) {
	const p = place(key(number, mode));
	clearTimeout(p.timer);
	p.timer = setTimeout(() => push(number, mode), PUSH_MS);
}

async function save(number, mode) {
	const { text, rev, base } = record(number, mode);
	if (text === base)
		return;
	try {
		const answer = await post(`/console/api/tickets/${number}/draft`, { mode, text, rev });
		put(number, mode, { rev: answer.rev, base: text });
	} catch (problem) {
		if (problem.status === 409 && problem.body.draft)
			differs(number, mode, problem.body.draft);
		/* else it is on this machine, and the next key tries again */
	}
}

function push(number, mode) {
	const p = place(key(number, mode));
	clearTimeout(p.timer);
	p.timer = 0;
	p.running = (p.running ?? Promise.resolve()).then(() => save(number, mode));
	return p.running;
}

/* Before this machine forgets them. Of how many tickets the server has not got what is written here. */
export async function saveDrafts() {
	const behind = () => own().filter((at) => record(...at).text !== record(...at).base);
	await Promise.race([Promise.all(behind().map((at) => push(...at))), new Promise((done) => setTimeout(done, LEAVE_MS))]);
	return new Set(behind().filter((at) => readDraft(...at)).map(([number]) => number)).size;
}

/* Before the text itself goes to the server nothing of its draft is under way. */
export function settleDraft(number, mode) {
	const p = place(key(number, mode));
	clearTimeout(p.timer);
	p.timer = 0;
	return Promise.race([p.running ?? Promise.resolve(), new Promise((done) => setTimeout(done, SETTLE_MS))]);
}

/* The server has taken the text, and dropped its own copy with it. */
export function sentDraft(number, mode) {
	clearTimeout(place(key(number, mode)).timer);
	put(number, mode, NONE);
	show(number, mode); /* whoever has come back to the ticket meanwhile does not send it again */
}

/* --- the files of a reply, a list of which may be changed in two places --- */

export const sameFile = (a, b) => a.file === b?.file && a.name === b.name;
const among = (list, f) => list.some((x) => sameFile(f, x));

export function filesIn(text) {
	try {
		const list = JSON.parse(text || '[]');
		return Array.isArray(list) ? list.filter(Boolean) : [];
	} catch {
		return [];
	}
}

/* Theirs, with what was chosen here and without what was dropped here since the two last agreed. */
function joinFiles(number, theirs, rev) {
	const { text, base } = record(number, 'files');
	const [here, was, there] = [text, base, theirs].map(filesIn);
	const list = [...there.filter((f) => among(here, f) || !among(was, f)), ...here.filter((f) => !among(there, f) && !among(was, f))];
	put(number, 'files', { text: list.length ? JSON.stringify(list) : '', rev, base: theirs });
	pushSoon(number, 'files');
}

/* --- what was written elsewhere --- */

const show = (number, mode) => document.dispatchEvent(new CustomEvent('xq-draft', { detail: { number, mode } }));
/* A field that somebody is in is not written to. */
const inHand = (number, mode) => document.hasFocus() && document.activeElement?.dataset.draft === `${number}.${mode}`;

/* What is here was not changed: the other one takes its place. Else both are kept until somebody chooses. */
function differs(number, mode, { text, rev }) {
	const mine = record(number, mode);
	if (!text) { /* gone there: sent, or dropped; here too, unless something was added */
		put(number, mode, mine.text === mine.base ? NONE : { rev: 0, base: '' });
		if (mine.text !== mine.base)
			pushSoon(number, mode);
	} else if (mine.text === text || (mine.text === mine.base && !inHand(number, mode))) {
		put(number, mode, { text, rev, base: text });
	} else if (mode === 'files') {
		joinFiles(number, text, rev);
	} else {
		store.patch((s) => ({ otherDrafts: { ...s.otherDrafts, [`${number}.${mode}`]: { text, rev } } }));
		return;
	}
	show(number, mode);
}

/* What comes back while one's own save is under way may be that save. */
export async function adoptDraft({ number, mode, text, rev }) {
	await saving.get(key(number, mode))?.running;
	if (record(number, mode).rev !== rev || record(number, mode).base !== text)
		differs(number, mode, { text, rev });
}

/* Taken back, or given back: it stands before whatever was begun meanwhile. */
export function returnDraft({ number, mode, text, rev, files }) {
	if (files) {
		joinFiles(number, files, rev);
		document.dispatchEvent(new CustomEvent('xq-draft', { detail: { number, mode: 'files', now: true } }));
	}
	const begun = readDraft(number, mode);
	put(number, mode, { text: begun && !text.includes(begun) ? `${text}\n${begun}` : text, rev, base: text });
	document.dispatchEvent(new CustomEvent('xq-draft', { detail: { number, mode, now: true } }));
}

/* Of two drafts this one: theirs from the other machine, or the one that stands here. */
export function chooseDraft(number, mode, theirs) {
	const other = store.get().otherDrafts[`${number}.${mode}`];
	store.patch((s) => ({ otherDrafts: { ...s.otherDrafts, [`${number}.${mode}`]: undefined } }));
	put(number, mode, theirs ? { text: other.text, rev: other.rev, base: other.text } : { rev: other.rev, base: other.text });
	if (theirs)
		document.dispatchEvent(new CustomEvent('xq-draft', { detail: { number, mode, now: true } }));
	else
		push(number, mode);
}

/* At the beginning, and after the line was down. */
export async function loadDrafts() {
	try {
		const before = own().map((at) => [at, record(...at)]);
		const { items, whole } = await get('/console/api/drafts');
		items.forEach(adoptDraft);
		if (whole)
			for (const [at, was] of before)
				if (was.base && record(...at) === was && !items.some((x) => x.number === at[0] && x.mode === at[1]))
					differs(...at, { text: '' }); /* sent from another machine, or dropped there, while this one slept */
	} catch {
		/* what this machine has is there */
	}
}

/* all: of whoever logs out. */
export function purgeDrafts(all) {
	forgotten = all;
	held.clear();
	for (const k of keep.keys())
		if (k.startsWith('xq.draft.') && ((all && isOwn(k)) || Date.now() - (keep.get(k)?.at ?? 0) > LIFE))
			keep.drop(k);
}

/* The page may not come back: what waits to be saved is saved now. */
document.addEventListener('visibilitychange', () => {
	if (!document.hidden || !store.get().me)
		return;
	for (const [k, p] of saving)
		if (p.timer)
			push(...placeOf(k));
});

/* Written in another tab. */
addEventListener('storage', (e) => {
	if (!e.key?.startsWith('xq.draft.') || !held.delete(e.key))
		return;
	tellSoon();
	const [number, mode] = placeOf(e.key);
	if (MODES.includes(mode))
		show(number, mode);
});
