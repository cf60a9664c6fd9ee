import { describe, expect, it } from "@jest/globals";
import { createDiscovery, asksForDiscovery } from "../../evidence/discovery.ts";
import { unavailable } from "../../registry/errors.ts";
import { decide, defaultSettings } from "../../policies/decision/decide.ts";
import { listReasons } from "../../policies/decision.ts";
import type { DiscoveredEvidence, Workload } from "../../policies/workload.ts";
import { type BuiltArtifact, genericArtifact } from "../support/artifacts.ts";
import { aPolicy, aWorkload, now, runningModel } from "../support/builders/decision.ts";
import { digest, found, full, references } from "../support/builders/evidence.ts";
import { limits } from "../../registry/limits.ts";
import { bodyOf, createMemorySource } from "../support/memory-source.ts";

const evals = "quay.io/acme/evals";
const weights = "quay.io/acme/granite";
const subject = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: digest(66), size: 1 };
const about = (name: string): BuiltArtifact => genericArtifact({ "dev.assaygate.model.name": name }, { subject });
const model = { ...runningModel, name: weights, digest: digest(66) };
const unnamed = (change: Partial<Workload> = {}): Workload =>
  aWorkload({ references: references(), models: [model], ...change });
const discovering = (repositories: string[], discover = true): ReturnType<typeof aPolicy> =>
  aPolicy({ evidence: { repositories, discover } });
const deadline = { signal: () => AbortSignal.timeout(5_000) };

describe("discovery", () => {
  it.each<[string, boolean, Workload, boolean]>([
    ["asked for, where nothing is named", true, unnamed(), true],
    ["not asked for", false, unnamed(), false],
    ["not done where the workload names something", true, unnamed({ references: references(full(1)) }), false],
    [
      "not done where what it names cannot be read",
      true,
      unnamed({ references: { ...references(), problem: "two" } }),
      false,
    ],
  ])("is %s", (_, discover, workload, expected) => {
    expect(asksForDiscovery(workload, [discovering([evals], discover)])).toBe(expected);
  });

  it("finds what refers to the model, and asks once for as long as it remembers", async () => {
    const [one, two] = [about("one"), about("two")];
    const source = createMemorySource(one, two);
    const discovery = createDiscovery(source);
    const first = await discovery.find(unnamed(), [discovering([evals])], deadline);
    expect(first.references.map((reference) => reference.text).toSorted()).toEqual(
      [`${evals}@${one.digest}`, `${evals}@${two.digest}`].toSorted(),
    );
    const asked = source.requests.length;
    expect(discovery.find(unnamed(), [discovering([evals])], deadline)).toEqual(first);
    expect(source.requests).toHaveLength(asked);
  });

  it.each<[string, string[], string[]]>([
    ["every repository that is named in full", [evals, "ghcr.io/acme/more"], [evals, "ghcr.io/acme/more"]],
    ["the model's own, where a pattern trusts it", ["quay.io/acme/*"], [weights]],
    ["none that is only a pattern", ["ghcr.io/acme/*"], []],
  ])("looks in %s", async (_, repositories, expected) => {
    const source = createMemorySource(about("one"));
    await createDiscovery(source).find(unnamed(), [discovering(repositories)], deadline);
    const searched = source.requests.filter((request) => request.startsWith("referrers"));
    expect(searched).toEqual(expected.map((at) => `referrers ${at}@${digest(66)}`));
  });

  it("asks nobody for a model that is not named by digest", () => {
    const source = createMemorySource();
    const workload = unnamed({ models: [{ ...model, digest: undefined }] });
    expect(createDiscovery(source).find(workload, [discovering([evals])], deadline)).toEqual({
      references: [],
      problems: [],
    });
    expect(source.requests).toEqual([]);
  });

  it("says where it could not look, and does not remember that", async () => {
    const source = createMemorySource(about("one"));
    source.intercept = () => {
      throw unavailable("no-answer", "down");
    };
    const discovery = createDiscovery(source);
    const place = `${evals}@${digest(66)}`;
    expect(await discovery.find(unnamed(), [discovering([evals])], deadline)).toMatchObject({
      references: [],
      problems: [{ place, reason: "REGISTRY_UNAVAILABLE" }],
    });
    source.intercept = () => undefined;
    expect(await discovery.find(unnamed(), [discovering([evals])], deadline)).toMatchObject({ problems: [] });
  });
});

describe("a list, for the newest word", () => {
  const newest = (...repositories: string[]): ReturnType<typeof aPolicy> =>
    aPolicy({ evidence: { repositories, newest: true } });
  const textsOf = ({ references: entries }: DiscoveredEvidence): string[] => entries.map(({ text }) => text).toSorted();

  it("is asked of the repositories of the evidence that is named, too, where a policy trusts them", async () => {
    const source = createMemorySource(about("one"));
    const named = [full(1, "quay.io/acme/cards/chat"), full(2, "ghcr.io/evil/evals")];
    const workload = unnamed({ references: references(...named) });
    await createDiscovery(source).list(workload, [newest(evals, "quay.io/acme/cards/**")], deadline);
    const searched = source.requests.filter((request) => request.startsWith("referrers"));
    expect(searched).toEqual([evals, "quay.io/acme/cards/chat"].map((at) => `referrers ${at}@${digest(66)}`));
  });

  it("is asked for no policy that does not ask for the newest word", () => {
    const source = createMemorySource(about("one"));
    expect(createDiscovery(source).list(unnamed(), [discovering([evals])], deadline)).toEqual({
      references: [],
      problems: [],
    });
    expect(source.requests).toEqual([]);
  });

  it("is not believed for long where it leaves out what is named: that was pushed since", async () => {
    const clock = { ms: 1, now: () => clock.ms };
    const [one, two] = [about("one"), about("two")];
    const source = createMemorySource(one);
    const discovery = createDiscovery(source, { listTtlMs: 30_000, absentTtlMs: 5_000 }, clock);
    const list = async (of: BuiltArtifact): Promise<string[]> => {
      const named = { kind: "full", text: "", repository: evals, digest: of.digest } as const;
      return textsOf(await discovery.list(unnamed({ references: references(named) }), [newest(evals)], deadline));
    };
    expect(await list(one)).toEqual([`${evals}@${one.digest}`]);
    source.push(two);
    clock.ms += 4_999;
    expect(await list(two)).toHaveLength(1);
    clock.ms += 2;
    expect(await list(one)).toHaveLength(1);
    expect(await list(two)).toHaveLength(2);
  });

  it("hears of a newer evaluation within the time of a list", async () => {
    const clock = { ms: 1, now: () => clock.ms };
    const source = createMemorySource(about("one"));
    const discovery = createDiscovery(source, { listTtlMs: 30_000 }, clock);
    const count = async (): Promise<number> => {
      return textsOf(await discovery.list(unnamed({ references: references() }), [newest(evals)], deadline)).length;
    };
    expect(await count()).toBe(1);
    source.push(about("two"));
    clock.ms += 29_999;
    expect(await count()).toBe(1);
    clock.ms += 2;
    expect(await count()).toBe(2);
  });

  it("takes the newest of many, says how new the rest may be, and does not mind the order", async () => {
    const count = limits.discovered + 6;
    const createdAt = (at: number): string => new Date(Date.UTC(2026, 8, 1 + at)).toISOString();
    const runs = Array.from({ length: count }, (_, at) =>
      genericArtifact({ "org.opencontainers.image.created": createdAt(at) }, { subject }),
    );
    const listWith = async (order: readonly BuiltArtifact[], isSaid = true): Promise<DiscoveredEvidence> => {
      const source = createMemorySource(...order);
      source.intercept = (request) => {
        if (!request.startsWith("referrers")) return undefined;
        const manifests = order.map((one) => {
          const { annotations } = JSON.parse(one.manifest.toString()) as { annotations: object };
          return { digest: one.digest, ...(isSaid && { annotations }) };
        });
        return bodyOf(Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })));
      };
      return createDiscovery(source).list(unnamed(), [newest(evals)], deadline);
    };
    const forth = await listWith(runs);
    expect(textsOf(forth)).toEqual(
      runs
        .slice(6)
        .map((one) => `${evals}@${one.digest}`)
        .toSorted(),
    );
    expect(forth.problems).toMatchObject([{ kind: "refused", until: createdAt(5) }]);
    const back = await listWith(runs.toReversed());
    expect([textsOf(back), back.problems]).toEqual([textsOf(forth), forth.problems]);
    expect((await listWith(runs, false)).problems).toMatchObject([{ kind: "refused", until: undefined }]);
  });
});

describe("lists of many places", () => {
  it("are read up to a limit for one workload, and what is left out is said", async () => {
    const repositories = Array.from(
      { length: limits.rivals / limits.discovered + 1 },
      (_, at) => `quay.io/acme/e${at}`,
    );
    const runs = Array.from({ length: limits.discovered }, (_, at) => about(`m${at}`));
    const policy = aPolicy({ evidence: { repositories, newest: true } });
    const { references: all, problems } = await createDiscovery(createMemorySource(...runs)).list(
      aWorkload({ references: references(), models: [{ ...model, name: "elsewhere" }] }),
      [policy],
      deadline,
    );
    expect(all).toHaveLength(limits.rivals);
    expect(problems).toMatchObject([{ kind: "refused", place: `${repositories.at(-1)}@${digest(66)}` }]);
    expect(problems[0]?.until).toBeUndefined();
  });
});

describe("a decision on what was discovered", () => {
  const judge = (
    discovered: DiscoveredEvidence,
    policy = discovering([evals]),
    ...evidence: ReturnType<typeof found>[]
  ) =>
    decide({
      workload: unnamed({ models: [{ ...runningModel, digest: digest(66) }], discovered }),
      evidence: new Map(evidence),
      policies: [policy],
      exceptions: [],
      now,
      settings: defaultSettings,
    });
  const one: DiscoveredEvidence = { references: [full(1)], problems: [] };
  const content = { kind: "read", benchmarks: [], completedAt: undefined } as const;

  it("admits by a good evaluation", () => {
    const { verdict, findings } = judge(
      one,
      aPolicy({
        evidence: { repositories: [evals], discover: true },
        require: [{ name: "r", environment: ["production"] }],
      }),
      found(1),
    );
    expect({ verdict, findings: findings.filter(({ outcome }) => outcome !== "pass") }).toEqual({
      verdict: "admit",
      findings: [],
    });
  });

  it("is nothing to a policy that does not ask for it", () => {
    expect(listReasons(judge(one, discovering([evals], false), found(1)))).toEqual(["EVIDENCE_MISSING"]);
  });

  it("leaves out what is not an evaluation", () => {
    const bare = found(1, { annotations: {}, content });
    const [key, evidence] = bare;
    if (evidence.kind !== "found") throw new Error(evidence.kind);
    const sbom: ReturnType<typeof found> = [
      key,
      { kind: "found", artifact: { ...evidence.artifact, annotations: {} } },
    ];
    expect(listReasons(judge(one, discovering([evals]), sbom))).toEqual(["EVIDENCE_MISSING"]);
  });

  it("could not look where a place could not be searched", () => {
    const problems = [{ kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "down", place: evals } as const];
    const { couldNotLook, verdict } = judge({ references: [], problems });
    expect({ couldNotLook, verdict }).toEqual({ couldNotLook: true, verdict: "deny" });
  });
});
