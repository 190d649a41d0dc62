/** The calls of an agent as commands to paste, with the key of the agent in question. */
const withKey = (key: string) => `-H "Authorization: Bearer ${key}"`;
const JSON_BODY = '-H "content-type: application/json"';

export const curls = {
  ask: (url: string, key: string) => `curl -s ${url}/v1/escalations ${withKey(key)} ${JSON_BODY} -d @docs/first-escalation.json`,
  wait: (url: string, key: string, id: string) => `curl -s "${url}/v1/escalations/${id}?wait=60" ${withKey(key)}`,
  resume: (url: string, key: string, id: string) =>
    `curl -s ${url}/v1/escalations/${id}/resume ${withKey(key)} ${JSON_BODY} -d '{"claim_id":"my-process"}'`,
  outcome: (url: string, key: string, id: string, digest: string) =>
    [
      `curl -s ${url}/v1/escalations/${id}/outcome ${withKey(key)} ${JSON_BODY} -d`,
      `'{"status":"completed","execution_token":"'$TOKEN'","executed_action_digest":"${digest}"}'`,
    ].join(" "),
  intro: 'A first escalation of your own, with the key of "my-agent" (only on this machine):',
  rest: "Then wait for the decision, fetch it with the right to run it, and report what you ran (docs/agents.md explains it):",
  setId: "ID=esc_…      # the id in the answer",
  setToken: "TOKEN=ext_…   # execution.token in the answer",
  digestOfUnchanged:
    "The digest is that of the refund as it was asked for: if you change the amount in Slack, it is another one.",
  next: {
    wait: "Waits for people. To be told as soon as somebody has decided:",
    resume: "To fetch the decision, and the right to run it:",
    claim: "Nobody has to be asked. To claim the right to run it:",
    outcome: "Somebody holds the right to run it. With its token, and the digest of what was run:",
  },
} as const;
