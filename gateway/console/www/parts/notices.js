/* How this person wants to be called: by a sound, by the browser. */
import { h } from '../lib/dom.js';
import { t } from '../lib/i18n.js';
import { canNotify, noticeSet, ring, setNotice } from '../data/notice.js';
import { showDialog } from './bits.js';

export function showNotice() {
	if (document.querySelector('dialog[open]'))
		return;
	const { sound, desktop } = noticeSet();
	const loud = h('input', { type: 'checkbox', 'data-t': 'notice-sound', onchange: () => setNotice({ sound: loud.checked }) });
	const shown = h('input', { type: 'checkbox', 'data-t': 'notice-desktop', disabled: !canNotify(), async onchange() {
		if (shown.checked && Notification.permission !== 'granted')
			shown.checked = await Notification.requestPermission() === 'granted';
		setNotice({ desktop: shown.checked });
		why.textContent = shown.checked || Notification.permission !== 'denied' ? '' : t('notice.denied');
	} });
	const why = h('p.quiet.small', {}, canNotify() ? '' : t('notice.cannot'));
	loud.checked = sound;
	shown.checked = desktop && canNotify() && Notification.permission === 'granted';
	const dialog = showDialog('dialog.ask', { 'aria-label': t('menu.notice'), 'data-t': 'notices' }, h('form', { method: 'dialog' },
		h('h2', {}, t('menu.notice')), h('p.quiet', {}, t('notice.hint')),
		h('label.row-line', {}, loud, t('notice.sound'), h('span.grow'), h('button.button.slim', { type: 'button',
			onclick: () => ring(false) }, t('notice.try'))),
		h('label.row-line', {}, shown, t('notice.desktop')), why,
		h('div.row-line.end', {}, h('button.button', { type: 'button', onclick: () => dialog.close() }, t('common.close')))));
}
