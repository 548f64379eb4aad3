/* Replies that wait for a moment on the server: taken back, or sent at once. */
import { post } from '../lib/net.js';
import { t } from '../lib/i18n.js';
import { returnDraft } from './drafts.js';
import { store, toast } from './state.js';
import { openTicket } from './tickets.js';

/* Of the open ticket: one's own that waits, the newest first. */
export const myHeld = () => store.get().open?.ticket?.held?.filter((x) => x.staff === store.get().me.name).at(-1);

async function act(id, what) {
	try {
		return await post(`/console/api/held/${id}/${what}`);
	} catch (problem) {
		toast(problem.unsure ? t('problem.unsure') : t(problem.status === 409 ? 'held.gone' : 'held.failed'));
		openTicket(store.get().open?.number);
		return null;
	}
}

export async function undoReply(id) {
	const draft = await act(id, 'undo');
	if (!draft)
		return;
	toast(t('held.undone'));
	returnDraft(draft);
	await openTicket(store.get().open?.number);
}

export async function sendNow(id) {
	if (await act(id, 'send'))
		await openTicket(store.get().open?.number);
}
