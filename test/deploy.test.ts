import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { readSettings } from "../src/settings/settings.ts";

/** The manifests of deploy/ against the schemas that Kubernetes publishes, and against what they promise about the owner of the database. */
type Manifest = Record<string, any>;
const KINDS: Record<string, string> = {
  Deployment: "apps/v1",
  Job: "batch/v1",
  NetworkPolicy: "networking.k8s.io/v1",
  PodDisruptionBudget: "policy/v1",
  Secret: "v1",
  Service: "v1",
};
/** Loaded by name when it is needed: whoever has not installed it yet can still compile the rest. */
async function validate(it: Manifest): Promise<void> {
  const name = ["kubernetes-models", versionOf(it)].join("/");
  const models = await import(name);
  new models[it["kind"]](it).validate();
}
const MANIFESTS: Manifest[] = readdirSync("deploy")
  .filter((name) => name.endsWith(".yaml"))
  .flatMap((name) => parseAllDocuments(readFileSync(path.join("deploy", name), "utf8")).map((one) => one.toJS() as Manifest));
const versionOf = ({ kind }: Manifest): string => KINDS[kind] ?? "";
const podOf = (it: Manifest) => it["spec"].template.spec as Manifest;
const withPods = MANIFESTS.filter(({ kind }) => kind === "Deployment" || kind === "Job");

/** What the compiler says of these as literals of the published types: a field that Kubernetes does not know is one too many. */
function misspelt(manifests: readonly Manifest[]): string {
  const dir = mkdtempSync(path.join(os.tmpdir(), "countersign-deploy-"));
  try {
    const models = path.resolve("node_modules/kubernetes-models");
    const lines = manifests.map((it) => {
      const type = `import("kubernetes-models/${versionOf(it)}").I${it["kind"]}`;
      return `(${JSON.stringify(it)}) satisfies ${type};`;
    });
    writeFileSync(path.join(dir, "manifests.ts"), `${lines.join("\n")}\nexport {};\n`);
    const paths = Object.fromEntries(
      Object.values(KINDS).map((from) => [`kubernetes-models/${from}`, [`${models}/${from}/index.d.ts`]]),
    );
    const compilerOptions = {
      noEmit: true,
      strict: true,
      skipLibCheck: true,
      module: "nodenext",
      target: "esnext",
      types: [],
      paths,
    };
    writeFileSync(path.join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["manifests.ts"] }));
    execFileSync(path.resolve("node_modules/.bin/tsc"), ["-p", dir], { encoding: "utf8" });
    return "";
  } catch (error) {
    return String((error as { stdout?: string }).stdout ?? error);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

test("each manifest holds what the schemas of Kubernetes want, and no field that they do not know", {
  timeout: 60_000,
}, async () => {
  expect(new Set(MANIFESTS.map(({ kind }) => kind))).toEqual(new Set(Object.keys(KINDS)));
  for (const it of MANIFESTS) {
    expect(it["apiVersion"]).toBe(versionOf(it));
    await validate(it);
  }
  expect(misspelt(MANIFESTS)).toBe("");
  // Neither check would be worth anything if it took everything.
  const [server] = MANIFESTS.filter(({ kind }) => kind === "Deployment").map((it) => structuredClone(it));
  if (server === undefined) throw new Error("there is no Deployment");
  podOf(server)["containers"][0].readynessProbe = {};
  expect(misspelt([server])).toMatch(/readynessProbe/);
  server["spec"].replicas = "two";
  await expect(validate(server)).rejects.toThrow(/replicas must be integer/);
});

test("only jobs are given the owner of the database, and no pod runs as root, writes to its image or keeps a capability", () => {
  for (const it of withPods) {
    const pod = podOf(it);
    expect(JSON.stringify(pod).includes("countersign-owner")).toBe(it["kind"] === "Job");
    expect(pod).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } });
    for (const { securityContext } of pod["containers"])
      expect(securityContext).toEqual({
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
      });
  }
});

test("what selects the servers finds them and nothing else, and a start accepts the names of the settings in the Secrets", () => {
  const server = MANIFESTS.find(({ kind }) => kind === "Deployment") as Manifest;
  const labels = server["spec"].template.metadata.labels;
  const selectors = MANIFESTS.flatMap(({ kind, spec }) =>
    kind === "Service"
      ? [spec.selector]
      : kind === "Deployment" || kind === "PodDisruptionBudget"
        ? [spec.selector.matchLabels]
        : [],
  );
  expect(selectors).toHaveLength(3);
  for (const selector of selectors) {
    expect(labels).toMatchObject(selector);
    for (const job of withPods.filter(({ kind }) => kind === "Job"))
      expect(job["spec"].template.metadata.labels).not.toMatchObject(selector);
  }
  const given = Object.assign({}, ...MANIFESTS.filter(({ kind }) => kind === "Secret").map((one) => one["stringData"]));
  const filled = { ...given, SLACK_BOT_TOKEN: "xoxb-1", SLACK_SIGNING_SECRET: "secret", METRICS_TOKEN: "token" };
  expect(readSettings({ ...filled, HOST: "0.0.0.0" })).toMatchObject({ ok: true });
});
