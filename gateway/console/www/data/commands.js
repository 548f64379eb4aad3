/* Everything that can be done by name: one table for the palette. `find` holds pinyin and its initials. */
import { shortNumber } from '../lib/format.js';
import { t, tCode } from '../lib/i18n.js';
import { PAGES, parse, VIEWS } from '../lib/router.js';
import { go, logOut, toggleLanguage, toggleTheme } from './session.js';
import { post } from '../lib/net.js';
import { store, toast } from './state.js';
import { problemWords } from '../parts/bits.js';
import { isOpen } from './tickets.js';
import { mayAssign, showAssign, takeOpen } from '../parts/assign.js';
import { showNotice } from '../parts/notices.js';
import { beginSplit, mayMerge, showMerge } from '../parts/merge.js';
import { beginStep, stepsOf } from '../parts/xq-steps.js';

const PINYIN = {
	accept: 'shouli sl', dispatch: 'paidan pd', handle: 'banli bl', close: 'banjie bj', return: 'tuidan td',
	supervise: 'duban db', release: 'zhengchang zc', uphold: 'tuidanchengli tdcl', designate: 'shending sd',
	assist: 'xieban xb', opinion: 'xiebanyijian xbyj', extend: 'shenqingyanqi sqyq', grant: 'tongyiyanqi tyyq',
	deny: 'butongyiyanqi btyyq', answer: 'dubanfankui dbfk', refuse: 'buyushouli bysl', reopen: 'chongxinbanli cxbl',
	take: 'renling rl', assign: 'zhuanjiao zj', mine: 'wode wd', unassigned: 'daifenpai dfp', asked: 'dengshimin dsm',
	notice: 'tixing tx', admin: 'guanli gl shezhi sz', me: 'wode wdzh zhanghao', wall: 'zhibandaping zbdp', docket: 'shenheduban shdb', reports: 'tongjibaobiao tjbb baobiao paiming', merge: 'hebing hb', split: 'chaifen cf', open: 'zaiban zb', new: 'daishouli dsl', waiting: 'dengdaihuiying ddhy', overdue: 'chaoqi cq', emergency: 'jinji jj',
	held: 'saorao sr', closed: 'yibanjie ybj', all: 'quanbu qb', problems: 'fasongyichang fsyc', aside: 'geliqu glq', knowledge: 'zhishiku zsk', keep: 'cunruzhishiku crzsk',
	reply: 'dafu df', note: 'beizhu bz', theme: 'shense ss qianse qs', language: 'yingwen yw english chinese',
	keys: 'kuaijiejian kjj help', logout: 'tuichu tc',
};
const STEP_KEYS = { accept: 'C', dispatch: 'T', close: 'E' };

export const mayAdmin = () => store.get().me.role === 'admin';
/* Pages this person may open, beside their own. */
export const managePages = () => (mayManage() ? PAGES.filter((p) => !['me', 'knowledge', 'docket'].includes(p)) : []);
/* The answer given to this ticket begins an article. */
async function keepAnswer() {
	const { number } = store.get().open;
	try {
		const article = await post('/api/v1/articles', { ticket: number });
		const show = () => go({ page: 'knowledge', view: article.id, number: '', filter: {} });
		if (store.get().open?.number === number)
			show();
		else
			toast(t('knowledge.kept', { number: shortNumber(number) }), { words: t('notice.open'), run: show });
	} catch (problem) {
		toast(problemWords(problem));
	}
}

export const mayManage = () => ['supervisor', 'admin'].includes(store.get().me.role);

export function commands() {
	const { open } = store.get();
	const out = [];
	const add = (group, name, words, icon, run, key) => out.push({ group, words, icon, run, key,
		find: `${words} ${name} ${PINYIN[name] || ''}`.toLowerCase() });
	if (open?.ticket) {
		const app = document.querySelector('xq-composer');
		add('ticket', 'reply', t('write.reply'), 'replied', () => app?.begin('reply'), 'R');
		add('ticket', 'note', t('write.note'), 'note', () => app?.begin('note'), 'N');
		for (const name of stepsOf(open.ticket))
			add('ticket', name, tCode('step', name), { accept: 'accepted', dispatch: 'dispatched', handle: 'handling',
				close: 'closed', return: 'returned', supervise: 'supervised', release: 'check', refuse: 'refused',
				reopen: 'reopened' }[name] || 'system', () => beginStep(name), STEP_KEYS[name]);
	}
	if (open?.ticket && mayAssign(open.ticket)) {
		if (open.ticket.assignee !== store.get().me.name)
			add('ticket', 'take', t('assign.take'), 'person', takeOpen, 'M');
		add('ticket', 'assign', t('assign.title'), 'people', showAssign, 'A');
	}
	if (open?.ticket && isOpen(open.ticket)) {
		if (mayMerge()) {
			add('ticket', 'merge', t('merge.title'), 'merge', showMerge);
			add('ticket', 'split', t('split.title'), 'merge', beginSplit);
		}
	}
	if (open?.ticket?.messages.some((m) => m.from === 'staff'))
		add('ticket', 'keep', t('knowledge.fromTicket'), 'knowledge', keepAnswer);
	for (const view of VIEWS)
		add('go', view, t(`view.${view}`), view, () => go({ page: 'in', view, number: '', filter: {} }));
	for (const page of ['docket', 'knowledge', ...managePages(), 'me'])
		add('go', page, t(`page.${page}`), page, () => go({ page, view: '', number: '', filter: {} }));
	for (const { name, path } of store.get().me.views)
		add('go', 'saved', name, 'star', () => go(parse(new URL(path, location.href))));
	add('do', 'notice', t('menu.notice'), 'bell', showNotice);
	add('do', 'theme', t('menu.theme'), 'moon', toggleTheme);
	add('do', 'language', t('menu.language'), 'language', toggleLanguage);
	add('do', 'keys', t('menu.keys'), 'keyboard', () => document.dispatchEvent(new CustomEvent('xq-help')), '?');
	add('do', 'logout', t('menu.logout'), 'leave', logOut);
	return out;
}
