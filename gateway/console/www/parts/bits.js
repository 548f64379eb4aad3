/* Small pieces several parts show: chips, clocks, faces, empty places, faults. */
import { composing, h } from '../lib/dom.js';
import { dueOf } from '../lib/clock.js';
import { clockIcon, icon } from '../lib/icons.js';
import { language, ruleWords, t, tCode } from '../lib/i18n.js';
import { format } from '../lib/router.js';
import { go, goTo } from '../data/session.js';
import { store, toast } from '../data/state.js';

const TONES = {
	new: ['fresh-state', 'new'], accepted: ['fresh-state', 'accepted'], dispatched: ['fresh-state', 'dispatched'],
	handling: ['work', 'handling'], replied: ['work', 'replied'], closed: ['done', 'closed'], refused: ['done', 'refused'],
	supervised: ['supervised', 'supervised'], returned: ['warn', 'returned'], extended: ['warn', 'extended'],
	emergency: ['alarm', 'emergency'], reopened: ['warn', 'reopened'], held: ['warn', 'held'],
	disputed: ['warn', 'returned'], extending: ['warn', 'clockwait'], escalated: ['supervised', 'supervised'],
	immediate: ['warn', 'dispatched'], care: ['alarm', 'emergency'], callback: ['warn', 'refresh'],
};

const chip = (code, words) => h(`span.chip.${TONES[code]?.[0] || 'done'}`, {}, icon(TONES[code]?.[1] || 'info'), words);
export const stateChip = (state) => chip(state, tCode('state', state));
export const flagChip = (flag) => chip(flag, tCode('flag', flag));

export function dueChip(ticket, now) {
	const due = dueOf(ticket, now);
	return h(`span.due.${due.level}`, {}, clockIcon(due.shape, due.part), due.words);
}

export const face = (name, title) => h('span.face', { title, 'aria-label': title }, [...name][0] || '·');

export const blank = (name, title, hint, ...more) => h('div.blank', {}, icon(name), h('b', {}, title),
	hint && h('span', {}, hint), ...more);

export const bones = () => h('div.bones', { 'aria-hidden': 'true' }, ...Array.from({ length: 9 }, () => h('i')));

export function problemWords(problem) {
	if (problem.status === 0)
		return t('problem.offline');
	const rule = ruleWords(problem.body?.code);
	if (rule)
		return rule;
	if (problem.unsure)
		return t('problem.unsure');
	if ([403, 404, 429, 503].includes(problem.status))
		return t(`problem.${problem.status}`);
	if (problem.status >= 500)
		return t('problem.500');
	return t('problem.other', { status: problem.status ?? '?', words: problem.message });
}

/* Of a step: a ticket that is no longer what it was, in the words of 409. */
export const refusalWords = (problem, conflict = 'problem.409') => ruleWords(problem.body?.code)
	|| (problem.status === 409 ? t(conflict) : problemWords(problem));

/* That it did not succeed is said where it is known. */
export const failedWords = (key, of, words, problem) => t(problem.unsure ? 'problem.of' : key, { what: Object.values(of).join(' · '), ...of, words });

/* What went wrong with something that is no longer in sight is said all the same, and leads back to its ticket. */
export const failedAt = (number, words, back = () => goTo(number)) => toast(words, { words: t('notice.open'), run: back });

export const fault = (problem, again) => h('div.fault', { role: 'alert' }, icon('problems'),
	h('span', {}, typeof problem === 'string' ? problem : problemWords(problem)),
	again && h('button', { type: 'button', onclick: again }, t('common.retry')));

export function departmentName(code) {
	const d = store.get().me?.departments.find((x) => x.code === code);
	return d ? (language === 'en' && d.name_en) || d.name : code;
}
export const categoryName = (code) => store.get().me?.categories.find((x) => x.code === code)?.name ?? code;
export const channelOf = (name) => store.get().me?.channels.find((x) => x.name === name);
/* A visitor of the chat has no address: the end of the conversation's own mark tells two of them apart. */
export function peerWords(ticket) {
	const tail = /^(?:w[a-z2-7]{24}|访客 [a-z2-7]{1,4})$/.test(ticket.peer) && ticket.kind === 'chat' ? ticket.peer.slice(-4).trim() : '';
	return tail ? t('facts.visitor', { tail }) : ticket.peer;
}
export const kindWords = (ticket) => tCode('kind', ticket.kind);

/* Parts of a page, each with an address of its own. words(name): what stands in the tab. */
export const areaTabs = (page, names, current, words) => h('nav.area-tabs', { 'aria-label': t(`page.${page}`) }, ...names.map((name) => {
	const route = { page, view: name, number: '', filter: {} };
	return h('a.tab', { href: format(route), 'aria-current': name === current ? 'page' : null, 'data-t': `area-${name}`, onclick: (e) => {
		if (e.ctrlKey || e.metaKey || e.shiftKey)
			return;
		e.preventDefault();
		go(route);
	} }, words(name));
}));

/* A dialog that is gone from the page once it is closed. */
export function showDialog(spec, props, ...kids) {
	const dialog = h(spec, props, ...kids);
	document.body.append(dialog);
	dialog.addEventListener('close', () => dialog.remove());
	dialog.addEventListener('click', (e) => e.target === dialog && !props?.['data-stay'] && dialog.close());
	/* Of two, browsers close both at once, and the form unasked, where they saw no other press between one Escape and the next. */
	dialog.addEventListener('keydown', (e) => {
		if (e.key !== 'Escape' || composing(e) || e.defaultPrevented)
			return;
		e.preventDefault();
		if (e.target.type === 'search' && e.target.value) { /* ends the search, not what it is for */
			e.target.value = '';
			e.target.dispatchEvent(new Event('input', { bubbles: true }));
			return;
		}
		if (dialog.dispatchEvent(new Event('cancel', { cancelable: true })))
			dialog.close();
	});
	dialog.showModal();
	return dialog;
}

/* Asks before what cannot be taken back. */
export function confirm(question, words, run) {
	const dialog = showDialog('dialog.ask', { 'aria-label': question, 'data-t': 'confirm' }, h('form', { method: 'dialog',
		onsubmit: () => run() }, h('p', {}, question), h('div.row-line.end', {},
		h('button.button', { type: 'button', onclick: () => dialog.close() }, t('common.cancel')),
		h('button.button.chief', { type: 'submit', 'data-t': 'confirm-go' }, words))));
	return dialog;
}
