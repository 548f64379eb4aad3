// How the program is built: what makes a mistake in it hard to use. Read from the program itself, by readelf.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { binary, root, variant } from './lib/gateway.mjs';
import { join } from 'node:path';

const readelf = (how, file = binary) => execFileSync('readelf', ['-W', how, file], { encoding: 'utf8', maxBuffer: 1 << 26 });
const of = variant === 'release' ? test : test.skip; // sanitizers have guards of their own

of('it is loaded anywhere (PIE), and what the loader fills in is read-only afterwards (full RELRO)', () => {
	assert.match(readelf('-h'), /Type:\s+DYN \(Position-Independent Executable/);
	assert.match(readelf('-l'), /GNU_RELRO/);
	assert.match(readelf('-d'), /FLAGS_1.*NOW/);
});

of('its stack cannot be run, no part of it can be both written and run, and no path of a builder is in it', () => {
	const segments = readelf('-l');
	assert.match(segments, /GNU_STACK .* RW /);
	assert.doesNotMatch(segments, /LOAD.* RWE /);
	assert.doesNotMatch(readelf('-d'), /RPATH|RUNPATH/);
});

of('its stack frames are guarded, its copies and formats checked', () => {
	const wanted = readelf('--dyn-syms');
	assert.match(wanted, /__stack_chk_fail/);
	for (const f of ['__memcpy_chk', '__snprintf_chk']) assert.ok(wanted.includes(f), `${f} is not called: was it built with _FORTIFY_SOURCE?`);
	assert.doesNotMatch(wanted, /UND (gets|strcpy|strcat|sprintf|vsprintf|system|popen|tmpnam|mktemp)@/);
});

of('jumps land only where they may (CET), where the processor and the libraries know it', { skip: process.arch !== 'x64' && 'another processor' }, () => {
	const notes = readelf('-n', join(root, 'build/release/obj/gateway/main.o'));
	assert.match(notes, /IBT, SHSTK/);
});
