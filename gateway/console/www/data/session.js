/* Coming in, staying in, going out; and where in the console we are. */
import { createLive } from '../lib/live.js';
import { loadLanguage, language, t } from '../lib/i18n.js';
import { keep } from '../lib/keep.js';
import { apart, login, logout, onExpired, onStale, Problem, setCsrf, whoAmI } from '../lib/net.js';
import { format, parse } from '../lib/router.js';
import { loadDrafts, purgeDrafts, saveDrafts } from './drafts.js';
import { store } from './state.js';
import { applyLive, leaveList, loadCounts, loadList, openTicket } from './tickets.js';

/* Changes of one frame are applied together. */
let waiting = [];
function queue(items) {
	if (!waiting.length)
		setTimeout(() => {
			const all = waiting;
			waiting = [];
			applyLive(all);
		}, 16);
	waiting.push(...items);
}

let wasOpen = false;
export const live = createLive({
	onItems: queue,
	onState(state) {
		store.patch(state === 'open' ? { live: state } : { live: state, presence: {} });
		if (state === 'open' && wasOpen)
			refresh();
		wasOpen = wasOpen || state === 'open';
	},
	onExpired: () => askAgain().then(() => live.start()),
});

export function refresh() {
	loadCounts();
	loadDrafts();
	if (store.get().route.page === 'in')
		loadList();
	openTicket(store.get().route.number);
}

/* One dialog however many calls wait for it. */
let asked = null;
function askAgain() {
	asked ??= new Promise((resolve) => {
		store.patch({
			again: () => {
				asked = null;
				store.patch({ again: null });
				resolve();
			},
		});
	});
	return asked;
}

function enter(me) {
	setCsrf(me.csrf);
	onExpired(askAgain);
	onStale(() => whoAmI().then(goOn));
	store.patch({ me, phase: 'in', route: parse(new URL(location.href)), sort: keep.get('xq.sort') || 'time' });
	purgeDrafts(false);
	live.start();
	refresh();
}

export async function start() {
	try {
		enter(await whoAmI());
	} catch (e) {
		store.patch({ phase: e instanceof Problem && e.status === 401 ? 'login' : 'broken' });
	}
}

export async function logIn(name, password, code) {
	await login(name, password, code);
	enter(await whoAmI());
}

/* In place: the same person goes on where they were; another one starts anew, and sends nothing of what stood here. */
function goOn(me) {
	if (me.name !== store.get().me.name) {
		gone = true;
		location.reload();
		return false;
	}
	setCsrf(me.csrf);
	store.patch({ me });
	live.restart();
	return true;
}

export async function logInAgain(name, password, code) {
	const same = await apart(async () => {
		await login(name, password, code);
		return goOn(await whoAmI());
	});
	if (same)
		store.get().again?.();
}

/* --- what is not saved --- */

let gone = false; /* nobody is asked any more */

/* A form that holds something objects. */
const unsaved = () => !gone && !document.dispatchEvent(new CustomEvent('xq-leaving', { cancelable: true }));

/* run() now, or once whoever wrote there has said that it may be lost. While that is asked, nothing else is. */
export function leaving(run) {
	if (store.get().ask)
		return;
	if (unsaved())
		store.patch({ ask: { words: t('edit.leave'), go: t('edit.leaveGo'), run } });
	else
		run();
}

addEventListener('beforeunload', (e) => {
	if (unsaved()) {
		e.preventDefault();
		e.returnValue = true; /* what older browsers look at */
	}
});

/* --- going out, going elsewhere --- */

async function out() {
	try {
		await logout();
	} catch (problem) {
		if (problem.status !== 401) { /* whoever sits down here next would be this person */
			const silent = problem.status === 0 || problem.status >= 500;
			store.patch({ ask: { words: t(silent ? 'menu.logoutFailed' : 'menu.logoutRefused'), go: t('common.retry'), run: out } });
			return;
		}
	}
	gone = true;
	live.stop();
	purgeDrafts(true);
	location.assign('/console/');
}

/* This machine keeps nothing of whoever has left: what the server has not got is theirs to let go. */
export const logOut = () => leaving(async () => {
	const n = await saveDrafts();
	if (n)
		store.patch({ ask: { words: t('draft.leave', { n }), go: t('draft.leaveGo'), run: out } });
	else
		out();
});

function move(next, replace) {
	history[replace ? 'replaceState' : 'pushState'](null, '', format(next));
	arrive(store.get().route, next);
}

/* What narrows the list takes nothing from the ticket that is open beside it. */
function beside(next) {
	const { route } = store.get();
	return next.page === 'in' && route.page === 'in' && next.number === route.number;
}

export function go(route, replace) {
	const next = { ...store.get().route, ...route };
	if (beside(next))
		move(next, replace);
	else
		leaving(() => move(next, replace));
}

/* A ticket, from wherever one is: beside the list that is shown, or else beside that of all. */
export const goTo = (number) => go(store.get().route.page === 'in' ? { number } : { page: 'in', view: 'all', number, filter: {} });

function arrive(before, next) {
	const moved = format({ ...before, number: '' }) !== format({ ...next, number: '' });
	store.patch({ route: next, split: null });
	if (moved)
		leaveList();
	if (moved && next.page === 'in')
		loadList();
	if (moved || before.number !== next.number)
		openTicket(next.number);
}

document.addEventListener('xq-go', (e) => go(e.detail ? { page: 'in', view: 'mine', number: e.detail, filter: {} }
	: { page: 'docket', view: '', number: '', filter: {} }));

addEventListener('popstate', () => {
	const { phase, route } = store.get();
	const next = parse(new URL(location.href));
	if (phase !== 'in')
		return;
	if (beside(next) || !unsaved()) {
		arrive(route, next);
		return;
	}
	history.pushState(null, '', format(route)); /* the browser has gone already */
	leaving(() => move(next));
});

export function setTheme(theme) {
	document.documentElement.dataset.theme = theme;
	keep.word('xq.theme', theme);
}
export const toggleTheme = () => setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');

/* Every word on the page changes: the parts are made anew, the state stays. */
export const toggleLanguage = () => leaving(async () => {
	await loadLanguage(language === 'en' ? 'zh-CN' : 'en');
	document.dispatchEvent(new CustomEvent('xq-language'));
});
