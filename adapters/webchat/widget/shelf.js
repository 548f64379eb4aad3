/* What this browser remembers: the token, texts on their way, a draft, and how far was read. Shared by all tabs.
 * Where storage is forbidden it lasts as long as the page. */
class Shelf {
	constructor(server) {
		this.prefix = 'xinqiao.chat.' + server + '.';
		this.memory = new Map();
		try {
			localStorage.setItem(this.prefix + 'try', '1');
			localStorage.removeItem(this.prefix + 'try');
			this.disk = localStorage;
		} catch (e) {
			this.disk = null;
		}
	}
	get(name) {
		return this.disk ? this.disk.getItem(this.prefix + name) : this.memory.has(name) ? this.memory.get(name) : null;
	}
	set(name, value) {
		if (value === null || value === '')
			return this.remove(name);
		this.memory.set(name, String(value));
		try {
			if (this.disk)
				this.disk.setItem(this.prefix + name, String(value));
		} catch (e) {
			this.disk = null; /* full: what is in memory goes on */
		}
	}
	remove(name) {
		this.memory.delete(name);
		if (this.disk)
			this.disk.removeItem(this.prefix + name);
	}
	names() {
		if (!this.disk)
			return Array.from(this.memory.keys());
		const all = Array.from({ length: this.disk.length }, (_, i) => this.disk.key(i));
		return all.filter((k) => k && k.startsWith(this.prefix)).map((k) => k.slice(this.prefix.length));
	}
	clear() {
		this.names().forEach((name) => this.remove(name));
	}
	/* Calls back with (name, value) when another tab changed something. Returns how to stop. */
	watch(changed) {
		const listener = (e) => {
			if (e.storageArea === this.disk && e.key && e.key.startsWith(this.prefix))
				changed(e.key.slice(this.prefix.length), e.newValue);
		};
		addEventListener('storage', listener);
		return () => removeEventListener('storage', listener);
	}
}

function newId() {
	const bytes = crypto.getRandomValues(new Uint8Array(15));
	return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}
