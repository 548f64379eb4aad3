// Real mail servers as ordinary processes on high ports of the loopback, each in a folder of its own, ended by their own
// process ids. Both need root here, as Postfix does everywhere.
import { execFileSync, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, until } from './gateway.mjs';
import { owned } from './owned.mjs';

const id = (user, group) => [Number(execFileSync('id', ['-u', user])), Number(execFileSync('getent', ['group', group], { encoding: 'utf8' }).split(':')[2])];
const folder = () => { const d = mkdtempSync(join(tmpdir(), 'xq-peer-')); chmodSync(d, 0o755); return d; };
const open = (port) => new Promise((done) => { const s = connect(port, '127.0.0.1'); s.on('connect', () => { s.destroy(); done(true); }); s.on('error', () => done(false)); });
export const canRun = () => process.getuid() === 0 && existsSync('/usr/sbin/dovecot') && existsSync('/usr/lib/postfix/sbin/master');

class Peer {
	async started(port) {
		this.ended = new Promise((done) => this.child.on('exit', () => { this.gone = true; done(); }));
		await until(`${this.constructor.name} on port ${port}`, async () => { if (this.gone) throw new Error(`it ended: ${this.log()}`); return open(port); }, 15000);
		return this;
	}

	log() { try { return readFileSync(join(this.dir, 'log'), 'utf8').slice(-3000); } catch { return ''; } }
	async stop(signal = 'SIGTERM') { this.child.kill(signal); await this.ended; }
	async end() { if (!this.gone) await this.stop(); rmSync(this.dir, { recursive: true, force: true }); }
}

export function certificate(dir, days = 30) {
	const key = join(dir, 'key.pem'), cert = join(dir, 'cert.pem');
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', String(days), '-subj', '/CN=localhost',
		'-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' });
	return { key, cert };
}

// One mailbox, hotline@test.example with the password "secret": IMAP, IMAPS and LMTP to put mail in.
export class Dovecot extends Peer {
	// oauth: XOAUTH2 with tokens signed by `oauthKey`. readOnly: a mailbox "Frozen" in which no flag sticks.
	static async start() {
		const d = new Dovecot();
		d.dir = folder();
		[d.imap, d.imaps, d.lmtp] = [await freePort(), await freePort(), await freePort()];
		const [uid, gid] = id('nobody', 'nogroup');
		for (const sub of ['run', 'mail', 'tls']) mkdirSync(join(d.dir, sub));
		chownSync(join(d.dir, 'mail'), uid, gid);
		const { key, cert } = certificate(join(d.dir, 'tls'));
		d.cert = cert;
		d.oauthKey = randomBytes(32);
		for (const sub of ['default', 'shared/default']) {
			mkdirSync(join(d.dir, 'keys', sub, 'HS256'), { recursive: true });
			writeFileSync(join(d.dir, 'keys', sub, 'HS256/default'), d.oauthKey.toString('base64'));
		}
		writeFileSync(join(d.dir, 'oauth.conf'), `introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix=${d.dir}/keys/\nusername_attribute = sub\n`);
		writeFileSync(join(d.dir, 'acl'), 'Frozen owner lri\n');
		writeFileSync(join(d.dir, 'users'), 'hotline@test.example:{PLAIN}secret::::::\n');
		const block = (head, ...lines) => `${head} {\n${lines.join('\n')}\n}`;
		writeFileSync(join(d.dir, 'dovecot.conf'), [
			`base_dir = ${d.dir}/run`, `state_dir = ${d.dir}/run`, `instance_name = x${d.imap}`, 'listen = 127.0.0.1', 'protocols = imap lmtp',
			`log_path = ${d.dir}/log`, 'auth_mechanisms = plain login xoauth2', 'disable_plaintext_auth = no', 'ssl = yes', `ssl_cert = <${cert}`, `ssl_key = <${key}`,
			'default_internal_user = dovecot', 'default_internal_group = dovecot', 'default_login_user = dovenull', `mail_location = maildir:${d.dir}/mail/%u`,
			'mail_uid = nobody', 'mail_gid = nogroup', 'first_valid_uid = 1', 'postmaster_address = postmaster@test.example',
			block('namespace inbox', 'inbox = yes', block('mailbox Done', 'auto = create'), block('mailbox Frozen', 'auto = create'), block('mailbox Extra', 'auto = create')),
			'mail_plugins = acl', block('plugin', `acl = vfile:${d.dir}/acl`),
			block('passdb', 'driver = oauth2', 'mechanisms = xoauth2', `args = ${d.dir}/oauth.conf`),
			block('passdb', 'driver = passwd-file', `args = username_format=%u ${d.dir}/users`),
			block('userdb', 'driver = static', `args = uid=nobody gid=nogroup home=${d.dir}/mail/%u allow_all_users=yes`),
			block('service imap-login', block('inet_listener imap', `port = ${d.imap}`), block('inet_listener imaps', `port = ${d.imaps}`, 'ssl = yes')),
			block('service lmtp', block('inet_listener lmtp', 'address = 127.0.0.1', `port = ${d.lmtp}`)), '',
		].join('\n'));
		await d.up();
		return d;
	}

	// An access token for the mailbox, as a provider would give one.
	token(seconds = 3600) {
		const part = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');
		const now = Math.floor(Date.now() / 1000);
		const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'hotline@test.example', iat: now - 10, exp: now + seconds })}`;
		return `${body}.${createHmac('sha256', this.oauthKey).update(body).digest('base64url')}`;
	}

	// Mails of a folder and their flags, as they lie on the disk.
	files(folder = '') {
		const box = join(this.dir, 'mail/hotline@test.example', folder && `.${folder}`);
		return ['new', 'cur'].flatMap((sub) => { try { return readdirSync(join(box, sub)); } catch { return []; } });
	}

	// The children of one that was killed hold its sockets for a moment.
	async up(tries = 30) {
		await until('the port is free', async () => !await open(this.imap), 15000);
		this.gone = false;
		this.child = owned(spawn('/usr/sbin/dovecot', ['-F', '-c', join(this.dir, 'dovecot.conf')], { stdio: 'ignore' }), 'SIGTERM');
		try { return await this.started(this.imap); } catch (e) { if (tries === 0) throw e; }
		await new Promise((r) => setTimeout(r, 300));
		return this.up(tries - 1);
	}
}

// Takes mail by SMTP; the hotline's domain goes on to `lmtp`, all other mail is refused.
export class Postfix extends Peer {
	static async start(lmtp) {
		const p = new Postfix();
		p.dir = folder();
		p.smtp = await freePort();
		const [uid, gid] = id('postfix', 'postfix'), [, drop] = id('postfix', 'postdrop');
		for (const sub of ['etc', 'data', 'spool']) mkdirSync(join(p.dir, sub), { mode: 0o755 });
		chownSync(join(p.dir, 'data'), uid, 0);
		chmodSync(join(p.dir, 'data'), 0o700);
		writeFileSync(join(p.dir, 'etc/main.cf'), Object.entries({
			compatibility_level: '3.6', config_directory: `${p.dir}/etc`, queue_directory: `${p.dir}/spool`, data_directory: `${p.dir}/data`,
			command_directory: '/usr/sbin', daemon_directory: '/usr/lib/postfix/sbin', mail_owner: 'postfix', setgid_group: 'postdrop',
			myhostname: 'mx.test.example', mydestination: '', inet_interfaces: '127.0.0.1', inet_protocols: 'ipv4', mynetworks: '127.0.0.0/8',
			smtpd_relay_restrictions: 'permit_mynetworks, reject', virtual_mailbox_domains: 'test.example', virtual_transport: `lmtp:inet:${lmtp}`,
			virtual_mailbox_maps: '', default_transport: 'error:5.1.2 no outside mail in tests', relayhost: '', maillog_file: `${p.dir}/log`,
			maillog_file_prefixes: p.dir, queue_run_delay: '1s', minimal_backoff_time: '1s', maximal_backoff_time: '2s', lmtp_connect_timeout: '2s',
			message_size_limit: '62914560', smtputf8_enable: 'yes', alias_maps: '', alias_database: '', local_recipient_maps: '', biff: 'no',
			append_dot_mydomain: 'no', smtpd_client_connection_count_limit: '0', smtpd_client_connection_rate_limit: '0',
		}).map(([k, v]) => `${k} = ${v}`).join('\n') + '\n');
		const services = [['pickup', 'unix', 'n', 60, 1], ['cleanup', 'unix', 'n', '-', 0], ['qmgr', 'unix', 'n', 300, 1], ['tlsmgr', 'unix', '-', '1000?', 1],
			['rewrite', 'unix', '-', '-', '-', 'trivial-rewrite'], ['bounce', 'unix', '-', '-', 0], ['defer', 'unix', '-', '-', 0, 'bounce'], ['trace', 'unix', '-', '-', 0, 'bounce'],
			['flush', 'unix', 'n', '1000?', 0], ['proxymap', 'unix', '-', '-', '-'], ['smtp', 'unix', '-', '-', '-'], ['showq', 'unix', 'n', '-', '-'], ['error', 'unix', '-', '-', '-'],
			['retry', 'unix', '-', '-', '-', 'error'], ['discard', 'unix', '-', '-', '-'], ['lmtp', 'unix', '-', '-', '-'], ['anvil', 'unix', '-', '-', 1], ['scache', 'unix', '-', '-', 1],
			['postlog', 'unix-dgram', 'n', '-', 1, 'postlogd']];
		writeFileSync(join(p.dir, 'etc/master.cf'), `127.0.0.1:${p.smtp} inet n - n - - smtpd\n` +
			services.map(([name, type, priv, wake, max, program]) => `${name} ${type} ${priv} - n ${wake} ${max} ${program || name}`).join('\n') + '\n');
		// Postfix waits for a configuration younger than a moment to settle; an older time stamp saves seconds.
		const then = new Date(Date.now() - 60000);
		for (const f of ['main.cf', 'master.cf']) utimesSync(join(p.dir, 'etc', f), then, then);
		const queue = (name, user, group, mode) => { const at = join(p.dir, 'spool', name); mkdirSync(at); chownSync(at, user, group); chmodSync(at, mode); };
		for (const q of ['active', 'bounce', 'corrupt', 'defer', 'deferred', 'flush', 'hold', 'incoming', 'private', 'saved', 'trace']) queue(q, uid, 0, 0o700);
		queue('pid', 0, 0, 0o755);
		queue('maildrop', uid, drop, 0o1730);
		queue('public', uid, drop, 0o2710);
		// A session of its own: on TERM the master signals its process group.
		p.child = owned(spawn('/usr/lib/postfix/sbin/master', ['-c', join(p.dir, 'etc'), '-d'], { stdio: 'ignore', detached: true }), 'SIGTERM');
		return p.started(p.smtp);
	}
}
