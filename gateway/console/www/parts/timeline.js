/* One message, one event: how they look. Pure building; the conversation decides what stands where. */
import { h } from '../lib/dom.js';
import { clockOf, fullTime, shortNumber, size } from '../lib/format.js';
import { icon } from '../lib/icons.js';
import { t, tCode } from '../lib/i18n.js';
import { personName } from '../data/people.js';
import { departmentName } from './bits.js';

const PICTURES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
const FAILED = ['failed', 'expired', 'dead', 'unknown'];
const STATE_ICON = { queued: 'clockwait', sending: 'out', accepted: 'check', delivered: 'checks', read: 'checks',
	retry: 'refresh' };
/* What is on the page as a message, or as an event of its own, anyway. */
const AS_MESSAGE = ['reply', 'note', 'message', 'append', 'query', 'rate', 'reopen', 'opinion', 'contact', 'callback'];

/* Of what came in, the decision is what matters. */
const kindOf = (event) => (event.step === 'received' ? event.data.outcome : event.step);
/* A step that a person took is shown by its own name, though one may be called as an outcome is. */
export const isShown = (event) => event.step === 'reopen' || !AS_MESSAGE.includes(kindOf(event));

function held(a) {
	return h('span.file', {}, icon(a.scan === 'infected' ? 'problems' : 'clockwait'), h('span', {}, a.name),
		h('span.quiet.small', {}, t(`file.${a.scan}`)));
}

/* A picture that stands in the text is marked there by its name in brackets. */
function textNodes(message) {
	const inside = (message.attachments || []).filter((a) => PICTURES.includes(a.type) && !isHeld(a) && message.text.includes(`[${a.name}]`));
	let parts = [message.text];
	for (const a of inside)
		parts = parts.flatMap((p) => (typeof p === 'string' ? p.split(`[${a.name}]`).flatMap((s, i) => (i ? [attachment(a), s] : [s])) : [p]));
	return { parts, rest: (message.attachments || []).filter((a) => !inside.includes(a)) };
}

const isHeld = (a) => a.scan === 'waiting' || a.scan === 'infected';

function attachment(a) {
	if (isHeld(a))
		return held(a);
	const address = `/api/v1/files/${a.id}`;
	if (PICTURES.includes(a.type))
		return h('a', { href: address, target: '_blank', rel: 'noopener' },
			h('img.shot', { src: address, alt: a.name, loading: 'lazy' }));
	return h('a.file', { href: address, download: a.name }, icon('file'), h('span', {}, a.name),
		h('span.quiet.small', {}, size(a.size)));
}

function state(message, onRetry) {
	if (!message.state)
		return null;
	const failed = FAILED.includes(message.state);
	return h(`div.state${failed ? '.failed' : ''}`, {}, icon(failed ? 'problems' : STATE_ICON[message.state] || 'info'),
		h('span', {}, tCode('out', message.state), message.error && (failed || message.state === 'retry')
			? ` · ${message.error}` : ''),
		failed && onRetry && h('button', { type: 'button', onclick: () => onRetry(message) }, t('out.resend')));
}

function by(message, ticket) {
	if (message.from === 'note')
		return [h('b', {}, `${t('talk.noteBy')} · ${personName(message.author)}`), ` ${clockOf(message.at)} · ${t('talk.noteHint')}`];
	const who = message.from === 'citizen' ? ticket.name || t('talk.citizen')
		: message.from === 'staff' ? message.author || t('step.reply') : t('talk.system');
	return [h('b', {}, who), ` ${clockOf(message.at)}`];
}

/* The mail as it was laid out, in a frame that runs nothing and fetches nothing, until pictures from elsewhere are asked for. */
function layout(message) {
	const place = h('div');
	const show = (remote) => {
		const frame = h('iframe.mail-frame', { sandbox: '', referrerpolicy: 'no-referrer', title: t('mail.frame'), loading: 'lazy',
			src: `/api/v1/messages/${message.id}/page${remote ? '?remote=1' : ''}` });
		place.replaceChildren(h('div.row-line.mail-bar', {}, h('span.quiet.small.grow', {}, t(remote ? 'mail.remoteOn' : 'mail.remoteOff')),
			!remote && h('button.plain', { type: 'button', 'data-t': 'mail-remote', onclick: () => show(true) }, t('mail.remote')) || '',
			h('button.plain', { type: 'button', onclick: hide }, t('mail.hide'))), frame);
	};
	const hide = () => place.replaceChildren(h('button.plain.small', { type: 'button', 'data-t': 'mail-layout', onclick: () => show(false) }, t('mail.show')));
	hide();
	return place;
}

export function messageNode(message, ticket, onRetry) {
	const { parts, rest } = textNodes(message);
	const side = { citizen: '', staff: '.out', system: '.out.system', note: '.note' }[message.from] ?? '';
	return h(`li.said${side}`, { 'data-id': message.id, 'data-from': message.from },
		h('div.by', {}, ...by(message, ticket)),
		h('div.text', { dir: 'auto' },
			message.subject && message.subject !== ticket.title && h('span.subject', {}, message.subject),
			...parts,
			message.quoted && h('details', {}, h('summary', {}, t('talk.quoted')), message.quoted),
			rest.length ? h('div', {}, ...rest.map(attachment)) : null,
			message.raw && h('a.quiet.small', { href: `/api/v1/messages/${message.id}/raw`, download: '' }, t('talk.raw'))),
		message.raw && message.from === 'citizen' && ticket.kind === 'email' && layout(message),
		state(message, onRetry));
}

/* What is about to go out: its writer may still take it back. */
export const heldNode = (x, mine, { undo, send }) => h('li.said.out.held', { 'data-t': 'held', 'data-id': `held-${x.id}` },
	h('div.by', {}, h('b', {}, x.display)), h('div.text', { dir: 'auto' }, x.text, ...x.files.map((name) => h('span.file', {}, icon('file'), name))),
	h('div.state', {}, icon('clockwait'),
		h('span', { 'data-until': performance.now() + x.left_ms, 'data-t': 'held-left' }),
		mine && h('button', { type: 'button', 'data-t': 'held-undo', onclick: () => undo(x.id) }, t('held.undo')),
		mine && h('button', { type: 'button', 'data-t': 'held-send', onclick: () => send(x.id) }, t('held.send'))));

function detail(event) {
	const { data } = event;
	if (event.step === 'dispatch' && data.department)
		return ` → ${departmentName(data.department)}`;
	if (event.step === 'unsent')
		return ` · ${personName(data.staff)}`;
	if (event.step === 'elsewhere')
		return ` · ${data.to} · ${data.reason}`;
	if (event.step === 'undelivered' || event.step === 'liaison-undelivered')
		return ` · ${tCode('out', data.state)}`;
	if (event.step === 'partial')
		return ` · ${t('event.partialDetail', { n: data.missing, m: data.total })}`;
	if (event.step === 'refuse' && data.ground)
		return `：${tCode('ground', data.ground)}`;
	if (event.step === 'assigned')
		return data.assignee ? ` → ${personName(data.assignee)}` : '';
	if (data.into || data.other)
		return ` ${shortNumber(data.into || data.other)}`;
	if (['designate', 'assist'].includes(event.step) && data.department)
		return ` → ${departmentName(data.department)}`;
	if (event.step === 'return' && data.reason)
		return ` · ${tCode('reason', `return-${data.reason}`)}`;
	if (event.step === 'extend' || event.step === 'grant')
		return ` · ${t('docket.days', { n: data.days })}`;
	if (event.step === 'reminder')
		return ` · ${tCode('remind', data.stage)}`;
	if (['order', 'supervise'].includes(event.step) && data.due)
		return ` · ${t('docket.by', { at: fullTime(data.due) })}`;
	if (event.step === 'transfer')
		return ` · ${data.code}`;
	if (event.step === 'close' && data.result)
		return ` · ${tCode('result', data.result)}`;
	if (event.step === 'escalated')
		return ` · ${tCode('escalate', data.why)}`;
	if (event.step === 'rated' && data.rating)
		return ` · ${t(`survey.${data.rating}`)}`;
	return '';
}

export function eventNode(event) {
	const kind = kindOf(event);
	const name = { accept: 'accepted', dispatch: 'dispatched', handle: 'handling', return: 'returned', close: 'closed',
		refuse: 'refused', supervise: 'supervised', reopen: 'reopened', reopened: 'reopened', rated: 'star', rate: 'star',
		new: 'open', emergency: 'emergency', hold: 'held', release: 'check', resent: 'refresh', assigned: 'person', merged: 'merge',
		joined: 'merge', unmerged: 'merge', parted: 'merge', split: 'merge', 'split-off': 'merge', 'citizen-joined': 'people', 'phone-proven': 'people',
		'citizen-parted': 'people', uphold: 'check', designate: 'dispatched', assist: 'dispatched', extend: 'clockwait',
		grant: 'check', deny: 'refused', answer: 'replied', order: 'supervised', reminder: 'clockwait',
		escalated: 'supervised', withdraw: 'refused', transfer: 'dispatched', decline: 'refused' }[kind] || 'system';
	const actor = event.actor === 'citizen' ? t('talk.citizen') : event.actor === 'system' ? t('talk.system') : personName(event.actor);
	return h('li.event', { 'data-step': kind }, icon(name), h('span', {}, h('b', {}, actor), ' ',
		tCode('event', kind), detail(event), event.data.note ? ` · ${event.data.note}` : ''),
	h('time', {}, clockOf(event.at)));
}
