/* Administration: an area at a time. What is edited here is checked by the server as `xinqiao check` does, and is in use at
 * once or not at all. */
import { define, h, Part } from '../lib/dom.js';
import { t } from '../lib/i18n.js';
import { store } from '../data/state.js';
import { mayAdmin } from '../data/commands.js';
import { areaTabs } from './bits.js';
import './xq-admin-people.js';
import './xq-admin-table.js';
import './xq-admin-calendar.js';
import './xq-admin-hours.js';
import './xq-admin-templates.js';
import './xq-admin-channels.js';
import './xq-admin-menu.js';

const AREAS = { people: 'xq-admin-people', departments: 'xq-admin-table', categories: 'xq-admin-table', canned: 'xq-admin-table',
	calendar: 'xq-admin-calendar', hours: 'xq-admin-hours', rules: 'xq-admin-table', regions: 'xq-admin-table',
	suggest: 'xq-admin-table', hotlines: 'xq-admin-table', emergency: 'xq-admin-table', templates: 'xq-admin-templates',
	channels: 'xq-admin-channels', menu: 'xq-admin-menu' };
/* Supervisors see how the channels are. */
const areas = () => (mayAdmin() ? Object.keys(AREAS) : ['channels']);

define('xq-admin', class extends Part {
	mount() {
		this.classList.add('page', 'admin');
		this.setAttribute('role', 'main');
		this.watch(store, (s) => s.route.view, () => this.draw());
	}

	draw() {
		const known = areas();
		const area = known.includes(store.get().route.view) ? store.get().route.view : known[0];
		this.replaceChildren(h('header', { role: 'none' }, h('h1', {}, t('page.admin')),
			areaTabs('admin', known, area, (name) => t(`admin.${name}`)), h('p.lead', {}, t(`admin.${area}.lead`))), h(AREAS[area], { area }));
	}
});
