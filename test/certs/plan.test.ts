import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import {
  plan,
  type AuthorityFacts,
  type LeafFacts,
  type PlanSettings,
  type PublishedFacts,
  type Step,
  type StoredFacts,
} from "../../certs/plan.ts";

const settings: PlanSettings = { validMs: 1_000, renewBeforeMs: 250, settleMs: 30, skewMs: 10 };
const now = 100_000;
const authority = (id: string, over: Partial<AuthorityFacts> = {}): AuthorityFacts => ({
  id,
  notBeforeMs: now - 500,
  notAfterMs: now + 10_000,
  ...over,
});
const leaf = (signedBy: string | undefined, over: Partial<LeafFacts> = {}): LeafFacts => ({
  signedBy,
  covers: true,
  notBeforeMs: now - 500,
  notAfterMs: now + 900,
  ...over,
});
const stored = (over: Partial<StoredFacts> = {}): StoredFacts => ({
  authority: authority("A"),
  leaf: leaf("A"),
  previous: [],
  previousUntilMs: 0,
  ...over,
});
/** One configuration whose webhooks have these authorities. */
const published = (trustedForMs: number, ...bundles: readonly (readonly string[])[]): PublishedFacts => ({
  trustedForMs,
  configurations: [
    { name: "gate", bundles: bundles.map((ids) => ({ authorities: ids.map((id) => authority(id)), damaged: false })) },
  ],
});
const steady = published(1_000, ["A"], ["A"]);
const publish = (...trust: string[]): Step => ({ do: "publish", configuration: "gate", trust });
const make = (keep: string[], keepUntilMs: number): object => ({ do: "make-authority", keep, keepUntilMs });
const issue = { do: "issue-serving" };
const wait = { do: "wait" };

describe("a plan", () => {
  it.each<[string, StoredFacts, PublishedFacts, object[]]>([
    ["is empty when all is well", stored(), steady, []],
    [
      "begins with an authority where there is nothing",
      stored({ authority: undefined, leaf: undefined }),
      published(0, []),
      [make([], now + 1_010)],
    ],
    [
      "then publishes it and issues at once: nothing can be in use",
      stored({ leaf: undefined }),
      published(0, [], []),
      [publish("A"), issue],
    ],
    ["issues also where there is no webhook configuration yet", stored({ leaf: undefined }), published(0), [issue]],
    ["publishes again where one webhook was reset", stored(), published(0, ["A"], []), [publish("A")]],
    ["takes out an authority that nobody put there by plan", stored(), published(1_000, ["A", "X"]), [publish("A")]],
    [
      "takes out what is no certificate",
      stored(),
      {
        trustedForMs: 0,
        configurations: [{ name: "gate", bundles: [{ authorities: [authority("A")], damaged: true }] }],
      },
      [publish("A")],
    ],
    [
      "renews a serving certificate in time, without waiting: the signer stays",
      stored({ leaf: leaf("A", { notAfterMs: now + 249 }) }),
      published(0, ["A"]),
      [issue],
    ],
    ["leaves one alone that has just enough left", stored({ leaf: leaf("A", { notAfterMs: now + 250 }) }), steady, []],
    ["renews one that is over", stored({ leaf: leaf("A", { notAfterMs: now - 1 }) }), steady, [issue]],
    [
      "renews one that was issued by a clock ahead",
      stored({ leaf: leaf("A", { notBeforeMs: now + 1 }) }),
      steady,
      [issue],
    ],
    ["renews one that lacks a name", stored({ leaf: leaf("A", { covers: false }) }), steady, [issue]],
    ["replaces a damaged serving certificate", stored({ leaf: undefined }), steady, [issue]],
    [
      "replaces an authority that a new serving certificate would outlive, and keeps it while the present one lives",
      stored({ authority: authority("A", { notAfterMs: now + 999 }) }),
      steady,
      [make(["A"], now + 910)],
    ],
    [
      "replaces an authority that was made by a clock ahead",
      stored({ authority: authority("A", { notBeforeMs: now + 1 }) }),
      steady,
      [make(["A"], now + 910)],
    ],
    [
      "does not keep one that is over",
      stored({ authority: authority("A", { notAfterMs: now - 1 }) }),
      steady,
      [make([], now + 910)],
    ],
    [
      "publishes the new one beside the old one and does not issue yet",
      stored({ authority: authority("B"), previous: [authority("A")], previousUntilMs: now + 910 }),
      published(0, ["A"]),
      [publish("B", "A"), wait],
    ],
    [
      "waits for it to settle",
      stored({ authority: authority("B"), previous: [authority("A")], previousUntilMs: now + 910 }),
      published(29, ["B", "A"]),
      [wait],
    ],
    [
      "then issues",
      stored({ authority: authority("B"), previous: [authority("A")], previousUntilMs: now + 910 }),
      published(30, ["B", "A"]),
      [issue],
    ],
    [
      "keeps the old one published while what it signed may be valid",
      stored({ authority: authority("B"), leaf: leaf("B"), previous: [authority("A")], previousUntilMs: now }),
      published(30, ["B", "A"]),
      [],
    ],
    [
      "then forgets it",
      stored({ authority: authority("B"), leaf: leaf("B"), previous: [authority("A")], previousUntilMs: now - 1 }),
      published(30, ["B", "A"]),
      [{ do: "forget-previous" }],
    ],
    [
      "never forgets it before the serving certificate was exchanged",
      stored({ authority: authority("B"), previous: [authority("A")], previousUntilMs: now - 1 }),
      published(0, ["A"]),
      [publish("B", "A"), wait],
    ],
    [
      "keeps two old ones when it is replaced again in the middle",
      stored({
        authority: authority("B", { notAfterMs: now + 1 }),
        previous: [authority("A")],
        previousUntilMs: now + 950,
      }),
      published(0, ["A"]),
      [make(["A", "B"], now + 950)],
    ],
    [
      "takes what is published for the old ones where the stored authority is lost: replicas may still present what they signed",
      stored({ authority: undefined, leaf: undefined }),
      published(0, ["X", "Y"], ["X"]),
      [make(["X", "Y"], now + 1_010)],
    ],
    [
      "keeps the serving certificate of a lost authority until the new one is in force",
      stored({ authority: authority("B"), leaf: leaf("X"), previous: [authority("X")], previousUntilMs: now + 1_010 }),
      published(10, ["B", "X"]),
      [wait],
    ],
    [
      "also waits where the damaged serving certificate may have been the old authority's",
      stored({ authority: authority("B"), leaf: undefined, previous: [authority("A")], previousUntilMs: now + 910 }),
      published(10, ["B", "A"]),
      [wait],
    ],
  ])("%s", (_, storedFacts, publishedFacts, steps) => {
    const planned = plan(now, storedFacts, publishedFacts, settings);
    expect(planned).toHaveLength(steps.length);
    expect(planned).toMatchObject(steps);
  });

  it("is nothing for a time that is no time: it never takes one for valid", () => {
    expect(plan(Number.NaN, stored(), steady, settings)).toMatchObject([{ do: "make-authority" }]);
  });
});

/**
 * The law itself, in a small world: one API server that learns of a publication late, three replicas that learn of the Secret
 * late, and any of them may be the leader, restart, or believe it is the leader while another one is. Times are abstract.
 */
describe("whatever happens, the API server trusts what a replica presents", () => {
  interface Served {
    readonly signedBy: string;
    readonly notAfterMs: number;
  }
  interface World {
    nowMs: number;
    made: number;
    secretVersion: number;
    secret: StoredFacts;
    readonly authorities: Map<string, AuthorityFacts>;
    bundleVersion: number;
    bundle: readonly string[];
    /** What the API server goes by: `bundle` as it was some time ago. */
    inForce: { readonly atMs: number; readonly bundle: readonly string[] }[];
    readonly replicas: {
      served: Served | undefined;
      trusted: { readonly id: string; readonly sinceMs: number } | undefined;
    }[];
  }
  /** A replica reads, and may act on it later, when others have acted. */
  interface Reading {
    readonly bundleVersion: number;
    readonly secretVersion: number;
    readonly steps: readonly Step[];
  }
  const world: PlanSettings = { validMs: 400, renewBeforeMs: 100, settleMs: 30, skewMs: 20 };
  const authorityValidMs = 1_000;
  const longestPublicationMs = 25;

  const read = (state: World, index: number): Reading => {
    const replica = state.replicas[index];
    if (replica === undefined) throw new Error("no such replica");
    const { secret } = state;
    const id = secret.authority?.id;
    const trusts = id !== undefined && state.bundle.includes(id);
    if (!trusts) replica.trusted = undefined;
    else if (replica.trusted?.id !== id) replica.trusted = { id, sinceMs: state.nowMs };
    const facts: PublishedFacts = {
      trustedForMs: replica.trusted === undefined ? 0 : state.nowMs - replica.trusted.sinceMs,
      configurations: [
        {
          name: "gate",
          bundles: [{ damaged: false, authorities: state.bundle.flatMap((one) => state.authorities.get(one) ?? []) }],
        },
      ],
    };
    return {
      bundleVersion: state.bundleVersion,
      secretVersion: state.secretVersion,
      steps: plan(state.nowMs, secret, facts, world),
    };
  };
  const install = (state: World, index: number): void => {
    const replica = state.replicas[index];
    const { leaf: current } = state.secret;
    if (replica !== undefined && current?.signedBy !== undefined)
      replica.served = { signedBy: current.signedBy, notAfterMs: current.notAfterMs };
  };
  const setBundle = (state: World, bundle: readonly string[]): void => {
    state.bundle = bundle;
    state.bundleVersion += 1;
    state.inForce.push({ atMs: state.nowMs, bundle });
  };
  const setSecret = (state: World, secret: StoredFacts): void => {
    state.secret = secret;
    state.secretVersion += 1;
  };
  const act = (state: World, reading: Reading): void => {
    for (const step of reading.steps) {
      if (step.do === "publish") {
        if (reading.bundleVersion === state.bundleVersion) setBundle(state, step.trust);
        continue;
      }
      if (reading.secretVersion !== state.secretVersion) return;
      const { secret } = state;
      if (step.do === "make-authority") {
        const id = `CA${(state.made += 1)}`;
        const fresh = { id, notBeforeMs: state.nowMs - 20, notAfterMs: state.nowMs + authorityValidMs };
        state.authorities.set(id, fresh);
        const previous = step.keep.flatMap((one) => state.authorities.get(one) ?? []);
        setSecret(state, { ...secret, authority: fresh, previous, previousUntilMs: step.keepUntilMs });
      } else if (step.do === "issue-serving") {
        const notAfterMs = Math.min(state.nowMs + world.validMs, secret.authority?.notAfterMs ?? 0);
        const fresh = { signedBy: secret.authority?.id, covers: true, notBeforeMs: state.nowMs - 20, notAfterMs };
        setSecret(state, { ...secret, leaf: fresh });
      } else if (step.do === "forget-previous") setSecret(state, { ...secret, previous: [] });
    }
  };
  /** Any bundle that the API server may go by at this moment. */
  const possible = (state: World): readonly (readonly string[])[] => {
    const cut = state.nowMs - longestPublicationMs;
    const settled = state.inForce.findLastIndex(({ atMs }) => atMs <= cut);
    return state.inForce.slice(Math.max(0, settled)).map(({ bundle }) => bundle);
  };

  const often = <K extends string>(weight: number, kind: K): fc.WeightedArbitrary<{ kind: K; replica: number }> => ({
    weight,
    arbitrary: fc.record({ kind: fc.constant(kind), replica: fc.nat(2) }),
  });
  const event = fc.oneof(
    often(6, "pass"),
    often(2, "read"),
    often(2, "act"),
    often(2, "install"),
    often(1, "restart"),
    often(1, "lose-secret"),
  );
  const timed = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), event), { maxLength: 250, size: "max" });

  it("with restarts, late readers, lost Secrets and two leaders", () => {
    let exchanged = 0;
    let forgotten = 0;
    fc.assert(
      fc.property(timed, (events) => {
        const nothing: StoredFacts = { authority: undefined, leaf: undefined, previous: [], previousUntilMs: 0 };
        const state: World = {
          nowMs: 0,
          made: 0,
          secretVersion: 0,
          secret: nothing,
          authorities: new Map(),
          bundleVersion: 0,
          bundle: [],
          inForce: [{ atMs: -Infinity, bundle: [] }],
          replicas: [0, 1, 2].map(() => ({ served: undefined, trusted: undefined })),
        };
        const readings: (Reading | undefined)[] = [];
        let workedUntilMs = -Infinity;
        // Nothing can be trusted before the first publication.
        for (let round = 0; round < 4; round += 1) act(state, read(state, 0));
        state.nowMs += longestPublicationMs;
        for (const [passedMs, { kind, replica }] of events) {
          state.nowMs += passedMs;
          if (kind === "read") readings[replica] = read(state, replica);
          if (kind === "act") {
            const reading = readings[replica];
            if (reading !== undefined) act(state, reading);
            readings[replica] = undefined;
          }
          if (kind === "pass") {
            act(state, read(state, replica));
            install(state, replica);
          }
          if (kind === "install") install(state, replica);
          if (kind === "lose-secret") setSecret(state, nothing);
          const present = state.replicas[replica];
          if (kind === "restart" && present !== undefined) {
            present.trusted = undefined;
            present.served = undefined;
            readings[replica] = undefined;
            install(state, replica);
          }
          for (const { served } of state.replicas) {
            if (served === undefined || served.notAfterMs < state.nowMs) continue;
            if (served.signedBy !== "CA1") exchanged += 1;
            if (!state.secret.previous.some(({ id }) => id === "CA1")) forgotten += 1;
            const trusted = possible(state).every((bundle) => bundle.includes(served.signedBy));
            if (trusted) workedUntilMs = Math.max(workedUntilMs, served.notAfterMs);
            // What once worked works as long as its certificate would have. After that it is a new beginning.
            else expect(workedUntilMs).toBeLessThan(state.nowMs);
          }
        }
      }),
      { numRuns: 1000 },
    );
    // The world is one in which things happen.
    expect(exchanged).toBeGreaterThan(100);
    expect(forgotten).toBeGreaterThan(100);
  });
});
