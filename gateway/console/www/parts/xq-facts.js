/* The right column: how long is left, how far the ticket has come, who asked, what the survey says. */
import { latest } from '../lib/asking.js';
import { composing, define, fill, h, Part } from '../lib/dom.js';
import { dueOf } from '../lib/clock.js';
import { fullTime } from '../lib/format.js';
import { icon } from '../lib/icons.js';
import { t, tCode } from '../lib/i18n.js';
import { get } from '../lib/net.js';
import { personName } from '../data/people.js';
import { store, toast } from '../data/state.js';
import { mayManage } from '../data/commands.js';
import { isOpen } from '../data/tickets.js';
import { mayAssign, showAssign, takeOpen } from './assign.js';
import { beginSplit, historyRow, mayJoin, mayMerge, part, showJoin, showMerge } from './merge.js';
import { docketSection, helpingSection, minutes } from './loop.js';
import { categoryName, departmentName, dueChip, face, fault, kindWords, peerWords } from './bits.js';
import './xq-suggest.js';

const pairs = (rows) => h('dl.pairs', {}, ...rows.filter(([, value]) => value || value === 0)
	.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));

function dueSection(ticket, now) {
	const due = dueOf(ticket, now);
	const percent = Math.round(due.part * 100);
	const running = ticket.due_at && !['closed', 'refused'].includes(ticket.state);
	const bar = h('i', { style: { width: `${percent}%` } });
	return h('section', {}, h('h3', {}, t('facts.due'), running ? h('span.quiet.small', {}, t('facts.used', { n: percent }))
		: dueChip(ticket, now)),
	running && h('div.big', {}, due.words),
	running && h(`div.meter.${due.level}`, { role: 'img', 'aria-label': t('facts.used', { n: percent }) }, bar,
		...[50, 80, 100].map((p) => h('b', { style: { left: `${p}%` } }, p === 100 ? '100%' : String(p)))),
	pairs([[t('facts.dueAt'), fullTime(ticket.due_at)], [t('facts.department'), departmentName(ticket.department)]]));
}

function whoseSection(ticket) {
	const { me } = store.get();
	const mine = ticket.assignee === me.name;
	const may = mayAssign(ticket);
	return h('section.whose-section', {}, h('h3', {}, t('facts.assignee')),
		h('div.row-line', {}, ticket.assignee ? face(personName(ticket.assignee)) : icon('unassigned'),
			h('b.grow', { 'data-t': 'assignee' }, mine ? t('assign.mine', { name: me.display }) : personName(ticket.assignee) || t('assign.none')),
			may && !mine && (!ticket.assignee || mayManage()) && h('button.button.slim', { type: 'button', 'data-t': 'take',
				onclick: takeOpen }, t('assign.take')),
			may && (mine || !ticket.assignee || mayManage()) && h('button.button.slim', { type: 'button', 'data-t': 'give',
				onclick: showAssign }, t('assign.title'))));
}

function waySection(ticket) {
	const steps = [['new', ticket.opened_at], ['accepted', ticket.accepted_at], ['dispatched', ticket.dispatched_at],
		['handling', null], ['replied', ticket.replied_at], ['closed', ticket.closed_at]];
	const names = steps.map(([name]) => name);
	const at = ticket.state === 'refused' ? 0 : names.indexOf(ticket.state);
	return h('section', {}, h('h3', {}, t('facts.way')), h('ol.way', {}, ...steps.map(([name, when], i) => {
		const done = i < at || ticket.state === 'closed';
		return h(`li${done ? '.done' : i === at ? '.now' : ''}`, { 'aria-current': i === at ? 'step' : null },
			h('i', {}, done && icon('check')), h('span', {}, name === 'new' ? t('facts.opened') : tCode('state', name)),
			h('time', {}, i <= at ? fullTime(when).slice(5) : ''));
	})), ticket.state === 'refused' && h('p', {}, tCode('state', 'refused')));
}

/* What the city's core system says of it, where there is one. */
function coreSection({ core }) {
	return core && h('section', { 'data-t': 'core' }, h('h3', {}, t('facts.core')), pairs([[t('facts.coreNumber'), core.number],
		[t('facts.coreState'), core.state], [t('facts.coreAt'), fullTime(core.updated_at)]]));
}

const level = (n) => h('span.level', { 'aria-hidden': 'true' }, ...[1, 2, 3, 4, 5].map((i) => {
	const star = icon('star');
	star.setAttribute('class', i <= n ? 'on' : '');
	return star;
}));

function surveySection(survey) {
	const rows = !survey ? [h('p.quiet.small', {}, t('survey.none'))]
		: survey.state !== 'answered' ? [h('p', {}, tCode('survey', survey.state))]
			: [survey.rating ? h('p', {}, level(survey.rating), h('b', {}, t(`survey.${survey.rating}`))) : null,
				survey.solved === null ? null : h('p', {}, t(survey.solved ? 'survey.solvedYes' : 'survey.solvedNo')),
				survey.comment ? h('p.quiet', {}, survey.comment) : null];
	return h('section', {}, h('h3', {}, t('facts.survey')), ...rows.filter(Boolean));
}

async function copy(number) {
	try {
		await navigator.clipboard.writeText(number);
		toast(t('facts.copied'));
	} catch {
		getSelection().selectAllChildren(document.querySelector('[data-t=number]'));
	}
}

/* Asked for when a ticket opens, and again when something of it changed. */
define('xq-history', class extends Part {
	asking = latest();

	mount() {
		this.watch(store, (s) => [s.open?.number, s.open?.ticket?.version], () => this.load());
		this.listen(document, 'xq-citizen', () => this.load());
	}

	async load() {
		const { open } = store.get();
		if (!open?.ticket)
			return;
		const { number } = open, isCurrent = this.asking(number);
		try {
			const answer = await get(`/api/v1/tickets/${number}/history?limit=20`);
			const now = store.get().open;
			if (isCurrent() && now?.number === number && now.ticket)
				this.draw(answer, now.ticket);
		} catch (problem) {
			if (isCurrent())
				this.replaceChildren(fault(problem, () => this.load()));
		}
	}

	draw({ items, next, joined }, ticket) {
		const { now } = store.get();
		const may = mayMerge(), join = mayJoin();
		fill(this, h('h3', {}, t('facts.history'), h('span.quiet.small', {}, items.length ? t(next ? 'list.countMore' : 'list.count',
			{ n: items.length }) : '')),
		items.length ? h('ul.past', {}, ...items.map((x) => historyRow(x, now))) : h('p.quiet.small', {}, t('facts.noHistory')),
		join && h('div.row-line.wrap', {},
			may && isOpen(ticket) && h('button.button.slim', { type: 'button', 'data-t': 'merge-open', onclick: showMerge }, t('merge.title')),
			may && isOpen(ticket) && ticket.messages.filter((m) => m.from === 'citizen').length > 1
				&& h('button.button.slim', { type: 'button', 'data-t': 'split-open', onclick: beginSplit }, t('split.title')),
			joined ? h('button.button.slim', { type: 'button', 'data-t': 'join-undo', onclick: () => part(ticket.number) }, t('join.undo'))
				: h('button.button.slim', { type: 'button', 'data-t': 'join-open', onclick: showJoin }, t('join.title'))));
	}
});

define('xq-facts', class extends Part {
	mount() {
		this.classList.add('facts');
		this.setAttribute('role', 'complementary');
		this.setAttribute('aria-label', t('facts.label'));
		this.watch(store, (s) => [s.open?.ticket, s.now], () => this.draw());
		this.watch(store, (s) => s.facts, (on) => this.classList.toggle('shown', on));
		this.listen(document, 'keydown', (e) => e.key === 'Escape' && this.escaped(e));
	}

	/* Where it lies over the conversation, and nothing lies over it. */
	escaped(e) {
		if (!store.get().facts || composing(e) || e.defaultPrevented || document.querySelector('dialog[open]')
			|| !matchMedia('(max-width: 1280px)').matches)
			return;
		e.preventDefault();
		store.patch({ facts: false });
		document.querySelector('.talk-head .only-medium')?.focus();
	}

	draw() {
		const { open, now } = store.get();
		const ticket = open?.ticket;
		if (!ticket) {
			this.replaceChildren();
			return;
		}
		/* What asks the server for itself stays on the page; the rest is drawn anew around it. */
		if (!this.upper?.isConnected)
			this.replaceChildren(this.upper = h('div'), h('xq-suggest'), this.middle = h('div'),
				h('xq-alike'), h('section', {}, h('xq-history')), this.lower = h('div'));
		fill(this.upper,
			h('section.only-medium', {}, h('button.button.slim', { type: 'button', onclick: () => store.patch({ facts: false }) },
				t('common.close'))),
			dueSection(ticket, now), whoseSection(ticket), docketSection(ticket, true), helpingSection(ticket));
		fill(this.middle, waySection(ticket), coreSection(ticket),
			h('section', {}, h('h3', {}, t('facts.citizen')), pairs([[t('facts.name'), ticket.name],
				[t('facts.peer'), peerWords(ticket)], [t('facts.channel'), kindWords(ticket)], [t('facts.account'), ticket.account],
				[t('facts.language'), tCode('lang', ticket.language)]])),
			h('section', {}, h('h3', {}, t('facts.ticket')), pairs([
				[t('facts.number'), h('span', { 'data-t': 'number' }, ticket.number)], [t('facts.opened'), fullTime(ticket.opened_at)],
				[t('facts.category'), ticket.category && categoryName(ticket.category)],
				[t('facts.nature'), ticket.nature && tCode('nature', ticket.nature)],
				[t('facts.priority'), tCode('priority', ticket.priority)], [t('facts.result'), ticket.result && tCode('result', ticket.result)],
				[t('facts.hotline'), ticket.hotline], [t('facts.transfer'), ticket.transfer], [t('facts.rounds'), ticket.rounds || ''],
				[t('facts.bounces'), ticket.bounces || ''], [t('facts.lost'), ticket.lost_minutes ? minutes(ticket.lost_minutes) : ''],
				[t('facts.contacted'), fullTime(ticket.contacted_at)]]),
			h('button.button.slim', { type: 'button', onclick: () => copy(ticket.number), style: { 'margin-top': '8px' } },
				t('facts.copy'))));
		fill(this.lower, docketSection(ticket, false), surveySection(ticket.survey));
	}
});
