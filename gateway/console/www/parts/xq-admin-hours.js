/* Business hours: the common ones, round the clock, or a department's own; and beside them what they mean for a ticket, worked
 * out by the server with the hours that stand on the page, saved or not. */
import { latest } from '../lib/asking.js';
import { define, fill, h } from '../lib/dom.js';
import { dayOf, fullTime } from '../lib/format.js';
import { language, t } from '../lib/i18n.js';
import { post } from '../lib/net.js';
import { store } from '../data/state.js';
import { fault } from './bits.js';
import { TableEditor } from './table-editor.js';

const OWN = /^(\d\d:\d\d)-(\d\d:\d\d)$/;
const DAY = 86400000;

/* Late on the coming Friday: what a weekend does shows best. */
function lateOnFriday() {
	const today = Date.parse(dayOf(Date.now()));
	return `${new Date(today + ((5 - new Date(today).getUTCDay() + 7) % 7) * DAY).toISOString().slice(0, 10)}T16:30`;
}

define('xq-admin-hours', class extends TableEditor {
	asking = latest();

	file = 'departments.csv';

	draw() {
		const at = (name) => this.head.indexOf(name);
		[this.codeAt, this.nameAt, this.nameEnAt, this.hoursAt] = [at('code'), at('name'), at('name_en'), this.column('hours')];
		this.chosen = this.rows[0];
		this.result = h('div', { role: 'status', 'data-t': 'hours-result' });
		this.body = h('ul.hours-rows', {}, ...this.rows.map((r) => this.line(r)));
		this.place.replaceChildren(h('div.hours-desk', {}, this.body, this.exampleBox()));
		this.choose(this.chosen);
	}

	name(r) {
		return (language === 'en' && r[this.nameEnAt]) || r[this.nameAt];
	}

	line(r) {
		const [, from, to] = OWN.exec(r[this.hoursAt] ?? '') ?? [null, '09:00', '17:30'];
		const label = (words) => `${this.name(r)} ${words}`;
		const field = (value, words) => h('input', { type: 'time', value, 'aria-label': label(t(words)), oninput: () => this.changed(r, li) });
		const mode = h('select', { 'aria-label': label(t('hours.mode')), onchange: () => this.changed(r, li) },
			...['common', '24h', 'own'].map((m) => h('option', { value: m }, t(`hours.${m}`))));
		mode.value = r[this.hoursAt] === '24h' ? '24h' : r[this.hoursAt] ? 'own' : 'common';
		const own = h('span.row-line', { hidden: mode.value !== 'own' }, field(from, 'hours.from'), '–', field(to, 'hours.to'));
		const li = h('li', { 'data-t': `hours-${r[this.codeAt]}`, onfocusin: () => this.choose(r), onclick: () => this.choose(r) },
			h('b', {}, this.name(r)), h('span.row-line', {}, mode, own));
		Object.assign(li, { row: r, mode, own });
		return li;
	}

	changed(r, li) {
		const [from, to] = [...li.own.querySelectorAll('input')].map((x) => x.value);
		li.own.hidden = li.mode.value !== 'own';
		r[this.hoursAt] = { common: '', '24h': '24h', own: `${from}-${to}` }[li.mode.value];
		this.dirty(true);
		this.choose(r);
	}

	mark(bad) {
		for (const li of this.body.children)
			li.classList.toggle('bad', bad.has(li.row));
	}

	exampleBox() {
		const ask = () => this.ask();
		this.at = h('input', { type: 'datetime-local', value: lateOnFriday(), 'aria-label': t('hours.at'), 'data-t': 'hours-at', onchange: ask });
		this.category = h('select', { 'aria-label': t('hours.category'), 'data-t': 'hours-category', onchange: ask }, ...store.get().me.categories.map((c) =>
			h('option', { value: c.code === 'default' ? '' : c.code }, c.code === 'default' ? t('hours.default') : c.name)));
		this.whose = h('h2');
		return h('section.card-box', { 'aria-label': t('hours.example') }, h('header', {}, this.whose), h('p.quiet', {}, t('hours.exampleHint')),
			h('label.field', {}, h('span', {}, t('hours.at')), this.at), h('label.field', {}, h('span', {}, t('hours.category')), this.category),
			this.result);
	}

	choose(r) {
		const again = this.chosen === r && this.asked === r[this.hoursAt];
		this.chosen = r;
		for (const li of this.body.children)
			li.classList.toggle('chosen', li.row === r);
		this.whose.textContent = t('hours.exampleOf', { name: this.name(r) });
		if (!again)
			this.ask();
	}

	async ask() {
		const hours = this.chosen[this.hoursAt] ?? '';
		const isCurrent = this.asking();
		this.asked = hours;
		try {
			const a = await post('/console/api/deadline', { hours, category: this.category.value, at: `${this.at.value}:00+08:00` });
			if (!isCurrent())
				return;
			for (const li of this.body.children)
				li.mode.options[0].textContent = t('hours.commonOf', { hours: a.common.replace('-', '–') });
			const pair = (words, at) => [h('dt', {}, words), h('dd', {}, fullTime(at))];
			fill(this.result, h('dl.pairs', {}, pair(t('hours.opened'), `${this.at.value}+08:00`), [h('dt', {}, t('hours.returnUntil')), h('dd', { 'data-t': 'hours-return' }, fullTime(a.return_until))],
				pair(t('hours.half'), a.half_at), pair(t('hours.near'), a.near_at), h('dt', {}, h('b', {}, t('facts.dueAt'))),
				h('dd', {}, h('b', { 'data-t': 'hours-due' }, fullTime(a.due_at)))), a.wall && h('p.quiet.small', {}, t('hours.wall')));
		} catch (problem) {
			if (isCurrent())
				fill(this.result, fault(problem));
		}
	}
});
