/* A text on its way to the server: of each ticket and kind (reply, note) one at a time, wherever its writer looks meanwhile. What may
 * have arrived though no answer came is sent again as the same request, so that a citizen reads it once: for two minutes, and while it
 * stands where it stood. */
import { newKey } from '../lib/net.js';
import { isSaved, settleDraft } from './drafts.js';
import { store } from './state.js';
import { reply, step } from './tickets.js';

const SAME_MS = 120000; /* the same words after that are meant anew */
const tries = new Map(); /* "number.mode" -> {what, seen, key, until}: the last one, of which nothing is known */

export const isSending = (number, mode) => !!store.get().sending[`${number}.${mode}`];

const mark = (place, on) => store.patch((s) => ({ sending: { ...s.sending, [place]: on } }));

/* run(), unless that ticket's text of that kind is on its way already. */
export async function sendingOf(number, mode, run) {
	const place = `${number}.${mode}`;
	if (isSending(number, mode))
		return;
	mark(place, true);
	try {
		await run();
	} finally {
		mark(place, false);
	}
}

function tryOf(place, what, seen) {
	const last = tries.get(place);
	if (last?.what !== what || Date.now() > last.until)
		tries.set(place, { what, seen, key: newKey(), until: Infinity });
	return tries.get(place);
}

/* The server would take the same words for the request it has answered, and send nothing. */
export const forgetTry = (number, mode) => tries.delete(`${number}.${mode}`);

/* Taken back or given back, it is a draft again; gone from both, it has arrived. */
document.addEventListener('xq-draft', ({ detail: { number, mode, now } }) => (now || isSaved(number, mode)) && forgetTry(number, mode));

/* of: {text, files, interim, seen}; seen -1: whatever has come since. */
export async function sendText(number, mode, of) {
	const place = `${number}.${mode}`;
	const last = tryOf(place, JSON.stringify([of.text, of.files, of.interim, of.seen < 0]), of.seen);
	const { seen, key } = last;
	try {
		await Promise.all([settleDraft(number, mode), settleDraft(number, 'files')]);
		const answer = mode === 'note' ? await step(number, { step: 'note', note: of.text }, key) : await reply(number, { ...of, seen, key });
		tries.delete(place);
		return answer;
	} catch (problem) {
		if (problem.status >= 400 && problem.status < 500)
			tries.delete(place);
		last.until = Date.now() + SAME_MS;
		throw problem;
	}
}
