/* The steps that are legal now, as buttons, and the panel that asks for what a step needs. */
import { alone } from '../lib/asking.js';
import { composing, define, h, Part } from '../lib/dom.js';
import { shortNumber } from '../lib/format.js';
import { language, t, tCode } from '../lib/i18n.js';
import { go, goTo, leaving } from '../data/session.js';
import { store, toast } from '../data/state.js';
import { reopen, step } from '../data/tickets.js';
import { failedAt, failedWords, fault, refusalWords } from './bits.js';
import { typed } from './editing.js';

const KEYS = { accept: 'C', dispatch: 'T', close: 'E' };
const ORDER = ['release', 'uphold', 'accept', 'dispatch', 'handle', 'opinion', 'answer', 'grant', 'deny', 'close', 'return',
	'designate', 'callback', 'supervise', 'reopen', 'refuse', 'contact', 'assist', 'extend', 'transfer', 'confide', 'disclose',
	'withdraw', 'decline'];
/* Behind "more", where they do not stand in the way every day. */
const SELDOM = ['designate', 'contact', 'assist', 'extend', 'transfer', 'confide', 'disclose', 'withdraw', 'decline'];
/* Written in the composer, not asked for in a panel. */
const WRITTEN = ['reply', 'note'];
/* Nothing to ask: taken at once. */
const AT_ONCE = ['handle'];

/* What was typed for one step is not lost to another. */
const turnTo = (panel, began = null) => leaving(() => store.patch({ panel, began }));

/* What a ruling waits for is not looked for behind a button. */
const seldom = (name, ticket) => (SELDOM.includes(name) && !(name === 'designate' && ticket.flags.includes('disputed')))
	|| (name === 'answer' && store.get().me.role !== 'department');
/* An opinion is the helping department's own. */
export const stepsOf = (ticket) => ORDER.filter((s) => ticket.legal.includes(s)
	&& (s !== 'opinion' || store.get().me.role === 'department'));

/* Its ticket was no longer open: what was written comes back to whoever asks for it. */
function failedElsewhere(number, body, problem) {
	failedAt(number, failedWords('panel.failed', { number: shortNumber(number), step: tCode('step', body.step) }, refusalWords(problem), problem), () => {
		const panel = AT_ONCE.includes(body.step) ? '' : body.step;
		if (store.get().open?.number === number)
			turnTo(panel, body);
		else {
			store.patch({ want: panel ? { number, step: panel, body } : null });
			goTo(number);
		}
	});
}

/* Each once at a time. How it went is said: in `wrong` where there is such a place and it is still there, or with a way back to a
 * ticket that is not open any more. */
export const takeStep = alone(async (number, body, { wrong, taken, refused } = {}) => {
	try {
		await step(number, body);
		taken?.();
		const { open } = store.get();
		const away = open?.number === number && open.problem?.status === 404; /* by this very step it is nobody's here any more */
		if (away)
			go({ number: '' });
		toast(t(away ? 'panel.away' : 'panel.done', { step: tCode('step', body.step) }));
	} catch (problem) {
		refused?.();
		if (store.get().open?.number !== number || wrong?.isConnected === false)
			failedElsewhere(number, body, problem);
		else if (wrong)
			wrong.replaceChildren(fault(refusalWords(problem)));
		else
			toast(refusalWords(problem));
		if (problem.status === 409)
			reopen(number);
	}
}, (number, body) => `${number}.${body.step}`);

export function beginStep(name) {
	const { open, panel } = store.get();
	if (!open?.ticket?.legal.includes(name) || WRITTEN.includes(name))
		return;
	if (AT_ONCE.includes(name))
		takeStep(open.number, { step: name });
	else
		turnTo(panel === name ? '' : name);
}

const stepButton = (name) => h('button.button.slim', { type: 'button', 'data-step': name,
	'aria-expanded': AT_ONCE.includes(name) ? null : String(store.get().panel === name), onclick: () => beginStep(name) },
tCode('step', name), KEYS[name] && h('kbd', {}, KEYS[name]));

define('xq-steps', class extends Part {
	mount() {
		this.className = 'step-bar';
		this.setAttribute('role', 'group');
		this.watch(store, (s) => [s.open?.ticket?.legal?.join(), s.open?.ticket?.flags?.join(), s.panel], () => this.draw());
	}

	draw() {
		const { open, panel } = store.get();
		const steps = open?.ticket ? stepsOf(open.ticket) : [];
		const more = steps.some((name) => seldom(name, open.ticket));
		this.replaceChildren(...steps.filter((name) => !seldom(name, open.ticket)).map(stepButton), ...(more ? [
			h('button.button.slim', { type: 'button', 'data-step': 'more', 'aria-expanded': String(panel === 'more'),
				onclick: () => turnTo(panel === 'more' ? '' : 'more') }, t('step.more'))] : []));
	}
});

const select = (name, label, options, first, chosen = '') => h('label', {}, h('span', {}, label), h('select', { name },
	h('option', { value: '' }, first), ...options.map(([value, words]) => h('option', { value, selected: value === chosen }, words))));

const write = (name, label, hint) => h('label', {}, h('span', {}, label), h('textarea', { name, rows: 2, placeholder: hint }));

/* What the department said when it asked is where the supervisor's own words begin. */
const askedWords = (ticket) => ticket.docket?.filter((d) => d.kind === 'extension' && !d.verdict).at(-1);

define('xq-step-panel', class extends Part {
	mount() {
		this.watch(store, (s) => [s.panel, s.open?.number, s.began], () => this.draw());
		this.watch(store, (s) => s.panel === 'more' && [s.open?.ticket?.legal, s.open?.ticket?.flags].join(';'), (of) => of && this.drawMore());
		/* What is on its way is not lost by leaving: refused, it comes back. */
		this.listen(document, 'xq-leaving', (e) => this.form?.isConnected && ![this.first, this.sent].includes(typed(this.form)) && e.preventDefault());
	}

	needs(name) {
		return store.get().me.steps.find((s) => s.step === name)?.needs || [];
	}

	loopFields(name, needs) {
		const { me, open } = store.get();
		const out = [];
		if (needs.includes('reason'))
			out.push(select('reason', t('panel.reason'), me.reasons.map((r) => [r, tCode('reason', `return-${r}`)]),
				t('panel.choose')));
		if (needs.includes('basis'))
			out.push(write('basis', t('panel.basis'), t('panel.basisHint')));
		if (needs.includes('days') || name === 'grant') {
			const days = askedWords(open.ticket)?.days;
			out.push(h('label', {}, h('span', {}, t('panel.days')), h('input', { name: 'days', type: 'number', min: 1, max: 90,
				inputmode: 'numeric', value: name === 'grant' && days ? String(days) : '' })));
		}
		if (name === 'close')
			out.push(select('result', t('panel.result'), me.results.map((r) => [r, tCode('result', r)]), t('panel.choose')));
		if (needs.includes('region'))
			out.push(select('region', t('panel.region'), me.regions.map((r) => [r.code, (language === 'en' && r.name_en) || r.name]),
				t('panel.choose')));
		if (needs.includes('other'))
			out.push(h('label', {}, h('span', {}, t('panel.other')), h('input', { name: 'other', inputmode: 'numeric',
				value: this.repeat || '' })));
		if (needs.includes('text')) {
			const field = write('text', t('panel.text'));
			field.querySelector('textarea').value = askedWords(open.ticket)?.note || '';
			out.push(field);
		}
		return out;
	}

	fields(name) {
		const { me, open } = store.get();
		const needs = this.needs(name);
		const out = [];
		if (needs.includes('department') || name === 'designate')
			out.push(select('department', t('panel.department'), me.departments.map((d) => [d.code,
				(language === 'en' && d.name_en) || d.name]), t(name === 'designate' ? 'panel.firstAsked' : 'panel.choose'),
			name === 'dispatch' ? open.ticket.department : ''));
		if (needs.includes('ground'))
			out.push(select('ground', t('panel.ground'), me.grounds.map((g) => [g, tCode('ground', g)]), t('panel.choose')));
		if (name === 'accept' || name === 'dispatch') {
			out.push(select('category', t('panel.category') + t('common.optional'),
				me.categories.filter((c) => c.code !== 'default').map((c) => [c.code, c.name]), t('panel.keepCategory'), open.ticket.category));
		}
		out.push(...this.loopFields(name, needs));
		out.push(h('label', {}, h('span', {}, t('panel.note') + (needs.includes('note') ? '' : t('common.optional'))
			+ ' · ' + t('panel.noteHint')), h('textarea', { name: 'note', rows: 2 })));
		return out;
	}

	/* Drawn anew when other steps are legal: whoever is elsewhere by then stays there. */
	drawMore() {
		const { open } = store.get();
		const steps = open?.ticket ? stepsOf(open.ticket).filter((name) => seldom(name, open.ticket)) : [];
		const here = !this.firstElementChild || this.contains(document.activeElement);
		this.form = null;
		if (!steps.length) {
			store.patch({ panel: '' });
			return;
		}
		this.replaceChildren(h('section.panel', { 'aria-label': t('panel.more'), onkeydown: (e) => e.key === 'Escape' && turnTo('') },
			h('h3', {}, t('panel.more')), h('div.row-line.wrap', {}, ...steps.map(stepButton))));
		if (here)
			this.querySelector('button').focus();
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
		if (panel === 'more') {
			this.replaceChildren();
			this.drawMore();
			return;
		}
		this.wrong = h('div');
		this.form = h('form', { onsubmit: (e) => this.send(e, panel), onkeydown: (e) => {
			if (e.key === 'Escape' && !composing(e))
				turnTo('');
			if (e.key === 'Enter' && (e.ctrlKey || e.metaKey))
				this.form.requestSubmit();
		} }, ...this.fields(panel), this.wrong, h('div.row-line', {},
			h('button.button', { type: 'submit', 'data-t': 'panel-go' }, tCode('step', panel)),
			h('button.button.slim', { type: 'button', onclick: () => turnTo('') }, t('common.cancel'))));
		this.replaceChildren(h('section.panel', { 'aria-label': t(`panel.${panel}`) }, h('h3', {}, t(`panel.${panel}`)),
			this.form));
		this.first = typed(this.form);
		this.sent = null;
		this.fillIn(store.get().began);
		this.form.querySelector('select, input, textarea').focus();
	}

	/* What was refused while another ticket was open. */
	fillIn(body) {
		if (!body)
			return;
		for (const field of this.form.querySelectorAll('[name]'))
			field.value = body[field.name] ?? '';
	}

	send(e, name) {
		e.preventDefault();
		const { number } = store.get().open, { form, wrong } = this;
		const body = { step: name };
		for (const field of form.querySelectorAll('[name]')) {
			if (field.value.trim())
				body[field.name] = field.type === 'number' ? Number(field.value) : field.value.trim();
			else if (this.needs(name).includes(field.name)) {
				wrong.replaceChildren(fault(t('panel.missing', { field: t(`panel.${field.name}`) })));
				field.focus();
				return;
			}
		}
		this.sent ??= typed(form);
		this.rest(form);
		takeStep(number, body, { wrong, taken: () => form.isConnected && store.patch({ panel: '' }), /* else another one stands there, or none */
			refused: () => { this.sent = this.form === form ? null : this.sent; } }).finally(() => this.wake(form));
	}

	/* On its way it takes no more keys: they are those of the ticket again. */
	rest(form) {
		form.inert = true;
		document.querySelector('[data-t=talk]')?.focus({ preventScroll: true });
	}

	wake(form) {
		form.inert = false;
		if (form.isConnected && store.get().panel && document.activeElement?.matches('[data-t=talk]'))
			form.querySelector('select, input, textarea').focus();
	}
});
