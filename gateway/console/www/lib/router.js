/* Paths: /console/in/VIEW[/NUMBER]?channel=&department=&q= · /console/problems · /console/aside. A link shows the same. */

export const VIEWS = ['open', 'new', 'waiting', 'overdue', 'emergency', 'held', 'closed', 'all'];

export function parse(url) {
	const [, , page, view, number] = url.pathname.split('/');
	const filter = {};
	for (const name of ['channel', 'department', 'q'])
		if (url.searchParams.get(name))
			filter[name] = url.searchParams.get(name);
	if (page === 'problems' || page === 'aside')
		return { page, view: '', number: '', filter };
	return { page: 'in', view: VIEWS.includes(view) ? view : 'open', number: /^\d+$/.test(number || '') ? number : '', filter };
}

export function format(route) {
	if (route.page !== 'in')
		return `/console/${route.page}`;
	const query = new URLSearchParams(route.filter).toString();
	return `/console/in/${route.view}${route.number ? `/${route.number}` : ''}${query ? `?${query}` : ''}`;
}
