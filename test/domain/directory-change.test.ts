import { expect, test } from "vitest";
import { directoryChanges } from "../../src/domain/people/directory-change.ts";
import { directory } from "../support/domain.ts";

test("whoever may decide more, less or otherwise is named; addresses and names are not", () => {
  expect(directoryChanges(directory, directory)).toEqual([]);
  const anna = directory.reviewers.get("U0ANNA");
  if (anna === undefined) throw new Error("no Anna");
  const edited = {
    ...directory,
    reviewers: new Map([...directory.reviewers, ["U0ANNA", { ...anna, level: 3 as const, email: "a@b.example", name: "A" }]]),
    admins: new Set(["U0SAM"]),
    queues: new Map([...directory.queues].filter(([name]) => name !== "email")),
  };
  expect(directoryChanges(directory, edited)).toEqual([
    { what: "admin U0CHRIS", was: true, is: null },
    { what: "admin U0SAM", was: null, is: true },
    {
      what: "paging of U0ANNA",
      was: expect.objectContaining({ email: anna.email !== null }),
      is: expect.objectContaining({ email: true, pager: anna.pager }),
    },
    { what: "queue email", was: expect.objectContaining({ members: ["U0TOM", "U0CHRIS"] }), is: null },
    { what: "reviewer U0ANNA", was: { level: 1, roles: ["on_call"] }, is: { level: 3, roles: ["on_call"] } },
  ]);
  expect(directoryChanges(null, directory).length).toBeGreaterThan(10);
});

test("where decisions are sent and who is paged are on record, without the address of a calendar", () => {
  const url = (path: string) => `https://calendar.example/${path}/secret.ics`;
  const before = { ...directory, onCall: new Map([["support", { kind: "ical" as const, url: url("a") }]]) };
  const after = {
    ...before,
    onCall: new Map([["support", { kind: "ical" as const, url: url("b") }]]),
    agents: new Map([["x-agent", { name: "x-agent", owner: null, environment: null, callbackHosts: ["evil.example"] }]]),
  };
  const changes = directoryChanges({ ...before, agents: new Map() }, after);
  expect(changes).toEqual([
    { what: "agent x-agent", was: null, is: { owner: null, environment: null, callback_hosts: ["evil.example"] } },
    {
      what: "on call support",
      was: { kind: "ical", host: "calendar.example" },
      is: { kind: "ical", host: "calendar.example" },
    },
  ]);
});
