/* The steps that are legal now, as buttons, and the panel that asks for what a step needs. */
import { composing, define, h, Part } from '../lib/dom.js';
import { language, t, tCode } from '../lib/i18n.js';
import { store, toast } from '../data/state.js';
import { openTicket, step } from '../data/tickets.js';
import { fault } from './bits.js';

const KEYS = { accept: 'C', dispatch: 'T', close: 'E' };
const ORDER = ['release', 'accept', 'dispatch', 'handle', 'close', 'return', 'supervise', 'reopen', 'refuse'];
/* Written in the composer, not asked for in a panel. */
const WRITTEN = ['reply', 'note'];
/* Nothing to ask: taken at once. */
const AT_ONCE = ['handle'];

export const stepsOf = (ticket) => ORDER.filter((s) => ticket.legal.includes(s));

export async function beginStep(name) {
	const { open, panel } = store.get();
	if (!open?.ticket?.legal.includes(name) || WRITTEN.includes(name))
		return;
	if (!AT_ONCE.includes(name)) {
		store.patch({ panel: panel === name ? '' : name });
		return;
	}
	try {
		await step(open.number, { step: name });
		toast(t('panel.done', { step: tCode('step', name) }));
	} catch {
		store.patch({ panel: name });
	}
}

define('xq-steps', class extends Part {
	mount() {
		this.className = 'step-bar';
		this.setAttribute('role', 'group');
		this.watch(store, (s) => [s.open?.ticket?.legal?.join(), s.panel], () => this.draw());
	}

	draw() {
		const { open, panel } = store.get();
		this.replaceChildren(...(open?.ticket ? stepsOf(open.ticket) : []).map((name) => h('button.button.slim', {
			type: 'button', 'data-step': name, 'aria-expanded': AT_ONCE.includes(name) ? null : String(panel === name),
			onclick: () => beginStep(name) }, tCode('step', name), KEYS[name] && h('kbd', {}, KEYS[name]))));
	}
});

const select = (name, label, options, first) => h('label', {}, h('span', {}, label), h('select', { name },
	h('option', { value: '' }, first), ...options.map(([value, words]) => h('option', { value }, words))));

define('xq-step-panel', class extends Part {
	mount() {
		this.watch(store, (s) => [s.panel, s.open?.number], () => this.draw());
	}

	needs(name) {
		return store.get().me.steps.find((s) => s.step === name)?.needs || [];
	}

	fields(name) {
		const { me, open } = store.get();
		const needs = this.needs(name);
		const out = [];
		if (needs.includes('department'))
			out.push(select('department', t('panel.department'), me.departments.map((d) => [d.code,
				(language === 'en' && d.name_en) || d.name]), t('panel.choose')));
		if (needs.includes('ground'))
			out.push(select('ground', t('panel.ground'), me.grounds.map((g) => [g, tCode('ground', g)]), t('panel.choose')));
		if (name === 'accept' || name === 'dispatch') {
			const field = select('category', t('panel.category') + t('common.optional'),
				me.categories.filter((c) => c.code !== 'default').map((c) => [c.code, c.name]), t('panel.keepCategory'));
			field.querySelector('select').value = open.ticket.category || '';
			out.push(field);
		}
		out.push(h('label', {}, h('span', {}, t('panel.note') + (needs.includes('note') ? '' : t('common.optional'))
			+ ' · ' + t('panel.noteHint')), h('textarea', { name: 'note', rows: 2 })));
		return out;
	}

	draw() {
		const { panel, open } = store.get();
		if (!panel || !open?.ticket) {
			const had = this.contains(document.activeElement);
			this.replaceChildren();
			if (had)
				document.querySelector('[data-t=talk]')?.focus();
			return;
		}
		this.wrong = h('div');
		this.form = h('form', { onsubmit: (e) => this.send(e, panel), onkeydown: (e) => {
			if (e.key === 'Escape' && !composing(e))
				store.patch({ panel: '' });
			if (e.key === 'Enter' && (e.ctrlKey || e.metaKey))
				this.form.requestSubmit();
		} }, ...this.fields(panel), this.wrong, h('div.row-line', {},
			h('button.button', { type: 'submit', 'data-t': 'panel-go' }, tCode('step', panel)),
			h('button.button.slim', { type: 'button', onclick: () => store.patch({ panel: '' }) }, t('common.cancel'))));
		this.replaceChildren(h('section.panel', { 'aria-label': t(`panel.${panel}`) }, h('h3', {}, t(`panel.${panel}`)),
			this.form));
		this.form.querySelector('select, textarea').focus();
	}

	async send(e, name) {
		e.preventDefault();
		if (this.busy)
			return;
		const { number } = store.get().open;
		const body = { step: name };
		for (const field of this.form.querySelectorAll('[name]')) {
			if (field.value.trim())
				body[field.name] = field.value.trim();
			else if (this.needs(name).includes(field.name)) {
				this.wrong.replaceChildren(fault(t('panel.missing', { field: t(`panel.${field.name}`) })));
				field.focus();
				return;
			}
		}
		this.busy = true;
		try {
			await step(number, body);
			store.patch({ panel: '' });
			toast(t('panel.done', { step: tCode('step', name) }));
		} catch (problem) {
			this.wrong.replaceChildren(fault(problem.status === 409 ? t('problem.409') : problem));
			if (problem.status === 409)
				openTicket(number);
		}
		this.busy = false;
	}
});
