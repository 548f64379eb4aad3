/* Defines the element, and puts one on the page when the page has none of its own. A second copy of the script does
 * nothing. */
const SCRIPT = document.currentScript;
SERVER.base = SCRIPT ? SCRIPT.src : document.baseURI;

function boot() {
	if (customElements.get('xq-chat'))
		return;
	customElements.define('xq-chat', XqChat);
	if (SCRIPT && !document.querySelector('xq-chat'))
		document.body.append(h('xq-chat', Object.assign({}, SCRIPT.dataset)));
}

/* Where there are no custom elements the link inside <xq-chat> stays. */
if (window.customElements && document.readyState === 'loading')
	document.addEventListener('DOMContentLoaded', boot);
else if (window.customElements)
	boot();
