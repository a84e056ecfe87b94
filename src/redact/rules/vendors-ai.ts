/** Keys of models, agents and what they search with (`format.ts` has the grammar). */
export const ai = `
anthropic-key sk-ant-{url:20-255}
openai-key sk-proj-{url:24-255} sk-svcacct-{url:24-255} sk-admin-{url:24-255} sk-None-{url:24-255} sk-{url:24-255} sess-{b62:40}
openrouter-key sk-or-{url:40-128}
google-api-key AIza{url:35}
groq-key gsk_{b62:32-64}
xai-key xai-{b62:40-128}
replicate-token r8_{b62:36-40}
perplexity-key pplx-{b62:32-64}
huggingface-token hf_{b62:30-64} api_org_{b62:34}
cerebras-key csk-{low:40-64}
together-key tgp_v1_{url:40-64}
nvidia-key nvapi-{url:60-80}
jina-key jina_{b62:50-70}
voyage-key pa-{url:40-50} al-{url:40-50}
fireworks-key fw_{b62:20-40}
elevenlabs-key sk_{hex:48}
pinecone-key pcsk_{b62:4-8}_{b62:50-80}
firecrawl-key fc-{hex:32}
tavily-key tvly-{url:20-64}
exa-key exa_{url:24-64}
brave-key BSA{url:20-32}
e2b-key e2b_{hex:40}
langsmith-key lsv2_pt_{hex:32}_{hex:10} lsv2_sk_{hex:32}_{hex:10} lsv2_{url:40-64} ls__{hex:32}
langfuse-key sk-lf-{uuid}
langwatch-key sk-lw-{b62:40-64}
helicone-key sk-helicone-{url:20-64}
context7-key ctx7sk-{uuid} ctx7sk_{url:20-64}
deepgram-key dg_{b62:32-64}
assemblyai-key aai_{hex:32}
browserbase-key bb_live_{url:20-40}
modal-token ak-{b62:22} as-{b62:22}
runpod-key rpa_{b62:40-60}
friendli-token flp_{b62:40-60}
novita-key sk_{url:43}
cartesia-key sk_car_{b62:20-40}
retell-key key_{hex:28}
bland-key org_{hex:60-120}
wandb-key wandb_v1_{url:40-100}
comet-key opik_{b62:20-40}
lightning-key lit_{uuid}
clarifai-key clf_{b62:32}
stability-key stab_{b62:40}
hume-key hume_{b62:32-64}
cohere-key co_{b62:40}
mistral-key msk-{b62:32}
apify-token apify_api_{b62:34-40}
opencode-token oc_sk_{b62:24-80} oc_live_{b62:24-80} oc_key_{b62:24-80}
cursor-key crsr_{hex:64} key_{hex:64}
vapi-key vapi_{uuid}
github-copilot-token tid={hex:32};{url:20-80}
databricks-token dapi{hex:32} dkea{hex:32} dose{hex:32}
`
