/* The frame: who is here decides between the door and the desk; the desk holds the bar, the views and the columns. */
import { define, h, Part } from '../lib/dom.js';
import { bindKeys } from '../lib/keys.js';
import { shortNumber } from '../lib/format.js';
import { icon, logo } from '../lib/icons.js';
import { t } from '../lib/i18n.js';
import { format, KEPT, VIEWS } from '../lib/router.js';
import { managePages, mayManage } from '../data/commands.js';
import { waitingForMe } from '../data/docket.js';
import { go, live, logOut, refresh, start, toggleLanguage, toggleTheme } from '../data/session.js';
import { store, toast } from '../data/state.js';
import { showFresh } from '../data/tickets.js';
import { blank, confirm, face, showDialog } from './bits.js';
import { showAssign, takeOpen } from './assign.js';
import { keysOn, showHelp } from './help.js';
import { showNotice } from './notices.js';
import { showPalette } from './palette.js';
import { showLoginAgain } from './xq-login.js';
import { myHeld, undoReply } from '../data/held.js';
import { beginStep } from './xq-steps.js';
import { savedLinks } from './views.js';
import './xq-conversation.js';
import './xq-docket.js';
import './xq-duty.js';
import './xq-facts.js';
import './xq-knowledge.js';
import './xq-list.js';
import './xq-reports.js';
import './xq-sheets.js';
import './xq-wall.js';
import './xq-admin.js';
import './xq-me.js';

const NARROW_VIEWS = ['mine', 'open', 'waiting', 'overdue'];
const COUNTS = {
	mine: (c) => c.mine, unassigned: (c) => c.unassigned, open: (c) => c.open, new: (c) => c.new,
	waiting: (c) => c.waiting, asked: (c) => c.asked, overdue: (c) => c.overdue, emergency: (c) => c.emergency, held: (c) => c.held,
};

define('xq-app', class extends Part {
	mount() {
		this.watch(store, (s) => s.phase, () => this.draw());
		this.watch(store, (s) => s.ask, (ask) => ask && this.ask(ask));
		this.watch(store, (s) => s.again, (again) => again && showLoginAgain());
		this.watch(store, (s) => s.toast, (shown) => this.drawToast(shown));
		this.watch(store, (s) => s.heard?.n, (n) => n && this.showHeard());
		this.listen(document, 'xq-language', () => this.draw());
		this.listen(window, 'resize', () => this.desk && this.drawLandmark());
		this.listen(document, 'xq-help', () => setTimeout(showHelp));
		this.listen(document, 'pointerdown', (e) => this.menu && !e.target.closest('.menu, .me') && this.closeMenu());
		bindKeys(this.keys(), () => keysOn() && store.get().phase === 'in');
	}

	ask(ask) {
		const over = () => store.get().ask === ask && store.patch({ ask: null });
		confirm(ask.words, ask.go, () => {
			over();
			ask.run();
		}).addEventListener('close', over);
	}

	draw() {
		const { phase } = store.get();
		this.desk?.remove();
		this.desk = null;
		document.title = t('app.name');
		if (phase === 'in')
			this.drawDesk();
		else if (phase === 'login')
			this.replaceChildren(h('xq-login'));
		else if (phase === 'broken')
			this.replaceChildren(blank('offline', t('app.broken'), t('app.brokenHint'),
				h('button.button', { type: 'button', onclick: start }, t('common.retry'))));
		else
			this.replaceChildren(h('div.spoken', { role: 'status' }, t('app.starting')));
	}

	drawDesk() {
		this.state = h('span');
		this.banner = h('div.banner', { role: 'status', hidden: true });
		this.nav = h('nav.nav', { 'aria-label': t('nav.label') });
		this.meButton = h('button.me.icon-button', { type: 'button', 'aria-haspopup': 'true', 'aria-expanded': 'false',
			'aria-label': t('menu.label'), 'data-t': 'menu', onclick: () => this.toggleMenu() });
		const { me } = store.get();
		this.meButton.append(face(me.display, me.display));
		this.desk = h('div.desk', {},
			h('header.top', {}, h('a.brand', { href: '/console/', onclick: (e) => {
				e.preventDefault();
				go({ page: 'in', view: 'open', number: '', filter: {} });
			} }, logo(), t('app.name')),
			h('button.seek', { type: 'button', onclick: showPalette, 'aria-label': `${t('palette.hint')} Ctrl K`, 'data-t': 'seek' },
				icon('search'), h('span', {}, t('palette.hint')), ' ', h('kbd', {}, 'Ctrl K')),
			h('span.grow'), this.state, me.role === 'department' ? '' : h('xq-duty'), this.meButton), this.banner, this.nav);
		this.replaceChildren(this.desk);
		const { signal } = this.gone;
		this.drawn?.abort();
		this.drawn = new AbortController();
		signal.addEventListener('abort', () => this.drawn.abort());
		const on = (select, fn) => store.on(select, fn, this.drawn.signal);
		on((s) => [s.route.page], ([page]) => this.drawPage(page));
		on((s) => [s.route, s.counts, s.me], () => this.drawNav());
		on((s) => s.route.number, (n) => {
			this.desk.dataset.pane = n ? 'conversation' : 'list';
			this.drawLandmark();
		});
		on((s) => [s.live, s.me], () => this.drawLive());
		on((s) => s.counts?.mine, (n) => { document.title = `${n ? `(${n}) ` : ''}${t('app.name')}`; });
	}

	drawPage(page) {
		for (const el of this.desk.querySelectorAll(':scope > :is(xq-list, xq-conversation, xq-facts, .page)'))
			el.remove();
		if (page === 'in')
			this.desk.append(h('xq-list'), h('xq-conversation'), h('xq-facts'));
		else
			this.desk.append(h(`xq-${page}`));
		this.drawLandmark();
	}

	/* Where only one of the two is to be seen, that one is the page's main part. */
	drawLandmark() {
		const one = matchMedia('(max-width: 760px)').matches && this.desk.dataset.pane === 'list';
		this.desk.querySelector(':scope > xq-list')?.setAttribute('role', one ? 'main' : 'region');
		this.desk.querySelector(':scope > xq-conversation')?.setAttribute('role', one ? 'region' : 'main');
	}

	link(page, view, name, extra) {
		const { route, counts } = store.get();
		const n = !counts ? 0 : page === 'in' ? COUNTS[view]?.(counts) : page === 'docket' ? waitingForMe() : 0;
		const current = route.page === page && (page !== 'in' || route.view === view);
		const to = { page, view, number: '', filter: {} };
		for (const k of page === 'in' && route.page === 'in' ? KEPT : [])
			if (route.filter[k] && route.filter[k] !== '-')
				to.filter[k] = route.filter[k];
		const tone = view === 'overdue' ? '.late' : view === 'emergency' ? '.alert' : '';
		return h(`a${extra ? '.extra' : ''}`, { href: format(to), 'aria-current': current ? 'page' : null, title: name,
			'data-t': `nav-${view || page}`, onclick: (e) => {
				if (e.ctrlKey || e.metaKey || e.shiftKey)
					return;
				e.preventDefault();
				go(to);
			} }, icon(view || page), h('span.word', {}, name), n ? h(`span.n${tone}`, {}, n > 9999 ? '9999+' : n) : null);
	}

	/* Everything there is to go to; on a phone the bar has room for a few, and the rest is one touch away. */
	links() {
		return [h('h2', {}, t('nav.work')),
			...VIEWS.map((view) => this.link('in', view, t(`view.${view}`), !NARROW_VIEWS.includes(view))),
			...savedLinks(),
			...['docket', 'knowledge'].map((page) => this.link(page, '', t(`page.${page}`), true)),
			...(mayManage() ? [h('h2', {}, t('nav.manage')), ...managePages().map((page) =>
				this.link(page, '', t(`page.${page}`), true))] : [])];
	}

	showMore() {
		const dialog = showDialog('dialog.nav-sheet', { 'aria-label': t('nav.label'), 'data-t': 'nav-sheet', onclick: (e) =>
			e.target.closest('a') && dialog.close() }, h('div.nav-all', {}, ...this.links()),
		h('button.button', { type: 'button', onclick: () => dialog.close() }, t('common.close')));
	}

	drawNav() {
		const had = this.nav.contains(document.activeElement) && document.activeElement.getAttribute('data-t');
		const { page, view } = store.get().route;
		this.nav.replaceChildren(...this.links(), h('button.nav-more.only-narrow', { type: 'button', 'data-t': 'nav-more', 'aria-haspopup': 'dialog',
			'aria-current': page === 'in' && NARROW_VIEWS.includes(view) ? null : 'page', onclick: () => this.showMore() }, icon('all'),
		h('span.word', {}, t('nav.more')), waitingForMe() ? h('span.n', {}, waitingForMe()) : null), h('div.foot', {}, store.get().me.hotline));
		if (had)
			this.nav.querySelector(`[data-t="${had}"]`)?.focus();
	}

	drawLive() {
		const { live: state, me } = store.get();
		const down = me.channels.filter((c) => !c.up && !c.words.startsWith('off')).map((c) => c.name);
		clearTimeout(this.lost);
		if (state === 'open') {
			this.banner.hidden = true;
			this.state.className = down.length ? 'pill bad' : 'pill good';
			this.state.replaceChildren(icon(down.length ? 'problems' : 'online'),
				h('span.word', {}, down.length ? t('channels.down', { names: down.join(' ') }) : t('live.open')));
			this.state.title = this.state.textContent;
			return;
		}
		this.state.className = 'pill';
		this.state.replaceChildren(icon('offline'), h('span.word', {}, t('live.closed')));
		/* A blink of the network is nobody's business. */
		this.lost = setTimeout(() => {
			this.banner.hidden = false;
			this.banner.replaceChildren(icon('offline'), h('span.grow', {}, t('live.lost')), h('button', { type: 'button',
				onclick: () => {
					live.start();
					refresh();
				} }, t('live.retry')));
		}, 1500);
	}

	/* What one is called for stands on the page too, unless something that can be taken back does. */
	showHeard() {
		const { heard, toast: shown } = store.get();
		if (!shown?.act)
			toast([t(`notice.${heard.kind}`), heard.number && shortNumber(heard.number)].filter(Boolean).join(' · '), { words: t('notice.open'),
				run: () => document.dispatchEvent(new CustomEvent('xq-go', { detail: heard.number })) }, 6000);
	}

	drawToast({ words, act } = {}) {
		this.toast?.remove();
		this.toast = words ? h(`div.toast${act ? '.acting' : ''}`, { role: 'status', 'data-t': 'toast' }, words, act && h('button', {
			type: 'button', 'data-t': 'toast-act', onclick: () => {
				store.patch({ toast: '' });
				act.run();
			} }, act.words)) : null;
		if (this.toast)
			document.body.append(this.toast);
	}

	toggleMenu() {
		if (this.menu)
			return this.closeMenu();
		const { me } = store.get();
		const item = (name, words, run, key) => h('button', { type: 'button', role: 'menuitem', onclick: () => {
			this.closeMenu();
			run();
		} }, icon(name), words, key && h('kbd', {}, key));
		this.menu = h('div.menu', { role: 'menu', onkeydown: (e) => {
			if (e.key === 'Escape') {
				this.closeMenu();
				this.meButton.focus();
			}
		} }, h('div.who', {}, h('b', {}, me.display), h('span.quiet.small', {}, `${me.name} · ${t(`role.${me.role}`)}`)),
		item('moon', t('menu.theme'), toggleTheme), item('language', t('menu.language'), toggleLanguage),
		item('person', t('page.me'), () => go({ page: 'me', view: '', number: '', filter: {} })),
		item('bell', t('menu.notice'), showNotice), item('keyboard', t('menu.keys'), showHelp, '?'), item('leave', t('menu.logout'), logOut));
		this.append(this.menu);
		this.meButton.setAttribute('aria-expanded', 'true');
		this.menu.querySelector('button').focus();
	}

	closeMenu() {
		this.menu?.remove();
		this.menu = null;
		this.meButton.setAttribute('aria-expanded', 'false');
	}

	/* J and K move the row; an open conversation follows. */
	move(by) {
		const { list, cursor, open, route } = store.get();
		if (route.page !== 'in' || !list.ids.length)
			return false;
		const i = list.ids.indexOf(cursor);
		const next = list.ids[Math.min(list.ids.length - 1, Math.max(0, i < 0 ? 0 : i + by))];
		store.patch({ cursor: next });
		if (open)
			go({ number: next }, true);
		setTimeout(() => this.querySelector('xq-list').focusCursor());
		return true;
	}

	keys() {
		const list = () => this.querySelector('xq-list');
		const write = (mode) => () => this.querySelector('xq-composer')?.begin(mode) ?? true;
		return {
			j: () => this.move(1),
			k: () => this.move(-1),
			ArrowDown: (e) => !!e.target.closest?.('.rows') && this.move(1),
			ArrowUp: (e) => !!e.target.closest?.('.rows') && this.move(-1),
			Enter: (e) => {
				/* The cursor is ahead of the focus for a moment after J and K. */
				const { cursor, list: { ids } } = store.get();
				const focused = e.target.closest?.('.ticket')?.dataset.number;
				const number = focused && !ids.includes(cursor) ? focused : cursor;
				if (!number || (!focused && e.target !== document.body))
					return false;
				go({ number });
				setTimeout(() => this.querySelector('xq-conversation')?.focusTitle(), 50);
				return true;
			},
			u: () => {
				go({ number: '' });
				setTimeout(() => list()?.focusCursor());
			},
			r: write('reply'),
			n: write('note'),
			c: () => beginStep('accept'),
			t: () => beginStep('dispatch'),
			e: () => beginStep('close'),
			z: () => {
				const held = myHeld();
				return held ? (undoReply(held.id), true) : false;
			},
			a: showAssign,
			m: takeOpen,
			s: () => list()?.focusSearch(),
			f: () => {
				showFresh();
				refresh();
			},
			'/': () => this.querySelector('xq-composer')?.showCanned(),
			'?': showHelp,
			'ctrl+k': () => {
				if (store.get().phase !== 'in')
					return false;
				showPalette();
				return true;
			},
		};
	}
});
