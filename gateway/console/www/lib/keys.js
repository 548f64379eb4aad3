/* Single keys, off while somebody types and while a dialog is open. Layouts without Latin letters fall back to e.code. */
import { composing, typingIn } from './dom.js';

const nameOf = (e) => {
	if (/^[a-z?/]$/i.test(e.key))
		return e.key.toLowerCase();
	return /^Key[A-Z]$/.test(e.code) ? e.code.slice(3).toLowerCase() : e.key;
};

/* table: {k: fn}; "ctrl+k" works everywhere, "g x" is a sequence. fn returning false leaves the key to the browser. */
export function bindKeys(table, enabled) {
	let lead = '';
	let leadAt = 0;
	document.addEventListener('keydown', (e) => {
		if (composing(e) || e.defaultPrevented)
			return;
		const name = nameOf(e);
		let fn;
		if ((e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey)
			fn = table[`ctrl+${name}`];
		else if (!e.ctrlKey && !e.metaKey && !e.altKey && !typingIn(e.target) && !document.querySelector('dialog[open]')
			&& enabled()) {
			fn = (lead && Date.now() - leadAt < 1200 && table[`${lead} ${name}`]) || table[name];
			lead = name === 'g' ? 'g' : '';
			leadAt = Date.now();
		}
		if (fn && fn(e) !== false)
			e.preventDefault();
	});
}
