import { describe, expect, it } from "@jest/globals";
import { decideNextMove, type LeaseView } from "../../../../webhook/cluster/leader-election/election.ts";

const lease: LeaseView = { holder: "other", durationMs: 15_000, transitions: 3, version: "1" };
const since = (sinceMs: number, version = "1"): { version: string; sinceMs: number } => ({ version, sinceMs });

describe("a contender", () => {
  it.each([
    ["creates the Lease where there is none", undefined, undefined, 0, { do: "create" }],
    ["waits for a holder that it never saw, however old the Lease may be", lease, undefined, 1e9, { do: "wait" }],
    ["waits for a holder that was seen to write", lease, since(0), 15_000, { do: "wait" }],
    [
      "takes over from one that was silent for longer than it may",
      lease,
      since(0),
      15_001,
      { do: "take", transitions: 4 },
    ],
    ["counts anew when the holder has written", lease, since(0, "0"), 60_000, { do: "wait" }],
    ["takes a Lease that was released at once", { ...lease, holder: "" }, undefined, 0, { do: "take", transitions: 4 }],
    [
      "renews its own, without a transition",
      { ...lease, holder: "me" },
      since(0),
      1e9,
      { do: "renew", transitions: 3 },
    ],
    [
      "waits as long as the holder said, not as long as itself would",
      { ...lease, durationMs: 60_000 },
      since(0),
      30_000,
      { do: "wait" },
    ],
  ])("%s", (_, found, last, nowMs, move) => {
    expect(decideNextMove("me", found, last, nowMs).move).toEqual(move);
  });

  it("remembers since when the Lease has been the same", () => {
    const first = decideNextMove("me", lease, undefined, 100).observed;
    expect(first).toEqual(since(100));
    expect(decideNextMove("me", lease, first, 200).observed).toEqual(since(100));
    expect(decideNextMove("me", { ...lease, version: "2" }, first, 200).observed).toEqual(since(200, "2"));
  });
});
