/** OpenCode's own, infrastructure, databases and HTTP. */
export const services = String.raw`
opencode-auth :: {"anthropic":{"type":"api","key":"«{b62:60}»"},"x":{"type":"oauth","refresh":"«{b62:60}»","access":"«{b62:60}»","expires":1}}
opencode-auth-pretty :: {⏎  "openai": {⏎    "type": "oauth",⏎    "refresh": "«rt_{url:60}»",⏎    "access": "«{url:90}»",⏎    "expires": 1785000000000⏎  }⏎}
opencode-auth-short :: {"zen":{"type":"api","key":"«{low:9}»"}}
opencode-auth-read :: 00001| {⏎00002|   "groq": {⏎00003|     "type": "api",⏎00004|     "key": "«{b62:30}»"⏎00005|   }⏎00006| }
opencode-auth-diff :: -    "key": "«{b62:30}»"⏎+    "type": "api",⏎+    "key": "«{b62:31}»"
opencode-wellknown :: {"https://acme.io":{"type":"wellknown","key":"ACME_TOKEN","token":"«{b62:30}»"}}
opencode-mcp-auth :: {"sentry":{"tokens":{"accessToken":"«{hex:64}»","refreshToken":"«{hex:64}»","expiresAt":1},"clientInfo":{"clientId":"abc","clientSecret":"«{b62:24}»"},"codeVerifier":"«{url:43}»","oauthState":"«{hex:64}»"}}
opencode-mcp-pretty ::     "codeVerifier": "«{url:43}»",⏎    "oauthState": "«{hex:64}»",
opencode-account :: {"id":"acc_1","email":"a@b.c","access_token":"«{url:60}»","refresh_token":"«{url:60}»","token_expiry":1}
opencode-service :: {"id":"x","version":"2.0.1","url":"http://127.0.0.1:49374","pid":4711,"password":"«{uuid}»"}
opencode-service-hex :: {⏎  "password": "«{hex:48}»",⏎  "port": 49374⏎}
opencode-share :: {"id":"abcd1234","secret":"«{uuid}»","url":"https://opncd.ai/s/abcd1234"}
opencode-config :: {"provider":{"acme":{"options":{"baseURL":"https://a.io/v1","apiKey":"«{pw}»"}}}}
opencode-config-headers :: {"provider":{"a":{"options":{"headers":{"X-Gateway-Auth":"«{b62:30}»"}}}}}
opencode-config-mcp :: {"mcp":{"x":{"type":"remote","url":"https://x.io","headers":{"Authorization":"Bearer «{b62:24}»"}}}}
opencode-attach :: opencode attach http://localhost:4096 --password «{pw}»
opencode-server :: OPENCODE_SERVER_PASSWORD=«{pw}»
k8s-literal :: kubectl create secret generic db --from-literal=conn=«{pw}» --from-literal=user=app
k8s-literal-quoted :: kubectl create secret generic x --from-literal='anything=«{pw} x»'
k8s-jsonpath :: $ kubectl get secret db -o jsonpath='{.data.password}' | base64 -d⏎«{pw}»
k8s-decode :: $ echo ‹x› | base64 --decode⏎«{pw}»
k8s-echo-decode :: $ echo «‹{pw}{pw}›» | base64 -d
k8s-json-data :: {"kind":"Secret","data":{"a":"«‹{pw}abcd›»"}}
k8s-json-data-late :: {"apiVersion":"v1","data":{"tls":"«‹{pw}abcdef›»"},"kind":"Secret"}
k8s-dockercfg ::   .dockerconfigjson: «‹{"auths":{"a.io":{"auth":"{b62:20}"}}}›»
k8s-describe :: Data⏎====⏎token:      «eyJhbGciOiJSUzI1NiJ9.{url:200}.{url:200}»
k8s-docker-registry :: kubectl create secret docker-registry r --docker-username=u --docker-password=«{pw}» --docker-server=a.io
k8s-patch :: kubectl patch secret db -p '{"stringData":{"password":"«{pw}»"}}'
k8s-sealed :: kubeadm join 10.0.0.1:6443 --token «{low:6}.{low:16}» --discovery-token-ca-cert-hash sha256:{hex:64}
aws-ssm :: aws ssm put-parameter --name /app/db --type SecureString --value «{pw}»
aws-secrets :: aws secretsmanager create-secret --name db --secret-string «{pw}»
aws-secrets-json :: {"ARN":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf","SecretString":"«{pw}»"}
aws-secrets-json2 :: {"SecretString":"{\"username\":\"u\",\"password\":\"«{pw}»\"}"}
aws-ecr :: docker login -u AWS -p «eyJwYXlsb2FkIjoi{b64:400}» https://1.dkr.ecr.eu-west-1.amazonaws.com
aws-ecr-stdout :: $ aws ecr get-login-password --region eu-west-1⏎«eyJwYXlsb2FkIjoi{b64:400}»
aws-sign :: Authorization: AWS4-HMAC-SHA256 Credential=AKIA{b32:16}/20260801/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=«{hex:64}»
aws-presigned :: https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIA&X-Amz-Expires=3600&X-Amz-Security-Token=«{b62:100}»&X-Amz-Signature=«{hex:64}»
aws-rds :: aws rds modify-db-instance --db-instance-identifier x --master-user-password «{pw}»
aws-cognito :: aws cognito-idp admin-set-user-password --user-pool-id p --username u --password «{pw}» --permanent
aws-configure :: AWS Secret Access Key [None]: «{b64:40}»
azure-keys :: az storage account keys list -n acme⏎[{"keyName":"key1","value":"«{b64:86}==»"}]
azure-conn :: DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=«{b64:86}==»;EndpointSuffix=core.windows.net
azure-functions :: https://acme.azurewebsites.net/api/run?code=«{url:54}==»
azure-sas :: https://acme.blob.core.windows.net/c?sv=2023-01-01&ss=b&sig=«{b62:43}%3D»
azure-servicebus :: Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=«{b64:43}=»
azure-sp :: {"appId":"{uuid}","displayName":"sp","password":"«{url:3}8Q~{url:34}»","tenant":"{uuid}"}
azure-login :: az login --service-principal -u {uuid} -p «{url:3}8Q~{url:34}» --tenant {uuid}
azure-keyvault :: az keyvault secret set --vault-name v --name db --value «{pw}»
azure-iot :: HostName=h.azure-devices.net;DeviceId=d;SharedAccessKey=«{b64:43}=»
azure-tsv :: $ az storage account keys list --query [0].value -o tsv⏎«{b64:86}==»
azure-acr :: az acr login --name acme -u acme -p «{b64:52}»
gcloud-token :: $ gcloud auth print-access-token⏎«ya29.{url:180}»
gcloud-secret :: $ gcloud secrets versions access latest --secret=db⏎«{pw}»
gcloud-hmac :: secret: «{b64:40}»⏎accessId: GOOG1E{b32:30}
b2-key :: b2 authorize-account {hex:25} «K00{b62:28}»
b2-env :: B2_APPLICATION_KEY=«K00{b62:28}»
do-ctl :: doctl auth init -t «dop_v1_{hex:64}»
heroku-uuid :: $ heroku auth:token⏎«HRKU-{uuid}»
heroku-netrc :: machine api.heroku.com⏎  login joe@acme.io⏎  password «{uuid}»
fly-secrets :: fly secrets set DATABASE_PASSWORD=«{pw}» SMTP=«{pw}»
vercel-env :: echo "«{pw}»" | vercel env add DB_PASSWORD production
wrangler :: echo «{pw}» | npx wrangler secret put API_SECRET
gh-secret :: gh secret set DEPLOY_KEY --body "«{pw}»"
gh-secret-b :: gh secret set X -b«{pw}»
gh-token-out :: $ gh auth token⏎«gho_{b62:36}»
op-read :: $ op read op://Private/db/password⏎«{pw}»
pass-show :: $ pass show work/db⏎«{pw}»⏎user: app
bw-get :: $ bw get password github⏎«{pw}»
security-find :: $ security find-generic-password -w -s acme⏎«{pw}»
keyring-get :: $ keyring get acme joe⏎«{pw}»
vault-kv :: vault kv put secret/db password=«{pw}» user=app
vault-login :: vault login «s.{b62:24}»
vault-unseal :: vault operator unseal «{b64:43}=»
vault-init :: Unseal Key 1: «{b64:43}=»⏎Initial Root Token: «hvs.{b62:24}»
cloudflared :: cloudflared tunnel run --token «eyJhIjoi{b64:150}»
ngrok-cfg :: ngrok config add-authtoken «{b62:27}_{b62:21}»
tailscale-up :: tailscale up --authkey «tskey-auth-k{b62:11}CNTRL-{b62:32}»
docker-login :: docker login -u acme -p «{pw}» registry.acme.io
docker-stdin :: echo '«{pw}»' | docker login --username acme --password-stdin
podman-login :: podman login --password=«{pw}» quay.io
helm-login :: helm registry login -u u -p «{pw}» a.io
helm-set :: helm upgrade x ./c --set auth.rootPassword=«{pw}»,replicas=2
oc-login :: oc login -u admin -p «{pw}» https://api.acme.io:6443
oc-token :: oc login --token=«sha256~{url:43}» --server=https://a.io
argocd-login :: argocd login argo.acme.io --username admin --password «{pw}»
swarm-join :: docker swarm join --token «SWMTKN-1-{low:50}-{low:25}» 10.0.0.1:2377
consul-token :: curl -H "X-Consul-Token: «{uuid}»" http://consul:8500
nomad-token :: export NOMAD_TOKEN=«{uuid}»
terraform-login :: TF_TOKEN_app_terraform_io=«{b62:14}.atlasv1.{b62:67}»
terraform-var :: terraform apply -var 'db_password=«{pw}»'
terraform-var-env :: TF_VAR_db_password=«{pw}»
pulumi-set :: pulumi config set --secret dbPassword «{pw}»
ansible-extra :: ansible-playbook x.yml -e "ansible_password=«{pw}»"
ansible-vault :: $ ansible-vault view s.yml⏎db_password: «{pw}»
chef-bag :: "client_key": "«{b64:100}»"
sops :: $ sops -d secrets.yaml⏎password: «{pw}»
sql-identified :: CREATE USER 'app'@'%' IDENTIFIED BY '«{pw}»';
sql-identified-plugin :: ALTER USER 'root'@'localhost' IDENTIFIED WITH mysql_native_password BY '«{pw}»';
sql-alter-role :: ALTER ROLE app WITH LOGIN PASSWORD '«{pw}»';
sql-create-role :: CREATE ROLE app LOGIN PASSWORD '«{pw}»' CREATEDB;
sql-alter-user :: ALTER USER app PASSWORD '«{pw}»';
sql-mssql :: CREATE LOGIN app WITH PASSWORD = N'«{pw}»';
sql-set :: SET PASSWORD FOR 'root'@'localhost' = PASSWORD('«{pw}»');
sql-insert :: INSERT INTO users (email, password) VALUES ('a@b.c', '«{pw}»');
sql-update :: UPDATE users SET api_token = '«{b62:40}»' WHERE id = 1;
sql-oracle :: ALTER USER scott IDENTIFIED BY «{b62:12}»;
sql-dblink :: dblink('host=db user=app password=«{pw}» dbname=x')
sql-clickhouse :: CREATE USER u IDENTIFIED WITH sha256_password BY '«{pw}»'
sql-snowflake :: CREATE USER joe PASSWORD = '«{pw}»' DEFAULT_ROLE = x;
sql-copy :: COPY t FROM 's3://b' CREDENTIALS 'aws_access_key_id=AKIA{b32:16};aws_secret_access_key=«{b64:40}»'
sql-pgcrypto :: SELECT crypt('«{pw}»', gen_salt('bf'));
psql-conn :: psql "host=db port=5432 user=app password=«{pw}» dbname=x"
psql-url :: psql postgresql://app:«{b62:14}»@db:5432/app
psql-url-marks :: postgres://app:«{b62:5}@{b62:4}/{b62:3}»@db:5432/app
mysql-p :: mysql -uroot -p«{pw}» app
mysql-long :: mysqldump --user=root --password=«{pw}» app
mysql-cnf :: [client]⏎password = «{pw}»
sqlplus :: sqlplus scott/«{b62:10}»@//db:1521/orcl
sqlplus-sys :: sqlplus sys/«{b62:12}» as sysdba
jdbc-oracle :: jdbc:oracle:thin:scott/«{b62:10}»@db:1521:orcl
jdbc-param :: jdbc:postgresql://db/app?user=app&password=«{b62:14}»
jdbc-sqlserver :: jdbc:sqlserver://db:1433;user=sa;password=«{pw}»;encrypt=true
redis-cli :: redis-cli -h cache -a «{pw}» ping
redis-conf :: requirepass «{pw}»⏎masterauth «{pw}»
redis-auth :: 127.0.0.1:6379> AUTH «{pw}»
redis-auth-user :: AUTH default «{pw}»
redis-acl :: ACL SETUSER app on >«{b62:16}» ~* +@all
redis-url :: redis://default:«{b62:32}»@cache:6379
redis-url-empty :: rediss://:«{b64:44}»@acme.redis.cache.windows.net:6380
mongo-cli :: mongosh --host h -u admin -p «{pw}» --authenticationDatabase admin
mongo-createuser :: db.createUser({user: "app", pwd: "«{pw}»", roles: []})
mongo-url :: mongodb+srv://app:«{b62:16}»@c0.x.mongodb.net/db
sqlcmd :: sqlcmd -S db -U sa -P «{pw}» -Q "select 1"
bcp :: bcp t out f -S db -U sa -P «{pw}»
cqlsh :: cqlsh db 9042 -u cassandra -p «{pw}»
influx :: influx write --token «{url:86}==»
clickhouse-client :: clickhouse-client --user default --password «{pw}»
elastic :: curl -u elastic:«{pw}» https://es:9200
elastic-reset :: New value: «{url:20}»
elastic-setup :: The generated password for the elastic built-in superuser is : «{url:20}»
elastic-apikey :: Authorization: ApiKey «{b64:60}==»
snowsql :: snowsql -a acc -u joe --password «{pw}»
neo4j :: cypher-shell -u neo4j -p «{pw}»
ldapsearch :: ldapsearch -x -D cn=admin,dc=acme -w «{pw}» -b dc=acme
ldif :: userPassword: «{SSHA}{b64:32}»
http-bearer :: > Authorization: Bearer «{url:40}»
http-bearer-uuid :: Authorization: Bearer «{uuid}»
http-basic :: Authorization: Basic «‹joe:{pw}›»
http-digest :: Authorization: Digest username="joe", realm="x", nonce="abc", uri="/", response="«{hex:32}»"
http-apikey :: x-api-key: «{b62:40}»
http-custom :: X-Auth-Token: «{hex:32}»
http-gitlab :: PRIVATE-TOKEN: «{b62:20}»
http-subscription :: Ocp-Apim-Subscription-Key: «{hex:32}»
http-cookie :: Cookie: theme=dark; sessionid=«{low:32}»; csrftoken=«{b62:64}»
http-set-cookie :: < set-cookie: __Host-session=«{url:60}»; Path=/; Secure
http-cookie-jar :: .acme.io⇥TRUE⇥/⇥TRUE⇥1785000000⇥SID⇥«{url:60}»
http-cookie-js :: document.cookie = "session=«{b62:40}»; path=/"
http-cookie-curl :: curl -b 'sid=«{b62:32}»' https://acme.io
http-oauth-code :: GET /callback?code=«4/0A{url:60}»&state={b62:24} HTTP/1.1
http-oauth-token :: grant_type=authorization_code&client_id=a&client_secret=«{b62:30}»&code=«{b62:40}»
http-form :: grant_type=password&username=joe&password=«{b62:12}%21»
http-query-token :: GET /v1/x?access_token=«{hex:40}»&page=2
http-query-key :: https://maps.acme.io/v1?key=«{b62:39}»&q=a
http-token-json :: {"access_token":"«{url:60}»","token_type":"Bearer","expires_in":3600,"refresh_token":"«{url:60}»","id_token":"«{url:80}»"}
http-reset :: https://acme.io/reset-password?token=«{hex:40}»
http-reset-path :: https://acme.io/password/reset/«{hex:40}»
http-magic :: https://acme.io/auth/magic-link/«{url:43}»
http-invite :: https://acme.io/invite/accept?invitation_token=«{url:24}»
http-verify :: https://acme.io/verify-email?token=«{url:64}»
http-calendar :: https://calendar.google.com/calendar/ical/joe%40gmail.com/private-«{hex:32}»/basic.ics
http-slack-hook :: https://hooks.slack.com/services/T{up:8}/B{up:10}/«{b62:24}»
http-discord-hook :: https://discord.com/api/webhooks/{dig:18}/«{url:68}»
http-teams-hook :: https://acme.webhook.office.com/webhookb2/{uuid}@{uuid}/IncomingWebhook/«{hex:32}»/{uuid}
http-zapier :: https://hooks.zapier.com/hooks/catch/{dig:7}/«{low:7}»/
http-make :: https://hook.eu1.make.com/«{low:32}»
http-ifttt :: https://maker.ifttt.com/trigger/x/with/key/«{url:43}»
http-telegram :: https://api.telegram.org/bot{dig:10}:«AA{url:33}»/sendMessage
http-powerautomate :: https://prod-1.westeurope.logic.azure.com:443/workflows/{hex:32}/triggers/manual/paths/invoke?sp=%2Ftriggers&sig=«{url:43}»
http-alchemy :: https://eth-mainnet.g.alchemy.com/v2/«{url:32}»
http-infura :: https://mainnet.infura.io/v3/«{hex:32}»
http-quicknode :: https://x-y.quiknode.pro/«{hex:40}»/
http-csrf :: <input type="hidden" name="csrf_token" value="«{b62:40}»">
http-saml :: SAMLResponse=«PHNhbWxw{b62:300}»
http-hmac :: X-Hub-Signature-256: sha256=«{hex:64}»
http-proxy :: http_proxy=http://joe:«{pwx:10}»@proxy:3128
http-url-user :: https://oauth2:«{b62:20}»@gitlab.com/a/b.git
http-url-token :: https://«ghx{b62:37}»@github.com/a/b.git
http-ws :: wss://acme.io/socket?token=«{b62:40}»
http-websocket-auth :: Sec-WebSocket-Protocol: bearer, «{b62:40}»
http-firebase :: https://acme.firebaseio.com/x.json?auth=«{b62:40}»
`
