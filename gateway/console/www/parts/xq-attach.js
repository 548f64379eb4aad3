/* Pictures and files that go with an answer, in a row above the foot of the reply box. Each goes up as soon as it is chosen, and
 * the answer names those that arrived. What the citizen's channel does not carry is said before anything goes up. */
import { define, fill, h, Part } from '../lib/dom.js';
import { size } from '../lib/format.js';
import { icon } from '../lib/icons.js';
import { t } from '../lib/i18n.js';
import { post } from '../lib/net.js';
import { filesIn, readDraft, sameFile, sentDraft, writeDraft } from '../data/drafts.js';
import { channelOf } from './bits.js';

const SHORT = { 'image/jpeg': 'JPG', 'image/png': 'PNG', 'image/gif': 'GIF' };

/* What is on its way, by ticket: whoever looks at another ticket meanwhile finds it again. */
const held = new Map();

/* Of each ticket what the answer on its way names. */
const leaving = new Map();

/* What arrived before is kept with the draft. */
const kept = (number) => filesIn(readDraft(number, 'files')).map((given) => ({ given, name: given.name, size: given.size }));

function keepDraft(number) {
	const given = (held.get(number) || []).filter((f) => f.given).map((f) => f.given);
	writeDraft(number, 'files', given.length ? JSON.stringify(given) : '');
}

const without = (number, gone) => (held.get(number) || []).filter((f) => !gone?.some((x) => sameFile(x, f.given)));

/* Sent, chosen or taken back elsewhere: what is still on its way here stays. Sent from here: what the answer does not name, too. */
document.addEventListener('xq-draft', ({ detail: { number, mode } }) => {
	if (mode !== 'files' || !held.has(number))
		return;
	const now = kept(number), gone = !now.length && leaving.get(number);
	held.set(number, gone ? without(number, gone) : [...now, ...held.get(number).filter((f) => !f.given)]);
	if (gone)
		keepDraft(number);
});

define('xq-attach', class extends Part {
	mount() {
		this.row = h('ul.attached', { 'aria-label': t('attach.row') });
		this.said = h('p.small.wrong', { role: 'alert', hidden: true });
		this.input = h('input', { type: 'file', multiple: true, hidden: true, 'data-t': 'attach-input', 'aria-label': t('attach.pick'),
			onchange: () => {
				this.take(this.input.files);
				this.input.value = '';
			} });
		this.replaceChildren(this.row, this.said, this.input);
		this.draw();
	}

	/* For one ticket; changed() runs when what would go out has changed. */
	begin(ticket, changed) {
		Object.assign(this, { ticket, changed });
		if (!held.has(ticket().number))
			held.set(ticket().number, kept(ticket().number));
		return this;
	}

	get list() {
		return held.get(this.ticket()?.number) || [];
	}

	limits() {
		return channelOf(this.ticket()?.channel)?.files || null;
	}

	/* In the box, pasted and dropped: text stays the field's own. */
	listenTo(area, box) {
		const given = (e, from) => {
			const files = [...from?.files || []];
			if (!files.length || this.hidden)
				return;
			e.preventDefault();
			this.take(files);
		};
		area.addEventListener('paste', (e) => given(e, e.clipboardData));
		box.addEventListener('dragover', (e) => [...e.dataTransfer.types].includes('Files') && e.preventDefault());
		box.addEventListener('drop', (e) => given(e, e.dataTransfer));
	}

	pick() {
		this.input.accept = this.limits()?.types || '';
		this.input.click();
	}

	/* Why this one cannot go, or ''. */
	fault(blob, among) {
		const l = this.limits();
		if (!l)
			return t('attach.none');
		if (among >= l.count)
			return t('attach.many', { n: l.count });
		if (blob.type && !l.types.split(', ').includes(blob.type))
			return this.typeWords();
		if (blob.size > l.each)
			return t('attach.big', { name: blob.name, n: l.each >> 20 });
		return blob.size ? '' : t('attach.hollow', { name: blob.name });
	}

	typeWords() {
		const types = this.limits().types.split(', ');
		return types.every((x) => SHORT[x]) ? t('attach.pictures', { types: types.map((x) => SHORT[x]).join(t('attach.comma')) }) : t('attach.type');
	}

	take(blobs) {
		this.say('');
		for (const blob of blobs) {
			const why = this.fault(blob, this.list.length);
			if (why) {
				this.say(why);
				continue;
			}
			const f = { blob, name: blob.name, size: blob.size, number: this.ticket().number };
			this.list.push(f);
			this.send(f);
		}
		this.changed();
	}

	async send(f) {
		f.why = '';
		this.draw();
		try {
			const path = `/api/v1/files?ticket=${f.number}&name=${encodeURIComponent(f.name)}`;
			f.given = await post(path, f.blob);
		} catch (problem) {
			f.why = problem.status === 413 ? t('attach.big', { name: f.name, n: this.limits()?.each >> 20 })
				: problem.status === 422 ? this.limits() ? this.typeWords() : t('attach.none') : t('attach.failed');
			f.lost = ![413, 422].includes(problem.status);
		}
		keepDraft(f.number);
		this.draw();
		this.changed();
	}

	drop(f) {
		const { number } = this.ticket();
		held.set(number, this.list.filter((x) => x !== f));
		keepDraft(number);
		this.draw();
		this.changed();
	}

	say(words) {
		this.said.hidden = !words;
		this.said.textContent = words;
	}

	draw() {
		if (!this.row || !this.ticket?.())
			return;
		fill(this.row, this.list.map((f) => h('li', { 'data-t': 'attached' }, icon('file'), h('span.name', {}, f.name), h('span.quiet', {}, size(f.size)),
			f.why ? h('span.wrong', { role: 'alert' }, f.why) : !f.given && h('progress', { 'aria-label': t('attach.sending', { name: f.name }) }),
			f.why && f.lost && h('button.plain', { type: 'button', onclick: () => this.send(f) }, t('common.retry')),
			h('button.icon-button', { type: 'button', 'aria-label': t('attach.drop', { name: f.name }), onclick: () => this.drop(f) }, icon('offline')))));
		this.row.hidden = !this.list.length;
	}

	/* What an answer names. */
	given() {
		const files = this.list.filter((f) => f.given).map(({ given }) => ({ file: given.file, name: given.name, size: given.size }));
		leaving.set(this.ticket().number, files);
		return files;
	}

	/* Why nothing can be sent now, or ''. */
	blocked() {
		if (this.list.some((f) => f.why))
			return t('attach.dropFirst');
		return this.list.every((f) => f.given) ? '' : t('attach.wait');
	}

	/* How many messages they are where each goes by itself. */
	apart() {
		return this.limits()?.apart ? this.list.length : 0;
	}

	/* As the draft has them by now. */
	again() {
		this.draw();
		this.changed();
	}

	/* What was chosen meanwhile stays. */
	sent(number) {
		sentDraft(number, 'files');
		leaving.delete(number);
		this.say('');
		this.draw();
	}
});
