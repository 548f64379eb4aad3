/* How near a ticket's limit is. Hue, shape, fill and words all change at each threshold, so colour is never alone. */
import { t } from './i18n.js';
import { dayOf, span } from './format.js';

export function dueOf(ticket, now) {
	if (!ticket.due_at)
		return { level: 'calm', shape: 'ring', part: 0, words: t('due.none') };
	const due = Date.parse(ticket.due_at);
	const opened = Date.parse(ticket.opened_at);
	const ended = ticket.state === 'closed' || ticket.state === 'refused';
	if (ended) {
		const end = Date.parse(ticket.closed_at || ticket.updated_at);
		return end > due ? { level: 'calm', shape: 'late', part: 1, words: t('due.endedLate') }
			: { level: 'calm', shape: 'met', part: 1, words: t('due.met') };
	}
	const left = due - now;
	const part = due > opened ? Math.min(1, Math.max(0, (now - opened) / (due - opened))) : 1;
	if (left <= 0)
		return { level: 'over', shape: 'octagon', part: 1, words: t('due.over', { span: span(-left) }) };
	if (dayOf(due) === dayOf(now) && part >= 0.5)
		return { level: 'today', shape: 'disc', part, words: t('due.today'), left };
	if (part >= 0.8)
		return { level: 'near', shape: 'triangle', part, words: t('due.left', { span: span(left) }), left };
	if (part >= 0.5)
		return { level: 'half', shape: 'half', part, words: t('due.left', { span: span(left) }), left };
	return { level: 'calm', shape: 'ring', part, words: t('due.left', { span: span(left) }), left };
}
