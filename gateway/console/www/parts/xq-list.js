/* The list: rows of one height, only those in sight are on the page. No row changes place while the hand is here. */
import { define, fill, h, Part } from '../lib/dom.js';
import { shortNumber, shortTime } from '../lib/format.js';
import { icon } from '../lib/icons.js';
import { keep } from '../lib/keep.js';
import { t, tCode } from '../lib/i18n.js';
import { windowOf } from '../lib/store.js';
import { hasDraft } from '../data/drafts.js';
import { personName } from '../data/people.js';
import { go } from '../data/session.js';
import { store } from '../data/state.js';
import { loadList, loadMore, setHand, setSort, showFresh, sortable, waits } from '../data/tickets.js';
import { format } from '../lib/router.js';
import { countedWords } from './counted.js';
import { saveView } from './views.js';
import { blank, bones, departmentName, dueChip, fault, flagChip, stateChip } from './bits.js';

const narrow = matchMedia('(max-width: 760px)');
const rowHeight = () => (narrow.matches ? 88 : 84);

function rowBody(ticket, s) {
	const draft = hasDraft(ticket.number);
	const here = s.presence[ticket.number] || [];
	const writer = here.find((p) => p.what === 'writing');
	const who = { citizen: ticket.name || t('talk.citizen'), staff: departmentName(ticket.department) || t('step.reply') };
	const line = draft ? [h('span.draft', {}, t('write.draftMark')), draft]
		: [who[ticket.last_from] ? t('list.says', { who: who[ticket.last_from] }) : '', ticket.last_text || ''];
	return [waits(ticket) && h('span.waits'),
		h('span.kind', { title: tCode('kind', ticket.kind) }, icon(ticket.kind)),
		h('div', {}, h('div.l1', {}, h('span.name', { title: ticket.title, dir: 'auto' }, ticket.title || t('talk.noTitle')),
			h('time', {}, shortTime(ticket.last_at || ticket.opened_at, s.now))),
		h('div.l2', {}, ...line),
		h('div.l3', {}, stateChip(ticket.state), ...['supervised', 'emergency', 'held', 'reopened']
			.filter((f) => ticket.flags.includes(f)).slice(0, 1).map(flagChip), dueChip(ticket, s.now),
		ticket.assignee && s.route.view !== 'mine' && h('span.whose', { title: t('list.whose', { name: personName(ticket.assignee) }) },
			icon('person'), personName(ticket.assignee)),
		writer && h('span.here', { title: t('list.here', { name: writer.display }) }, icon('handling'), writer.display),
		h('span.no', {}, shortNumber(ticket.number))))];
}

define('xq-list', class extends Part {
	mount() {
		this.setAttribute('aria-label', t('list.label'));
		this.setAttribute('role', 'region');
		this.rows = new Map(); /* number -> {el, ticket, key} */
		this.space = h('div.space', { role: 'listbox', 'aria-label': t('list.label'), 'data-t': 'rows' });
		this.pane = h('div.rows', { tabindex: -1 }, this.space);
		this.note = h('div');
		this.fresh = h('button.fresh', { type: 'button', hidden: true, onclick: () => this.refresh(), 'data-t': 'fresh' });
		this.count = h('span.quiet.small');
		this.sorts = h('div.choice', { role: 'group', 'aria-label': t('list.order') });
		this.heading = h('h1');
		this.search = h('input', { type: 'search', placeholder: t('list.search'), 'aria-label': t('list.search'), 'data-t': 'search',
			oninput: () => this.searchSoon() });
		this.searchBox = h('div.search-box', {}, icon('search'), this.search);
		this.filters = h('div.filters');
		this.kept = h('div.kept-filter');
		this.replaceChildren(h('div.list-head', {}, h('div.row-line', {}, this.heading, this.count, h('span.grow'), this.sorts), this.searchBox,
			this.filters, this.kept), this.fresh, this.pane);
		this.pane.append(this.note);
		this.wire();
	}

	wire() {
		this.listen(this.pane, 'scroll', () => this.scrolled(), { passive: true });
		this.listen(window, 'resize', () => this.draw());
		this.listen(this.pane, 'pointerenter', () => setHand(true));
		this.listen(this.pane, 'pointerleave', () => setHand(this.pane.contains(document.activeElement)));
		this.listen(this.pane, 'focusin', () => setHand(true));
		this.listen(this.pane, 'focusout', () => setHand(this.pane.matches(':hover')));
		this.watch(store, (s) => s.list, () => this.draw());
		this.watch(store, (s) => s.recordsAt, () => this.draw());
		this.watch(store, (s) => [s.cursor, s.open?.number, s.presence, s.now, s.draftsAt], () => this.draw());
		this.watch(store, (s) => [s.route.view, s.route.filter, s.sort], () => this.drawHead());
		this.watch(store, (s) => s.cursor, () => this.reveal());
	}

	searchSoon() {
		const { view } = store.get().route;
		clearTimeout(this.searching);
		this.searching = setTimeout(() => {
			if (!this.isConnected || store.get().route.view !== view)
				return; /* whoever has gone to another view searches there anew */
			this.searched = this.search.value.trim();
			this.filter({ q: this.searched });
		}, 250);
	}

	/* What stands in the field is its writer's, unless the list shows another view or search than it asked for. */
	drawSearch({ view, filter }) {
		this.searchBox.hidden = !!countedWords(filter);
		if (this.view === view && this.searched === (filter.q ?? ''))
			return;
		clearTimeout(this.searching);
		this.view = view;
		this.search.value = this.searched = filter.q ?? '';
	}

	drawHead() {
		const { route, me } = store.get();
		const select = (name, all, label, options) => h('select', { 'aria-label': label, 'data-t': `filter-${name}`,
			onchange: (e) => this.filter({ [name]: e.target.value }) },
		h('option', { value: '' }, all), ...options.map(([value, words]) => {
			const option = h('option', { value }, words);
			option.selected = route.filter[name] === value;
			return option;
		}));
		this.heading.textContent = t(`view.${route.view}`);
		this.drawSearch(route);
		fill(this.filters, select('channel', t('list.channel'), t('list.channelLabel'), me.channels.map((c) => [c.name,
			c.name === c.kind ? tCode('kind', c.kind) : `${tCode('kind', c.kind)} · ${c.name}`])),
		me.role !== 'department' && select('department', t('list.department'), t('list.departmentLabel'),
			me.departments.map((d) => [d.code, departmentName(d.code)])));
		this.kept.hidden = !Object.keys(route.filter).length;
		fill(this.kept, countedWords(route.filter) && h('span.chip.done', { 'data-t': 'counted' }, icon('reports'), countedWords(route.filter)),
			route.filter.assignee && h('button.chip.done', { type: 'button', title: t('list.clearOne'),
				onclick: () => this.filter({ assignee: '' }) }, icon('person'), personName(route.filter.assignee), icon('close')),
			h('button.plain', { type: 'button', 'data-t': 'save-view', onclick: saveView }, icon('star'), t('list.save')),
			h('button.plain', { type: 'button', 'data-t': 'clear-filter', onclick: () => go({ filter: {} }, true) }, t('list.clear')));
		this.drawSort();
		this.drawCount();
	}

	drawSort() {
		const { sort } = store.get();
		this.sorts.hidden = !sortable(store.get().route.view);
		this.sorts.replaceChildren(...[['time', 'list.byTime'], ['due', 'list.byDue']].map(([key, words]) => h('button', {
			type: 'button', 'aria-pressed': String(sort === key), onclick: () => {
				keep.set('xq.sort', key);
				setSort(key);
			} }, t(words))));
	}

	filter(part) {
		const filter = { ...store.get().route.filter, ...part };
		for (const name of Object.keys(filter))
			if (!filter[name])
				delete filter[name];
		go({ filter }, true);
	}

	refresh() {
		showFresh();
		this.pane.scrollTop = 0;
	}

	drawCount() {
		const { list } = store.get();
		this.count.textContent = list.ids.length || !list.loading
			? t(list.next ? 'list.countMore' : 'list.count', { n: list.ids.length }) : '';
	}

	/* Once a frame, and only what scrolling can change. */
	scrolled() {
		this.frame ??= requestAnimationFrame(() => {
			this.frame = null;
			this.drawRows();
			this.more();
		});
	}

	draw() {
		const { list } = store.get();
		const news = list.fresh.length + list.missed;
		this.fresh.hidden = !news;
		if (news)
			this.fresh.textContent = t('list.fresh', { n: news });
		this.drawCount();
		this.drawRows();
		this.drawNote();
		this.more();
	}

	more() {
		const { list } = store.get();
		if (list.next && !list.loading && !list.problem
			&& this.pane.scrollTop + this.pane.clientHeight > list.ids.length * rowHeight() - 1200)
			loadMore();
	}

	drawRows() {
		const s = store.get();
		const high = rowHeight();
		const { ids } = s.list;
		this.space.style.height = `${ids.length * high}px`;
		const [from, to] = windowOf(this.pane.scrollTop, this.pane.clientHeight || 800, high, ids.length);
		const wanted = new Set(ids.slice(from, to));
		for (const [number, row] of this.rows)
			if (!wanted.has(number) && row.el !== document.activeElement) {
				row.el.remove();
				this.rows.delete(number);
			}
		const stop = this.rows.has(s.cursor) || wanted.has(s.cursor) ? s.cursor : ids[from];
		for (let i = from; i < to; i++)
			this.drawRow(ids[i], i, high, s, stop);
	}

	drawRow(number, i, high, s, stop) {
		const ticket = s.records.get(number);
		if (!ticket)
			return;
		let row = this.rows.get(number);
		if (!row) {
			row = { el: h('a.ticket', { role: 'option', 'data-number': number, onclick: (e) => this.pick(e, number) }) };
			this.rows.set(number, row);
			this.space.append(row.el);
		}
		const key = [ticket.version, personName(ticket.assignee), s.now, s.draftsAt, s.presence[number]?.map((p) => p.what + p.display), s.me.name].join();
		if (row.key !== key || row.ticket !== ticket) {
			row.el.replaceChildren(...rowBody(ticket, s).filter(Boolean));
			row.el.classList.toggle('waiting', waits(ticket));
			row.key = key;
			row.ticket = ticket;
		}
		if (row.route !== s.route)
			row.el.href = format({ ...s.route, number });
		row.route = s.route;
		if (row.top !== i * high)
			row.el.style.transform = `translateY(${i * high}px)`;
		row.top = i * high;
		row.el.setAttribute('aria-selected', String(number === s.open?.number));
		row.el.setAttribute('aria-posinset', i + 1);
		row.el.setAttribute('aria-setsize', s.list.next ? -1 : s.list.ids.length);
		row.el.tabIndex = number === stop ? 0 : -1;
	}

	drawNote() {
		const { list, route } = store.get();
		clearTimeout(this.boneTimer);
		if (list.problem)
			this.note.replaceChildren(blank('problems', t('list.problem'), '', fault(list.problem, loadList)));
		else if (list.ids.length)
			this.note.replaceChildren();
		else if (list.loading)
			/* Nothing for a moment: a skeleton that flashes by is worse than none. */
			this.boneTimer = setTimeout(() => this.note.replaceChildren(bones()), 300);
		else if (Object.keys(route.filter).length)
			this.note.replaceChildren(blank('search', t('list.noMatch'), t('list.noMatchHint'), h('button.button.slim', {
				type: 'button', onclick: () => go({ filter: {} }, true) }, t('list.clear'))));
		else
			this.note.replaceChildren(blank(route.view, t(`list.empty.${route.view}`), t('list.emptyHint')));
	}

	pick(e, number) {
		if (e.ctrlKey || e.metaKey || e.shiftKey || e.button)
			return;
		e.preventDefault();
		go({ number });
	}

	/* The keyboard's row comes into sight, and has the focus if the list had it. */
	reveal() {
		const { cursor, list } = store.get();
		const i = list.ids.indexOf(cursor);
		if (i < 0)
			return;
		const high = rowHeight();
		const top = i * high;
		if (top < this.pane.scrollTop)
			this.pane.scrollTop = top;
		else if (top + high > this.pane.scrollTop + this.pane.clientHeight)
			this.pane.scrollTop = top + high - this.pane.clientHeight;
		this.draw();
	}

	focusCursor() {
		const { cursor, list } = store.get();
		(this.rows.get(cursor) || this.rows.get(list.ids[0]))?.el.focus({ preventScroll: true });
	}

	focusSearch() {
		this.search.focus();
	}
});
