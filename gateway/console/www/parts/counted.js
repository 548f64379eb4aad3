/* The tickets behind a number of a report: where it leads, and what it says there. */
import { h } from '../lib/dom.js';
import { t } from '../lib/i18n.js';
import { COUNTED, format } from '../lib/router.js';
import { go } from '../data/session.js';
import { categoryName, departmentName } from './bits.js';

/* filter: from, to, department, category and channel of the report; mark: the count. */
export function countLink(filter, mark, ...kids) {
	const route = { page: 'in', view: 'all', number: '', filter: { report: mark, ...filter } };
	return h('a.count', { href: format(route), 'data-report': mark, onclick: (e) => {
		if (e.ctrlKey || e.metaKey || e.shiftKey)
			return;
		e.preventDefault();
		go(route);
	} }, ...kids);
}

export const nameOf = {
	department: (code) => (code === '' || code === '-' ? t('report.noDepartment') : departmentName(code)),
	category: (code) => (code === '' || code === '-' ? t('report.noCategory') : categoryName(code)),
	channel: (name) => name,
};

export function countedWords(filter) {
	if (!COUNTED.some((name) => filter[name]))
		return '';
	return [filter.word ? t('report.holding', { word: filter.word }) : t(`report.count.${filter.report || 'received'}`),
		filter.from && t('report.period', { from: filter.from, to: filter.to }),
		filter.category && nameOf.category(filter.category), filter.department === '-' && nameOf.department('-'),
		filter.every > 1 && t('report.every', { n: filter.every })].filter(Boolean).join(' · ');
}
