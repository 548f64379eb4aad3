// The figures as a table for a terminal and as one page with pictures that needs nothing but itself.
import { existsSync, readFileSync } from 'node:fs';

const CHART = '/usr/share/javascript/chart.js/chart.min.js';
const COLOUR = { limit: '#8a6d1d', peer: '#0b6bcb', aim: '#2e7d32' };
const number = (v, digits) => v.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const value = (row) => `${number(row.value, row.digits ?? 0)}${row.unit.startsWith('/') ? '' : ' '}${row.unit}`;
const aim = (row) => row.aim === undefined ? '' : `aim ${row.better === 'less' ? 'under' : 'over'} ${row.aim}: ${(row.better === 'less') === row.value < row.aim ? 'met' : 'not met'}`;
const also = (row) => [aim(row), row.note].filter(Boolean);

const share = (ratio) => number(ratio, ratio < 0.1 ? 4 : ratio < 100 ? 2 : 0); // a small one needs more digits to be seen

// What a row's cell says of its limit or its peer.
function beside(row, kind) {
	const b = row[kind];
	if (b.none) return `none: ${b.none}`;
	if (b.missing) return `${kind} missing: ${b.missing}`;
	return `× ${share(b.ratio)} of ${number(b.value, b.digits ?? row.digits ?? 0)} (${b.what})`;
}

// Rows with the ratios that go into every form of the report, and what could not be compared, by what was not there.
export function compared(rows) {
	const ratio = (row, b) => (b.value === undefined ? b : { ...b, ratio: row.value / b.value });
	const missing = {};
	for (const r of rows)
		for (const kind of ['limit', 'peer'].filter((k) => r[k].missing))
			(missing[`${kind} missing: ${r[kind].missing}`] ??= []).push(r.id);
	return { rows: rows.map((r) => ({ ...r, limit: ratio(r, r.limit), peer: ratio(r, r.peer) })),
		missing: Object.entries(missing).map(([what, ids]) => ({ what, rows: ids })) };
}

export function table(report) {
	return ['| What | Figure | To its limit | To its peer | Also |', '|---|---|---|---|---|',
		...report.missing.map((m) => `| ${m.what} | | | | not compared: ${m.rows.join(', ')} |`),
		...report.rows.map((r) => `| ${[r.what, value(r), beside(r, 'limit'), beside(r, 'peer'), also(r).join('; ')].join(' | ')} |`)]
		.join('\n');
}

const escape = (s) => s.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

// One chart a subject: the figures with something to compare, each as a share of its limit, its peer and its aim.
function charts(report) {
	const bars = (r) => [['limit', r.limit], ['peer', r.peer], ['aim', { what: 'aim', ratio: r.value / r.aim }]]
		.filter(([, b]) => b.ratio > 0)
		.map(([kind, b]) => ({ what: r.what, kind, beside: b.what, ratio: b.ratio, said: share(b.ratio) }));
	return [...new Set(report.rows.map((r) => r.subject))]
		.map((subject) => ({ subject, bars: report.rows.filter((r) => r.subject === subject).flatMap(bars) }))
		.filter((c) => c.bars.length);
}

const head = '<thead><tr><th>What<th>Figure<th>To its limit<th>To its peer<th>Also</thead>';
// On a phone each row is a block, and each cell says what it is.
const cells = (r) => [['Figure', value(r)], ['To its limit', beside(r, 'limit')], ['To its peer', beside(r, 'peer')],
	['Also', also(r).join('\n')]]
	.map(([what, text]) => `<td${text && ` data-what="${what}"`}>${escape(text).replaceAll('\n', '<br>')}`).join('');

export function page(report) {
	const drawn = existsSync(CHART) ? charts(report) : [];
	const body = [...new Set(report.rows.map((r) => r.subject))].map((subject) => `<section><h2>${escape(subject)}</h2>` +
		(drawn.some((c) => c.subject === subject) ? `<div><canvas id="${subject}"></canvas></div>` : '') +
		`<table>${head}<tbody>` + report.rows.filter((r) => r.subject === subject).map((r) => `<tr id="${r.id}"><td>${escape(r.what)}${cells(r)}`).join('') +
		'</tbody></table></section>').join('\n');
	return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Xinqiao: figures of ${report.at.slice(0, 10)}</title>
<style>
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; color: #1b2733; background: #fff }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #d5dce3 }
td[data-what=Figure] { white-space: nowrap; text-align: right; font-variant-numeric: tabular-nums } .failed { color: #b3261e }
.key span { display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 1em }
@media (max-width: 48rem) { thead { display: none } tr, td { display: block } td { border: 0; padding: .1rem 0 } td:empty { display: none }
	tr { border-bottom: 1px solid #d5dce3; padding: .6rem 0 } td:first-child { font-weight: 600 } td[data-what=Figure] { text-align: left }
	td[data-what]::before { content: attr(data-what) ": "; opacity: .75 } }
@media (prefers-color-scheme: dark) { body { color: #e4eaf0; background: #14191f } .failed { color: #f2b8b5 } tr, th, td { border-color: #36414c } }
</style>
<h1>What this gateway does a second, and what it is measured against</h1>
<p>${report.at}, ${report.processors} processors (${escape(report.processor)}), medians of ${report.rounds} round${report.rounds > 1 ? 's' : ''}, load and peers on the same machine in the same minutes.</p>
${report.failed.length ? `<p class="failed">Could not be measured: ${report.failed.map(escape).join(', ')}.</p>` : ''}
${report.faults.map((words) => `<p class="failed">${escape(words)}.</p>`).join('\n')}
${report.missing.map((m) => `<p class="failed missing">${escape(m.what)}. Not compared: ${escape(m.rows.join(', '))}.</p>`).join('\n')}
<p class="key">In the pictures 1, from where each bar grows, is what is named at it, and each step of the scale is ten times the one before:
${Object.entries(COLOUR).map(([kind, c]) => `<span style="background:${c}"></span>${kind}`).join('')}. Of rates more is better, of times and memory less.</p>
${body}
${drawn.length ? `<script>${readFileSync(CHART, 'utf8').replaceAll('</script', '<\\/script')}</script>
<script>
const colour = ${JSON.stringify(COLOUR)}, narrow = matchMedia('(max-width: 48rem)').matches;
const lines = narrow ? /.{1,26}(?:\\s|$)/g : /.{1,48}(?:\\s|$)/g, most = narrow ? 3 : 2, high = narrow ? 72 : 48;
const label = (b) => [...b.what.match(lines).slice(0, most).map((l) => l.trim()), '÷ ' + (narrow ? b.kind : b.beside.slice(0, 40)) + ': ' + b.said];
const ink = matchMedia('(prefers-color-scheme: dark)').matches ? '#e4eaf0' : '#1b2733';
for (const c of ${JSON.stringify(drawn).replaceAll('<', '\\u003c')}) {
	const canvas = document.getElementById(c.subject);
	canvas.parentElement.style.height = 60 + high * c.bars.length + 'px';
	new Chart(canvas, { type: 'bar', data: { labels: c.bars.map(label),
		datasets: [{ data: c.bars.map((b) => [1, b.ratio]), minBarLength: 3, backgroundColor: c.bars.map((b) => colour[b.kind]) }] },
	options: { indexAxis: 'y', animation: false, maintainAspectRatio: false, plugins: { legend: { display: false } },
		scales: { x: { type: 'logarithmic', suggestedMin: 0.1, suggestedMax: 10, ticks: { color: ink, maxRotation: 0,
			callback: (v) => (Number.isInteger(Math.round(Math.log10(v) * 1e6) / 1e6) ? v : '') } },
			y: { ticks: { color: ink, autoSkip: false } } } } });
}
</script>` : '<p>The pictures need Debian\'s libjs-chart.js.</p>'}
`;
}
