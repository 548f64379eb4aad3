/* What this browser remembers: the token, texts on their way, a draft, and how far was read. Shared by all tabs.
 * What finds no room in the storage, or all of it where storage is forbidden, lasts as long as the page. */
class Shelf {
	constructor(server) {
		this.prefix = 'xinqiao.chat.' + server + '.';
		this.memory = new Map(); /* only what is not on the disk */
		try {
			this.disk = localStorage;
			this.get('token');
		} catch (e) {
			this.disk = null;
		}
	}
	get(name) {
		if (this.memory.has(name))
			return this.memory.get(name);
		return this.disk ? this.disk.getItem(this.prefix + name) : null;
	}
	set(name, value) {
		if (value === null || value === '')
			return this.remove(name);
		this.memory.set(name, String(value));
		if (this.disk)
			this.memory.forEach((v, n) => this.write(n, v)); /* there may be room again for what had none */
	}
	write(name, value) {
		try {
			this.disk.setItem(this.prefix + name, value);
			this.memory.delete(name);
		} catch (e) { /* full */
		}
	}
	remove(name) {
		this.memory.delete(name);
		if (this.disk)
			this.disk.removeItem(this.prefix + name);
	}
	names() {
		const disk = Array.from({ length: this.disk ? this.disk.length : 0 }, (_, i) => this.disk.key(i));
		const kept = disk.filter((k) => k && k.startsWith(this.prefix)).map((k) => k.slice(this.prefix.length));
		return Array.from(new Set([...this.memory.keys(), ...kept]));
	}
	/* The token last: the other tabs take it as the word to forget, and read what is here then. */
	clear() {
		this.names().filter((name) => name !== 'token').concat('token').forEach((name) => this.remove(name));
	}
	/* Calls back with (name, value) when another tab changed something. Returns how to stop. */
	watch(changed) {
		const listener = (e) => {
			if (e.storageArea !== this.disk || !e.key || !e.key.startsWith(this.prefix))
				return;
			const name = e.key.slice(this.prefix.length);
			this.memory.delete(name); /* the later word counts */
			changed(name, e.newValue);
		};
		addEventListener('storage', listener);
		return () => removeEventListener('storage', listener);
	}
}

function newId() {
	const bytes = crypto.getRandomValues(new Uint8Array(15));
	return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}
