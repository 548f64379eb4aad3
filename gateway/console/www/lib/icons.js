/* Icons on a grid of 16, drawn as strokes; what must be filled has the class "solid". */
import { svg } from './dom.js';

const PATHS = {
	open: 'M2.5 9.5 4 3.5h8l1.5 6v3.5h-11zM2.5 9.5h3.2l.8 1.5h3l.8-1.5h3.2',
	new: 'M3 8h10M8 3v10',
	mine: 'M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 14a5.5 5.5 0 0 1 11 0',
	unassigned: 'M2.5 9.5 4 3.5h8l1.5 6v3.5h-11zM8 4.5v5M5.8 7.5 8 9.7l2.2-2.2',
	asked: 'M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 14a5.5 5.5 0 0 1 6-5.4M12 9.5v2l1.2 1M15 12a3 3 0 1 1-6 0 3 3 0 0 1 6 0z',
	people: 'M6 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 13.5a4.5 4.5 0 0 1 9 0M10.5 3.2a2.5 2.5 0 0 1 0 4.6M12 9.3a4.5 4.5 0 0 1 2.5 4.2',
	none: 'M0 0',
	admin: 'M2.5 4.5h5M10.5 4.5h3M2.5 8h2M7.5 8h6M2.5 11.5h6M11.5 11.5h2M9 3v3M6 6.5v3M10 10v3',
	docket: 'M8 2v11M4.5 14h7M3 4.5h10M3 4.5 1.2 9h3.6zM13 4.5 11.2 9h3.6z',
	reports: 'M3 13.5V2.5h7l3 3v8H3zM5.5 11V8.5M8 11V6.5M10.5 11V9',
	wall: 'M2 13.5h12M4 11.5V7M8 11.5V3M12 11.5V5.5',
	merge: 'M3.5 2v3c0 3 4.5 3 4.5 6v3M12.5 2v3c0 3-4.5 3-4.5 6M5.8 11.8 8 14l2.2-2.2',
	bell: 'M4 11V7.5a4 4 0 0 1 8 0V11l1.2 1.5H2.8zM6.5 14.2h3',
	waiting: 'M3 3.5h10v7H7.5L5 13v-2.5H3zM6 7h.01M8 7h.01M10 7h.01',
	overdue: 'M8 4.5V8l2.5 1.5M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z',
	emergency: 'M4 12.5V9a4 4 0 0 1 8 0v3.5M2.5 12.5h11M8 2.5V1.5M3 4.5l-.8-.8M13 4.5l.8-.8',
	held: 'M8 1.8 13 3.5v4c0 3.4-2 5.6-5 6.7-3-1.1-5-3.3-5-6.7v-4zM6.5 6v4M9.5 6v4',
	closed: 'M3 8.5 6.5 12 13 4.5',
	all: 'M3 4h10M3 8h10M3 12h10',
	knowledge: 'M3 2.5h8.5a1.5 1.5 0 0 1 1.5 1.5v9.5H4.5A1.5 1.5 0 0 1 3 12zM3 12a1.5 1.5 0 0 1 1.5-1.5H13M6 5.5h4',
	problems: 'M8 2.5 14.5 13.5h-13zM8 6.5v3.5M8 12v.01',
	aside: 'M2.5 3h11v3h-11zM3.5 6v7h9V6M6.5 8.5h3',
	chat: 'M2.5 3h8v6H6L4 11V9H2.5zM12.5 6h1v6H12v1.8L10 12H7',
	sms: 'M4.5 1.5h7v13h-7zM7 12.5h2',
	email: 'M2 3.5h12v9H2zM2 4l6 5 6-5',
	wechat: 'M6.5 2.5C4 2.5 2 4.2 2 6.3c0 1.2.7 2.3 1.7 3L3.3 11l1.8-.9c2.8.6 5.9-1.2 5.9-3.9 0-2.1-2-3.7-4.5-3.7zM11.3 7c1.7.4 2.9 1.6 2.9 3 0 .9-.5 1.7-1.2 2.2l.2 1.3-1.4-.7c-1.5.3-3-.2-3.8-1.2',
	search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.7 10.7 14 14',
	back: 'M10 3 5 8l5 5',
	more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
	info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.5v3.5M8 5v.01',
	close: 'M4 4l8 8M12 4l-8 8',
	check: 'M3 8.5 6.5 12 13 4.5',
	checks: 'M1.5 8.5 5 12l6-7.5M7.5 11l1 1 6-7.5',
	accepted: 'M2.5 9.5 4 3.5h8l1.5 6v3.5h-11zM5.8 7 7.5 8.7l3-3.2',
	dispatched: 'M2.5 8h10M9 4.5 12.5 8 9 11.5',
	handling: 'M3 13l.6-3L11 2.6 13.4 5 6 12.4z',
	replied: 'M2 8l12-5.5-4 11-3-4.5z',
	returned: 'M6 3 2.5 6.5 6 10M2.5 6.5H10a3.5 3.5 0 0 1 0 7H7',
	reopened: 'M13 8a5 5 0 1 1-1.5-3.6M13 2v3h-3',
	supervised: 'M4 14.5v-13M4 2.5h8l-2 3 2 3H4',
	extended: 'M4.5 2h7M4.5 14h7M5 2c0 4.5 6 4.5 6 12M11 2c0 4.5-6 4.5-6 12',
	refused: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM3.8 3.8l8.4 8.4',
	note: 'M3.5 2.5h9v7l-4 4h-5zM12.5 9.5h-4v4M5.5 5.5h5M5.5 8h2.5',
	star: 'M8 2l1.8 3.9 4.2.5-3.1 2.9.8 4.2L8 11.4l-3.7 2.1.8-4.2L2 6.4l4.2-.5z',
	clip: 'M12.8 7.3 7.5 12.6a3 3 0 0 1-4.2-4.2l5.8-5.8a2 2 0 0 1 2.8 2.8L6.4 10.9a1 1 0 0 1-1.4-1.4l4.7-4.7',
	file: 'M4 1.5h5l3 3v10H4zM9 1.5v3h3',
	person: 'M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 14a5.5 5.5 0 0 1 11 0',
	moon: 'M13 9.5A5.5 5.5 0 1 1 6.5 3a4.5 4.5 0 0 0 6.5 6.5z',
	language: 'M2 4h7M5.5 2.5V4M3.5 4c.6 2.4 2.2 4.2 4.5 5.2M7.6 4C7 6.7 5 8.7 2.5 9.7M8.5 14l3-7.5L14.5 14M9.5 11.7h4',
	keyboard: 'M1.5 4h13v8h-13zM4 6.5h.01M6.7 6.5h.01M9.4 6.5h.01M12 6.5h.01M5 9.5h6',
	leave: 'M6.5 2.5h-4v11h4M6.5 8h7M11 5.5 13.5 8 11 10.5',
	refresh: 'M13 8a5 5 0 1 1-1.5-3.6M13 2v3h-3',
	out: 'M8 12.5v-9M4.5 7 8 3.5 11.5 7',
	clockwait: 'M8 5v3l2 1.5M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11z',
	system: 'M8 10.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM8 1.8v2M8 12.2v2M1.8 8h2M12.2 8h2M3.6 3.6 5 5M11 11l1.4 1.4M12.4 3.6 11 5M5 11l-1.4 1.4',
	online: 'M8 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8z',
	offline: 'M4 4l8 8M12 4l-8 8',
};

export function icon(name) {
	const el = svg('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' }, svg('path', { d: PATHS[name] || PATHS.info }));
	if (name === 'online')
		el.firstChild.setAttribute('class', 'solid');
	return el;
}

export function logo() {
	return svg('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' },
		svg('rect', { class: 'tile', width: 24, height: 24, rx: 6 }),
		svg('path', { class: 'arch', 'stroke-linecap': 'round',
			d: 'M4 16.5h16M5.5 16.5c0-8.6 13-8.6 13 0M9 16.5v-5.2M12 16.5v-6.4M15 16.5v-5.2' }));
}

const turn = (part) => {
	const a = part * 2 * Math.PI - Math.PI / 2;
	return `M8 8V2A6 6 0 ${part > 0.5 ? 1 : 0} 1 ${(8 + 6 * Math.cos(a)).toFixed(2)} ${(8 + 6 * Math.sin(a)).toFixed(2)}z`;
};

/* The clock's shapes: a ring with its share, half a pie, a triangle, a disc in a ring, an octagon, bars, a tick. */
export function clockIcon(shape, part) {
	const ring = () => svg('circle', { cx: 8, cy: 8, r: 6 });
	const draw = (...kids) => svg('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' }, ...kids);
	if (shape === 'ring')
		return draw(ring(), svg('path', { d: turn(Math.max(0.04, part)), class: 'solid' }));
	if (shape === 'half')
		return draw(ring(), svg('path', { d: turn(0.5), class: 'solid' }));
	if (shape === 'triangle')
		return draw(svg('path', { d: 'M8 2l6.5 11.5h-13zM8 6.5V10M8 11.8v.01' }));
	if (shape === 'disc')
		return draw(svg('circle', { cx: 8, cy: 8, r: 6.5 }), svg('circle', { cx: 8, cy: 8, r: 3.5, class: 'solid' }));
	if (shape === 'met')
		return draw(svg('path', { d: PATHS.check }));
	return draw(svg('path', { d: 'M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3zM8 4.8v4M8 11.2v.01' }));
}
