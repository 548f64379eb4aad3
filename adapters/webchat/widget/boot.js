/* Defines the element, and puts one on the page when the page has none of its own. A second copy of the script does
 * nothing. */
let SCRIPT = document.currentScript;
SERVER.base = SCRIPT ? SCRIPT.src : document.baseURI;

function boot() {
	if (customElements.get('xq-chat'))
		return;
	customElements.define('xq-chat', XqChat);
	if (!SCRIPT || document.querySelector('xq-chat'))
		return;
	const props = {};
	for (const name of ['language', 'color', 'position', 'greeting', 'theme'])
		props[name] = SCRIPT.dataset[name];
	document.body.append(h('xq-chat', props));
}

if (!window.customElements)
	SCRIPT = null; /* too old a browser: the link inside <xq-chat> stays */
else if (document.readyState === 'loading')
	document.addEventListener('DOMContentLoaded', boot);
else
	boot();
