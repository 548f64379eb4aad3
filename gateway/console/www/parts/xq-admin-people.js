/* Staff: who may log in, as what, with which skills and how much at once. */
import { alone, latest } from '../lib/asking.js';
import { define, fill, h, Part } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { language, t, tCode } from '../lib/i18n.js';
import { get, post } from '../lib/net.js';
import { leaving } from '../data/session.js';
import { store, toast } from '../data/state.js';
import { bones, categoryName, departmentName, face, fault, showDialog } from './bits.js';
import { careful } from './xq-me.js';

const ROLES = ['agent', 'department', 'supervisor', 'admin'];
/* With what the account has and the tables have no more, by its code: kept, or taken away here. */
const withOwn = (offered, codes) => [...offered, ...codes.filter((c) => c && !offered.some((x) => x.code === c)).map((code) => ({ code, name: code }))];
const codesOf = (skills) => (skills ?? '').split(/[ ,]+/).filter(Boolean);

define('xq-admin-people', class extends Part {
	asking = latest();

	mount() {
		this.find = h('input', { type: 'search', placeholder: t('assign.find'), 'aria-label': t('assign.find'), oninput: () => this.draw() });
		this.place = h('div', {}, bones());
		this.replaceChildren(h('div.row-line.edit-tools', {}, this.find, h('span.grow'), h('button.button', { type: 'button', 'data-t': 'staff-add',
			onclick: () => this.edit(null) }, icon('new'), t('people.add'))), this.place);
		this.load();
		this.listen(document, 'xq-leaving', (e) => this.dialog?.isConnected && this.changed() && e.preventDefault());
		this.gone.signal.addEventListener('abort', () => this.dialog?.close());
	}

	async load() {
		const isCurrent = this.asking();
		try {
			const { items } = await get('/console/api/staff');
			if (!isCurrent())
				return;
			this.items = items;
			this.draw();
		} catch (problem) {
			if (isCurrent())
				this.place.replaceChildren(fault(problem, () => this.load()));
		}
	}

	/* As the server has it now: whoever opens it again does so before the list is here. */
	take(saved) {
		this.items = this.items.map((x) => (x.name === saved.name ? saved : x));
		this.draw();
		this.load();
	}

	draw() {
		const w = this.find.value.trim().toLowerCase();
		const rows = this.items.filter((s) => !w || `${s.name} ${s.display}`.toLowerCase().includes(w));
		fill(this.place, h('table.sheet', {}, h('thead', {}, h('tr', {}, ...['display', 'role', 'department', 'skills', 'capacity', 'login']
			.map((c) => h('th', { scope: 'col' }, t(`people.${c}`))), h('td'))), h('tbody', {}, ...rows.map((s) => h('tr', {},
			h('td', {}, h('span.row-line', {}, face(s.display), h('b', {}, s.display), h('span.quiet.small', {}, s.name))),
			h('td.fix', {}, tCode('role', s.role)), h('td', {}, departmentName(s.department)),
			h('td', {}, codesOf(s.skills).map(categoryName).join('、')), h('td.fix', {}, s.capacity || t('people.usual')),
			h('td.fix', {}, s.disabled ? h('span.chip.done', {}, icon('offline'), t('people.disabled')) : s.locked ? h('span.chip.warn', {}, t('people.locked'))
				: s.tried ? h('span.chip.warn', { title: t('people.triedHint') }, t('people.tried'))
				: h('span.quiet.small', {}, t('people.logins', { n: s.logins })), ' ', s.totp && h('span.chip.work', {}, t('people.totp'))),
			h('td.fix', {}, h('button.button.slim', { type: 'button', 'data-t': `staff-${s.name}`, onclick: () => this.edit(s) }, t('people.edit'))))))));
	}

	/* s: the account as the server has it; mine: what was changed of it here already, and why that could not be saved. */
	edit(s, mine = {}, why = '') {
		const { me } = store.get();
		const seen = (x) => ({ role: 'agent', department: '', skills: '', display: '', capacity: 0, disabled: false, ...x, skills: codesOf(x?.skills).join(',') });
		let first = seen(s);
		const now = { ...first, ...mine };
		const input = (name, value, more) => h('input', { type: 'text', name, value: value ?? '', 'data-t': `staff-${name}`, ...more });
		const field = (name, el, hint) => h('label.field', {}, h('span', {}, t(`people.${name}`)), el, hint && h('span.quiet.small', {}, hint));
		const role = h('select', { name: 'role', 'data-t': 'staff-role' }, ...ROLES.map((r) => h('option', { value: r }, tCode('role', r))));
		role.value = now.role;
		const department = h('select', { name: 'department', 'data-t': 'staff-department' }, h('option', { value: '' }, t('panel.choose')),
			...withOwn(me.departments, [now.department]).map((d) => h('option', { value: d.code }, (language === 'en' && d.name_en) || d.name)));
		department.value = now.department;
		const where = field('department', department);
		const show = () => { where.hidden = role.value !== 'department'; };
		role.addEventListener('change', show);
		show();
		const skills = new Set(codesOf(now.skills));
		const picks = h('div.skill-list', {}, ...withOwn([...me.experts.map((x) => ({ code: x.code, name: `${x.code} ${x.name}` })),
			...me.categories.filter((c) => c.code !== 'default')], [...skills]).map((c) => {
			const box = h('input', { type: 'checkbox', onchange: () => (box.checked ? skills.add(c.code) : skills.delete(c.code)) });
			box.checked = skills.has(c.code);
			return h('label', {}, box, c.name);
		}));
		const disabled = h('input', { type: 'checkbox', name: 'disabled', 'data-t': 'staff-disabled' });
		disabled.checked = now.disabled;
		const wrong = h('div');
		const name = input('name', now.name, s ? { readonly: true } : { autocomplete: 'off' });
		const display = input('display', now.display);
		const capacity = input('capacity', now.capacity || '', { inputmode: 'numeric', placeholder: '8' });
		const password = h('input', { type: 'password', name: 'password', autocomplete: 'new-password', 'data-t': 'staff-password', value: mine.password });
		/* What nobody touched here is not sent: it may be another by now. */
		const all = () => ({ display: display.value.trim() || name.value.trim(), role: role.value, department: department.value, skills: [...skills].join(','),
				capacity: Number(capacity.value) || 0, disabled: disabled.checked, ...(password.value ? { password: password.value } : {}) });
		const changes = () => Object.fromEntries(Object.entries(all()).filter(([k, v]) => v !== first[k]));
		/* What was typed while it was under way stays, to be saved over what is there now. */
		const goOn = (saved, sent) => {
			s = saved;
			first = seen(saved);
			name.readOnly = true;
			if (password.value === sent.password)
				password.value = '';
			wrong.replaceChildren();
		};
		const send = alone(async (body) => {
			try {
				const saved = await careful(() => post('/console/api/staff', { name: name.value.trim(), ...body }));
				const want = { ...first, ...body };
				if (Object.entries(all()).some(([k, v]) => v !== want[k]))
					goOn(saved, body);
				else
					dialog.close();
				toast(t('edit.saved'));
				this.take(saved);
			} catch (problem) {
				if (problem.body?.code === 'changed')
					await this.again(s, changes(), dialog);
				else if (problem.body?.code === 'exists')
					wrong.replaceChildren(fault(t('people.exists')));
				else if (problem.status !== undefined)
					wrong.replaceChildren(fault(problem));
			}
		});
		const dialog = showDialog('dialog.ask.wide', { 'aria-label': t('people.edit'), 'data-stay': '1', oncancel: (e) => {
			e.preventDefault();
			leaving(() => dialog.close());
		} }, h('form', { method: 'dialog', onsubmit: (e) => {
			e.preventDefault();
			send({ version: s?.version ?? '', ...changes() });
		} }, h('h2', {}, s ? s.display : t('people.add')), why && fault(why), h('div.two', {}, field('name', name), field('display', display, t('people.displayHint')),
			field('role', role), where, field('capacity', capacity), field('password', password, t(s ? 'people.passwordHint' : 'people.passwordNew'))),
		h('fieldset', {}, h('legend', {}, t('people.skills'), ' ', h('span.quiet.small', {}, t('people.skillsHint'))), picks),
		s?.tried && h('p.quiet.small', {}, t('people.triedHint')),
		s && h('label.row-line', {}, disabled, t('people.disable')), wrong,
		h('div.row-line.end', {}, s?.totp && h('button.button.slim', { type: 'button', onclick: () => send({ version: s.version, totp: false }) }, t('people.totpOff')),
			(s?.locked || s?.tried) && h('button.button.slim', { type: 'button', onclick: () => send({ version: s.version, unlock: true }) }, t('people.unlock')), h('span.grow'),
			h('button.button', { type: 'button', onclick: () => leaving(() => dialog.close()) }, t('common.cancel')),
			h('button.button.chief', { type: 'submit', 'data-t': 'staff-save' }, t('common.save')))));
		this.dialog = dialog;
		this.changed = () => Object.keys(changes()).length > 0;
		(s ? display : name).focus();
	}

	/* Somebody else saved it meanwhile: it is shown as it is now, with what was changed here. */
	async again(s, mine, dialog) {
		await this.load();
		dialog.close();
		this.edit(this.items.find((x) => x.name === s.name), mine, t('people.changed'));
	}
});
