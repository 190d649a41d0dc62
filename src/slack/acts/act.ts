import type { ConfirmationDialog, ModalView } from "@slack/types";
import type { ActType, Of } from "../../domain/acts/act.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { Event } from "../../domain/shapes/events.ts";
import type { Refusal } from "../../domain/shapes/refusal.ts";
import type { ModalId } from "../modals/frame.ts";
import type { StateValues } from "../modals/inputs.ts";

/** How an act of domain/acts looks in Slack: its button, its form, and how both are read. One file each, of the same name. */
type Said<T extends ActType> = Omit<Of<T>, "by" | "seen">;

export type Form<T extends ActType> = {
  id: ModalId;
  /** `foreseen`: what would happen if it were sent now, where the form asks for it. */
  draw(escalation: Escalation, foreseen: readonly Event[]): ModalView;
  foresees?: Said<T>;
  /** Whether everything it has to show has room in a modal; always, unless it says otherwise. */
  fits?(escalation: Escalation): boolean;
  /** `note`: what the form kept for itself when it was drawn. */
  read(values: StateValues, escalation: Escalation, note: string): Said<T> | Refusal;
  /** What somebody wrote in it at length: it is given back whenever it cannot be taken. */
  written?(values: StateValues, note: string): string;
  /** The same form with what was written, for what has changed meanwhile. */
  drawAgain?(escalation: Escalation, written: string): ModalView;
};

export type SlackAct<T extends ActType> = {
  /** The action_id of its button, and how a menu's value begins. */
  button: string;
  /** Beside the others below the card, or in the menu of rarer acts. */
  place: "row" | "menu";
  /** Whether it is drawn only for one person who may do it, not for everybody: in a direct message and in forms. */
  isPersonal?(escalation: Escalation): boolean;
  /** `complete`: the card shows everything that is to be decided. */
  label(escalation: Escalation, complete: boolean): string;
  /** On Home and in batches, where three lines stand for the whole. */
  labelInList?(escalation: Escalation): string;
  /** Its name beside what it does, where the button says more than its name. */
  name?(escalation: Escalation): string;
  /** What it does, for the line below the buttons. `isReader`: the line is for one person who may do it, not for everybody. */
  effect?(escalation: Escalation, isReader: boolean): string;
  /** What Slack asks before a click that decides at once; null where one click is enough. */
  confirm?(escalation: Escalation): ConfirmationDialog | null;
  /**
   * What a click says by itself; null where only a form can say it. `option`: what stands behind the colon of the button's id.
   */
  bare?(option: string | null): Said<T> | null;
  form?: Form<T>;
};
