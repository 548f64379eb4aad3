/* The knowledge base: find, write, have a second person approve, look at history and reports. */
import { alone, latest } from '../lib/asking.js';
import { define, h, Part } from '../lib/dom.js';
import { fullTime } from '../lib/format.js';
import { get, post } from '../lib/net.js';
import { icon } from '../lib/icons.js';
import { language, t, tCode } from '../lib/i18n.js';
import { go, leaving } from '../data/session.js';
import { store, toast } from '../data/state.js';
import { blank, bones, categoryName, departmentName, fault, problemWords } from './bits.js';
import { typed } from './editing.js';

const STATES = ['', 'draft', 'review', 'approved', 'retired'];
const ORDER = ['approve', 'submit', 'edit', 'revise', 'send-back', 'retire'];
const NOTED = ['send-back', 'retire'];
const TONES = { draft: 'fresh-state', review: 'warn', approved: 'work', retired: 'done' };

const chip = (state) => h(`span.chip.${TONES[state] || 'done'}`, {}, tCode('article', state));
const open = (id) => go({ page: 'knowledge', view: id, number: '', filter: {} });
const day = (time) => (time ? fullTime(time).slice(0, 10) : '');

function link(id, words) {
	return h('a', { href: `/console/knowledge/${id}`, onclick: (e) => {
		e.preventDefault();
		open(id);
	} }, words);
}

define('xq-knowledge', class extends Part {
	asking = latest();

	mount() {
		this.classList.add('page', 'knowledge');
		this.setAttribute('role', 'main');
		this.state = '';
		this.words = '';
		this.listen(document, 'xq-leaving', (e) => this.unsaved() && e.preventDefault());
		this.watch(store, (s) => [s.route.page, s.route.view], ([page, view]) => page === 'knowledge' && this.show(view));
	}

	/* The article that is written, a report on it, why it goes back. */
	unsaved() {
		return (this.form?.isConnected && typed(this.form) !== this.saved)
			|| [...this.querySelectorAll('textarea:is([name=text], [name=note])')].some((field) => field.value.trim());
	}

	show(view) {
		this.shown = view;
		this.report = this.reason = '';
		this.drawn = this.noting = null;
		this.asking();
		if (view === 'new')
			this.edit(null);
		else if (view)
			this.loadOne(view);
		else
			this.drawList();
	}

	/* --- the list --- */

	drawList() {
		this.body = h('tbody');
		this.rest = h('div.more-rows');
		const seek = h('input', { type: 'search', name: 'q', value: this.words, placeholder: t('knowledge.seek'), 'aria-label': t('knowledge.seek'),
			'data-t': 'knowledge-seek' });
		this.replaceChildren(h('header', { role: 'none' }, h('h1', {}, t('page.knowledge')),
			h('form', { role: 'search', onsubmit: (e) => {
				e.preventDefault();
				this.words = seek.value.trim();
				this.load();
			} }, seek),
			h('select', { 'aria-label': t('knowledge.stateLabel'), style: { width: 'auto' }, onchange: (e) => {
				this.state = e.target.value;
				this.load();
			} }, ...STATES.map((s) => h('option', { value: s, selected: s === this.state || null }, s ? tCode('article', s) : t('knowledge.all')))),
			h('button.button', { type: 'button', 'data-t': 'knowledge-new', onclick: () => open('new') }, t('knowledge.new')),
			h('p.lead', {}, t('knowledge.lead'))),
		h('table.sheet', {}, h('thead', {}, h('tr', {}, ...['title', 'state', 'department', 'valid', 'reports', 'changed'].map((c) =>
			h('th', { scope: 'col' }, t(`knowledge.${c}`))))), this.body), this.rest);
		this.load();
	}

	async load(after) {
		const isCurrent = this.asking();
		if (!after) {
			this.body.replaceChildren();
			this.rest.replaceChildren(bones());
		}
		try {
			const answer = await get(`/api/v1/articles?${new URLSearchParams({ ...(this.words && { q: this.words }),
				...(this.state && { state: this.state }), ...(after && { after }) })}`);
			if (!isCurrent())
				return;
			this.body.append(...answer.items.filter((a) => !this.state || a.state === this.state).map((a) => this.line(a)));
			this.rest.replaceChildren(answer.next ? h('button.button', { type: 'button', onclick: () => this.load(answer.next) },
				t('common.more')) : this.body.children.length ? '' : blank('check', t('knowledge.empty'), t('knowledge.emptyHint')));
		} catch (problem) {
			if (isCurrent())
				this.rest.replaceChildren(fault(problem, () => this.load(after)));
		}
	}

	line(a) {
		return h('tr', {}, h('td', {}, link(a.id, a.title)), h('td.fix', {}, chip(a.state)),
			h('td', {}, a.department ? departmentName(a.department) : store.get().me.hotline), h('td.fix', { 'data-l': t('knowledge.valid') }, day(a.valid_until)),
			h('td.fix', { 'data-l': t('knowledge.reports') }, a.faults || ''), h('td.fix', {}, fullTime(a.changed_at)));
	}

	/* --- one article --- */

	/* Resolves with it, where it is still the one that is looked at. */
	async loadOne(id, why) {
		if (this.shown !== id)
			return null;
		const isCurrent = this.asking();
		if (this.drawn !== id) /* what one writes below it goes on while it is asked for again */
			this.replaceChildren(bones());
		try {
			const a = await get(`/api/v1/articles/${id}`);
			if (!isCurrent())
				return null;
			this.drawOne(a, why);
			return a;
		} catch (problem) {
			if (!isCurrent())
				return null;
			this.drawn = null;
			this.replaceChildren(fault(problem, () => this.loadOne(id)));
			return null;
		}
	}

	head(...kids) {
		return h('header', { role: 'none' }, h('a', { href: '/console/knowledge', onclick: (e) => {
			e.preventDefault();
			open('');
		} }, t('knowledge.back')), ...kids);
	}

	drawOne(a, why) {
		const at = this.drawn === a.id && document.activeElement?.matches('xq-knowledge textarea') ? document.activeElement : null;
		this.drawn = a.id;
		this.wrong = h('div');
		this.note = h('div');
		this.replaceChildren(this.head(h('h1', {}, a.title)), h('div.article', {}, why && fault(why),
			h('p.row-line', {}, chip(a.state), a.public ? h('a', { href: `/kb/${a.id}`, target: '_blank', rel: 'noopener' }, t('knowledge.public')) : null,
				h('span.quiet.small', {}, [t('knowledge.version', { n: a.version }), a.department ? departmentName(a.department)
					: store.get().me.hotline, a.category && categoryName(a.category), t('knowledge.by', { name: a.author }),
				a.approver && t('knowledge.approvedBy', { name: a.approver }), a.valid_until && t('knowledge.until', { day: day(a.valid_until) })]
					.filter(Boolean).join(' · '))),
			a.note ? h('p.quiet', {}, t('knowledge.noteIs', { note: a.note })) : null,
			a.state === 'review' && !a.legal.includes('approve') ? h('p.quiet', {}, t('knowledge.waits')) : null,
			h('div.article-body', { lang: a.language }, a.body),
			h('div.row-line', {}, ...ORDER.filter((s) => a.legal.includes(s)).map((s) => h('button.button.slim', { type: 'button',
				'data-t': `article-${s}`, onclick: () => this.begin(a, s) }, tCode('articleStep', s)))),
			h('div', {}, this.wrong, this.note), this.reports(a), this.history(a)));
		if (a.legal.includes(this.noting))
			this.askNote(a, this.noting);
		const again = at && this.querySelector(`textarea[name=${at.name}]`);
		again?.focus();
		again?.setSelectionRange(at.selectionStart, at.selectionEnd);
	}

	begin(a, step) {
		if (step === 'edit')
			leaving(() => {
				this.noteOver();
				this.edit(a);
			});
		else if (NOTED.includes(step))
			this.askNote(a, step);
		else
			this.take(a, { step });
	}

	/* What was written of it stays while the rest is drawn anew. */
	askNote(a, step) {
		this.noting = step;
		const note = h('textarea', { name: 'note', rows: 2, required: true, value: this.reason, oninput: () => { this.reason = note.value; } });
		this.note.replaceChildren(h('form.panel', { onsubmit: (e) => {
			e.preventDefault();
			this.take(a, { step, note: note.value.trim() });
		} }, h('label', {}, h('span', {}, t('knowledge.why')), note), h('div.row-line', {},
			h('button.button', { type: 'submit' }, tCode('articleStep', step)),
			h('button.button.slim', { type: 'button', onclick: () => this.noteOver() }, t('common.cancel')))));
		note.focus();
	}

	noteOver() {
		this.reason = '';
		this.noting = null;
		this.note.replaceChildren();
	}

	take = alone(async (a, body) => {
		const { wrong } = this;
		try {
			await post(`/api/v1/articles/${a.id}/steps`, { ...body, seen: a.changed_at });
			toast(t('panel.done', { step: tCode('articleStep', body.step) }));
			if (this.shown === a.id)
				this.noteOver();
			const now = await this.loadOne(a.id);
			if (now && body.step === 'revise')
				this.edit(now);
		} catch (problem) {
			if (this.shown === a.id && problem.body?.code === 'changed')
				await this.loadOne(a.id, t('knowledge.meanwhile'));
			else
				this.say(wrong, problem);
		}
	}, (a) => a.id);

	/* Where it was asked, or else where one is by now. */
	say(wrong, problem) {
		if (wrong.isConnected)
			wrong.replaceChildren(fault(problem));
		else
			toast(problemWords(problem));
	}

	reports(a) {
		const text = h('textarea', { name: 'text', rows: 2, value: this.report, 'aria-label': t('knowledge.reportHint'),
			placeholder: t('knowledge.reportHint'), oninput: () => { this.report = text.value; } }); /* stays while the rest is drawn anew */
		const close = (r) => h('button.button.slim', { type: 'button', onclick: () => this.send(a, `/faults/${r.id}`, {}) }, t('knowledge.close'));
		return h('section', {}, h('h2', {}, t('knowledge.reportsTitle')),
			h('ul.reports', {}, ...a.reports.map((r) => h('li', {}, h('span', { dir: 'auto' }, r.text), h('span.quiet.small', {},
				`${r.by === 'citizen' ? t('knowledge.citizen') : r.by} · ${t('knowledge.version', { n: r.version })} · ${fullTime(r.at)}`),
			r.closed_at ? h('span.quiet.small', {}, t('knowledge.closed', { name: r.closer })) : close(r)))),
			h('form.row-line', { onsubmit: (e) => {
				e.preventDefault();
				if (text.value.trim())
					this.send(a, '/faults', { text: text.value.trim() });
			} }, text, h('button.button.slim', { type: 'submit', 'data-t': 'article-report' }, t('knowledge.report'))));
	}

	send = alone(async (a, path, body) => {
		const { wrong } = this;
		try {
			await post(`/api/v1/articles/${a.id}${path}`, body);
			if (this.shown === a.id && body.text === this.report.trim()) /* else one goes on writing */
				this.report = '';
			await this.loadOne(a.id);
		} catch (problem) {
			this.say(wrong, problem);
		}
	}, (a, path) => a.id + path);

	history(a) {
		return h('section', {}, h('h2', {}, t('knowledge.history')), ...a.versions.map((v) => h('details', {},
			h('summary', {}, t('knowledge.version', { n: v.version }), ' ', chip(v.state), ' ', h('span.quiet.small', {},
				`${v.author}${v.approver ? ` · ${t('knowledge.approvedBy', { name: v.approver })}` : ''} · ${fullTime(v.changed_at)}`)),
			h('b', {}, v.title), h('div.article-body', { lang: v.language }, v.body))));
	}

	/* --- the editor --- */

	edit(a) {
		const { me } = store.get();
		this.drawn = null;
		this.asking();
		const field = (name, el) => h('label', {}, h('span', {}, t(`knowledge.${name}`)), el);
		const options = (list, value, first) => [h('option', { value: '' }, first), ...list.map((x) => h('option', { value: x.code,
			selected: x.code === value || null }, (language === 'en' && x.name_en) || x.name))];
		this.wrong = h('div');
		const form = h('form.article', { onsubmit: (e) => {
			e.preventDefault();
			this.save();
		} }, field('title', h('input', { name: 'title', value: a?.title || '', maxlength: 200, required: true, 'data-t': 'article-title' })),
		field('body', h('textarea', { name: 'body', rows: 14, maxlength: 20000, required: true, value: a?.body || '', 'data-t': 'article-body' })),
		h('div.columns', {}, field('department', h('select', { name: 'department' }, ...options(me.departments, a?.department ?? me.department ?? '',
			me.hotline))), field('category', h('select', { name: 'category' }, ...options(me.categories.filter((c) => c.code !== 'default'),
			a?.category, t('common.none'))))),
		h('div.columns', {}, field('language', h('select', { name: 'language' }, ...['zh-CN', 'en'].map((l) => h('option', { value: l,
			selected: l === a?.language || null }, tCode('lang', l))))), field('valid', h('input', { type: 'date', name: 'valid_until', value: day(a?.valid_until) }))),
		this.wrong, h('div.row-line', {}, h('button.button', { type: 'submit', 'data-t': 'article-save' }, t('knowledge.save')),
			h('button.button.slim', { type: 'button', onclick: () => (a ? leaving(() => this.loadOne(a.id)) : open('')) }, t('common.cancel'))));
		this.replaceChildren(this.head(h('h1', {}, t(a ? 'knowledge.editing' : 'knowledge.new'))), form);
		form.querySelector('input').focus();
		this.form = form;
		this.written = a; /* over what it is written */
		this.saved = typed(form);
	}

	save = alone(async () => {
		const { form, written: a, shown, wrong } = this, body = Object.fromEntries(new FormData(form)), sent = typed(form);
		try {
			const saved = await post(a ? `/api/v1/articles/${a.id}/steps` : '/api/v1/articles', a ? { step: 'edit', seen: a.changed_at, ...body } : body);
			toast(t('knowledge.saved'));
			if (this.form !== form || !form.isConnected)
				return;
			this.written = saved;
			this.saved = sent;
			if (typed(form) !== sent) { /* one goes on writing */
				wrong.replaceChildren();
				return;
			}
			this.form = null;
			if (shown === saved.id)
				this.loadOne(saved.id);
			else
				open(saved.id);
		} catch (problem) {
			if (form.isConnected && problem.body?.code === 'changed')
				await this.showTheirs(a, wrong);
			else
				this.say(wrong, problem);
		}
	}, () => this.form);

	/* What was typed stays; what stands there by now is shown below it, and has been seen when it is saved again. */
	async showTheirs(a, wrong) {
		try {
			Object.assign(a, await get(`/api/v1/articles/${a.id}`));
			wrong.replaceChildren(fault(t('knowledge.meanwhileEdit')), h('details', { open: true }, h('summary', {}, a.title),
				h('div.article-body', { lang: a.language }, a.body)));
		} catch (problem) {
			this.say(wrong, problem);
		}
	}
});
