/* What the ticket probably is, with the words that spoke for it. One click takes a suggestion; none is ever taken by itself. */
import { define, h, Part } from '../lib/dom.js';
import { get } from '../lib/net.js';
import { t, tCode } from '../lib/i18n.js';
import { store } from '../data/state.js';
import { categoryName, departmentName } from './bits.js';
import { takeStep } from './xq-steps.js';

const LEAST = 0.15; /* what is less likely helps nobody */
const KEPT = 200;
const answers = new Map(); /* of a ticket's number: the facts are drawn anew with every change */

async function suggestionsOf(number) {
	if (!answers.has(number)) {
		if (answers.size >= KEPT)
			answers.delete(answers.keys().next().value);
		answers.set(number, await get(`/api/v1/tickets/${number}/suggestions`));
	}
	return answers.get(number);
}

const NAMES = { nature: (s) => tCode('nature', s.value), category: (s) => categoryName(s.value),
	department: (s) => departmentName(s.value) };

/* The step that takes a suggestion, or null where none is legal now. */
function stepFor(ticket, head, value, all) {
	const category = ticket.category || (all.category[0]?.share >= LEAST ? all.category[0].value : '');
	if (head === 'category' && ticket.legal.includes('accept'))
		return { step: 'accept', category: value };
	if (head === 'department' && value !== ticket.department && ticket.legal.includes('dispatch'))
		return { step: 'dispatch', department: value, ...(category && { category }) };
	return null;
}

define('xq-suggest', class extends Part {
	mount() {
		this.watch(store, (s) => [s.open?.ticket?.number, s.open?.ticket?.version], () => this.load());
	}

	async load() {
		const ticket = store.get().open?.ticket;
		const useful = ticket && (ticket.legal.includes('accept') || ticket.legal.includes('dispatch'));
		if (!useful) {
			this.replaceChildren();
			return;
		}
		try {
			const all = await suggestionsOf(ticket.number);
			if (store.get().open?.ticket?.number === ticket.number)
				this.draw(ticket, all);
		} catch {
			this.replaceChildren(); /* help that does not come is not missed */
		}
	}

	draw(ticket, all) {
		const wrong = h('div');
		const rows = ['nature', 'category', 'department'].flatMap((head) => all[head].filter((s) => s.share >= LEAST).slice(0, 2)
			.map((s, i) => this.line(ticket, all, head, s, i, wrong)));
		this.replaceChildren(...(rows.length ? [h('section', { 'data-t': 'suggest' }, h('h3', {}, t('suggest.title')),
			h('p.quiet.small', {}, t('suggest.hint', { n: all.examples })), h('ul.suggest', {}, ...rows), wrong)] : []));
	}

	line(ticket, all, head, s, i, wrong) {
		const body = stepFor(ticket, head, s.value, all);
		return h('li', {}, h('span.quiet.small', {}, i ? t('suggest.or') : t(`facts.${head}`)),
			h('span.what', {}, h('b', {}, NAMES[head](s)), ' ', h('span.quiet.small', {}, s.asked ? t('suggest.asked') : t('suggest.share', { n: Math.min(99, Math.round(s.share * 100)) })),
				s.words.length ? h('span.words', {}, ...s.words.map((w) => h('mark', {}, w))) : null),
			body && h('button.button.slim', { type: 'button', 'data-t': `suggest-${head}`, onclick: () => takeStep(ticket.number, body, { wrong }),
				'aria-label': `${t(`suggest.${body.step}`)} · ${t(`suggest.${body.step}As`, { what: NAMES[head](s) })}` }, t(`suggest.${body.step}`)));
	}
});
