/* Whose ticket it is: taking it, and handing it on to a colleague who is here and has room. */
import { h } from '../lib/dom.js';
import { shortNumber } from '../lib/format.js';
import { t, tCode } from '../lib/i18n.js';
import { get } from '../lib/net.js';
import { store, toast } from '../data/state.js';
import { assign, isOpen, reopen } from '../data/tickets.js';
import { bones, face, failedAt, failedWords, fault, refusalWords, showDialog } from './bits.js';

const words = (problem) => refusalWords(problem, 'assign.changed');

/* A unit that only helps does not say who works on it. */
export function mayAssign(ticket) {
	const { me } = store.get();
	return isOpen(ticket) && (me.role !== 'department' || me.department === ticket.department);
}

export async function takeOpen() {
	const { open, me } = store.get();
	if (!open?.ticket || !mayAssign(open.ticket) || open.ticket.assignee === me.name)
		return;
	try {
		await assign(open.number, 'me');
		toast(t('assign.taken'));
	} catch (problem) {
		if (store.get().open?.number !== open.number)
			failedAt(open.number, failedWords('assign.failed', { number: shortNumber(open.number) }, words(problem), problem));
		else
			toast(words(problem));
		reopen(open.number);
	}
}

const skilled = (c, category) => !!category && c.skills.split(/[ ,]+/).includes(category);
/* Whoever knows the matter, is here, is on duty and has most room comes first. */
const rank = (c, category) => (skilled(c, category) ? 0 : 4) + (c.online ? 0 : 2) + (c.duty === 'on' ? 0 : 1) + c.open / (c.capacity || 1) / 100;

export const dutyMark = (c) => h(`span.duty-mark.${c.online ? c.duty : 'gone'}`, {},
	t(c.online ? `duty.${c.duty}` : 'duty.gone'));

function colleagueRow(c, category, name) {
	const input = h('input', { type: 'radio', name, value: c.name });
	return h('label.person-row', { 'data-find': `${c.name} ${c.display}`.toLowerCase() }, input, face(c.display),
		h('span.who', {}, h('b', {}, c.display), h('span.quiet.small', {}, ` ${c.name} · ${tCode('role', c.role)}`)),
		skilled(c, category) && h('span.chip.work', {}, t('assign.expert')), dutyMark(c),
		h('span.load', { title: t('assign.load') }, `${c.open}/${c.capacity}`));
}

/* A list of colleagues to choose one from; `first` are other choices above them, `not` is left out; `desk`: without the departments'. */
export async function colleagueChoice(category, name, first = [], not = store.get().me.name, desk = false) {
	const { items } = await get('/console/api/colleagues');
	const rows = items.filter((c) => c.name !== not && !(desk && c.role === 'department')).sort((a, b) => rank(a, category) - rank(b, category)
		|| a.name.localeCompare(b.name)).map((c) => colleagueRow(c, category, name));
	const find = h('input', { type: 'search', placeholder: t('assign.find'), 'aria-label': t('assign.find'), oninput: () => {
		const w = find.value.trim().toLowerCase();
		for (const row of rows)
			row.hidden = !row.dataset.find.includes(w);
	} });
	return h('div', {}, rows.length > 6 && find, h('div.people', {}, ...first, ...rows));
}

export async function showAssign() {
	const { open, me } = store.get();
	if (!open?.ticket || !mayAssign(open.ticket) || document.querySelector('dialog[open]'))
		return;
	const { ticket } = open;
	const place = h('div', {}, bones());
	const note = h('textarea', { rows: 2, placeholder: t('assign.noteHint'), 'aria-label': t('assign.note') });
	const wrong = h('div');
	const dialog = showDialog('dialog.ask', { 'aria-label': t('assign.title'), 'data-t': 'assign' }, h('form', {
		method: 'dialog', async onsubmit(e) {
			e.preventDefault();
			const chosen = dialog.querySelector('[name=to]:checked');
			if (!chosen) {
				wrong.replaceChildren(fault(t('assign.choose')));
				return;
			}
			try {
				await assign(ticket.number, chosen.value, note.value.trim());
				dialog.close();
				toast(t(chosen.value ? 'assign.given' : 'assign.back'));
			} catch (problem) {
				wrong.replaceChildren(fault(words(problem)));
			}
		} }, h('h2', {}, t('assign.title'), ' ', h('span.quiet', {}, shortNumber(ticket.number))), place, note, wrong,
	h('div.row-line.end', {}, h('button.button', { type: 'button', onclick: () => dialog.close() }, t('common.cancel')),
		h('button.button.chief', { type: 'submit', 'data-t': 'assign-go' }, t('assign.go')))));
	try {
		const nobody = ticket.assignee && h('label.person-row', {}, h('input', { type: 'radio', name: 'to', value: '' }),
			h('span.who', {}, h('b', {}, t('assign.nobody')), h('span.quiet.small', {}, ` ${t('assign.nobodyHint')}`)));
		const self = ticket.assignee !== me.name && h('label.person-row', {}, h('input', { type: 'radio', name: 'to', value: me.name }),
			face(me.display), h('span.who', {}, h('b', {}, t('assign.self'))));
		place.replaceChildren(await colleagueChoice(ticket.category, 'to', [self, nobody].filter(Boolean)));
		place.querySelector('input')?.focus();
	} catch (problem) {
		place.replaceChildren(fault(problem));
	}
}
