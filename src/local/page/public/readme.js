import { el } from "./dom.js";

// The README as a person reads it: headings, lists, paragraphs and commands as DOM nodes; what else Markdown can do is not needed here.

export async function openReadme() {
  const dialog = document.getElementById("readme-dialog");
  const response = await fetch("/README.md").catch(() => null);
  const text = response?.ok ? await response.text() : "# README\n\nIt is not there. Is Countersign running?";
  document.getElementById("readme-text").replaceChildren(...blocks(text));
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
}

function blocks(text) {
  const parts = text.split(/^```/m);
  return parts.flatMap((part, i) =>
    i % 2 === 1
      ? [el("pre", {}, part.slice(part.indexOf("\n") + 1))]
      : part.split(/\n{2,}/).flatMap((one) => (one.trim() === "" ? [] : [block(one.trim())])),
  );
}

function block(text) {
  const heading = /^(#{1,4}) (.*)$/.exec(text);
  if (heading !== null) return el(`h${Math.min(6, heading[1].length + 1)}`, {}, ...inline(heading[2]));
  for (const [tag, mark] of [
    ["ol", /^\d+\. /],
    ["ul", /^[-*] /],
  ])
    if (mark.test(text)) return el(tag, {}, ...items(text, mark));
  const picture = /^!\[([^\]]*)\]\([^)]*\)$/.exec(text);
  if (picture !== null) return el("p", { class: "hint" }, `(Picture: ${picture[1]})`);
  return el("p", {}, ...inline(text.replaceAll("\n", " ")));
}

function items(text, mark) {
  const found = [];
  for (const line of text.split("\n")) {
    if (mark.test(line)) found.push(line.replace(mark, ""));
    else found.push(`${found.pop() ?? ""} ${line.trim()}`);
  }
  return found.map((item) => el("li", {}, ...inline(item)));
}

const MARKS = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\(([^)]+)\)/g;

function inline(text) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(MARKS)) {
    nodes.push(text.slice(at, match.index));
    at = match.index + match[0].length;
    const [, code, bold, italic, label, target] = match;
    if (code !== undefined) nodes.push(el("code", {}, code));
    else if (bold !== undefined) nodes.push(el("b", {}, ...inline(bold)));
    else if (italic !== undefined) nodes.push(el("i", {}, ...inline(italic)));
    else if (/^https?:/.test(target)) nodes.push(el("a", { href: target, target: "_blank", rel: "noopener noreferrer" }, label));
    // A file of the repository: this page does not serve it, so its path is shown.
    else nodes.push(label === target ? el("code", {}, label) : `${label} (${target})`);
  }
  return [...nodes, text.slice(at)];
}
