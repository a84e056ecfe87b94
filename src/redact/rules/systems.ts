import { rulesOf } from './rule.ts'

const upToFlag = String.raw`\b[^\n\0|;]{0,240}?[ \t]`

/** Passwords where systems, keystores, servers and consoles are looked after: their programs, and what these print. */
export const systems = rulesOf([
  {
    id: 'password',
    keywords: [
      'unlock-keychain',
      'create-keychain',
      'security import',
      'certutil',
      'pk12util',
      'productsign',
      'keychain-password',
    ],
    pattern: String.raw`KW${upToFlag}-[pPW][ \t]{1,4}ARG`,
    exact: true,
    finds: ['security unlock-keychain -p «{b62:9}» login.keychain', 'certutil -f -p «{b62:9}» -importpfx a.pfx'],
    leaves: ['security unlock-keychain -p "$PW" x', 'security import a.p12 -k login.keychain'],
  },
  {
    id: 'password',
    keywords: ['signtool', 'schtasks', 'sc.exe', 'sc config', 'sc create', 'wmic', 'winget', 'dism'],
    pattern: String.raw`KW${upToFlag}(?:/r?p|password=)[ \t]{1,4}ARG`,
    finds: [
      'signtool sign /f a.pfx /p «{b62:9}» a.exe',
      'schtasks /create /ru joe /rp «{b62:9}» /tn x',
      'sc config x password= «{b62:9}»',
    ],
    leaves: ['signtool sign /f a.pfx /p %PW% a.exe', 'schtasks /query /tn x'],
  },
  {
    id: 'password',
    keywords: ['kinit ', 'smbpasswd', 'mysql ', 'su ', 'sftp ', 'ssh ', 'openssl ', 'zfs ', 'rclone '],
    pattern: String.raw`KW[^\n\0<|;]{0,120}<<<[ \t]{0,4}ARG`,
    judge: 'madeUp',
    finds: ["kinit joe@ACME <<< '«{b62:9}!1»'", 'smbpasswd -s -a joe <<< "«{b62:9}!1»"'],
    leaves: ['mysql app <<< "select 12"', 'kinit joe <<< "$PW"'],
  },
  {
    id: 'password',
    keywords: [
      'user:password',
      'user password',
      'set-password ',
      'reset-password ',
      'resetpassword ',
      'passwd ',
      'reset_password ',
    ],
    pattern: String.raw`KW[ \t]{0,3}(?:--?\w{1,12}[ \t]{1,3}){0,2}[\w.@-]{1,64}[ \t]{1,4}(?!-)ARG`,
    judge: 'madeUp',
    finds: ['drush user:password admin "«{b62:9}!1»"', 'authelia set-password joe «{b62:9}!1»'],
    leaves: ['passwd -l joe', 'reset-password joe user@acme.io'],
  },
  {
    id: 'password',
    keywords: ['nickserv', '/oper ', '+login ', '-setcookie', '--cookie-secret'],
    pattern: String.raw`(?:nickserv[: ]{1,3}(?:identify|register|ghost)|/oper[ \t]\S{1,40}|\+login[ \t]\S{1,40}|-setcookie|--cookie-secret)[ \t=]{1,4}ARG`,
    judge: 'madeUp',
    finds: ['/msg NickServ IDENTIFY «{b62:9}1»', 'erl -sname a -setcookie «{up:20}»', 'steamcmd +login joe «{b62:9}!1»'],
    leaves: ['/msg NickServ HELP', '-setcookie $COOKIE', '+login anonymous +quit'],
  },
  {
    id: 'password',
    keywords: ['user '],
    pattern: String.raw`(?<=(?:^|\n)[ \t]{0,4})(?:quote )?user[ \t]{1,3}[\w.@-]{1,64}[ \t]{1,3}(?=\S{1,60}[!@#%^&*$?~])(?<secret>[^\s"'\0]{6,128})(?=[ \t]*(?:$|\n))`,
    judge: 'madeUp',
    finds: ['open ftp.acme.io⏎user joe «{b62:9}!1»⏎put a'],
    leaves: ['user joe is there', 'user nginx2 nginx2'],
  },
  {
    id: 'secret',
    keywords: ['secretid', 'secret id', 'secret_id', 'setup-key', 'setup_key', 'preauthkey'],
    pattern: String.raw`KW(?:["']?[ \t]{0,20}[:= ][ \t]{0,20}["']?)(?<secret>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{40,64})`,
    judge: 'any',
    finds: [
      'SecretID:         «{uuid}»',
      'Secret ID    = «{uuid}»',
      'vault write auth/approle/login role_id={uuid} secret_id=«{uuid}»',
    ],
    leaves: ['secret id: the name of it'],
  },
  {
    id: 'password',
    keywords: ['password>'],
    pattern: String.raw`password>\s{0,20}<value>(?<secret>[^<\n\0]{4,256})</`,
    judge: 'password',
    finds: ['<AdministratorPassword><Value>«{b62:9}!»</Value>'],
    leaves: ['<Password><Value>password</Value></Password>'],
  },
])
