// What must hold, whatever happened: the journal of the crowd (acknowledgements, deliveries) against what the gateway says it has.
import { readFileSync } from 'node:fs';

const many = (list) => { const n = new Map(); for (const x of list) n.set(x, (n.get(x) || 0) + 1); return n; };
const rising = (list) => list.every((x, i) => !i || list[i - 1] < x);
const replies = (text) => [...text.matchAll(/答复\d+之\d+，已处理。/g)].map((m) => m[0]); // a channel may add words around them
const group = (list, by) => { const m = new Map(); for (const x of list) m.set(by(x), [...(m.get(by(x)) || []), x]); return m; };

async function tell(g) {
	const citizen = [], staff = new Map();
	for (const t of await g.tickets()) for (const m of (await g.ticket(t.number)).messages) {
		if (m.from === 'citizen') citizen.push({ text: m.text, number: t.number, seq: m.seq });
		if (m.from === 'staff') for (const r of replies(m.text)) staff.set(r, [...(staff.get(r) || []), m.state]);
	}
	return { citizen, staff };
}

function incoming(j, citizen, wrong) {
	const acked = j.filter((l) => l.acked), tried = new Set(j.filter((l) => l.tried).map((l) => l.tried)), n = many(citizen.map((m) => m.text));
	for (const a of acked) if (!n.has(a.acked)) wrong.push(`acknowledged and lost: ${a.acked}`);
	for (const [text, times] of n) {
		if (times > 1) wrong.push(`stored ${times} times: ${text}`);
		if (!tried.has(text)) wrong.push(`nobody wrote: ${text}`);
	}
	const where = new Map(citizen.map((m) => [m.text, m]));
	for (const [who, list] of group(acked, (a) => a.who))
		for (const [number, own] of group(list.filter((a) => where.has(a.acked)), (a) => where.get(a.acked).number))
			if (!rising(own.map((a) => where.get(a.acked).seq))) wrong.push(`order of ${who} in ${number}: ${own.map((a) => `${a.n}@${where.get(a.acked).seq}`)}`);
	return { acknowledged: acked.length, stored: citizen.length };
}

function outgoing(j, staff, wrong) {
	const said = j.filter((l) => l.replied), got = j.filter((l) => l.got);
	const states = { unknown: 0 };
	const seen = new Map();
	got.forEach((x, at) => { for (const reply of replies(x.got)) seen.set(reply, [...(seen.get(reply) || []), { ...x, at }]); });
	for (const r of said) {
		const own = staff.get(r.replied) || [], times = seen.get(r.replied) || [];
		if (own.length !== 1) wrong.push(`${r.replied}: acknowledged, ${own.length} times in its ticket`);
		states[own[0]] = (states[own[0]] || 0) + 1;
		const places = r.channel === 'web' ? new Set(times.map((x) => x.seq)).size : times.length;
		if (places > 1) wrong.push(`${r.replied}: sent ${places} times by ${r.channel}, state ${own[0]}`);
		if (!times.length && ['accepted', 'delivered', 'read'].includes(own[0]) && r.channel !== 'web') wrong.push(`${r.replied}: ${own[0]}, but nobody got it`);
	}
	for (const [number, list] of group(said, (r) => r.number)) {
		const order = list.filter((r) => seen.has(r.replied)).map((r) => (r.channel === 'web' ? seen.get(r.replied)[0].seq : seen.get(r.replied)[0].at));
		if (!rising(order)) wrong.push(`answers of ${number} out of order: ${order}`);
	}
	for (const [who, list] of group(got.filter((x) => x.seq), (x) => x.who)) if (new Set(list.map((x) => x.seq)).size !== list.length) wrong.push(`shown twice to ${who}`);
	return { replies: said.length, delivered: seen.size, states };
}

// The core system: every event in the order of its ticket, whatever was told again; every message by one event.
function forwarded(j, citizen, staff, wrong) {
	const told = j.filter((l) => l.told !== undefined), first = new Map(), by = new Map();
	for (const d of told) if (!first.has(d.event)) first.set(d.event, d);
	for (const [number, list] of group([...first.values()], (d) => d.number))
		if (!rising(list.map((d) => BigInt(d.event)))) wrong.push(`events of ${number} out of order: ${list.map((d) => d.event)}`);
	for (const d of first.values()) for (const text of [d.told, ...replies(d.told)]) by.set(text, (by.get(text) || new Set()).add(d.event));
	for (const text of [...citizen.map((m) => m.text), ...staff.keys()])
		if (by.get(text)?.size !== 1) wrong.push(`the core system was told ${by.get(text)?.size ?? 0} times of: ${text}`);
	return { events: first.size, told: told.length };
}

// { wrong: what does not hold, … figures }
export async function judge(g, journal) {
	const lines = readFileSync(journal, 'utf8').trim().split('\n').map((l) => JSON.parse(l));
	const { citizen, staff } = await tell(g);
	const wrong = [];
	const figures = { ...incoming(lines, citizen, wrong), ...outgoing(lines, staff, wrong), ...forwarded(lines, citizen, staff, wrong) };
	const audit = g.run('audit', 'verify');
	if (!/whole/.test(audit)) wrong.push(`audit: ${audit}`);
	return { ...figures, wrong };
}
