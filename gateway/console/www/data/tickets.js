/* Tickets: the list, the open one, and what the live feed says about both. */
import { get, newKey, post } from '../lib/net.js';
import { format } from '../lib/router.js';
import { store } from './state.js';

const PAGE = 100;
const SORT_MAX = 1000; /* by deadline, so many rows are fetched and ordered */
export const isOpen = (t) => t.state !== 'closed' && t.state !== 'refused';

const TESTS = {
	all: () => true,
	open: isOpen,
	new: (t) => t.state === 'new',
	waiting: (t) => isOpen(t) && t.last_from === 'citizen',
	overdue: (t, now) => isOpen(t) && !!t.due_at && Date.parse(t.due_at) < now,
	emergency: (t) => isOpen(t) && t.flags.includes('emergency'),
	held: (t) => isOpen(t) && t.flags.includes('held'),
	closed: (t) => t.state === 'closed',
};

export const waits = TESTS.waiting;

function belongs(ticket, route, now) {
	const { filter } = route;
	return !filter.q && TESTS[route.view](ticket, now) && (!filter.channel || ticket.channel === filter.channel)
		&& (!filter.department || ticket.department === filter.department);
}

const QUERIES = {
	all: {}, open: { open: 1 }, new: { state: 'new' }, waiting: { waiting: 1 }, overdue: { overdue: 1 },
	emergency: { flag: 'emergency', open: 1 }, held: { flag: 'held', open: 1 }, closed: { state: 'closed' },
};

const address = (route, after) => '/api/v1/tickets?' + new URLSearchParams({
	...QUERIES[route.view], ...route.filter, limit: PAGE, ...(after ? { after } : {}),
});

const listKey = (route) => format({ ...route, number: '' });
const setList = (part) => store.patch((s) => ({ list: { ...s.list, ...part } }));

function take(rows) {
	store.patch((s) => {
		const records = { ...s.records };
		for (const row of rows)
			if (!records[row.number] || records[row.number].version <= row.version)
				records[row.number] = row;
		return { records };
	});
}

/* Keeps what is shown until the answer is here. */
export async function loadList() {
	const { route } = store.get();
	const key = listKey(route);
	setList({ key, loading: true, problem: null });
	try {
		const answer = await get(address(route));
		if (listKey(store.get().route) !== key)
			return;
		take(answer.items);
		setList({ ids: answer.items.map((x) => x.number), next: answer.next, loading: false, fresh: [] });
		if (store.get().sort === 'due')
			await loadForSort();
	} catch (problem) {
		if (listKey(store.get().route) === key)
			setList({ loading: false, problem });
	}
}

export async function loadMore() {
	const { list, route } = store.get();
	if (!list.next || list.loading)
		return;
	setList({ loading: true });
	try {
		const answer = await get(address(route, list.next));
		if (store.get().list.key !== list.key)
			return;
		take(answer.items);
		const known = new Set(store.get().list.ids);
		setList({ ids: [...store.get().list.ids, ...answer.items.map((x) => x.number).filter((n) => !known.has(n))],
			next: answer.next, loading: false });
	} catch (problem) {
		setList({ loading: false, problem });
	}
}

async function loadForSort() {
	const { key } = store.get().list;
	for (;;) {
		const { list } = store.get();
		if (list.key !== key || list.problem || !list.next || list.ids.length >= SORT_MAX)
			break;
		await loadMore();
	}
	order();
}

function order() {
	const { list, records } = store.get();
	const due = (n) => (isOpen(records[n]) && records[n].due_at ? Date.parse(records[n].due_at) : Infinity);
	setList({ ids: [...list.ids].sort((a, b) => due(a) - due(b) || (a < b ? 1 : -1)) });
}

export function setSort(sort) {
	store.patch({ sort });
	loadList();
}

export const loadCounts = async () => {
	try {
		const { channels, ...counts } = await get('/console/api/counts');
		store.patch((s) => ({ counts, me: { ...s.me, channels } }));
	} catch {
		/* the numbers stay as they were; the list says what is wrong */
	}
};

export async function openTicket(number) {
	if (!number) {
		store.patch({ open: null, panel: '' });
		return;
	}
	const before = store.get().open;
	if (before?.number !== number)
		store.patch({ open: { number, ticket: null, loading: true, problem: null }, panel: '', cursor: number });
	try {
		const ticket = await get(`/api/v1/tickets/${number}`);
		if (store.get().open?.number !== number)
			return;
		const { messages, steps, survey, legal, ...row } = ticket;
		take([row]);
		store.patch({ open: { number, ticket, loading: false, problem: null } });
	} catch (problem) {
		if (store.get().open?.number === number)
			/* What is no longer ours to see is not left on the screen; a line that broke leaves it to be read. */
			store.patch(({ open: { ticket } }) => ({
				open: { number, ticket: problem.status === 404 ? null : ticket, loading: false, problem } }));
	}
}

/* --- what people do --- */

export async function reply(number, { text, interim, seen, key }) {
	const body = { text };
	if (interim)
		body.interim = true;
	if (seen >= 0)
		body.seen_seq = seen;
	const answer = await post(`/api/v1/tickets/${number}/replies`, body, { 'Idempotency-Key': key });
	await openTicket(number);
	return answer;
}

export async function step(number, body) {
	const answer = await post(`/api/v1/tickets/${number}/steps`, body, { 'Idempotency-Key': newKey() });
	await openTicket(number);
	return answer;
}

export async function retry(id, number) {
	await post(`/console/api/outbox/${id}/retry`);
	await openTicket(number);
}

/* --- the live feed --- */

/* Is the hand on the list? Then no row changes place until it is asked to. */
let hand = false;
export const setHand = (on) => { hand = on; };

/* Deadlines pass and channels fail without a word from the feed. */
setInterval(() => store.get().phase === 'in' && !document.hidden && loadCounts(), 60000);

let countsTimer = 0;
function countSoon() {
	if (!countsTimer)
		countsTimer = setTimeout(() => {
			countsTimer = 0;
			loadCounts();
		}, 1500);
}

function placeRows(changed) {
	const s = store.get();
	const { list, route, now } = s;
	const listed = new Set(list.ids);
	const fresh = new Set(list.fresh);
	let ids = list.ids;
	const gone = new Set();
	const added = [];
	for (const row of changed) {
		const fits = belongs(row, route, now);
		if (fits === listed.has(row.number) || (!fits && route.filter.q)) {
			fresh.delete(row.number);
			continue;
		}
		if ((hand && ids.length) || row.number === s.open?.number || s.sort === 'due')
			fresh.add(row.number);
		else
			(fits ? added : { push: (n) => gone.add(n) }).push(row.number);
	}
	if (added.length || gone.size)
		ids = [...added.sort().reverse(), ...ids.filter((n) => !gone.has(n))];
	if (ids !== list.ids || fresh.size !== list.fresh.length)
		setList({ ids, fresh: [...fresh] });
}

/* "3 件有更新": now they may move. */
export function showFresh() {
	const { list, route, records, now, sort } = store.get();
	const fresh = new Set(list.fresh);
	const kept = list.ids.filter((n) => !fresh.has(n) || belongs(records[n], route, now));
	const listed = new Set(kept);
	const added = list.fresh.filter((n) => !listed.has(n) && belongs(records[n], route, now)).sort().reverse();
	setList({ ids: [...added, ...kept], fresh: [] });
	if (sort === 'due')
		order();
}

function placeMessage({ number, message }) {
	const { open } = store.get();
	if (open?.number !== number || !open.ticket)
		return;
	const messages = open.ticket.messages.filter((m) => m.id !== message.id);
	messages.push(message);
	messages.sort((a, b) => (a.id.length - b.id.length) || (a.id < b.id ? -1 : 1));
	store.patch({ open: { ...open, ticket: { ...open.ticket, messages } }, typing: {} });
}

function placeOut({ number, id, state, error }) {
	const { open } = store.get();
	if (open?.number !== number || !open.ticket)
		return;
	const messages = open.ticket.messages.map((m) => (m.id === id ? { ...m, state, error } : m));
	store.patch({ open: { ...open, ticket: { ...open.ticket, messages } } });
}

function placePresence({ number, staff, display, what }) {
	store.patch((s) => {
		const others = (s.presence[number] || []).filter((p) => p.staff !== staff && p.until > Date.now());
		if (what !== 'gone' && staff !== s.me.name)
			others.push({ staff, display, what, since: Date.now(), until: Date.now() + 30000 });
		return { presence: { ...s.presence, [number]: others } };
	});
}

function drop(number) {
	const { list, open } = store.get();
	setList({ ids: list.ids.filter((n) => n !== number), fresh: list.fresh.filter((n) => n !== number) });
	if (open?.number === number)
		openTicket(number);
}

let reopenTimer = 0;
function reopenSoon() {
	if (!reopenTimer)
		reopenTimer = setTimeout(() => {
			reopenTimer = 0;
			openTicket(store.get().open?.number);
		}, 300);
}

export function applyLive(items) {
	const changed = [];
	for (const item of items) {
		if (item.type === 'ticket')
			changed.push(item.ticket);
		else if (item.type === 'message')
			placeMessage(item);
		else if (item.type === 'out')
			placeOut(item);
		else if (item.type === 'presence')
			placePresence(item);
		else if (item.type === 'typing')
			store.patch((s) => ({ typing: { ...s.typing, [item.number]: Date.now() + 6000 } }));
		else if (item.type === 'gone')
			drop(item.number);
	}
	if (!changed.length)
		return;
	const { open } = store.get();
	const mine = changed.find((row) => row.number === open?.number);
	/* The steps, the survey and what is legal now come with the whole ticket. */
	if (mine && open.ticket && mine.version > open.ticket.version)
		reopenSoon();
	take(changed);
	placeRows(changed);
	countSoon();
}
