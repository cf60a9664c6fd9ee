import { showLine, show } from "../../policies/show.ts";
import type { Difference } from "../../records/replay/compare.ts";
import type { Cause, ReplayStep } from "../../records/replay/replay.ts";
import { gateVersion } from "../../runtime/version.ts";
import type { Paint } from "../paint.ts";
import type { RecordReplay } from "./replay-record.ts";

const marks = { same: "✔", differs: "✖", unknown: "?", "not-judged": "–" } as const;
const colours = { same: "green", differs: "red", unknown: "yellow", "not-judged": "dim" } as const;

/** One record for a person: what it says, what it comes to, and what differs under its cause. */
export function toReplayReport(replayed: RecordReplay, paint: Paint): string[] {
  const { object, state, time, steps, problems, file, at } = replayed;
  const place = object.namespace === "" ? show(object.name) : `${show(object.namespace)}/${show(object.name)}`;
  const head = paint(colours[state], `${marks[state]} ${show(object.kind)} ${place}`);
  return [
    `${head} ${sayState(replayed)} (${file}:${at}, ${time})`,
    ...steps.flatMap((step) => describeStep(step, replayed)),
    ...problems.map((problem) => `  ${paint("yellow", state === "not-judged" ? "–" : "?")} ${showLine(problem)}`),
  ];
}

function sayState({ state, recorded, replayed }: RecordReplay): string {
  switch (state) {
    case "same":
      return `${recorded}, and so it is again`;
    case "differs":
      return recorded === replayed
        ? `${recorded}, and now for other reasons`
        : `${recorded}, and now ${replayed ?? "unknown"}`;
    case "unknown":
      return `${recorded}, and not decided again in full`;
    case "not-judged":
      return `${recorded}, without being judged`;
  }
}

const causes: Readonly<Record<Exclude<Cause, "record">, string>> = {
  evidence: "the evidence is not what it was",
  signatures: "the signatures, or who is trusted, are not what they were",
  policies: "the policies are not those of the time",
  time: "it is judged at another time",
};

function describeStep({ cause, changes, differences }: ReplayStep, replayed: RecordReplay): string[] {
  return [
    `  ${cause === "record" ? sayOfRecord(replayed) : causes[cause]}${differences.length === 0 ? ", which changes nothing" : ""}`,
    ...changes.map((change) => `    ${sayDifference(change)}`),
    ...differences.map((difference) => `    → ${sayDifference(difference)}`),
  ];
}

function sayOfRecord({ gateVersion: writer }: RecordReplay): string {
  return writer === gateVersion
    ? "the record does not come to what it says: it was changed"
    : `another version of the gate wrote the record (${show(writer)}, this is ${gateVersion})`;
}

function sayDifference({ where, field, before, after }: Difference): string {
  return showLine(`${where === "" ? "" : `${where}: `}${field} was ${sayValue(before)}, is ${sayValue(after)}`);
}

function sayValue(value: string | undefined): string {
  return value === undefined || value === "" ? "none" : value;
}

/** `3 replayed: 2 the same, 1 differs`. */
export function showReplayTotal(replays: readonly RecordReplay[]): string {
  const count = (wanted: RecordReplay["state"]): number => replays.filter(({ state }) => state === wanted).length;
  const parts = [
    `${count("same")} the same`,
    `${count("differs")} different`,
    ...(count("unknown") === 0 ? [] : [`${count("unknown")} not decided again in full`]),
    ...(count("not-judged") === 0 ? [] : [`${count("not-judged")} without being judged`]),
  ];
  return `${replays.length} replayed: ${parts.join(", ")}`;
}
