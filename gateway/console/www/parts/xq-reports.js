/* Reports: rates and counts of a period, a ranking with the lowest first, how they went over time, and what rises. Every number
 * opens the tickets behind it; behind each chart is its table, and each table can be taken along. */
import { latest } from '../lib/asking.js';
import { define, fill, h, Part } from '../lib/dom.js';
import { clockOf, dayOf, fullTime, span } from '../lib/format.js';
import { icon } from '../lib/icons.js';
import { t, tCode } from '../lib/i18n.js';
import { get } from '../lib/net.js';
import { go } from '../data/session.js';
import { store } from '../data/state.js';
import { bones, channelOf, departmentName, fault } from './bits.js';
import { drawChart } from './chart.js';
import { countLink, nameOf } from './counted.js';
import { saveCsv } from './csv.js';

const DAY = 86400000;
const CARDS = ['response', 'prompt', 'solved', 'satisfied', 'answered', 'overdue', 'returned'];
const ORDERS = ['satisfied', 'solved', 'response', 'prompt', 'overdue', 'returned', 'answered'];
const GROUPS = ['department', 'category', 'channel'];
const CHARTED = 15;
const SUGGESTED = ['category', 'department'];

/* --- periods, in days of Asia/Shanghai --- */

const move = (day, n) => new Date(Date.parse(`${day}T00:00:00Z`) + n * DAY).toISOString().slice(0, 10);
const weekday = (day) => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
const firstOf = (day) => `${day.slice(0, 8)}01`;
const PERIODS = {
	today: (d) => [d, d],
	week: (d) => [move(d, -weekday(d)), d],
	lastWeek: (d) => [move(d, -weekday(d) - 7), move(d, -weekday(d) - 1)],
	month: (d) => [firstOf(d), d],
	lastMonth: (d) => [firstOf(move(firstOf(d), -1)), move(firstOf(d), -1)],
	days30: (d) => [move(d, -29), d],
	days365: (d) => [move(d, -364), d],
};
const daysOf = (from, to) => Math.round((Date.parse(to) - Date.parse(from)) / DAY) + 1;
/* Neither a line of two points nor one of a thousand. */
const stepOf = (days) => (days <= 62 ? 'day' : days <= 400 ? 'week' : 'month');

/* --- numbers --- */

const number = (n) => n.toLocaleString('en-US');
const percent = (r) => (r.percent === null ? '—' : `${r.percent.toFixed(1)}%`);

function rateCell(line, name, filter) {
	const r = line.rates[name];
	return r.of ? [`${percent(r)} `, h('span.quiet.small', {}, countLink(filter, r.good_count, number(r.good)), ' / ',
		countLink(filter, r.of_count, number(r.of)))] : '—';
}

const countCell = (line, name, filter) => (line.counts[name] ? countLink(filter, name, number(line.counts[name])) : '0');

function card(name, line, filter) {
	const r = line.rates[name];
	const late = ['overdue', 'returned'].includes(name) && r.good > 0;
	return h('section.card-box.rate', { 'data-t': `rate-${name}` }, h('header', {}, h('h2', {}, t(`report.rate.${name}`))),
		h(`div.huge${r.of ? '' : '.none'}`, {}, r.of ? [r.percent.toFixed(1), h('small', {}, '%')] : '—'),
		h(`div.bar${late ? '.late' : ''}`, { role: 'img', 'aria-label': percent(r) }, h('i', { style: { width: `${r.percent ?? 0}%` } })),
		h('p', {}, r.of ? [h('b', {}, countLink(filter, r.good_count, number(r.good)), ' / ', countLink(filter, r.of_count, number(r.of))), ' ']
			: `${t('wall.nothing')} `, h('span.quiet', {}, t(`report.of.${name}`))));
}

function countsBox(line, filter) {
	const { counts } = line;
	const row = (name, value, words) => h('div.fact', {}, h('dt', {}, words ?? t(`report.count.${name}`)), h('dd', { 'data-t': `count-${name}` }, value));
	return h('section.card-box', { 'data-t': 'counts' }, h('header', {}, h('h2', {}, t('report.counts'))), h('dl', {},
		...['received', 'finished', 'reopened', 'poor', 'uncounted'].map((name) => row(name, countCell(line, name, filter))),
		row('first', counts.responded ? span(counts.first_ms / counts.responded) : '—', t('report.first')),
		row('bounces', number(counts.bounces), t('report.bounces')),
		row('lost', counts.lost_ms ? span(counts.lost_ms) : '—', t('report.lost')),
		...SUGGESTED.map((name) => row(name, rateCell(line, name, filter), t(`report.rate.${name}`)))));
}

/* --- a box with a chart, its table and a way to take it along --- */

function table(columns, rows, cells) {
	return h('div.wide', {}, h('table.sheet.tight', {}, h('thead', {}, h('tr', {}, ...columns.map((c) => h('th', { scope: 'col' }, c)))),
		h('tbody', {}, ...rows.map((r, n) => h('tr', {}, ...cells(r, n).map((v, i) => h(`td${i ? '.num' : ''}`, {}, v)))))));
}

function box(name, title, tools, { columns, rows, cells, plain, chart }, open) {
	const canvas = chart && rows.length ? h('div.chart', { style: chart.high ? { height: `${chart.high}px` } : {} },
		h('canvas', { role: 'img', 'aria-label': title })) : null;
	const details = canvas && h('details', { open: open || null }, h('summary', {}, t('wall.table')), table(columns, rows, cells));
	const el = h('section.card-box', { 'data-t': `report-${name}` }, h('header', {}, h('h2', {}, title), h('span.grow'), tools,
		h('button.plain', { type: 'button', 'data-t': `csv-${name}`, onclick: () => saveCsv(title, columns, rows.map(plain)) },
			icon('file'), t('wall.csv'))),
	canvas, details || (rows.length ? table(columns, rows, cells) : h('p.quiet', {}, t('wall.nothing'))));
	if (canvas)
		drawChart(canvas.firstChild, chart).then((drawn) => {
			if (!drawn) {
				canvas.remove();
				details.setAttribute('open', '');
			}
		});
	return el;
}

const SHOWN = ['response', 'prompt', 'solved', 'satisfied', 'overdue', 'returned'];

function rankingOf(answer, route, base) {
	const { by, order } = route;
	const filterOf = (line) => ({ ...base, [by]: line.key || '-' });
	const name = (line) => (by === 'channel' ? `${channelOf(line.key) ? `${tCode('kind', channelOf(line.key).kind)} · ` : ''}${line.key}`
		: nameOf[by](line.key));
	const ranked = answer.items.filter((x) => x.rates[order].of).slice(0, CHARTED);
	return {
		columns: [t('report.rank'), t(`report.by.${by}`), t('report.count.received'), ...SHOWN.map((r) => t(`report.rate.${r}`)),
			t('report.bounces'), t('report.lost')],
		rows: answer.items,
		cells: (line, i) => [line.rates[order].of ? i + 1 : '—', name(line), countCell(line, 'received', filterOf(line)),
			...SHOWN.map((r) => rateCell(line, r, filterOf(line))), number(line.counts.bounces),
			line.counts.lost_ms ? span(line.counts.lost_ms) : '—'],
		plain: (line, i) => [line.rates[order].of ? i + 1 : '', name(line), line.counts.received, ...SHOWN.map((r) => line.rates[r].percent ?? ''),
			line.counts.bounces, Math.round(line.counts.lost_ms / 60000)],
		chart: ranked.length ? { kind: 'rows', labels: ranked.map(name), high: 60 + 26 * ranked.length,
			sets: [{ label: t(`report.rate.${order}`), data: ranked.map((x) => x.rates[order].percent), late: ['overdue', 'returned'].includes(order) }] } : null,
	};
}

function courseOf(answer, base) {
	const filterOf = (line) => ({ ...base, from: line.from, to: line.to });
	return {
		columns: [t('report.when'), t('report.count.received'), t('report.count.finished'), ...SHOWN.map((r) => t(`report.rate.${r}`))],
		rows: answer.items,
		cells: (line) => [line.key, countCell(line, 'received', filterOf(line)), countCell(line, 'finished', filterOf(line)),
			...SHOWN.map((r) => rateCell(line, r, filterOf(line)))],
		plain: (line) => [line.key, line.counts.received, line.counts.finished, ...SHOWN.map((r) => line.rates[r].percent ?? '')],
		chart: { kind: 'line', labels: answer.items.map((x) => x.key.slice(answer.by === 'month' ? 0 : 5)), sets: [
			{ label: t('report.count.received'), data: answer.items.map((x) => x.counts.received) },
			{ label: t('report.count.finished'), data: answer.items.map((x) => x.counts.finished), dashed: true }] },
	};
}

function topicsOf(answer, base) {
	const cell = (period, word, n) => (n ? countLink({ ...base, from: period.from, to: period.to, word,
		...(answer.every > 1 ? { every: answer.every } : {}) }, 'received', number(n)) : '0');
	return {
		columns: [t('report.word'), t('report.also'), t('report.now'), t('report.before'), t('report.growth')],
		rows: answer.items,
		cells: (x) => [h('b', {}, x.word), x.also.join(t('report.comma')), cell(answer.now, x.word, x.now), cell(answer.before, x.word, x.before),
			x.before ? `×${(x.now / x.before).toFixed(1)}` : t('report.fresh')],
		plain: (x) => [x.word, x.also.join(' '), x.now, x.before, x.before ? (x.now / x.before).toFixed(1) : ''],
	};
}

const meanings = () => h('section.card-box', {}, h('details', { 'data-t': 'meanings' }, h('summary', {}, t('report.meanings')),
	h('dl.meanings', {}, ...[...CARDS, ...SUGGESTED].flatMap((name) => [h('dt', {}, t(`report.rate.${name}`)), h('dd', {}, t(`report.meaning.${name}`))]),
		h('dt', {}, t('report.belongs')), h('dd', {}, t('report.belongsHow')),
		h('dt', {}, t('report.topics')), h('dd', {}, t('report.topicsHow')))));

/* --- the page --- */

/* What the address says, and what is usual where it says nothing. */
function asked() {
	const { filter } = store.get().route;
	const today = dayOf(Date.now());
	const [from, to] = filter.from && filter.to ? [filter.from, filter.to] : PERIODS.days30(today);
	return { from, to, by: GROUPS.includes(filter.by) ? filter.by : 'department', order: ORDERS.includes(filter.order) ? filter.order : 'satisfied',
		base: Object.fromEntries([['from', from], ['to', to], ...GROUPS.map((g) => [g, filter[g]])].filter(([, v]) => v)) };
}

define('xq-reports', class extends Part {
	asking = latest();

	mount() {
		this.classList.add('page', 'wall', 'reports');
		this.setAttribute('role', 'main');
		this.asOf = h('span.quiet.small', { role: 'status' });
		this.head = h('div.report-head');
		this.body = h('div.report-body', {}, bones());
		this.replaceChildren(h('header', { role: 'none' }, h('h1', {}, t('page.reports')), h('span.quiet.small', {}, store.get().me.hotline),
			h('span.grow'), this.asOf), h('div.wall-body', {}, this.head, this.body));
		this.watch(store, (s) => s.route, (route) => route.page === 'reports' && this.load());
	}

	set(part) {
		const filter = { ...store.get().route.filter, ...part };
		for (const name of Object.keys(filter))
			if (!filter[name])
				delete filter[name];
		go({ page: 'reports', view: '', number: '', filter }, true);
	}

	drawHead(q) {
		const { me, route: { filter } } = store.get();
		const today = dayOf(Date.now());
		const select = (name, all, options) => h('select', { 'aria-label': t(`report.by.${name}`), 'data-t': `report-${name}`,
			onchange: (e) => this.set({ [name]: e.target.value }) }, h('option', { value: '' }, all),
		...options.map(([value, words]) => h('option', { value, selected: filter[name] === value }, words)));
		const day = (name) => h('input', { type: 'date', 'aria-label': t(`report.${name}`), 'data-t': `report-${name}`, value: q[name], max: today,
			onchange: (e) => e.target.value && this.set({ from: q.from, to: q.to, [name]: e.target.value }) });
		fill(this.head, h('div.choice', { role: 'group', 'aria-label': t('report.periodLabel') }, ...Object.entries(PERIODS).map(([name, of]) => {
			const [from, to] = of(today);
			return h('button', { type: 'button', 'data-t': `period-${name}`, 'aria-pressed': String(from === q.from && to === q.to),
				onclick: () => this.set({ from, to }) }, t(`report.in.${name}`));
		})), h('span.report-days', {}, day('from'), ' – ', day('to')),
		select('department', t('list.department'), [['-', t('report.noDepartment')], ...me.departments.map((d) => [d.code, departmentName(d.code)])]),
		select('category', t('report.allCategories'), [['-', t('report.noCategory')], ...me.categories.map((c) => [c.code, c.name])]),
		select('channel', t('list.channel'), me.channels.map((c) => [c.name, `${tCode('kind', c.kind)} · ${c.name}`])));
	}

	async load() {
		const q = asked();
		const key = JSON.stringify(q);
		if (this.key === key)
			return;
		this.key = key;
		const isCurrent = this.asking();
		this.drawHead(q);
		const address = (what, more) => `/api/v1/reports/${what}?${new URLSearchParams({ ...q.base, ...more })}`;
		try {
			const [ranking, course] = await Promise.all([get(address('rates', { by: q.by, order: q.order, least: 1 })),
				get(address('rates', { by: stepOf(daysOf(q.from, q.to)) }))]);
			if (this.gone.signal.aborted || !isCurrent())
				return;
			this.draw(q, ranking, course);
			this.loadTopics(q, isCurrent, address('topics', {}));
		} catch (problem) {
			if (isCurrent())
				fill(this.body, fault(problem, () => {
					this.key = '';
					this.load();
				}));
		}
	}

	/* They take longer, so they come by themselves. */
	async loadTopics(q, isCurrent, address) {
		const place = this.body.querySelector('[data-t=topics]');
		try {
			const topics = await get(address);
			if (isCurrent())
				place.replaceWith(box('topics', t('report.topicsOf', { from: topics.before.from, to: topics.before.to }), null, topicsOf(topics, q.base)));
		} catch (problem) {
			fill(place, fault(problem));
		}
	}

	draw(q, ranking, course) {
		const choice = (name, all, words) => h('select', { 'aria-label': t(`report.${name}Label`), 'data-t': `report-${name}`,
			onchange: (e) => this.set({ [name]: e.target.value }) }, ...all.map((value) => h('option', { value, selected: q[name] === value }, words(value))));
		fill(this.body,
			h('div.rates.many', {}, ...CARDS.map((name) => card(name, ranking.all, q.base))),
			h('div.report-grid', {}, countsBox(ranking.all, q.base), box('course', t(`report.course.${course.by}`), null, courseOf(course, q.base))),
			box('ranking', t('report.ranking'), [choice('by', GROUPS, (g) => t(`report.by.${g}`)), choice('order', ORDERS, (o) => t(`report.rate.${o}`))],
				rankingOf(ranking, q, q.base), true),
			h('section.card-box', { 'data-t': 'topics' }, h('header', {}, h('h2', {}, t('report.topics'))), h('p.quiet', {}, t('report.reading'))),
			meanings());
		this.asOf.textContent = ranking.as_of ? t('report.asOf', { at: dayOf(ranking.as_of) === dayOf(Date.now()) ? clockOf(ranking.as_of)
			: fullTime(ranking.as_of) }) : '';
	}
});
