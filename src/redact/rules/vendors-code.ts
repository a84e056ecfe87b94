/** Tokens of repositories, registries of packages, builds, and what watches over code (`format.ts` has the grammar). */
export const code = `
github-token ghp_{b62:30-255} gho_{b62:30-255} ghu_{b62:30-255} ghs_{b62:30-255} ghr_{b62:30-255} github_pat_{word:36-255}
gitlab-token glpat-{dot:18-255} gldt-{url:18-255} glrt-{dot:18-255} glcbt-{url:18-255} glptt-{url:18-255} glft-{url:18-255} glsoat-{url:18-255}
gitlab-token glagent-{url:18-255} gloas-{url:18-255} glimt-{url:18-255} glffct-{url:18-255} glrtr-{url:18-255} GR1348941{url:20}
bitbucket-token ATBB{b62:32} BBDC-{b62:40-48}
atlassian-token ATATT3{urlp:60-400} ATCTT3{urlp:60-400} ATOA{urlp:60-400}
gitea-token gitea_{hex:40}
codeberg-token cbt_{hex:40}
sourcegraph-token sgp_{hex:40} sgp_{hex:16}_{hex:40} sgp_local_{hex:40} slk_{hex:64} sgd_{hex:40-64} sgamp_{url:40-100}
npm-token npm_{b62:36}
pypi-token pypi-AgE{url:50-1024}
testpypi-token pypi-AgEN{url:50-1024}
rubygems-token rubygems_{hex:48}
crates-token cio{b62:32}
nuget-key oy2{low:43}
hex-token hexpm_{hex:40-64} hexpm-{b62:32-64}
clojars-token CLOJARS_{hex:60}
jsr-token jsrp_{low:40-60} jsrd_{low:40-60} jsrt_{low:40-60}
packagist-token packagist_{word:30-90}
docker-token dckr_pat_{url:24-64} dckr_oat_{url:24-64}
quay-token QUAY{b62:40-80}
artifactory-key AKCp{b62:60-80} cmVmdGtu{b62:56}
cloudsmith-key csm_{hex:40}
gemfury-token fury_{b62:20-40}
anaconda-token an-{uuid}
terraform-token {b62:14}.atlasv1.{url:60-80}
spacelift-token spl_{b62:32-64}
infracost-key ico-{b62:32}
pulumi-token pul-{hex:40}
circleci-token CCIPAT_{b62:20-32}_{hex:40} CCIPRJ_{b62:20-32}_{hex:40}
buildkite-token bkua_{hex:40} bkct_{b62:40-64} bkat_{b62:40-64}
travis-token travis_{b62:22}
drone-token drone_{b62:32}
codecov-token cdcv_{uuid}
sonar-token squ_{hex:40} sqp_{hex:40} sqa_{hex:40}
snyk-token snyk_uat.{hex:8}.{dot:40-255} snyk_sat.{hex:8}.{dot:40-255}
semgrep-token semgrep_{b62:32-64}
gitguardian-key ggtt-{url:40-80} GGTT{url:40-80}
percy-token web_{hex:64} app_{hex:64}
chromatic-token chpt_{hex:12-20}
expo-token EXPO{b62:40} expo_{url:40}
checkly-key cu_{hex:32}
cypress-key cyp_{uuid}
lambdatest-key LT_{b62:40-60}
postman-key PMAK-{hex:24}-{hex:34}
readme-key rdme_{low:60-80}
mintlify-key mint_{b62:22-40}
swaggerhub-key swhub_{uuid}
unkey-key unkey_{b62:20-40}
launchdarkly-key sdk-{uuid} api-{uuid} mob-{uuid}
statsig-key secret-{b62:40-50}
flagsmith-key ser.{b62:20-40}
configcat-key configcat-sdk-1/{url:22}/{url:22}
optimizely-token optly_{b62:40}
split-key splt_{low:40-60}
doppler-token dp.pt.{b62:40-44} dp.st.{dot:40-80} dp.ct.{b62:40-44} dp.sa.{b62:40-44} dp.scim.{b62:40-44} dp.audit.{b62:40-44}
infisical-token st.{hex:24}.{hex:32}.{hex:32} st.{uuid}.{b62:20-64}
vault-token hvs.{url:24-300} hvb.{url:24-300} hvr.{url:24-300} s.{b62:24} b.{b62:80-300}
boundary-token at_{b62:10}_s{b62:40-300} s_{b62:10}_s{b62:40-300}
onepassword-token ops_eyJ{b64:100-2000}
onepassword-secret-key A3-{up:6}-{up:11}-{up:5}-{up:5}-{up:5} A3-{up:6}-{up:6}-{up:5}-{up:5}-{up:5}-{up:5}
bitwarden-token 0.{uuid}.{b62:30}:{b64:22}==
akeyless-key p-{b62:14}:{b64:43}=
teleport-token tlpt_{hex:32}
rancher-token token-{low:5}:{low:54} kubeconfig-u{low:2-8}-{low:5}:{low:54} kubeconfig-user-{low:5}:{low:54}
openshift-token sha256~{url:43}
octopus-key API-{up:25-28}
age-key AGE-SECRET-KEY-1{up:50-60} AGE-PLUGIN-{up:4-20}-1{up:50-200}
retool-token retool_{low:30}
lightdash-token ldpat_{hex:32} ldsvc_{hex:32}
metabase-key mb_{b64:43}=
dbt-token dbtu_{b62:30-60} dbtc_{url:30-60} dbts_{b62:30-60}
prefect-key pnu_{b62:36} pnb_{b62:36}
portainer-token ptr_{b64:43}=
kong-token kpat_{b62:40-60} spat_{b62:40-60}
zuplo-key zpka_{hex:32}_{hex:8}
n8n-key n8n_api_{b62:40-120}
pipedream-key pd_{hex:32-40}
trigger-key tr_dev_{b62:20-24} tr_prod_{b62:20-24} tr_pat_{low:40}
inngest-key signkey-prod-{hex:64} signkey-test-{hex:64}
`
