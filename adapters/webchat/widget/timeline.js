/* The conversation on screen: what the gateway gave, in order of its numbers, and below it what is on its way.
 *
 * An item: { seq, from: 'citizen'|'staff'|'system', id, name, text, at, ticket, survey, open } and, while it is on its
 * way, `entry` of the outbox. */
const STICK_PX = 60, GROUP_MS = 5 * 60 * 1000, TYPING_MS = 6000;

class Timeline {
	/* ui: what the whole chat shares, see chat.js. */
	constructor(ui) {
		this.ui = ui;
		this.items = [];
		this.bySeq = new Map();
		this.byId = new Map();
		this.lastSeq = 0; /* everything up to here has come */
		this.seenByStaff = {}; /* of each ticket, up to where */
		this.missed = 0;
	}

	/* --- the model --- */

	get lastFromUs() {
		const last = this.items.filter((i) => i.seq && i.from !== 'citizen').pop();
		return last ? last.seq : 0;
	}
	unread(seen) {
		return this.items.filter((i) => i.seq > seen && i.from !== 'citizen').length;
	}
	clear() {
		this.items.filter((i) => i.seq && i.node).forEach((i) => i.node.remove());
		this.items = this.items.filter((i) => !i.seq);
		this.bySeq.clear();
		this.byId = new Map(this.items.filter((i) => i.id).map((i) => [i.id, i]));
		this.lastSeq = 0;
		this.seenByStaff = {};
		this.decorate();
	}
	/* A message or survey of the gateway. Returns the item if it is new. */
	heard(frame) {
		this.reach(frame.seq);
		if (this.bySeq.has(frame.seq))
			return null;
		const mine = frame.from === 'citizen' && frame.id ? this.byId.get(frame.id) : null;
		if (mine) {
			this.settle(mine, frame.seq, frame.ticket, frame.at);
			return null;
		}
		const item = Object.assign({}, frame, { at: Date.parse(frame.at) || Date.now() });
		item.from = frame.type === 'survey' ? 'system' : frame.from;
		this.insert(item);
		return item;
	}
	/* Something of the outbox that is a message. */
	pending(entry) {
		const item = { id: entry.id, from: 'citizen', text: entry.frame.text, files: entry.frame.files, at: entry.at, entry };
		this.insert(item);
		return item;
	}
	acked(frame) {
		const item = this.byId.get(frame.id);
		if (item && !item.seq)
			this.settle(item, frame.seq, frame.ticket);
		this.reach(0);
	}
	/* Messages come in order; an acknowledgement may be ahead of those before it. */
	reach(seq) {
		this.lastSeq = Math.max(this.lastSeq, seq);
		while (this.bySeq.has(this.lastSeq + 1))
			this.lastSeq++;
	}
	settle(item, seq, ticket, at) {
		this.items = this.items.filter((i) => i !== item);
		delete item.entry;
		item.at = Date.parse(at) || item.at;
		Object.assign(item, { seq, ticket });
		this.insert(item);
	}
	remove(item) {
		this.items = this.items.filter((i) => i !== item);
		this.byId.delete(item.id);
		item.node.remove();
		this.decorate();
	}
	insert(item) {
		const rank = (i) => i.seq || Infinity;
		let at = this.items.length;
		while (at > 0 && rank(this.items[at - 1]) > rank(item))
			at--;
		this.items.splice(at, 0, item);
		if (item.seq)
			this.bySeq.set(item.seq, item);
		if (item.id)
			this.byId.set(item.id, item);
		this.show(item, at);
	}
	staffSaw(ticket, seq) {
		this.seenByStaff[ticket] = Math.max(this.seenByStaff[ticket] || 0, seq);
		this.items.forEach((i) => this.mark(i));
	}

	/* --- the view --- */

	/* Builds the list anew, as after a change of language. head: nodes above the conversation. */
	build(...head) {
		const { t } = this.ui;
		this.list = h('ol.list', { 'aria-label': t('log') });
		this.typing = h('p.typing', { hidden: true }, t('typing'));
		this.log = h('div.log', { tabindex: '0', role: 'region', 'aria-label': t('log'), onscroll: () => this.scrolled() },
			...head, this.list, this.typing);
		this.jump = h('button.jump', { hidden: true, onclick: () => this.toEnd() });
		this.items.forEach((item) => {
			item.node = null;
			this.place(item);
		});
		if (window.ResizeObserver) {
			const sizes = new ResizeObserver(() => this.stuck && this.toEnd());
			sizes.observe(this.log);
			sizes.observe(this.list);
		}
		this.stuck = true;
		return [this.log, this.jump];
	}
	place(item, next) {
		if (!item.node) {
			item.node = item.type === 'survey' ? this.ui.survey(item) : this.bubble(item);
			item.node.prepend(item.day = h('p.day'));
			item.node.append(item.tail = h('p.ticket'));
		}
		this.list.insertBefore(item.node, next ? next.node : null);
		this.mark(item);
		this.decorate();
	}
	show(item, at) {
		if (!this.list)
			return;
		this.place(item, this.items[at + 1]);
		if (this.stuck || (item.entry && item.entry.state === 'waiting'))
			this.toEnd();
		else if (item.from !== 'citizen')
			this.miss();
	}
	bubble(item) {
		const { t } = this.ui;
		const mine = item.from === 'citizen';
		item.state = h('span.state');
		return h(mine ? 'li.m.out' : item.from === 'system' ? 'li.m.in.system' : 'li.m.in', null,
			h('span.who', null, mine ? t('you') : item.name || t(item.from)),
			item.text ? h('div.b', { dir: 'auto' }, linked(item.text, t('link'))) : null,
			...(item.files || []).map((f) => shown(f, this.ui.chat)),
			h('span.meta', null, h('time', { datetime: new Date(item.at).toISOString() }, clockTime(item.at)), item.state));
	}
	/* Writes how far one of the citizen's own messages got. */
	mark(item) {
		if (!item.state || item.from !== 'citizen')
			return;
		const { t, chat } = this.ui;
		const state = item.entry ? item.entry.state : item.seq <= this.seenByStaff[item.ticket] ? 'seen' : 'sent';
		const word = state === 'waiting' ? (chat.link.up ? 'sending' : 'queued') : state;
		const button = (key, act) => h('button.text', { onclick: act }, t(key));
		item.state.replaceChildren(t(word));
		item.node.classList.toggle('failed', state === 'failed');
		if (state === 'failed')
			item.state.append(h('p', null, item.entry.failed), button('retry', () => chat.outbox.again(item.entry)),
				button('edit', () => chat.edit(item)));
		else if (!item.entry)
			item.state.append(icon('done'));
	}
	/* Day lines, names once a group, and each case number where it first appears. One pass a frame. */
	decorate() {
		if (this.decorating || !this.list)
			return;
		this.decorating = true;
		requestAnimationFrame(() => {
			this.decorating = false;
			let before = null;
			const known = new Set();
			for (const item of this.items) {
				const newDay = !before || dayOf(before.at) !== dayOf(item.at);
				const same = before && before.from === item.from && before.name === item.name && before.type === item.type;
				item.day.textContent = newDay ? this.ui.dayName(item.at) : '';
				item.node.classList.toggle('more', Boolean(same && !newDay && item.at - before.at < GROUP_MS));
				const fresh = item.ticket && !known.has(item.ticket) ? item.ticket : '';
				if (item.tail.title !== fresh) {
					item.tail.title = fresh;
					item.tail.replaceChildren(...(fresh ? this.ui.ticket(fresh) : []));
				}
				known.add(item.ticket);
				before = item;
			}
		});
	}
	staffTypes() {
		clearTimeout(this.typingTimer);
		this.typing.hidden = false;
		this.typingTimer = setTimeout(() => this.staffRests(), TYPING_MS);
		if (this.stuck)
			this.toEnd();
	}
	staffRests() {
		clearTimeout(this.typingTimer);
		this.typing.hidden = true;
	}

	/* --- scrolling: at the end it stays at the end, anywhere else it stays where the eye is --- */

	scrolled() {
		const { scrollHeight, scrollTop, clientHeight } = this.log;
		if (scrollHeight - scrollTop - clientHeight < STICK_PX) {
			this.stuck = true;
			this.missed = 0;
			this.jump.hidden = true;
			this.ui.chat.read();
		} else if (scrollTop < this.top) {
			this.stuck = false; /* only a hand moves it up; growing content does not */
		}
		this.top = scrollTop;
	}
	miss() {
		this.missed++;
		this.jump.hidden = false;
		this.jump.textContent = this.ui.t('newMessages', { n: this.missed });
	}
	toEnd() {
		this.log.scrollTop = this.log.scrollHeight;
		this.scrolled();
	}
}

/* "2026-11-30T09:05…" by the clock of whoever looks. */
function localTime(at) {
	return new Date(at - new Date(at).getTimezoneOffset() * 60000).toISOString();
}

function clockTime(at) {
	return localTime(at).slice(11, 16);
}

function dayOf(at) {
	return localTime(at).slice(0, 10);
}
