import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  makeIdentity,
  runLeaderElection,
  type ElectionTiming,
  type Leadership,
} from "../../../../webhook/cluster/leader-election/leader.ts";
import type { LeaseObject } from "../../../../webhook/cluster/leader-election/lease.ts";
import { expectSoon } from "../../../support/soon.ts";
import { memoryLease, MemoryObject } from "../../../support/memory-cluster.ts";

// Whole seconds are the least that a Lease can say.
const timing: ElectionTiming = { leaseMs: 1_000, renewDeadlineMs: 600, retryMs: 50 };

interface Contender extends Leadership {
  readonly identity: string;
  readonly terms: AbortSignal[];
  readonly failures: unknown[];
  cutOff: boolean;
}

let lease: MemoryObject<LeaseObject>;
let contenders: Contender[];
beforeEach(() => {
  lease = new MemoryObject();
  contenders = [];
});
afterEach(() => Promise.all(contenders.map(({ stop }) => stop())));

function enter(name: string): Contender {
  const identity = makeIdentity(name);
  const state = { identity, terms: [] as AbortSignal[], failures: [] as unknown[], cutOff: false };
  const leadership = runLeaderElection({
    lease: memoryLease(lease, () => state.cutOff),
    identity,
    timing,
    elected: (term) => state.terms.push(term),
    failed: (cause) => state.failures.push(cause),
  });
  const contender = Object.defineProperty(Object.assign(state, { leading: false, stop: leadership.stop }), "leading", {
    get: () => leadership.leading,
  });
  contenders.push(contender);
  return contender;
}

const leaders = (): Contender[] => contenders.filter(({ leading }) => leading);
const holder = (): string | undefined => lease.read()?.spec?.holderIdentity;

describe("an election", () => {
  it("has one leader of two, and the loser's conflicts are no failures", async () => {
    enter("a");
    enter("b");
    await expectSoon(() => leaders().length === 1);
    const [leader] = leaders();
    expect(holder()).toBe(leader?.identity);
    expect(lease.read()?.spec).toMatchObject({ leaseDurationSeconds: 1, leaseTransitions: 0 });
    expect(contenders.flatMap(({ failures }) => failures)).toEqual([]);
  });

  it("goes on: the leader renews for longer than a Lease lasts, in one term", async () => {
    const a = enter("a");
    await expectSoon(() => a.leading);
    const b = enter("b");
    const renewals = new Set<unknown>();
    await expectSoon(() => renewals.add(lease.read()?.spec?.renewTime).size > 25);
    expect([a.leading, a.terms.length, a.terms[0]?.aborted, b.terms.length]).toEqual([true, 1, false, 0]);
  });

  it("passes to another at once when the leader leaves", async () => {
    const a = enter("a");
    await expectSoon(() => a.leading);
    const b = enter("b");
    const startMs = performance.now();
    await a.stop();
    expect([a.leading, a.terms[0]?.aborted]).toEqual([false, true]);
    await expectSoon(() => b.leading);
    expect(performance.now() - startMs).toBeLessThan(timing.leaseMs);
    expect(lease.read()?.spec?.leaseTransitions).toBe(1);
  });

  it("passes to another when the leader loses the API server, and never are there two", async () => {
    const a = enter("a");
    await expectSoon(() => a.leading);
    const b = enter("b");
    a.cutOff = true;
    let most = 0;
    await expectSoon(() => {
      most = Math.max(most, leaders().length);
      return b.leading;
    });
    expect(most).toBe(1);
    expect([a.leading, a.terms[0]?.aborted, a.failures.length > 0]).toEqual([false, true, true]);
    a.cutOff = false;
    await expectSoon(() => lease.read()?.spec?.leaseTransitions === 1 && b.leading);
    expect(a.terms).toHaveLength(1);
  });

  it("comes back to a leader that was cut off and nobody replaced, as a new term", async () => {
    const a = enter("a");
    await expectSoon(() => a.leading);
    a.cutOff = true;
    await expectSoon(() => !a.leading);
    a.cutOff = false;
    await expectSoon(() => a.leading);
    expect(a.terms.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it("ends a term when somebody else has written himself into the Lease", async () => {
    const a = enter("a");
    await expectSoon(() => a.leading);
    const spec = { holderIdentity: "usurper", leaseDurationSeconds: 1, leaseTransitions: 9 };
    lease.put({ ...lease.read(), spec });
    await expectSoon(() => a.terms[0]?.aborted === true);
    expect(holder()).toBe("usurper");
    await expectSoon(() => a.leading);
    expect(lease.read()?.spec?.leaseTransitions).toBe(10);
  });

  it("does not believe another's clock: a renewal from the year 1990 is one", async () => {
    const clock = { ms: 0 };
    const renew = (): void => {
      const renewTime = new Date((clock.ms += 1_000)).toISOString();
      lease.put({ ...lease.read(), spec: { holderIdentity: "slow", leaseDurationSeconds: 1, renewTime } });
    };
    renew();
    const a = enter("a");
    const endMs = performance.now() + 2 * timing.leaseMs;
    await expectSoon(() => {
      renew();
      return performance.now() > endMs;
    });
    expect(a.terms).toEqual([]);
  });

  it("releases nothing that it does not hold", async () => {
    const a = enter("a");
    await expectSoon(() => a.leading);
    const b = enter("b");
    await b.stop();
    expect([a.leading, holder()]).toEqual([true, a.identity]);
  });
});

it("two processes of one pod are two", () => {
  expect(makeIdentity("pod")).toMatch(/^pod_[0-9a-f]{16}$/);
  expect(makeIdentity("pod")).not.toBe(makeIdentity("pod"));
});
