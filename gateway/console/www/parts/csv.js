/* A table as a file for a spreadsheet: UTF-8 with a mark, CRLF, and no cell that a spreadsheet would run as a formula. */
import { h } from '../lib/dom.js';
import { dayOf } from '../lib/format.js';

export const csvCell = (value) => {
	const text = typeof value === 'number' ? String(value) : String(value ?? '').replace(/^[=+\-@\t\r]/, "'$&");
	return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
};

export const csvText = (columns, rows) => '\ufeff' + [columns, ...rows].map((r) => r.map(csvCell).join(',')).join('\r\n') + '\r\n';

export function saveCsv(name, columns, rows) {
	const url = URL.createObjectURL(new Blob([csvText(columns, rows)], { type: 'text/csv;charset=utf-8' }));
	const a = h('a', { href: url, download: `${name} ${dayOf(Date.now())}.csv` });
	document.body.append(a);
	a.click();
	a.remove();
	setTimeout(() => URL.revokeObjectURL(url), 10000);
}
