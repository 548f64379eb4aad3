/* Duty: is this person taking work, and how full are their hands? At the end of a shift the open tickets go to somebody. */
import { define, fill, h, Part } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { t } from '../lib/i18n.js';
import { post } from '../lib/net.js';
import { store, toast } from '../data/state.js';
import { refresh } from '../data/session.js';
import { colleagueChoice } from './assign.js';
import { bones, fault, problemWords, showDialog } from './bits.js';

const STATES = ['on', 'away', 'off'];

async function setDuty(duty, more = {}) {
	const answer = await post('/console/api/duty', { duty, ...more });
	store.patch((s) => ({ me: { ...s.me, duty: answer.duty } }));
	return answer;
}

/* It goes by parts, so that nobody else waits for a long one. */
async function byParts(once) {
	let moved = 0;
	for (;;) {
		const answer = await once();
		moved += answer.moved;
		if (!answer.more)
			return moved;
	}
}

/* Who gets what is open. run(to, note): to is null when it stays where it is. */
async function showHeirs({ title, hint, keep, run, not, go, done }) {
	const place = h('div', {}, bones());
	const note = h('textarea', { rows: 2, placeholder: t('duty.noteHint'), 'aria-label': t('duty.note') });
	const wrong = h('div');
	const choice = (value, words, hint) => h('label.person-row', {}, h('input', { type: 'radio', name: 'heir', value }),
		h('span.who', {}, h('b', {}, words), h('span.quiet.small', {}, ` ${hint}`)));
	const dialog = showDialog('dialog.ask', { 'aria-label': title, 'data-t': 'shift-end' }, h('form', {
		method: 'dialog', async onsubmit(e) {
			e.preventDefault();
			const value = dialog.querySelector('[name=heir]:checked')?.value;
			if (value === undefined) {
				wrong.replaceChildren(fault(t('assign.choose')));
				return;
			}
			try {
				const moved = await byParts(() => run(value === '-' ? null : value, note.value.trim() || null));
				dialog.close();
				toast(done(moved));
				refresh();
			} catch (problem) {
				wrong.replaceChildren(fault(problem));
			}
		} }, h('h2', {}, title), h('p.quiet', {}, hint), place, note, wrong,
	h('div.row-line.end', {}, h('button.button', { type: 'button', onclick: () => dialog.close() }, t('common.cancel')),
		h('button.button.chief', { type: 'submit', 'data-t': 'shift-end-go' }, go))));
	try {
		place.replaceChildren(await colleagueChoice('', 'heir', [choice('', t('duty.pool'), t('duty.poolHint')),
			keep && choice('-', t('duty.keep'), t('duty.keepHint'))].filter(Boolean), not, true));
	} catch (problem) {
		place.replaceChildren(fault(problem));
	}
}

const showEnd = () => showHeirs({ title: t('duty.end'), hint: t('duty.endHint', { n: store.get().counts?.mine ?? 0 }), keep: true,
	run: (to, note) => setDuty('off', to === null ? {} : { hand_over: to, note }), go: t('duty.endGo'),
	done: (moved) => t(moved ? 'duty.handed' : 'duty.ended', { n: moved }) });

/* For a colleague who is not here to do it. */
export const showHandOver = (colleague) => showHeirs({ title: t('duty.handOver', { name: colleague.display }),
	hint: t('duty.handOverHint', { n: colleague.open }), not: colleague.name,
	run: (to, note) => post('/console/api/hand-over', { from: colleague.name, to, note }), go: t('assign.go'),
	done: (moved) => t('duty.handedOver', { n: moved }) });

define('xq-duty', class extends Part {
	mount() {
		this.watch(store, (s) => [s.me.duty, s.counts?.mine], () => this.draw());
		this.listen(document, 'pointerdown', (e) => this.menu && !this.contains(e.target) && this.close());
	}

	draw() {
		const { me, counts } = store.get(), was = this.button, focused = was && was === document.activeElement;
		if (this.menu && this.menu.duty !== me.duty)
			this.close();
		const open = !!this.menu;
		this.button = h(`button.pill.duty.${me.duty}`, { type: 'button', 'aria-haspopup': 'true', 'aria-expanded': String(open),
			'data-t': 'duty', title: t(`duty.hint.${me.duty}`), onclick: () => (this.menu ? this.close() : this.show()) },
		icon(me.duty === 'on' ? 'online' : me.duty === 'away' ? 'clockwait' : 'offline'), h('span.word', {}, t(`duty.${me.duty}`)),
		me.duty === 'on' && h('b', {}, `${counts?.mine ?? 0}/${me.capacity}`));
		if (was) // an open menu stays where it is, though the count beside it changes
			was.replaceWith(this.button);
		else
			this.append(this.button);
		if (focused)
			this.button.focus();
	}

	show() {
		const { me } = store.get();
		this.menu = h('div.menu.duty-menu', { role: 'menu', onkeydown: (e) => {
			if (e.key === 'Escape') {
				this.close();
				this.button.focus();
			}
		} }, ...STATES.map((duty) => h('button', { type: 'button', role: 'menuitemradio', 'aria-checked': String(duty === me.duty),
			'data-t': `duty-${duty}`, onclick: () => this.pick(duty) }, icon(duty === me.duty ? 'check' : 'none'),
		h('span', {}, t(`duty.${duty}`), h('span.quiet.small.block', {}, t(`duty.hint.${duty}`))))));
		this.menu.duty = me.duty;
		this.append(this.menu);
		this.button.setAttribute('aria-expanded', 'true');
		this.menu.querySelector('button').focus();
	}

	close() {
		this.menu?.remove();
		this.menu = null;
		this.button.setAttribute('aria-expanded', 'false');
	}

	async pick(duty) {
		this.close();
		const { me, counts } = store.get();
		if (duty === 'off' && me.duty !== 'off' && counts?.mine)
			return showEnd();
		try {
			await setDuty(duty);
			toast(t(`duty.set.${duty}`));
		} catch (problem) {
			toast(problemWords(problem));
		}
		return undefined;
	}
});
