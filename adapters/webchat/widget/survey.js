/* The satisfaction survey as a card in the conversation. Nothing is chosen beforehand; either question alone is an
 * answer. Once given it stays as it was given, in every tab. */
class Survey {
	/* item: the survey's timeline item; its `answer` { rating, solved } is what was given on this page. */
	constructor(ui, item) {
		this.ui = ui;
		this.item = item;
		this.card = h('div.card');
		this.node = h('li.m.survey', null, h('span.who', null, ui.t('system')), this.card);
		item.card = this;
		this.build();
	}
	build() {
		const { t } = this.ui;
		const { item } = this;
		const entry = this.ui.chat.ratingUnderWay(item.survey);
		if (entry)
			item.answer = entry.frame;
		const words = h('p.lead', { dir: 'auto' }, linked(item.text || '', t('link')));
		this.card.replaceChildren(words, item.open && !item.answer ? this.form() : this.result());
	}
	form() {
		const { t } = this.ui;
		const name = 's' + this.item.seq;
		this.need = h('p.error', { id: name + 'e', role: 'alert' });
		this.comment = h('textarea', { id: name + 'c', rows: '2', oninput: () => this.count() });
		this.commentLabel = h('label', { for: name + 'c' }, t('surveyMore'));
		this.over = h('p.error', { role: 'alert' });
		const levels = [5, 4, 3, 2, 1].map((n) => this.option(name + 'r', n, t('survey' + n), face(n)));
		this.comment.value = this.item.typed ? this.item.typed.comment : '';
		return h('form', { onsubmit: (e) => this.submit(e) },
			h('fieldset', null, h('legend', null, t('surveySolved')), h('div.options', null,
				this.option(name + 's', 'yes', t('surveyYes')), this.option(name + 's', 'no', t('surveyNo')))),
			h('fieldset', null, h('legend', null, t('surveyHow')), h('div.options.faces', null, ...levels)),
			this.commentLabel, this.comment, this.over, this.need,
			h('button.go.wide', { type: 'submit' }, t('surveySend')));
	}
	option(name, value, words, picture) {
		const { typed } = this.item;
		const checked = typed && typed[name.slice(-1)] === String(value);
		const input = h('input', { type: 'radio', name, value, checked, onchange: () => this.chosen() });
		return h('label', null, input, picture, h('span', null, words));
	}
	value(what) {
		const input = this.node.querySelector('input[name="s' + this.item.seq + what + '"]:checked');
		return input ? input.value : null;
	}
	/* Kept with the item, so that a change of language loses nothing. */
	keep() {
		this.item.typed = { r: this.value('r'), s: this.value('s'), comment: this.comment.value };
	}
	chosen() {
		this.keep();
		const bad = Number(this.value('r') || 5) <= 2 || this.value('s') === 'no';
		this.commentLabel.textContent = this.ui.t(bad ? 'surveyWhy' : 'surveyMore');
		this.need.textContent = '';
	}
	count() {
		this.keep();
		const over = countCharacters(this.comment.value) - this.ui.maxText;
		this.over.textContent = over > 0 ? this.ui.t('over', { n: over }) : '';
		return over <= 0;
	}
	submit(event) {
		event.preventDefault();
		const rating = Number(this.value('r')) || null;
		const solved = this.value('s') === null ? null : this.value('s') === 'yes';
		if (rating === null && solved === null) {
			this.need.textContent = this.ui.t('surveyNeed');
			this.node.querySelector('input').focus();
			return;
		}
		if (!this.count())
			return this.comment.focus();
		const comment = this.comment.value.trim() || null;
		this.ui.chat.rate({ type: 'rating', survey: this.item.survey, rating, solved, comment });
		this.card.querySelector('.given').focus();
	}
	/* What was answered, or that it is over. */
	result() {
		const { t } = this.ui;
		const { answer } = this.item;
		if (!answer)
			return h('p.given', { tabindex: '-1' }, t('surveyClosed'));
		const entry = this.ui.chat.ratingUnderWay(this.item.survey);
		const failed = entry && entry.state === 'failed';
		const bad = (answer.rating && answer.rating <= 2) || answer.solved === false;
		const words = failed ? t('failed') + ' ' + entry.failed
			: entry ? t('surveySending') : t(bad ? 'surveyThanksBad' : 'surveyThanks');
		return h('div.given', { tabindex: '-1' },
			answer.rating ? face(answer.rating) : null,
			h('p', null, answer.rating ? h('b', null, t('survey' + answer.rating)) : null,
				answer.solved === null ? null : h('b', null, t(answer.solved ? 'surveyYes' : 'surveyNo')),
				h('span', { class: failed ? 'error' : null }, words)));
	}
}
