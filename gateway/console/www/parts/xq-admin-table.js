/* A table of config/ as a grid: cells are fields, rows come and go, the whole is saved at once. */
import { define, h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { t, tCode } from '../lib/i18n.js';
import { TableEditor } from './table-editor.js';

const LONG = 24;

/* In halves of a Chinese character, as fields are wide. */
const widthOf = (text) => [...text].reduce((n, c) => n + (c.codePointAt(0) > 0x2e7f ? 2 : 1), 0);

define('xq-admin-table', class extends TableEditor {
	mount() {
		this.file = `${this.getAttribute('area')}.csv`;
		super.mount();
	}

	/* A column's heading; one name can mean something else in another table. */
	words(c) {
		const own = tCode(`col.${this.getAttribute('area')}`, c);
		return own === c ? tCode('col', c) : own;
	}

	draw() {
		const long = this.head.map((_, i) => this.rows.some((r) => (r[i] || '').length > LONG));
		this.find = h('input', { type: 'search', placeholder: t('edit.find'), 'aria-label': t('edit.find'), oninput: () => this.filter() });
		this.long = long;
		this.widest = this.head.map((_, i) => Math.max(4, ...this.rows.map((r) => widthOf(r[i] || ''))));
		this.body = h('tbody', {}, ...this.rows.map((r) => this.line(r, long)));
		this.place.replaceChildren(h('div.row-line.edit-tools', {}, this.find, this.count = h('span.quiet.small'),
			h('span.grow'), h('button.button.slim', { type: 'button', 'data-t': 'row-add', onclick: () => this.add() }, icon('new'), t('edit.add'))),
		h('div.grid-wrap', { tabindex: 0, role: 'region', 'aria-label': this.file }, h('table.sheet.grid', {}, h('thead', {}, h('tr', {},
			...this.head.map((c) => h('th', { scope: 'col' }, this.words(c))), h('td'))), this.body)));
		this.drawCount();
	}

	drawCount() {
		this.count.textContent = t('edit.rows', { n: this.rows.length });
	}

	line(r, long) {
		const tr = h('tr', {}, ...this.head.map((c, i) => {
			const field = h(long[i] ? 'textarea' : 'input', { ...(long[i] ? { rows: 2 } : { type: 'text', style: { '--w': `calc(${this.widest[i]}ch + 24px)` } }), value: r[i] || '',
				'aria-label': this.words(c), 'data-col': c, oninput: () => {
					r[i] = field.value;
					this.dirty(true);
				} });
			return h(`td${long[i] ? '.wide' : ''}`, { 'data-l': this.words(c) }, field);
		}), h('td', {}, h('button.icon-button', { type: 'button', 'aria-label': t('edit.remove'), title: t('edit.remove'), onclick: () => {
			const next = tr.nextElementSibling ?? tr.previousElementSibling;
			this.rows.splice(this.rows.indexOf(r), 1);
			tr.remove();
			this.drawCount();
			this.dirty(true);
			(next?.querySelector('.icon-button') ?? this.find).focus();
		} }, icon('close'))));
		tr.row = r;
		return tr;
	}

	add() {
		const r = this.head.map(() => '');
		this.rows.push(r);
		const tr = this.line(r, this.long);
		this.body.append(tr);
		tr.querySelector('input, textarea').focus();
		this.drawCount();
		this.dirty(true);
	}

	filter() {
		const w = this.find.value.trim().toLowerCase();
		for (const tr of this.body.children)
			tr.hidden = !!w && !tr.row.some((x) => x.toLowerCase().includes(w));
	}

	mark(bad) {
		for (const tr of this.body.children)
			tr.classList.toggle('bad', bad.has(tr.row));
	}
});
