/* What the citizen sent and the gateway has not yet acknowledged. Each entry is on the shelf under its own id before it
 * goes out, so a reload, a crash or another tab sends the same id again and the gateway stores it once.
 * One entry is under way at a time: the order of writing is the order of arrival.
 *
 *   waiting ──send──► sending ──ack──► gone
 *      ▲                 │ too-fast, not-stored, line lost
 *      └─────────────────┤
 *                        └ any other error ──► failed ──(send again)──► waiting */
const ACK_WAIT_MS = 15000;
const FRAME_BYTES_MAX = 32 * 1024;

class Outbox {
	constructor(shelf, link, changed) {
		this.shelf = shelf;
		this.link = link;
		this.changed = changed; /* (entry) whenever its state changes */
		this.pauseUntil = 0;
		this.tries = 0;
		this.entries = shelf.names().filter((n) => n.startsWith('out.')).map((n) => this.read(n)).filter(Boolean);
		this.entries.sort((a, b) => a.at - b.at);
	}
	read(name) {
		try {
			const entry = JSON.parse(this.shelf.get(name));
			entry.state = entry.failed ? 'failed' : 'waiting';
			return entry;
		} catch (e) {
			this.shelf.remove(name);
			return null;
		}
	}
	save(entry) {
		const { id, at, frame, failed } = entry;
		this.shelf.set('out.' + id, JSON.stringify({ id, at, frame, failed }));
	}
	/* frame: a message or a rating, without its id. */
	add(frame) {
		const newest = this.entries.length ? this.entries[this.entries.length - 1].at : 0;
		const entry = { id: newId(), at: Math.max(Date.now(), newest + 1), frame, state: 'waiting' };
		this.entries.push(entry);
		this.save(entry);
		return entry;
	}
	find(id) {
		return this.entries.find((e) => e.id === id);
	}
	drop(entry) {
		this.entries = this.entries.filter((e) => e !== entry);
		this.shelf.remove('out.' + entry.id);
	}
	move(entry, state) {
		if (entry.state === 'sending')
			clearTimeout(this.timer);
		entry.state = state;
		this.changed(entry);
	}
	flush() {
		if (!this.link.up || this.entries.some((e) => e.state === 'sending'))
			return;
		const entry = this.entries.find((e) => e.state === 'waiting');
		if (!entry)
			return;
		const wait = this.pauseUntil - performance.now();
		if (wait > 0) {
			clearTimeout(this.pauseTimer);
			this.pauseTimer = setTimeout(() => this.flush(), wait);
			return;
		}
		const frame = JSON.stringify(Object.assign({ id: entry.id }, entry.frame));
		if (new Blob([frame]).size > FRAME_BYTES_MAX)
			return this.fail(entry, null);
		this.move(entry, 'sending');
		this.link.sendText(frame);
		this.timer = setTimeout(() => this.link.restart(), ACK_WAIT_MS);
	}
	acked(id) {
		const entry = this.find(id);
		if (!entry)
			return null;
		this.drop(entry);
		this.tries = 0;
		this.move(entry, 'sent');
		this.flush();
		return entry;
	}
	/* An error of the gateway. Without an id it is about what is under way. */
	refused(error) {
		const entry = error.id ? this.find(error.id) : this.entries.find((e) => e.state === 'sending');
		if (!entry)
			return;
		if (error.code !== 'too-fast' && error.code !== 'not-stored')
			return this.fail(entry, error.text);
		this.tries++;
		this.pauseUntil = performance.now() + (error.retry_ms || Math.min(30000, 1000 * Math.pow(2, this.tries)));
		this.move(entry, 'waiting');
		this.flush();
	}
	fail(entry, why) {
		entry.failed = why || ' ';
		this.save(entry);
		this.move(entry, 'failed');
		this.flush();
	}
	again(entry) {
		delete entry.failed;
		this.save(entry);
		this.move(entry, 'waiting');
		this.flush();
	}
	lineLost() {
		this.entries.filter((e) => e.state === 'sending').forEach((e) => this.move(e, 'waiting'));
	}
}
