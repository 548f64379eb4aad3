/* Coming in, staying in, going out; and where in the console we are. */
import { createLive } from '../lib/live.js';
import { loadLanguage, language } from '../lib/i18n.js';
import { keep } from '../lib/keep.js';
import { apart, login, onExpired, post, Problem, setCsrf, whoAmI } from '../lib/net.js';
import { format, parse } from '../lib/router.js';
import { loadDrafts, purgeDrafts } from './drafts.js';
import { store } from './state.js';
import { applyLive, loadCounts, loadList, openTicket } from './tickets.js';

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

/* In place: the same person goes on where they were; another one starts anew. */
export async function logInAgain(name, password, code) {
	const me = await apart(async () => {
		await login(name, password, code);
		const who = await whoAmI();
		setCsrf(who.csrf);
		return who;
	});
	if (me.name !== store.get().me.name) {
		location.reload();
		return;
	}
	store.patch({ me });
	store.get().again?.();
}

export async function logOut() {
	await post('/console/api/logout').catch(() => null);
	purgeDrafts(true);
	live.stop();
	location.assign('/console/');
}

export function go(route, replace) {
	const before = store.get().route;
	const next = { ...before, ...route };
	history[replace ? 'replaceState' : 'pushState'](null, '', format(next));
	arrive(before, next);
}

function arrive(before, next) {
	const moved = format({ ...before, number: '' }) !== format({ ...next, number: '' });
	const list = { ...store.get().list, ids: [], next: null, fresh: [], missed: 0, problem: null };
	store.patch({ route: next, split: null, ...(moved ? { list } : {}) });
	if (moved && next.page === 'in')
		loadList();
	if (moved || before.number !== next.number)
		openTicket(next.number);
}

document.addEventListener('xq-go', (e) => go(e.detail ? { page: 'in', view: 'mine', number: e.detail, filter: {} }
	: { page: 'docket', view: '', number: '', filter: {} }));

addEventListener('popstate', () => {
	if (store.get().phase === 'in')
		arrive(store.get().route, parse(new URL(location.href)));
});

export function setTheme(theme) {
	document.documentElement.dataset.theme = theme;
	keep.word('xq.theme', theme);
}
export const toggleTheme = () => setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');

/* Every word on the page changes: the parts are made anew, the state stays. */
export async function toggleLanguage() {
	await loadLanguage(language === 'en' ? 'zh-CN' : 'en');
	document.dispatchEvent(new CustomEvent('xq-language'));
}
