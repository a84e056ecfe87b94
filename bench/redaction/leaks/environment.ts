/** Where names stand before values: the environment, configuration of every ecosystem, and what prints them. */
export const environment = String.raw`
env-printenv :: PATH=/usr/local/bin:/usr/bin⏎DB_PASSWORD=«{pw}»⏎HOME=/root⏎LANG=C.UTF-8
env-printenv-marks :: HOSTNAME=a1b2⏎MAIL_PASSWORD=«{pwx:16}»⏎PWD=/app
env-cut :: DB_HOST=db⏎DB_PASSWORD=«aB3{b62:5}&zTq{b62:6}|x;{b62:4}»⏎DB_NAME=shop
env-blank :: DB_PORT=5432⏎DB_PASSWORD=«correct {az:6} {az:7} staple»⏎DB_NAME=shop
env-dotenv-quoted :: APP_ENV=prod⏎SMTP_PASSWORD="«{pw} {pwx:6}»"⏎SMTP_HOST=mail.acme.io
env-dotenv-single :: SESSION_SECRET='«{pwx:40}»'
env-export :: export STRIPE_SECRET="«{b62:40}»"
env-export-plain :: $ export VAULT_TOKEN=«s.{b62:24}»⏎$ vault status
env-set-bash :: BASH_VERSION='5.2'⏎GITLAB_TOKEN='«{b62:20}»'⏎HISTSIZE=500
env-declare :: declare -x NPM_TOKEN="«{b62:36}»"⏎declare -x OLDPWD
env-fish :: set -gx OPENAI_API_KEY «{b62:48}»
env-powershell :: $env:AZURE_CLIENT_SECRET = "«{url:3}8Q~{url:34}»"
env-cmd :: C:\> set DB_PASSWORD=«{pw}»
env-setx :: setx API_TOKEN "«{b62:32}»" /M
env-dockerfile-arg :: ARG NPM_TOKEN=«{b62:36}»⏎ENV JWT_SECRET=«{b62:32}»
env-docker-e :: docker run -d -e POSTGRES_PASSWORD=«{pw}» -e TZ=UTC postgres:16
env-docker-inspect :: "Env": [⏎    "PATH=/usr/bin",⏎    "REDIS_PASSWORD=«{pwx:14}»",⏎    "LANG=C"⏎]
env-compose :: services:⏎  db:⏎    environment:⏎      MYSQL_ROOT_PASSWORD: «{pw}»⏎      TZ: UTC
env-compose-list :: environment:⏎  - RABBITMQ_DEFAULT_PASS=«{pw}»⏎  - RABBITMQ_DEFAULT_USER=app
env-bedrock :: AWS_BEARER_TOKEN_BEDROCK=«{b62:60}»
env-launchdarkly :: LAUNCHDARKLY_SDK_KEY=«sdk-{uuid}»
env-pw :: FTP_PW=«{pw}»
env-psk :: WIFI_PSK=«{b62:14}»
env-pin :: KEYSTORE_PW=«{b62:10}»
env-datadog :: DD_API_KEY=«{hex:32}»⏎DD_APP_KEY=«{hex:40}»
env-algolia :: ALGOLIA_ADMIN_KEY=«{hex:32}»
env-twilio :: TWILIO_AUTH_TOKEN=«{hex:32}»
env-rails :: RAILS_MASTER_KEY=«{hex:32}»
env-laravel :: APP_KEY=base64:«{b64:43}=»
env-django :: SECRET_KEY = 'django-insecure-«{pwx:30}»'
env-fernet :: AIRFLOW__CORE__FERNET_KEY=«{url:43}=»
env-airflow-conn :: AIRFLOW_CONN_PG=postgresql://app:«{b62:14}»@db/app
env-database-url :: DATABASE_URL=mysql://app:«{pw}»@db:3306/app
env-dsn :: SENTRY_DSN=https://{hex:32}:«{hex:32}»@o123.ingest.sentry.io/45
env-slack :: SLACK_SIGNING_SECRET=«{hex:32}»
env-cloudflare :: CF_API_KEY=«{hex:37}»
env-heroku-config :: === acme Config Vars⏎DATABASE_URL:  postgres://u:«{hex:64}»@ec2.amazonaws.com:5432/d⏎SECRET_TOKEN:  «{b62:30}»
env-vercel :: # Created by Vercel CLI⏎KV_REST_API_TOKEN="«AX{b62:50}»"
env-gh-actions :: env:⏎    NPM_AUTH: «{b62:36}»⏎    NODE_ENV: test
env-systemd :: Environment="API_SECRET=«{pw}»" "PORT=80"
env-proc :: HOME=/root SHELL=/bin/sh DB_PASS=«{b62:16}» TERM=xterm
env-inline :: PGPASSWORD=«{pw}» psql -h db -U app
env-mongo :: MONGO_INITDB_ROOT_PASSWORD=«{b62:18}»
env-lower :: db_password=«{pw}»
env-minio :: MINIO_SECRET_KEY=«{b64:40}»
env-aws :: AWS_SECRET_ACCESS_KEY=«{b64:40}»
env-aws-session :: AWS_SESSION_TOKEN=«IQoJb3JpZ2luX2VjE{b64:300}»
aws-credentials :: [default]⏎aws_access_key_id = «AKIA{b32:16}»⏎aws_secret_access_key = «{b64:40}»
aws-sts-json :: {"Credentials":{"AccessKeyId":"«ASIA{b32:16}»","SecretAccessKey":"«{b64:40}»","SessionToken":"«{b64:200}»"}}
json-marks :: {"user":"app","password":"«{pw}$UEK»"}
json-password :: {"password":"«{pwx:14}»"}
json-nested :: {"db":{"host":"x","pass":"«{pw}»"},"port":1}
json-escaped :: "{\"client_secret\":\"«{url:40}»\",\"scope\":\"a\"}"
json-pretty :: {⏎  "apiKey": "«{b62:32}»",⏎  "region": "eu"⏎}
json-appsettings :: "Jwt": {⏎    "Issuer": "acme",⏎    "Key": "«{b62:40}»"⏎  }
json-appsettings-line :: {"Jwt":{"Key":"«{pw}{pw}»","Issuer":"acme"}}
json-connection :: "ConnectionStrings": {"Default": "Server=db;Database=app;User Id=sa;Password=«{pw}»;TrustServerCertificate=True"}
json-gcp-refresh :: {"client_id":"1.apps.googleusercontent.com","client_secret":"«{url:24}»","refresh_token":"«1//0{url:60}»","type":"authorized_user"}
json-cosmos :: {"primaryMasterKey":"«{b64:86}==»","secondaryMasterKey":"«{b64:86}==»"}
json-azure-keys :: [⏎  {⏎    "keyName": "key1",⏎    "permissions": "FULL",⏎    "value": "«{b64:86}==»"⏎  }⏎]
json-name-value :: [{"name":"DB_PASSWORD","value":"«{pw}»","slotSetting":false}]
json-vault-kv :: {"data":{"data":{"password":"«{pw}»","username":"app"}}}
json-vault-init :: {"unseal_keys_b64":["«{b64:43}=»","«{b64:43}=»"],"root_token":"«hvs.{b62:24}»"}
json-npmrc-config :: {"//registry.npmjs.org/:_authToken":"«{uuid}»"}
json-docker-config :: {"auths":{"ghcr.io":{"auth":"«‹acme:{b62:30}›»"}}}
json-expo :: {"sessionSecret":"«{b62:40}»","userId":"1"}
json-jwk :: {"kty":"EC","crv":"P-256","x":"{url:43}","y":"{url:43}","d":"«{url:43}»"}
json-jwk-oct :: {"kty":"oct","k":"«{url:43}»","alg":"HS256"}
json-storage-state :: {"cookies":[{"name":"session","value":"«{url:40}»","domain":".acme.io","path":"/"}],"origins":[]}
json-local-storage :: {"name":"auth.token","value":"«{b62:40}»"}
json-terraform-state :: {"outputs":{"db_password":{"value":"«{pw}»","type":"string","sensitive":true}}}
json-tf-attr :: "attributes": {"master_password": "«{pwx:16}»", "engine": "postgres"}
json-firebase :: {"FirebaseRefreshToken":"«AMf-vB{url:140}»"}
json-mcp :: {"mcpServers":{"gh":{"command":"npx","env":{"GITHUB_PERSONAL_ACCESS_TOKEN":"«{b62:40}»"}}}}
json-mcp-headers :: {"headers":{"Authorization":"Bearer «{b62:40}»","CONTEXT7_API_KEY":"«{b62:32}»"}}
json-wp :: {"application_password":"«{b62:4} {b62:4} {b62:4} {b62:4} {b62:4} {b62:4}»"}
json-webhook :: {"webhook_secret":"«{hex:40}»"}
json-totp :: {"totp_secret":"«{b32:32}»"}
json-recovery :: {"recovery_codes":["«{low:5}-{low:5}»","«{low:5}-{low:5}»"]}
json-backup :: {"backupCodes": ["«{dig:8}»", "«{dig:8}»"]}
yaml-plain :: db:⏎  host: x⏎  password: «{pw}»⏎  port: 5432
yaml-marks :: auth:⏎  password: «{pwx:14}»
yaml-quoted :: redis:⏎  password: '«{pwx:14}»'
yaml-spaces :: admin:⏎  password: «{pw} {az:5} {az:6}»⏎  user: root
yaml-anchor :: defaults: &defaults⏎  password: &pw «{pw}»⏎  retries: 3
yaml-block :: stringData:⏎  token: |⏎    «{b62:60}»⏎  other: x
yaml-folded :: secret: >-⏎  «{b62:40}»
yaml-k8s-data :: kind: Secret⏎metadata:⏎  name: db⏎data:⏎  username: «‹administrator›»⏎  anything.conf: «‹{pw}{b62:10}›»
yaml-k8s-stringdata :: kind: Secret⏎stringData:⏎  connection: «amqp-{pw}»
yaml-k8s-env :: env:⏎- name: SECRET_KEY⏎  value: «{b62:32}»
yaml-helm :: postgresql:⏎  auth:⏎    postgresPassword: «{pw}»
yaml-kubeconfig :: users:⏎- name: admin⏎  user:⏎    client-key-data: «{b64:200}»
yaml-kubeconfig-token :: users:⏎- name: sa⏎  user:⏎    token: «{url:80}»
yaml-ansible :: ansible_become_pass: «{pw}»
yaml-ansible-ssh :: ansible_ssh_pass=«{pw}»
yaml-spring :: spring:⏎  datasource:⏎    password: «{pw}»
yaml-gitlab-ci :: variables:⏎  DEPLOY_TOKEN: "«{b62:20}»"
yaml-rails-credentials :: secret_key_base: «{hex:128}»
yaml-docker-secret :: secrets:⏎  db: ⏎    password: "«{pw}»"
yaml-hub :: github.com:⏎    oauth_token: «{hex:40}»⏎    user: joe
yaml-wg :: [Interface]⏎PrivateKey = «{b64:43}=»⏎[Peer]⏎PresharedKey = «{b64:43}=»
toml-plain :: [database]⏎password = "«{pw}»"
toml-literal :: api_token = '«{b62:40}»'
toml-cargo :: [registry]⏎token = "«{b62:32}»"
toml-streamlit :: db_pass = "«{pwx:12}»"
ini-plain :: [client]⏎user=root⏎password=«{pw}»
ini-quoted :: [mysqld]⏎password="«{pwx:16}»"
ini-boto :: gs_oauth2_refresh_token = «1//0{url:60}»
ini-pypirc :: [pypi]⏎username = __token__⏎password = «pypi-AgEIcHlwaS5vcmc{url:150}»
ini-s3cfg :: secret_key = «{b64:40}»
ini-grafana :: admin_password = «{pwx:12}»
ini-supervisor :: environment=API_KEY="«{b62:30}»",PORT="80"
ini-odoo :: admin_passwd = «{pwx:18}»
ini-php :: mysqli.default_pw = "«{pw}»"
properties-plain :: spring.datasource.password=«{pw}»
properties-gradle :: signing.password=«{pw}»⏎RELEASE_STORE_PASSWORD=«{pw}»
properties-sonar :: sonar.login=«{hex:40}»
properties-kafka :: sasl.jaas.config=org.apache.kafka.PlainLoginModule required username="app" password="«{pw}»";
properties-ssl :: ssl.keystore.password=«{pwx:12}»
xml-element :: <server><id>r</id><username>u</username><password>«{pw}»</password></server>
xml-attribute :: <add key="ApiSecret" value="«{b62:32}»" />
xml-connection :: connectionString="Data Source=db;User ID=sa;Password=«{pw}»;"
xml-machinekey :: <machineKey validationKey="«{HEX:128}»" decryptionKey="«{HEX:48}»" validation="SHA1" />
xml-plist :: <key>APIToken</key>⏎    <string>«{b62:40}»</string>
xml-plist-password :: <key>Password</key><string>«{pw}»</string>
xml-tomcat :: <user username="admin" password="«{pw}»" roles="manager-gui"/>
xml-jenkins :: <passwordHash>«#jbcrypt:$2a$10€{bc:53}»</passwordHash>
xml-nuget :: <add key="ClearTextPassword" value="«{pw}»" />
xml-filezilla :: <Pass encoding="base64">«‹{pw}xyz›»</Pass>
xml-android :: <string name="api_key">«{b62:39}»</string>
hcl-var :: db_password = "«{pw}»"
hcl-default :: variable "db_password" {⏎  type    = string⏎  default = "«{pw}»"⏎}
hcl-provider :: provider "x" {⏎  api_token = "«{b62:40}»"⏎}
hcl-plan-change :: ~ master_password = "«{pw}»" -> "«{pw}»"
hcl-plan-new :: + secret_string = "«{pwx:20}»"
tf-output :: $ terraform output⏎db_password = "«{pw}»"
tf-credentials :: credentials "app.terraform.io" {⏎  token = "«{b62:14}.atlasv1.{b62:67}»"⏎}
table-doppler :: │ DB_PASSWORD │ «{pw}» │
table-doppler-any :: ┌─────────┬──────────┐⏎│ NAME    │ VALUE    │⏎├─────────┼──────────┤⏎│ STRIPE_SECRET_KEY │ «{b62:40}» │
table-vault :: Key         Value⏎---         -----⏎password    «{pw}»⏎username    app
table-vault-token :: Key                  Value⏎---                  -----⏎token                «hvs.{b62:24}»⏎token_accessor       {b62:24}
table-md :: | Service | Password |⏎|---|---|⏎| grafana | «{pw}» |
table-md-row :: | **API key** | «{b62:32}» |
table-psql ::  id | email | password ⏎----+-------+----------⏎  1 | a@b.c | «{pw}»
table-csv :: name,username,password⏎GitHub,joe,«{pw}»⏎
table-csv-quoted :: "url","username","password"⏎"https://a.io","joe","«{pw}»"
table-mysql :: +------+----------+⏎| user | password |⏎+------+----------+⏎| root | «{pw}»   |⏎+------+----------+
table-aws :: |  SecretAccessKey  |  «{b64:40}»  |
table-tsv :: user⇥password⏎root⇥«{pw}»
`
