/* The menu of an Official Account, as its followers see it below the conversation: a phone to click in, and the form of the button
 * that is chosen. It is read from the platform and saved there, by nobody but administrators. */
import { alone } from '../lib/asking.js';
import { define, fill, h, Part } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { t, tCode } from '../lib/i18n.js';
import { get, post } from '../lib/net.js';
import { leaving } from '../data/session.js';
import { toast } from '../data/state.js';
import { blank, bones, fault, problemWords } from './bits.js';
import { saveBar } from './editing.js';

/* The platform's limits, in bytes of UTF-8. */
const BUTTONS = 3, SUBS = 5, NAME = 16, SUB_NAME = 60, LIMIT = { key: 128, url: 1024 };
/* What can be edited here; what else the account has is kept as it is. */
const TYPES = { click: 'key', view: 'url', scancode_waitmsg: 'key', scancode_push: 'key', location_select: 'key' };
const bytes = (s) => new TextEncoder().encode(s).length;

const platformWords = (problem) => {
	const code = problem.body?.platform;
	const words = code ? tCode('wxcode', code) : '';
	return code ? t('menu.refused', { words: words === code || !words ? problem.message : words, code }) : problemWords(problem);
};

define('xq-admin-menu', class extends Part {
	mount() {
		this.wrong = h('div.edit-wrong');
		this.place = h('div.menu-desk', {}, bones());
		this.bar = saveBar(this, () => this.save(), () => this.load());
		this.pick = h('select', { 'aria-label': t('menu.account'), 'data-t': 'menu-account', onchange: () => this.turnTo(this.pick.value) });
		this.replaceChildren(this.place);
		this.begin();
	}

	async begin() {
		try {
			const { items } = await get('/console/api/channels');
			this.accounts = items.filter((c) => c.menu).map((c) => c.name);
		} catch (problem) {
			this.place.replaceChildren(fault(problem, () => this.begin()));
			return;
		}
		if (!this.accounts.length) {
			this.place.replaceChildren(blank('wechat', t('menu.none'), t('menu.noneHint')));
			return;
		}
		fill(this.pick, this.accounts.map((name) => h('option', { value: name }, name)));
		this.account = this.pick.value;
		this.load();
	}

	/* What is shown stays chosen until it may be left. */
	turnTo(name) {
		this.pick.value = this.account;
		leaving(() => {
			this.account = this.pick.value = name;
			this.load();
		});
	}

	path() {
		return `/console/api/channels/${encodeURIComponent(this.account)}/menu`;
	}

	async load() {
		this.bar.hidden = true;
		this.wrong.replaceChildren();
		this.place.replaceChildren(bones());
		try {
			this.menu = await get(this.path());
		} catch (problem) {
			this.place.replaceChildren(fault(problem.body?.code === 'platform' ? platformWords(problem) : problem, () => this.load()));
			return;
		}
		this.at = this.menu.button.length ? [0] : [];
		this.draw();
	}

	chosen() {
		const top = this.menu.button[this.at[0]];
		return this.at.length > 1 ? top?.sub_button?.[this.at[1]] : top;
	}

	draw() {
		this.phone = h('section.phone', { 'aria-label': t('menu.preview'), 'data-t': 'menu-phone' });
		this.form = h('section.menu-form', { 'aria-label': t('menu.form') });
		this.place.replaceChildren(this.phone, h('div.menu-side', {}, this.accounts.length > 1 ? this.pick : '', this.form, this.wrong, this.bar));
		this.drawPhone();
		this.drawForm();
	}

	/* Names end where a phone ends them, by the style. */
	drawPhone() {
		const { button } = this.menu;
		const choose = (...at) => () => {
			this.at = at;
			this.drawPhone();
			this.drawForm();
		};
		const key = (b, at, spec) => h(spec, { type: 'button', 'aria-pressed': String(at.join() === this.at.join()), 'data-t': `menu-${at.map((n) => n + 1).join('-')}`,
			title: b.name, onclick: choose(...at) }, h('span', {}, b.name || t('menu.unnamed')));
		const add = (list, at, words) => h('button.phone-add', { type: 'button', 'aria-label': words, title: words, 'data-t': `menu-add${at.length ? `-${at[0] + 1}` : ''}`,
			onclick: () => {
				list.push({ type: 'click', name: '', key: '' });
				this.changed(() => choose(...at, list.length - 1)());
				this.form.querySelector('input')?.focus();
			} }, icon('new'));
		const subs = (b, i) => {
			const list = (b.sub_button ??= []);
			return h('div.phone-subs', { hidden: this.at[0] !== i }, list.map((s, k) => key(s, [i, k], 'button.phone-sub')),
				list.length < SUBS && add(list, [i], t('menu.addSub')));
		};
		fill(this.phone, h('header', {}, this.account), h('div.phone-talk', {}, h('p', {}, t('menu.hello'))),
			h('div.phone-menu', {}, h('span.phone-keys', { 'aria-hidden': 'true' }, icon('keyboard')),
				button.map((b, i) => h('div.phone-slot', {}, subs(b, i), key(b, [i], `button.phone-key${b.sub_button.length ? '.has-subs' : ''}`))),
				button.length < BUTTONS && h('div.phone-slot', {}, add(button, [], t('menu.add')))));
	}

	changed(then) {
		this.bar.hidden = false;
		this.wrong.replaceChildren();
		then?.();
	}

	/* A field with how many bytes it takes. */
	field(b, member, words, most, hint) {
		const count = h('span.count.quiet.small');
		const told = () => {
			const n = bytes(b[member] || '');
			count.textContent = t('menu.bytes', { n, m: most });
			count.classList.toggle('too-long', n > most);
		};
		const input = h('input', { type: 'text', value: b[member] || '', 'data-t': `menu-${member}`, oninput: () => {
			b[member] = input.value;
			told();
			this.changed(() => this.drawPhone());
		} });
		told();
		return h('label.field', {}, h('span', {}, words, ' ', count), input, hint && h('span.quiet.small', {}, hint));
	}

	drawForm() {
		const b = this.chosen(), sub = this.at.length > 1;
		if (!b) {
			fill(this.form, blank('wechat', t('menu.empty'), t('menu.emptyHint')));
			return;
		}
		const list = sub ? this.menu.button[this.at[0]].sub_button : this.menu.button, i = this.at.at(-1);
		const move = (by) => h('button.button.slim', { type: 'button', disabled: !list[i + by], onclick: () => this.changed(() => {
			[list[i], list[i + by]] = [list[i + by], list[i]];
			this.at = [...this.at.slice(0, -1), i + by];
			this.drawPhone();
			this.drawForm();
		}) }, t(sub ? (by < 0 ? 'menu.up' : 'menu.down') : by < 0 ? 'menu.left' : 'menu.right'));
		fill(this.form, h('h2', {}, t(sub ? 'menu.subButton' : 'menu.button', { n: this.at.map((n) => n + 1).join('.') })),
			this.field(b, 'name', t('menu.name'), sub ? SUB_NAME : NAME, t(sub ? 'menu.subNameHint' : 'menu.nameHint')),
			!sub && b.sub_button?.length ? h('p.quiet', {}, t('menu.opens')) : this.action(b),
			h('div.row-line', {}, move(-1), move(1), h('span.grow'), h('button.button.slim', { type: 'button', 'data-t': 'menu-drop', onclick: () => this.changed(() => {
				list.splice(i, 1);
				this.at = list.length ? [...this.at.slice(0, -1), Math.max(0, i - 1)] : this.at.slice(0, -1);
				this.drawPhone();
				this.drawForm();
			}) }, t('menu.drop'))));
	}

	action(b) {
		const known = TYPES[b.type];
		const types = h('select', { 'data-t': 'menu-type', onchange: () => {
			const { name, sub_button, key = '', url = '' } = b;
			for (const member of Object.keys(b))
				delete b[member];
			Object.assign(b, { type: types.value, name, ...(sub_button ? { sub_button } : {}), ...(TYPES[types.value] === 'url' ? { url } : { key }) });
			this.changed(() => this.drawForm());
		} }, !known && h('option', { value: b.type, selected: true }, t('menu.otherType', { type: b.type || '?' })),
		Object.keys(TYPES).map((type) => h('option', { value: type, selected: type === b.type }, t(`menu.type.${type}`))));
		return [h('label.field', {}, h('span', {}, t('menu.action')), types), !known ? h('p.quiet.small', {}, t('menu.otherHint')) : known === 'url'
			? this.field(b, 'url', t('menu.url'), LIMIT.url, t('menu.urlHint')) : this.field(b, 'key', t('menu.key'), LIMIT.key, t(`menu.keyHint.${b.type}`))];
	}

	/* Where the first fault is, and what; '' when there is none. */
	faulty() {
		for (const [i, b] of this.menu.button.entries())
			for (const [k, x] of [b, ...(b.sub_button || [])].entries()) {
				const where = k ? `${i + 1}.${k}` : `${i + 1}`, needs = TYPES[x.type];
				const holds = !k && b.sub_button?.length;
				const why = !x.name?.trim() ? 'menu.noName' : bytes(x.name) > (k ? SUB_NAME : NAME) ? 'menu.longName'
					: holds || !needs ? '' : !x[needs]?.trim() ? (needs === 'url' ? 'menu.noUrl' : 'menu.noKey') : bytes(x[needs]) > LIMIT[needs] ? 'menu.longValue'
						: needs === 'url' && !/^https?:\/\//.test(x.url) ? 'menu.badUrl' : '';
				if (why) {
					this.at = k ? [i, k - 1] : [i];
					return t(why, { where });
				}
			}
		return '';
	}

	buttons() {
		return this.menu.button.map((b) => (b.sub_button?.length ? { name: b.name, sub_button: b.sub_button } : { ...b, sub_button: undefined }));
	}

	save = alone(async () => {
		const why = this.faulty();
		if (why) {
			this.drawPhone();
			this.drawForm();
			fill(this.wrong, fault(why));
			return;
		}
		const { menu } = this, button = this.buttons(), sent = JSON.stringify(button);
		try {
			await post(this.path(), { button });
			toast(t('menu.saved'));
			if (this.menu !== menu)
				return;
			this.bar.hidden = JSON.stringify(this.buttons()) === sent; /* one may have gone on */
			this.wrong.replaceChildren();
		} catch (problem) {
			fill(this.wrong, fault(platformWords(problem)));
		}
	});
});
