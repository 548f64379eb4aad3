/* What somebody was writing: one draft per person, ticket and kind (reply, note). Kept at once, dropped only when the
 * server has taken the text. It never moves to another ticket, and leaves this machine after twelve hours. */
import { keep } from '../lib/keep.js';
import { store } from './state.js';

const LIFE = 12 * 3600000;
const key = (number, mode) => `xq.draft.${store.get().me?.name}.${number}.${mode}`;

export const readDraft = (number, mode) => keep.get(key(number, mode))?.text ?? '';

/* The list shows drafts too, but need not be drawn anew with each key. */
let told = 0;
function tellSoon() {
	clearTimeout(told);
	told = setTimeout(() => store.patch({ draftsAt: Date.now() }), 400);
}

/* false: this machine keeps nothing. */
export function writeDraft(number, mode, text) {
	tellSoon();
	if (text)
		return keep.set(key(number, mode), { text, at: Date.now() });
	keep.drop(key(number, mode));
	return true;
}

export const hasDraft = (number) => readDraft(number, 'reply') || readDraft(number, 'note');

export function purgeDrafts(all) {
	const mine = `xq.draft.${store.get().me?.name}.`;
	for (const k of keep.keys())
		if (k.startsWith('xq.draft.') && ((all && k.startsWith(mine)) || Date.now() - (keep.get(k)?.at ?? 0) > LIFE))
			keep.drop(k);
}
