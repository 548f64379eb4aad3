/* Canned replies: found by words or by pinyin initials, filled with the ticket's own facts. */
import { composing, h } from '../lib/dom.js';
import { language, t } from '../lib/i18n.js';
import { store } from '../data/state.js';

export function fill(text, ticket, me) {
	const facts = { number: ticket.number, title: ticket.title, hotline: me.hotline };
	return text.replace(/\{(\w+)\}/g, (all, name) => facts[name] ?? all);
}

const textOf = (c, ticket) => (ticket.language === 'en' ? c.en || c.zh : c.zh || c.en);

export function matchCanned(list, words) {
	const w = words.trim().toLowerCase();
	return list.filter((c) => !w || [c.code, c.keywords, c.pinyin, c.zh, c.en].some((x) => x.toLowerCase().includes(w)));
}

/* Opens below-to-above in `place`; onPick(text) or onLeave() ends it. */
export function cannedList(place, ticket, onPick, onLeave) {
	place.querySelector('.canned-list')?.remove();
	const { me } = store.get();
	let found = [];
	let at = 0;
	const input = h('input', { type: 'text', placeholder: t('write.cannedFind'), 'aria-label': t('write.cannedFind'),
		role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'xq-canned' });
	const items = h('ul', { role: 'listbox', id: 'xq-canned', 'aria-label': t('write.canned') });
	const panel = h('div.canned-list', { 'data-t': 'canned' }, input, items);
	const end = () => panel.remove();
	const pick = (c) => {
		end();
		onPick(fill(textOf(c, ticket), ticket, me));
	};
	const mark = () => [...items.children].forEach((li, i) => {
		li.setAttribute('aria-selected', String(i === at));
		if (i === at)
			li.scrollIntoView({ block: 'nearest' });
	});
	const draw = () => {
		found = matchCanned(me.canned, input.value);
		at = 0;
		items.replaceChildren(...(found.length ? found.map((c) => h('li', { role: 'option', onclick: () => pick(c) },
			h('b', {}, language === 'en' ? c.code : c.keywords || c.code), h('span', {}, c.pinyin), h('p', {}, textOf(c, ticket))))
			: [h('li', {}, t('write.cannedNone'))]));
		mark();
	};
	input.addEventListener('input', draw);
	input.addEventListener('keydown', (e) => {
		if (composing(e))
			return;
		if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
			at = (at + (e.key === 'ArrowDown' ? 1 : found.length - 1)) % Math.max(1, found.length);
			mark();
		} else if (e.key === 'Enter' && found[at]) {
			pick(found[at]);
		} else if (e.key === 'Escape') {
			end();
			onLeave();
		} else {
			return;
		}
		e.preventDefault();
	});
	panel.addEventListener('focusout', (e) => !panel.contains(e.relatedTarget) && e.relatedTarget && end());
	place.append(panel);
	draw();
	input.focus();
}
