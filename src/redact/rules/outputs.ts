import { rulesOf } from './rule.ts'

/** Programs that print a secret: the line behind their command is one. */
export const outputs = rulesOf([
  {
    id: 'secret',
    keywords: [
      ...[
        'op read ',
        'pass show ',
        'bw get password',
        'secret-tool lookup',
        'find-generic-password',
        'find-internet-password',
        'keyring get ',
      ],
      ...[
        'auth token',
        'auth:token',
        'print-access-token',
        'print-identity-token',
        'versions access',
        'get-login-password',
        'get-access-token',
      ],
      ...[
        'base64 -d',
        'base64 --decode',
        'openssl rand',
        'wg genkey',
        'wg genpsk',
        'pwgen',
        'apg -',
        'gopass show',
        'vault print token',
      ],
      ...[
        'master.key',
        'initialadminpassword',
        'vault kv get -field',
        'vault read -field',
        'age-keygen',
        'account keys list',
        'create token',
      ],
      ...[
        'token_hex(',
        'token_urlsafe(',
        'doppler secrets get',
        'base64 -w0',
        'ssm get-parameter',
        'get-secret-value',
        '.jwt',
        'show-auth-token',
      ],
    ],
    pattern: String.raw`[^\n\0]{5,400}\n(?<secret>[^\s\0]{6,4096})[ \t]*(?=\n|\0|$)`,
    judge: 'madeUp',
    finds: [
      '$ op read op://Private/db/password⏎«{b62:9}!2»',
      '$ openssl rand -hex 32⏎«{hex:64}»',
      '$ gh auth token⏎«gho_{b62:36}»',
    ],
    leaves: ['run gh auth token⏎to see it', '$ gh auth token⏎no oauth token'],
  },
])
