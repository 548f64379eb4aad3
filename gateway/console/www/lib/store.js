/* One state for the whole page. patch() replaces top-level parts; on() runs at once and then whenever the selected value
 * changed, at most once a frame, and not while something is pressed. Values are never changed in place: === tells whether a part is
 * another. */
import { whenReleased } from './press.js';

const later = globalThis.requestAnimationFrame
	? (fn) => (document.hidden ? setTimeout(fn, 0) : requestAnimationFrame(fn)) : (fn) => setTimeout(fn, 0);

const same = (a, b) => a === b || (Array.isArray(a) && Array.isArray(b) && a.length === b.length
	&& a.every((x, i) => x === b[i]));

export function createStore(first) {
	let state = first;
	let waiting = false;
	const watchers = new Set();

	function flush() {
		waiting = false;
		for (const w of [...watchers]) {
			const value = w.select(state);
			if (same(value, w.last) || !watchers.has(w))
				continue;
			w.last = value;
			try {
				w.fn(value);
			} catch (e) {
				reportError(e);
			}
		}
	}

	return {
		get: () => state,
		patch(part) {
			state = { ...state, ...(typeof part === 'function' ? part(state) : part) };
			if (!waiting) {
				waiting = true;
				later(() => whenReleased(flush));
			}
		},
		on(select, fn, signal) {
			const w = { select, fn, last: select(state) };
			watchers.add(w);
			signal?.addEventListener('abort', () => watchers.delete(w), { once: true });
			fn(w.last);
		},
		flush,
	};
}

/* Which rows of fixed height to mount for a scroll position. */
export function windowOf(top, height, row, count, spare = 6) {
	const from = Math.max(0, Math.floor(top / row) - spare);
	return [from, Math.max(from, Math.min(count, Math.ceil((top + height) / row) + spare))];
}
