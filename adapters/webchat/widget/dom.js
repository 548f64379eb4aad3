/* Nodes. Everything on screen is built here from text and never from markup, so that nothing a person wrote can become
 * part of the page, and strict content policies hold. */
const SVG_NS = 'http://www.w3.org/2000/svg';

/* h('p.hint.small', { id: 'x', onclick: f }, 'words', child): null and false are left out. */
function h(spec, props, ...children) {
	const [tag, ...classes] = spec.split('.');
	const node = document.createElement(tag);
	if (classes.length)
		node.className = classes.join(' ');
	for (const [name, value] of Object.entries(props || {})) {
		if (value === null || value === undefined || value === false)
			continue;
		if (name.startsWith('on'))
			node.addEventListener(name.slice(2), value);
		else
			node.setAttribute(name, value === true ? '' : value);
	}
	node.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
	return node;
}

function shape(tag, attributes) {
	const node = document.createElementNS(SVG_NS, tag);
	for (const [name, value] of Object.entries(attributes))
		node.setAttribute(name, value);
	return node;
}

function drawing(...shapes) {
	const svg = shape('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' });
	svg.append(...shapes);
	return svg;
}

const ICONS = {
	chat: 'M5 4.5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-8.5L6 20.5v-4H5a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2zM7.5 9h9M7.5 12.5h6',
	close: 'M5.5 5.5l13 13M18.5 5.5l-13 13',
	letters: 'M2.5 18.5L8 5.5l5.5 13M4.6 13.8h6.8M14.5 18.5l3.5-8.5 3.5 8.5M15.8 15.6h4.4',
	offline: 'M2.5 8.5a14.5 14.5 0 0 1 19 0M6 12.7a9.3 9.3 0 0 1 12 0M9.3 16.6a4.4 4.4 0 0 1 5.4 0M12 20h.01M4 3l16 18',
	search: 'M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.3 15.3L20.5 20.5',
	done: 'M4.5 12.5l5 5 10-11'
};

function icon(name) {
	return drawing(shape('path', { d: ICONS[name] }));
}

/* Five levels told apart by mouth and brow, never by colour alone. */
const MOUTHS = {
	5: 'M6.8 13.2h10.4a5.2 4.6 0 0 1-10.4 0z',
	4: 'M7.6 14.2q4.4 3.8 8.8 0',
	3: 'M8 15.4h8',
	2: 'M8 16.8q4-3.4 8 0',
	1: 'M7.8 17.4q4.2-4.6 8.4 0M6.3 7l3.4 1.7M17.7 7l-3.4 1.7'
};

function face(level) {
	const eyes = [8.6, 15.4].map((x) => shape('circle', { cx: x, cy: 10.4, r: 1.2, class: 'fill' }));
	const mouth = shape('path', { d: MOUTHS[level], class: level === 5 ? 'fill' : '' });
	return drawing(shape('circle', { cx: 12, cy: 12, r: 10.4 }), ...eyes, mouth);
}

/* Text with its web addresses as links. Chinese and closing punctuation ends an address. */
const ADDRESS = /https?:\/\/[^\s<>"'“”‘’，。；：！？、（）【】《》\u3000]+/gi;

function linked(text, opensIn) {
	const out = document.createDocumentFragment();
	let at = 0;
	for (const match of text.matchAll ? text.matchAll(ADDRESS) : []) {
		const address = match[0].replace(/[.,;:!?)\]}]+$/, '');
		out.append(text.slice(at, match.index));
		const link = h('a', { href: address, target: '_blank', rel: 'noopener noreferrer nofollow', title: opensIn }, address);
		out.append(link);
		at = match.index + address.length;
	}
	out.append(text.slice(at));
	return out;
}

/* A host's colour, darkened until white text on it reads well (4.5:1); null when it is no colour. */
function readableColour(text) {
	const match = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text || '');
	if (!match)
		return null;
	const hex = match[1].length === 3 ? match[1].replace(/./g, '$&$&') : match[1];
	let rgb = [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16));
	const light = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
	const contrast = () => 1.05 / (0.2126 * light(rgb[0]) + 0.7152 * light(rgb[1]) + 0.0722 * light(rgb[2]) + 0.05);
	while (contrast() < 4.5)
		rgb = rgb.map((c) => Math.floor(c * 0.94));
	return 'rgb(' + rgb.join(',') + ')';
}

function countCharacters(text) {
	return Array.from(text).length;
}
