/* Putting tickets together and taking them apart: what is chosen here is one call, and one call undoes it. */
import { alone } from '../lib/asking.js';
import { h } from '../lib/dom.js';
import { shortNumber, shortTime } from '../lib/format.js';
import { icon } from '../lib/icons.js';
import { t } from '../lib/i18n.js';
import { get, post } from '../lib/net.js';
import { go, goTo } from '../data/session.js';
import { store, toast } from '../data/state.js';
import { isOpen, reopen } from '../data/tickets.js';
import { bones, failedAt, failedWords, fault, refusalWords, showDialog, stateChip } from './bits.js';

/* From one ticket to another that was made of it: whoever has gone on to a third one stays there. */
const goOn = (from, number) => store.get().open?.number === from && go({ number });
const path = (number, what) => `/api/v1/tickets/${number}/${what}`;

export const mayJoin = () => store.get().me.role !== 'department';
/* Where a core system makes the steps, it also puts tickets together. */
export const mayMerge = () => mayJoin() && !store.get().me.remote;

export async function unmerge(number) {
	try {
		await post(path(number, 'unmerge'));
		toast(t('merge.undone'));
		reopen(number);
		goTo(number);
	} catch (problem) {
		toast(refusalWords(problem));
	}
}

async function doMerge(number, into, note) {
	await post(path(number, 'merge'), { into, note: note || null });
	goOn(number, into);
	toast(t('merge.done', { number: shortNumber(into) }), { words: t('merge.undo'), run: () => unmerge(number) });
}

/* A row to choose a ticket by. */
const choice = (ticket) => h('label.person-row', {}, h('input', { type: 'radio', name: 'into', value: ticket.number }),
	icon(ticket.kind), h('span.who', {}, h('b', {}, ticket.title || t('talk.noTitle')),
		h('span.quiet.small', {}, ` ${shortNumber(ticket.number)}`)), stateChip(ticket.state));

function ask({ title, hint, name, place, note, go: words2, run }) {
	const wrong = h('div');
	const submit = alone(async () => {
		try {
			if (await run(dialog) !== false)
				dialog.close();
			else
				wrong.replaceChildren(fault(t('merge.choose')));
		} catch (problem) {
			wrong.replaceChildren(fault(refusalWords(problem)));
		}
	});
	const dialog = showDialog('dialog.ask', { 'aria-label': title, 'data-t': name }, h('form', { method: 'dialog', onsubmit: (e) => {
		e.preventDefault();
		submit();
	} }, h('h2', {}, title), h('p.quiet', {}, hint), place, note, wrong,
	h('div.row-line.end', {}, h('button.button', { type: 'button', onclick: () => dialog.close() }, t('common.cancel')),
		h('button.button.chief', { type: 'submit', 'data-t': `${name}-go` }, words2))));
	return dialog;
}

export async function showMerge() {
	const { open } = store.get();
	if (!open?.ticket || !isOpen(open.ticket) || !mayMerge() || document.querySelector('dialog[open]'))
		return;
	const { number } = open;
	const place = h('div', {}, bones());
	const typed = h('input', { type: 'text', inputmode: 'numeric', 'data-t': 'merge-number', placeholder: t('merge.number') });
	const note = h('textarea', { rows: 2, placeholder: t('merge.note'), 'aria-label': t('merge.note') });
	ask({ title: t('merge.title'), hint: t('merge.hint'), name: 'merge', place, note, go: t('merge.go'), run: (dialog) => {
		const into = typed.value.replace(/\D/g, '') || dialog.querySelector('[name=into]:checked')?.value;
		return into ? doMerge(number, into, note.value.trim()) : false;
	} });
	const { items } = await get(path(number, 'history')).catch(() => ({ items: [] }));
	const rows = items.filter(isOpen).map(choice);
	place.replaceChildren(...[rows.length && h('div.people', {}, ...rows),
		h('label.field', {}, h('span', {}, t(rows.length ? 'merge.other' : 'merge.which')), typed)].filter(Boolean));
	place.querySelector('input')?.focus();
}

export function showJoin() {
	const { open } = store.get();
	const typed = h('input', { type: 'text', inputmode: 'numeric', 'data-t': 'join-number', placeholder: t('merge.number') });
	ask({ title: t('join.title'), hint: t('join.hint'), name: 'join', place: h('label.field', {}, h('span', {}, t('join.which')), typed),
		go: t('join.go'), run: async () => {
			const other = typed.value.replace(/\D/g, '');
			if (!other)
				return false;
			await post(path(open.number, 'citizen'), { other });
			toast(t('join.done'));
			reopen(open.number);
			document.dispatchEvent(new CustomEvent('xq-citizen'));
			return true;
		} }).querySelector('input').focus();
}

export async function part(number) {
	try {
		await post(path(number, 'citizen'), { other: null });
		toast(t('join.undone'));
		reopen(number);
		document.dispatchEvent(new CustomEvent('xq-citizen'));
	} catch (problem) {
		toast(refusalWords(problem));
	}
}

/* --- splitting: messages are chosen in the conversation --- */

export function beginSplit() {
	const { open } = store.get();
	if (open?.ticket && isOpen(open.ticket) && mayMerge())
		store.patch({ split: { number: open.number, ids: [] } });
}

export const endSplit = () => store.patch({ split: null });

export function toggleSplit(id) {
	store.patch(({ split }) => ({ split: { ...split, ids: split.ids.includes(id) ? split.ids.filter((x) => x !== id) : [...split.ids, id] } }));
}

const mergeBack = (other, number) => post(path(other, 'merge'), { into: number }).then(() => goTo(number), (problem) => toast(refusalWords(problem)));

const split = alone(async ({ number, ids }) => {
	try {
		const { other } = await post(path(number, 'split'), { messages: ids });
		if (store.get().split?.number === number) /* else another one is being split by now */
			endSplit();
		goOn(number, other.number);
		toast(t('split.done', { number: shortNumber(other.number) }), { words: t('merge.undo'), run: () => mergeBack(other.number, number) });
	} catch (problem) {
		if (store.get().open?.number === number)
			toast(refusalWords(problem));
		else
			failedAt(number, failedWords('panel.failed', { number: shortNumber(number), step: t('split.title') }, refusalWords(problem), problem));
	}
}, ({ number }) => number);
export const doSplit = () => split(store.get().split);

/* --- the citizen's other tickets, in the facts --- */

export function historyRow(ticket, now) {
	return h('li', {}, h('a', { href: `/console/in/all/${ticket.number}`, 'data-t': 'past', title: ticket.title, onclick: (e) => {
		if (e.ctrlKey || e.metaKey || e.shiftKey)
			return;
		e.preventDefault();
		go({ number: ticket.number });
	} }, icon(ticket.kind), h('span.name', {}, ticket.title || t('talk.noTitle')),
	h('time', {}, shortTime(ticket.opened_at, now))),
	h('div.row-line', {}, stateChip(ticket.state), ticket.rating && h('span.quiet.small', {}, icon('star'), t(`survey.${ticket.rating}`)),
		h('span.grow'), h('span.quiet.small', {}, shortNumber(ticket.number))));
}
