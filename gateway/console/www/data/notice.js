/* What somebody should look up for: a ticket that came to them, an emergency, a citizen who answered on their ticket, a
 * limit passed. A sound and, where the browser may, a notification; of several tabs one rings. */
import { keep } from '../lib/keep.js';
import { t } from '../lib/i18n.js';
import { store } from './state.js';

export const canNotify = () => 'Notification' in globalThis && globalThis.isSecureContext;
export const noticeSet = () => ({ sound: true, desktop: false, ...keep.get('xq.notice') });
export const setNotice = (part) => keep.set('xq.notice', { ...noticeSet(), ...part });

/* --- the tab that rings --- */

let leader = !navigator.locks;
navigator.locks?.request('xq.ring', () => new Promise(() => { leader = true; }));

/* --- the sound: two short tones, made here --- */

let audio = null;
export function ring(urgent) {
	try {
		audio ??= new AudioContext();
		audio.resume();
		(urgent ? [880, 660, 880] : [660, 880]).forEach((pitch, i) => {
			const tone = audio.createOscillator();
			const loud = audio.createGain();
			const at = audio.currentTime + i * 0.16;
			tone.frequency.value = pitch;
			loud.gain.setValueAtTime(0, at);
			loud.gain.linearRampToValueAtTime(0.12, at + 0.02);
			loud.gain.exponentialRampToValueAtTime(0.001, at + 0.15);
			tone.connect(loud).connect(audio.destination);
			tone.start(at);
			tone.stop(at + 0.16);
		});
	} catch {
		/* no sound on this machine */
	}
}

function tell(kind, ticket) {
	store.patch((s) => ({ heard: { kind, number: ticket.number, n: (s.heard?.n ?? 0) + 1 } }));
	if (!leader)
		return;
	const { sound, desktop } = noticeSet();
	if (sound)
		ring(kind === 'emergency');
	if (desktop && document.hidden && canNotify() && Notification.permission === 'granted') {
		/* No words of a citizen's on a screen that others may see. */
		const note = new Notification(t(`notice.${kind}`), { body: ticket.number, tag: ticket.number || kind, lang: document.documentElement.lang });
		note.onclick = () => {
			focus();
			document.dispatchEvent(new CustomEvent('xq-go', { detail: ticket.number }));
			note.close();
		};
	}
}

/* What this person does themselves is no news. */
const own = new Set();
const tabs = globalThis.BroadcastChannel ? new BroadcastChannel('xq.own') : null;
const hush = (number) => {
	own.add(number);
	setTimeout(() => own.delete(number), 3000);
};
tabs?.addEventListener('message', (e) => hush(e.data));
export const quiet = (number) => {
	hush(number);
	tabs?.postMessage(number);
};

const open = (x) => x.state !== 'closed' && x.state !== 'refused';

/* Before the items are taken: what is known is what was. */
export function noticeAll(items) {
	const { me, records } = store.get();
	for (const { type, ticket } of items) {
		if (type !== 'ticket' || !open(ticket))
			continue;
		const was = records.get(ticket.number);
		const mine = ticket.assignee === me.name;
		if (mine && was?.assignee !== me.name && !own.has(ticket.number) && Date.now() - Date.parse(ticket.updated_at) < 60000)
			tell('assigned', ticket);
		else if (me.role === 'department' && !was && ticket.state === 'dispatched' && Date.now() - Date.parse(ticket.updated_at) < 60000)
			tell('dispatched', ticket);
		else if (ticket.flags.includes('emergency') && !was && me.role !== 'department')
			tell('emergency', ticket);
		else if (mine && was && ticket.last_from === 'citizen' && ticket.last_at !== was.last_at
			&& (document.hidden || store.get().open?.number !== ticket.number))
			tell('answered', ticket);
		else if (mine && ticket.flags.includes('supervised') && was && !was.flags.includes('supervised'))
			tell('supervised', ticket);
	}
}

/* Something waits for this person's ruling, answer or call. */
export function noticeWaiting(before, after) {
	if (after > before)
		tell('waiting', { number: '' });
}

/* Limits pass without a word from the server. */
const late = new Set();
export function noticeLate(now) {
	const { me, records } = store.get();
	for (const ticket of records.values())
		if (ticket.assignee === me?.name && open(ticket) && ticket.due_at) {
			const due = Date.parse(ticket.due_at);
			if (due < now && due > now - 60000 && !late.has(ticket.number)) {
				late.add(ticket.number);
				tell('overdue', ticket);
			}
		}
}
