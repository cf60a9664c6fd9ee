import { X509Certificate } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { readBundle } from "../../../certs/bundle.ts";
import { dayMs, makeAuthority, issueServing, type Pair } from "../../../certs/issue.ts";
import type { PlanSettings } from "../../../certs/plan.ts";
import { listServiceNames } from "../../../certs/service-names.ts";
import { storedKeys } from "../../../certs/stored.ts";
import { decodeContent, withContent } from "../../../webhook/certificates/certificate-secret.ts";
import { createPass } from "../../../webhook/certificates/pass.ts";
import { manageCertificates } from "../../../webhook/certificates/self-managed.ts";
import type { SelfManagedOptions } from "../../../webhook/certificates/self-managed-options.ts";
import { expectSoon } from "../../support/soon.ts";
import { MemoryCluster } from "../../support/memory-cluster.ts";

const settings: PlanSettings = { validMs: 365 * dayMs, renewBeforeMs: 90 * dayMs, settleMs: 40, skewMs: 3_600_000 };
const names = { dns: listServiceNames("assaygate", "assaygate-system"), ip: [] };
let cluster: MemoryCluster;
beforeEach(() => {
  cluster = new MemoryCluster();
});

class Replica {
  leading: boolean;
  readonly installed: Pair[] = [];
  readonly steps: string[] = [];
  readonly troubles: string[] = [];
  readonly options: SelfManagedOptions;
  readonly #pass: ReturnType<typeof createPass>;

  constructor(leading: boolean, over: Partial<SelfManagedOptions> = {}) {
    this.leading = leading;
    this.options = {
      store: cluster.store(),
      secret: "assaygate-system/assaygate-tls",
      webhookConfigurations: ["assaygate"],
      names,
      authorityValidMs: 3_650 * dayMs,
      settings,
      intervalMs: 5,
      leading: () => this.leading,
      install: (pair) => this.installed.push(pair),
      onStep: (step) => this.steps.push(step.do),
      onProblem: (problem) => this.troubles.push(problem),
      nowMs: () => cluster.serverTimeMs,
      ...over,
    };
    this.#pass = createPass(this.options);
  }

  pass(): Promise<readonly string[]> {
    return this.#pass(new AbortController().signal);
  }

  get presents(): Pair | undefined {
    return this.installed.at(-1);
  }
}

const stored = (): Readonly<Record<string, string>> => decodeContent(cluster.secret.read() ?? {});
const later = (days: number): void => void (cluster.serverTimeMs += days * dayMs);
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, settings.settleMs + 10));
/** Whether every webhook would accept what is presented. */
const accepts = (pair: Pair | undefined): boolean =>
  pair !== undefined &&
  cluster.bundles("assaygate").every((bundle) =>
    readBundle(bundle).entries.some(({ x509 }) => {
      const leaf = new X509Certificate(pair.cert);
      return leaf.checkIssued(x509) && leaf.verify(x509.publicKey);
    }),
  );

describe("from nothing", () => {
  it("one round makes authority and certificate, publishes, and presents", async () => {
    cluster.addConfiguration("assaygate", [undefined, undefined]);
    const leader = new Replica(true);
    expect(await leader.pass()).toEqual([]);
    expect(leader.steps).toEqual(["make-authority", "publish", "issue-serving"]);
    expect(Object.keys(stored()).toSorted()).toEqual(["ca.crt", "ca.key", "tls.crt", "tls.key"]);
    expect(leader.presents?.cert).toBe(stored()["tls.crt"]);
    expect([cluster.bundles("assaygate").length, accepts(leader.presents)]).toEqual([2, true]);
    expect(new X509Certificate(leader.presents?.cert ?? "").checkHost("assaygate.assaygate-system.svc")).toBeDefined();
  });

  it("another replica presents the same and writes nothing", async () => {
    cluster.addConfiguration("assaygate", [undefined]);
    const leader = new Replica(true);
    const follower = new Replica(false);
    await follower.pass();
    expect(follower.presents).toBeUndefined();
    await leader.pass();
    await follower.pass();
    expect(follower.presents).toEqual(leader.presents);
    expect(follower.steps).toEqual([]);
  });

  it("fills an empty Secret that was made for it, and keeps its labels and type", async () => {
    cluster.secret.put({ metadata: { name: "assaygate-tls", labels: { app: "x" } }, type: "Opaque" });
    await new Replica(true).pass();
    expect(cluster.secret.read()).toMatchObject({ metadata: { labels: { app: "x" } }, type: "Opaque" });
    expect(stored()["tls.key"]).toContain("PRIVATE KEY");
  });

  it("two that both believe to lead end with one authority, and both present it", async () => {
    cluster.addConfiguration("assaygate", [undefined]);
    const [a, b] = [new Replica(true), new Replica(true)];
    await Promise.all([a.pass(), b.pass()]);
    await Promise.all([a.pass(), b.pass()]);
    expect([...a.steps, ...b.steps].filter((step) => step === "make-authority")).toHaveLength(1);
    expect(a.presents).toEqual(b.presents);
    expect([accepts(a.presents), await a.pass(), await b.pass()]).toEqual([true, [], []]);
  });

  it("does nothing in the second round", async () => {
    cluster.addConfiguration("assaygate", [undefined]);
    const leader = new Replica(true);
    await leader.pass();
    const before = cluster.secret.read();
    await leader.pass();
    expect(leader.steps).toHaveLength(3);
    expect(cluster.secret.read()).toEqual(before);
    expect(leader.installed).toHaveLength(1);
  });
});

describe("rotation", () => {
  it("of the serving certificate needs no change of trust", async () => {
    cluster.addConfiguration("assaygate", [undefined]);
    const leader = new Replica(true);
    await leader.pass();
    const [bundle] = cluster.bundles("assaygate");
    later(276);
    await leader.pass();
    expect(leader.steps.slice(3)).toEqual(["issue-serving"]);
    await leader.pass();
    expect(leader.installed).toHaveLength(2);
    expect([cluster.bundles("assaygate")[0], accepts(leader.presents)]).toEqual([bundle, true]);
  });

  it("of the authority: published together, then exchanged, then the old one forgotten; trusted at every moment", async () => {
    cluster.addConfiguration("assaygate", [undefined]);
    const leader = new Replica(true);
    const follower = new Replica(false);
    const round = async (): Promise<void> => {
      await leader.pass();
      expect([accepts(leader.presents), follower.presents === undefined || accepts(follower.presents)]).toEqual([
        true,
        true,
      ]);
    };
    await round();
    await follower.pass();
    const old = stored()["ca.crt"] ?? "";
    for (let year = 0; year < 11; year += 1) {
      later(300);
      await round();
      await follower.pass();
    }
    expect(leader.steps.filter((step) => step === "make-authority")).toHaveLength(2);
    expect(stored()["ca.crt"]).not.toBe(old);
    expect(stored()[storedKeys.previous]).toBe(old);
    expect(readBundle(cluster.bundles("assaygate")[0] ?? "").entries).toHaveLength(2);
    const presented = leader.presents;
    await settled();
    await round();
    await leader.pass();
    expect(leader.presents).not.toEqual(presented);
    expect(accepts(follower.presents)).toBe(true);
    await follower.pass();
    later(370);
    await round();
    await round();
    expect(leader.steps).toContain("forget-previous");
    expect(Object.keys(stored())).not.toContain(storedKeys.previous);
    expect(readBundle(cluster.bundles("assaygate")[0] ?? "").entries).toHaveLength(1);
  });

  it("goes on after the leader fell in the middle, by another, from the beginning of the wait", async () => {
    cluster.addConfiguration("assaygate", [undefined]);
    const first = new Replica(true);
    await first.pass();
    for (let year = 0; year < 11; year += 1) {
      later(300);
      await first.pass();
    }
    expect(first.steps.at(-1)).toBe("publish");
    const second = new Replica(true);
    await second.pass();
    expect(second.steps).toEqual([]);
    await settled();
    await second.pass();
    expect(second.steps).toEqual(["issue-serving"]);
  });
});

describe("repairs", () => {
  beforeEach(async () => {
    cluster.addConfiguration("assaygate", [undefined, undefined]);
    await new Replica(true).pass();
  });

  it("publishes again when somebody resets one webhook", async () => {
    const leader = new Replica(true);
    const configuration = cluster.configurations.get("assaygate");
    const before = configuration?.read();
    const [first, ...rest] = before?.webhooks ?? [];
    if (before === undefined || first === undefined) throw new Error("there is no webhook");
    configuration?.put({ ...before, webhooks: [{ ...first, clientConfig: {} }, ...rest] });
    await leader.pass();
    expect(leader.steps).toEqual(["publish"]);
    expect(cluster.bundles("assaygate")).toEqual([stored()["ca.crt"], stored()["ca.crt"]]);
  });

  it.each([
    ["the authority", storedKeys.authority, "ca.crt is not a PEM certificate", ["make-authority", "publish"]],
    ["the authority's key", storedKeys.authorityKey, "ca.key is not a PEM private key", ["make-authority", "publish"]],
    ["the serving certificate", storedKeys.serving, "tls.crt is not a PEM certificate", ["issue-serving"]],
    ["the serving key", storedKeys.servingKey, "tls.key is not a PEM private key", ["issue-serving"]],
  ])(
    "replaces %s when it is damaged, says so, and what is presented stays trusted",
    async (_, name, problem, steps) => {
      const running = new Replica(false);
      await running.pass();
      cluster.secret.put(withContent({ ...stored(), [name]: "garbage" }, cluster.secret.read()));
      expect(await running.pass()).toEqual([`Secret assaygate-system/assaygate-tls: ${problem}`]);
      const leader = new Replica(true);
      await leader.pass();
      expect(leader.steps).toEqual(steps);
      await running.pass();
      expect(accepts(running.presents)).toBe(true);
      await settled();
      await leader.pass();
      await running.pass();
      expect([accepts(running.presents), await leader.pass(), await running.pass()]).toEqual([true, [], []]);
    },
  );

  it("a Secret that was deleted is made again, and replicas that still present the old certificate stay trusted", async () => {
    const running = new Replica(true);
    await running.pass();
    const presented = running.presents;
    cluster.secret.put(undefined);
    await running.pass();
    expect([running.presents, accepts(running.presents)]).toEqual([presented, true]);
    await settled();
    await running.pass();
    await running.pass();
    expect(running.presents).not.toEqual(presented);
    expect(accepts(running.presents)).toBe(true);
  });

  it("never writes over a Secret that is somebody else's, and says what to do", async () => {
    const theirs = await makeAuthority({ now: new Date(), validMs: dayMs, skewMs: 0 });
    const leaf = await issueServing(theirs, names, { now: new Date(), validMs: dayMs, skewMs: 0 });
    const content = { "tls.crt": leaf.cert, "tls.key": leaf.key, "ca.crt": theirs.cert };
    const { metadata: _, ...secret } = withContent(content, undefined);
    cluster.secret.put(secret);
    const before = cluster.secret.read();
    const leader = new Replica(true);
    const problems = await leader.pass();
    expect(problems.at(-1)).toMatch(/was not made by the gate and is left alone: name another/);
    expect([leader.steps, cluster.secret.read()]).toEqual([[], before]);
  });
});

describe("what is wrong", () => {
  it.each([
    [
      "readSecret",
      "cannot be looked after: the API server forbids it (403): the role lacks a rule: readSecret is forbidden",
    ],
    ["writeSecret", "Secret assaygate-system/assaygate-tls cannot be written: the API server forbids it (403)"],
    [
      "readConfiguration",
      "cannot be looked after: the API server forbids it (403): the role lacks a rule: readConfiguration is forbidden",
    ],
    ["publish", "ValidatingWebhookConfiguration assaygate cannot be written: the API server forbids it (403)"],
  ] as const)("%s forbidden is told in the API server's words", async (verb, words) => {
    cluster.addConfiguration("assaygate", [undefined]);
    cluster.forbidden.add(verb);
    const leader = new Replica(true);
    expect((await leader.pass()).join("\n")).toContain(words);
    cluster.forbidden.delete(verb);
    expect(await leader.pass()).toEqual([]);
    expect(accepts(leader.presents)).toBe(true);
  });

  it.each([
    [-600, "10 minutes behind"],
    [7_200, "120 minutes ahead of"],
  ])("a clock that is %i s off is told, and certificates go by the API server's", async (seconds, words) => {
    const leader = new Replica(true, { nowMs: () => cluster.serverTimeMs + seconds * 1_000 });
    expect((await leader.pass()).join("\n")).toContain(words);
    const { validFromDate } = new X509Certificate(leader.presents?.cert ?? stored()["tls.crt"] ?? "");
    expect(Math.abs(cluster.serverTimeMs - 3_600_000 - validFromDate.getTime())).toBeLessThan(2_000);
  });

  it("a certificate that the server refuses is told and offered again", async () => {
    let refuse = true;
    const leader = new Replica(true, {
      install() {
        if (refuse) throw new Error("cannot be used");
      },
    });
    expect(await leader.pass()).toEqual(["Secret assaygate-system/assaygate-tls: cannot be used"]);
    refuse = false;
    expect(await leader.pass()).toEqual([]);
  });
});

describe("the loop", () => {
  let stop: (() => Promise<void>) | undefined;
  afterEach(() => stop?.());

  it("keeps looking, tells a problem once while it lasts, and forgets it when it is over", async () => {
    cluster.addConfiguration("assaygate", [undefined]);
    cluster.forbidden.add("readSecret");
    const replica = new Replica(true);
    const managed = manageCertificates(replica.options);
    stop = managed.stop;
    await expectSoon(() => managed.problems().length === 1);
    cluster.forbidden.delete("readSecret");
    await expectSoon(() => managed.problems().length === 0 && accepts(replica.presents));
    expect(replica.troubles).toHaveLength(1);
    cluster.addConfiguration("assaygate", [undefined]);
    await expectSoon(() => accepts(replica.presents));
  });

  it("looks at once when it is woken", async () => {
    const replica = new Replica(false, { intervalMs: 3_600_000 });
    const managed = manageCertificates(replica.options);
    stop = managed.stop;
    await new Promise((resolve) => setTimeout(resolve, 20));
    replica.leading = true;
    managed.wake();
    await expectSoon(() => replica.presents !== undefined);
  });
});
