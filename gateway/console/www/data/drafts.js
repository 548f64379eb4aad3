/* What somebody was writing: one draft per person, ticket and kind (reply, note). Kept at once, dropped only when the
 * server has taken the text. It never moves to another ticket, and leaves this machine after twelve hours. */
import { keep } from '../lib/keep.js';
import { store } from './state.js';

const LIFE = 12 * 3600000;
/* What is kept, in memory too: the list asks for each row it draws. */
const held = new Map();
const key = (number, mode) => `xq.draft.${store.get().me?.name}.${number}.${mode}`;

export function readDraft(number, mode) {
	const k = key(number, mode);
	if (!held.has(k))
		held.set(k, keep.get(k)?.text ?? '');
	return held.get(k);
}

/* The list shows drafts too, but need not be drawn anew with each key. */
let told = 0;
function tellSoon() {
	clearTimeout(told);
	told = setTimeout(() => store.patch({ draftsAt: Date.now() }), 400);
}

/* false: this machine keeps nothing. */
export function writeDraft(number, mode, text) {
	tellSoon();
	held.set(key(number, mode), text);
	if (text)
		return keep.set(key(number, mode), { text, at: Date.now() });
	keep.drop(key(number, mode));
	return true;
}

export const hasDraft = (number) => readDraft(number, 'reply') || readDraft(number, 'note');

export function purgeDrafts(all) {
	held.clear();
	const mine = `xq.draft.${store.get().me?.name}.`;
	for (const k of keep.keys())
		if (k.startsWith('xq.draft.') && ((all && k.startsWith(mine)) || Date.now() - (keep.get(k)?.at ?? 0) > LIFE))
			keep.drop(k);
}

/* Written in another tab. */
addEventListener('storage', (e) => {
	if (e.key?.startsWith('xq.draft.') && held.delete(e.key))
		tellSoon();
});
