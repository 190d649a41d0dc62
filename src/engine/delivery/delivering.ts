import type { Logger } from "pino";
import { type Loop, startLoop } from "../loops/loop.ts";
import { createDeliverer, type DeliverParts } from "./deliver.ts";

/** The deliverer at work: nudged after each commit, and looking by itself for what other replicas owe and what waited. */
const DELIVER_EVERY_MS = 250;

export function startDelivering(parts: DeliverParts, log: Logger): Loop {
  let stopping = false;
  const deliverer = createDeliverer(
    parts,
    () => stopping,
    () => loop.nudge(),
  );
  const loop = startLoop("deliver", deliverer.pass, DELIVER_EVERY_MS, log);
  return {
    nudge: loop.nudge,
    async stop() {
      stopping = true;
      await loop.stop();
      await deliverer.idle();
    },
  };
}
