import type { ModalView } from "@slack/types";
import { ACTS, type Reader } from "../../domain/acts/all.ts";
import { authoriseMember, type Person } from "../../domain/people/authority.ts";
import { canonicalJson, digestOfText } from "../../domain/shapes/canonical.ts";
import type { HumanCommand } from "../../domain/shapes/commands.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { Event } from "../../domain/shapes/events.ts";
import { isRefusal, type Refusal, refuse } from "../../domain/shapes/refusal.ts";
import { say } from "../../words/en.ts";
import { actOfButton, type NamedAct } from "../acts/all.ts";
import { faultOf, refusalCode } from "../api/client.ts";
import { viewOf } from "../cards/view.ts";
import { waitingInBatches } from "../lists/batches.ts";
import { batchModal } from "../modals/batch.ts";
import { detailsModal } from "../modals/details.ts";
import { offers } from "../modals/offers.ts";
import type { SlackParts } from "../parts.ts";
import { timelineOf } from "../telling/timeline.ts";
import { loadTarget, readValue, refuseOpening, type Target, whatWasSeen } from "./target.ts";
import { type Clicker, tellClicker, tellFault } from "./tell-clicker.ts";

/** What the buttons of cards and of the Home do. Each is authorised anew here, and again when its modal is submitted. */
export type Click = { act: string; value: unknown; teamId: string; clicker: Clicker };

/** Handles one click to its end; whatever happens, the clicker is told. */
export async function onClick(parts: SlackParts, click: Click): Promise<void> {
  let about: Escalation | null = null;
  try {
    const target = readValue(click.value);
    // What is decided at a click is decided on what is true then: here it is only named.
    const escalation = (target && parts.engine.known(target.id)) ?? (await loadTarget(parts, target));
    if (target === null) return await tellClicker(parts, click.clicker, { detail: say.clicks.gone });
    if (isRefusal(escalation)) return await tellClicker(parts, click.clicker, escalation);
    // The button for several stands for none of them.
    about = click.act === "batch" ? null : escalation;
    const refusal = await act(parts, click, target);
    if (refusal !== null) await tellClicker(parts, click.clicker, { ...refusal, about });
  } catch (error) {
    parts.log.error({ err: error, act: click.act, user: click.clicker.userId }, "a click failed");
    await tellFault(parts, click.clicker, error, about);
  }
}

async function act(parts: SlackParts, click: Click, target: Target): Promise<Refusal | null> {
  const person = await parts.people.lookUp(click.clicker.userId, click.teamId);
  switch (click.act) {
    case "batch":
      return openBatch(parts, click, person);
    case "details":
      return openDetails(parts, click, target, person);
    default:
      return doAct(parts, click, target, person);
  }
}

export async function send(parts: SlackParts, target: Target, command: HumanCommand): Promise<Refusal | null> {
  const handled = await parts.engine.handle(target.id, command, { kind: "person", lookUp: parts.people.lookUp });
  return isRefusal(handled) ? handled : null;
}

/** At once where a click says everything and everything was shown; otherwise by the form that does. */
async function doAct(parts: SlackParts, click: Click, target: Target, person: Person): Promise<Refusal | null> {
  const found = actOfButton(click.act);
  if (found === null) return refuse("not_for_this_kind", say.acts.otherVersion);
  const { act, option } = found;
  const seen = await whatWasSeen(parts, target, click.clicker.origin, person.userId);
  const said = act.bare?.(option) ?? null;
  if (said !== null && (ACTS[act.type].opens !== "form_unless_shown" || seen.complete))
    return send(parts, target, { ...said, by: person, seen } as HumanCommand);
  return openForm(parts, click, target, act, { by: person, seen });
}

/** Drawn from what is true now. */
async function openForm(
  parts: SlackParts,
  click: Click,
  target: Target,
  act: NamedAct,
  { by: person, seen }: Pick<HumanCommand, "by" | "seen">,
): Promise<Refusal | null> {
  const escalation = await loadTarget(parts, target);
  if (isRefusal(escalation)) return escalation;
  const refusal = await refuseOpening(parts, escalation, { type: act.type, by: person, version: target.version });
  if (refusal !== null) return refusal;
  const { form } = act;
  if (form === undefined) return refuse("not_for_this_kind", say.acts.otherVersion);
  if (form.fits?.(escalation) === false) return refuse("cannot_show", say.acts.notInFull);
  const foreseen = form.foresees === undefined ? [] : await foresee(parts, escalation, { ...form.foresees, by: person, seen });
  if (isRefusal(foreseen)) return foreseen;
  const view = form.draw(escalation, foreseen);
  // Reviewing is not yet approving: who came from a list has the other answers here.
  const others = ACTS[act.type].opens === "form_unless_shown" ? offers(escalation, readerOf(parts, person), [act.type]) : null;
  return open(parts, click, escalation, others === null ? view : { ...view, blocks: [...view.blocks, others] }, person.userId);
}

const readerOf = (parts: SlackParts, { userId }: Person): Reader => ({ userId, directory: parts.directory() });

/** What a form would do if it were sent now: it names whom it would page. */
async function foresee(parts: SlackParts, escalation: Escalation, command: object): Promise<Event[] | Refusal> {
  return parts.engine.foresee({ escalation, now: await parts.engine.now() }, command as HumanCommand);
}

/** Keeps what is about to be shown, then shows it: a submit names this digest. */
async function open(
  parts: SlackParts,
  click: Click,
  escalation: Escalation,
  view: ModalView,
  userId: string,
): Promise<Refusal | null> {
  return openView(parts, click, [escalation], view, userId, true);
}

/** What somebody is about to have before them: a submit of it names its digest. */
export async function keepShown(
  parts: SlackParts,
  shown: readonly Escalation[],
  view: ModalView,
  { userId, complete }: { userId: string; complete: boolean },
): Promise<void> {
  const drawing = canonicalJson(view);
  const digest = digestOfText(drawing);
  parts.engine.drawings.keep(digest, drawing);
  const surface = view.callback_id ?? "modal";
  const drawn = { surface, userId, digest, complete };
  // What is over is shown, and no longer decided on.
  const open = shown.filter(({ endedAt }) => endedAt === null);
  await parts.engine.saveRenderings(open.map(({ id, version }) => ({ ...drawn, escalationId: id, version })));
}

/**
 * A modal can show several escalations (a batch): each has been seen as this whole view. `complete`: a click in it may decide.
 * From a form the next one opens on top of it.
 */
async function openView(
  parts: SlackParts,
  click: Click,
  shown: readonly Escalation[],
  view: ModalView,
  userId: string,
  complete: boolean,
): Promise<Refusal | null> {
  await keepShown(parts, shown, view, { userId, complete });
  try {
    const { views } = parts.api.interactive;
    const shownIn = { trigger_id: click.clicker.triggerId ?? "", view };
    await (click.clicker.origin.on === "modal" ? views.push(shownIn) : views.open(shownIn));
    return null;
  } catch (error) {
    const fault = faultOf(error);
    parts.log.error({ fault, escalation: shown[0]?.id, act: click.act }, "a modal could not be opened");
    const code = refusalCode(fault);
    const expired = code === "expired_trigger_id" || code === "trigger_expired" || code === "exchanged_trigger_id";
    return refuse("identity_unknown", expired ? say.clicks.tooSlow : say.clicks.notOpened);
  }
}

/** Everything of the clicker's batches that still waits for them, to be answered one by one in one form. */
async function openBatch(parts: SlackParts, click: Click, person: Person): Promise<Refusal | null> {
  const waiting = await waitingInBatches(parts, person.userId);
  if (waiting.length === 0) return refuse("already_decided", say.clicks.emptyBatch);
  const member = authoriseMember(parts.directory(), waiting[0]?.ruling.queue ?? "", person);
  if (isRefusal(member)) return member;
  const { view, shown } = batchModal(waiting);
  return openView(parts, click, shown, view, person.userId, true);
}

async function openDetails(parts: SlackParts, click: Click, target: Target, person: Person): Promise<Refusal | null> {
  const escalation = await loadTarget(parts, target);
  if (isRefusal(escalation)) return escalation;
  const member = authoriseMember(parts.directory(), escalation.ruling.queue, person);
  if (isRefusal(member)) return member;
  const timeline = timelineOf(await parts.engine.audit(escalation.id));
  const view = detailsModal(viewOf(escalation, parts.directory()), timeline, person.userId);
  // Long as it is, it may leave something out: what decides is the form that opens from here.
  return openView(parts, click, [escalation], view, person.userId, false);
}
