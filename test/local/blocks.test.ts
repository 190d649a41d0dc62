import { expect, test } from "vitest";
import { blockFaults } from "../../src/local/slack/validate.ts";

/** The newer blocks of Slack, each with its limits and on its surfaces. */
test("the newer blocks are taken with their limits and on their surfaces, and refused beyond", () => {
  const title = { type: "plain_text", text: "t" };
  const text = { type: "section", text: { type: "mrkdwn", text: "x", verbatim: true } };
  const container = (count: number) => ({ type: "container", title, child_blocks: Array.from({ length: count }, () => text) });
  const cell = { type: "raw_text", text: "c" };
  const table = (columns: number, rows: number) => ({
    type: "data_table",
    caption: "t",
    rows: Array.from({ length: rows }, () => Array.from({ length: columns }, () => cell)),
  });
  const series = [{ name: "s", data: [{ label: "a", value: 1 }] }];
  const chart = (kind: string) => ({
    type: "data_visualization",
    title: "t",
    chart:
      kind === "pie"
        ? { type: kind, segments: [{ label: "a", value: 1 }] }
        : { type: kind, series, axis_config: { categories: ["a"] } },
  });
  const task = (status: string) => ({ type: "task_card", task_id: "1", title: "t", status });
  const fine = (blocks: object[], surface: "message" | "modal" | "home" = "message") => blockFaults(blocks, surface).length === 0;
  for (const one of [container(10), table(2, 3), chart("bar"), task("error")])
    expect(fine([one]), JSON.stringify(one)).toBe(true);
  expect(fine([{ type: "alert", text: { type: "plain_text", text: "careful" } }], "modal")).toBe(true);
  expect(fine([{ type: "plan", title: "t", tasks: [task("pending")] }])).toBe(true);
  for (const one of [
    container(11),
    { ...container(1), child_blocks: [container(1)] },
    table(21, 2),
    table(1, 102),
    table(1, 1),
    task("lost"),
  ])
    expect(fine([one]), JSON.stringify(one).slice(0, 80)).toBe(false);
  expect(fine([chart("bar"), chart("pie"), chart("line")])).toBe(false);
  expect(fine([chart("radar")])).toBe(false);
  expect(fine([{ type: "plan", title: "t", tasks: [task("pending")] }, task("pending")])).toBe(false);
  expect(fine([table(20, 60)])).toBe(false);
  expect(fine([container(1)], "modal")).toBe(false);
  expect(fine([{ type: "alert", text: { type: "plain_text", text: "careful" } }])).toBe(false);
  // What is wrong inside is found there.
  expect(fine([{ ...container(1), child_blocks: [{ type: "marquee" }] }])).toBe(false);
});

test("what stands inside a card, a table, a chart and under a message has limits of its own", () => {
  const text = (length: number) => ({ type: "mrkdwn", text: "x".repeat(length), verbatim: true });
  const button = (id: string) => ({ type: "button", action_id: id, text: { type: "plain_text", text: "b" } });
  const thumb = { text: { type: "plain_text", text: "+" }, value: "up" };
  const thumbs = { type: "feedback_buttons", action_id: "f", positive_button: thumb, negative_button: thumb };
  const bin = { type: "icon_button", action_id: "i", icon: "trash", text: { type: "plain_text", text: "Delete" } };
  const picture = { type: "image", alt_text: "a", image_url: "https://a.example/x.png" };
  const cell = { type: "raw_text", text: "c" };
  const rich = { type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "x" }] }] };
  const table = { type: "data_table", caption: "t", rows: [[cell], [rich]] };
  const pie = (segments: number) => ({
    type: "data_visualization",
    title: "t",
    chart: { type: "pie", segments: Array.from({ length: segments }, () => ({ label: "a", value: 1 })) },
  });
  const card = { type: "card", title: text(150), body: text(200), actions: [button("a"), button("b"), button("c")] };
  const container = { type: "container", title: { type: "plain_text", text: "t" }, child_blocks: [picture] };
  const context = (...elements: object[]) => ({ type: "context_actions", elements });
  const cases: [object, boolean][] = [
    [card, true],
    [{ type: "carousel", elements: [card] }, true],
    [{ type: "card", subtitle: text(10) }, false],
    [{ ...card, title: text(151) }, false],
    [{ ...card, body: text(201) }, false],
    [{ ...card, actions: [...card.actions, button("d")] }, false],
    [{ ...card, actions: [button("a"), button("a")] }, false],
    [{ ...card, actions: [bin] }, false],
    [{ ...card, icon: picture }, true],
    [{ ...card, icon: { type: "image", image_url: "https://a.example/x.png" } }, false],
    [context(thumbs, bin), true],
    [context(button("a")), false],
    [context({ ...thumbs, negative_button: undefined }), false],
    [context({ ...bin, icon: "star" }), false],
    [context(bin, bin), false],
    [table, true],
    [{ ...table, caption: "" }, false],
    [{ ...table, page_size: 101 }, false],
    [{ ...table, rows: [[rich], [cell]] }, false],
    [{ ...table, rows: [[cell], [cell, cell]] }, false],
    [pie(6), true],
    [pie(7), false],
    [{ ...pie(1), title: "x".repeat(51) }, false],
    [container, true],
    [{ ...container, child_blocks: [card] }, false],
    [{ ...container, default_collapsed: true }, false],
    [{ ...container, default_collapsed: true, is_collapsible: true }, true],
    [{ ...picture, image_url: "javascript:alert(1)" }, false],
    [{ ...picture, image_url: undefined, slack_file: { id: "F1" } }, true],
  ];
  for (const [block, fine] of cases)
    expect(blockFaults([block], "message").length === 0, JSON.stringify(block).slice(0, 200)).toBe(fine);
});
