/* Writing: to the citizen or to colleagues, never confused (tab, ground, border and button all differ). Nothing typed is
 * lost: the draft is kept at every key and dropped only when the server has taken the text. */
import { composing, define, fill, h, Part } from '../lib/dom.js';
import { fullTime, points, shortNumber } from '../lib/format.js';
import { post } from '../lib/net.js';
import { icon } from '../lib/icons.js';
import { t } from '../lib/i18n.js';
import { chooseDraft, readDraft, sentDraft, writeDraft } from '../data/drafts.js';
import { myHeld, undoReply } from '../data/held.js';
import { forgetTry, isSending, sendText, sendingOf } from '../data/sending.js';
import { live } from '../data/session.js';
import { store, toast } from '../data/state.js';
import { reopen } from '../data/tickets.js';
import { channelOf, failedAt, failedWords, fault, kindWords, peerWords, refusalWords } from './bits.js';
import { cannedList } from './canned.js';
import { beginStep } from './xq-steps.js';
import './xq-attach.js';

const TEXT_MAX = 20000;

define('xq-composer', class extends Part {
	mount() {
		const { open } = store.get();
		this.number = open.number;
		this.mode = !readDraft(this.number, 'reply') && readDraft(this.number, 'note') ? 'note' : 'reply';
		this.seen = this.lastSeq();
		this.build();
		this.watch(store, (s) => s.open?.ticket?.legal?.join(), () => this.drawHint());
		this.watch(store, (s) => [s.open?.ticket?.reach, s.now], () => this.drawTo());
		this.watch(store, (s) => [s.presence], () => this.drawClash());
		this.listen(document, 'visibilitychange', () => this.save());
		this.listen(window, 'pagehide', () => this.save());
		this.listen(document, 'xq-draft', ({ detail }) => this.fromElsewhere(detail));
		this.watch(store, (s) => s.otherDrafts, () => this.drawOther());
		this.watch(store, (s) => s.sending, () => this.drawButton());
	}

	disconnectedCallback() {
		this.save();
		clearTimeout(this.idle);
		super.disconnectedCallback();
	}

	ticket() {
		const { open } = store.get();
		return open?.number === this.number ? open.ticket : null;
	}

	lastSeq() {
		return Math.max(0, ...(this.ticket()?.messages || []).map((m) => m.seq || 0));
	}

	build() {
		this.tabs = h('div.tabs', { role: 'tablist', 'aria-label': t('write.tabs'), onkeydown: (e) => this.onTab(e) }, ...['reply', 'note'].map((mode) =>
			h('button.tab', { type: 'button', role: 'tab', 'data-mode': mode, 'data-t': `tab-${mode}`,
				onclick: () => this.switchTo(mode, true) }, t(`write.${mode}`))));
		this.area = h('textarea', { rows: 3, 'data-t': 'composer', oninput: () => this.typed(),
			onkeydown: (e) => this.onKey(e) });
		this.area.value = readDraft(this.number, this.mode); /* switchTo() keeps what stands here */
		this.interim = h('input', { type: 'checkbox' });
		/* A core system gives the final answer: here one writes interim ones. */
		this.remote = !!store.get().me.remote;
		this.interim.checked = this.interim.disabled = this.remote;
		this.interimLine = h('label.interim', {}, this.interim, t(this.remote ? 'write.interimOnly' : 'write.interim'));
		this.to = h('span.to');
		this.count = h('span.count');
		this.kept = h('span.kept');
		this.button = h('button.button.chief', { type: 'button', 'data-t': 'composer-send', onclick: () => this.send() });
		this.clash = h('div.clash', { hidden: true });
		this.newer = h('div.clash', { hidden: true, role: 'alert' });
		this.other = h('div.clash', { hidden: true, 'data-t': 'other-draft' });
		this.wrong = h('div');
		this.hint = h('div.clash', { hidden: true });
		this.canned = h('div.canned');
		this.files = h('xq-attach').begin(() => this.ticket(), () => this.filesChanged());
		this.clip = h('button.icon-button', { type: 'button', 'aria-label': t('attach.pick'), title: t('attach.pick'), 'data-t': 'attach',
			onclick: () => this.files.pick() }, icon('clip'));
		this.box = h('div.write', {},
			h('div.row-line.above', {}, this.tabs, this.interimLine, h('span.grow'), this.canned),
			h('div.box', {}, this.area, this.files, h('div.foot', {}, this.clip, this.to, h('span.grow'), this.kept, this.count, this.button)), this.wrong);
		this.canned.append(h('button.tab', { type: 'button', 'aria-haspopup': 'listbox', onclick: () => this.showCanned() },
			t('write.canned'), ' ', h('kbd.only-wide', {}, '/')));
		this.files.listenTo(this.area, this.box);
		this.replaceChildren(this.clash, this.newer, this.other, this.hint, this.box);
		this.switchTo(this.mode, false);
	}

	switchTo(mode, focus) {
		this.save();
		if (this.mode !== mode) { /* what was refused there is not this one's */
			fill(this.wrong);
			this.newer.hidden = true;
		}
		this.mode = mode;
		const note = mode === 'note';
		for (const tab of this.tabs.children) {
			tab.setAttribute('aria-selected', String(tab.dataset.mode === mode));
			tab.tabIndex = tab.dataset.mode === mode ? 0 : -1;
		}
		this.box.classList.toggle('note', note);
		this.area.value = readDraft(this.number, mode);
		this.area.dataset.draft = `${this.number}.${mode}`;
		this.begun = !!this.area.value;
		this.area.placeholder = t(note ? 'write.noteHint' : 'write.replyHint');
		this.area.setAttribute('aria-label', t(note ? 'write.noteLabel' : 'write.replyLabel'));
		this.interimLine.hidden = note;
		this.files.hidden = note;
		this.clip.hidden = note || !this.files.limits();
		this.drawButton();
		const ticket = this.ticket();
		this.drawTo();
		this.drawCount();
		this.drawHint();
		this.drawOther();
		this.grow();
		if (focus)
			this.area.focus();
	}

	/* Where it goes, and what the channel takes just now where it has limits. */
	drawTo() {
		const ticket = this.ticket();
		if (!ticket)
			return;
		if (this.mode === 'note') {
			fill(this.to, t('write.toNote'));
			return;
		}
		const { reach } = ticket;
		const open = reach?.open && (!reach.until || Date.parse(reach.until) > Date.now());
		fill(this.to, `${t('write.to')} ${kindWords(ticket)} · `, h('b', {}, ticket.name || peerWords(ticket)),
			reach && h(`span.reach${open ? '' : '.shut'}`, { 'data-t': 'reach' },
				` · ${!open ? t('write.reachShut') : reach.until ? t('write.reach', { n: reach.left, until: fullTime(reach.until).slice(5) })
					: t('write.reachOpen')}`));
	}

	/* Of the two, Tab reaches the one that is chosen: the arrows choose. */
	onTab(e) {
		if (!['ArrowLeft', 'ArrowRight'].includes(e.key))
			return;
		e.preventDefault();
		this.switchTo(this.mode === 'note' ? 'reply' : 'note', false);
		this.tabs.querySelector('[aria-selected=true]').focus();
	}

	drawButton() {
		const busy = isSending(this.number, this.mode);
		this.button.setAttribute('aria-busy', String(busy));
		fill(this.button, t(busy ? 'write.sending' : this.mode === 'note' ? 'write.sendNote' : 'write.send'), h('kbd.only-wide', {}, 'Ctrl ↵'));
	}

	/* A reply that is not possible now is said before it is written. */
	drawHint() {
		const ticket = this.ticket();
		const blocked = ticket && this.mode === 'reply' && !ticket.legal.includes('reply');
		this.hint.hidden = !blocked;
		if (!blocked)
			return;
		const first = ['release', 'accept', 'reopen'].find((s) => ticket.legal.includes(s));
		fill(this.hint, icon('info'), h('span', {}, t('write.closed')), h('span.grow'),
			first && h('button.button.slim', { type: 'button', onclick: () => beginStep(first) }, t(`step.${first}`)));
	}

	drawClash() {
		const { presence } = store.get();
		const writer = (presence[this.number] || []).find((p) => p.what === 'writing');
		this.clash.hidden = !writer;
		if (writer)
			fill(this.clash, icon('handling'), t('write.clash', { name: writer.display }));
	}

	/* Kept by another page, or given back (now: because its writer asked for it). */
	fromElsewhere({ number, mode, now }) {
		if (number === this.number && mode === 'files')
			this.files.again();
		if (number !== this.number || mode === 'files' || (mode !== this.mode && !now))
			return;
		this.area.value = readDraft(this.number, this.mode); /* switchTo() keeps what stands here */
		if (mode !== this.mode)
			this.switchTo(mode, true);
		this.area.value = readDraft(number, mode);
		this.begun = !!this.area.value;
		this.seen = this.lastSeq();
		this.grow();
		this.drawCount();
		if (now)
			this.area.focus();
	}

	/* Two machines, two drafts: neither is lost before somebody chooses. */
	drawOther() {
		const other = store.get().otherDrafts[`${this.number}.${this.mode}`];
		this.other.hidden = !other;
		if (!other)
			return;
		const button = (words, theirs) => h('button.button.slim', { type: 'button', 'data-t': theirs ? 'draft-theirs' : 'draft-mine',
			onclick: () => chooseDraft(this.number, this.mode, theirs) }, t(words));
		fill(this.other, icon('handling'), h('span.grow', {}, t('draft.other', { words: [...other.text].slice(0, 40).join('') })),
			button('draft.theirs', true), button('draft.mine', false));
	}

	save() {
		if (this.area)
			return writeDraft(this.number, this.mode, this.area.value);
		return true;
	}

	typed() {
		this.plainSlash = false;
		/* What was there when the first letter was typed was seen. */
		if (!this.begun)
			this.seen = this.lastSeq();
		this.begun = !!this.area.value;
		if (!this.begun)
			forgetTry(this.number, this.mode);
		fill(this.wrong);
		const kept = this.save();
		this.grow();
		this.drawCount();
		live.at(this.number, 'writing');
		clearTimeout(this.idle);
		this.idle = setTimeout(() => live.at(this.number, 'viewing'), 12000);
		this.kept.textContent = this.area.value ? t(kept ? 'write.saved' : 'write.notSaved') : '';
	}

	grow() {
		this.area.style.height = 'auto';
		this.area.style.height = `${Math.min(240, this.area.scrollHeight)}px`;
	}

	drawCount() {
		const n = points(this.area.value);
		const channel = channelOf(this.ticket()?.channel);
		const max = Math.min(TEXT_MAX, (this.mode === 'reply' && channel?.text_max) || TEXT_MAX);
		this.over = Math.max(0, n - max);
		this.many = null;
		this.count.classList.toggle('too-long', !!this.over);
		this.count.textContent = this.over ? t('write.over', { n: this.over }) : n ? t('write.points', { n }) : '';
		clearTimeout(this.counting);
		if (n && !this.over && this.mode === 'reply' && channel?.parts)
			this.counting = setTimeout(() => this.countParts(), 250);
	}

	/* As it would go out, with the signature and all: what the carrier would not take is said here. */
	async countParts() {
		const text = this.area.value, n = points(text);
		try {
			const { parts, most } = await post('/console/api/parts', { channel: this.ticket().channel, ticket: this.number, text });
			if (this.area.value !== text)
				return;
			const p = parts + this.files.apart();
			this.many = most && p > most ? { p, m: most } : null;
			this.count.classList.toggle('too-long', !!this.many);
			this.count.textContent = this.many ? t(this.inMessages('write.many'), this.many) : t(this.inMessages('write.parts'), { n, p });
		} catch {
			/* the number of characters stands */
		}
	}

	filesChanged() {
		fill(this.wrong);
		this.drawCount();
	}

	/* Text messages are counted by name, others just as messages. */
	inMessages(words) {
		return this.ticket()?.kind === 'sms' ? words : `${words}Messages`;
	}

	onKey(e) {
		if (composing(e))
			return;
		if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) {
			e.preventDefault();
			this.send();
		} else if (e.key.toLowerCase() === 'z' && (e.ctrlKey || e.metaKey) && !this.area.value && myHeld()) {
			e.preventDefault();
			undoReply(myHeld().id);
		} else if (e.key === '/' && !e.ctrlKey && !e.metaKey && !e.altKey && !this.area.value && !this.plainSlash) {
			e.preventDefault();
			this.showCanned();
		} else if (e.key === 'Escape') {
			this.area.blur();
			document.querySelector('[data-t=talk]')?.focus();
		}
	}

	showCanned() {
		cannedList(this.canned, this.ticket(), (text) => {
			const { selectionStart: a, selectionEnd: b, value } = this.area;
			this.area.value = value.slice(0, a) + text + value.slice(b);
			this.area.focus();
			this.area.setSelectionRange(a + text.length, a + text.length);
			this.typed();
		}, () => {
			this.plainSlash = true; /* whoever wanted no list wants the sign itself */
			this.area.focus();
		});
	}

	async send(anyway) {
		const text = this.area.value;
		if (isSending(this.number, this.mode))
			return;
		if (!text.trim() || this.over) {
			fill(this.wrong, fault(t(this.over ? 'write.over' : 'write.empty', { n: this.over })));
			this.area.focus();
			return;
		}
		const { mode, number } = this, files = mode === 'reply' ? this.files.given() : [];
		const blocked = mode === 'reply' && this.files.blocked();
		if (blocked) {
			fill(this.wrong, fault(blocked));
			return;
		}
		await sendingOf(number, mode, async () => {
			if (mode === 'reply' && channelOf(this.ticket()?.channel)?.parts)
				await this.countParts();
			if (this.many && this.mode === mode) {
				fill(this.wrong, fault(t(this.inMessages('write.many'), this.many)));
				this.area.focus();
				return;
			}
			try {
				const answer = await sendText(number, mode, { text, files, interim: this.interim.checked, seen: anyway ? -1 : this.seen });
				(this.shown() ?? this).sent(mode, text, answer?.held && answer);
			} catch (problem) {
				this.failed(problem, mode, text, anyway);
			}
		});
	}

	/* Whoever has looked at another ticket and come back writes in another composer by now. */
	shown() {
		const now = document.querySelector('xq-composer');
		return now?.number === this.number && now.ticket() ? now : null;
	}

	sent(mode, text, held) {
		const { number } = this;
		if (readDraft(number, mode) === text)
			sentDraft(number, mode);
		if (this.mode === mode && this.area.value === text)
			this.area.value = '';
		if (mode === 'reply') {
			this.files.sent(number);
			this.interim.checked = this.remote;
		}
		if (this.mode === mode) {
			this.newer.hidden = true;
			fill(this.wrong);
		}
		this.begun = !!this.area.value;
		this.kept.textContent = '';
		this.seen = this.lastSeq();
		this.grow();
		this.drawCount();
		if (this.shown())
			live.at(number, 'viewing');
		if (held)
			toast(t('held.toast', { n: Math.round(held.left_ms / 1000) }), { words: t('held.undo'), run: () => undoReply(held.held) }, held.left_ms);
		else
			toast(t(mode === 'note' ? 'write.noted' : 'write.sent'));
	}

	/* What was not sent is said in its own tab, where that is what people see. */
	failed(problem, mode, text, anyway) {
		const now = this.shown(), newer = problem.status === 409 && problem.body.code === 'newer';
		if (now?.mode !== mode)
			failedAt(this.number, failedWords(mode === 'note' ? 'write.noteUnsent' : 'held.unsent', { number: shortNumber(this.number) }, refusalWords(problem), problem),
				now ? () => now.begin(mode) : undefined);
		else if (newer)
			now.drawNewer();
		else
			fill(now.wrong, fault(refusalWords(problem), now.area.value === text && (() => now.send(anyway))));
		if (problem.status === 409)
			reopen(this.number).then(() => now?.mode === mode && newer && (now.seen = now.lastSeq()));
	}

	drawNewer() {
		const act = (words, fn) => h('button.button.slim', { type: 'button', onclick: () => {
			this.newer.hidden = true;
			fn();
		} }, t(words));
		this.newer.hidden = false;
		fill(this.newer, icon('problems'), h('span.grow', {}, t('write.newer')),
			act('write.anyway', () => this.send(true)), act('write.asNote', () => this.toNote()),
			act('write.discard', () => this.discard()));
	}

	toNote() {
		const text = this.area.value;
		const before = readDraft(this.number, 'note');
		this.area.value = '';
		writeDraft(this.number, 'note', before ? `${before}\n${text}` : text);
		this.switchTo('note', true);
	}

	discard() {
		this.area.value = '';
		this.typed();
	}

	/* From outside: R, N and "/". */
	begin(mode) {
		this.switchTo(mode, true);
	}
});
