/* Tickets: the list, the open one, and what the live feed says about both. */
import { latest } from '../lib/asking.js';
import { get, newKey, post } from '../lib/net.js';
import { shortNumber } from '../lib/format.js';
import { COUNTED } from '../lib/router.js';
import { adoptDraft } from './drafts.js';
import { learn, meet } from './people.js';
import { waitingForMe } from './docket.js';
import { noticeAll, noticeLate, noticeWaiting, quiet } from './notice.js';
import { store, toast } from './state.js';
import { ruleWords, t } from '../lib/i18n.js';

const PAGE = 200;
export const isOpen = (t) => t.state !== 'closed' && t.state !== 'refused';

const TESTS = {
	all: () => true,
	mine: (t, now, me) => isOpen(t) && t.assignee === me.name,
	unassigned: (t) => isOpen(t) && !t.assignee,
	open: isOpen,
	new: (t) => t.state === 'new',
	waiting: (t) => isOpen(t) && t.last_from === 'citizen',
	asked: (t) => isOpen(t) && t.last_from === 'staff',
	overdue: (t, now) => isOpen(t) && !!t.due_at && Date.parse(t.due_at) < now,
	emergency: (t) => isOpen(t) && t.flags.includes('emergency'),
	held: (t) => isOpen(t) && t.flags.includes('held'),
	closed: (t) => t.state === 'closed',
};

export const waits = TESTS.waiting;
/* By deadline there are only open ones. */
export const sortable = (view) => view !== 'all' && view !== 'closed';

/* What only the server can find: who is among them is known when it is asked again, and until then they stay. */
const found = (filter) => filter.q || COUNTED.some((name) => filter[name]);

function belongs(ticket, { route, now, me }) {
	const { filter } = route;
	return TESTS[route.view](ticket, now, me) && (!filter.channel || ticket.channel === filter.channel)
		&& (!filter.department || ticket.department === filter.department)
		&& (!filter.assignee || ticket.assignee === filter.assignee);
}

const QUERIES = {
	all: {}, mine: { assignee: 'me', open: 1 }, unassigned: { unassigned: 1 }, open: { open: 1 }, new: { state: 'new' },
	waiting: { waiting: 1 }, asked: { asked: 1 }, overdue: { overdue: 1 }, emergency: { flag: 'emergency', open: 1 },
	held: { flag: 'held', open: 1 }, closed: { state: 'closed' },
};

const byDue = () => store.get().sort === 'due' && sortable(store.get().route.view);
/* A report's page has its own order in its address; a list refuses what does not narrow it. */
const narrowing = ({ by, order, ...filter }) => filter;
const address = (route, after) => '/api/v1/tickets?' + new URLSearchParams({
	...QUERIES[route.view], ...narrowing(route.filter), limit: PAGE, ...(byDue() ? { order: 'due' } : {}), ...(after ? { after } : {}),
});

const setList = (part) => store.patch((s) => ({ list: { ...s.list, ...part } }));

/* What list.ids holds, to be asked without a walk through it. */
let listed = new Set();

function take(rows) {
	const { records } = store.get();
	for (const row of rows)
		if (!(records.get(row.number)?.version > row.version))
			records.set(row.number, row);
	store.patch((s) => ({ recordsAt: s.recordsAt + 1 }));
}

/* What the feed tells while something is asked for is newer than the answer, and it does not tell it twice. */
const asking = new Set();
async function ask(path) {
	const told = [];
	asking.add(told);
	try {
		return { answer: await get(path), told };
	} finally {
		asking.delete(told);
	}
}

/* Over the rows of an answer. */
function placeTold(told) {
	told.filter((x) => x.type === 'gone').forEach((x) => unlist(x.number));
	const { records } = store.get();
	placeRows([...new Set(told.filter((x) => x.type === 'ticket').map((x) => x.ticket.number))].map((n) => records.get(n)));
}

const missedIn = (told) => told.reduce((n, x) => n + (x.type === 'more' ? x.n : 0), 0);
const lists = latest();

/* Keeps what is shown until the answer is here. */
export async function loadList() {
	const isCurrent = lists();
	setList({ loading: true, problem: null });
	try {
		const { answer, told } = await ask(address(store.get().route));
		if (!isCurrent())
			return;
		learn(answer.people);
		take(answer.items);
		const ids = answer.items.map((x) => x.number);
		listed = new Set(ids);
		setList({ ids, next: answer.next, loading: false, fresh: [], missed: missedIn(told) });
		placeTold(told);
	} catch (problem) {
		if (isCurrent())
			setList({ loading: false, problem });
	}
}

export async function loadMore() {
	const { list, route } = store.get();
	if (!list.next || list.loading)
		return;
	const isCurrent = lists();
	setList({ loading: true });
	try {
		const { answer, told } = await ask(address(route, list.next));
		learn(answer.people);
		if (!isCurrent())
			return;
		take(answer.items);
		const added = answer.items.map((x) => x.number).filter((n) => !listed.has(n));
		added.forEach((n) => listed.add(n));
		setList({ ids: store.get().list.ids.concat(added), next: answer.next, loading: false });
		placeTold(told);
	} catch (problem) {
		if (isCurrent())
			setList({ loading: false, problem });
	}
}

/* The list that is left: whatever of it is still under way comes too late. */
export function leaveList() {
	lists();
	setList({ ids: [], next: null, loading: false, fresh: [], missed: 0, problem: null });
}

export function setSort(sort) {
	store.patch({ sort });
	loadList();
}

export const loadCounts = async () => {
	try {
		const { answer: { channels, ...counts }, told } = await ask('/console/api/counts');
		store.patch((s) => ({ ...(told.some((x) => x.type === 'counts') ? {} : { counts }), me: { ...s.me, channels } }));
	} catch {
		/* the numbers stay as they were; the list says what is wrong */
	}
};

const tickets = latest();

export async function openTicket(number) {
	const isCurrent = tickets(number);
	if (!number) {
		store.patch({ open: null, panel: '' });
		return;
	}
	const before = store.get().open;
	if (before?.number !== number)
		store.patch({ open: { number, ticket: null, loading: true, problem: null }, panel: '', cursor: number });
	try {
		const { answer: ticket, told } = await ask(`/api/v1/tickets/${number}`);
		if (!isCurrent())
			return;
		const { messages, steps, survey, legal, docket, helping, held, people, ...row } = ticket;
		learn(people);
		take([row]);
		const { want } = store.get();
		store.patch({ open: { number, ticket, loading: false, problem: null }, want: null,
			...(want?.number === number && legal.includes(want.step) ? { panel: want.step, began: want.body } : {}) });
		told.forEach(placeSaid);
	} catch (problem) {
		if (isCurrent())
			/* What is no longer ours to see is not left on the screen; a line that broke leaves it to be read. */
			store.patch(({ open: { ticket } }) => ({
				open: { number, ticket: problem.status === 404 ? null : ticket, loading: false, problem } }));
	}
}

/* A ticket that a broken line or a busy server kept away is asked for again when there is word from there. */
let againTimer = 0;
function openAgainSoon() {
	const broken = () => {
		const { problem } = store.get().open ?? {};
		return problem && (!problem.status || problem.status >= 500);
	};
	if (!againTimer && broken())
		againTimer = setTimeout(() => {
			againTimer = 0;
			if (broken())
				openTicket(store.get().open.number);
		}, 1000);
}
addEventListener('online', openAgainSoon);

/* What was done to a ticket is shown where it is still the open one: nobody is taken back to it. */
export async function reopen(number) {
	if (store.get().open?.number === number)
		await openTicket(number);
}

/* --- what people do --- */

export async function reply(number, { text, files, interim, seen, key }) {
	const body = { text, hold: true };
	if (files?.length)
		body.files = files;
	if (interim)
		body.interim = true;
	if (seen >= 0)
		body.seen_seq = seen;
	const answer = await post(`/api/v1/tickets/${number}/replies`, body, { 'Idempotency-Key': key });
	await reopen(number);
	return answer;
}

export async function step(number, body, key = newKey()) {
	const answer = await post(`/api/v1/tickets/${number}/steps`, body, { 'Idempotency-Key': key });
	await reopen(number);
	return answer;
}

/* to: a name, "me", or "" for nobody. */
export async function assign(number, to, note) {
	const { records } = store.get();
	quiet(number);
	const answer = await post(`/api/v1/tickets/${number}/assign`, { to, note: note || null,
		version: records.get(number)?.version ?? -1 });
	take([answer]);
	await openTicket(store.get().open?.number);
}

export async function retry(id, number) {
	await post(`/console/api/outbox/${id}/retry`);
	await reopen(number);
}

/* --- the live feed --- */

/* Is the hand on the list? Then no row changes place until it is asked to. */
let hand = false;
export const setHand = (on) => { hand = on; };

/* Deadlines pass and channels fail without a word from the feed. */
setInterval(() => store.get().phase === 'in' && !document.hidden && loadCounts(), 60000);
setInterval(() => store.get().phase === 'in' && noticeLate(Date.now()), 20000);

function placeRows(changed) {
	const s = store.get();
	const { list, route } = s;
	if (route.page !== 'in' || found(route.filter))
		return;
	const fresh = new Set(list.fresh);
	const gone = new Set();
	const added = [];
	for (const row of changed) {
		const fits = belongs(row, s);
		const here = listed.has(row.number);
		if (fits === here) {
			fresh.delete(row.number);
			continue;
		}
		if ((hand && list.ids.length) || row.number === s.open?.number || byDue())
			fresh.add(row.number);
		else if (fits)
			added.push(row.number);
		else
			gone.add(row.number);
	}
	if (!added.length && !gone.size && fresh.size === list.fresh.length)
		return;
	added.forEach((n) => listed.add(n));
	gone.forEach((n) => listed.delete(n));
	const kept = gone.size ? list.ids.filter((n) => !gone.has(n)) : list.ids;
	setList({ ids: added.length ? added.sort().reverse().concat(kept) : kept, fresh: [...fresh] });
}

/* "3 件有更新": now they may move. */
export function showFresh() {
	const s = store.get();
	const { list, records, route } = s;
	if (byDue() || list.missed || found(route.filter)) {
		loadList();
		return;
	}
	const fresh = new Set(list.fresh);
	const kept = list.ids.filter((n) => !fresh.has(n) || belongs(records.get(n), s));
	const still = new Set(kept);
	const added = list.fresh.filter((n) => !still.has(n) && belongs(records.get(n), s)).sort().reverse();
	listed = new Set([...added, ...kept]);
	setList({ ids: [...added, ...kept], fresh: [] });
}

/* More changed than was told: the list is asked for again, by each page at a moment of its own, unless somebody reads far down. */
let missedTimer = 0;
function missSome(n) {
	setList({ missed: store.get().list.missed + n });
	missedTimer ||= setTimeout(() => {
		missedTimer = 0;
		if (store.get().route.page === 'in' && !hand && store.get().list.ids.length <= PAGE && !document.hidden)
			loadList();
	}, 2000 + Math.random() * 3000);
}

function placeMessage({ number, message }) {
	const { open } = store.get();
	if (open?.number !== number || !open.ticket)
		return;
	const messages = open.ticket.messages.filter((m) => m.id !== message.id);
	messages.push(message);
	messages.sort((a, b) => (a.id.length - b.id.length) || (a.id < b.id ? -1 : 1));
	/* What waited to go out has. */
	const held = open.ticket.held?.filter((x) => message.from !== 'staff' || !message.text.includes(x.text));
	store.patch({ open: { ...open, ticket: { ...open.ticket, messages, held } }, typing: {} });
}

function placeOut({ number, id, state, error }) {
	const { open } = store.get();
	if (open?.number !== number || !open.ticket)
		return;
	const messages = open.ticket.messages.map((m) => (m.id === id ? { ...m, state, error } : m));
	store.patch({ open: { ...open, ticket: { ...open.ticket, messages } } });
}

function placeSaid(item) {
	if (item.type === 'message')
		placeMessage(item);
	else if (item.type === 'out')
		placeOut(item);
}

function placePresence({ number, staff, display, what }) {
	learn({ [staff]: display });
	store.patch((s) => {
		const others = (s.presence[number] || []).filter((p) => p.staff !== staff);
		if (what !== 'gone' && staff !== s.me.name)
			others.push({ staff, display, what, since: Date.now() });
		return { presence: { ...s.presence, [number]: others } };
	});
}

function unlist(number) {
	const { list } = store.get();
	listed.delete(number);
	setList({ ids: list.ids.filter((n) => n !== number), fresh: list.fresh.filter((n) => n !== number) });
}

function drop(number) {
	unlist(number);
	reopen(number);
}

let reopenTimer = 0;
function reopenSoon() {
	if (!reopenTimer)
		reopenTimer = setTimeout(() => {
			reopenTimer = 0;
			openTicket(store.get().open?.number);
		}, 300);
}

function takeCounts(counts) {
	const before = store.get().counts && waitingForMe();
	store.patch({ counts });
	if (before !== null)
		noticeWaiting(before, waitingForMe());
}

export function applyLive(items) {
	const changed = [];
	openAgainSoon();
	noticeAll(items);
	for (const told of asking)
		told.push(...items);
	for (const item of items) {
		placeSaid(item);
		if (item.type === 'ticket')
			changed.push(item.ticket);
		else if (item.type === 'counts')
			takeCounts(item.counts);
		else if (item.type === 'more')
			missSome(item.n);
		else if (item.type === 'message' && store.get().open?.ticket?.reach)
			reopen(item.number); /* who writes opens the channel's window, and who is written to uses it */
		else if (item.type === 'presence')
			placePresence(item);
		else if (item.type === 'typing')
			store.patch((s) => ({ typing: { ...s.typing, [item.number]: performance.now() + 6000 } }));
		else if (item.type === 'held' && item.number === store.get().open?.number)
			reopenSoon();
		else if (item.type === 'draft')
			adoptDraft(item);
		else if (item.type === 'unsent')
			toast(t('held.unsent', { number: shortNumber(item.number), words: ruleWords(item.code) || (item.code ? t('problem.409') : item.why) }));
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
	changed.forEach((row) => meet(row.assignee));
	take(changed);
	placeRows(changed);
}
