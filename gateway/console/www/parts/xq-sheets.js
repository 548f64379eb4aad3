/* For supervisors: what could not be delivered, and what was kept aside. */
import { latest } from '../lib/asking.js';
import { define, h, Part } from '../lib/dom.js';
import { fullTime, shortNumber } from '../lib/format.js';
import { get, post } from '../lib/net.js';
import { t, tCode } from '../lib/i18n.js';
import { go } from '../data/session.js';
import { toast } from '../data/state.js';
import { blank, bones, fault, problemWords } from './bits.js';

/* A table fed by a cursor. */
class Sheet extends Part {
	asking = latest();

	mount() {
		this.classList.add('page');
		this.setAttribute('role', 'main');
		this.body = h('tbody');
		this.rest = h('div.more-rows');
		this.replaceChildren(
			h('header', { role: 'none' }, h('h1', {}, t(`${this.words}.title`)), ...this.tools(), h('p.lead', {}, t(`${this.words}.lead`))),
			h('table.sheet', {}, h('thead', {}, h('tr', {}, ...this.columns().map((c) => (c ? h('th', { scope: 'col' }, c) : h('td'))))),
				this.body), this.rest);
		this.load();
	}

	tools() {
		return [];
	}

	async load(after) {
		const isCurrent = this.asking();
		if (!after) {
			this.body.replaceChildren();
			this.rest.replaceChildren(bones());
		}
		try {
			const answer = await get(this.address(after));
			if (!isCurrent())
				return;
			this.body.append(...answer.items.map((item) => this.line(item)));
			this.rest.replaceChildren(answer.next ? h('button.button', { type: 'button', onclick: () => this.load(answer.next) },
				t('common.more')) : this.body.children.length ? '' : blank('check', t(`${this.words}.empty`),
				t(`${this.words}.emptyHint`)));
		} catch (problem) {
			if (isCurrent())
				this.rest.replaceChildren(fault(problem, () => this.load(after)));
		}
	}
}

define('xq-problems', class extends Sheet {
	words = 'problems';

	state = '';

	tools() {
		const states = ['', 'dead', 'failed', 'expired', 'unknown', 'retry'];
		return [h('select', { 'aria-label': t('problems.stateLabel'), style: { width: 'auto' }, onchange: (e) => {
			this.state = e.target.value;
			this.load();
		} }, ...states.map((s) => h('option', { value: s }, s ? tCode('out', s) : t('problems.all'))))];
	}

	columns() {
		return ['ticket', 'channel', 'state', 'tries', 'reason', 'at'].map((c) => t(`problems.${c}`)).concat('');
	}

	address(after) {
		return `/console/api/outbox?${new URLSearchParams({ ...(this.state && { state: this.state }), ...(after && { after }) })}`;
	}

	line(item) {
		const again = h('button.button.slim', { type: 'button', onclick: async () => {
			try {
				await post(`/console/api/outbox/${item.id}/retry`);
				line.remove();
				toast(t('out.resent'));
			} catch (problem) {
				toast(problemWords(problem));
			}
		} }, t('out.resend'));
		const line = h('tr', {}, h('td.fix', {}, h('a', { href: `/console/in/all/${item.number}`, onclick: (e) => {
			e.preventDefault();
			go({ page: 'in', view: 'all', number: item.number, filter: {} });
		} }, shortNumber(item.number))), h('td.fix', {}, item.channel), h('td.fix', {}, tCode('out', item.state)),
		h('td.fix', {}, item.attempts), h('td', {}, item.error), h('td.fix', {}, fullTime(item.updated_at)),
		h('td.fix', {}, item.retry && again));
		return line;
	}
});

define('xq-aside', class extends Sheet {
	words = 'aside';

	columns() {
		return ['at', 'channel', 'reason', 'from', 'raw'].map((c) => t(`aside.${c}`));
	}

	address(after) {
		return `/console/api/quarantine?${new URLSearchParams(after ? { after } : {})}`;
	}

	line(item) {
		return h('tr', {}, h('td.fix', {}, fullTime(item.at)), h('td.fix', {}, item.channel),
			h('td', {}, tCode('reason', item.reason), item.note && h('div.quiet.small', {}, item.note)), h('td', {}, item.peer),
			h('td', {}, item.text ? h('pre', { dir: 'auto' }, item.text) : item.hex ? h('pre', {}, item.hex) : '',
				h('a.quiet.small', { href: `/console/api/quarantine/${item.id}/raw`, download: '' }, t('talk.raw'))));
	}
});
