/* Times and people, as they are read in Asia/Shanghai. */
import { t } from './i18n.js';

const ZONE = 8 * 3600000;
const two = (n) => String(n).padStart(2, '0');
const local = (at) => new Date(new Date(at).getTime() + ZONE); /* read with the UTC getters */

export const dayOf = (at) => local(at).toISOString().slice(0, 10);
export const clockOf = (at) => local(at).toISOString().slice(11, 16);
export const fullTime = (at) => (at ? `${dayOf(at)} ${clockOf(at)}` : '');

/* In lists: the time today, else the day, with the year when it is another one. */
export function shortTime(at, now) {
	if (!at)
		return '';
	const day = dayOf(at);
	if (day === dayOf(now))
		return clockOf(at);
	return day.slice(0, 4) === dayOf(now).slice(0, 4) ? day.slice(5) : day;
}

export function dayName(at, now) {
	const day = dayOf(at);
	if (day === dayOf(now))
		return t('day.today');
	if (day === dayOf(now - 86400000))
		return t('day.yesterday');
	const d = local(at);
	const week = t('day.week').split(' ')[d.getUTCDay()];
	const name = t('day.date', { m: d.getUTCMonth() + 1, d: d.getUTCDate(), w: week, mm: two(d.getUTCMonth() + 1) });
	return day.slice(0, 4) === dayOf(now).slice(0, 4) ? name : t('day.year', { y: day.slice(0, 4), day: name });
}

/* "3天4时", "6时20分": two units at most. */
export function span(ms) {
	const minutes = Math.max(1, Math.round(ms / 60000));
	const days = Math.floor(minutes / 1440);
	const hours = Math.floor((minutes % 1440) / 60);
	if (days)
		return hours ? t('span.dh', { d: days, h: hours }) : t('span.d', { d: days });
	if (hours)
		return minutes % 60 ? t('span.hm', { h: hours, m: minutes % 60 }) : t('span.h', { h: hours });
	return t('span.m', { m: minutes });
}

export function size(bytes) {
	if (bytes < 1024)
		return `${bytes} B`;
	return bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

/* Day, channel and serial: what tells a ticket of this year from all others. */
export const shortNumber = (number) => (number.length === 17
	? `#${number.slice(4, 8)}-${number.slice(8, 10)}-${Number(number.slice(10, 16))}` : `#${number}`);
export const points = (text) => [...text].length;
