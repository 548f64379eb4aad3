/* The wall: how long the queue is, who waits since when, who is on, what is late, and today's three rates. Each number says
 * what it was counted of; behind each chart is its table, and each table can be taken along as CSV. */
import { define, fill, h, Part } from '../lib/dom.js';
import { clockOf, fullTime, shortNumber, span } from '../lib/format.js';
import { clockIcon, icon } from '../lib/icons.js';
import { t, tCode } from '../lib/i18n.js';
import { get } from '../lib/net.js';
import { format } from '../lib/router.js';
import { go } from '../data/session.js';
import { store } from '../data/state.js';
import { dutyMark } from './assign.js';
import { showHandOver } from './xq-duty.js';
import { bones, channelOf, departmentName, dueChip, face, fault, stateChip } from './bits.js';
import { drawChart } from './chart.js';
import { saveCsv } from './csv.js';

const EVERY = 10000;
const STALE = 30000;
const WAITS = ['w3', 'w10', 'w30', 'w120', 'wmore'];

const link = (route, ...kids) => h('a', { href: format({ number: '', filter: {}, page: 'in', ...route }), onclick: (e) => {
	if (e.ctrlKey || e.metaKey || e.shiftKey)
		return;
	e.preventDefault();
	go({ page: 'in', number: '', filter: {}, ...route });
} }, ...kids);

const number = (n) => n.toLocaleString('en-US');

/* Words and shape say it, and the colour again. */
function aim(percent, target) {
	const below = target - percent;
	return below > 0.05 ? h('span.due.today', { 'data-t': 'below' }, clockIcon('disc', 1), t('wall.below', { n: below.toFixed(1) }))
		: h('span.due.calm', { 'data-t': 'reached' }, clockIcon('met', 1), t('wall.reached'));
}

function rate(name, { of, good, target }) {
	const percent = of ? (good / of) * 100 : 0;
	return h('section.card-box.rate', { 'data-t': `rate-${name}` },
		h('header', {}, h('h2', {}, t(`wall.rate.${name}`)), of ? aim(percent, target) : h('span.quiet.small', {}, t('wall.today'))),
		of ? h('div.huge', {}, percent.toFixed(1), h('small', {}, '%')) : h('div.huge.none', {}, '—'),
		h('div.bar', { role: 'img', 'aria-label': of ? `${percent.toFixed(1)}%` : t('wall.noneYet') }, h('i', { style: { width: `${percent}%` } }),
			target > 0 && h('b', { style: { left: `${target}%` } }, h('span', {}, t('wall.target', { n: target })))),
		h('p', {}, of ? h('b', {}, `${number(good)} / ${number(of)}`) : t('wall.noneYet'), ' ', h('span.quiet', {}, t(`wall.of.${name}`))));
}

const fact = (words, value, route, tone = '') => h('div.fact', {}, h('dt', {}, words),
	h(`dd${tone}`, {}, route ? link(route, value) : value));

/* A box with a chart, the table behind it and a way to take it along. */
function chartBox(name, columns, rows, chart) {
	const table = () => h('table.sheet.tight', {}, h('thead', {}, h('tr', {}, ...columns.map((c) => h('th', { scope: 'col' }, c)))),
		h('tbody', {}, ...rows.map((r) => h('tr', {}, ...r.map((v, i) => h(`td${i ? '.num' : ''}`, {}, typeof v === 'number' ? number(v) : v))))));
	const canvas = chart && h('div.chart', {}, h('canvas', { role: 'img', 'aria-label': t(`wall.${name}`) }));
	const box = h('section.card-box', { 'data-t': `chart-${name}` },
		h('header', {}, h('h2', {}, t(`wall.${name}`)), h('button.plain', { type: 'button', 'data-t': `csv-${name}`,
			onclick: () => saveCsv(t(`wall.${name}`), columns, rows) }, icon('file'), t('wall.csv'))),
		canvas, rows.length ? (canvas ? h('details', {}, h('summary', {}, t('wall.table')), table()) : table())
			: h('p.quiet', {}, t('wall.nothing')));
	if (canvas)
		drawChart(canvas.firstChild, chart).then((drawn) => {
			if (!drawn) {
				canvas.remove();
				box.querySelector('details')?.setAttribute('open', '');
			}
		});
	return box;
}

function pressing(items, now) {
	const rows = items.map((x) => [x.number, x.title, tCode('state', x.state), departmentName(x.department), fullTime(x.due_at)]);
	return h('section.card-box', { 'data-t': 'pressing' }, h('header', {}, h('h2', {}, t('wall.pressing')), h('button.plain', { type: 'button',
		onclick: () => saveCsv(t('wall.pressing'), ['number', 'title', 'state', 'department', 'due'].map((c) => t(`wall.col.${c}`)), rows) },
	icon('file'), t('wall.csv'))),
	items.length ? h('ul.press-list', {}, ...items.map((x) => h('li', {}, dueChip(x, now), link({ view: 'all', number: x.number },
		h('span.name', { title: x.title }, x.title || t('talk.noTitle'))), stateChip(x.state), h('span.quiet.small', {}, shortNumber(x.number)))))
		: h('p.quiet', {}, t('wall.noneLate')));
}

function people(items) {
	const desk = items.filter((c) => c.role !== 'department').sort((a, b) => (b.online - a.online) || (a.duty === 'on' ? -1 : 1)
		|| b.open - a.open);
	const on = desk.filter((c) => c.online && c.duty === 'on').length;
	const rows = desk.map((c) => [c.display, c.name, tCode('role', c.role), t(c.online ? `duty.${c.duty}` : 'duty.gone'), c.open, c.capacity]);
	return h('section.card-box', { 'data-t': 'people' }, h('header', {}, h('h2', {}, t('wall.people', { n: on, all: desk.length })),
		h('button.plain', { type: 'button', onclick: () => saveCsv(t('wall.staff'), ['display', 'name', 'role', 'duty', 'open', 'capacity']
			.map((c) => t(`wall.col.${c}`)), rows) }, icon('file'), t('wall.csv'))),
	h('ul.seat-list', {}, ...desk.map((c) => h('li', {}, face(c.display), link({ view: 'open', filter: { assignee: c.name } }, c.display),
		dutyMark(c), h('span.load-bar', { role: 'img', 'aria-label': `${c.open}/${c.capacity}` },
			h(`i${c.open >= c.capacity ? '.full' : ''}`, { style: { width: `${Math.min(100, (100 * c.open) / c.capacity)}%` } })),
		h('span.num', {}, `${c.open}/${c.capacity}`), c.open > 0 && h('button.plain', { type: 'button', 'data-t': `hand-over-${c.name}`,
			title: t('duty.handOver', { name: c.display }), 'aria-label': t('duty.handOver', { name: c.display }), onclick: () => showHandOver(c) },
		icon('dispatched'))))));
}

define('xq-wall', class extends Part {
	mount() {
		this.classList.add('page', 'wall');
		this.setAttribute('role', 'main');
		this.asOf = h('span.quiet', { role: 'status' });
		this.body = h('div.wall-body', {}, bones());
		this.replaceChildren(h('header', { role: 'none' }, h('h1', {}, t('page.wall')), h('span.quiet.small', {}, store.get().me.hotline),
			h('span.grow'), this.asOf), this.body);
		this.load();
		const timer = setInterval(() => !document.hidden && this.load(), EVERY);
		this.gone.signal.addEventListener('abort', () => clearInterval(timer));
		this.listen(document, 'visibilitychange', () => !document.hidden && this.load());
	}

	async load() {
		try {
			const [wall, staff] = await Promise.all([get('/console/api/wall'), get('/console/api/colleagues')]);
			if (this.gone.signal.aborted)
				return;
			this.at = Date.now();
			this.draw(wall, staff.items);
		} catch (problem) {
			if (!this.at)
				fill(this.body, fault(problem, () => this.load()));
		}
		this.drawAge();
	}

	/* What is no longer true says so. */
	drawAge() {
		const stale = this.at && Date.now() - this.at > STALE;
		this.classList.toggle('stale', !!stale);
		this.asOf.textContent = this.at ? t(stale ? 'wall.stale' : 'wall.asOf', { at: clockOf(this.at) }) : '';
	}

	draw(w, staff) {
		const now = Date.parse(w.at);
		/* A table that is being read stays open. */
		const open = new Set([...this.body.querySelectorAll('details[open]')].map((d) => d.closest('[data-t]').dataset.t));
		const inTime = (d) => (d.open ? (100 * (d.open - d.overdue)) / d.open : 100);
		const late = (d) => inTime(d) < w.target_department;
		const hours = w.opened.map((_, i) => clockOf(Date.parse(w.hours_from) + i * 3600000));
		fill(this.body,
			h('div.rates', {}, rate('response', w.rates.response), rate('solved', w.rates.solved), rate('satisfied', w.rates.satisfied)),
			h('div.wall-grid', {},
				h('section.card-box', { 'data-t': 'now' }, h('header', {}, h('h2', {}, t('wall.now'))), h('dl', {},
					fact(t('wall.queue'), number(w.queue), { view: 'new' }),
					fact(t('wall.longest'), w.oldest ? span(now - Date.parse(w.oldest)) : '—'),
					fact(t('view.unassigned'), number(w.now.unassigned), { view: 'unassigned' }),
					fact(t('view.waiting'), number(w.now.waiting), { view: 'waiting' }),
					fact(t('view.overdue'), number(w.now.overdue), { view: 'overdue' }, w.now.overdue ? '.late' : ''),
					fact(t('view.emergency'), number(w.now.emergency), { view: 'emergency' }),
					fact(t('wall.openedToday'), number(w.now.opened_today)), fact(t('wall.closedToday'), number(w.now.closed_today)))),
				pressing(w.pressing, now), people(staff),
				chartBox('flow', [t('wall.col.hour'), t('wall.opened'), t('wall.closed')], hours.map((x, i) => [x, w.opened[i], w.closed[i]]),
					{ kind: 'line', labels: hours, sets: [{ label: t('wall.opened'), data: w.opened }, { label: t('wall.closed'), data: w.closed, dashed: true }] }),
				chartBox('waits', [t('wall.col.wait'), t('wall.col.tickets')], WAITS.map((x, i) => [t(`wall.${x}`), w.waits[i]]),
					{ kind: 'bar', labels: WAITS.map((x) => t(`wall.${x}`)), sets: [{ label: t('wall.col.tickets'), data: w.waits }] }),
				chartBox('departments', [t('wall.col.department'), t('wall.col.open'), t('view.overdue'), t('wall.col.inTime', { n: w.target_department })],
					w.departments.map((d) => [departmentName(d.code), d.open, d.overdue, `${late(d) ? '▼ ' : ''}${inTime(d).toFixed(1)}%`]), w.departments.length && { kind: 'rows',
						labels: w.departments.slice(0, 10).map((d) => `${late(d) ? '▼ ' : ''}${departmentName(d.code)}`), sets: [
							{ label: t('view.overdue'), data: w.departments.slice(0, 10).map((d) => d.overdue), late: true },
							{ label: t('wall.inTime'), data: w.departments.slice(0, 10).map((d) => d.open - d.overdue) }] }),
				chartBox('channels', [t('wall.col.channel'), t('wall.col.tickets')], w.channels.map((c) => [
					channelOf(c.name) ? `${tCode('kind', channelOf(c.name).kind)} · ${c.name}` : c.name, c.opened]))));
		for (const name of open)
			this.body.querySelector(`[data-t="${name}"] details`)?.setAttribute('open', '');
	}
});
