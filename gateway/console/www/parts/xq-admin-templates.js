/* The texts citizens get, with what each channel makes of them beside the field while one writes. */
import { alone, latest } from '../lib/asking.js';
import { define, fill, h, Part } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { t, tCode } from '../lib/i18n.js';
import { get, post } from '../lib/net.js';
import { leaving } from '../data/session.js';
import { bones, confirm, fault } from './bits.js';
import { faultLines, faultsOf, saveBar, saveFile } from './editing.js';

const KINDS = ['', 'sms', 'email', 'chat', 'wechat'];
const nameOf = (language, event, kind) => `${language}/${event}${kind ? `.${kind}` : ''}.txt`;

define('xq-admin-templates', class extends Part {
	asking = latest();

	mount() {
		this.at = { language: 'zh-CN', event: '', kind: '' };
		this.wrong = h('div.edit-wrong');
		this.place = h('div', {}, bones());
		this.bar = saveBar(this, () => this.save(), () => this.open(this.at));
		this.replaceChildren(this.place);
		this.load();
	}

	async load() {
		try {
			const { items, events } = await get('/console/api/templates');
			this.files = new Map(items.map((x) => [x.file, x]));
			this.events = events;
			this.at.event ||= events[0];
			this.draw();
		} catch (problem) {
			this.place.replaceChildren(fault(problem, () => this.load()));
		}
	}

	draw() {
		this.list = h('ul.event-list', { 'aria-label': t('admin.templates') }, ...this.events.map((event) => h('li', {}, h('button', { type: 'button',
			'data-t': `event-${event}`, 'aria-pressed': String(event === this.at.event), onclick: () => this.leave({ ...this.at, event, kind: '' }) },
		tCode('notice-name', event), tCode('notice-name', event) !== event && h('span.quiet.small', {}, event)))));
		this.tabs = h('div.row-line.wrap');
		this.area = h('textarea.template', { 'data-t': 'template', 'aria-label': t('admin.templates'), spellcheck: 'false', oninput: () => {
			this.bar.hidden = false;
			clearTimeout(this.timer);
			this.timer = setTimeout(() => this.preview(), 400);
		} });
		this.previews = h('div.previews', { 'aria-live': 'polite' });
		this.place.replaceChildren(h('div.template-desk', {}, this.list, h('div.template-edit', {}, this.tabs, this.area, this.wrong, this.bar),
			h('section', { 'aria-label': t('templates.preview') }, h('h2.preview-head', {}, t('templates.preview')), this.previews)));
		this.open(this.at);
	}

	leave(to) {
		leaving(() => this.open(to));
	}

	open(at) {
		this.at = at;
		const { language, event, kind } = at;
		const file = this.files.get(nameOf(language, event, kind));
		for (const b of this.list.querySelectorAll('button'))
			b.setAttribute('aria-pressed', String(b.dataset.t === `event-${event}`));
		const tab = (words, on, to, quiet) => h(`button.tab${quiet ? '.quiet' : ''}`, { type: 'button', 'aria-pressed': String(on),
			onclick: () => this.leave(to) }, words);
		fill(this.tabs, ...['zh-CN', 'en'].map((l) => tab(t(`lang.${l}`), l === language, { ...at, language: l })), h('span.grow'),
			...KINDS.map((k) => tab(k ? tCode('kind', k) : t('templates.all'), k === kind, { ...at, kind: k }, !this.files.has(nameOf(language, event, k)))),
			kind && file && h('button.icon-button', { type: 'button', title: t('templates.drop'), 'aria-label': t('templates.drop'),
				onclick: () => confirm(t('templates.dropAsk'), t('templates.drop'), () => this.save(true)) }, icon('close')));
		this.area.value = file?.text ?? this.files.get(nameOf(language, event, ''))?.text ?? '';
		this.area.placeholder = t('templates.none');
		this.bar.hidden = true;
		this.wrong.replaceWith(this.wrong = h('div.edit-wrong')); /* what is still said of another text is not said here */
		this.preview();
	}

	async preview() {
		const file = this.file(), isCurrent = this.asking();
		const text = this.area.value;
		try {
			const { items } = await post('/console/api/preview', { file, version: this.files.get(file)?.version ?? '', text });
			if (!isCurrent())
				return;
			this.wrong.replaceChildren();
			fill(this.previews, ...items.map((p) => h('article.preview', { 'data-kind': p.kind }, h('h3', {}, icon(p.kind), tCode('kind', p.kind),
				h('span.grow'), p.kind === 'sms' && h('span.quiet.small', {}, t('write.parts', { n: [...p.text].length, p: p.parts }))),
			p.subject && h('b', {}, p.subject), h('p', { dir: 'auto' }, p.text))));
		} catch (problem) {
			const faults = faultsOf(problem);
			if (!isCurrent())
				return;
			fill(this.wrong, faults.length ? h('div.fault-list', {}, faultLines(faults, file)) : fault(problem));
		}
	}

	file() {
		const { language, event, kind } = this.at;
		return nameOf(language, event, kind);
	}

	save = alone(async (drop) => {
		const file = this.file(), was = this.area.value, text = drop === true ? null : was;
		const version = await saveFile('/console/api/templates', { file, version: this.files.get(file)?.version ?? '', text }, this.wrong);
		if (version === null)
			return;
		if (text === null)
			this.files.delete(file);
		else
			this.files.set(file, { file, version, text });
		if (file !== this.file())
			return;
		if (this.area.value !== was) /* one has gone on */
			this.bar.hidden = false;
		else
			this.open(drop === true ? { ...this.at, kind: '' } : this.at);
	}, () => this.file());
});
