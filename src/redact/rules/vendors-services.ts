/** Tokens of messaging, payments, identity, marketing, offices and shops (`format.ts` has the grammar). */
export const services = `
slack-token xoxb-{url:16-255} xoxp-{url:16-255} xoxa-{url:16-255} xoxe-{url:16-255} xoxo-{dash:16-255} xoxr-{url:16-255} xoxs-{url:16-255}
slack-token xapp-{url:30-255} xoxe.xoxp-{url:16-255} xoxe.xoxb-{url:16-255} xoxc-{url:16-255} xoxd-{urlp:16-400}
discord-token M{url:23-25}.{url:6}.{url:27-40} N{url:23-25}.{url:6}.{url:27-40} O{url:23-25}.{url:6}.{url:27-40}
telegram-token {dig:8-10}:AA{url:32-34}
twilio-key SK{hex:32}
sendgrid-key SG.{url:16-32}.{url:32-64}
mailgun-key key-{hex:32} {hex:32}-{hex:8}-{hex:8}
mailchimp-key {hex:32}-us{dig:1-2}
mandrill-key md-{url:22}
brevo-key xkeysib-{hex:64}-{b62:16} xsmtpsib-{hex:64}-{b62:16}
resend-key re_{b62:8}_{b62:20-30} re_{b62:30-40}
postmark-token pmk_{uuid}
loops-key loops_{hex:32}
customerio-key cio_{hex:32}
courier-key pk_prod_{up:28} dk_prod_{up:28}
knock-key sk_{b62:40-48}
novu-key nv-{hex:32}
onesignal-key os_v2_app_{low:60-120} os_v2_org_{low:60-120}
pusher-key pshr_{hex:40}
ably-key {url:6}.{url:6}:{url:40-60}
sendbird-key sbd_{hex:40}
intercom-token dG9r{b64p:40-80}
zendesk-token zdtok_{b62:40}
stripe-key sk_live_{b62:16-255} sk_test_{b62:16-255} rk_live_{b62:16-255} rk_test_{b62:16-255} sk_prod_{url:20-255} sk_org_{url:20-255}
stripe-key ek_live_{b62:16-255} ek_test_{b62:16-255}
webhook-secret whsec_{b64p:20-128}
square-token sq0atp-{url:22-64} sq0csp-{url:22-64} sq0idp-{url:22-64} EAAA{url:56-64}
paypal-token access_token$production€{low:16}€{hex:32} access_token$sandbox€{low:16}€{hex:32} A21AA{url:80-100}
razorpay-key rzp_live_{b62:14} rzp_test_{b62:14}
flutterwave-key FLWSECK-{b62:12-40}-X FLWSECK_TEST-{b62:12-40}-X
mercadopago-token APP_USR-{dig:10-20}-{dig:6}-{hex:32}-{dig:6-12} TEST-{dig:16}-{dig:6}-{hex:32}-{dig:6-12}
adyen-key AQE{b64:50-200}-{b64p:20-60}-{word:10-40}
plaid-token access-production-{uuid} access-sandbox-{uuid} access-development-{uuid}
lemonsqueezy-key lsq_{b62:40}
paddle-key pdl_live_apikey_{word:40-80} pdl_sdbx_apikey_{word:40-80} pdl_ntfset_{word:40-80}
polar-token polar_oat_{b62:30-60} polar_pat_{b62:30-60}
wise-token wise_{uuid}
coinbase-key cbp_{hex:64}
shippo-token shippo_live_{hex:40} shippo_test_{hex:40}
easypost-key EZAK{b62:54} EZTK{b62:54}
lob-key live_{hex:35} test_{hex:35}
duffel-token duffel_live_{url:43} duffel_test_{url:43}
shopify-token shpat_{b62:32-64} shpca_{b62:32-64} shppa_{b62:32-64} shpss_{b62:32-64} shpua_{b62:32-64} shptka_{b62:32-64}
bigcommerce-token bct_{low:31}
woocommerce-key ck_{hex:40} cs_{hex:40}
linear-key lin_api_{word:32-128} lin_oauth_{word:32-128} lin_wh_{word:32-128}
notion-token ntn_{b62:40-64} secret_{b62:43}
airtable-token pat{b62:14}.{hex:64} key{b62:14}
asana-token 0/{hex:32} 1/{dig:14-18}:{hex:32} 2/{dig:14-18}/{dig:14-18}:{hex:32}
clickup-token pk_{dig:5-10}_{up:32}
trello-token ATTA{b62:60-80}
jira-token ATSTT3{urlp:60-400}
miro-token miro_{b62:27}
figma-token figd_{url:36-200} figu_{url:36-200} figo_{url:36-200}
dropbox-token sl.u.{url:60-2000} sl.{url:130-2000}
box-token box_{b62:32}
zoho-token 1000.{hex:32}.{hex:32}
hubspot-token pat-na1-{uuid} pat-eu1-{uuid} pat-na2-{uuid} pat-ap1-{uuid}
salesforce-token 00D{b62:12-15}!{dott:60-120}
pipedrive-token pdv_{hex:40}
typeform-token tfp_{word:40-80}
calendly-token cal_live_{hex:32} cal_{hex:32}
contentful-token CFPAT-{url:43}
sanity-token sk{b62:78-200}
storyblok-token sb_{b62:22}tt
prismic-token MC5{url:60-160}
datocms-token dato_{hex:30}
mapbox-token sk.eyJ{url:20-500}.{url:16-64} tk.eyJ{url:20-500}.{url:16-64}
rapidapi-key {hex:10}msh{hex:15}p{hex:6}jsn{hex:12}
adafruit-key aio_{b62:28}
facebook-token EAACEdEose0cBA{b62:20-300} EAA{b62:80-400} {dig:14-17}|{url:27}
instagram-token IGQ{url:80-300} IGAA{b62:80-300}
twitter-token AAAAAAAAAAAAAAAAAAAAA{urlx:60-160}
twitch-token oauth:{low:30}
linkedin-secret WPL_AP1.{dot:16-60}
frameio-token fio-u-{url:64}
auth0-token a0tok_{b62:40}
clerk-key sk_live_{b62:40-60}
stytch-secret secret-live-{urlp:36} secret-test-{urlp:36}
workos-key sk_a2V5X{b62:40-90}
jumpcloud-key jca_{b62:36}
frontegg-key fe_{uuid}
supertokens-key stk_{b62:40}
liveblocks-key sk_prod_{url:40-80} sk_dev_{url:40-80}
mux-token mux_{b64:75}
cloudinary-key cloudinary://{dig:12-18}:{url:20-40}@{low:2-40}
daily-key dly_{hex:64}
confluence-key ctk_{b62:40}
helpscout-key hs_{b62:40}
lokalise-token lok_{hex:40}
crowdin-token cwd_{hex:80}
docusign-token dsi_{uuid}
dune-key dune_{b62:32}
alchemy-key alch_{url:32} alcht_{b62:30}
moralis-key mrl_{b62:40}
etherscan-key eth_{up:34}
quicknode-key QN_{hex:32}
okta-token 00{url:40}
pubnub-key sec-c-{b64p:40-60}
`
