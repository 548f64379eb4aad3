/* Proving a mobile number, above the text field: first the number, then the code that came to it. What the gateway says of
 * it stands below. */
class Phone {
	constructor(chat) {
		this.chat = chat;
		this.number = '';
	}
	build() {
		const { t } = this.chat.ui;
		const button = (key, onclick) => h('button.chip', { type: onclick ? null : 'submit', onclick }, t(key));
		this.label = h('span');
		this.input = h('input', { type: 'tel', maxlength: '20', 'aria-describedby': 'phoneSaid' });
		this.go = button('phoneGet');
		this.again = button('phoneAgain', () => this.ask('number'));
		this.said = h('p', { id: 'phoneSaid', role: 'alert' });
		this.form = h('form.phone', { hidden: true, onsubmit: (e) => this.submit(e),
			onkeydown: (e) => e.key === 'Escape' && !e.isComposing && this.escaped(e) }, h('label', null, this.label, this.input),
			h('div.options', null, this.go, this.again, button('cancel', () => this.close())), this.said);
		if (this.asks)
			this.ask(this.asks);
		return this.form;
	}
	/* what: 'number' or 'code'. */
	ask(what) {
		const { t } = this.chat.ui, code = what === 'code';
		this.asks = what;
		this.form.hidden = false;
		this.label.textContent = t(code ? 'phoneCode' : 'phoneNumber');
		this.go.textContent = t(code ? 'phoneCheck' : 'phoneGet');
		this.again.hidden = !code;
		this.input.value = code ? '' : this.number;
		this.input.setAttribute('autocomplete', code ? 'one-time-code' : 'tel');
		this.say(t('phoneWhy'));
		this.input.focus();
	}
	say(text, wrong) {
		this.said.textContent = text;
		this.said.className = wrong ? 'error' : '';
	}
	close() {
		this.asks = '';
		this.form.hidden = true;
		this.chat.field.focus();
	}
	/* Escape ends the form, not the chat around it. */
	escaped(event) {
		event.preventDefault();
		this.close();
		event.stopPropagation();
	}
	submit(event) {
		event.preventDefault();
		if (this.asks === 'number')
			this.number = this.input.value;
		this.chat.link.send({ type: 'phone', [this.asks]: this.input.value });
		this.input.focus();
	}
	/* Of any tab of this citizen. */
	heard(frame) {
		if (!this.asks)
			return;
		if (frame.state === 'proven')
			return this.close();
		if (frame.state === 'sent')
			this.ask('code');
		else if (frame.state === 'over')
			this.ask('number');
		this.say(frame.text, frame.state !== 'sent');
	}
}
