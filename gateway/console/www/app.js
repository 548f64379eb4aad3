import { h } from './lib/dom.js';
import { loadLanguage } from './lib/i18n.js';
import { start } from './data/session.js';
import './parts/xq-app.js';

await loadLanguage();
document.body.append(h('xq-app'));
await start();
document.documentElement.dataset.ready = '1';
