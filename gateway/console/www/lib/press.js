/* What is pressed is not drawn anew under the finger: a button that is replaced between pointerdown and pointerup gets no click. So
 * whoever draws because something came, and not because somebody did something here, does it through this. */
const LONGEST = 10000; /* a release of which nothing is heard */
const CLICK = 100;     /* comes behind the release; of a touch, some time behind */
let timer = 0;
let waiting = [];

function over() {
	timer = 0;
	const now = waiting;
	waiting = [];
	for (const draw of now)
		draw();
}

function overIn(ms) {
	clearTimeout(timer);
	timer = setTimeout(over, ms);
}

/* Whoever opens a list or a menu of the browser's lets go of it in there. */
globalThis.addEventListener?.('pointerdown', (e) => e.button === 0 && !e.target.closest?.('select') && overIn(LONGEST), true);
for (const end of ['pointerup', 'pointercancel', 'contextmenu'])
	globalThis.addEventListener?.(end, () => timer && overIn(CLICK), true);
globalThis.addEventListener?.('click', () => timer && overIn(0), true);

export const whenReleased = (draw) => (timer ? waiting.push(draw) : draw());
