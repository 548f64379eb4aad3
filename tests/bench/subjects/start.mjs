import { none } from '../beside.mjs';
import { of, startGateway, usage } from '../lib.mjs';

const NOTHING = { limit: none('no limit of the machine comes near it'), peer: none('what another starts with is another work') };

export default {
	name: 'start',
	async round() {
		const begun = performance.now();
		const g = await startGateway();
		const ms = performance.now() - begun;
		await new Promise((r) => setTimeout(r, 300));
		const { rss } = usage(g.child.pid);
		await g.stop();
		return { ms, rss };
	},
	rows: ({ rounds }) => [
		{ id: 'start', what: 'from start to ready', value: of(rounds, 'ms'), unit: 'ms', better: 'less', ...NOTHING },
		{ id: 'idle_memory', what: 'memory of an idle gateway', value: of(rounds, 'rss'), unit: 'MB', better: 'less', aim: 32, ...NOTHING },
	],
};
