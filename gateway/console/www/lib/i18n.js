/* Words. Flat JSON a language, {slots}, no markup; below "fault" what the loader says, by its English forms. */
import { translated } from './faults.js';
import { keep } from './keep.js';

let words = {};
export let language = document.documentElement.lang === 'en' ? 'en' : 'zh-CN';

export async function loadLanguage(name = language) {
	const answer = await fetch(`/console/i18n/${name}.json`);
	if (!answer.ok)
		throw new Error(`language ${name}: ${answer.status}`);
	words = await answer.json();
	language = name;
	document.documentElement.lang = name;
	keep.word('xq.lang', name);
}

export function t(key, slots) {
	const text = words[key];
	if (text === undefined)
		return key;
	return slots ? text.replace(/\{(\w+)\}/g, (all, name) => (name in slots ? slots[name] : all)) : text;
}

/* Why a rule says no, by its name; '' when the page has no words for it. */
export const ruleWords = (code) => words[`refused.${code}`] ?? '';

/* What a fault of the loader says. */
export const faultWords = (fault) => translated(fault.words, fault.form, words.fault?.[fault.form], tCode);

/* How a channel is: it says so in pieces, in English, each by a form of its own. One may hold others: what a carrier says of its host. */
export function channelWords(said) {
	const forms = Object.entries(words['channel-words'] ?? {});
	const piece = (one) => {
		for (const [form, there] of forms) {
			const text = translated(one, form, there, (kind, inner) => piece(inner));
			if (text !== one)
				return text;
		}
		return one;
	};
	return said.split('; ').map(piece).join(t('channels.and'));
}

/* The words of a code that may be newer than this page. */
export const tCode = (prefix, code) => words[`${prefix}.${code}`] ?? code;
