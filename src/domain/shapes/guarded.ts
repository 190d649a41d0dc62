import { say } from "../../words/en.ts";
import type { Escalation } from "./escalation.ts";
import { isGuarded, submittedAction } from "./request.ts";

/**
 * What may be said where people listen who may not decide: a channel, the notification on a locked phone, a list of alarms,
 * e-mail, a pager. Of a confidential or restricted act that is its type and nothing of what it holds; modals and the direct
 * messages of those who may decide have the whole.
 */
type Titled = Pick<Escalation, "request" | "ruling">;

export const openTitle = ({ request, ruling }: Titled): string =>
  isGuarded(request) ? bareTitle({ request }) : ruling.presentation.title;

/** Nothing but the type, whatever it is. */
export const bareTitle = ({ request }: Pick<Escalation, "request">): string =>
  say.guarded.title(submittedAction(request)?.type ?? say.guarded.kinds[request.kind], request.classification);

/** Words of an agent or a person that hold what is guarded; null where they may not be said. */
export const openWords = ({ request }: Pick<Escalation, "request">, text: string): string | null =>
  isGuarded(request) ? null : text;
