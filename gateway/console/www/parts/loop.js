/* The closed loop on a ticket: who helps, what was asked of whom and how it was ruled, and what may be a repeat. */
import { define, fill, h, Part } from '../lib/dom.js';
import { fullTime } from '../lib/format.js';
import { t, tCode } from '../lib/i18n.js';
import { get } from '../lib/net.js';
import { personName } from '../data/people.js';
import { go } from '../data/session.js';
import { SETTLES } from '../data/docket.js';
import { store } from '../data/state.js';
import { departmentName } from './bits.js';
import { beginStep } from './xq-steps.js';

export const minutes = (n) => (n >= 1440 ? t('span.dh', { d: Math.floor(n / 1440), h: Math.floor((n % 1440) / 60) })
	: n >= 60 ? t('span.hm', { h: Math.floor(n / 60), m: n % 60 }) : t('span.m', { m: n }));

function verdict(d) {
	if (!d.verdict)
		return h('b', {}, t('docket.open'));
	return h('span', {}, tCode('verdict', d.verdict), d.judge && d.judge !== 'system' ? ` · ${personName(d.judge)}` : '');
}

const lines = {
	return: (d) => [d.reason && tCode('reason', `return-${d.reason}`), d.basis && t('docket.basis', { words: d.basis })],
	extension: (d) => [t('docket.days', { n: d.days }), d.until && t('docket.until', { at: fullTime(d.until) })],
	callback: (d) => [/^rating-/.test(d.reason) ? t(`survey.${d.reason.slice(-1)}`) : t('survey.solvedNo'),
		d.due_at && t('docket.by', { at: fullTime(d.due_at) })],
	supervision: (d) => [d.reason !== 'manual' && tCode('order', d.reason),
		d.due_at && t('docket.by', { at: fullTime(d.due_at) })],
};

/* What was asked, in lines. */
export const askedWords = (d) => [...(lines[d.kind]?.(d) || []), d.note].filter(Boolean);

/* What can be said to it now stands beside it. */
function settling(kind, ticket) {
	const steps = SETTLES[kind].filter((step) => ticket.legal.includes(step));
	return steps.length > 0 && h('div.row-line.wrap', {}, ...steps.map((step) => h('button.button.slim', { type: 'button', 'data-settle': step,
		onclick: () => {
			store.patch({ facts: false });
			if (store.get().panel !== step)
				beginStep(step);
		} }, tCode('step', step))));
}

function entry(d, ticket) {
	const said = [...askedWords(d), d.words && d.words !== d.note && t('docket.said', { words: d.words })];
	return h('li', { 'data-kind': d.kind, 'data-verdict': d.verdict || 'open' },
		h('div.docket-head', {}, h('b', {}, tCode('docket', d.kind)), h('time', {}, fullTime(d.at).slice(5))),
		h('div', {}, [d.department && departmentName(d.department), d.actor === 'citizen' ? t('talk.citizen') : d.actor !== d.department && d.actor !== 'system' && personName(d.actor)]
			.filter(Boolean).join(' · ')),
		...said.filter(Boolean).map((words) => h('div.quiet', {}, words)),
		h('div', {}, verdict(d)), !d.verdict && settling(d.kind, ticket));
}

/* open: what still waits for a word; else what was ruled. The newest first. */
export function docketSection(ticket, open) {
	const rows = (ticket.docket ?? []).filter((d) => !d.verdict === open).reverse();
	return rows.length > 0 && h('section', { 'data-t': open ? 'docket-open' : 'docket' }, h('h3', {}, t(open ? 'facts.docketOpen' : 'facts.docket')),
		h('ul.docket', {}, ...rows.map((d) => entry(d, ticket))));
}

/* Side by side with what this one began with. A person decides: merges what is open, declines what was answered. */
const alikeRow = (x) => h('li', {},
	h('div.docket-head', {}, h('a', { href: `/console/in/all/${x.number}`, onclick: (e) => {
		e.preventDefault();
		go({ page: 'in', view: 'all', number: x.number, filter: {} });
	} }, x.number), h('span.quiet', {}, t('facts.alikeHint', { n: x.alike }))),
	h('div', {}, x.text), h('div.quiet', {}, `${tCode('state', x.state)} · ${fullTime(x.opened_at).slice(0, 10)}`));

define('xq-alike', class extends Part {
	mount() {
		this.watch(store, (s) => s.open?.ticket?.number, () => this.load());
	}

	async load() {
		const number = store.get().open?.ticket?.number;
		this.replaceChildren();
		if (!number)
			return;
		const answer = await get(`/api/v1/tickets/${number}/alike`).catch(() => ({ items: [] }));
		if (store.get().open?.number === number && answer.items.length)
			fill(this, h('section', { 'data-t': 'alike' }, h('h3', {}, t('facts.alike')),
				h('ul.docket', {}, ...answer.items.map(alikeRow))));
	}
});

export function helpingSection(ticket) {
	if (!ticket.helping?.length)
		return null;
	const answered = ticket.helping.filter((x) => x.answered_at).length;
	return h('section', { 'data-t': 'helping' }, h('h3', {}, t('facts.helping'),
		h('span.quiet.small', {}, t('facts.helped', { n: answered, all: ticket.helping.length }))),
	h('ul.docket', {}, ...ticket.helping.map((x) => h('li', {}, h('b', {}, departmentName(x.department)),
		h('div.quiet', {}, x.opinion || t('facts.noOpinion')), !x.answered_at && x.department === store.get().me.department
			&& settling('help', ticket)))));
}
