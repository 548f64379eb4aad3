/* Whose login is whose: what answers said of it, and who was seen at work. */
import { get } from '../lib/net.js';
import { store } from './state.js';

const names = new Map();
const asked = new Set();

export function learn(people) {
	for (const [login, name] of Object.entries(people ?? {}))
		names.set(login, name);
}

/* The login itself where nothing else is known. */
export const personName = (login) => (login && login === store.get().me?.name ? store.get().me.display : names.get(login)) ?? login;

/* The feed names people by their logins alone: of one not heard of yet the list is asked once. */
export async function meet(login) {
	if (!login || names.has(login) || asked.has(login))
		return;
	asked.add(login);
	const answer = await get(`/api/v1/tickets?${new URLSearchParams({ assignee: login, limit: 1 })}`).catch(() => null);
	learn(answer?.people);
	store.patch((s) => ({ recordsAt: s.recordsAt + 1 }));
}
