/* What the loader found wrong with a table or a template, said in another language: gettext's way, by the English it was made from. */

const CONVERSION = /%[-+ #0-9.*]*(?:hh|ll|[hljzt])?([a-zA-Z%])/;
const HOLES = { c: '(.)', d: '(-?\\d+)', u: '(\\d+)', '%': '%' };

/* "code '%s' is given twice" → what finds x in "code 'x' is given twice". */
function finder(form) {
	const parts = form.split(CONVERSION); // text and conversions by turns
	return new RegExp(`^${parts.map((p, i) => (i % 2 ? HOLES[p] ?? '(.*?)' : p.replace(/[.*+?^$|()[\]{}\\/]/g, '\\$&'))).join('')}$`, 'su');
}

/* `said` with what stands in place of the form's conversions: {1} the first of them, {1:col} the name that name('col', it) gives.
 * The words as they are where nothing is said, or they are not of this form. */
export function translated(words, form, said, name) {
	const found = said === undefined ? null : finder(form).exec(words);
	return found ? said.replace(/\{(\d+)(?::([\w-]+))?\}/g, (all, n, kind) => (kind ? name(kind, found[n]) : found[n])) : words;
}
