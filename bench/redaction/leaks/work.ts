/** Files, commands, source code, and what people write. */
export const work = String.raw`
file-shadow :: root:«$6€{b62:16}€{bc:86}»:19700:0:99999:7:::
file-shadow-yescrypt :: joe:«$y$j9T€{bc:22}€{bc:43}»:19700::::::
file-bcrypt :: hash is «$2b$12€{bc:53}»
file-bcrypt-json :: {"password_hash":"«$2a$10€{bc:53}»"}
file-htpasswd :: admin:«$apr1€{b62:8}€{bc:22}»
file-htpasswd-sha :: admin:«{SHA}{b64:27}=»
file-argon2 :: «$argon2id$v=19$m=65536,t=3,p=4€{b64:22}€{b64:43}»
file-pbkdf2 :: password = «pbkdf2_sha256$600000€{b62:22}€{b64:43}=»
file-scrypt :: «scrypt:32768:8:1€{b62:16}€{hex:128}»
file-md5crypt :: joe:«$1€{b62:8}€{bc:22}»:1
file-ntlm :: Administrator:500:aad3b435b51404eeaad3b435b51404ee:«{hex:32}»:::
file-pem :: -----BEGIN RSA PRIVATE KEY-----⏎«{b64:64}»⏎«{b64:64}»⏎«{b64:64}»⏎-----END RSA PRIVATE KEY-----
file-pem-escaped :: "private_key": "-----BEGIN PRIVATE KEY-----\n«{b64:64}»\n«{b64:64}»\n-----END PRIVATE KEY-----\n"
file-pem-middle :: $ sed -n 3,6p id_rsa⏎«{b64:64}»⏎«{b64:64}»⏎«{b64:64}»⏎«{b64:64}»
file-pem-base64 :: KEY_B64=«LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQ{b64:200}»
file-pem-base64-bare :: $ base64 -w0 key.pem⏎«LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0t{b64:200}»
file-pem-one-line :: TLS_KEY="-----BEGIN EC PRIVATE KEY----- «{b64:64}» «{b64:40}» -----END EC PRIVATE KEY-----"
file-pgp :: -----BEGIN PGP PRIVATE KEY BLOCK-----⏎⏎«{b64:64}»⏎«{b64:64}»⏎=abcd⏎-----END PGP PRIVATE KEY BLOCK-----
file-putty :: PuTTY-User-Key-File-3: ssh-ed25519⏎Encryption: none⏎Comment: x⏎Public-Lines: 1⏎AAAA⏎Private-Lines: 2⏎«{b64:64}»⏎«{b64:40}»⏎Private-MAC: «{hex:64}»
file-wireguard :: PrivateKey = «{b64:43}=»
file-wg-genkey :: $ wg genkey⏎«{b64:43}=»
file-age :: # public key: age1{low:58}⏎«AGE-SECRET-KEY-1{up:58}»
file-minisign :: untrusted comment: minisign encrypted secret key⏎«RWRTY0Iy{b64:200}»
file-netrc :: machine git.acme.io login joe password «{pw}»
file-netrc-lines :: machine git.acme.io⏎  login joe⏎  password «{pw}»
file-pgpass :: db.acme.io:5432:app:joe:«{pw}»
file-npmrc :: //registry.npmjs.org/:_authToken=«npm_{b62:36}»
file-npmrc-auth :: _auth=«‹joe:{pw}{pw}›»
file-npmrc-password :: //r.acme.io/:_password="«‹{pw}{pw}›»"
file-yarnrc :: npmAuthToken: "«{b62:40}»"
file-git-credentials :: https://joe:«{b62:40}»@github.com
file-gitconfig :: [url "https://x:«{b62:20}»@gitlab.com/"]
file-maven :: <password>«{pwx:10}»</password>
file-gradle :: nexusPassword=«{pw}»
file-bundle :: BUNDLE_GEMS__CONTRIBSYS__COM: "«{hex:8}:{hex:8}»"
file-composer :: {"http-basic":{"repo.acme.io":{"username":"joe","password":"«{b62:20}»"}}}
file-composer-gh :: {"github-oauth":{"github.com":"«{b62:40}»"}}
file-pip :: index-url = https://joe:«{b62:20}»@pypi.acme.io/simple
file-conda :: channels:⏎  - https://conda.acme.io/t/«{b62:30}»/x
file-cargo :: [registries.acme]⏎token = "Bearer «{b62:40}»"
file-wp-config :: define('DB_PASSWORD', '«{pw}»');
file-wp-salt :: define( 'AUTH_KEY',         '«{pwx:64}»' );
file-wp-salt2 :: define('LOGGED_IN_SALT', '«{pwx:64}»');
file-laravel :: 'password' => env('DB_PASSWORD', '«{pw}»'),
file-drupal :: $settings['hash_salt'] = '«{url:74}»';
file-magento :: 'crypt' => ['key' => '«{hex:32}»']
file-joomla :: public $password = '«{pw}»';
file-joomla-secret :: public $secret = '«{b62:16}»';
file-django :: SECRET_KEY = 'django-insecure-«6lhh6m2p_2w1wp%o2c3+%h5)()&n7{low:6}%@3pkas8(6xta*ab!6»'
file-flask :: app.secret_key = b'«_5#y2L{b62:8}\n\xec]/»'
file-rails-key :: $ cat config/master.key⏎«{hex:32}»
file-phoenix :: secret_key_base: "«{b64:64}»"
file-play :: play.http.secret.key="«{b62:30}»"
file-jenkins-key :: $ cat secrets/initialAdminPassword⏎«{hex:32}»
file-wifi-qr :: WIFI:T:WPA;S:Acme;P:«{pw}»;;
file-wpa :: network={⏎  ssid="acme"⏎  psk="«{pw}»"⏎}
file-nm :: [wifi-security]⏎psk=«{b62:12}»
file-otpauth :: otpauth://totp/Acme:joe?secret=«{b32:32}»&issuer=Acme
file-recovery :: Recovery codes:⏎«{low:5}-{low:5}»⏎«{low:5}-{low:5}»⏎«{low:5}-{low:5}»
file-recovery-digits :: Save these backup codes:⏎1. «{dig:4} {dig:4}»⏎2. «{dig:4} {dig:4}»
file-seed :: mnemonic: "«abandon {az:5} legal winner thank year wave sausage worth useful legal {az:6}»"
file-eth-key :: PRIVATE_KEY=«0x{hex:64}»
file-eth-prose :: the deployer private key is «{hex:64}»
file-wif :: wif: «5{b62:50}»
file-xprv :: «xprv9{b62:106}»
file-solana :: solana key «[12,{dig:2},{dig:2},{dig:2},{dig:2},{dig:2},{dig:2},{dig:2},{dig:2},{dig:2},{dig:2}]»
file-openvpn :: <auth-user-pass>⏎joe⏎«{pw}»⏎</auth-user-pass>
file-ovpn-static :: -----BEGIN OpenVPN Static key V1-----⏎«{hex:32}»⏎«{hex:32}»⏎-----END OpenVPN Static key V1-----
file-rclone :: [r]⏎type = sftp⏎pass = «{url:32}»
file-rclone-token :: token = {"access_token":"«ya29.{url:100}»","token_type":"Bearer","refresh_token":"«1//0{url:50}»"}
file-msmtp :: account x⏎user joe⏎password «{pw}»
file-mutt :: set imap_pass = "«{pw}»"
file-postfix :: [smtp.acme.io]:587 joe:«{pw}»
file-dovecot :: joe:{PLAIN}«{pw}»:1000:1000
file-proftpd :: PersistentPasswd «{pw}»
file-radius :: client x {⏎  secret = «{b62:16}»⏎}
file-snmp :: rocommunity «{b62:12}»
file-cisco :: enable secret 5 «$1€{b62:4}€{bc:22}»
file-cisco7 :: username admin password 7 «{HEX:22}»
file-strongswan :: : PSK "«{pw}»"
file-chap :: joe * «{pw}» *
file-samba :: password=«{pw}»⏎username=joe
file-fstab :: //nas/x /mnt cifs username=joe,password=«{b62:12}» 0 0
file-cron :: 0 3 * * * PGPASSWORD=«{b62:14}» pg_dump app
file-robot :: *** Variables ***⏎€{PASSWORD}    «{pw}»
file-postman :: {"key":"token","value":"«{b62:40}»","type":"secret"}
file-insomnia :: {"authentication":{"type":"bearer","token":"«{b62:40}»"}}
file-httpfile :: @token = «{b62:40}»⏎GET https://a.io
file-har :: {"name":"Authorization","value":"Bearer «{b62:40}»"}
file-har-cookie :: {"name":"cookie","value":"sid=«{b62:32}»"}
file-chrome :: "encrypted_key":"«RFBBUEk{b64:200}»"
file-firefox :: "encryptedPassword":"«MDIEEPgAAAAAAAAAAAAAAAAAAAEwFAYI{b64:40}»"
file-utf16 :: cat web.config: <add key="Password" value="«{pw}»"/>
file-log :: 2026-08-01 12:00:00 DEBUG connecting with user=app password=«{pw}» host=db
file-log-json :: {"level":"info","msg":"login","token":"«{b62:30}»"}
file-log-kv :: level=debug msg="auth" api_key="«{b62:30}»"
file-log-url :: GET /api?apikey=«{hex:32}» 200 12ms
file-trace :: requests.exceptions.HTTPError: 401 for url: https://a.io/v1?api_key=«{b62:32}»
file-ps :: root 1 0.0 mysqld --defaults-file=x --password=«{b62:12}»
file-history ::   512  mysql -u root -p'«{pw}»' app
cmd-sudo :: echo «{pw}» | sudo -S apt update
cmd-sudo-here :: sudo -S true <<< '«{pw}»'
cmd-sshpass :: sshpass -p '«{pw}»' ssh root@h
cmd-sshpass-e :: SSHPASS=«{pw}» sshpass -e ssh root@h
cmd-zip :: zip -e -P «{pw}» a.zip b
cmd-unzip :: unzip -P '«{pw}»' a.zip
cmd-7z :: 7z x a.7z -p«{pw}»
cmd-openssl :: openssl enc -aes-256-cbc -in a -pass pass:«{b62:14}»
cmd-openssl-k :: openssl enc -d -aes-256-cbc -k «{pw}» -in a
cmd-openssl-passin :: openssl rsa -in k -passin pass:«{pw}»
cmd-openssl-rand :: $ openssl rand -hex 32⏎«{hex:64}»
cmd-openssl-rand64 :: $ openssl rand -base64 32⏎«{b64:43}=»
cmd-gpg :: gpg --batch --passphrase «{pw}» -d a.gpg
cmd-gpg-echo :: echo «{pw}» | gpg --passphrase-fd 0 -d x
cmd-keytool :: keytool -genkey -storepass «{pw}» -keypass «{pw}» -alias x
cmd-jarsigner :: jarsigner -storepass «{pw}» a.jar x
cmd-apksigner :: apksigner sign --ks-pass pass:«{pw}» a.apk
cmd-htpasswd :: htpasswd -bc .htpasswd joe «{pw}»
cmd-chpasswd :: echo "joe:«{pw}»" | chpasswd
cmd-passwd-stdin :: echo '«{pw}»' | passwd --stdin joe
cmd-usermod :: useradd -m -p '«$6€{b62:8}€{bc:86}»' joe
cmd-smb :: smbclient //nas/x -U joe%«{pw}»
cmd-mount :: mount -t cifs //nas/x /mnt -o username=joe,password=«{pw}»
cmd-ftp :: lftp -u joe,«{pw}» ftp.acme.io
cmd-wget :: wget --user=joe --password='«{pw}»' https://a.io
cmd-curl-u :: curl -u joe:«{pw}» https://a.io
cmd-curl-user :: curl --user "joe:«{pwx:10}»" https://a.io
cmd-curl-header :: curl -H "X-Api-Key: «{b62:32}»" https://a.io
cmd-curl-json :: curl -d '{"username":"joe","password":"«{pw}»"}' https://a.io
cmd-curl-form :: curl --data-urlencode 'password=«{pw}»' https://a.io
cmd-httpie :: http -a joe:«{pw}» https://a.io
cmd-httpie-bearer :: http -A bearer -a «{b62:40}» https://a.io
cmd-npm-config :: npm config set //registry.npmjs.org/:_authToken «{uuid}»
cmd-npm-login :: npm login --registry=x -u joe -p «{pw}»
cmd-yarn :: yarn config set npmAuthToken «{b62:36}»
cmd-pip :: pip install --index-url https://joe:«{b62:20}»@a.io/simple x
cmd-twine :: twine upload -u joe -p «{pw}» dist/*
cmd-poetry :: poetry config pypi-token.pypi «pypi-AgEIcHlwaS5vcmc{url:150}»
cmd-poetry-basic :: poetry config http-basic.acme joe «{pw}»
cmd-cargo-login :: cargo login «cio{b62:32}»
cmd-nuget :: dotnet nuget push a.nupkg -k «oy2{low:43}» -s nuget.org
cmd-dotnet-secret :: dotnet user-secrets set "Db:Password" "«{pw}»"
cmd-gem :: gem push --key «{hex:48}» x.gem
cmd-composer :: composer config --global github-oauth.github.com «{b62:40}»
cmd-composer-basic :: composer config http-basic.repo.io joe «{pw}»
cmd-git-remote :: git remote add o https://joe:«{b62:30}»@git.acme.io/x
cmd-git-extra :: git -c http.extraheader="AUTHORIZATION: bearer «{b62:52}»" fetch
cmd-gh-login :: echo «{b62:40}» | gh auth login --with-token
cmd-glab :: glab auth login --token «{b62:20}»
cmd-circleci :: circleci setup --token «{hex:40}»
cmd-heroku :: heroku config:set SECRET=«{pw}» -a x
cmd-eas :: eas secret:create --name X --value «{pw}»
cmd-firebase :: firebase deploy --token "«1//0{url:60}»"
cmd-netlify :: netlify env:set API_KEY «{b62:30}»
cmd-stripe :: stripe listen --api-key «sk_test_{b62:40}»
cmd-stripe-out :: > Ready! Your webhook signing secret is «whsec_{hex:64}»
cmd-sentry :: sentry-cli --auth-token «{hex:64}» releases list
cmd-rclone :: rclone obscure «{pw}»
cmd-restic :: RESTIC_PASSWORD=«{pw}» restic backup
cmd-borg :: export BORG_PASSPHRASE='«{pw}»'
cmd-mosquitto :: mosquitto_pub -h h -u joe -P «{pw}» -t x -m y
cmd-rabbit :: rabbitmqctl add_user joe «{pw}»
cmd-rabbit-change :: rabbitmqctl change_password joe «{pw}»
cmd-mc :: mc alias set s3 https://s3.a.io {up:20} «{b64:40}»
cmd-nmcli :: nmcli dev wifi connect Acme password «{pw}»
cmd-wpa :: wpa_passphrase Acme «{pw}»
cmd-ipmi :: ipmitool -H h -U root -P «{pw}» power on
cmd-xfreerdp :: xfreerdp /u:joe /p:«{pw}» /v:h
cmd-net-use :: net use Z: \\nas\x /user:joe «{pw}»
cmd-cmdkey :: cmdkey /add:h /user:joe /pass:«{pw}»
cmd-psexec :: psexec \\h -u joe -p «{pw}» cmd
cmd-convertto :: ConvertTo-SecureString "«{pw}»" -AsPlainText -Force
cmd-pscred :: New-Object PSCredential("joe", (ConvertTo-SecureString '«{pw}»' -AsPlainText))
cmd-winrm :: winrs -r:h -u:joe -p:«{pw}» dir
cmd-plink :: plink -ssh joe@h -pw «{pw}»
cmd-expect :: expect -c 'spawn ssh h; expect "password:"; send "«{pw}»\r"'
cmd-read-prompt :: Password: «{pw}»
cmd-bitwarden :: bw unlock «{pw}»
cmd-bw-session :: export BW_SESSION="«{b64:86}==»"
cmd-pwgen :: $ pwgen -s 24 1⏎«{b62:24}»
cmd-secret-tool :: $ secret-tool lookup app acme⏎«{pw}»
cmd-kinit :: echo '«{pw}»' | kinit joe
cmd-snyk :: snyk auth «{uuid}»
cmd-vault-userpass :: vault login -method=userpass username=joe password=«{pw}»
cmd-linode :: linode-cli linodes create --root_pass «{pw}»
cmd-virt :: virt-customize -a x --root-password password:«{pw}»
cmd-cloudinit :: chpasswd:⏎  list: |⏎    root:«{pw}»
cmd-gcloud-sql :: gcloud sql users set-password root --instance x --password «{pw}»
cmd-ansible-pass :: ansible all -m ping -e ansible_become_password=«{pw}»
code-define :: #define DB_PASSWORD "«{pw}»"
code-define-wifi :: #define WIFI_PASS "«{pw}»"
code-getenv :: os.getenv('DB_PASSWORD', '«{pw}»')
code-getenv-get :: os.environ.get("SECRET_KEY", "«{b62:40}»")
code-env-or :: const s = process.env.JWT_SECRET || '«{pw}»'
code-env-nullish :: const k = process.env.API_KEY ?? "«{b62:32}»"
code-js-object :: const db = { user: 'app', password: '«{pw}»' }
code-js-const :: const PASSWORD = "«{pw}»";
code-js-template :: const apiSecret = ´«{b62:32}»´;
code-ts-default :: constructor(private token: string = '«{b62:32}»') {}
code-js-call :: client.setApiKey("«{b62:32}»")
code-js-auth :: await client.login('joe@acme.io', '«{pw}»')
code-js-jwt :: jwt.sign({ id: 1 }, '«{pw}»', { expiresIn: '1h' })
code-js-hmac :: crypto.createHmac('sha256', '«{b62:32}»')
code-js-session :: app.use(session({ secret: '«{pw}»', resave: false }))
code-js-fill :: await page.fill("#password", "«{pw}»")
code-js-type :: cy.get('input[name=password]').type('«{pw}»')
code-js-getbylabel :: await page.getByLabel('Password').fill('«{pw}»')
code-js-compare :: if (req.headers['x-token'] !== '«{b62:24}»') return
code-py-auth :: requests.get(url, auth=("joe", "«{pw}»"))
code-py-httpauth :: HTTPBasicAuth('joe', '«{pw}»')
code-py-assign :: PASSWORD = '«{pw}»'
code-py-dict :: {'password': '«{pw}»', 'host': 'x'}
code-py-kwarg :: psycopg2.connect(host="x", user="u", password="«{pw}»")
code-py-openai :: openai.api_key = "«{b62:40}»"
code-py-field :: password: str = "«{pw}»"
code-py-send :: driver.find_element(By.ID, "password").send_keys("«{pw}»")
code-py-fernet :: Fernet(b'«{url:43}=»')
code-py-boto :: boto3.client('s3', aws_access_key_id='AKIA{b32:16}', aws_secret_access_key='«{b64:40}»')
code-java-const :: private static final String PASSWORD = "«{pw}»";
code-java-setter :: ds.setPassword("«{pw}»");
code-java-drivermanager :: DriverManager.getConnection(url, "app", "«{pw}»");
code-java-credentials :: new BasicAWSCredentials("AKIA{b32:16}", "«{b64:40}»")
code-java-usernamepw :: new UsernamePasswordCredentials("joe", "«{pw}»")
code-java-value :: @Value("€{db.password:«{pw}»}")
code-java-keystore :: ks.load(in, "«{pw}»".toCharArray());
code-kotlin :: val apiKey = "«{b62:32}»"
code-kotlin-build :: buildConfigField("String", "API_KEY", "\"«{b62:32}»\"")
code-gradle-store :: storePassword '«{pw}»'
code-swift :: let apiKey: String = "«{b62:32}»"
code-csharp :: new NetworkCredential("joe", "«{pw}»")
code-csharp-const :: private const string ApiSecret = "«{b62:32}»";
code-csharp-key :: new AzureKeyCredential("«{hex:32}»")
code-csharp-sym :: new SymmetricSecurityKey(Encoding.UTF8.GetBytes("«{pw}»"))
code-go :: const apiToken = "«{b62:32}»"
code-go-struct :: Config{User: "app", Password: "«{pw}»"}
code-go-setbasic :: req.SetBasicAuth("joe", "«{pw}»")
code-go-header :: req.Header.Set("X-Api-Key", "«{b62:32}»")
code-go-env :: os.Setenv("DB_PASSWORD", "«{pw}»")
code-rust :: let token = "«{b62:32}»".to_string();
code-rust-const :: const API_KEY: &str = "«{b62:32}»";
code-rust-basic :: .basic_auth("joe", Some("«{pw}»"))
code-rust-bearer :: .bearer_auth("«{b62:40}»")
code-ruby :: password: "«{pw}»",
code-ruby-env :: ENV['SECRET_KEY'] = '«{b62:32}»'
code-ruby-fetch :: ENV.fetch("DB_PASSWORD", "«{pw}»")
code-ruby-rocket :: :password => '«{pw}»'
code-php :: $password = '«{pw}»';
code-php-pdo :: new PDO($dsn, 'app', '«{pw}»');
code-php-mysqli :: mysqli_connect("db", "app", "«{pw}»", "shop")
code-php-array :: 'secret' => '«{b62:32}»',
code-perl :: my $password = '«{pw}»';
code-perl-dbi :: DBI->connect($dsn, 'app', '«{pw}»')
code-lua :: local api_key = "«{b62:32}»"
code-elixir :: config :app, secret_key_base: "«{b62:64}»"
code-scala :: val dbPassword = "«{pw}»"
code-dart :: const String apiKey = '«{b62:32}»';
code-c-string :: static const char *api_key = "«{b62:32}»";
code-cpp :: std::string password{"«{pw}»"};
code-arduino :: const char* pass = "«{pw}»";
code-r :: Sys.setenv(OPENAI_API_KEY = "«{b62:40}»")
code-r-conn :: dbConnect(drv, user = "u", password = "«{pw}»")
code-matlab :: apiKey = '«{b62:32}»';
code-vb :: Dim password As String = "«{pw}»"
code-vba :: Const DB_PWD = "«{pw}»"
code-delphi :: Password := '«{pw}»';
code-haskell :: apiKey = "«{b62:32}»" :: String
code-clojure :: {:password "«{pw}»" :user "app"}
code-groovy :: password = '«{pw}»'
code-solidity :: accounts: ["«0x{hex:64}»"]
code-graphql :: mutation { login(email: "a@b.c", password: "«{pw}»") { token } }
code-html-input :: <input type="password" name="pw" value="«{pw}»">
code-html-data :: <div data-api-key="«{b62:32}»">
code-jsx :: <Map apiKey="«{b62:39}»" />
code-sh-assign :: password='«{pw}»'
code-sh-default :: TOKEN=€{TOKEN:-«{b62:30}»}
code-sh-read :: API_TOKEN=$(echo «{b62:30}»)
code-sh-cat :: cat > .env <<EOF⏎SECRET=«{pw}»⏎EOF
code-make :: DB_PASS ?= «{pw}»
code-makecolon :: API_TOKEN := «{b62:32}»
code-jenkins :: environment { API_TOKEN = '«{b62:32}»' }
code-diff-old :: -  password: «{pw}»⏎+  password: «{pw}»
code-diff-env :: -API_KEY=«{b62:30}»⏎+API_KEY=«{b62:30}»
code-test-expect :: expect(config.password).toBe('«{pwx:14}»')
code-comment :: // password: «{pw}»
code-comment-hash :: # root password is «{pw}»
code-todo :: // TODO remove: token «{b62:40}»
code-bytes :: key = bytes.fromhex("«{hex:64}»")
code-unicode :: "password":"«{pw}\u0026{b62:4}»"
code-cell :: "source": ["api_key = \"«{b62:32}»\"\n"]
code-glued :: xtoken=«{b62:40}»
code-zero-width :: my token: «ghp_{b62:10}​{b62:26}»
code-glued-letter :: tokenIsghp_«{b62:36}»
prose-en-is :: my password is: «{pw}»
prose-en-is2 :: the database password is «{pw}» please connect
prose-en-changed :: I changed the password from «{pw}» to «{pw}».
prose-en-changed2 :: password for joe changed to «{pw}»
prose-en-slash :: login with admin / «{pw}»
prose-en-creds :: credentials: joe@acme.io / «{pw}»
prose-en-user-pass :: user joe pass «{pw}»
prose-en-use :: use «{pw}» as the password
prose-en-api :: Here is my API key «{b62:32}», use it
prose-en-token :: use this token: «{b62:40}»
prose-en-secret :: The client secret I got is «{url:40}»
prose-en-pw :: pw: «{pw}»
prose-en-quoted :: set the admin password to "«{pw}»"
prose-en-backtick :: The password is ´«{pw}»´
prose-en-bold :: **Password:** «{pw}»
prose-en-bold2 :: - **API Key**: ´«{b62:32}»´
prose-en-pin :: PIN code: «{dig:6}»
prose-en-otp :: your verification code is «{dig:6}»
prose-en-ssh :: ssh root@10.0.0.3 (password «{pw}»)
prose-en-login :: Login: joe⏎Password: «{pw}»
prose-en-wifi :: WiFi: Acme / Password: «{pw}»
prose-en-key-line :: Key: «{b62:40}»
prose-en-newline :: Here's the token:⏎⏎«{b62:40}»
prose-en-codeblock :: the api key:⏎´´´⏎«{b62:40}»⏎´´´
prose-en-parens :: (api key = «{b62:32}»)
prose-en-temp :: Your temporary password is «{pw}». Change it.
prose-en-initial :: Initial password: «{pw}»
prose-de-is :: Das Passwort lautet «{pw}»
prose-de-colon :: Passwort: «{pw}»
prose-de-kennwort :: Kennwort für admin: «{pw}»
prose-de-key :: Der API-Schlüssel ist «{b62:32}»
prose-de-zugang :: Zugangsdaten: joe / «{pw}»
prose-de-geheim :: das Geheimnis: «{b62:32}»
prose-fr-is :: le mot de passe est «{pw}»
prose-fr-colon :: Mot de passe : «{pw}»
prose-fr-key :: voici la clé API : «{b62:32}»
prose-fr-jeton :: le jeton est «{b62:32}»
prose-es-is :: la contraseña es «{pw}»
prose-es-colon :: Contraseña: «{pw}»
prose-es-clave :: clave de API: «{b62:32}»
prose-pt-is :: a senha é «{pw}»
prose-pt-colon :: Senha: «{pw}»
prose-pt-chave :: chave da API: «{b62:32}»
prose-ru-is :: пароль от базы: «{pw}»
prose-ru-colon :: Пароль: «{pw}»
prose-ru-token :: мой токен «{b62:40}»
prose-ru-key :: ключ API: «{b62:32}»
prose-zh-is :: 密码是«{pw}»
prose-zh-colon :: 数据库密码：«{pw}»
prose-zh-key :: API密钥：«{b62:32}»
prose-zh-token :: 令牌: «{b62:40}»
prose-ja-is :: パスワードは「«{pw}»」です
prose-ja-colon :: パスワード：«{pw}»
prose-ja-key :: APIキー：«{b62:32}»
prose-ko-colon :: 비밀번호: «{pw}»
prose-it-colon :: La password è «{pw}»
prose-it-chiave :: chiave API: «{b62:32}»
prose-nl-colon :: Wachtwoord: «{pw}»
prose-pl-colon :: Hasło: «{pw}»
prose-tr-colon :: Şifre: «{pw}»
`
