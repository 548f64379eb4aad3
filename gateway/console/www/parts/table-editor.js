/* What every editor of a table of config/ does: loads it, knows that it was changed, saves it whole, and says why not. */
import { alone } from '../lib/asking.js';
import { h, Part } from '../lib/dom.js';
import { t } from '../lib/i18n.js';
import { get } from '../lib/net.js';
import { bones, fault } from './bits.js';
import { linesOf, parseCsv, saveBar, saveFile, writeCsv } from './editing.js';

export class TableEditor extends Part {
	/* The file's name; rows as arrays in this.rows below this.head; draw() shows them. */
	file = '';

	mount() {
		this.wrong = h('div.edit-wrong');
		this.place = h('div', {}, bones());
		this.bar = saveBar(this, () => this.save(), () => this.load());
		this.replaceChildren(this.wrong, this.place, this.bar);
		this.load();
	}

	async load() {
		try {
			const { items } = await get('/console/api/tables');
			const item = items.find((x) => x.file === this.file);
			if (!item)
				throw new Error(t('edit.missing', { file: this.file }));
			this.version = item.version;
			[this.head, ...this.rows] = parseCsv(item.text);
			this.wrong.replaceChildren();
			this.draw();
			this.dirty(false);
		} catch (problem) {
			this.place.replaceChildren(fault(problem.status === undefined ? problem.message : problem, () => this.load()));
		}
	}

	dirty(on) {
		this.bar.hidden = !on;
	}

	/* Which column holds this; one that an older table lacks is added at its end. */
	column(name) {
		if (!this.head.includes(name))
			this.head.push(name);
		return this.head.indexOf(name);
	}

	/* Which of the rows the loader found fault with. */
	mark() {}

	table() {
		return [this.head, ...this.rows.map((r) => this.head.map((_, i) => r[i] ?? ''))];
	}

	save = alone(async () => {
		const lines = linesOf(this.table()), text = writeCsv(this.table());
		const version = await saveFile('/console/api/tables', { file: this.file, version: this.version, text }, this.wrong,
			(faults) => this.mark(new Set(faults.filter((f) => f.file === this.file).map((f) => this.rows[lines.indexOf(f.line) - 1]))));
		if (!version)
			return;
		this.version = version;
		this.mark(new Set());
		this.dirty(writeCsv(this.table()) !== text); /* one may have gone on */
	});
}
