import type { Ruling } from "../shapes/ruling.ts";
import type { PolicySource } from "./source.ts";

/** A step that names no wait of its own is given ten minutes. */
const WAIT_S_DEFAULT = 600;

type Step = NonNullable<Ruling["paging"]>["chain"][number];

/** The steps of a queue as they are pinned, shown and checked: with what the file leaves out. */
export const chainOf = ({ chain }: Pick<PolicySource["paging"][string], "chain">): Step[] =>
  chain.map(({ who, label, remind, wait, via }) => ({
    label: label ?? who.replaceAll(/[-_]/g, " "),
    source: who,
    remindAfterS: remind ?? null,
    waitS: wait ?? WAIT_S_DEFAULT,
    via,
  }));
