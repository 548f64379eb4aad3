/* The guide beside the chat speaks the language chosen in the chat. */
const department = new URLSearchParams(location.search).get('department');
if (department)
	document.querySelector('xq-chat').setAttribute('department', department);
document.querySelector('xq-chat').addEventListener('xq-language', (e) => {
	document.documentElement.lang = e.detail;
});
document.documentElement.lang = document.querySelector('xq-chat').language || document.documentElement.lang;
