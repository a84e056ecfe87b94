/** Keys of clouds, hosts, databases, and what measures them (`format.ts` has the grammar). */
export const clouds = `
aws-access-key-id AKIA{b32:16} ASIA{b32:16} ABIA{b32:16} ACCA{b32:16}
aws-bedrock-key ABSK{b64p:90-200} bedrock-api-key-{b64p:100-2000}
aws-session-token IQoJb3JpZ2lu{b64p:100-3000} FwoGZXIvYXdz{b64p:100-3000} FQoGZXIvYXdz{b64p:100-3000}
aws-mws-token amzn.mws.{uuid}
google-token ya29.{dot:20-2048} 1//0{url:30-255} 4/0{url:40-255}
google-client-secret GOCSPX-{url:24-40}
google-hmac-id GOOG1E{b32:30-60}
azure-client-secret {dott:3}8Q~{dott:31-34} {dott:3}7Q~{dott:31-34}
azure-devops-token {b62:76}AZDO{b62:4}
azure-storage-key {b64:76}+ASt{b64:6}==
azure-cosmos-key {b64:76}ACDb{b64:6}==
azure-function-key {url:40-60}AzFu{url:4-16}==
digitalocean-token dop_v1_{hex:64} doo_v1_{hex:64} dor_v1_{hex:64}
digitalocean-spaces-key DO00{up:16}
cloudflare-token v1.0-{hex:24}-{hex:100-160} cfut_{b62:40-60} cfat_{b62:40-60} cfk_{b62:40-60}
vercel-token vcp_{b62:24-64} vci_{b62:24-64} vca_{b62:24-64} vcr_{b62:24-64} vck_{b62:24-64} vercel_blob_rw_{word:30-80}
netlify-token nfp_{b62:36-64} nfo_{b62:36-64} nfc_{b62:36-64} nfu_{b62:36-64} nfb_{b62:36-64}
heroku-key HRKU-{uuid} HRKU-AA{url:50-64}
fly-token fm1_{b64p:80-2000} fm2_{b64p:80-2000} fm1r_{b64p:80-2000} fm1a_{b64p:80-2000} fo1_{url:40-64}
render-key rnd_{b62:28-40}
railway-token rlwy_{uuid}
koyeb-token kyb_{low:60-70}
northflank-token nf-{b62:40-64}
hetzner-token hcloud_{b62:64}
linode-token lintok_{hex:64}
vultr-key VLTR{up:32}
ovh-key ovh_{b62:32}
upcloud-token ucat_{b62:26}
alibaba-key LTAI{b62:12-26}
tencent-key AKID{b62:32}
baidu-key bce-v3/ALTAK-{b62:21}/{hex:40}
volcengine-key AKLT{b62:40-50}
yandex-key AQVN{url:35-38} YC{url:38} t1.{dot:40-80}.{url:80-90} y0_{url:50-60}
ibm-key ibmk_{url:44}
oracle-key ocid1.credential.{dot:40-120}
supabase-key sbp_{hex:40} sb_secret_{url:20-64} sbp_oauth_{hex:40}
planetscale-token pscale_tkn_{dotp:32-64} pscale_pw_{dotp:32-64} pscale_oauth_{dotp:32-64}
neon-key napi_{low:60-70}
snowflake-token ver:1-hint:{dig:6-20}-{b64p:60-400}
turso-token tursopl_{b62:40}
convex-key prod:{url:6-40}|{b64p:60-200} dev:{url:6-40}|{b64p:60-200} project:{url:6-60}|{b64p:60-200}
mongodb-key mdb_sa_sk_{url:40} mdb_sa_id_{hex:24}
cockroach-key CCDB1_{b62:22}_{b62:40}
tailscale-key tskey-auth-{url:20-80} tskey-api-{url:20-80} tskey-client-{url:20-80} tskey-webhook-{url:20-80} tskey-scim-{url:20-80}
ngrok-token ak_{b62:25-32} cr_{b62:25-32}
netbird-token nbp_{b62:36}
zerotier-token zt_{b62:32}
grafana-token glc_{b64p:32-400} glsa_{b62:32}_{hex:8}
sentry-token sntryu_{hex:64} sntrys_{any:40-500} sntryi_{hex:64}
datadog-key ddapp_{b62:34} ddpat_{b62:30-60}
newrelic-key NRAK-{up:27} NRII-{url:32} NRJS-{hex:19} {hex:36}FFFFNRAL NRSP-{hex:32}
dynatrace-token dt0c01.{b32:24}.{b32:64} dt0s01.{b32:8-24}.{b32:64} dt0s16.{b32:8-24}.{b32:64} dt0p01.{b32:24}.{b32:64}
honeycomb-key hcaik_{low:58} hcxik_{low:58} hcxlk_{low:58} hcamk_{low:58} hcbik_{low:58}
axiom-token xaat-{uuid} xapt-{uuid}
logz-token lgz_{b62:32}
betterstack-token bst_{b62:24}
rootly-key rootly_{hex:64}
pagerduty-key pdus+_{dott:20-60} pd_u_{b62:20}
opsgenie-key ogk_{uuid}
statuspage-key sp_{uuid}
posthog-key phx_{b62:40-64} phs_{b62:40-64}
segment-token sgp_{b62:64}
wasabi-key wsb_{b64:40}
confluent-key cflt{b64p:40-70}
databento-key db-{b62:29}
docusign-key dsk_{b62:40}
upstash-token AX{b62:50-56}{url:6-30}
scaleway-key SCW{up:17}
elastic-key essu_{b64p:40-160}
b2-key K00{b64:28}
`
