/* The page's one state. Parts read it with watch(), and only the files in data/ change it. */
import { createStore } from '../lib/store.js';

export const store = createStore({
	phase: 'starting',     /* starting, login, in, broken */
	me: null,              /* who works here, and what they may choose from */
	route: { page: 'in', view: 'open', number: '', filter: {} },
	counts: null,
	records: {},           /* number -> summary */
	list: { key: '', ids: [], next: null, loading: false, problem: null, fresh: [] },
	sort: 'time',          /* time, due */
	cursor: '',            /* the row the keyboard stands on */
	open: null,            /* {number, ticket, loading, problem} */
	presence: {},          /* number -> [{staff, display, what, until}] */
	typing: {},            /* number -> until */
	live: 'closed',
	panel: '',             /* the step whose inputs are shown */
	facts: false,          /* the facts column, where it is not always shown */
	now: Date.now(),       /* one timer for every clock on the page */
	draftsAt: 0,
	again: null,           /* the dialog of an expired session: resolve of those who wait */
	toast: '',
});

setInterval(() => store.patch({ now: Date.now() }), 20000);

let toastTimer = 0;
export function toast(words) {
	clearTimeout(toastTimer);
	store.patch({ toast: words });
	toastTimer = setTimeout(() => store.patch({ toast: '' }), 3500);
}
