/* Pictures and files on their way up, in a row above the text field. Each goes up as soon as it is chosen; a message then
 * only names those that arrived: { file, name, type, size, url }. */
class Files {
	constructor(chat) {
		this.chat = chat;
		this.list = [];
	}
	build() {
		this.row = h('ul.files');
		this.list.forEach((f) => this.draw(f));
		return this.row;
	}
	add(picked) {
		for (const blob of picked) {
			const f = { blob, name: blob.name };
			f.why = this.list.length >= SERVER.max_files ? 'fileMany' : blob.size > SERVER.max_file ? 'fileBig' : '';
			this.list.push(f);
			if (f.why)
				this.draw(f);
			else
				this.send(f);
		}
	}
	send(f) {
		const { chat } = this;
		f.why = '';
		if (!chat.token)
			return this.draw(f); /* until the line is up */
		const url = new URL('chat/files?name=' + encodeURIComponent(f.name), chat.server);
		const request = f.request = new XMLHttpRequest();
		request.open('POST', url);
		request.setRequestHeader('Authorization', 'Bearer ' + chat.token);
		request.upload.onprogress = (e) => (f.bar.value = e.loaded / e.total);
		request.onloadend = () => {
			const { status } = request;
			if (status === 201)
				f.given = JSON.parse(request.responseText);
			else
				f.why = status === 413 ? 'fileBig' : status === 415 || status === 400 ? 'fileType' : 'failed';
			if (this.list.includes(f))
				this.draw(f);
		};
		request.send(f.blob);
		this.draw(f);
	}
	draw(f) {
		const { chat, row } = this;
		const words = f.why && chat.t(f.why, { n: f.why === 'fileBig' ? SERVER.max_file >> 20 : SERVER.max_files });
		const again = f.why === 'failed' && h('button.text', { onclick: () => this.send(f) }, chat.t('retry'));
		const node = h('li', null, f.given ? shown(f.given, chat) : h('span', null, f.name),
			f.given || f.why ? null : f.bar = h('progress', { 'aria-label': f.name }),
			h('p.error', { role: 'alert' }, words), again,
			h('button.text', { 'aria-label': chat.t('fileDrop', { name: f.name }), onclick: () => this.drop(f) },
				icon('close')));
		if (f.node && f.node.parentNode === row)
			f.node.replaceWith(node);
		else
			row.append(node);
		f.node = node;
		if (words)
			chat.say(f.name + ' ' + words);
	}
	drop(f) {
		f.request && f.request.abort();
		this.list = this.list.filter((other) => other !== f);
		f.node.remove();
		this.chat.field.focus();
	}
	/* The line is up: one that was lost took uploads with it, and some have waited for the first. */
	retry() {
		this.list.filter((f) => f.why === 'failed' || !(f.why || f.request || f.given)).forEach((f) => this.send(f));
	}
	/* What arrived, for a message; null: some did not. */
	take() {
		if (!this.list.every((f) => f.given))
			return null;
		const given = this.list.map((f) => f.given);
		this.list = [];
		this.row.textContent = '';
		return given;
	}
}

/* A picture as itself, anything else by name and size; both open in a new window. */
function shown(file, chat) {
	const url = new URL(file.url, chat.server), href = /^http/.test(url.protocol) ? url.href : null;
	const picture = /^image\/(png|jpeg|gif|webp)$/.test(file.type);
	return h(picture ? 'a.pic' : 'a.file', { href, target: '_blank', rel: 'noopener noreferrer', title: chat.t('link') },
		picture ? h('img', { src: href, alt: file.name }) : file.name + ' ' + Math.ceil(file.size / 1024) + ' KB');
}
