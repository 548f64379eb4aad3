/* Channels: bound or not and since when, what waits, what went wrong last; and a message to try one with. */
import { define, fill, h, Part } from '../lib/dom.js';
import { fullTime, span } from '../lib/format.js';
import { icon } from '../lib/icons.js';
import { channelWords, t, tCode } from '../lib/i18n.js';
import { get, post } from '../lib/net.js';
import { mayAdmin } from '../data/commands.js';
import { bones, fault, problemWords } from './bits.js';
import './xq-admin-forwards.js';

const EVERY = 5000;
const DONE = ['delivered', 'read', 'failed', 'expired', 'dead', 'unknown'];

define('xq-admin-channels', class extends Part {
	mount() {
		this.cards = new Map();
		this.place = h('div.channel-cards', {}, bones());
		this.replaceChildren(this.place, h('xq-admin-forwards'));
		this.load();
		const timer = setInterval(() => !document.hidden && this.load(), EVERY);
		this.gone.signal.addEventListener('abort', () => clearInterval(timer));
	}

	async load() {
		try {
			const { items } = await get('/console/api/channels');
			if (!this.cards.size)
				this.place.replaceChildren();
			for (const c of items)
				this.draw(c);
		} catch (problem) {
			if (!this.cards.size)
				this.place.replaceChildren(fault(problem, () => this.load()));
		}
	}

	/* The form stays while the facts above it change. */
	draw(c) {
		let card = this.cards.get(c.name);
		if (!card) {
			card = { facts: h('div') };
			this.cards.set(c.name, card);
			this.place.append(h('section.card-box', { 'data-t': `channel-${c.name}` }, card.facts, mayAdmin() ? this.form(c) : ''));
		}
		const pair = (name, value) => value && [h('dt', {}, name), h('dd', {}, value)];
		fill(card.facts, h('header', {}, h('h2', {}, icon(c.kind), ' ', c.name, h('span.quiet.small', {}, ` ${c.type}`)),
			h(`span.pill${c.up ? '.good' : c.off ? '' : '.bad'}`, {}, icon(c.up ? 'online' : c.off ? 'offline' : 'problems'),
				t(c.up ? 'channels.up' : c.off ? 'channels.off' : 'channels.bad'))),
		h('dl.pairs', {}, pair(t('channels.words'), channelWords(c.words)), pair(t('channels.since'), fullTime(c.since)),
			pair(t('channels.queued'), c.queued ? t('channels.queuedSince', { n: c.queued, span: span(Date.now() - Date.parse(c.oldest_at)) }) : '0'),
			c.facts && this.facts(c.facts, pair), pair(t('channels.trouble'), c.trouble ? `${c.trouble} · ${c.error} · ${fullTime(c.error_at)}` : t('channels.noTrouble'))));
	}

	/* What a platform grants a day, and what of it is used; the token; calls since the start. */
	facts({ token, quota, calls }, pair) {
		const name = (call) => tCode('wxcall', call);
		return [pair(t('channels.token'), `${token.until ? t('channels.tokenUntil', { at: fullTime(token.until) }) : t('channels.tokenNone')} · ${
			t('channels.tokenAsked', { n: token.asked })}${token.forced_left ? ` · ${t('channels.tokenForced', { n: token.forced, m: token.forced_left })}` : ''}`),
		pair(t('channels.quota'), quota.length > 0 && h('ul.facts', { 'data-t': 'quota' }, quota.map((q) => h(`li${q.remain * 10 < q.limit ? '.wrong' : ''}`, {},
			t('channels.quotaLeft', { call: name(q.call), n: q.remain.toLocaleString(), m: q.limit.toLocaleString() }),
			h('meter', { min: 0, max: q.limit || 1, value: q.remain, low: q.limit / 10, 'aria-label': name(q.call) }))))),
		pair(t('channels.calls'), calls.length > 0 && calls.map((x) => `${name(x.call)} ${x.count}`).join(' · '))];
	}

	form(c) {
		const to = h('input', { type: 'text', placeholder: t(`channels.to.${c.kind}`) === `channels.to.${c.kind}` ? t('channels.to.chat')
			: t(`channels.to.${c.kind}`), 'aria-label': t('channels.testTo'), 'data-t': `test-to-${c.name}` });
		const told = h('p.small', { role: 'status', 'data-t': `test-told-${c.name}` });
		return h('form', { onsubmit: async (e) => {
			e.preventDefault();
			told.className = 'small';
			try {
				const { id } = await post(`/console/api/channels/${c.name}/test`, { to: to.value.trim() });
				await this.follow(id, told);
			} catch (problem) {
				told.className = 'small wrong';
				told.textContent = problemWords(problem);
			}
		} }, h('div.row-line', {}, to, h('button.button', { type: 'submit', 'data-t': `test-go-${c.name}` }, t('channels.test'))), told);
	}

	async follow(id, told) {
		for (let i = 0; i < 30 && !this.gone.signal.aborted; i++) {
			const { state, error } = await get(`/console/api/sent/${id}`);
			const bad = ['failed', 'expired', 'dead', 'unknown', 'retry'].includes(state);
			told.className = bad ? 'small wrong' : 'small right';
			told.textContent = `${tCode('out', state)}${error ? ` · ${error}` : ''}`;
			if (DONE.includes(state))
				return;
			await new Promise((done) => setTimeout(done, 1000));
		}
	}
});
