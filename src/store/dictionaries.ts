/**
 * What the product itself writes again and again into what it seals: names, words and the order they come in. Packed with one of
 * these, a text holds little more than what is its own. Nothing in here comes from anybody's data. Stored bytes cannot be read
 * without the dictionary they were packed with: one is never changed, a better one gets a form of its own (sealed.ts). What is
 * most usual stands last.
 */
const oneLine = (text: string): string => text.replaceAll("\n", "");

/** Of what was asked and ruled, as canonical JSON. */
export const OF_OPENINGS = oneLine(`
"params_schema":{"properties":{"enum":[""],"type":"string"},"maximum":100,"minimum":0,"title":"","type":"integer"},"type":"num
ber"},"type":"boolean"}},"required":[""],"type":"object"},"reversible":true,"environment":"staging","callback":{"url":"https:/
/"},"latency_tolerance_s":3600,"provenance":{"produced_at":"2026-01-01T00:00:00.000Z","source":"","transformations":[]},"reque
sted_by":"U0"},"valid_until":"2026-01-01T00:00:00Z"},"classification":"confidential","classification":"restricted","classifica
tion":"public","risk":0."observed_at":"2026-01-01T00:00:00Z","excerpt":"","on_approve":"","on_reject":"","on_modify":"","undo"
:"","recommendation":{"decision":"approve","rationale":"","request":"","question":{"allow_free_text":false,"options":[{"id":""
,"label":"yes"},{"id":"no","label":""}],"text":""trigger":{"detail":"","kind":"low_confidence"},"kind":"out_of_distribution"},
"kind":"tool_failure"},"kind":"requested"},"kind":"risk"},"labels":{"":""},"preconditions":[{"name":"","value":""},{"reasons":
[{"detail":"in staging this needs an approval","rule":"risk map","tier":"soft_review"},{"tier":"hard_stop"},{"detail":"in prod
uction this is told to people","rule":"risk map","tier":"notify"},{"detail":"in production this may run alone","rule":"risk ma
p","tier":"autonomous"}]"stakes":"can't be undone","stakes":"can be undone","isIrreversible":true,"owner":"U0","playbookUrl":"
https://","basis":"","unit":"","within":true,"was":"""transferTo":[{"channel":"C0","paging":null,"queue":""}],"fallback":"appr
ove","fallback":"transfer","fallback":"fail","impact":"medium","impact":"low","impact":"critical""paging":{"batchEveryS":1800,
"chain":[{"label":"primary on-call","remindAfterS":300,"source":"","via":["dm"],"waitS":900},{"label":"secondary on-call","rem
indAfterS":null,"source":"","via":["dm","email","pager"],"waitS":600}],"urgentWithinS":900},{"request":{"action":{"params":{"a
mount":"","currency":"","reason":"","service":""},"target":"","title":"","type":""},"brief":{"accomplished":[""],"decision_req
uired":"","evidence":[{"title":"","url":"https://"}],"trigger":{"kind":"policy"}},"classification":"internal","kind":"question
","kind":"action","labels":{},"preconditions":[],"schema_version":"1","session_id":"","step_id":"","signals":{"confidence":0.9
,"flags":[]}},"ruling":{"amountParam":null,"batchable":false,"channel":"C0","claimS":900,"countedAs":null,"deadlineS":3600,"en
vironment":"production","extendMaxS":0,"fallback":"reject","freshUntil":null,"idempotent":false,"impact":"high","outcomeWithin
S":900,"paging":null,"policyVersion":"sha256:","presentation":{"basis":null,"buttons":{"approve":"Approve","modify":"Change…",
"reject":"Reject"},"effects":{"approve":"the agent does exactly this","modify":"the agent does it with your values","reject":"
back to the agent with your reason","silence":"rejected by policy"},"fields":[{"label":"","name":"","value":""},{"label":""},{
"label":"Target","name":"/target","value":""}],"isIrreversible":false,"owner":null,"playbookUrl":null,"stakes":"can be correct
ed afterwards","title":""},"queue":"","reasons":[{"detail":"in production this needs an approval","rule":"risk map","tier":"ha
rd_approval"}],"requirement":{"requestedByRequired":false,"seats":[{"count":1,"label":"","levelMin":2,"roles":[],"users":[]}]}
,"resumeWithinS":1800,"slaS":600,"tier":"autonomous","transferTo":[]}}"tier":"hard_approval","transferTo":[]}}
`);

/** Of what is private beside the audit: most of it is what somebody had before them, Block Kit as JSON inside JSON. */
export const OF_DRAWINGS = oneLine(String.raw`
{"decision":{"answer":null,"reason":"","reasonCode":"too_risky","reasonCode":"insufficient_evidence","reasonCode":"against_pol
icy","text":"","userId":"U0\"type\":\"plain_text_input\",\"multiline\":true,\"max_length\":3000,\"optional\":true},{\"block_id
\":\"\",\"element\":{\"type\":\"static_select\",\"options\":[{\"initial_option\":{\"initial_value\":\"\",\"label\":{\"placehol
der\":{\"type\":\"input\"},{\"callback_id\":\"\",\"private_metadata\":\"\",\"submit\":{\"close\":{\"title\":{\"type\":\"modal
\"\"alt_text\":\"\",\"style\":\"primary\",\"style\":\"danger\",\"confirm\":{\"deny\":{\"type\":\"divider\"},\"type\":\"user\",
\"user_id\":\"U0\",{\"border\":1,\"elements\":[{\"type\":\"rich_text_quote\"},{\"type\":\"rich_text_preformatted\"}:* ends a
s failed; nothing runs\",*Modify:* the agent does it with your values · *Change…* Show in full, Answer needed* by, can't be un
done · can be undone · medium impact · low impact · critical impact · staging · more reasonsReopened:  Handed over:  Changed b
y  Escalated by  approved by  still needed: people have to approve:  Suggests approving  Suggests rejecting  an AI suggestion
, it may be wrong  Done so far  Needs one answer: {\"text\":{\"emoji\":false,\"text\":\"Take my approval back\",\"I'll do it m
yself\",\"Review in full…\",\"I need more time…\",\"type\":\"plain_text\"},\"value\":\"extend esc_ {\"action_id\":\"modify\",
\"text\":{\"emoji\":false,\"text\":\"Change…\"{"drawing":"{\"blocks\":[{\"text\":{\"emoji\":false,\"text\":\"\",\"type\":\"pla
in_text\"},\"type\":\"header\"},{\"elements\":[{\"text\":\"◷ *Approval needed* by <!date^1^{time} {date_short_pretty}| UTC
> · production · high impact · can be corrected afterwards\",\"type\":\"mrkdwn\",\"verbatim\":true}],\"type\":\"context\"},{\"
elements\":[{\"elements\":[{\"style\":{\"bold\":true},\"text\":\"Decide  \",\"type\":\"text\"},{\"text\":\"\",\"type\":\"text
\"}],\"type\":\"rich_text_section\"}],\"type\":\"rich_text\"},{\"text\":{\"text\":\"*Why it asks*  in production this needs a
n approval\",\"type\":\"mrkdwn\",\"verbatim\":true},\"type\":\"section\"},{\"elements\":[{\"elements\":[{\"style\":{\"bold\":t
rue},\"text\":\"  \",\"type\":\"text\"},{\"text\":\"  ·  \",\"type\":\"text\"},{\"style\":{\"bold\":true},\"text\":\"Targe
t  \",\"type\":\"text\"},{\"text\":\"\",\"type\":\"text\"}],\"type\":\"rich_text_section\"}],\"type\":\"rich_text\"},{\"elemen
ts\":[{\"elements\":[{\"style\":{\"bold\":true},\"text\":\" says  \",\"type\":\"text\"},{\"text\":\"\",\"type\":\"text\"}],\"t
ype\":\"rich_text_section\"},{\"elements\":[{\"elements\":[{\"text\":\"\",\"type\":\"text\"}],\"type\":\"rich_text_section\"}]
,\"style\":\"bullet\",\"type\":\"rich_text_list\"},{\"elements\":[{\"text\":\"Evidence: \",\"type\":\"text\"},{\"text\":\"\",
\"type\":\"link\",\"url\":\"https://\"},{\"text\":\" (\",\"type\":\"text\"}],\"type\":\"rich_text_section\"}],\"type\":\"rich_
text\"},{\"elements\":[{\"accessibility_label\":\"Approve:  …\",\"action_id\":\"approve\",\"text\":{\"emoji\":false,\"text\":
\"Approve\",\"type\":\"plain_text\"},\"type\":\"button\",\"value\":\"esc_:1\"},{\"accessibility_label\":\"Reject: \",\"action_
id\":\"reject\",\"text\":{\"emoji\":false,\"text\":\"Reject…\",\"type\":\"plain_text\"},\"type\":\"button\",\"value\":\"esc_:1
\"},{\"action_id\":\"more\",\"options\":[{\"text\":{\"emoji\":false,\"text\":\"Full brief\",\"type\":\"plain_text\"},\"value\"
:\"details esc_:1\"},{\"text\":{\"emoji\":false,\"text\":\"Ask the agent…\",\"type\":\"plain_text\"},\"value\":\"ask esc_:1\"}
,{\"text\":{\"emoji\":false,\"text\":\"Escalate to a senior…\",\"type\":\"plain_text\"},\"value\":\"escalate esc_:1\"},{\"text
\":{\"emoji\":false,\"text\":\"I'm on it\",\"type\":\"plain_text\"},\"value\":\"claim esc_:1\"}],\"type\":\"overflow\"}],\"typ
e\":\"actions\"},{\"elements\":[{\"text\":\"*Approve:* the agent does exactly this · *Reject:* back to the agent with your rea
son · *No answer by <!date^1^{time}| UTC>:* rejected by policy\",\"type\":\"mrkdwn\",\"verbatim\":true}],\"type\":\"context\"}
,{\"elements\":[{\"text\":\"Needs one approval: a reviewer at manager level or above\",\"type\":\"mrkdwn\",\"verbatim\":true}]
,\"type\":\"context\"}],\"text\":\" – approval needed by \"}"}
`);
