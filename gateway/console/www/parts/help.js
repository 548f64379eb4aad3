/* The keys, and the switch that turns single keys off. */
import { h } from '../lib/dom.js';
import { t } from '../lib/i18n.js';
import { keep } from '../lib/keep.js';
import { showDialog } from './bits.js';

const KEYS = [[['J'], 'next'], [['K'], 'prev'], [['Enter'], 'open'], [['U'], 'back'], [['R'], 'reply'], [['N'], 'note'],
	[['C'], 'accept'], [['T'], 'dispatch'], [['E'], 'close'], [['M'], 'take'], [['A'], 'assign'], [['/'], 'canned'], [['S'], 'search'], [['F'], 'fresh'],
	[['Ctrl', 'K'], 'palette'], [['Ctrl', 'Enter'], 'send'], [['Z'], 'undo'], [['?'], 'help']];

export const keysOn = () => keep.get('xq.keys') !== false;

export function showHelp() {
	if (document.querySelector('dialog[open]'))
		return;
	const on = h('input', { type: 'checkbox', onchange: (e) => keep.set('xq.keys', e.target.checked) });
	on.checked = keysOn();
	const dialog = showDialog('dialog.help', { 'aria-label': t('keys.title'), 'data-t': 'help' }, h('h2', {}, t('keys.title')),
		h('dl', {}, ...KEYS.map(([keys, name]) => h('div', {}, h('dt', {}, t(`keys.${name}`)),
			h('dd', {}, ...keys.map((k) => h('kbd', {}, k)))))),
		h('div.row-line', {}, h('label.row-line', {}, on, t('keys.enable')),
			h('button.button', { type: 'button', onclick: () => dialog.close() }, t('common.close'))));
}
