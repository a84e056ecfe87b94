import { drawn } from './secrets.ts'

const hex = (seed: string, length: number) => drawn(seed, length, 'hex')
const uuid = (seed: string) => [8, 4, 4, 4, 12].map((length, index) => hex(`${seed}/${index}`, length)).join('-')
const each = (count: number, make: (seed: string) => string): string[] =>
  Array.from({ length: count }, (_item, index) => make(`look-alike ${index}`))

/** Ids, hashes and bytes: what is drawn by lot and tells nothing. */
function drawnByLot(): string[] {
  return [
    ...each(6, (seed) => `commit ${hex(seed, 40)}\nAuthor: Joe`),
    ...each(4, (seed) => `index ${hex(seed, 7)}..${hex(`${seed}b`, 7)} 100644`),
    ...each(5, (seed) => `sha256:${hex(seed, 64)}`),
    ...each(4, (seed) => `"integrity": "sha512-${drawn(seed, 86, 'base64')}=="`),
    ...each(4, (seed) => `"resolved": "https://registry.npmjs.org/x/-/x-1.0.0.tgz#${hex(seed, 40)}"`),
    ...each(6, (seed) => uuid(seed)),
    ...each(4, (seed) => `"id": "${uuid(seed)}", "session": "${uuid(`${seed}s`)}"`),
    ...each(4, (seed) => `ses_${hex(seed, 12)}ffe${drawn(seed, 14)}`),
    ...each(4, (seed) => `msg_${hex(seed, 12)}001${drawn(seed, 14)}`),
    ...each(4, (seed) => `prt_${hex(seed, 12)}002${drawn(seed, 14)}`),
    ...each(4, (seed) => `"callID": "call_00_${drawn(seed, 22)}"`),
    ...each(4, (seed) => `toolu_01${drawn(seed, 22)}`),
    ...each(3, (seed) => `chatcmpl-${drawn(seed, 29)}`),
    ...each(4, (seed) => `data:image/png;base64,iVBORw0KGgo${drawn(seed, 3000, 'base64')}`),
    ...each(3, (seed) => `<img src="data:image/jpeg;base64,/9j/${drawn(seed, 3000, 'base64')}">`),
    ...each(2, (seed) => `@font-face{src:url(data:font/woff2;base64,d09GMg${drawn(seed, 3000, 'base64')}) format("woff2")}`),
    ...each(
      3,
      (seed) =>
        `//# sourceMappingURL=data:application/json;base64,${Buffer.from(`{"version":3,"names":["${seed}"],"mappings":"AAAA,SAAS"}`).toString('base64')}`,
    ),
    ...each(3, (seed) => `ETag: W/"${hex(seed, 32)}"`),
    ...each(3, (seed) => `x-request-id: req_${drawn(seed, 24)}`),
    ...each(3, (seed) => `traceparent: 00-${hex(seed, 32)}-${hex(`${seed}p`, 16)}-01`),
    ...each(3, (seed) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${drawn(seed, 43, 'base64')} joe@laptop`),
    ...each(3, (seed) => `SHA256:${drawn(seed, 43, 'base64')} joe@laptop (ED25519)`),
    ...each(
      2,
      (seed) => `-----BEGIN CERTIFICATE-----\n${drawn(seed, 640, 'base64').replace(/.{64}/g, '$&\n')}-----END CERTIFICATE-----`,
    ),
    ...each(
      2,
      (seed) => `-----BEGIN PUBLIC KEY-----\n${drawn(seed, 128, 'base64').replace(/.{64}/g, '$&\n')}-----END PUBLIC KEY-----`,
    ),
    ...each(3, (seed) => `docker pull ghcr.io/acme/x@sha256:${hex(seed, 64)}`),
    ...each(3, (seed) => `h1:${drawn(seed, 43, 'base64')}=`),
    ...each(3, (seed) => `name = "x"\nchecksum = "${hex(seed, 64)}"`),
    ...each(3, (seed) => `/assets/index-${drawn(seed, 8)}.js`),
    ...each(3, (seed) => `https://youtu.be/${drawn(seed, 11, 'url')}?t=42`),
    ...each(3, (seed) => `https://docs.google.com/document/d/${drawn(seed, 44, 'url')}/edit`),
    ...each(2, (seed) => `0x${hex(seed, 40)}`),
    ...each(2, (seed) => `nix/store/${drawn(seed, 32).toLowerCase()}-openssl-3.0.13`),
  ]
}

const blanks = `
API_KEY=your_api_key_here
API_KEY=your-key
OPENAI_API_KEY=sk-your-key-here
OPENAI_API_KEY=sk-...
OPENAI_API_KEY=sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
ANTHROPIC_API_KEY=sk-ant-...
ANTHROPIC_API_KEY=<your-anthropic-key>
GITHUB_TOKEN=\${{ secrets.GITHUB_TOKEN }}
GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
GITHUB_TOKEN=$(gh auth token)
GITHUB_TOKEN=$GH_TOKEN
DB_PASSWORD=changeme
DB_PASSWORD=password
DB_PASSWORD=\${DB_PASSWORD:-postgres}
DB_PASSWORD=postgres
POSTGRES_PASSWORD: postgres
MYSQL_ROOT_PASSWORD: root
PASSWORD=********
PASSWORD=<password>
PASSWORD=
PASSWORD=""
SECRET_KEY=changeme123
JWT_SECRET=your-super-secret-jwt-key
JWT_SECRET=secret
TOKEN=%TOKEN%
TOKEN={{ token }}
TOKEN=null
TOKEN=undefined
AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
AWS_SECRET_ACCESS_KEY=
Authorization: Bearer <token>
Authorization: Bearer $TOKEN
Authorization: Bearer \${token}
Authorization: Bearer YOUR_API_TOKEN
Authorization: Basic <credentials>
curl -u user:password https://example.com
curl -u "$USER:$PASS" https://example.com
curl -u user:\${PASSWORD} https://example.com
docker run -u 1000:1000 image
chown -R node:node . && su -u www-data:www-data
postgres://user:password@localhost:5432/db
postgres://postgres:postgres@localhost:5432/postgres
postgresql://\${DB_USER}:\${DB_PASS}@\${DB_HOST}/app
mongodb://localhost:27017/test
redis://localhost:6379
mysql://root:root@127.0.0.1/test
amqp://guest:guest@localhost:5672
https://user:pass@example.com/
https://<user>:<token>@github.com/acme/x.git
https://x-access-token:$TOKEN@github.com/acme/x.git
git@github.com:acme/x.git
ssh://git@github.com:22/acme/x.git
https://unpkg.com/react@18.2.0/umd/react.js
https://cdn.jsdelivr.net/npm/vue@3:/dist
// registry.npmjs.org/:_authToken=\${NPM_TOKEN}
machine github.com login user password <token>
sshpass -p "$PASS" ssh host
mysql -u root -p app
mysql -h localhost -u root -p
acme login --password-stdin
acme login --password "$PASSWORD"
acme login --token=<token>
--token string   the token to use
--password PASSWORD  password of the user
Cookie: <session cookie>
Set-Cookie: theme=dark; Path=/; Max-Age=3600
document.cookie = "lang=english; path=/"
TOKEN=[redacted:token:1]
password: [redacted:password:3]
postgres://app:[redacted:url-password:1]@db/app
Authorization: Bearer [redacted:authorization:1]
-----BEGIN RSA PRIVATE KEY-----\\n...\\n-----END RSA PRIVATE KEY-----
if (text.includes('-----BEGIN PRIVATE KEY-----')) return true
`

const programs = `
const token = process.env.GITHUB_TOKEN
const token = await getToken(user)
const apiKey = config.get('apiKey')
const password = req.body.password
const { password, ...rest } = user
let secret = this.secretService.find(id)
password: string
password: z.string().min(8)
token?: string | null
apiKey: string = ""
readonly secret: Buffer
password = models.CharField(max_length=128)
password = getpass.getpass("Password: ")
token = os.environ["TOKEN"]
token = os.getenv("TOKEN", "")
api_key=settings.API_KEY,
secret_key = secrets.token_hex(32)
password=password, token=token
self.token = token_value
func (c *Client) SetToken(token string) { c.token = token }
token := r.Header.Get("Authorization")
password := flag.String("password", "", "the password")
let token: Option<String> = None;
private String password;
this.password = Objects.requireNonNull(password);
if (token === 'undefined') return
expect(token).toBe('valid-token')
expect(login('user', 'wrong-password')).rejects.toThrow()
const token = 'test-token'
const apiKey = 'test-api-key'
const secret = 'my-secret'
password: 'password123'
password: "test1234"
password: 'secret123'
{ email: 'a@example.com', password: 'correct-password' }
input[type=password] { border: 1px solid #c0ffee }
.token.keyword { color: #07a }
.sk-circle-fade-dot { animation-delay: -1.2s }
<input type="password" name="password" autocomplete="current-password">
<label for="password">Password:</label>
"password": "Passwort"
"password": "Mot de passe"
"password": "Contraseña"
"password": "Пароль"
"password": "パスワード"
"forgotPassword": "Forgot password?"
"passwordPlaceholder": "Enter your password"
"passwordTooShort": "Password must have at least 8 characters"
"resetPassword.title": "Reset your password"
"token": "Token"
"secret": "Secret"
"apiKeyLabel": "API key"
"tokens": {"input": 1201, "output": 88, "cache": {"read": 5000}}
"max_tokens": 4096
max_tokens=32000, temperature=0.2
"tokenType": "Bearer"
"token_type": "bearer", "expires_in": 3600
token_count: 128000
"tokenizer": "cl100k_base"
"key": "value"
key: primary-button-12
key={item.id} className="list-item-2024"
<li key="a1b2c3d4e5f6">
"keybindings": {"ctrl+shift+p": "command.palette2"}
PRIMARY KEY (id), FOREIGN KEY (user_id) REFERENCES users(id)
primary_key=True
"public_key": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8xOUetsCa8EfOlDEBAfREhJqspDoyEh6Szz2in47Tv5n52m9dLYyPCbqZkOB5nTSqtscpkQD"
"keyId": "2024-08-key-01"
"secretName": "acme-tls-2024"
secretKeyRef: { name: db-credentials, key: password }
passwordFile: /run/secrets/db_password
PASSWORD_FILE=/run/secrets/db_password
TOKEN_URL=https://auth.acme.io/oauth2/v1/token
auth_url: https://login.acme.io/oauth2/authorize
authorization_endpoint: https://login.acme.io/authorize
"author": "Joe Doe <joe@acme.io>"
"authors": ["A1 B2"]
authType: "oauth2"
auth: { type: 'bearer' }
auth = AuthMiddleware(app)
credentials: 'include'
credentials: "same-origin"
cookie: { secure: true, maxAge: 86400000 }
cookies: "next/headers"
import Cookies from 'js-cookie'
from cryptography.hazmat.primitives import serialization
bypass=true compass=3 passes: 12 pass: 341 fail: 2
Tests: pass 120, fail 0
✓ rejects a wrong password (12 ms)
STENCIL_PASS_DEPTH_PASS: 0x0B96;
passwordStrength: 3
password_min_length = 12
passphrase: undefined
const SESSION_COOKIE = 'next-auth.session-token'
const KEY_TOKEN = 'auth/accessToken'
localStorage.setItem('token', token)
headers: { Authorization: \`Bearer \${token}\` }
headers.set('Authorization', 'Bearer ' + token)
headers={"Authorization": f"Bearer {token}"}
req.headers.authorization?.split(' ')[1]
access-control-allow-headers: Authorization, X-Api-Key, Content-Type
the bearer of this certificate is allowed to enter the building tomorrow
Use basic authentication or bearer tokens in production
The password is stored as a bcrypt hash
the token is invalid or expired
the secret is to keep functions small
your API key is missing
error: invalid api key: unauthorized
Error: Incorrect password for user admin
fatal: could not read Password for 'https://github.com': terminal prompts disabled
src/auth.ts:42:17: error TS2345: Argument of type 'string'
src/db/pool.ts:5432:12:test:foo
2024-08-01T12:00:00.000Z INFO token refreshed in 1203ms
rate limit: 60 requests per minute per token
token budget: 200k
key_length=2048 hash=sha256
CREATE USER app WITH PASSWORD :'app_password';
ALTER ROLE app PASSWORD NULL;
ssh-keygen -t ed25519 -C joe@acme.io
eyebrow.eyewear.eyelet
xoxo-hugs-and-kisses-from-all-of-us
npm_config_registry=https://registry.npmjs.org
npm_lifecycle_script=vitest
sk-SK sk_SK.UTF-8 hr-HR
task-list-item-checkbox-2024
risk-assessment-report-2024-final-version-12
disk-usage-analyzer-1234567890abcdef
gl-matrix-3.4.3 glob-parent-5.1.2
SG.Utilities.Text.StringBuilder
AIzawa Kenji wrote this
AKIAH is a village
SELECT * FROM tokens WHERE token = $1 AND secret = ?
openssl rand -hex 32
echo "token=$(cat token.txt)" >> $GITHUB_OUTPUT
read -s -p "Password: " password
export default function PasswordField({ label = 'Password' }) {
type TokenPayload = { sub: string; iat: number }
signature: (a: number, b: number) => void
"signature": "function foo(bar: string): void"
?sig=none&page=2
"kind": "Secret", "metadata": {"name": "db"}
`

const linesOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replaceAll('\\n', '\n'))

/** Texts without any secret that look like some: ids and hashes, blanks of examples and tests, programs, translations, words. */
export const lookalikes = (): { readonly group: string; readonly text: string }[] => [
  ...drawnByLot().map((text) => ({ group: 'ids, hashes and bytes', text })),
  ...linesOf(blanks).map((text) => ({ group: 'blanks and placeholders', text })),
  ...linesOf(programs).map((text) => ({ group: 'programs and prose', text })),
]
