/* Charts by Chart.js, which is loaded the first time one is wanted. Colours come from the theme; late ones are hatched too. */
let loading = null;

function load() {
	loading ??= new Promise((done) => {
		const script = document.createElement('script');
		script.src = '/console/vendor/chart.min.js';
		script.onload = () => done(globalThis.Chart ?? null);
		script.onerror = () => done(null);
		document.head.append(script);
	});
	return loading;
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function hatch() {
	const tile = document.createElement('canvas');
	tile.width = tile.height = 8;
	const pen = tile.getContext('2d');
	pen.fillStyle = colour('--over-bg');
	pen.fillRect(0, 0, 8, 8);
	pen.strokeStyle = colour('--surface');
	pen.lineWidth = 2;
	pen.beginPath();
	pen.moveTo(-2, 10);
	pen.lineTo(10, -2);
	pen.stroke();
	return pen.createPattern(tile, 'repeat');
}

/* A line through a single point is none: then the point is drawn. */
function dataset(set, i, kind) {
	const line = kind === 'line';
	const tone = set.late ? hatch() : i && line ? colour('--t80') : colour('--accent');
	return { label: set.label, data: set.data, borderColor: tone, backgroundColor: tone, borderWidth: line ? 2 : 0,
		borderDash: set.dashed ? [5, 4] : [], pointRadius: set.data.length > 1 ? 0 : 5, tension: 0.3, borderRadius: 2, maxBarThickness: 18 };
}

/* chart: {kind: line|bar|rows, labels, sets}. false: there is no Chart.js here. */
export async function drawChart(canvas, { kind, labels, sets }) {
	const Chart = await load();
	if (!Chart)
		return false;
	if (!canvas.isConnected)
		return true;
	const axis = { ticks: { color: colour('--ink-3'), font: { size: 12 }, precision: 0 }, grid: { color: colour('--line') },
		beginAtZero: true, stacked: kind === 'rows' };
	const plain = { ...axis, grid: { display: false } };
	const chart = new Chart(canvas, {
		type: kind === 'line' ? 'line' : 'bar',
		data: { labels, datasets: sets.map((s, i) => dataset(s, i, kind)) },
		options: { animation: false, responsive: true, maintainAspectRatio: false, indexAxis: kind === 'rows' ? 'y' : 'x',
			interaction: { mode: 'index', intersect: false },
			plugins: { legend: { display: sets.length > 1, labels: { color: colour('--ink-2'), boxWidth: 14, boxHeight: 10 } } },
			scales: kind === 'rows' ? { x: axis, y: plain } : { x: plain, y: axis } },
	});
	/* Gone with its canvas. */
	const watch = new MutationObserver(() => {
		if (canvas.isConnected)
			return;
		watch.disconnect();
		chart.destroy();
	});
	watch.observe(document.body, { childList: true, subtree: true });
	return true;
}
