import { type Directory, eligibleReviewers } from "../domain/people/directory.ts";
import { say } from "../words/en.ts";
import type { ConfigFile } from "./config-file.ts";
import { type Fault, policyEntriesOf } from "./policy-entries.ts";
import { once, seatsAsked, waitingOf } from "./satisfaction-faults.ts";

/**
 * Silence sends an escalation on to another queue because nobody answered in the first. Where one person at most can answer
 * there, it waits for a single person again: when that one is away as well, all that the transfer brought is time.
 */
export function lonelyTransfers(file: ConfigFile, directory: Directory): Fault[] {
  const faults = waitingOf(file, policyEntriesOf(file.policy)).flatMap((waiting): Fault[] => {
    const seats = seatsAsked(file, waiting) ?? [];
    // What is stopped is done by one person who fits any of its seats.
    const asked = waiting.stopped ? [seats] : seats.map((seat) => [seat]);
    return waiting.hops.flatMap((queue) =>
      asked.flatMap((either): Fault[] => {
        const [only, ...others] = eligibleReviewers(directory, queue, either);
        if (only === undefined || others.length > 0) return [];
        const seat = either.map(({ label }) => `"${label}"`).join(" or ");
        const message = say.operator.configuration.lonelyTransfer(queue, only.name, seat);
        return [{ path: [...waiting.path, "transfer_to"], message }];
      }),
    );
  });
  return once(faults);
}
