// What people write into forms to make a page run it, written down by the place where it would work: each calls hit(), which no page
// may ever do. Bare tags, attributes, addresses, styles, templates, parsers' corners, encodings, and what only disturbs.
export const payloads = [
	'<script>hit(1)</script>', '"><script src=//127.0.0.1:9/x.js></script>', '<img src=x onerror=hit(3)>', '<svg/onload=hit(4)>',
	'</textarea></title><svg><animate onbegin=hit(5) attributeName=x dur=1s>', '<iframe srcdoc="<script>parent.hit(6)</script>">',
	'<a href="javascript:hit(7)">点我</a> javascript:hit(7)', "' onmouseover='hit(8)' x='", '${hit(9)} {{constructor.constructor("hit(9)")()}} #{hit(9)}',
	'<math><mtext><option><FAKEFAKE><option></option><mglyph><svg><mtext><style><a title="</style><img src onerror=hit(10)>">',
	'<style>*{display:none!important}</style>', '&lt;script&gt;hit(12)&lt;/script&gt;', '\u202Egnp.exe\u202C 反向\u200B零宽\u2066隔离',
	'%3Cscript%3Ehit(14)%3C/script%3E \\u003cscript\\u003e', '<ScRiPt>hit(15)</sCrIpT>', '<script\n>hit(16)</script\t>', '<script/x>hit(17)</script>',
	'<scr<script>ipt>hit(18)</scr</script>ipt>', '<<script>hit(19)//<</script>', '"><img src=x onerror=hit(20)>', "';hit(21);//", '";hit(22);//',
	'`-hit(23)-`', '</script><script>hit(24)</script>', '</style><script>hit(25)</script>', '--><script>hit(26)</script><!--',
	']]><script>hit(27)</script>', '<body onload=hit(28)>', '<input autofocus onfocus=hit(29)>', '<select autofocus onfocus=hit(30)>',
	'<details open ontoggle=hit(31)>x</details>', '<video><source onerror=hit(32)></video>', '<audio src=x onerror=hit(33)>',
	'<video poster=javascript:hit(34)>', '<object data="javascript:hit(35)">', '<embed src="javascript:hit(36)">',
	'<iframe src="javascript:parent.hit(37)"></iframe>', '<iframe/onload=hit(38)>', '<form action="javascript:hit(39)"><button>x</button></form>',
	'<button formaction="javascript:hit(40)" form=x>', '<isindex action=javascript:hit(41) type=image>', '<meta http-equiv=refresh content="0;url=javascript:hit(42)">',
	'<link rel=stylesheet href="data:text/css,*{display:none}">', '<base href="//127.0.0.1:9/">', '<marquee onstart=hit(45)>', '<svg><script>hit(46)</script></svg>',
	'<svg><a xlink:href="javascript:hit(47)"><text y=9>x</text></a></svg>', '<svg><use href="data:image/svg+xml,<svg id=x onload=hit(48)>#x"/></svg>',
	'<svg><foreignObject><img src onerror=hit(49)></foreignObject></svg>', '<svg><style><img src=x onerror=hit(50)></style>', '<noscript><p title="</noscript><img src=x onerror=hit(51)>">',
	'<template><img src=x onerror=hit(52)></template>', '<table background="javascript:hit(53)">', '<div style="background:url(javascript:hit(54))">',
	'<div style="width:expression(hit(55))">', '<img src="jav&#x09;ascript:hit(56)">', '<a href="jav\tascript:hit(57)">x</a>', '<a href="&#106;avascript:hit(58)">x</a>',
	'<a href="\u0001javascript:hit(59)">x</a>', 'data:text/html,<script>hit(60)</script>', 'data:text/html;base64,PHNjcmlwdD5oaXQoKTwvc2NyaXB0Pg==', 'vbscript:hit(62)',
	'http://a.example/"onmouseover="hit(63)', "http://a.example/'onclick='hit(64)", 'https://a.example/<img src=x onerror=hit(65)>', 'http://javascript:hit(66)@a.example/',
	'\uFF1Cscript\uFF1Ehit(67)\uFF1C/script\uFF1E', '+ADw-script+AD4-hit(68)+ADw-/script+AD4-', '<img src=x onerror\u00A0=hit(69)>', '<img/src=`x`onerror=hit(70)>',
	'<x onclick=hit(71)>按我', '<p id=__proto__>{"__proto__":{"x":1}}', '<form id=location><input name=href></form>', '<img name=getElementById>',
	'[x](javascript:hit(75))', '![x](x"onerror="hit(75))', '<xq-chat server="https://127.0.0.1:9/"></xq-chat>', '<xq-facts onclick=hit(77)>', '{{hit}} {number} {text} {{ }}', '%s%n%x %(x)s $& $1 \\0',
];

// In so many texts, all of them.
export const inTexts = (n) => Array.from({ length: n }, (_, i) => payloads.filter((_, k) => k % n === i).join(' '));
