/* Building nodes. There is no innerHTML anywhere: text becomes text nodes, so nothing a citizen writes can be markup. */

const SVG = 'http://www.w3.org/2000/svg';

/* h('div.card', {id: 'x', onclick: f, style: {width: '10%'}}, 'text', node, [more]) */
export function h(spec, props, ...kids) {
	const [tag, ...classes] = spec.split('.');
	const el = document.createElement(tag);
	if (classes.length)
		el.className = classes.join(' ');
	for (const [name, value] of Object.entries(props || {}))
		put(el, name, value);
	el.append(...real(kids));
	return el;
}

const real = (kids) => kids.flat(Infinity).filter((k) => k !== null && k !== undefined && k !== false);

/* Puts these in the place of whatever el holds. */
export const fill = (el, ...kids) => el.replaceChildren(...real(kids));

function put(el, name, value) {
	if (value === null || value === undefined || value === false)
		return;
	if (name.startsWith('on'))
		el.addEventListener(name.slice(2), value);
	else if (name === 'style')
		for (const [k, v] of Object.entries(value))
			el.style.setProperty(k, v);
	else if (name === 'value')
		el.value = value;
	else
		el.setAttribute(name, value === true ? '' : value);
}

export function svg(tag, attrs, ...kids) {
	const el = document.createElementNS(SVG, tag);
	for (const [name, value] of Object.entries(attrs))
		el.setAttribute(name, value);
	el.append(...kids);
	return el;
}

/* Registers an element once; a second copy of the script must not throw. */
export function define(name, type) {
	if (!customElements.get(name))
		customElements.define(name, type);
}

/* An element that listens to the store while it is on the page and forgets everything when it leaves. */
export class Part extends HTMLElement {
	connectedCallback() {
		this.gone = new AbortController();
		this.mount();
	}

	disconnectedCallback() {
		this.gone.abort();
	}

	mount() {}

	watch(store, select, fn) {
		store.on(select, fn, this.gone.signal);
	}

	listen(target, type, fn, options) {
		target.addEventListener(type, fn, { signal: this.gone.signal, ...options });
	}
}

/* A key event that belongs to an input method is not ours. */
export const composing = (e) => e.isComposing || e.keyCode === 229;

export const typingIn = (el) => !!el && (el.matches('input:not([type=checkbox]):not([type=radio]), textarea, select')
	|| el.isContentEditable);
