/* Paths: /console/in/VIEW[/NUMBER]?channel=&department=&assignee=&q= · /console/PAGE[/PART]. A link shows the same. */

export const VIEWS = ['mine', 'unassigned', 'open', 'new', 'waiting', 'asked', 'overdue', 'emergency', 'held', 'closed', 'all'];
/* One at a time, each a file of its own. */
export const PAGES = ['docket', 'wall', 'problems', 'aside', 'admin', 'knowledge', 'me'];

export function parse(url) {
	const [, , page, view, number] = url.pathname.split('/');
	const filter = {};
	for (const name of ['channel', 'department', 'assignee', 'q'])
		if (url.searchParams.get(name))
			filter[name] = url.searchParams.get(name);
	if (PAGES.includes(page))
		return { page, view: view || '', number: '', filter };
	return { page: 'in', view: VIEWS.includes(view) ? view : 'open', number: /^\d+$/.test(number || '') ? number : '', filter };
}

export function format(route) {
	if (route.page !== 'in')
		return `/console/${route.page}${route.view ? `/${route.view}` : ''}`;
	const query = new URLSearchParams(route.filter).toString();
	return `/console/in/${route.view}${route.number ? `/${route.number}` : ''}${query ? `?${query}` : ''}`;
}
