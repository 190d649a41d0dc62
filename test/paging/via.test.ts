import { expect, test } from "vitest";
import { effects, type Telling } from "../../src/domain/consequences/effects.ts";
import { decide } from "../../src/domain/life/decide.ts";
import { isRefusal } from "../../src/domain/shapes/refusal.ts";
import { apply, around, later, opened, requestFor } from "../support/domain.ts";

/** The manager's step of the example names three routes; which of them a person has is a matter of the configuration. */
const telling = (contact: { email: string | null; pager: string | null }): Telling => ({
  alarmsChannel: null,
  threadLine: () => null,
  alarmLine: () => "",
  requesterLine: () => "",
  watchers: () => [],
  ownerOf: () => null,
  contact: () => contact,
});

function managersPage(contact: { email: string | null; pager: string | null }, via?: ("dm" | "email" | "pager")[]) {
  let e = opened(requestFor("cloud.restart_service", { service: "s" }, { action: { environment: "production" } }));
  if (via !== undefined && e.ruling.paging !== null) {
    const chain = e.ruling.paging.chain.map((step) => ({ ...step, via }));
    e = { ...e, ruling: { ...e.ruling, paging: { ...e.ruling.paging, chain } } };
  }
  for (let minute = 1; minute < 60; minute++) {
    const events = decide(e, { type: "tick" }, around(later(minute), e));
    if (isRefusal(events)) throw new Error(events.detail);
    const after = apply(e, events, later(minute));
    if (events.some((event) => event.type === "paged" && event.page.userIds.includes("U0MARIA")))
      return effects(e, after, events, telling(contact)).filter(
        ({ payload }) => "userId" in payload && payload.userId === "U0MARIA",
      );
    e = after;
  }
  throw new Error("the manager was never paged");
}

test("a step's page goes out at once on every route that it names and its person has, as one page on each", () => {
  const owed = managersPage({ email: "maria@northwind.example", pager: "maria" });
  expect(owed.map(({ kind, lane }) => `${kind} ${lane}`)).toEqual([
    "page slack:chat.postMessage:U0MARIA",
    "email_page email_page:maria@northwind.example",
    "pager_page pager_page:maria",
  ]);
  expect(new Set(owed.map((one) => one.dedupe)).size).toBe(3);
});

test("a route that the person does not have is left out, and nobody is paged on no route at all", () => {
  expect(managersPage({ email: null, pager: null }).map((one) => one.kind)).toEqual(["page"]);
  expect(managersPage({ email: null, pager: null }, ["email"]).map((one) => one.kind)).toEqual(["page"]);
  expect(managersPage({ email: "m@northwind.example", pager: null }, ["email"]).map((one) => one.kind)).toEqual(["email_page"]);
});
