/* The page's one state. Parts read it with watch(), and only the files in data/ change it. */
import { createStore } from '../lib/store.js';

export const store = createStore({
	phase: 'starting',     /* starting, login, in, broken */
	me: null,              /* who works here, and what they may choose from */
	route: { page: 'in', view: 'open', number: '', filter: {} },
	counts: null,
	records: new Map(),    /* number -> summary; recordsAt rises with every change in it */
	recordsAt: 0,
	list: { ids: [], next: null, loading: false, problem: null, fresh: [], missed: 0 },
	sort: 'time',          /* time, due */
	cursor: '',            /* the row the keyboard stands on */
	open: null,            /* {number, ticket, loading, problem} */
	presence: {},          /* number -> [{staff, display, what}] */
	typing: {},            /* number -> until, by the clock that nobody sets */
	live: 'closed',
	panel: '',             /* the step whose inputs are shown */
	began: null,           /* the body that panel begins with: one that was refused */
	want: null,            /* {number, step, body}: the panel to be shown once that ticket is here */
	facts: false,          /* the facts column, where it is not always shown */
	now: Date.now(),       /* one timer for every clock on the page */
	draftsAt: 0,
	otherDrafts: {},       /* "number.mode" -> {text, rev}: another draft of one's own, from another machine */
	sending: {},           /* "number.mode" -> true: a text on its way to the server */
	ask: null,             /* {words, go, run}: what is asked before something is lost */
	again: null,           /* the dialog of an expired session: resolve of those who wait */
	toast: '',
	heard: null,           /* the newest thing this person was called for */
	split: null,           /* {number, ids}: messages being chosen for a ticket of their own */
});

setInterval(() => store.patch({ now: Date.now() }), 20000);

let toastTimer = 0;
/* act: {words, run}, what can still be done about it */
export function toast(words, act, ms) {
	clearTimeout(toastTimer);
	store.patch({ toast: words ? { words, act } : '' });
	toastTimer = setTimeout(() => store.patch({ toast: '' }), ms ?? (act ? 10000 : 3500));
}
