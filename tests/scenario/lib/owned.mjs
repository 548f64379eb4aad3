// What a test has started ends with it, also when the test fails before it comes to end it, or is itself ended for taking too long.
const alive = new Set();

// Returns the child.
export function owned(child, signal = 'SIGKILL') {
	const own = { child, signal };
	alive.add(own);
	child.once('exit', () => alive.delete(own));
	return child;
}

process.on('exit', () => { for (const { child, signal } of alive) child.kill(signal); });
// The process of a test file (node --test), and none that it forked: those end with their parent.
if (process.env.NODE_TEST_CONTEXT && !process.send) {
	const { after } = await import('node:test');
	for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(1));
	// Hooks run in the order in which they were given, so the file's own come after this one: they have this long. What is still open
	// then, a gateway or a port of the test's own, would keep this process until somebody ends it.
	after(() => { setTimeout(() => process.exit(1), 120000).unref(); });
}
