/* What is pressed is not drawn anew under the finger: a button that is replaced between pointerdown and pointerup gets no click. So
 * whoever draws because something came, and not because somebody did something here, does it through this. */
const LONGEST = 10000; /* a release of which nothing is heard */
const CLICK = 100;     /* comes behind the release; of a touch, some time behind */
const PRESSABLE = 'a, button, input, label, summary, [role=option]';
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

/* Not what takes hold of a scroll bar, a text or a <select>, whose list is the browser's own: of such a release nothing may be heard. */
globalThis.addEventListener?.('pointerdown', (e) => e.button === 0 && e.target.closest?.(PRESSABLE) && overIn(LONGEST), true);
for (const end of ['pointerup', 'pointercancel', 'contextmenu'])
	globalThis.addEventListener?.(end, () => timer && overIn(CLICK), true);
globalThis.addEventListener?.('click', () => timer && overIn(0), true);

export const whenReleased = (draw) => (timer ? waiting.push(draw) : draw());
export const released = () => new Promise(whenReleased);
