import { quoted } from "../../domain/base/inert.ts";
import { CLASS } from "../../domain/consequences/deliveries.ts";
import type { Directory } from "../../domain/people/directory.ts";
import { oweAll, takeUndelivered, type Undelivered } from "../../store/outbox.ts";
import { inTransaction } from "../../store/pool.ts";
import { say } from "../../words/en.ts";
import { ringAlarm } from "../alarms.ts";
import { newDeliveryId } from "../ids.ts";
import type { EngineParts, Routes } from "../parts.ts";

/**
 * A page or an alarm that Slack refused, that stays uncertain, or that has not arrived for a minute goes to the next route of its
 * person: e-mail, then the pager. The row itself stays owed, so the message is in Slack as well when that is back and somebody is
 * still waited for.
 */
const PATIENCE_S = 60;
const BATCH = 200;

type Route = { kind: "email_page" | "pager_page"; to: string };

export async function reroute(parts: EngineParts, routes: Routes): Promise<number> {
  const stranded: Undelivered[] = [];
  const moved = await inTransaction(parts.pool, async (tx) => {
    const late = await takeUndelivered(tx, PATIENCE_S, BATCH);
    const routed = late.flatMap((delivery) => {
      const next = nextRoute(parts.directory(), routes, delivery);
      if (next === null) stranded.push(delivery);
      return next === null ? [] : [{ delivery, next }];
    });
    await oweAll(
      tx,
      groupByAbout(routed).map((group) => owedBy(group)),
    );
    return routed.length;
  });
  await tellStranded(parts, stranded);
  return moved;
}

type Routed = { delivery: Undelivered; next: Route };

/** A hundred alarms about the same wake somebody once; pages are each their own. */
function groupByAbout(routed: readonly Routed[]): Routed[][] {
  const groups = new Map<string, Routed[]>();
  for (const one of routed) {
    const { payload, deliveryId } = one.delivery;
    const about = ("about" in payload ? payload.about : null) ?? deliveryId;
    const key = `${one.next.kind}:${one.next.to}:${about}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

function owedBy(group: Routed[]) {
  const [first] = group;
  if (first === undefined) throw new Error("a group of deliveries without any");
  const { delivery, next } = first;
  const { kind, to } = next;
  const more = group.reduce((sum, one) => sum + one.delivery.generation - one.delivery.told, 0) - 1;
  const { payload } = delivery;
  const said = "text" in payload && more > 0 ? { ...payload, text: `${payload.text} ${say.outside.andMore(more)}` } : payload;
  return {
    lane: `${kind}:${to}`,
    kind,
    escalationId: delivery.escalationId,
    payload: { ...said, to, instead: true },
    priority: CLASS.page,
    dedupe: null,
    deliveryId: newDeliveryId(),
  };
}

/** Routes are tried in the order Slack, e-mail, pager. */
function nextRoute(directory: Directory, routes: Routes, delivery: Undelivered): Route | null {
  const { userId } = delivery.payload;
  const contact = userId !== undefined ? directory.reviewers.get(userId) : directory.alarmRoutes;
  if (contact === undefined) return null;
  const email: Route[] = contact.email !== null && routes.email ? [{ kind: "email_page", to: contact.email }] : [];
  const pager: Route[] = contact.pager !== null && routes.pager(contact.pager) ? [{ kind: "pager_page", to: contact.pager }] : [];
  // What the step itself has sent on a route is not sent there again.
  const sentBy = (kind: Route["kind"]) => viaOf(delivery).includes(kind === "email_page" ? "email" : "pager");
  const all = [...email, ...pager].filter((route) => !sentBy(route.kind));
  if (delivery.kind === "email_page") return all.find((route) => route.kind === "pager_page") ?? null;
  return delivery.kind === "pager_page" ? null : (all[0] ?? null);
}

/**
 * No route is left: they wait for Slack. One alarm for all of them, because a slow Slack strands many at once; an alarm about an
 * alarm would go round in circles.
 */
async function tellStranded(parts: EngineParts, stranded: readonly Undelivered[]): Promise<void> {
  const pages = stranded.filter(
    (delivery) => delivery.payload.userId !== undefined && viaOf(delivery).every((route) => route === "dm"),
  );
  if (pages.length === 0) return;
  parts.log.error(
    { deliveries: pages.map((delivery) => delivery.deliveryId) },
    "pages have not arrived, and no other route is left for them",
  );
  const userIds = [...new Set(pages.flatMap(({ payload }) => payload.userId ?? []))];
  const why = pages.find((delivery) => delivery.lastError !== null)?.lastError ?? null;
  await ringAlarm(parts, { kind: "pages_stranded", userIds, why: why === null ? null : quoted(why, 200) });
}

const viaOf = ({ payload }: Undelivered): readonly string[] => ("via" in payload ? payload.via : []);
