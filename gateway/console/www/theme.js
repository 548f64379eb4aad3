/* Before the first paint: the theme and the language, so that neither flashes. A classic script on purpose. */
(function () {
	var root = document.documentElement;
	var read = function (key) {
		try {
			return localStorage.getItem(key);
		} catch (e) {
			return null;
		}
	};
	var theme = read('xq.theme');
	if (theme !== 'dark' && theme !== 'light')
		theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
	root.dataset.theme = theme;
	root.lang = read('xq.lang') === 'en' ? 'en' : 'zh-CN';
})();
