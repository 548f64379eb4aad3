// What the operators' guides say is what the program knows: a key that a guide names and `check` does not stops an installation.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { binary, readFileSync, rmSync, root, tempDir, writeFileSync } from './lib/gateway.mjs';

const guides = ['README.md', 'scale.md'].map((name) => readFileSync(join(root, 'config', name), 'utf8'));
const TYPES = readFileSync(join(root, 'adapters/adapters.def'), 'utf8').match(/^ADAPTER\(/gm).length;
const head = (kind) => (['gateway', 'security'].includes(kind) ? `[${kind}]` : kind === 'forward' ? '[forward x]' : `[channel ${kind}]\ntype = ${kind}`);

// { gateway: Set of keys, smpp: … }: the first cells of the tables below a heading that names a section.
function tables() {
	const of = {};
	let kind = null;
	for (const line of guides[0].split('\n')) {
		const heading = /^##+ (.*)/.exec(line);
		if (heading) kind = /`\[(\w+)/.exec(heading[1])?.[1] ?? /`type = ([\w-]+)`/.exec(heading[1])?.[1] ?? null;
		else if (kind && line.startsWith('| `')) for (const [, key] of line.split(' | ')[0].matchAll(/`([a-z_0-9]+)`/g)) (of[kind] ??= new Set()).add(key);
	}
	return of;
}

// Each "key =" of the examples, with the section it stands in: the nearest heading above it, or the type of that channel.
function examples() {
	const found = [];
	for (const text of guides)
		for (const [, block] of text.matchAll(/```ini\n(.*?)```/gs)) {
			if (/^group = /m.test(block)) continue; // Kannel's own file
			let kind = null;
			for (const line of block.split('\n')) {
				kind = /^\[(\w+)/.exec(line)?.[1] ?? (kind && /^type = (\S+)/.exec(line)?.[1]) ?? kind;
				const key = /^([a-z_0-9]+) = /.exec(line)?.[1];
				if (key && key !== 'type') found.push([kind, key]);
			}
		}
	return found;
}

// What `check` says of a section with these keys: { unknown, known }.
function check(kind, keys) {
	const dir = tempDir(), conf = join(dir, 'x.conf');
	try {
		writeFileSync(conf, `${head(kind)}\n${[...keys, 'no_such_key'].map((k) => `${k} = ${k.endsWith('_file') ? conf : '1'}\n`).join('')}`);
		const words = spawnSync(binary, ['--config', conf, 'check'], { encoding: 'utf8' }).stderr;
		const unknown = [...words.matchAll(/unknown key "(\w+)" in .*; it knows (.*)/g)];
		assert.ok(unknown.length, words);
		return { unknown: unknown.map((m) => m[1]).filter((k) => k !== 'no_such_key'), known: unknown[0][2].split(', ') };
	} finally { rmSync(dir, { recursive: true, force: true }); }
}

test('every key the guides name is known, and every key that is known is named', () => {
	const of = tables();
	assert.equal(Object.keys(of).length, TYPES + 3, Object.keys(of).join());
	for (const [kind, keys] of Object.entries(of)) {
		const said = check(kind, keys);
		assert.deepEqual(said.unknown, [], kind);
		assert.deepEqual(said.known.filter((k) => !keys.has(k)), [], `[${kind}]: not in the guide`);
	}
});

test('every key of the examples is known where it stands, and so is every KEY_file the text recommends', () => {
	const kinds = Object.keys(tables()), all = examples();
	assert.ok(all.length > 40);
	for (const [kind, key] of all) // the table of a section may leave the section out
		assert.ok((kinds.includes(kind) ? [kind] : kinds).some((k) => check(k, [key]).unknown.length === 0), `${key} of [${kind}]`);
	const recommended = new Set(guides.flatMap((text) => [...text.matchAll(/better (?:as )?`(\w+_file)`|`(\w*store_file)`/g)].map((m) => m[1] ?? m[2])));
	assert.ok(recommended.size >= 4);
	for (const key of recommended) assert.ok(kinds.some((k) => check(k, [key]).unknown.length === 0), key);
});

test('the address of the store may stand in a file of its own, and what is wrong with it is said without its password', () => {
	const dir = tempDir(), conf = join(dir, 'x.conf'), run = (...words) => spawnSync(binary, ['--config', conf, ...words], { encoding: 'utf8' });
	try {
		writeFileSync(conf, `[gateway]\nname = x\ntables = ${root}/config\ntemplates = ${root}/templates\n\nstore_file = store.dsn\n`);
		writeFileSync(join(dir, 'store.dsn'), 'sqlite:here.db\n', { mode: 0o600 });
		assert.equal(run('staff', 'list').status, 0);
		assert.ok(existsSync(join(dir, 'here.db')));
		writeFileSync(join(dir, 'store.dsn'), 'postgresql://xinqiao:MaRkDsn@db.example/xinqiao\n');
		const { status, stderr } = run('check');
		assert.equal(status, 1);
		assert.match(stderr, /x\.conf:6: names a server elsewhere/);
		assert.doesNotMatch(stderr, /MaRkDsn/);
	} finally { rmSync(dir, { recursive: true, force: true }); }
});

// An operator who has just installed stands in the checkout still.
test('which configuration is taken goes by the program, not by the folder one stands in, and a command says which', () => {
	const dir = tempDir(), conf = join(dir, 'config/xinqiao.conf');
	const program = (place) => { mkdirSync(join(dir, place), { recursive: true }); cpSync(binary, join(dir, place, 'xinqiao')); return join(dir, place, 'xinqiao'); };
	const run = (path, cwd, ...words) => spawnSync(path, words, { encoding: 'utf8', cwd });
	try {
		mkdirSync(join(dir, 'config'));
		writeFileSync(conf, `[gateway]\nname = x\nstore = sqlite:here.db\ntables = ${root}/config\ntemplates = ${root}/templates\n`);
		const installed = run(program('usr/local/bin'), dir, 'check');
		assert.match(installed.stdout + installed.stderr, /\/etc\/xinqiao\/xinqiao\.conf/);
		assert.ok(!(installed.stdout + installed.stderr).includes(dir));
		const built = run(program('build/release'), '/', 'staff', 'list');
		assert.equal(built.stderr, `xinqiao: the store of ${conf}\n`);
		assert.ok(existsSync(join(dir, 'config/here.db')));
		assert.equal(run(program('build/release'), '/', '--config', conf, 'staff', 'list').stderr, '', 'who named it knows');
	} finally { rmSync(dir, { recursive: true, force: true }); }
});
