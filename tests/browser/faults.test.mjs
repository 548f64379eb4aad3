// What is wrong with a table or a template is said to administrators in their own language, with their own words in it.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { NARROW, WIDE, World, accessible, launch, press, shot, shots } from './lib.mjs';
import { root, tempDir } from '../scenario/lib/gateway.mjs';

const page = (file) => readFileSync(join(root, 'gateway/console/www', file), 'utf8');
const { translated } = await import(`data:text/javascript,${encodeURIComponent(page('lib/faults.js'))}`);

test('what stands in place of a form\'s conversions is put into what is said', () => {
	const say = (words, form, said) => translated(words, form, said, (kind, code) => `${kind}/${code}`);
	assert.equal(say('code \'a\' is given twice', 'code \'%s\' is given twice', '代码“{1}”重复'), '代码“a”重复');
	assert.equal(say('nothing here', 'nothing here', '空的'), '空的');
	assert.equal(say('\'\' is no number from -1 to 20', '\'%s\' is no number from %lld to %lld', '{2}～{3}：“{1}”'), '-1～20：“”');
	assert.equal(say('a single \'{\'; write \'{{\' for a brace', 'a single \'%c\'; write \'%c%c\' for a brace', '{2}{3}（{1}）'), '{{（{）');
	assert.equal(say('{x} is not known (1+1) [a]: {y} {z}', '{%.*s} is not known (1+1) [a]: %s', '{{1}}，用 {2}'), '{x}，用 {y} {z}');
	assert.equal(say('zh is 5', '%s is %zu', '{1:col}：{2}'), 'col/zh：5');
	assert.equal(say('all of 100%', 'all of %u%%', '共 {1}%'), '共 100%');
	// Whatever was written into the cell: it names no place, and ends no form.
	assert.equal(say('code \'{2} $& \\ %s\' is given twice', 'code \'%s\' is given twice', '“{1}”'), '“{2} $& \\ %s”');
	assert.equal(say('code \'a\' is given twice\' is given twice', 'code \'%s\' is given twice', '“{1}”'), '“a\' is given twice”');
	assert.equal(say('code \'路\n🏮\' is given twice', 'code \'%s\' is given twice', '“{1}”'), '“路\n🏮”');
	// What this page knows nothing to say of stays as it came.
	assert.equal(say('is new', 'is new', undefined), 'is new');
	assert.equal(say('is other', 'is \'%s\'', '“{1}”'), 'is other');
});

let browser, w, dir;
before(async () => { browser = await launch(); });
after(() => browser.close());
afterEach(async () => { const was = w; w = null; await was?.end(); });
const start = async () => {
	dir = tempDir();
	cpSync(join(root, 'config'), join(dir, 'config'), { recursive: true });
	cpSync(join(root, 'templates'), join(dir, 'templates'), { recursive: true });
	w = await World.start(browser, { mail: false, settings: { tables: join(dir, 'config'), templates: join(dir, 'templates') } });
	w.allow(/422/);
};

const SAYS = {
	'zh-CN': { twice: (line) => `第 ${line} 行：代码“urban”重复，每一行的代码不能相同。`, gone: /^分类与时限第 \d+ 行：没有代码为“housing”的承办单位，请改正，或先在“承办单位”中添加。$/,
		column: '第 2 行：“不计满意度”一栏的“maybe”不对，应填 yes（是）或 no（否），也可以留空。', place: '第 1 行：“收到诉求”中不能用 {numbre}，可以用：{hotline}',
		brace: '第 2 行：有单独的“{”。正文中要用花括号时，请连写两个：“{{”。' },
	en: { twice: (line) => `Line ${line}: code 'urban' is given twice`, gone: /, line \d+: department 'housing' is not in departments\.csv$/,
		column: 'Line 2: unrated \'maybe\': yes, no or nothing would be right', place: 'Line 1: {numbre} is not known for received; it may have: {hotline}',
		brace: 'Line 2: a single \'{\'; write \'{{\' for a brace in the text' },
};

for (const [language, size] of [['zh-CN', WIDE], ['en', NARROW]])
	test(`${language}, at ${size.width}: what is wrong with a table or a template is said in the page's language`, { timeout: 90000 }, async () => {
		await start();
		const says = SAYS[language], p = await w.console('root1', 'admin', { language, size, path: 'admin/departments' });
		const told = p.locator('.fault-list li'), save = () => press(p, p.locator('[data-t=edit-save]'));
		const undo = async () => {
			await press(p, p.locator('.save-bar button').first());
			await p.locator('.save-bar').waitFor({ state: 'hidden' });
		};
		const rows = p.locator('.grid tbody tr');
		const seen = async () => assert.ok(await told.first().evaluate((el) => {
			const b = el.getBoundingClientRect();
			return el.contains(document.elementFromPoint(b.left + b.width / 2, b.top + b.height / 2));
		}), 'nobody has to look for it');
		await rows.first().waitFor();

		await press(p, p.locator('[data-t=row-add]'));
		const last = await rows.count();
		await rows.last().locator('[data-col=code]').fill('urban');
		await rows.last().locator('[data-col=name]').fill('又一个城管局');
		await save();
		await told.filter({ hasText: says.twice(last + 1) }).waitFor();
		assert.equal(await told.count(), 1);
		await seen();
		assert.equal(await rows.and(p.locator('.bad')).count(), 1);
		await accessible(w, p, 'fault');
		assert.ok(await p.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
		if (shots) await shot(p, `fault-table-${language}-${size.width}`);

		// What another table says of it names that table, and marks no row of this one.
		await rows.last().locator('[data-col=code]').fill('urban2');
		await rows.nth(1).locator('[data-col=code]').fill('housing2');
		await save();
		await p.waitForFunction((n) => document.querySelectorAll('.fault-list li').length > 0 && !document.querySelector('.fault-list li').textContent.includes(n), 'urban');
		for (const words of await told.allTextContents()) assert.match(words, says.gone);
		assert.equal(await rows.and(p.locator('.bad')).count(), 0);
		if (shots) await shot(p, `fault-other-${language}-${size.width}`);

		await undo();
		await p.goto(`${w.g.url}/console/admin/categories`);
		await rows.first().locator('[data-col=unrated]').fill('maybe');
		await save();
		await told.filter({ hasText: says.column }).waitFor();

		await undo();
		await p.goto(`${w.g.url}/console/admin/templates`);
		await p.locator('.preview').first().waitFor();
		await p.locator('[data-t=template]').fill('编号 {numbre}\n{');
		await told.filter({ hasText: says.place }).waitFor();
		await told.filter({ hasText: says.brace }).waitFor();
		if (shots) await shot(p, `fault-template-${language}-${size.width}`);
		await save();
		await p.locator('.fault-list b').waitFor();
		await seen();
		if (language === 'zh-CN') for (const words of await told.allTextContents()) assert.doesNotMatch(words, /[a-z]{3} [a-z]/i);
		await undo();
	});

test('what is wrong with a file that nobody edits here is said with its name', { timeout: 60000 }, async () => {
	await start();
	writeFileSync(join(dir, 'templates/zh-CN/words.txt'), '');
	const admin = await w.hand('root1', 'admin');
	const { json: { items } } = await admin.desk('GET', 'tables');
	const { file, version, text } = items.find((x) => x.file === 'canned.csv');
	const { status, json } = await admin.desk('POST', 'tables', { file, version, text });
	assert.equal(status, 422);
	assert.ok(json.faults.length > 5);
	for (const f of json.faults) {
		assert.equal(f.file, 'zh-CN/words.txt');
		assert.equal(f.line, 0);
		assert.match(f.form, /^lacks '%s = …'/);
	}
	assert.equal(json.faults.at(-1).words, 'lacks \'state.between = …\'');
});
