import type { Answer, Method } from "./methods/answers.ts";
import { BLOCK_METHODS } from "./methods/blocks.ts";
import { CONVERSATION_METHODS } from "./methods/conversations.ts";
import { FILE_METHODS } from "./methods/files.ts";
import { MESSAGE_METHODS } from "./methods/messages.ts";
import { USERGROUP_METHODS } from "./methods/usergroups.ts";
import { userInfo } from "./methods/users.ts";
import { VIEW_METHODS } from "./methods/views.ts";
import { BOT, TEAM } from "./workspace.ts";

/** Every method of the Web API that is played here. */
const whoAmI = (): Answer => ({
  ok: true,
  url: `https://${TEAM.domain}.slack.com/`,
  team: TEAM.name,
  team_id: TEAM.id,
  user: "countersign",
  user_id: BOT.userId,
  bot_id: BOT.botId,
  is_enterprise_install: false,
});

export const METHODS: Record<string, Method> = {
  "api.test": () => ({ ok: true }),
  "auth.test": whoAmI,
  "users.info": userInfo,
  ...MESSAGE_METHODS,
  ...VIEW_METHODS,
  ...CONVERSATION_METHODS,
  ...USERGROUP_METHODS,
  ...FILE_METHODS,
  ...BLOCK_METHODS,
};
/** Methods that write; the journal keeps their calls. */
export const WRITES = new Set([
  "chat.postMessage",
  "chat.update",
  "chat.delete",
  "chat.postEphemeral",
  "files.completeUploadExternal",
  "views.open",
  "views.push",
  "views.update",
  "views.publish",
]);
