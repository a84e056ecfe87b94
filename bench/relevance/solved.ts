import type { Dialogue, Labelled, Piece } from './dialogue.ts'
import type { Bench } from './locomo.ts'

/**
 * What people once solved with their agent, and how they look for it again: by the text of an error, by a name that they remember
 * by half, by a file, by a command, by a question, in another language, with a slip of the hand. Each is asked of a generated
 * store of thousands of other sessions.
 */

const said = (role: 'user' | 'assistant', ...parts: Piece[]) => ({ role, parts })
const you = (text: string) => said('user', { text })
const agent = (text: string) => said('assistant', { text })
const ran = (command: string, output: string) => said('assistant', { tool: 'bash', input: { command }, output })
const failed = (command: string, error: string) => said('assistant', { tool: 'bash', input: { command }, error })
const edited = (filePath: string, newString: string) =>
  said('assistant', { tool: 'edit', input: { filePath, oldString: '', newString }, output: 'done' })
const thought = (reasoning: string) => said('assistant', { reasoning })

interface Story {
  readonly title: string
  readonly messages: Dialogue['messages']
  readonly queries: readonly (readonly [kind: string, query: string])[]
}

const stories: readonly Story[] = [
  {
    title: 'Login callback loops',
    messages: [
      you('After signing in with the identity provider the browser bounces between /login and /callback for ever.'),
      thought('The state cookie is dropped because the callback is a cross-site POST and the cookie is SameSite=Strict.'),
      edited('packages/web/src/auth/callbackHandler.ts', "res.cookie('state', value, { sameSite: 'none', secure: true })"),
      agent('The state cookie is now SameSite=None and Secure, so the OAuth redirect loop is gone.'),
    ],
    queries: [
      ['question', 'how did we fix the endless redirect after oauth login?'],
      ['name', 'callback_handler samesite'],
      ['file', 'auth/callbackHandler.ts'],
      ['slip', 'samesite cooki identiy provider'],
      ['words', 'oauth state cookie dropped'],
    ],
  },
  {
    title: 'Ledger storage',
    messages: [
      you('Postgres or DynamoDB for the ledger? We need several rows changed at once.'),
      agent('We chose Postgres over DynamoDB: the ledger needs transactions over several rows, and the volume is small.'),
      edited('docs/adr/0007-ledger-storage.md', '# Ledger in Postgres\n\nDecided because of multi-row transactions.'),
    ],
    queries: [
      ['question', 'why did we decide against dynamodb for the ledger'],
      ['words', 'chose postgres over dynamodb'],
      ['slip', 'postgers ledger decison'],
      ['file', '0007-ledger-storage'],
    ],
  },
  {
    title: 'Checkout is throttled wrongly',
    messages: [
      you('Limit how often a customer can call the checkout API. A burst of ten is fine.'),
      thought('A token bucket allows bursts, a sliding window does not.'),
      edited(
        'services/checkout/src/middleware/rateLimiter.ts',
        'export class TokenBucket { refillPerSecond = 2; capacity = 10 }',
      ),
      agent('The checkout routes go through a token bucket with a capacity of ten, refilled twice a second.'),
    ],
    queries: [
      ['question', 'which algorithm limits requests to checkout?'],
      ['name', 'token_bucket capacity'],
      ['name', 'rate_limiter'],
      ['words', 'sliding window burst checkout'],
      ['slip', 'tokne buckt'],
    ],
  },
  {
    title: 'Deploy is refused',
    messages: [
      you('The deploy job stopped working after the cluster upgrade.'),
      failed(
        'kubectl apply -f deploy/configmap.yaml',
        'Error from server (Forbidden): configmaps is forbidden: User "system:serviceaccount:prod:deployer" cannot create resource "configmaps" in namespace "prod"',
      ),
      edited('deploy/role.yaml', 'resources: ["configmaps"]\nverbs: ["create", "patch"]'),
      agent('The role of the service account lacked create on configmaps. With the role applied, the deploy went through.'),
    ],
    queries: [
      ['error', 'configmaps is forbidden: User "system:serviceaccount:prod:deployer" cannot create resource'],
      ['error', 'Error from server (Forbidden) cannot create resource configmaps'],
      ['command', 'kubectl apply -f deploy/configmap.yaml'],
      ['question', 'what permission did the deployer service account need?'],
      ['words', 'kubernetes serviceaccount forbidden configmap'],
    ],
  },
  {
    title: '修复数据库连接',
    messages: [
      you('生产环境里数据库连接经常超时，重启以后过几个小时又出现。'),
      thought('连接池没有释放失败事务的连接。'),
      edited('server/db/pool.ts', 'await client.release(true) // 失败的事务也要归还连接'),
      agent('连接池泄漏：事务失败时没有归还连接。现在在 finally 里释放，超时不再出现。'),
    ],
    queries: [
      ['Chinese', '数据库连接为什么超时'],
      ['Chinese', '连接池泄漏'],
      ['Chinese', '事务失败没有释放连接怎么解决'],
      ['file', 'server/db/pool.ts'],
      ['Chinese', '生产环境 重启 超时'],
    ],
  },
  {
    title: 'Undefined map in the report page',
    messages: [
      you('The report page is blank for new customers.'),
      ran(
        'npm run e2e',
        "TypeError: Cannot read properties of undefined (reading 'map')\n    at InvoiceTable (InvoiceTable.tsx:41:27)",
      ),
      edited('apps/report/src/InvoiceTable.tsx', 'const rows = invoices ?? []'),
      agent('New customers have no invoices field at all; the table now falls back to an empty list.'),
    ],
    queries: [
      ['error', "TypeError: Cannot read properties of undefined (reading 'map')"],
      ['error', "Cannot read properties of undefined reading 'map' InvoiceTable.tsx:41"],
      ['name', 'invoice_table'],
      ['question', 'why was the report page blank for new customers'],
      ['slip', 'invocie tabel blank'],
    ],
  },
  {
    title: 'Native module does not build',
    messages: [
      you('npm ci fails on the new laptops.'),
      failed('npm ci', 'gyp ERR! stack Error: Could not find any Python installation to use\ngyp ERR! not ok'),
      ran('brew install python-setuptools', 'python-setuptools was installed'),
      agent('node-gyp of this version imports distutils, which Python 3.12 has dropped; python-setuptools brings it back.'),
    ],
    queries: [
      ['error', 'gyp ERR! stack Error: Could not find any Python installation to use'],
      ['question', 'how did I get node-gyp to work with python 3.12?'],
      ['command', 'brew install python-setuptools'],
      ['words', 'distutils dropped gyp'],
    ],
  },
  {
    title: 'Bilder werden gedreht',
    messages: [
      you('Hochgeladene Fotos vom Telefon erscheinen um neunzig Grad gedreht.'),
      agent('Die Ausrichtung steht in den EXIF-Daten und geht beim Verkleinern verloren. sharp().rotate() wendet sie vorher an.'),
      edited('upload/verkleinern.ts', 'await sharp(datei).rotate().resize(1600)'),
    ],
    queries: [
      ['German', 'warum waren die Fotos gedreht'],
      ['German', 'Ausrichtung EXIF Verkleinern'],
      ['German', 'hochgeladenes Foto Drehung'],
      ['file', 'verkleinern.ts'],
    ],
  },
  {
    title: 'Тесты падают по ночам',
    messages: [
      you('Ночью тесты календаря падают, а днём проходят.'),
      agent('Тест сравнивает дату в местном часовом поясе с датой в UTC. Теперь часовой пояс в тестах задан явно.'),
      edited('calendar/test/setup.ts', "process.env.TZ = 'UTC'"),
    ],
    queries: [
      ['Russian', 'почему тесты календаря падали ночью'],
      ['Russian', 'часовые пояса в тесте'],
      ['name', 'process.env.TZ'],
    ],
  },
  {
    title: 'Fuite de mémoire du serveur',
    messages: [
      you('Le serveur de websockets consomme toute la mémoire après deux jours.'),
      agent(
        "Les abonnements n'étaient jamais retirés quand un client se déconnecte ; on appelle maintenant unsubscribe dans onClose.",
      ),
      edited('realtime/src/subscriptions.ts', 'socket.onClose(() => unsubscribeAll(socket.id))'),
    ],
    queries: [
      ['French', 'pourquoi le serveur de websockets consommait la mémoire ?'],
      ['French', 'fuite mémoire abonnements'],
      ['name', 'unsubscribe all'],
      ['name', 'unsubscribeall onclose'],
    ],
  },
  {
    title: 'Search index out of sync',
    messages: [
      you('Products that were renamed yesterday are still found under their old name.'),
      ran('curl -s localhost:9200/products/_settings', '"refresh_interval": "-1"'),
      agent('The bulk import had switched refresh_interval off and never on again. It is back at 1s.'),
    ],
    queries: [
      ['name', 'refresh interval products'],
      ['command', 'curl localhost:9200/products/_settings'],
      ['question', 'why did renamed products keep their old name in search'],
      ['slip', 'refesh_intervall'],
    ],
  },
  {
    title: 'Flaky upload test',
    messages: [
      you('The upload test fails about once in twenty runs.'),
      thought('It waits 500 ms for the virus scanner instead of for the event.'),
      edited('tests/upload.spec.ts', "await page.waitForEvent('scan:finished')"),
      agent('The test waits for scan:finished now. A hundred runs passed.'),
    ],
    queries: [
      ['question', 'what made the upload test flaky'],
      ['words', 'virus scanner event instead of sleep'],
      ['file', 'upload.spec.ts'],
      ['name', 'waitforevent scan:finished'],
    ],
  },
  {
    title: 'Move to pnpm',
    messages: [
      you('Switch the monorepo from npm workspaces to pnpm.'),
      ran('pnpm import', 'Generated pnpm-lock.yaml from package-lock.json'),
      edited('pnpm-workspace.yaml', "packages:\n  - 'apps/*'\n  - 'libs/*'"),
      agent('Two apps relied on hoisting: they now name lodash and zod themselves. node-linker=hoisted is not needed.'),
    ],
    queries: [
      ['command', 'pnpm import package-lock.json'],
      ['file', 'pnpm-workspace.yaml'],
      ['question', 'which packages relied on hoisting when we moved to pnpm?'],
      ['words', 'node-linker hoisted lodash zod'],
    ],
  },
  {
    title: 'Certificate expired',
    messages: [
      you('Webhooks from the payment provider have been failing since midnight.'),
      ran('openssl s_client -connect hooks.example.com:443', 'Verify return code: 10 (certificate has expired)'),
      agent(
        'certbot renew had been failing since its HTTP challenge was redirected to HTTPS. An exception for /.well-known is in nginx now.',
      ),
      edited('infra/nginx/acme.conf', 'location /.well-known/acme-challenge/ { root /var/www/certbot; }'),
    ],
    queries: [
      ['error', 'Verify return code: 10 (certificate has expired)'],
      ['command', 'openssl s_client -connect'],
      ['question', 'why did certbot stop renewing our certificate'],
      ['name', 'acme_challenge nginx'],
      ['slip', 'certifcate expird webhook'],
    ],
  },
  {
    title: 'Slow invoices query',
    messages: [
      you('Listing invoices takes eight seconds for the largest tenant.'),
      ran('psql -c "EXPLAIN ANALYZE SELECT …"', 'Seq Scan on invoices (actual time=0.02..7811 rows=1904221)'),
      edited(
        'migrations/0042_invoices_tenant_idx.sql',
        'CREATE INDEX CONCURRENTLY invoices_tenant_created_idx ON invoices (tenant_id, created_at DESC);',
      ),
      agent('An index over tenant and date brings it to 12 ms. It was created CONCURRENTLY, so writes went on.'),
    ],
    queries: [
      ['question', 'how did we speed up listing invoices for the big tenant?'],
      ['file', '0042_invoices_tenant_idx'],
      ['error', 'Seq Scan on invoices'],
      ['command', 'EXPLAIN ANALYZE invoices'],
      ['name', 'invoicesTenantCreatedIdx'],
    ],
  },
  {
    title: 'Docker image shrunk',
    messages: [
      you('The image of the API has 1.9 GB; pulling it takes minutes.'),
      edited('api/Dockerfile', 'FROM node:24-slim AS runtime\nCOPY --from=build /app/dist ./dist'),
      agent('A second stage with only dist and production dependencies: 210 MB.'),
    ],
    queries: [
      ['question', 'how was the docker image of the api made smaller'],
      ['words', 'multi stage dockerfile slim runtime'],
      ['file', 'api/Dockerfile'],
    ],
  },
  {
    title: '日付の表示がずれる',
    messages: [
      you('予約の日付が一日ずれて表示されます。'),
      agent('サーバーは UTC で保存し、画面は日付だけを切り出していました。タイムゾーンを変換してから表示します。'),
      edited('src/reservation/formatDate.ts', 'formatInTimeZone(date, "Asia/Tokyo", "yyyy-MM-dd")'),
    ],
    queries: [
      ['Japanese', '予約の日付がずれる'],
      ['Japanese', 'タイムゾーン 変換'],
      ['name', 'format_in_time_zone'],
    ],
  },
  {
    title: 'ECONNREFUSED in the worker',
    messages: [
      you('The mail worker logs errors at every start, and then works.'),
      failed('node worker.js', 'Error: connect ECONNREFUSED 127.0.0.1:6379'),
      edited('worker/src/startup.ts', 'await waitForRedis({ attempts: 20, delayMs: 250 })'),
      agent('The worker starts before Redis listens. It waits for it now, up to five seconds.'),
    ],
    queries: [
      ['error', 'Error: connect ECONNREFUSED 127.0.0.1:6379'],
      ['name', 'wait_for_redis'],
      ['question', 'why did the mail worker log connection errors when starting?'],
      ['slip', 'ECONREFUSED redis'],
    ],
  },
  {
    title: 'Keyboard traps in the dialog',
    messages: [
      you('Screen reader users cannot leave the settings dialog with the keyboard.'),
      edited('ui/src/SettingsDialog.tsx', '<FocusTrap returnFocus onDeactivate={close}>'),
      agent('Escape closes the dialog, and focus returns to the button that opened it. axe finds nothing any more.'),
    ],
    queries: [
      ['name', 'settings_dialog focustrap'],
      ['question', 'how do keyboard users leave the settings dialog now'],
      ['words', 'accessibility axe focus returns escape'],
      ['file', 'SettingsDialog.tsx'],
    ],
  },
  {
    title: 'Duplicate orders',
    messages: [
      you('Some customers were charged twice on Friday.'),
      thought('The client retries after a timeout, and the server has no idempotency key.'),
      edited('orders/src/createOrder.ts', 'const known = await orders.findByIdempotencyKey(key)'),
      agent('Orders carry an Idempotency-Key header; a second request with the same key gets the first answer.'),
    ],
    queries: [
      ['question', 'customers got charged twice, what was the cause and the fix?'],
      ['name', 'idempotencykey'],
      ['name', 'find_by_idempotency_key'],
      ['words', 'retry timeout duplicate order'],
      ['slip', 'idempotncy header'],
    ],
  },
  {
    title: 'Git history with secrets',
    messages: [
      you('Somebody committed .env with the Stripe key last month. Get it out of the history.'),
      ran('git filter-repo --path .env --invert-paths', 'Parsed 4812 commits\nNew history written'),
      agent('The file is gone from all commits, everybody has to clone again, and the key was rolled in the Stripe dashboard.'),
    ],
    queries: [
      ['command', 'git filter-repo --path .env --invert-paths'],
      ['question', 'how did I remove the stripe key from git history'],
      ['words', 'filter repo secrets everybody clone again'],
    ],
  },
  {
    title: 'Segfault in the image worker',
    messages: [
      you('The thumbnailer dies without a message on some PDFs.'),
      failed('./thumbnailer sample.pdf', 'Segmentation fault (core dumped)'),
      ran('gdb ./thumbnailer core', '#0 fz_drop_pixmap (ctx=0x0, pix=0x55d0) at source/fitz/pixmap.c:112'),
      agent('The context was cloned per thread but dropped twice; each thread keeps its own clone now.'),
    ],
    queries: [
      ['error', 'Segmentation fault (core dumped) thumbnailer'],
      ['name', 'fz_drop_pixmap'],
      ['name', 'fzdroppixmap'],
      ['question', 'why did the thumbnailer crash on some pdfs'],
    ],
  },
  {
    title: 'Zeitumstellung in der Abrechnung',
    messages: [
      you('Am letzten Sonntag im Oktober fehlt in der Abrechnung eine Stunde.'),
      agent('Die Stunden wurden über Mitternacht als 24 gezählt; an diesem Tag sind es 25. Gerechnet wird jetzt in UTC.'),
      edited('abrechnung/stunden.py', 'delta = ende.astimezone(UTC) - beginn.astimezone(UTC)'),
    ],
    queries: [
      ['German', 'warum fehlte eine Stunde in den Abrechnungen'],
      ['words', 'astimezone abrechnung stunden'],
      ['German', 'Sonntag Oktober Zeitumstellung'],
    ],
  },
  {
    title: 'Feature flags by percentage',
    messages: [
      you('Roll the new editor out to ten percent of the workspaces.'),
      edited('flags/src/rollout.ts', 'return murmurhash(workspaceId + flag) % 100 < percentage'),
      agent('The bucket follows from a hash of the workspace and the flag, so a workspace stays in its group.'),
    ],
    queries: [
      ['question', 'how do we decide which workspaces get the new editor?'],
      ['name', 'murmur_hash rollout'],
      ['slip', 'murmurhahs percentge'],
      ['file', 'flags/src/rollout.ts'],
    ],
  },
]

export function solved(): Bench {
  const start = Date.UTC(2026, 1, 1)
  const idOf = (story: number) => `ses_solved${String(story).padStart(3, '0')}`
  return {
    name: 'solved',
    dialogues: stories.map(({ title, messages }, at) => ({ id: idOf(at), title, updated: start + at * 86_400_000, messages })),
    queries: stories.flatMap(({ queries }, at) => queries.map(([kind, query]): Labelled => ({ query, right: [idOf(at)], kind }))),
  }
}
