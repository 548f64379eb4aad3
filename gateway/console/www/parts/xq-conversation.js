/* The open ticket: its head, its steps, what was said and done, and the composer below. */
import { define, h, Part } from '../lib/dom.js';
import { dayName, dayOf, shortNumber } from '../lib/format.js';
import { icon } from '../lib/icons.js';
import { t } from '../lib/i18n.js';
import { go, live } from '../data/session.js';
import { store, toast } from '../data/state.js';
import { sendNow, undoReply } from '../data/held.js';
import { openTicket, retry } from '../data/tickets.js';
import { blank, bones, confirm, dueChip, face, fault, flagChip, problemWords, stateChip } from './bits.js';
import { doSplit, endSplit, mayMerge, toggleSplit, unmerge } from './merge.js';
import { eventNode, heldNode, isShown, messageNode } from './timeline.js';
import './xq-composer.js';
import './xq-steps.js';

const FIRST = 120;
const MORE = 60;
const NEAR = 60; /* px from the end that count as "at the end" */

/* Messages and events in one order. Of one moment: what the citizen wrote, what was done, what was said of it. */
const rank = ({ message }) => (!message ? 1 : message.from === 'citizen' ? 0 : 2);
function entries(ticket) {
	const all = [...ticket.messages.map((m) => ({ at: m.at, message: m })),
		...ticket.steps.filter(isShown).map((e) => ({ at: e.at, event: e }))];
	return all.sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || rank(a) - rank(b));
}

define('xq-conversation', class extends Part {
	mount() {
		this.setAttribute('role', 'main');
		this.number = '';
		this.watch(store, (s) => [s.open?.number, !!s.open?.ticket, s.open?.problem], () => this.draw());
		this.watch(store, (s) => s.open?.ticket, (ticket) => ticket && this.update(ticket));
		this.watch(store, (s) => [s.presence, s.typing], () => this.drawPeople());
		this.watch(store, (s) => s.split, () => this.drawSplit());
		this.watch(store, (s) => s.open?.number, (number) => live.at(number || null, 'viewing'));
	}

	disconnectedCallback() {
		this.sized?.disconnect();
		live.at(null);
		super.disconnectedCallback();
	}

	draw() {
		const { open } = store.get();
		clearTimeout(this.waiting);
		if (!open) {
			this.number = '';
			this.replaceChildren(blank('waiting', t('talk.none'), t('talk.noneHint')));
		} else if (open.problem && !open.ticket) {
			this.number = '';
			this.replaceChildren(this.bar(), h('div.blank', {}, fault(open.problem, () => openTicket(open.number))));
		} else if (!open.ticket) {
			this.number = '';
			this.waiting = setTimeout(() => this.replaceChildren(this.bar(), bones()), this.firstElementChild ? 300 : 0);
		} else if (this.number !== open.number) {
			this.build(open.number);
		}
	}

	bar() {
		return h('div.talk-head', {}, this.back());
	}

	back() {
		return h('button.icon-button.only-narrow', { type: 'button', 'aria-label': t('common.back'),
			onclick: () => go({ number: '' }) }, icon('back'));
	}

	build(number) {
		this.number = number;
		this.limit = FIRST;
		this.heading = h('h2', { tabindex: -1, dir: 'auto' });
		this.sub = h('div.sub');
		this.faces = h('div.faces');
		this.items = h('ol', { 'aria-label': t('talk.log') });
		this.below = h('button.below', { type: 'button', hidden: true, onclick: () => this.toEnd() }, t('talk.below'));
		this.talk = h('div.talk', { tabindex: 0, role: 'region', 'aria-label': t('talk.log'), 'data-t': 'talk' },
			this.items, this.below);
		this.stuck = true; /* at the end, and staying there while it grows and the page around it changes */
		this.top = 0;
		this.talk.addEventListener('scroll', () => {
			const up = this.talk.scrollTop < this.top;
			this.top = this.talk.scrollTop;
			this.stuck = this.atEnd() || (this.stuck && !up); /* a picture that came meanwhile is no reader going up */
			if (this.stuck)
				this.below.hidden = true;
		}, { passive: true });
		this.sized?.disconnect();
		this.sized = new ResizeObserver(() => this.stuck && this.toEnd());
		this.sized.observe(this.talk);
		this.sized.observe(this.items); /* its pictures come later */
		this.merged = h('div.clash', { hidden: true });
		this.choosing = h('div.clash.choosing', { hidden: true, role: 'region', 'aria-label': t('split.title') });
		this.spoken = h('div.spoken', { 'aria-live': 'polite' });
		this.replaceChildren(
			/* Alone on a narrow screen the page would have no heading of its own. */
			...(matchMedia('(max-width: 760px)').matches ? [h('h1.spoken', {}, t('app.name'))] : []),
			h('div.talk-head', {}, this.back(), h('div.title', {}, this.heading, this.sub), this.faces,
				h('xq-steps'),
				h('button.icon-button.only-medium', { type: 'button', 'aria-label': t('talk.facts'), title: t('talk.facts'),
					onclick: () => store.patch((s) => ({ facts: !s.facts })) }, icon('info'))),
			h('xq-step-panel'), this.merged, this.choosing, this.talk, this.spoken, h('xq-composer'));
		this.newest = '';
		this.update(store.get().open.ticket);
		this.toEnd();
	}

	update(ticket) {
		if (this.number !== ticket.number)
			return;
		const end = this.stuck;
		this.heading.textContent = ticket.title || t('talk.noTitle');
		this.heading.title = ticket.title;
		this.sub.replaceChildren(stateChip(ticket.state), dueChip(ticket, store.get().now), ...ticket.flags.map(flagChip),
			h('span.no.only-wide', {}, ticket.number));
		this.drawMerged(ticket);
		this.drawItems(ticket);
		this.drawSplit();
		const last = ticket.messages.at(-1);
		if (this.newest && last && last.id !== this.newest && last.from === 'citizen')
			this.spoken.textContent = last.text;
		if (end)
			this.toEnd();
		else if (this.newest && last && last.id !== this.newest)
			this.below.hidden = false;
		this.newest = last?.id || 'none';
		this.drawPeople();
	}

	drawItems(ticket) {
		const { now } = store.get();
		const all = entries(ticket);
		const send = (m) => retry(m.id, ticket.number).then(() => toast(t('out.resent')), (problem) => toast(problemWords(problem)));
		/* What may have arrived is asked about first. */
		const onRetry = (m) => (m.state === 'unknown' ? confirm(t('out.maybe'), t('out.resend'), () => send(m)) : send(m));
		const out = [];
		const hidden = Math.max(0, all.length - this.limit);
		if (hidden)
			out.push(h('li', {}, h('button.button.slim.earlier', { type: 'button', onclick: () => this.earlier() },
				t('talk.earlier', { n: Math.min(MORE, hidden) }))));
		let day = '';
		for (const entry of all.slice(hidden)) {
			if (dayOf(entry.at) !== day) {
				day = dayOf(entry.at);
				out.push(h('li.day', {}, dayName(entry.at, now)));
			}
			out.push(entry.message ? messageNode(entry.message, ticket, onRetry) : eventNode(entry.event));
		}
		this.typing = h('li.typing', { hidden: true }, icon('more'), t('talk.typing'));
		const { me } = store.get();
		out.push(...(ticket.held ?? []).map((x) => heldNode(x, x.staff === me.name, { undo: undoReply, send: sendNow })));
		this.items.replaceChildren(...out, this.typing);
		this.drawLeft();
	}

	/* The seconds that are left stand beside what waits. */
	drawLeft() {
		clearTimeout(this.leftTimer);
		const all = [...this.items.querySelectorAll('[data-until]')];
		for (const el of all) {
			const left = Math.ceil((Number(el.dataset.until) - performance.now()) / 1000);
			el.textContent = left > 0 ? t('held.in', { n: left }) : t('held.now');
		}
		if (all.length)
			this.leftTimer = setTimeout(() => this.isConnected && this.drawLeft(), 500);
	}

	drawMerged({ merged_into: into, number }) {
		this.merged.hidden = !into;
		if (into)
			this.merged.replaceChildren(icon('dispatched'), h('span.grow', {}, t('merge.into', { number: shortNumber(into) })),
				h('button.button.slim', { type: 'button', 'data-t': 'merged-go', onclick: () => go({ number: into }) }, t('merge.open')),
				...(mayMerge() ? [h('button.button.slim', { type: 'button', 'data-t': 'unmerge', onclick: () => unmerge(number) }, t('merge.undoLong'))] : []));
	}

	/* Messages get a box to tick, and the bar says what follows. */
	drawSplit() {
		const { split, open } = store.get();
		if (!this.choosing)
			return;
		const on = split && split.number === this.number;
		this.choosing.hidden = !on;
		this.classList.toggle('splitting', !!on);
		for (const li of this.items.querySelectorAll('.said[data-id]')) {
			li.querySelector('.tick')?.remove();
			if (!on)
				continue;
			const box = h('input', { type: 'checkbox', 'aria-label': t('split.pick'), onchange: () => toggleSplit(li.dataset.id) });
			box.checked = split.ids.includes(li.dataset.id);
			li.prepend(h('label.tick', {}, box, h('span', {}, t('split.pick'))));
		}
		if (!on)
			return;
		const theirs = split.ids.some((id) => open.ticket?.messages.find((m) => m.id === id)?.from === 'citizen');
		this.choosing.replaceChildren(icon('merge'), h('span.grow', {}, t('split.hint', { n: split.ids.length })),
			h('button.button.slim', { type: 'button', onclick: endSplit }, t('common.cancel')),
			h('button.button.slim.chief', { type: 'button', 'data-t': 'split-go', 'aria-disabled': String(!theirs),
				onclick: () => (theirs ? doSplit() : toast(t('split.choose'))) }, t('split.go')));
	}

	earlier() {
		const before = this.talk.scrollHeight;
		this.limit += MORE;
		this.drawItems(store.get().open.ticket);
		this.talk.scrollTop += this.talk.scrollHeight - before;
	}

	drawPeople() {
		if (!this.number)
			return;
		const { presence, typing } = store.get();
		const here = presence[this.number] || [];
		this.faces.replaceChildren(...here.map((p) => face(p.display, t('talk.viewing', { name: p.display }))));
		const end = this.stuck;
		this.typing.hidden = !((typing[this.number] || 0) > performance.now());
		if (!this.typing.hidden) {
			clearTimeout(this.typingEnds);
			this.typingEnds = setTimeout(() => this.drawPeople(), 6100);
			if (end)
				this.toEnd();
		}
	}

	atEnd() {
		return this.talk.scrollHeight - this.talk.scrollTop - this.talk.clientHeight < NEAR;
	}

	toEnd() {
		this.stuck = true;
		this.talk.scrollTop = this.talk.scrollHeight;
		this.below.hidden = true;
	}

	focusTitle() {
		this.heading?.focus({ preventScroll: true });
	}
});
