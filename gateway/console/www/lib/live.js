/* The live feed: one socket. It only tells what changed; after a gap the page asks again for what it shows. */

export function createLive({ onItems, onState, onExpired }) {
	let socket = null;
	let wait = 1000;
	let timer = 0;
	let wanted = false;
	let place = null; /* {number, what}: where this person is */

	const say = (message) => {
		if (socket?.readyState === WebSocket.OPEN)
			socket.send(JSON.stringify(message));
	};

	function open() {
		clearTimeout(timer);
		const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
		socket = new WebSocket(`${scheme}//${location.host}/console/live`);
		socket.onmessage = (e) => {
			const frame = JSON.parse(e.data);
			if (frame.type === 'welcome') {
				wait = 1000;
				onState('open');
				if (place)
					say({ type: 'presence', ...place });
			} else {
				onItems(frame.type === 'batch' ? frame.items : [frame]);
			}
		};
		socket.onclose = (e) => {
			socket = null;
			if (!wanted)
				return;
			onState('closed');
			if (e.code === 4401) {
				onExpired();
				return;
			}
			timer = setTimeout(open, wait * (0.75 + Math.random() / 2));
			wait = Math.min(wait * 2, 30000);
		};
	}

	addEventListener('online', () => wanted && !socket && open());
	/* Presence lives 30 seconds on the server. */
	setInterval(() => place && !document.hidden && say({ type: 'presence', ...place }), 15000);

	return {
		start() {
			wanted = true;
			if (!socket)
				open();
		},
		/* Another login: the line is the former one's, and ends with it. */
		restart() {
			if (!wanted)
				return;
			if (socket) {
				socket.onclose = socket.onmessage = null;
				socket.close();
			}
			open();
		},
		stop() {
			wanted = false;
			clearTimeout(timer);
			socket?.close();
		},
		/* what: "viewing", "writing"; null leaves */
		at(number, what) {
			if (place && place.number === number && place.what === what)
				return;
			if (place && place.number !== number)
				say({ type: 'presence', number: place.number, what: 'gone' });
			place = number ? { number, what } : null;
			if (place)
				say({ type: 'presence', ...place });
		},
	};
}
