// The figures as a table for a terminal and as one page with pictures that needs nothing but itself.
import { existsSync, readFileSync } from 'node:fs';

const CHART = '/usr/share/javascript/chart.js/chart.min.js';
const number = (v, digits) => v.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const value = (row) => `${number(row.value, row.digits ?? 0)}${row.unit.startsWith('/') ? '' : ' '}${row.unit}`;
const ratio = (row, beside) => `× ${number(row.value / beside.value, 2)} of ${number(beside.value, beside.digits ?? row.digits ?? 0)} (${beside.what})`;
const aim = (row) => row.aim === undefined ? '' : `aim ${row.better === 'less' ? 'under' : 'over'} ${row.aim}: ${(row.better === 'less') === row.value < row.aim ? 'met' : 'not met'}`;
const beside = (row) => [row.limit && ratio(row, row.limit), row.peer && ratio(row, row.peer), aim(row), row.note].filter(Boolean);

export function table(report) {
	return ['| What | Figure | Beside it |', '|---|---|---|', ...report.rows.map((r) => `| ${r.what} | ${value(r)} | ${beside(r).join('; ')} |`)].join('\n');
}

const escape = (s) => s.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

// One chart a subject: the figures with something to compare, each as a share of its peer, limit or aim.
function charts(report) {
	return [...new Set(report.rows.map((r) => r.subject))].map((subject) => ({ subject, bars: report.rows.filter((r) => r.subject === subject)
		.flatMap((r) => [['limit', r.limit], ['peer', r.peer], ['aim', r.aim === undefined ? null : { what: 'aim', value: r.aim }]]
			.filter(([, b]) => b).map(([kind, b]) => ({ what: r.what, kind, beside: b.what, ratio: r.value / b.value, better: r.better }))) }))
		.filter((c) => c.bars.length);
}

export function page(report) {
	const drawn = existsSync(CHART) ? charts(report) : [];
	const body = [...new Set(report.rows.map((r) => r.subject))].map((subject) => `<section><h2>${escape(subject)}</h2>` +
		(drawn.some((c) => c.subject === subject) ? `<div class="chart" style="height:${60 + 44 * drawn.find((c) => c.subject === subject).bars.length}px"><canvas id="${subject}"></canvas></div>` : '') +
		'<table><thead><tr><th>What<th>Figure<th>Beside it</thead><tbody>' +
		report.rows.filter((r) => r.subject === subject).map((r) => `<tr id="${r.id}"><td>${escape(r.what)}<td class="figure">${escape(value(r))}<td>${beside(r).map(escape).join('<br>')}`).join('') +
		'</tbody></table></section>').join('\n');
	return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Xinqiao: figures of ${report.at.slice(0, 10)}</title>
<style>
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; color: #1b2733; background: #fff }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #d5dce3 }
.figure { white-space: nowrap; text-align: right; font-variant-numeric: tabular-nums } .failed { color: #b3261e }
@media (prefers-color-scheme: dark) { body { color: #e4eaf0; background: #14191f } th, td { border-color: #36414c } }
</style>
<h1>What this gateway does a second, and what it is measured against</h1>
<p>${report.at}, ${report.processors} processors (${escape(report.processor)}), medians of ${report.rounds} round${report.rounds > 1 ? 's' : ''}, load and peers on the same machine in the same minutes.</p>
${report.failed.length ? `<p class="failed">Could not be measured: ${report.failed.map(escape).join(', ')}.</p>` : ''}
<p>In the pictures 1 is the limit, the peer or the aim named at the bar. Of rates more is better, of times and memory less.</p>
${body}
${drawn.length ? `<script>${readFileSync(CHART, 'utf8').replaceAll('</script', '<\\/script')}</script>
<script>
const colour = { limit: '#5b6b7b', peer: '#0b6bcb', aim: '#2e7d32' };
const ink = matchMedia('(prefers-color-scheme: dark)').matches ? '#e4eaf0' : '#1b2733';
for (const c of ${JSON.stringify(drawn).replaceAll('<', '\\u003c')})
	new Chart(document.getElementById(c.subject), { type: 'bar', data: { labels: c.bars.map((b) => [b.what.slice(0, 60), '÷ ' + b.beside.slice(0, 60)]),
		datasets: [{ data: c.bars.map((b) => b.ratio), backgroundColor: c.bars.map((b) => colour[b.kind]) }] },
	options: { indexAxis: 'y', animation: false, maintainAspectRatio: false, plugins: { legend: { display: false } },
		scales: { x: { beginAtZero: true, suggestedMax: 1.2, ticks: { color: ink } }, y: { ticks: { color: ink } } } } });
</script>` : '<p>The pictures need Debian\'s libjs-chart.js.</p>'}
`;
}
