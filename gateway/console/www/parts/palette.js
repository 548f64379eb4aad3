/* Ctrl K: every command and every ticket by a few letters. */
import { composing, h } from '../lib/dom.js';
import { shortNumber } from '../lib/format.js';
import { icon } from '../lib/icons.js';
import { t } from '../lib/i18n.js';
import { get } from '../lib/net.js';
import { commands } from '../data/commands.js';
import { goTo } from '../data/session.js';
import { store } from '../data/state.js';
import { fault, showDialog, stateChip } from './bits.js';

const FOUND_MAX = 8;

const ticketItem = (ticket) => ({ group: 'tickets', icon: ticket.kind, words: ticket.title || t('talk.noTitle'),
	number: ticket.number, state: ticket.state,
	run: () => goTo(ticket.number) });

export function showPalette() {
	if (document.querySelector('dialog[open]'))
		return;
	const { open } = store.get();
	const all = commands();
	const titles = { ticket: t('palette.ticket', { number: open ? shortNumber(open.number) : '' }), go: t('palette.go'),
		do: t('palette.do'), tickets: t('palette.tickets') };
	let items = [];
	let tickets = [];
	let at = 0;
	let asked = 0;
	let pending = false;
	let trouble = null;
	const input = h('input', { type: 'text', role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'xq-found',
		'aria-label': t('palette.label'), placeholder: t('palette.hint'), autocomplete: 'off', spellcheck: 'false' });
	const found = h('div.found', { id: 'xq-found', role: 'listbox' });
	const dialog = showDialog('dialog.palette', { 'aria-label': t('palette.label'), 'data-t': 'palette' }, input, found);
	const run = (item) => {
		dialog.close();
		item.run();
	};
	const mark = () => [...found.querySelectorAll('li')].forEach((li, i) => {
		li.setAttribute('aria-selected', String(i === at));
		if (i === at)
			li.scrollIntoView({ block: 'nearest' });
	});
	const line = (item) => h('li', { role: 'option', onclick: () => run(item) }, icon(item.icon), h('span.name', {}, item.words),
		h('span.aside', {}, item.number && shortNumber(item.number), item.state && stateChip(item.state),
			item.key && h('kbd', {}, item.key)));
	const draw = () => {
		const words = input.value.trim().toLowerCase();
		items = [...all.filter((c) => !words || c.find.includes(words)), ...tickets];
		at = Math.min(at, Math.max(0, items.length - 1));
		const nodes = [];
		let group = '';
		for (const item of items) {
			if (item.group !== group) {
				group = item.group;
				nodes.push(h('h4', { role: 'presentation' }, titles[group]));
			}
			nodes.push(line(item));
		}
		if (!items.length)
			nodes.push(trouble ? fault(trouble) : h('p.blank', {}, t(pending ? 'palette.searching' : 'palette.none')));
		found.replaceChildren(...nodes);
		mark();
	};
	let timer = 0;
	const ask = (words) => {
		clearTimeout(timer);
		pending = words.length > 1;
		trouble = null;
		tickets = [];
		const mine = ++asked;
		if (pending)
			timer = setTimeout(async () => {
				const answer = await get(`/api/v1/tickets?${new URLSearchParams({ q: words, limit: FOUND_MAX })}`)
					.catch((problem) => ({ items: [], problem }));
				if (mine !== asked)
					return;
				pending = false;
				trouble = answer.problem;
				tickets = answer.items.map(ticketItem);
				draw();
			}, 200);
	};
	input.addEventListener('input', () => {
		at = 0;
		ask(input.value.trim());
		draw();
	});
	input.addEventListener('keydown', (e) => {
		if (composing(e))
			return;
		if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
			at = (at + (e.key === 'ArrowDown' ? 1 : items.length - 1)) % Math.max(1, items.length);
			mark();
		} else if (e.key === 'Enter' && items[at]) {
			run(items[at]);
		} else {
			return;
		}
		e.preventDefault();
	});
	draw();
	input.focus();
}
