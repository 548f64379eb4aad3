/* localStorage that may be missing, full or forbidden: then nothing is kept, and nothing breaks. */
export const keep = {
	get(key) {
		try {
			return JSON.parse(localStorage.getItem(key));
		} catch {
			return null;
		}
	},
	set(key, value) {
		try {
			localStorage.setItem(key, JSON.stringify(value));
			return true;
		} catch {
			return false;
		}
	},
	/* For what theme.js reads before anything else is loaded. */
	word(key, value) {
		try {
			localStorage.setItem(key, value);
		} catch {
			/* the choice then lasts as long as the page */
		}
	},
	drop(key) {
		try {
			localStorage.removeItem(key);
		} catch {
			/* nothing was kept */
		}
	},
	keys() {
		try {
			return Object.keys(localStorage);
		} catch {
			return [];
		}
	},
};
