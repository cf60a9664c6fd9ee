/**
 * The gate beside a bare handler and, with `--against FOLDER`, beside the gate of another checkout, in the same rounds, each held
 * to one core: `node bench/beside.ts`. Prints medians and ranges.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { show } from "./beside/show.ts";
import { measureStarts } from "./beside/start.ts";
import { bareHandler, buildGate } from "./beside/subject.ts";
import { manyObjects, measureWarm } from "./beside/warm.ts";

const { values } = parseArgs({
  options: {
    against: { type: "string" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "5" },
    // `start` or `warm`; both where it is left out.
    only: { type: "string" },
    objects: { type: "string", default: String(manyObjects) },
  },
});
const rounds = Number(values.rounds);
const gate = await buildGate("gate", join(import.meta.dirname, ".."));
const others = values.against === undefined ? [] : [await buildGate("other", values.against)];

if (values.only !== "warm") {
  const starts = await measureStarts([gate, ...others], rounds * 2);
  console.table(
    starts.map(({ name, readyProcessorMs, idle }) => ({
      name,
      "start, ms of processor": show(readyProcessorMs, 0),
      "idle RSS, MiB": show(
        idle.map(({ rssMiB }) => rssMiB),
        0,
      ),
      "idle anonymous, MiB": show(
        idle.map(({ anonymousMiB }) => anonymousMiB),
        0,
      ),
    })),
  );
}
if (values.only !== "start") {
  const subjects = [bareHandler, gate, ...others];
  const warm = await measureWarm(subjects, {
    rounds,
    seconds: Number(values.seconds),
    paced: gate.name,
    objects: Number(values.objects),
  });
  const bare = warm[0]?.rounds ?? [];
  console.table(
    warm.map(({ name, rounds: own, openP99Ms, loaded }) => ({
      name,
      "of bare": show(
        own.map(({ perSecond }, at) => perSecond / (bare[at]?.perSecond ?? Number.NaN)),
        2,
      ),
      "a second": show(
        own.map(({ perSecond }) => perSecond),
        0,
      ),
      "µs a review": show(
        own.map(({ reviewUs }) => reviewUs),
        0,
      ),
      "p99 at half, ms": show(openP99Ms, 1),
      "RSS, MiB": loaded.rssMiB.toFixed(0),
      "anonymous, MiB": loaded.anonymousMiB.toFixed(0),
    })),
  );
}
