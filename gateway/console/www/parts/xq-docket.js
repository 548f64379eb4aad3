/* What waits for a word: returns in dispute, extensions asked for, supervision orders, citizens to be called back, opinions
 * of helping departments. A button opens the ticket with that step's panel, so that it is settled with the ticket in view. */
import { latest } from '../lib/asking.js';
import { define, fill, h, Part } from '../lib/dom.js';
import { fullTime, shortNumber, span } from '../lib/format.js';
import { icon } from '../lib/icons.js';
import { t, tCode } from '../lib/i18n.js';
import { get } from '../lib/net.js';
import { countOf, KINDS, settlesOf } from '../data/docket.js';
import { learn, personName } from '../data/people.js';
import { go } from '../data/session.js';
import { store } from '../data/state.js';
import { areaTabs, blank, bones, departmentName, fault } from './bits.js';
import { askedWords } from './loop.js';

function openWith(number, step) {
	store.patch({ want: step ? { number, step } : null });
	go({ page: 'in', view: 'all', number, filter: {} });
}

function due(d) {
	if (!d.due_at)
		return null;
	const left = Date.parse(d.due_at) - store.get().now;
	return h(`span.due.${left < 0 ? 'over' : 'calm'}`, {}, icon('clockwait'),
		t(left < 0 ? 'due.over' : 'due.left', { span: span(Math.abs(left)) }));
}

function row(kind, d) {
	const asked = kind === 'help' ? { at: d.asked_at, who: d.asked_by, words: [] }
		: { at: d.at, who: d.actor === 'citizen' ? t('talk.citizen') : d.actor === 'system' ? t('talk.system') : d.actor, words: askedWords({ ...d, kind }) };
	return h('li.docket-row', { 'data-t': 'docket-row', 'data-number': d.number },
		h('div.docket-what', {},
			h('div.row-line.wrap', {}, h('a', { href: `/console/in/all/${d.number}`, onclick: (e) => {
				if (e.ctrlKey || e.metaKey || e.shiftKey)
					return;
				e.preventDefault();
				openWith(d.number);
			} }, h('b', {}, d.title || t('talk.noTitle'))), h('span.quiet.small', {}, shortNumber(d.number)), due(d)),
			h('div', {}, [d.department && departmentName(d.department), asked.who !== d.department && personName(asked.who)].filter(Boolean).join(' · '),
				h('span.quiet.small', {}, ` ${fullTime(asked.at)}`)),
			...asked.words.map((words) => h('div.quiet', {}, words))),
		h('div.row-line.wrap', {}, ...settlesOf(kind).map((step) => h('button.button.slim', { type: 'button', 'data-step': step,
			onclick: () => openWith(d.number, step) }, tCode('step', step)))));
}

define('xq-docket', class extends Part {
	asking = latest();

	mount() {
		this.classList.add('page');
		this.setAttribute('role', 'main');
		this.body = h('ul.docket-rows', { 'aria-label': t('page.docket') });
		this.rest = h('div.more-rows');
		this.head = h('header', { role: 'none' });
		this.replaceChildren(this.head, this.body, this.rest);
		this.watch(store, (s) => s.route.view, () => this.load());
		this.watch(store, (s) => [s.counts, s.route.view], () => this.drawHead());
		/* Another number of what waits: the list is another one too. */
		this.watch(store, (s) => s.counts && countOf(this.kind()), (n) => this.shown !== undefined && n !== this.shown && this.load());
	}

	kind() {
		const { view } = store.get().route;
		const first = KINDS.find((kind) => settlesOf(kind).length) ?? KINDS[0];
		return KINDS.includes(view) ? view : first;
	}

	drawHead() {
		fill(this.head, h('h1', {}, t('page.docket')), areaTabs('docket', KINDS, this.kind(), (kind) => [t(`docket.tab.${kind}`),
			countOf(kind) ? h('span.n', {}, countOf(kind)) : null]), h('p.lead', {}, t(`docket.lead.${this.kind()}`)));
	}

	async load(after) {
		const kind = this.kind(), isCurrent = this.asking();
		this.shown = countOf(kind);
		if (this.rowsOf !== kind)
			fill(this.body); /* another tab's */
		if (!after && !this.body.children.length)
			fill(this.rest, bones());
		try {
			const answer = await get(`/api/v1/docket/${kind}?${new URLSearchParams({ limit: 100, ...(after ? { after } : {}) })}`);
			if (!isCurrent())
				return;
			learn(answer.people);
			const rows = answer.items.map((d) => row(kind, d));
			if (after)
				this.body.append(...rows);
			else
				fill(this.body, ...rows);
			this.rowsOf = kind;
			fill(this.rest, answer.next ? h('button.button', { type: 'button', onclick: () => this.load(answer.next) }, t('common.more'))
				: !this.body.children.length && blank('check', t('docket.none'), t('docket.noneHint')));
		} catch (problem) {
			if (isCurrent())
				fill(this.rest, fault(problem, () => this.load(after)));
		}
	}
});
