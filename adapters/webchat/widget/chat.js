/* <xq-chat>: the element a site embeds. It owns the line, the outbox and the view; the parts reach each other through
 * `ui` only. Attributes: mode (float, inline), language, theme (light, dark, auto), color, position (right, left),
 * greeting, identity, department, server. */
const WORDS = {}, WORDS_AGAIN_MS = 3000;
const TYPING_EVERY_MS = 3000, OFFLINE_AFTER_MS = 1500, SAY_MS = 4000, FIELD_MAX_PX = 132;

class XqChat extends HTMLElement {
	connectedCallback() {
		if (this.root)
			return this.wake();
		const server = this.server = new URL(this.getAttribute('server') || SERVER.base);
		const socket = new URL('chat/ws', server);
		socket.protocol = server.protocol === 'https:' ? 'wss:' : 'ws:';
		this.inline = this.getAttribute('mode') === 'inline';
		/* Each visitor that the site vouches for has a shelf of his own: he and the next one share a computer. */
		this.identity = this.getAttribute('identity');
		this.shelf = new Shelf(server.host + (this.identity ? '.' + this.identity.replace(/:\d+:\w+$/, '') : ''));
		this.link = new Link(socket.href, () => this.hello(), (f) => this.heard(f), () => this.lineChanged());
		this.outbox = new Outbox(this.shelf, this.link, (e) => this.entryChanged(e));
		this.files = new Files(this);
		this.phoning = new Phone(this);
		const asked = this.shelf.get('language') || this.getAttribute('language') || document.documentElement.lang ||
			SERVER.language;
		this.speak(/^en/i.test(asked) ? 'en' : 'zh-CN', () => this.isConnected && !this.root && this.begin());
	}
	begin() {
		this.ui = {
			chat: this,
			maxText: SERVER.max_text,
			t: (key, slots) => this.t(key, slots),
			dayName: (at) => this.dayName(at),
			ticket: (number) => this.ticketLine(number),
			survey: (item) => new Survey(this.ui, item).node
		};
		this.timeline = new Timeline(this.ui);
		this.outbox.entries.filter((e) => e.frame.type === 'message').forEach((e) => this.timeline.pending(e));
		this.media = ['(max-width: 560px)', '(pointer: coarse)', '(prefers-color-scheme: dark)'].map((q) => matchMedia(q));
		[this.phone, this.touch, this.dark] = this.media;
		this.dress();
		this.build();
		this.wake();
	}
	disconnectedCallback() {
		this.link.stop();
		(this.wakes || []).forEach((stop) => stop());
	}
	wake() {
		const on = (target, event, act) => {
			target.addEventListener(event, act);
			return () => target.removeEventListener(event, act);
		};
		this.wakes = [
			this.shelf.watch((name, value) => this.otherTab(name, value)),
			on(document, 'visibilitychange', () => this.read()),
			on(this.dark, 'change', () => this.paint()),
			on(this.phone, 'change', () => this.isOpen && !this.inline && this.reopen()),
			on(this.phone, 'change', () => this.fit())
		];
		if (window.visualViewport)
			this.wakes.push(on(visualViewport, 'resize', () => this.fit()), on(visualViewport, 'scroll', () => this.fit()));
		/* Nobody is known to the gateway before he opens the chat; who has been here gets his news at once. */
		if (this.inline || this.shelf.get('token'))
			this.link.start();
	}

	/* --- words --- */

	/* Fetches the words of a language when they are first wanted; then() runs once they are here. */
	speak(language, then) {
		const said = (words) => {
			WORDS[language] = words;
			this.language = language;
			then();
		};
		if (WORDS[language])
			return said(WORDS[language]);
		fetch(new URL('widget/words/' + language, this.server)).then((r) => r.json()).then(said,
			() => setTimeout(() => this.speak(language, then), WORDS_AGAIN_MS));
	}
	t(key, slots) {
		return WORDS[this.language][key].replace(/\{(\w+)\}/g, (_, slot) => slots[slot]);
	}
	dayName(at) {
		const day = dayOf(at);
		if (day === dayOf(Date.now()))
			return this.t('today');
		return day === dayOf(Date.now() - 86400000) ? this.t('yesterday') : day;
	}
	/* To screen readers, politely. */
	say(text) {
		const node = h('p', null, text);
		this.live.append(node);
		setTimeout(() => node.remove(), SAY_MS);
	}

	/* --- building --- */

	dress() {
		const root = this.attachShadow({ mode: 'open' });
		if (root.adoptedStyleSheets && CSSStyleSheet.prototype.replaceSync) {
			const sheet = new CSSStyleSheet();
			sheet.replaceSync(CSS);
			root.adoptedStyleSheets = [sheet];
		} else {
			root.append(h('link', { rel: 'stylesheet', href: new URL('widget/style.css', SERVER.base).href }));
		}
	}
	build() {
		const was = this.root;
		this.root = h('div.root', { lang: this.language });
		this.live = h('div.sr', { role: 'status', 'aria-live': 'polite' });
		const body = [this.header(), this.bannerNode(), h('div.body', null, ...this.timeline.build(...this.intro())),
			this.quick(), this.composer()];
		if (this.inline) {
			this.panel = h('section.panel', { 'aria-labelledby': 'title' }, ...body);
			this.root.append(this.panel, this.live);
		} else {
			this.panel = h('dialog.panel', { 'aria-labelledby': 'title', oncancel: (e) => this.escaped(e),
				onkeydown: (e) => e.key === 'Escape' && !e.isComposing && this.escaped(e) }, ...body);
			this.root.append(this.launcher(), this.panel, this.live);
		}
		if (was)
			was.replaceWith(this.root);
		else
			this.shadowRoot.append(this.root);
		this.paint();
		this.grow();
		this.badge();
		this.showLine();
		this.timeline.toEnd();
	}
	launcher() {
		this.unreadNode = h('b.badge', { hidden: true, 'aria-hidden': 'true' });
		this.button = h('button.launch', { 'aria-haspopup': 'dialog', 'aria-expanded': 'false',
			onclick: () => this.open() }, icon('chat'), h('span', null, this.t('launch')), this.unreadNode);
		return this.button;
	}
	header() {
		const tool = (props, ...children) => h('button.tool', props, ...children);
		this.bigTool = tool({ onclick: () => this.toggleBig() });
		this.heading = h('h2', { id: 'title', tabindex: '-1' }, this.t('title', { name: SERVER.name }));
		this.status = h('p.status');
		return h('header', null, h('div.names', null, this.heading, this.status),
			this.bigTool,
			tool({ lang: this.language === 'en' ? 'zh-CN' : 'en', onclick: () => this.otherLanguage() }, this.t('language')),
			this.inline ? null : tool({ class: 'tool close', 'aria-label': this.t('close'), onclick: () => this.close() },
				icon('close')));
	}
	bannerNode() {
		this.banner = h('p.banner', { role: 'status', hidden: true });
		return this.banner;
	}
	intro() {
		const { t } = this.ui;
		const greeting = this.getAttribute('greeting') || SERVER.greeting || t('greeting', { name: SERVER.name });
		this.forgetBox = h('div.forget');
		this.forgetButton();
		return [
			h('div.notes', null, h('p.urgent', null, t('urgent')), h('p', null, t('privacy'), ' ', this.forgetBox)),
			h('div.m.in.greeting', null, h('span.who', null, SERVER.name), h('div.b', { dir: 'auto' }, linked(greeting, t('link'))))
		];
	}
	quick() {
		return h('div.quick', null, h('button.chip', { onclick: () => this.post(this.t('trackText')) },
			icon('search'), this.t('track')), SERVER.phones ? h('button.chip', { onclick: () => this.phoning.ask('number') },
			icon('phone'), this.t('phone')) : null, this.phoning.build());
	}
	composer() {
		const { t } = this.ui;
		this.field = h('textarea', { id: 'field', rows: '1', 'aria-label': t('input'), placeholder: t('input'),
			'aria-describedby': 'count', enterkeyhint: this.touch.matches ? 'enter' : 'send',
			oninput: () => this.typed(), onkeydown: (e) => this.pressed(e) });
		this.field.value = this.shelf.get('draft') || '';
		this.counter = h('p.count', { id: 'count' });
		const take = (event, from) => {
			if (!SERVER.max_files || !from || !from.files.length)
				return;
			this.link.start();
			this.files.add(Array.from(from.files));
			event.preventDefault();
		};
		const picker = h('input', { type: 'file', multiple: true, hidden: true, onchange: (e) => {
			take(e, picker);
			picker.value = '';
		} });
		return h('form.composer', { onsubmit: (e) => this.submitted(e), onpaste: (e) => take(e, e.clipboardData),
			ondragover: (e) => e.preventDefault(), ondrop: (e) => take(e, e.dataTransfer) }, this.files.build(),
		h('div.line', null, SERVER.max_files ? h('button.attach', { 'aria-label': t('attach'), title: t('attach'),
			onclick: () => picker.click() }, icon('clip'), picker) : null,
		this.field, h('button.go', { type: 'submit' }, t('send'))), this.counter);
	}
	ticketLine(number) {
		const { t } = this.ui;
		const copy = () => navigator.clipboard.writeText(number).then(() => this.say(t('copied')));
		return [t('ticket'), h('b', null, number),
			navigator.clipboard ? h('button.text', { onclick: copy }, t('copy')) : ''];
	}

	/* --- looks --- */

	paint() {
		const theme = this.getAttribute('theme');
		const dark = theme === 'dark' || (theme === 'auto' && this.dark.matches);
		const colour = readableColour(this.getAttribute('color'));
		this.root.classList.toggle('dark', dark);
		this.root.classList.toggle('left', this.getAttribute('position') === 'left');
		const big = Boolean(this.shelf.get('big'));
		this.root.classList.toggle('big', big);
		this.bigTool.setAttribute('aria-pressed', big);
		this.bigTool.textContent = this.t(big ? 'bigOff' : 'big');
		this.root.classList.toggle('inline', this.inline);
		if (colour)
			['--accent', '--accent-hover'].forEach((name) => this.root.style.setProperty(name, colour));
	}
	/* Above a phone's keyboard, which covers a fixed panel without changing the page's height. */
	fit() {
		const view = window.visualViewport;
		const full = view && this.isOpen && !this.inline && this.phone.matches;
		this.panel.style.height = full ? view.height + 'px' : '';
		this.panel.style.top = full ? view.offsetTop + 'px' : '';
	}
	toggleBig() {
		this.shelf.set('big', this.shelf.get('big') ? null : '1');
		this.paint();
		this.grow();
	}
	otherLanguage() {
		this.speak(this.language === 'en' ? 'zh-CN' : 'en', () => this.languageChanged());
	}
	languageChanged() {
		this.shelf.set('language', this.language);
		this.dispatchEvent(new CustomEvent('xq-language', { detail: this.language, bubbles: true }));
		const open = this.isOpen, { field } = this, writes = this.shadowRoot.activeElement === field; /* the words took a while to come */
		this.build();
		if (open)
			this.present();
		(writes ? this.field : this.root.querySelectorAll('.tool')[1]).focus();
		if (writes)
			this.field.setSelectionRange(field.selectionStart, field.selectionEnd);
		this.link.restart();
	}

	/* --- opening and closing --- */

	present() {
		this.isOpen = true;
		if (this.inline)
			return;
		this.button.setAttribute('aria-expanded', 'true');
		if (!this.panel.showModal)
			this.panel.setAttribute('open', '');
		else if (this.phone.matches)
			this.panel.showModal();
		else
			this.panel.show();
		this.fit();
		this.timeline.toEnd();
	}
	open() {
		if (this.isOpen)
			return;
		this.present();
		this.link.start();
		(this.touch.matches ? this.heading : this.field).focus();
		this.read();
	}
	reopen() {
		this.panel.close();
		this.present();
	}
	escaped(event) {
		event.preventDefault();
		this.close();
	}
	close() {
		this.isOpen = false;
		if (this.panel.close)
			this.panel.close();
		else
			this.panel.removeAttribute('open');
		this.button.setAttribute('aria-expanded', 'false');
		this.button.focus();
	}
	get looking() {
		return (this.inline || this.isOpen) && document.visibilityState === 'visible' && this.timeline.stuck;
	}
	/* Tells the gateway and the badge how far the citizen has read. */
	read() {
		const seq = this.timeline.lastFromUs;
		if (this.looking && seq > Number(this.shelf.get('seen')))
			this.shelf.set('seen', seq);
		if (this.looking && seq && seq > (this.seenSaid || 0) && this.link.up) {
			this.seenSaid = seq;
			this.link.send({ type: 'seen', seq });
		}
		this.badge();
	}
	badge() {
		if (this.inline)
			return;
		const n = this.timeline.unread(Number(this.shelf.get('seen')));
		this.unreadNode.hidden = !n;
		this.unreadNode.textContent = n > 99 ? '99+' : n;
		this.button.setAttribute('aria-label', n ? this.t('launchUnread', { n }) : this.t('launch'));
	}

	/* --- the line --- */

	hello() {
		this.tokenSaid = this.shelf.get('token');
		return { type: 'hello', token: this.tokenSaid, last_seq: this.timeline.lastSeq, language: this.language,
			identity: this.identity };
	}
	heard(frame) {
		const act = this['heard_' + frame.type];
		if (act)
			act.call(this, frame);
	}
	heard_welcome(frame) {
		const stored = this.shelf.get('token');
		if (stored && stored !== this.tokenSaid && stored !== frame.token)
			return this.startOver(); /* another tab was first: share its conversation */
		if (stored !== frame.token) {
			this.shelf.set('token', frame.token);
			this.shelf.remove('seen');
		}
		this.token = frame.token;
		if (frame.token !== this.tokenSaid || frame.last_seq < this.timeline.lastSeq)
			this.timeline.clear();
		this.seenSaid = 0;
		this.oldUpTo = frame.last_seq;
	}
	heard_message(frame) {
		const item = this.timeline.heard(frame);
		this.outbox.acked(frame.id);
		if (!item || item.from === 'citizen')
			return;
		this.timeline.staffRests();
		if (frame.seq > this.oldUpTo) /* what is older than this line is not read out */
			this.say((item.name || this.t(item.from)) + '：' + [item.text].concat((item.files || []).map((f) => f.name)).join(' '));
		this.read();
	}
	heard_survey(frame) {
		this.heard_message(frame);
	}
	heard_ack(frame) {
		const entry = this.outbox.acked(frame.id);
		if (entry && entry.frame.type === 'message')
			this.timeline.acked(frame);
		if (frame.survey)
			this.surveyAnswered(frame.survey);
	}
	heard_typing() {
		this.timeline.staffTypes();
	}
	heard_seen(frame) {
		this.timeline.staffSaw(frame.ticket, frame.seq);
	}
	heard_phone(frame) {
		this.phoning.heard(frame);
	}
	heard_error(frame) {
		this.outbox.refused(frame);
	}
	startOver() {
		this.timeline.clear();
		this.link.restart();
	}
	lineChanged() {
		if (this.link.up) {
			if (!this.banner.hidden)
				this.say(this.t('back'));
			this.outbox.flush();
			this.files.retry();
		} else {
			this.outbox.lineLost();
			this.timeline.staffRests();
		}
		this.timeline.items.forEach((i) => this.timeline.mark(i));
		this.bannerLater();
		this.showLine();
	}
	bannerLater() {
		clearTimeout(this.bannerTimer);
		this.waited = false;
		this.bannerTimer = setTimeout(() => {
			this.waited = true;
			this.showLine();
		}, OFFLINE_AFTER_MS);
	}
	showLine() {
		const down = this.link.wanted && !this.link.up;
		const long = down && this.waited;
		this.status.textContent = this.t(down ? 'connecting' : 'ready');
		if (this.banner.hidden !== long)
			return;
		this.banner.hidden = !long;
		this.banner.textContent = '';
		if (long)
			this.banner.append(icon('offline'), h('span', null, this.t('offline')));
	}
	otherTab(name, value) {
		if (name === 'seen')
			this.badge();
		if (name === 'token' && value && value !== this.tokenSaid && this.link.wanted)
			this.startOver();
		if (name === 'token' && !value)
			this.forgotten();
	}

	/* --- writing --- */

	typed() {
		this.grow();
		this.shelf.set('draft', this.field.value);
		const now = performance.now(), again = this.typingSaid === undefined || now - this.typingSaid > TYPING_EVERY_MS;
		if (this.field.value.trim() && again) {
			this.typingSaid = now;
			this.link.send({ type: 'typing' });
		}
	}
	/* The field's height and the counter. */
	grow() {
		const { field, counter } = this;
		field.style.height = 'auto';
		field.style.height = Math.min(field.scrollHeight + 3, FIELD_MAX_PX) + 'px';
		field.classList.toggle('scrolls', field.scrollHeight > FIELD_MAX_PX);
		const left = SERVER.max_text - countCharacters(field.value);
		counter.classList.toggle('error', left < 0);
		const words = left < 0 ? this.t('over', { n: -left }) : left < SERVER.max_text / 5 ? this.t('left', { n: left }) : '';
		if (words && !counter.dataset.near)
			this.say(words);
		counter.dataset.near = words ? '1' : '';
		counter.textContent = words || (this.touch.matches ? '' : this.t('hint'));
	}
	/* Enter that ends a pinyin line is not Enter: isComposing in most browsers, key code 229 in Safari. */
	pressed(event) {
		if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229 && !this.touch.matches)
			this.submitted(event);
	}
	submitted(event) {
		event.preventDefault();
		const text = this.field.value.trim();
		this.field.focus();
		if (!text && !this.files.list.length)
			return this.say(this.t('empty'));
		if (countCharacters(text) > SERVER.max_text)
			return this.say(this.counter.textContent);
		const files = this.files.take();
		if (!files)
			return this.say(this.t('fileWait'));
		this.post(text, files);
		this.setField('');
	}
	setField(text) {
		this.field.value = text;
		this.shelf.set('draft', text);
		this.grow();
	}
	post(text, files) {
		/* A lone half of a character cannot travel. */
		const whole = text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(^|[^\ud800-\udbff])[\udc00-\udfff]/g, '$1\ufffd');
		this.timeline.pending(this.outbox.add({ type: 'message', text: whole, files,
			department: this.getAttribute('department') || undefined }));
		this.link.start();
		this.outbox.flush();
	}
	rate(frame) {
		this.entryChanged(this.outbox.add(frame));
		this.outbox.flush();
	}
	ratingUnderWay(survey) {
		return this.outbox.entries.find((e) => e.frame.survey === survey);
	}
	surveyAnswered(survey) {
		this.timeline.items.filter((i) => i.type === 'survey' && i.survey === survey).forEach((i) => {
			i.open = false;
			i.card.build();
		});
	}
	entryChanged(entry) {
		const item = this.timeline.byId.get(entry.id);
		if (item)
			this.timeline.mark(item);
		if (entry.frame.type === 'rating' && entry.state !== 'sent')
			this.timeline.items.filter((i) => i.card && i.survey === entry.frame.survey).forEach((i) => i.card.build());
		if (entry.state === 'failed')
			this.say(this.t('failed'));
	}
	/* A message that failed goes back into the field, before what stands there. */
	edit(item) {
		this.outbox.drop(item.entry);
		this.timeline.remove(item);
		this.setField([item.text, this.field.value].filter(Boolean).join('\n'));
		(item.files || []).forEach((given) => {
			const f = { given, name: given.name };
			this.files.list.push(f);
			this.files.draw(f);
		});
		this.field.focus();
	}

	/* --- forgetting, on computers that others use too --- */

	forgetButton() {
		this.forgetBox.replaceChildren(h('button.text', { onclick: () => this.forgetAsk() }, this.t('forget')));
	}
	forgetAsk() {
		const { t } = this.ui;
		const no = h('button.chip', { onclick: () => {
			this.forgetButton();
			this.forgetBox.firstChild.focus();
		} }, t('forgetNo'));
		this.forgetBox.replaceChildren(h('p', null, t('forgetAsk')),
			h('button.chip', { onclick: () => this.forget() }, t('forgetYes')), no);
		no.focus();
	}
	forget() {
		this.shelf.clear();
		this.forgotten();
		this.say(this.t('forgotten'));
		this.heading.focus();
	}
	forgotten() {
		const again = this.inline || this.isOpen;
		this.link.stop();
		this.shelf.memory.clear();
		this.token = null;
		this.outbox.entries = [];
		this.files.list = [];
		this.timeline.items = [];
		this.timeline.clear();
		this.build();
		if (this.isOpen)
			this.present();
		if (again)
			this.link.start();
	}
}
