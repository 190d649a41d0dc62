import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { generated } from "../scripts/generated.ts";

/** House rules that a linter does not know. */
const files = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => ({ name, text: readFileSync(path.join("src", name), "utf8") }));
const code = (text: string) =>
  text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "").replaceAll(/(["'`])(?:\\.|(?!\1)[\s\S])*?\1/g, '""');

test("only the clock reads the machine's time", () => {
  const reading = files
    .filter(({ name, text }) => name !== "domain/base/clock.ts" && /Date\.now\(|new Date\(\)/.test(code(text)))
    .map((f) => f.name);
  expect(reading).toEqual([]);
});

test("nock takes the sockets of nobody but who asks for it", () => {
  const importers = readdirSync("test", { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".ts") && /^import .* from "nock"/m.test(readFileSync(path.join("test", name), "utf8")),
  );
  expect(importers).toEqual(["support/nock.ts"]);
});

/**
 * The floors: what each folder of src may import from. What is not in its row is above it or beside it; packages that do I/O are named apart.
 * `app` and `main.ts` put everything together, and nobody imports them.
 */
const FLOORS: Record<string, { folders: string[]; packages?: RegExp }> = {
  words: { folders: [], packages: /^$/ },
  domain: {
    folders: ["words"],
    packages: /^(zod|canonicalize|temporal-polyfill|@marcbachmann\/cel-js|yaml|ipaddr\.js|node:crypto|node:net|node:util)(\/|$)/,
  },
  store: { folders: ["domain", "words"] },
  engine: { folders: ["domain", "store", "words"] },
  settings: { folders: ["domain", "words"] },
  http: { folders: ["domain", "engine", "words"] },
  slack: { folders: ["domain", "engine", "words"] },
  outbound: { folders: ["domain", "engine", "words"] },
  local: { folders: ["domain", "words"] },
  cli: { folders: ["domain", "store", "engine", "settings", "local", "slack", "outbound", "words"] },
  app: { folders: ["domain", "store", "engine", "settings", "http", "slack", "outbound", "local", "cli", "words"] },
  "main.ts": { folders: ["app", "domain", "settings", "words"] },
};

test("a folder imports only what stands on the floors below it", () => {
  const found = files.flatMap(({ name, text }) => {
    const [folder = ""] = name.split("/");
    const floor = FLOORS[folder];
    if (floor === undefined) return [`${name}: src/${folder} stands on no floor; give it a row`];
    const imports = [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)"([^"]+)"/g)].map(([, target = ""]) => target);
    return imports.flatMap((target) => {
      if (!target.startsWith(".")) return floor.packages?.test(target) === false ? [`${name} imports ${target}`] : [];
      const [to = ""] = path.posix.join(path.posix.dirname(name), target).split("/");
      return to === folder || floor.folders.includes(to) ? [] : [`${name} imports ${target}`];
    });
  });
  expect(found).toEqual([]);
});

test("an edge calls the engine's methods, and holds nothing that the engine is built from", () => {
  const held = files.filter(
    ({ name, text }) =>
      /^(http|slack|outbound)\//.test(name) &&
      (/from "pg"/.test(text) || /\b(Pool|EngineParts|HandleParts|SubmitParts)\b|\bengine\.parts\b/.test(code(text))),
  );
  expect(held.map((f) => f.name)).toEqual([]);
});

test("no line is longer than 130 characters, comments included", () => {
  const long = files.filter(({ text }) => text.split("\n").some((line) => line.length > 130)).map(({ name }) => name);
  expect(long).toEqual([]);
});

/** What agents say in examples is none of ours. */
const EXAMPLES = "http/examples.ts";

test("a refusal takes its sentence from the words, and writes none where it is decided", () => {
  const written = /(?:\b(?:refuse|refuseFor|fail)\(\s*"[a-z_-]+",|\bdetail:)\s*\[?\s*(?:"[^"\n]*|`[^`]*[a-z]) [^"`]*["`]/g;
  const refusing = files.filter(({ name }) => /^(domain|engine|http|slack)\//.test(name) && name !== EXAMPLES);
  const found = refusing.flatMap(({ name, text }) => [...text.matchAll(written)].map(([one]) => `${name}: ${one}`));
  expect(found).toEqual([]);
});

test("what a command answers, why Slack was not sent something, and what the contract tells, is said in the words", () => {
  const before = /(?:\b(?:CliError|say|tell)\(|\b(?:why =|return)|[?:]) *\[?\s*/.source;
  const written = new RegExp(`${before}["\`](?:\\$\\{\\w+\\} )?(?:[\\w',–-]+ ){2,}[^"\`]*["\`]`, "g");
  const speaking = files.filter(({ name }) => /^(cli|http|slack)\//.test(name) && name !== EXAMPLES);
  const found = speaking.flatMap(({ name, text }) => [...text.matchAll(written)].map(([one]) => `${name}: ${one}`));
  expect(found).toEqual([]);
});

test("identifiers use the words of the glossary", () => {
  const banned =
    /\b(?:const|let|function|type|class)\s+\w*(?:[Tt]icket|[Ii]ncident|[Aa]pprover|[Ww]ebhook(?!Id)|[Cc]ronjob|[Pp]ing(?!s?\b)[A-Z])\w*/g;
  const found = files.flatMap(({ name, text }) => [...code(text).matchAll(banned)].map((m) => `${name}: ${m[0]}`));
  expect(found).toEqual([]);
});

test("no barrels, no default exports, nothing unfinished", () => {
  for (const { name, text } of files) {
    expect(name).not.toMatch(/(^|\/)index\.ts$/);
    expect(text, name).not.toMatch(/^export default/m);
    expect(text, name).not.toMatch(/\bTODO\b|\bFIXME\b|\bXXX\b/);
  }
});

test("migrations are numbered without a gap and say why", () => {
  const names = readdirSync("migrations").sort();
  names.forEach((name, i) => {
    expect(name).toMatch(new RegExp(`^${String(i + 1).padStart(4, "0")}_[a-z_]+\\.sql$`));
    expect(readFileSync(path.join("migrations", name), "utf8")).toMatch(/^-- Why:/);
  });
});

test("the files that the pages name are there", () => {
  const pages = [
    "README.md",
    "CHANGELOG.md",
    ...readdirSync("docs")
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name}`),
  ];
  const missing = [...pages, "manifest.yml"].flatMap((page) => {
    const named = [
      ...readFileSync(page, "utf8").matchAll(/(?<![\w/.:-])(?:[\w-]+\/)+[\w.-]+\.(?:ts|md|sql|json|png|svg)\b/g),
    ].map(([file]) => file);
    const roots = ["", "docs/", "src/", "src/domain/", "src/slack/"];
    return named
      .filter((file) => !file.includes("NAME") && !roots.some((root) => existsSync(path.join(root, file))))
      .map((file) => `${page}: ${file}`);
  });
  expect(missing).toEqual([]);
});

test("what is generated is fresh: node scripts/generate-docs.ts", async () => {
  for (const [file, text] of Object.entries(await generated())) expect(readFileSync(file, "utf8"), file).toBe(text);
});

type Schema = {
  properties?: Record<string, Schema>;
  required?: string[];
  enum?: unknown[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
};

test("the published contract is kept: nothing it promises was taken away", async () => {
  const published = JSON.parse(readFileSync("docs/openapi.v1.json", "utf8"));
  const now = JSON.parse((await generated())["docs/openapi.json"] ?? "{}");
  const broken: string[] = [];
  const compare = (at: string, old: Schema | undefined, fresh: Schema | undefined, answer: boolean): void => {
    if (old === undefined) return;
    if (fresh === undefined) return void broken.push(`${at} is gone`);
    for (const [name, schema] of Object.entries(old.properties ?? {}))
      compare(`${at}/${name}`, schema, fresh.properties?.[name], answer);
    const added = (fresh.required ?? []).filter((name) => !(old.required ?? []).includes(name));
    const dropped = (old.required ?? []).filter((name) => !(fresh.required ?? []).includes(name));
    if (!answer && added.length > 0) broken.push(`${at} now requires ${added.join(", ")}`);
    if (answer && dropped.length > 0) broken.push(`${at} no longer always has ${dropped.join(", ")}`);
    const lost = (old.enum ?? []).filter((value) => !(fresh.enum ?? []).includes(value));
    if (lost.length > 0) broken.push(`${at} lost ${lost.join(", ")}`);
    compare(`${at}[]`, old.items, fresh.items, answer);
    for (const key of ["anyOf", "oneOf"] as const)
      for (const [i, one] of (old[key] ?? []).entries()) compare(`${at}|${i}`, one, fresh[key]?.[i], answer);
  };
  type Content = { content?: Record<string, { schema?: Schema }> } | undefined;
  const compareContent = (at: string, old: Content, fresh: Content, answer: boolean): void => {
    for (const [media, { schema }] of Object.entries(old?.content ?? {}))
      compare(`${at} ${media}`, schema, fresh?.content?.[media]?.schema, answer);
  };
  for (const [route, methods] of Object.entries<Record<string, any>>(published.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const current = now.paths[route]?.[method];
      if (current === undefined) {
        broken.push(`${method} ${route} is gone`);
        continue;
      }
      compareContent(`${method} ${route} body`, operation.requestBody, current.requestBody, false);
      for (const one of operation.parameters ?? []) {
        const same = (current.parameters ?? []).find((p: { name: string; in: string }) => p.name === one.name && p.in === one.in);
        compare(`${method} ${route} ${one.in} ${one.name}`, one.schema, same?.schema, false);
        if (same?.required === true && one.required !== true) broken.push(`${method} ${route} now requires ${one.name}`);
      }
      for (const [status, response] of Object.entries<any>(operation.responses)) {
        const answer = current.responses[status];
        compareContent(`${method} ${route} ${status}`, response, answer, true);
        for (const [name, header] of Object.entries<any>(response.headers ?? {}))
          compare(`${method} ${route} ${status} ${name}`, header.schema, answer?.headers?.[name]?.schema, true);
      }
    }
  }
  expect(broken).toEqual([]);
});
