/* What every editor of a file shares: what was changed, saving it, and the loader's words when it refuses. */
import { h } from '../lib/dom.js';
import { faultWords, t, tCode } from '../lib/i18n.js';
import { post } from '../lib/net.js';
import { toast } from '../data/state.js';
import { failedWords, fault, problemWords } from './bits.js';

/* Where a fault is: a line, and the file when it is not the one that was edited. */
function place({ file, line }, edited) {
	if (file === edited)
		return line ? t('edit.line', { line }) : '';
	const table = /([a-z-]+)\.csv$/.exec(file)?.[1];
	const known = table && tCode('admin', table) !== table ? tCode('admin', table) : file;
	return line ? t('edit.lineOf', { file: known, line }) : t('edit.of', { file: known });
}

export const faultsOf = (problem) => problem.body?.faults || [];
export const faultLines = (faults, edited) => h('ul', {}, ...faults.slice(0, 20).map((f) => h('li', {}, place(f, edited), faultWords(f))));

const saveWords = (problem) => (problem.status === 409 ? t('edit.conflict') : problemWords(problem));

/* Resolves with the new version, or shows in `wrong` why not and resolves with null; onFaults gets what the loader found. */
export async function saveFile(path, body, wrong, onFaults) {
	wrong.replaceChildren();
	try {
		const answer = await post(path, body);
		toast(t('edit.saved'));
		return answer.version;
	} catch (problem) {
		const faults = faultsOf(problem);
		if (!wrong.isConnected) { /* whoever has gone on is told where they are */
			toast(failedWords('edit.failed', { file: body.file }, faults.length ? t('edit.refused', { n: faults.length }) : saveWords(problem), problem));
			return null;
		}
		onFaults?.(faults);
		if (faults.length)
			wrong.replaceChildren(h('div.fault-list', { role: 'alert' }, h('b', {}, t('edit.refused', { n: faults.length })),
				faultLines(faults, body.file)));
		else
			wrong.replaceChildren(fault(saveWords(problem)));
		wrong.scrollIntoView({ block: 'start' }); /* who saves at the end of a long table would see nothing of it */
		return null;
	}
}

/* What stands in a form, to be compared with later. */
export const typed = (form) => JSON.stringify([...new FormData(form)]);

/* What takes seconds says so meanwhile. */
function saveButton(onSave) {
	let n = 0; /* of another file one may be under way already */
	const draw = (by) => {
		n += by;
		button.setAttribute('aria-busy', String(n > 0));
		button.textContent = t(n ? 'edit.saving' : 'common.save');
	};
	const button = h('button.button.chief', { type: 'button', 'data-t': 'edit-save', onclick: async () => {
		draw(1);
		try {
			await onSave();
		} finally {
			draw(-1);
		}
	} }, t('common.save'));
	return button;
}

/* Of a part: while it shows, nobody leaves without being asked. */
export function saveBar(part, onSave, onUndo) {
	const bar = h('div.save-bar', { hidden: true, role: 'region', 'aria-label': t('edit.unsaved') }, h('span.grow', {}, t('edit.unsaved')),
		h('button.button', { type: 'button', onclick: onUndo }, t('edit.undo')),
		saveButton(onSave));
	part.listen(document, 'xq-leaving', (e) => !bar.hidden && e.preventDefault());
	return bar;
}

/* --- CSV, as the loader reads it --- */

export function parseCsv(text) {
	const rows = [];
	let row = [];
	let cell = '';
	let quoted = false;
	const s = text.replace(/^\ufeff/, '');
	for (let i = 0; i < s.length; i++) {
		const c = s[i];
		if (quoted) {
			if (c === '"' && s[i + 1] === '"')
				cell += s[++i];
			else if (c === '"')
				quoted = false;
			else
				cell += c;
		} else if (c === '"' && !cell)
			quoted = true;
		else if (c === ',' || c === '\n') {
			row.push(cell.replace(/\r$/, ''));
			cell = '';
			if (c === '\n') {
				rows.push(row);
				row = [];
			}
		} else
			cell += c;
	}
	if (cell || row.length)
		rows.push([...row, cell]);
	return rows.filter((r) => r.some((x) => x.trim()));
}

export const writeCsv = (rows) => rows.map((r) => r.map((x) => (/[",\r\n]/.test(x) ? `"${x.replace(/"/g, '""')}"` : x)).join(','))
	.join('\n') + '\n';

/* Which line of the file each row begins on. */
export function linesOf(rows) {
	let line = 1;
	return rows.map((r) => {
		const at = line;
		line += 1 + r.reduce((n, x) => n + (x.match(/\n/g) || []).length, 0);
		return at;
	});
}
