/* The line to the gateway: one WebSocket, opened again with growing, jittered pauses for as long as it is wanted. */
const BACKOFF_FIRST_MS = 500, BACKOFF_LAST_MS = 30000, STEADY_MS = 10000, CONNECT_MS = 15000;

class Link {
	/* hello(): the first frame to send; heard(frame): each frame; changed(): up, down, or wanted. */
	constructor(url, hello, heard, changed) {
		Object.assign(this, { url, hello, heard, changed, up: false, wanted: false, failures: 0 });
		this.online = () => this.restart();
		this.offline = () => this.lose();
	}
	start() {
		if (this.wanted)
			return;
		this.wanted = true;
		addEventListener('online', this.online);
		addEventListener('offline', this.offline);
		this.changed();
		this.connect();
	}
	stop() {
		this.wanted = false;
		removeEventListener('online', this.online);
		removeEventListener('offline', this.offline);
		this.lose();
		clearTimeout(this.timer);
	}
	/* Drops the line if there is one and connects now. */
	restart() {
		if (!this.wanted)
			return;
		this.lose();
		clearTimeout(this.timer);
		this.connect();
	}
	connect() {
		let socket;
		try {
			socket = new WebSocket(this.url, 'xinqiao.chat.1');
		} catch (e) {
			return this.later();
		}
		this.socket = socket;
		this.timer = setTimeout(() => this.lose(), CONNECT_MS);
		socket.onopen = () => socket.send(JSON.stringify(this.hello()));
		socket.onmessage = (e) => socket === this.socket && this.receive(e.data);
		socket.onclose = () => socket === this.socket && this.lose();
	}
	receive(text) {
		const frame = JSON.parse(text);
		if (frame.type === 'welcome') {
			clearTimeout(this.timer);
			this.up = true;
			this.since = performance.now();
			this.heard(frame);
			this.changed();
		} else {
			this.heard(frame);
		}
	}
	lose() {
		const socket = this.socket, was = this.up;
		this.socket = null;
		this.up = false;
		if (socket)
			socket.close();
		if (was && performance.now() - this.since > STEADY_MS)
			this.failures = 0;
		if (was)
			this.changed();
		if (socket || was)
			this.later();
	}
	later() {
		clearTimeout(this.timer);
		if (!this.wanted)
			return;
		const pause = Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * Math.pow(2, this.failures++));
		this.timer = setTimeout(() => this.connect(), pause * (0.5 + Math.random() / 2));
	}
	send(frame) {
		this.sendText(JSON.stringify(frame));
	}
	sendText(text) {
		if (this.up)
			this.socket.send(text);
	}
}
