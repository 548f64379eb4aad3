/* Asking and doing where answers take their time. */

/* What is asked for last is shown. Of one place: latest()(thing) begins to ask, and gives what says, once the answer is here, whether
 * it is to be shown: nothing else was asked for since, nor is a later answer of the same thing there already. Without a thing each is
 * another one. */
export function latest() {
	let last = null;
	let n = 0;
	return (thing = {}) => {
		if (last?.thing !== thing)
			last = { thing, shown: 0 };
		const asked = last, mine = ++n;
		return () => {
			if (asked !== last || mine < asked.shown)
				return false;
			asked.shown = mine;
			return true;
		};
	};
}

/* fn, except while it is under way for the same thing: a second click would do it twice. of() names the thing, by fn's arguments. */
export function alone(fn, of = () => '') {
	const busy = new Set();
	return async (...args) => {
		const thing = of(...args);
		if (busy.has(thing))
			return;
		busy.add(thing);
		try {
			await fn(...args);
		} finally {
			busy.delete(thing);
		}
	};
}
