/* Paths: /console/in/VIEW[/NUMBER]?channel=&department=&assignee=&q= · /console/PAGE[/PART]. A link shows the same. The tickets
 * behind a number of a report: ?report=&from=&to=&category=&word=&every=. */

export const VIEWS = ['mine', 'unassigned', 'open', 'new', 'waiting', 'asked', 'overdue', 'emergency', 'held', 'closed', 'all'];
/* One at a time, each a file of its own. */
export const PAGES = ['docket', 'wall', 'reports', 'problems', 'aside', 'admin', 'knowledge', 'me'];

/* What narrows a list, and what only a report's numbers bring. */
export const KEPT = ['channel', 'department', 'assignee'];
export const COUNTED = ['report', 'from', 'to', 'category', 'word', 'every'];
const FILTERS = [...KEPT, 'q', ...COUNTED, 'by', 'order'];

export function parse(url) {
	const [, , page, view, number] = url.pathname.split('/');
	const filter = {};
	for (const name of FILTERS)
		if (url.searchParams.get(name))
			filter[name] = url.searchParams.get(name);
	if (PAGES.includes(page))
		return { page, view: view || '', number: '', filter };
	return { page: 'in', view: VIEWS.includes(view) ? view : 'open', number: /^\d+$/.test(number || '') ? number : '', filter };
}

export function format(route) {
	const query = new URLSearchParams(route.filter).toString();
	if (route.page !== 'in')
		return `/console/${route.page}${route.view ? `/${route.view}` : ''}${route.page === 'reports' && query ? `?${query}` : ''}`;
	return `/console/in/${route.view}${route.number ? `/${route.number}` : ''}${query ? `?${query}` : ''}`;
}
