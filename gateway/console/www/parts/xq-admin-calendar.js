/* Working days of a year: a click makes a day a holiday (休), a make-up working day (班), or what its weekday says. */
import { define, h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { t } from '../lib/i18n.js';
import { dayOf } from '../lib/format.js';
import { TableEditor } from './table-editor.js';

const two = (n) => String(n).padStart(2, '0');

define('xq-admin-calendar', class extends TableEditor {
	file = 'calendar.csv';

	mount() {
		this.year = Number(dayOf(Date.now()).slice(0, 4));
		super.mount();
	}

	turn(day, button) {
		const now = this.days.get(day)?.[this.kindAt];
		const weekend = [0, 6].includes(new Date(`${day}T00:00Z`).getUTCDay());
		/* The likely exception comes first. */
		const order = weekend ? [undefined, 'work', 'rest'] : [undefined, 'rest', 'work'];
		const next = order[(order.indexOf(now) + 1) % 3];
		if (!next)
			this.days.delete(day);
		else {
			const r = this.days.get(day) || this.head.map(() => '');
			r[this.dayAt] = day;
			r[this.kindAt] = next;
			this.days.set(day, r);
		}
		this.rows = [...this.days.values()].sort((a, b) => (a[this.dayAt] < b[this.dayAt] ? -1 : 1));
		this.dirty(true);
		button.replaceWith(this.dayButton(day));
		this.querySelector(`[data-day="${day}"]`).focus();
	}

	dayButton(day) {
		const r = this.days.get(day);
		const kind = r?.[this.kindAt];
		const weekend = [0, 6].includes(new Date(`${day}T00:00Z`).getUTCDay());
		const words = kind ? t(`calendar.${kind}`) : t(weekend ? 'calendar.weekend' : 'calendar.weekday');
		const note = this.noteAt >= 0 ? r?.[this.noteAt] : '';
		const number = String(Number(day.slice(8)));
		const mark = kind ? t(`calendar.mark.${kind}`) : '';
		const button = h(`button.day-box${kind ? `.${kind}` : weekend ? '.weekend' : ''}`, { type: 'button', 'data-day': day,
			title: [day, words, note].filter(Boolean).join(' · '), 'aria-label': `${number}${mark} ${day} ${words}`, onclick: () => this.turn(day, button) },
		number, kind && h('sup', {}, mark));
		return button;
	}

	month(m) {
		const first = new Date(Date.UTC(this.year, m - 1, 1)).getUTCDay();
		const count = new Date(Date.UTC(this.year, m, 0)).getUTCDate();
		return h('section.month', {}, h('h2', {}, t('calendar.month', { y: this.year, m: two(m) })), h('div.days', {},
			...t('calendar.week').split(' ').map((w) => h('span.quiet', {}, w)),
			...Array.from({ length: (first + 6) % 7 }, () => h('span')),
			...Array.from({ length: count }, (_, i) => this.dayButton(`${this.year}-${two(m)}-${two(i + 1)}`))));
	}

	draw() {
		[this.dayAt, this.kindAt, this.noteAt] = ['day', 'kind', 'note'].map((c) => this.head.indexOf(c));
		this.days = new Map(this.rows.map((r) => [r[this.dayAt], r]));
		this.drawYear();
	}

	drawYear() {
		const step = (by) => h('button.icon-button', { type: 'button', 'aria-label': t(by < 0 ? 'calendar.before' : 'calendar.after'), onclick: () => {
			this.year += by;
			this.drawYear();
		} }, h(`span.turn${by > 0 ? '.on' : ''}`, {}, icon('back')));
		this.place.replaceChildren(h('div.row-line.edit-tools', {}, step(-1), h('b', {}, String(this.year)), step(1), h('span.grow'),
			h('span.day-box.rest', {}, t('calendar.mark.rest')), t('calendar.rest'), h('span.day-box.work', {}, t('calendar.mark.work')), t('calendar.work')),
		h('div.months', {}, ...Array.from({ length: 12 }, (_, i) => this.month(i + 1))));
	}
});
