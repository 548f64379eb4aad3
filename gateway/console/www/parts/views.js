/* Saved views: a list with its filters under a name, kept on the server for each person. */
import { h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { t } from '../lib/i18n.js';
import { post } from '../lib/net.js';
import { format, parse } from '../lib/router.js';
import { go } from '../data/session.js';
import { store, toast } from '../data/state.js';
import { fault, problemWords, showDialog } from './bits.js';

async function keepViews(views) {
	const answer = await post('/console/api/views', { views });
	store.patch((s) => ({ me: { ...s.me, views: answer.views } }));
}

export function saveView() {
	const { route, me } = store.get();
	const path = format({ ...route, number: '' });
	const name = h('input', { type: 'text', maxlength: 40, 'data-t': 'view-name', value: [t(`view.${route.view}`),
		...Object.values(route.filter)].join(' · ') });
	const wrong = h('div');
	const dialog = showDialog('dialog.ask', { 'aria-label': t('views.title') }, h('form', { method: 'dialog', async onsubmit(e) {
		e.preventDefault();
		if (!name.value.trim())
			return;
		try {
			await keepViews([...me.views.filter((v) => v.path !== path), { name: name.value.trim(), path }]);
			dialog.close();
			toast(t('views.saved'));
		} catch (problem) {
			wrong.replaceChildren(fault(problem));
		}
	} }, h('h2', {}, t('views.title')), h('p.quiet', {}, t('views.hint')),
	h('label.field', {}, h('span', {}, t('views.name')), name), wrong,
	h('div.row-line.end', {}, h('button.button', { type: 'button', onclick: () => dialog.close() }, t('common.cancel')),
		h('button.button.chief', { type: 'submit' }, t('common.save')))));
	name.select();
}

/* Links for the navigation. */
export function savedLinks() {
	const { me, route } = store.get();
	if (!me.views.length)
		return [];
	const here = format({ ...route, number: '' });
	return [h('h2', {}, t('nav.saved')), ...me.views.map((v) => h('div.saved-view', {},
		h('a', { href: v.path, 'aria-current': v.path === here ? 'page' : null, title: v.name, 'data-t': `saved-${v.name}`,
			onclick: (e) => {
				if (e.ctrlKey || e.metaKey || e.shiftKey)
					return;
				e.preventDefault();
				go(parse(new URL(v.path, location.href)));
			} }, icon('star'), h('span.word', {}, v.name)),
		h('button.icon-button.slim', { type: 'button', 'aria-label': t('views.drop', { name: v.name }),
			title: t('views.drop', { name: v.name }), onclick: () => keepViews(me.views.filter((x) => x !== v)).catch((problem) => toast(problemWords(problem))) }, icon('close'))))];
}
