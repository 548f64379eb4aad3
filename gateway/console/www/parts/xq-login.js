/* The door: a page of its own, and the dialog that lets somebody back in without losing what they wrote. */
import { define, h, Part } from '../lib/dom.js';
import { logo } from '../lib/icons.js';
import { language, t } from '../lib/i18n.js';
import { logIn, logInAgain, toggleLanguage, toggleTheme } from '../data/session.js';
import { store } from '../data/state.js';
import { fault, showDialog } from './bits.js';

/* Why the door stays shut. */
export const doorWords = (e) => ({ 0: t('login.offline'), 401: t('login.wrong'), 429: t('login.busy'), 503: t('login.busy') }[e.status]
	?? t('problem.other', { status: e.status ?? '?', words: e.message }));

function secretField() {
	const input = h('input', { type: 'password', name: 'password', autocomplete: 'current-password', id: 'xq-password',
		'data-t': 'login-password' });
	const show = h('button', { type: 'button', 'aria-pressed': 'false', onclick() {
		const hidden = input.type === 'password';
		input.type = hidden ? 'text' : 'password';
		show.setAttribute('aria-pressed', String(hidden));
		show.textContent = t(hidden ? 'login.hide' : 'login.show');
	} }, t('login.show'));
	return { input, field: h('label.field', {}, h('span', {}, t('login.password')), h('div.secret', {}, input, show)) };
}

function loginForm(fixedName, enter) {
	const name = h('input', { type: 'text', name: 'name', autocomplete: 'username', autocapitalize: 'none',
		spellcheck: 'false', value: fixedName || '', 'data-t': 'login-name' });
	const secret = secretField();
	const code = h('input', { type: 'text', name: 'code', inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: 7, 'data-t': 'login-code' });
	/* Shown once the server says that a code is wanted. */
	const second = h('label.field', { hidden: true }, h('span', {}, t('login.code')), code);
	const wrong = h('div');
	const button = h('button.button.chief', { type: 'submit', 'data-t': 'login-go' }, t('login.go'));
	let busy = false;
	return h('form', { method: 'post', async onsubmit(e) {
		e.preventDefault();
		if (busy)
			return;
		if (!name.value.trim() || !secret.input.value) {
			wrong.replaceChildren(fault(t('login.empty')));
			(name.value.trim() ? secret.input : name).focus();
			return;
		}
		busy = true;
		button.setAttribute('aria-busy', 'true');
		button.textContent = t('login.going');
		try {
			await enter(name.value.trim(), secret.input.value, code.value);
		} catch (problem) {
			if (problem.body?.code === 'totp') {
				second.hidden = false;
				wrong.replaceChildren(h('p.quiet', { role: 'status' }, t('login.codeHint')));
				code.focus();
				busy = false;
				button.removeAttribute('aria-busy');
				button.textContent = t('login.go');
				return;
			}
			wrong.replaceChildren(fault(doorWords(problem)));
			code.value = '';
			secret.input.select();
			secret.input.focus();
		}
		busy = false;
		button.removeAttribute('aria-busy');
		button.textContent = t('login.go');
	} }, h('label.field', {}, h('span', {}, t('login.name')), name), secret.field, second, wrong, button);
}

define('xq-login', class extends Part {
	mount() {
		this.replaceChildren(h('main.login-page', {}, h('div.card', {},
			h('h1.brand', {}, logo(), t('login.title')), h('p', {}, t('login.hint')),
			loginForm('', logIn),
			h('div.foot', {}, h('button', { type: 'button', lang: language === 'en' ? 'zh-CN' : 'en', onclick: toggleLanguage },
				t('menu.language')), h('button', { type: 'button', onclick: toggleTheme }, t('menu.theme'))))));
		this.querySelector('input').focus();
	}
});

export function showLoginAgain() {
	const dialog = showDialog('dialog.again', { 'data-stay': '1', 'aria-label': t('again.title'), 'data-t': 'again',
		oncancel: (e) => e.preventDefault(), onkeydown: (e) => e.key === 'Escape' && e.preventDefault() },
	h('div.card', {}, h('h2.brand', {}, t('again.title')), h('p', {}, t('again.hint')),
		loginForm(store.get().me.name, async (name, password, code) => {
			await logInAgain(name, password, code);
			dialog.close();
		})));
	/* A browser lets the second Escape through: whoever waits for the login would wait for ever. */
	dialog.addEventListener('close', () => store.get().again && showLoginAgain());
	dialog.querySelector('[type=password]').focus();
}
