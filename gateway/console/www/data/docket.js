/* What waits for somebody's word: the docket's kinds, who rules on each, and how many there are. */
import { store } from './state.js';

/* kind → the steps that settle it, in the order of their buttons. */
export const SETTLES = {
	return: ['uphold', 'designate'], extension: ['grant', 'deny'], supervision: ['answer'], callback: ['callback'], help: ['opinion'],
};
export const KINDS = Object.keys(SETTLES);

const RULES = { uphold: 'lead', designate: 'lead', grant: 'lead', deny: 'lead', callback: 'desk', answer: 'department', opinion: 'department' };
const isOf = { lead: (role) => role === 'supervisor' || role === 'admin', desk: (role) => role !== 'department',
	department: (role) => role === 'department' };

/* The steps of a kind that are this person's to take. */
export const settlesOf = (kind) => SETTLES[kind].filter((step) => isOf[RULES[step]](store.get().me.role));

export const countOf = (kind) => store.get().counts?.[kind === 'help' ? 'helping' : kind] ?? 0;
/* What waits for this person's own word. */
export const waitingForMe = () => KINDS.filter((kind) => settlesOf(kind).length).reduce((n, kind) => n + countOf(kind), 0);
