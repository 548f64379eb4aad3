/* The other systems that are told every event: where each stands, what it refused for good; sending that again. */
import { define, h, Part } from '../lib/dom.js';
import { fullTime, shortNumber, span } from '../lib/format.js';
import { icon } from '../lib/icons.js';
import { t, tCode } from '../lib/i18n.js';
import { get, post } from '../lib/net.js';
import { mayAdmin } from '../data/commands.js';
import { go } from '../data/session.js';
import { toast } from '../data/state.js';
import { fault, problemWords } from './bits.js';

const EVERY = 5000;

define('xq-admin-forwards', class extends Part {
	mount() {
		this.load();
		const timer = setInterval(() => !document.hidden && this.load(), EVERY);
		this.gone.signal.addEventListener('abort', () => clearInterval(timer));
	}

	async load() {
		try {
			const { items } = await get('/console/api/forwards');
			const shown = JSON.stringify(items);
			if (shown === this.shown) return; // a button that has the focus stays
			this.shown = shown;
			this.replaceChildren(...(items.length ? [h('h2.area-head', {}, t('forwards.title')), h('p.lead', {}, t('forwards.lead')),
				h('div.channel-cards', {}, ...items.map((f) => this.card(f)))] : []));
		} catch (problem) {
			if (!this.shown) this.replaceChildren(fault(problem, () => this.load()));
		}
	}

	card(f) {
		const all = h('button.button.slim', { type: 'button', 'data-t': `forward-all-${f.name}`, onclick: () => this.again(f.name, 'all') },
			t('forwards.retryAll', { n: f.dead }));
		return h('section.card-box', { 'data-t': `forward-${f.name}` },
			h('header', {}, h('h2', {}, f.name), h(`span.pill${f.dead ? '.bad' : f.waiting || f.next_from ? '' : '.good'}`, {},
				icon(f.dead ? 'problems' : 'online'), t(f.dead ? 'forwards.refused' : f.waiting || f.next_from ? 'forwards.behind' : 'forwards.upToDate'))),
			h('dl.pairs', {}, h('dt', {}, t('forwards.next')), h('dd', {}, f.next_from ?
				t('forwards.nextSince', { span: span(Date.now() - Date.parse(f.next_from)) }) : t('forwards.none')),
			h('dt', {}, t('forwards.waiting')), h('dd', {}, f.waiting_more ? `${f.waiting}+` : f.waiting), h('dt', {}, t('forwards.dead')), h('dd', {}, f.dead)),
			f.refused.length > 0 && [h('ul.facts.refused', {}, ...f.refused.map((r) => this.refused(f.name, r))),
				mayAdmin() && f.dead > 0 && all]);
	}

	refused(name, r) {
		return h('li', {}, h('div.grow', {}, r.number && h('a', { href: `/console/in/all/${r.number}`, onclick: (e) => {
			e.preventDefault();
			go({ page: 'in', view: 'all', number: r.number, filter: {} });
		} }, shortNumber(r.number)), ` ${tCode('event', r.kind)} · ${fullTime(r.since)} · ${
			t(r.dead ? 'forwards.dead' : 'forwards.tried', { n: r.attempts })}`, h('div.small.wrong', {}, r.error)),
		mayAdmin() && h('button.button.slim', { type: 'button', onclick: () => this.again(name, r.event) }, t('forwards.retry')));
	}

	async again(name, event) {
		try {
			const { queued } = await post(`/console/api/forwards/${encodeURIComponent(name)}/retry/${event}`);
			toast(t('forwards.queued', { n: queued }));
		} catch (problem) {
			toast(problemWords(problem));
		}
		this.load();
	}
});
