/* Nodes. Everything on screen is built here from text and never from markup, so that nothing a person wrote can become
 * part of the page, and strict content policies hold. */
const SVG_NS = 'http://www.w3.org/2000/svg';

/* h('p.hint.small', { id: 'x', onclick: f }, 'words', child): null and false are left out. A button submits nothing unless it says so. */
function h(spec, props, ...children) {
	const [tag, ...classes] = spec.split('.');
	const node = document.createElement(tag);
	if (tag === 'button')
		node.type = tag;
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
	chat: 'M4 5h16v11H11l-5 4v-4H4zM8 9h8M8 12h5',
	close: 'M6 6l12 12M18 6L6 18',
	offline: 'M12 4l9 16H3zM12 10v4M12 17v0',
	clip: 'M19 11l-8 8a5 5 0 0 1-7-7l9-9a3.3 3.3 0 0 1 5 5l-9 8a1.6 1.6 0 0 1-2-2l7-7',
	search: 'M10 4a6 6 0 1 1 0 12 6 6 0 0 1 0-12zM15 15l5 5',
	phone: 'M8 3h8v18H8zM11 18h2',
	done: 'M5 12l5 5 9-10'
};

function icon(name) {
	return drawing(shape('path', { d: ICONS[name] }));
}

/* Five levels told apart by mouth and brow, never by colour alone. */
const MOUTHS = ['M8 17q4-4 8 0M6 7l4 2M18 7l-4 2', 'M8 17q4-4 8 0', 'M8 15h8', 'M8 14q4 4 8 0', 'M7 13h10a5 5 0 0 1-10 0z'];

function face(level) {
	const dot = (cx, cy, r) => shape('circle', { cx, cy, r });
	return drawing(dot(12, 12, 10.4), dot(8.6, 10, 0.6), dot(15.4, 10, 0.6), shape('path', { d: MOUTHS[level - 1] }));
}

/* Text with its web addresses as links. Chinese punctuation ends an address, and closing punctuation is none of it. */
const ADDRESS = /(https?:\/\/[^\s<>"'“”‘’，。；：！？、（）【】《》]*[^\s<>"'“”‘’，。；：！？、（）【】《》.,;:!?)\]])/i;

function linked(text, opensIn) {
	const out = document.createDocumentFragment();
	text.split(ADDRESS).forEach((part, i) => out.append(i % 2 === 0 ? part
		: h('a', { href: part, target: '_blank', rel: 'noopener noreferrer nofollow', title: opensIn }, part)));
	return out;
}

/* A host's colour, darkened until white text on it reads well (4.5:1); null when it is no colour. */
function readableColour(text) {
	const match = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text || '');
	if (!match)
		return null;
	const hex = match[1].length === 3 ? match[1].replace(/./g, '$&$&') : match[1];
	let rgb = [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16));
	const light = (c) => Math.pow(c / 255, 2.2);
	while (0.2126 * light(rgb[0]) + 0.7152 * light(rgb[1]) + 0.0722 * light(rgb[2]) > 0.178)
		rgb = rgb.map((c) => Math.floor(c * 0.94));
	return 'rgb(' + rgb.join(',') + ')';
}

function countCharacters(text) {
	return Array.from(text).length;
}
