/* Oneself: password, second factor, other logins. What changes how one logs in asks for the password first. */
import { define, fill, h, Part, svg } from '../lib/dom.js';
import { t } from '../lib/i18n.js';
import { post } from '../lib/net.js';
import { store, toast } from '../data/state.js';
import { logInAgain } from '../data/session.js';
import { fault, showDialog } from './bits.js';
import { doorWords } from './xq-login.js';

/* Black on white in either theme, with the margin that cameras want. */
const qrPicture = ({ path, size }) => svg('svg', { class: 'qr', viewBox: `-4 -4 ${size + 8} ${size + 8}`, role: 'img', 'aria-label': t('me.totpQr'),
	'data-t': 'totp-qr' }, svg('path', { d: `M-4 -4h${size + 8}v${size + 8}h-${size + 8}z`, fill: '#fff' }), svg('path', { d: path, fill: '#000' }));

/* Resolves once the password (and code) was given anew. */
function provePassword() {
	return new Promise((resolve, reject) => {
		const password = h('input', { type: 'password', autocomplete: 'current-password', 'data-t': 'prove-password', 'aria-label': t('login.password') });
		const code = h('input', { type: 'text', inputmode: 'numeric', autocomplete: 'one-time-code', placeholder: t('login.code'), 'aria-label': t('login.code'),
			hidden: !store.get().me.totp });
		const wrong = h('div');
		let done = false;
		const dialog = showDialog('dialog.ask', { 'aria-label': t('me.prove'), 'data-t': 'prove' }, h('form', { method: 'dialog', async onsubmit(e) {
			e.preventDefault();
			try {
				await logInAgain(store.get().me.name, password.value, code.value);
				done = true;
				dialog.close();
				resolve();
			} catch (problem) {
				wrong.replaceChildren(fault(doorWords(problem)));
			}
		} }, h('h2', {}, t('me.prove')), h('p.quiet', {}, t('me.proveHint')), password, code, wrong, h('div.row-line.end', {},
			h('button.button', { type: 'button', onclick: () => dialog.close() }, t('common.cancel')),
			h('button.button.chief', { type: 'submit', 'data-t': 'prove-go' }, t('login.go')))));
		dialog.addEventListener('close', () => done || reject(new Error('cancelled')));
	});
}

export async function careful(run) {
	try {
		return await run();
	} catch (problem) {
		if (problem.body?.code !== 'again')
			throw problem;
		await provePassword();
		return run();
	}
}

define('xq-me', class extends Part {
	mount() {
		this.classList.add('page', 'admin');
		this.setAttribute('role', 'main');
		const { me } = store.get();
		this.second = h('section.card-box', { 'data-t': 'me-totp' });
		this.logins = h('section.card-box');
		this.replaceChildren(h('header', { role: 'none' }, h('h1', {}, t('page.me')), h('p.lead', {}, `${me.display} · ${me.name} · ${t(`role.${me.role}`)}`)),
			h('div.me-cards', {}, this.passwordBox(), this.second, this.logins));
		this.drawSecond();
		this.drawLogins();
	}

	passwordBox() {
		const field = () => h('input', { type: 'password', autocomplete: 'new-password' });
		const [one, two] = [field(), field()];
		one.dataset.t = 'new-password';
		two.dataset.t = 'new-password-again';
		const wrong = h('div');
		return h('section.card-box', {}, h('header', {}, h('h2', {}, t('me.password'))), h('form.stack', { async onsubmit(e) {
			e.preventDefault();
			if (one.value !== two.value) {
				wrong.replaceChildren(fault(t('me.differ')));
				return;
			}
			try {
				await careful(() => post('/console/api/password', { password: one.value }));
				wrong.replaceChildren();
				one.value = two.value = '';
				toast(t('me.passwordSet'));
			} catch (problem) {
				if (problem.status !== undefined)
					wrong.replaceChildren(fault(problem));
			}
		} }, h('label.field', {}, h('span', {}, t('me.newPassword')), one), h('label.field', {}, h('span', {}, t('me.again')), two),
		h('p.quiet.small', {}, t('me.passwordHint')), wrong, h('button.button', { type: 'submit', 'data-t': 'password-go' }, t('me.setPassword'))));
	}

	drawSecond() {
		const { me } = store.get();
		const wrong = h('div');
		const set = (totp) => {
			store.patch((s) => ({ me: { ...s.me, totp } }));
			toast(t(totp ? 'me.totpOn' : 'me.totpOff'));
			this.drawSecond();
		};
		const fail = (problem) => problem.status !== undefined && wrong.replaceChildren(fault(problem));
		const code = h('input', { type: 'text', inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: 7, 'data-t': 'totp-code', 'aria-label': t('login.code'),
			placeholder: t('login.code') });
		if (me.totp)
			fill(this.second, h('header', {}, h('h2', {}, t('me.totp')), h('span.chip.work', {}, t('me.totpIsOn'))), h('form.stack', { async onsubmit(e) {
				e.preventDefault();
				await careful(() => post('/console/api/totp', { off: true, code: code.value })).then(() => set(false), fail);
			} }, h('p.quiet.small', {}, t('me.totpOffHint')), code, wrong, h('button.button', { type: 'submit', 'data-t': 'totp-off' }, t('me.totpTakeOff'))));
		else
			fill(this.second, h('header', {}, h('h2', {}, t('me.totp'))), h('p.quiet.small', {}, t('me.totpHint')), wrong,
				h('button.button', { type: 'button', 'data-t': 'totp-begin', onclick: () => careful(() => post('/console/api/totp', { begin: true }))
					.then((answer) => this.drawSecret(answer, code, wrong, set, fail), fail) }, t('me.totpBegin')));
	}

	drawSecret({ secret, uri, qr }, code, wrong, set, fail) {
		fill(this.second, h('header', {}, h('h2', {}, t('me.totp'))), h('form.stack', { async onsubmit(e) {
			e.preventDefault();
			await post('/console/api/totp', { code: code.value }).then(() => set(true), fail);
		} }, h('p', {}, t('me.totpEnter')), qrPicture(qr), h('code.secret-text', { 'data-t': 'totp-secret' }, secret.replace(/(.{4})/g, '$1 ').trim()),
		h('a', { href: uri }, t('me.totpLink')), code, wrong, h('button.button.chief', { type: 'submit', 'data-t': 'totp-go' }, t('me.totpConfirm'))));
		code.focus();
	}

	async drawLogins(drop) {
		const head = h('header', {}, h('h2', {}, t('me.logins')));
		let logins;
		try {
			({ logins } = await post('/console/api/sessions', drop ? { drop: true } : {}));
		} catch (problem) {
			fill(this.logins, head, fault(problem, () => this.drawLogins(drop)));
			return;
		}
		fill(this.logins, head, h('p', {}, t('me.loginsNow', { n: logins })),
			h('p.quiet.small', {}, t('me.loginsHint')), logins > 1 && h('button.button', { type: 'button', 'data-t': 'drop-logins',
				onclick: () => this.drawLogins(true) }, t('me.dropLogins')));
	}
});
