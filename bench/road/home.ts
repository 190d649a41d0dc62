import { randomUUID } from "node:crypto";
import { request } from "undici";
import { signed, TEAM } from "../../test/support/black-box.ts";
import type { RealProcess } from "./real-process.ts";

/** Somebody opens the Home tab: milliseconds from the event until Slack was given what stands there. */
export async function openHome({ url, slack }: RealProcess, userId: string): Promise<number> {
  const atS = Math.floor(Date.now() / 1000);
  const event = { type: "app_home_opened", user: userId, channel: "D0HOME", tab: "home", event_ts: `${atS}.1` };
  const body = JSON.stringify({
    type: "event_callback",
    token: "bench",
    team_id: TEAM,
    api_app_id: "A0BENCH",
    event,
    event_id: `Ev${randomUUID()}`,
    event_time: atS,
    authorizations: [{ enterprise_id: null, team_id: TEAM, user_id: "U0BOT", is_bot: true, is_enterprise_install: false }],
  });
  const drawn = slack.home(userId);
  const started = performance.now();
  const { statusCode, body: answer } = await request(`${url}/slack/events`, signed("application/json", body));
  await answer.dump();
  if (statusCode !== 200) throw new Error(`the event was answered ${statusCode}`);
  await drawn;
  return performance.now() - started;
}
