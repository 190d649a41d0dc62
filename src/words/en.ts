import { acts } from "./en/acts.ts";
import { alarms } from "./en/alarms.ts";
import { api } from "./en/api.ts";
import { audit } from "./en/audit.ts";
import { cards } from "./en/cards.ts";
import { cli } from "./en/cli.ts";
import { clicks } from "./en/clicks.ts";
import { commands } from "./en/commands.ts";
import { curls } from "./en/curls.ts";
import { doctor } from "./en/doctor.ts";
import { guarded } from "./en/guarded.ts";
import { help } from "./en/help.ts";
import { home } from "./en/home.ts";
import { modals } from "./en/modals.ts";
import { operator } from "./en/operator.ts";
import { outside } from "./en/outside.ts";
import { paging } from "./en/paging.ts";
import { problems } from "./en/problems.ts";
import { reasons } from "./en/reasons.ts";
import { refusals } from "./en/refusals.ts";
import { refusedCalls } from "./en/refused-calls.ts";
import { review } from "./en/review.ts";
import { seats } from "./en/seats.ts";
import { sending } from "./en/sending.ts";
import { thread } from "./en/thread.ts";

/**
 * Every sentence that people read, one file for each surface: constants, and typed functions over plain values (text, numbers,
 * moments already written out). Nothing here knows a shape of ours or how a surface marks up its text, so that another language
 * is another file of the same type, and every floor may use it.
 */
export const say = {
  acts,
  alarms,
  api,
  audit,
  cards,
  cli,
  clicks,
  commands,
  curls,
  doctor,
  guarded,
  help,
  home,
  modals,
  operator,
  outside,
  paging,
  problems,
  reasons,
  refusals,
  refusedCalls,
  review,
  seats,
  sending,
  thread,
} as const;
