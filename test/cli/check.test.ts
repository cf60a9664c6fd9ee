import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { createArtifactCache } from "../../evidence/artifact-cache.ts";
import { createLayoutSource } from "../../registry/layout/layout-source.ts";
import { defaultSettings } from "../../policies/decision/decide.ts";
import { createGate } from "../../webhook/admission/gate.ts";
import { respond } from "../../webhook/admission/response.ts";
import { parseReview } from "../../webhook/admission/review.ts";
import { builtinKinds } from "../../workload/kinds/builtin-kinds.ts";
import { createDeadline } from "../../webhook/server/deadline.ts";
import { loadPolicyPaths } from "../../webhook/policy-set/policy-folder.ts";
import { evaluation, referenceTo } from "../support/builders/evaluation.ts";
import { policy } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import { aContainer, aDeployment, deployment } from "../support/builders/workload.ts";
import { writeLayout } from "../support/artifacts.ts";
import { deploymentOf } from "../support/model-workload.ts";
import { createProgram, Collector, now, type Program } from "./program.ts";

const good = evaluation();
const wrongHardware = evaluation({ "dev.assaygate.hardware.class": "nvidia-a100" });
const onHardware = { hardwareClass: ["SameAsWorkload"], maxAge: "30d" };

let program: Program;
/** Policies and evidence that are there, in every test. */
const given = ["--policies", "policies", "--evidence", "oci-layout:layout"];

beforeEach(async () => {
  program = await createProgram();
  await writeLayout(`${program.folder}/layout`, [good, wrongHardware]);
  await program.write("policies/policy.yaml", policy(onHardware));
  await program.write("good.yaml", deployment(referenceTo(good)));
  await program.write("bad.yaml", deployment(referenceTo(wrongHardware), { metadata: { name: "llama" } }));
});
afterEach(() => program.remove());

const records = z.array(
  z.looseObject({
    schema: z.literal("assaygate.dev/decision-record/v1"),
    decision: z.string(),
    object: z.object({ kind: z.string(), namespace: z.string(), name: z.string() }),
    reasons: z.array(z.string()),
    findings: z.array(z.looseObject({ outcome: z.string(), check: z.string() })),
    user: z.object({ username: z.string() }),
    time: z.string(),
  }),
);

function terminal() {
  return Object.assign(new Collector(), { isTTY: true, getColorDepth: () => 8 });
}

async function escapes(out: Collector, env: Readonly<Record<string, string>>) {
  await program.runWith({ out, env }, "check", "-f", "bad.yaml", ...given);
  return out.text.includes("\u001b[");
}

async function judge(...args: readonly string[]) {
  const { out, code, err } = await program.run("check", ...given, "-o", "json", ...args);
  return { code, err, records: records.parse(JSON.parse(out)) };
}

describe("the verdict", () => {
  test("admits what is proved", async () => {
    const { code, out, err } = await program.run("check", "-f", "good.yaml", ...given);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("✔ Deployment prod-chat/granite admitted (good.yaml)");
    expect(out).toContain("4 checks passed");
    expect(out).toMatch(/^1 judged: 1 admitted, 0 admitted with warnings, 0 denied\n$/m);
  });

  test("shows evidence of the same model that would do, or what the closest lacks", async () => {
    const digest = `sha256:${"6".repeat(64)}`;
    const subject = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 1 };
    const wanted = evaluation({}, { subject });
    await writeLayout(`${program.folder}/layout`, [wanted]);
    await program.write("deploy.yaml", deploymentOf(`quay.io/acme/models/sable@${digest}`));
    const asks = { model: { name: "Any", version: "Any" }, maxAge: "30d" };
    await program.write("policies/policy.yaml", policy(asks));
    const found = await program.run("check", "-f", "deploy.yaml", ...given);
    expect(found.code).toBe(1);
    expect(found.out).toContain(
      `other evidence would do; to use it, annotate:\n    assaygate.dev/evaluation: ${referenceTo(wanted)}\n`,
    );
    await program.write("policies/policy.yaml", policy({ ...asks, complianceTags: ["soc9"] }));
    const { out } = await program.run("check", "-f", "deploy.yaml", ...given);
    expect(out).toContain(`closest: ${referenceTo(wanted)}\n    lacks COMPLIANCE_TAG_MISSING: `);
  });

  test("names the page of the configuration beside the command", async () => {
    await program.write("client.yaml", { explainUrl: "https://wiki.example.com/assaygate#{reason}" });
    const { code, out } = await program.run("check", "-f", "bad.yaml", ...given, "--config", "client.yaml");
    expect(code).toBe(1);
    const reason = "HARDWARE_CLASS_MISMATCH";
    expect(out).toContain(`explain: assaygate explain ${reason} or https://wiki.example.com/assaygate#${reason}\n`);
  });

  test("denies what is disproved, with every finding, its remedy, field and evidence", async () => {
    await program.write("policies/policy.yaml", policy({ ...onHardware, complianceTags: ["soc9"] }));
    const { code, out } = await program.run("check", "-f", "bad.yaml", ...given);
    expect(code).toBe(1);
    expect(out).toContain("✖ Deployment prod-chat/llama denied (bad.yaml)");
    expect(out).toContain(
      "✖ production-llm/safety: HARDWARE_CLASS_MISMATCH: evaluated on nvidia-a100, but this workload runs on nvidia-h100",
    );
    expect(out).toContain("✖ production-llm/safety: COMPLIANCE_TAG_MISSING");
    expect(out).toMatch(/ fix +Evaluate on the class that is deployed/);
    expect(out).toMatch(/ field +spec\.template\.spec\.nodeSelector/);
    expect(out).toContain(`evidence  ${referenceTo(wrongHardware)}`);
  });

  test("does not deny what is only warned of", async () => {
    await program.write("policies/policy.yaml", policy(onHardware, { mode: "Warn" }));
    const { code, out } = await program.run("check", "-f", "bad.yaml", ...given);
    expect(code).toBe(0);
    expect(out).toContain("⚠ Deployment prod-chat/llama admitted with warnings");
    expect(out).toContain("[Warn]");
  });

  test("cannot look into a layout that is not there", async () => {
    const { code, out } = await program.run(
      "check",
      "-f",
      "good.yaml",
      "--policies",
      "policies",
      "--evidence",
      "oci-layout:nowhere",
    );
    expect(code).toBe(3);
    expect(out).toContain("? production-llm/safety: REGISTRY_UNAVAILABLE");
    expect(out).toContain("1 denied (1 because the gate could not look)");
  });

  test("cannot look when the time is up", async () => {
    await program.write("gate.yaml", {
      policies: { directory: "policies" },
      registries: [{ host: "quay.io", url: "http://192.0.2.1", plainHttp: true }],
    });
    const { code, out } = await program.run("check", "-f", "good.yaml", "--config", "gate.yaml", "--timeout", "1s");
    expect(code).toBe(3);
    expect(out).toMatch(/DEADLINE_EXCEEDED|REGISTRY_UNAVAILABLE/);
  });

  test("is a rejection when one object is disproved and another could not be looked at", async () => {
    await program.write(
      "policies/labels.yaml",
      policy(onHardware, { match: { kinds: ["Pod"], namespaceSelector: { matchLabels: { a: "b" } } } }, "labels"),
    );
    await program.write("pod.yaml", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers: [] },
    });
    expect((await judge("-f", "pod.yaml")).code).toBe(1);
    await program.write("policies/policy.yaml", policy(onHardware, { match: { kinds: ["Deployment"] } }));
    expect((await judge("-f", "pod.yaml")).code).toBe(3);
    expect((await judge("-f", "pod.yaml", "-f", "bad.yaml")).code).toBe(1);
  });

  test("says when no policy is about the workload", async () => {
    await program.write("policies/policy.yaml", policy(onHardware, { match: { namespaces: ["other"] } }));
    const { code, out } = await program.run("check", "-f", "bad.yaml", ...given);
    expect(code).toBe(0);
    expect(out).toContain("no policy is about this workload");
  });
});

describe("what the cluster says, check says", () => {
  const cases = {
    "a denial": deployment(referenceTo(wrongHardware)),
    "evidence that is not there": deployment(referenceTo(evaluation({ "dev.assaygate.model.family": "other" }))),
    "no evidence": deployment(undefined),
    "no digest": deployment("quay.io/acme/evals:latest"),
    "too many references": deployment(Array.from({ length: 17 }, () => referenceTo(good)).join(",")),
    "another repository": deployment(referenceTo(good, "ghcr.io/someone/evals")),
    "an object that is not of its shape": deployment(referenceTo(good), {
      spec: { template: { spec: { containers: 1 } } },
    }),
  };

  test.each(Object.entries(cases))("%s", async (_, object) => {
    const loaded = loadPolicyPaths([`${program.folder}/policies`]);
    const gate = createGate({
      policies: () => (loaded.ok ? loaded.set : undefined),
      namespaceLabels: () => undefined,
      store: createArtifactCache(createLayoutSource(`${program.folder}/layout`), { hit() {}, miss() {} }),
      kinds: builtinKinds,
      controllers: [],
      settings: defaultSettings,
      now: () => now,
      elapsedMs: () => 0,
    });
    const deadline = createDeadline("", 5_000);
    const { decision } = await gate.judge(parseReview(review(object)), deadline);
    deadline.clear();
    const { status } = respond("uid", decision).response;

    await program.write("object.json", object);
    const { out, code } = await program.run("check", "-f", "object.json", ...given);
    expect(code).toBe(1);
    expect(out.replaceAll(/^ {2}/gm, "")).toContain(status?.message);
  });
});

describe("the annotation", () => {
  test.each([
    ["a tag without a digest", "quay.io/acme/evals:latest", "EVIDENCE_MALFORMED"],
    ["17 references", Array.from({ length: 17 }, () => referenceTo(good)).join(","), "EVIDENCE_MALFORMED"],
    ["none", undefined, "EVIDENCE_MISSING"],
  ])("%s", async (_, annotation, reason) => {
    await program.write("object.yaml", deployment(annotation));
    const judged = await judge("-f", "object.yaml");
    expect(judged).toMatchObject({ code: 1, records: [{ decision: "deny", reasons: [reason] }] });
  });
});

describe("manifests", () => {
  test("are records as data", async () => {
    const judged = await judge("-f", "good.yaml", "-f", "bad.yaml");
    expect(judged.code).toBe(1);
    expect(judged.records).toMatchObject([
      {
        decision: "admit",
        reasons: [],
        object: { kind: "Deployment", namespace: "prod-chat", name: "granite" },
        user: { username: "assaygate check" },
        time: now.toISOString(),
      },
      { decision: "deny", reasons: ["HARDWARE_CLASS_MISMATCH"], object: { name: "llama" } },
    ]);
    expect(judged.records[1]?.findings).toContainEqual(
      expect.objectContaining({ check: "hardware-class", outcome: "fail" }),
    );
  });

  test("say the same as YAML", async () => {
    const { out } = await program.run("check", "-f", "bad.yaml", ...given, "-o", "yaml");
    expect(out).toMatch(/^- schema: assaygate.dev\/decision-record\/v1\n/);
    expect(out).toContain("  decision: deny\n");
  });

  test("come from folders, several documents, lists and standard input", async () => {
    await program.write(
      "folder/a.yaml",
      `${JSON.stringify(deployment(referenceTo(good)))}\n---\n---\n${JSON.stringify(deployment(referenceTo(good), { metadata: { name: "b" } }))}\n`,
    );
    await program.write("folder/b.json", {
      apiVersion: "v1",
      kind: "List",
      items: [deployment(referenceTo(good), { metadata: { name: "c" } })],
    });
    await program.write("folder/readme.md", "not a manifest");
    const piped = Readable.from([JSON.stringify(deployment(referenceTo(good), { metadata: { name: "d" } }))]);
    const { out, code } = await program.runWith(
      { in: piped },
      "check",
      "-f",
      "folder",
      "-f",
      "-",
      ...given,
      "-o",
      "json",
    );
    expect(code).toBe(0);
    expect(records.parse(JSON.parse(out)).map(({ object }) => object.name)).toEqual(["granite", "b", "c", "d"]);
  });

  test("without a namespace are in default", async () => {
    await program.write("object.yaml", deployment(referenceTo(good), { metadata: { namespace: null } }));
    expect((await judge("-f", "object.yaml")).records).toMatchObject([{ object: { namespace: "default" } }]);
  });

  test("that mount a model as an image volume are noted where containerd 2.1 would leave it out", async () => {
    const container = aContainer({ volumeMounts: [{ name: "model", mountPath: "/models", subPath: "granite" }] });
    const volumes = [{ name: "model", image: { reference: `quay.io/acme/granite@sha256:${"b".repeat(64)}` } }];
    await program.write("mounts.yaml", aDeployment({ podSpec: { containers: [container], volumes } }));
    const { err } = await program.run("check", "-f", "mounts.yaml", ...given);
    expect(err.split("\n")).toEqual([
      expect.stringContaining(
        "mounts.yaml: Deployment granite: spec.template.spec.containers[0].volumeMounts[0].subPath: containerd 2.1 ignores it",
      ),
      expect.stringContaining(
        "mounts.yaml: Deployment granite: spec.template.spec.volumes[0].image: containerd 2.1 mounts an artifact",
      ),
      "",
    ]);
  });

  test("of kinds that the gate does not read are skipped, and said to be", async () => {
    await program.write("service.yaml", { apiVersion: "v1", kind: "Service", metadata: { name: "svc" } });
    const { code, err, out } = await program.run("check", "-f", "service.yaml", "-f", "good.yaml", ...given);
    expect(code).toBe(0);
    expect(err).toBe("service.yaml: Service svc skipped: not a kind that the gate reads\n");
    expect(out).toContain("; 1 skipped");
  });

  test("of a kind from the configuration are read", async () => {
    await program.write("gate.yaml", {
      policies: { directory: "policies" },
      layout: "layout",
      kinds: [{ group: "example.com", kind: "Server", templates: ["spec.template"] }],
    });
    await program.write("object.yaml", { ...deployment(undefined), apiVersion: "example.com/v1", kind: "Server" });
    const { code, out } = await program.run("check", "-f", "object.yaml", "--config", "gate.yaml");
    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining("EVIDENCE_MISSING") });
  });

  test.each([
    ["no workload at all", { apiVersion: "v1", kind: "Service", metadata: { name: "svc" } }, "nothing was judged"],
    ["an empty file", "", "nothing was judged"],
    ["no kind", { apiVersion: "v1" }, "odd.yaml:1:1: expected a Kubernetes object, with apiVersion and kind"],
    ["a list", [1], "odd.yaml:1:1: expected a Kubernetes object"],
    ["broken YAML", "a: [1", "odd.yaml:1:"],
    ["a key twice", "apiVersion: v1\napiVersion: v1\n", "odd.yaml:2:1"],
    ["an alias to nothing", "apiVersion: *v1\n", "odd.yaml:1:1"],
  ])("cannot be read with %s", async (_, content, message) => {
    await program.write("odd.yaml", content);
    const { code, err, out } = await program.run("check", "-f", "odd.yaml", ...given);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(message);
  });

  test("that do not exist are unreadable", async () => {
    const { code, err } = await program.run("check", "-f", "nowhere.yaml", ...given);
    expect({ code, err }).toEqual({ code: 2, err: "assaygate: nowhere.yaml: cannot be read (ENOENT)\n" });
  });
});

describe("namespace labels", () => {
  const inProduction = policy({ ...onHardware, environment: ["SameAsWorkload"] });
  const namespace = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "prod-chat", labels: { "assaygate.dev/environment": "production" } },
  };
  const configured = {
    policies: { directory: "policies" },
    namespaces: [{ name: "prod-*", labels: { "assaygate.dev/environment": "production" } }],
  };

  beforeEach(async () => {
    await program.write("policies/policy.yaml", inProduction);
    await program.write("namespace.yaml", namespace);
    await program.write("gate.yaml", configured);
  });

  test.each<[string, number, readonly string[]]>([
    ["are unknown unless somebody tells", 3, []],
    ["come from the command line", 0, ["--namespace-labels", "team=a,assaygate.dev/environment=production"]],
    ["come from Namespace manifests, which are not judged themselves", 0, ["-f", "namespace.yaml"]],
    ["come from the configuration", 0, ["--config", "gate.yaml"]],
    [
      "of the command line outweigh those of manifests",
      1,
      ["-f", "namespace.yaml", "--namespace-labels", "assaygate.dev/environment=staging"],
    ],
  ])("%s", async (_, code, args) => {
    const ran = await judge("-f", "good.yaml", ...args);
    expect({ code: ran.code, err: ran.err, judged: ran.records.length }).toEqual({ code, err: "", judged: 1 });
  });
});

describe("options", () => {
  test("--now fixes the time", async () => {
    const { code, records: judged } = await judge("-f", "good.yaml", "--now", "2027-06-01T00:00:00Z");
    expect(code).toBe(1);
    expect(judged).toMatchObject([{ reasons: ["EVIDENCE_EXPIRED"], time: "2027-06-01T00:00:00.000Z" }]);
  });

  test.each<[string, readonly string[]]>([
    ["check needs at least one -f FILE", ["--policies", "policies"]],
    ["check needs --policies DIR or --config FILE", ["-f", "good.yaml"]],
    ["give the manifest as -f good.yaml", ["good.yaml", "--policies", "policies"]],
    ["unknown option --polices: did you mean --policies?", ["-f", "good.yaml", "--polices", "policies"]],
    ["--now yesterday: expected an RFC 3339 time", ["-f", "good.yaml", ...given, "--now", "yesterday"]],
    ["--timeout soon: expected a duration", ["-f", "good.yaml", ...given, "--timeout", "soon"]],
    [
      "--evidence layout: expected oci-layout:PATH",
      ["-f", "good.yaml", "--policies", "policies", "--evidence", "layout"],
    ],
    ["--namespace-labels prod: expected key=value", ["-f", "good.yaml", ...given, "--namespace-labels", "prod"]],
    ["unknown format jsno: did you mean json?", ["-f", "good.yaml", ...given, "-o", "jsno"]],
    ["--policies needs a value", ["-f", "good.yaml", "--policies", ""]],
    ["option '-f, --filename <value>' argument missing", [...given, "-f"]],
    ["gate.yaml: cannot be read (", ["-f", "good.yaml", "--config", "gate.yaml"]],
    ["policies cannot be used\n  nowhere:1:1: cannot be read (", ["-f", "good.yaml", "--policies", "nowhere"]],
  ])("%s", async (message, args) => {
    const { code, err, out } = await program.run("check", ...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(message);
  });

  test("a policy with an unknown key names the nearest, and nothing is judged", async () => {
    await program.write("policies/policy.yaml", policy({ maxAeg: "30d" }));
    const { code, err } = await program.run("check", "-f", "good.yaml", ...given);
    expect(code).toBe(2);
    expect(err).toContain("spec.require[0].maxAeg: unknown key maxAeg: did you mean maxAge?");
  });

  test("colour is for terminals, and not for those who ask for none", async () => {
    expect(await escapes(terminal(), {})).toBe(true);
    expect(await escapes(terminal(), { NO_COLOR: "1" })).toBe(false);
    expect(await escapes(new Collector(), {})).toBe(false);
  });
});
