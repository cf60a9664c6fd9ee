/**
 * `npm run bench`: measures the gate against baselines in the same run, prints a table and keeps it in bench/results.md.
 * `--quick` for a look, with fewer rounds and digests; it keeps nothing.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureThroughApiServer } from "./api-server.ts";
import { measureColdBurst } from "./cold.ts";
import { measureHostile } from "./hostile.ts";
import { measureMemory } from "./memory.ts";
import { measureOwnWork, measureSignedWork } from "./own-work.ts";
import { measureTransfers } from "./push.ts";
import { measureStartup } from "./startup.ts";
import { measureThroughput } from "./throughput.ts";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const root = join(import.meta.dirname, "..");
const bundle = join(root, "dist", "assaygate.mjs");
execFileSync(process.execPath, [join(root, "scripts", "build.ts")], { stdio: "inherit" });

const { reviewBytes, bareRps, gateRps, ratio, bareP99Ms, gateP99Ms } = await measureThroughput(
  values.quick ? 1 : 5,
  bundle,
);
const { parseUs, judgeUs, recordUs } = await measureOwnWork();
const { signedUs, plainRounds, signedRounds } = await measureSignedWork();
const cold = await measureColdBurst(1_000);
const startupMs = await measureStartup(values.quick ? 3 : 7, bundle);
const seen = await measureThroughApiServer(bundle, values.quick ? 400 : 4_000, 4);
const transfers = await measureTransfers(
  bundle,
  (values.quick ? 256 : 2048) * 1024 ** 2,
  values.quick ? 500 : 2000,
  values.quick ? 1 : 5,
);
const hostile = await measureHostile(values.quick, bundle);
const memory = await measureMemory(values.quick ? 100_000 : 1_000_000);

type Row = [what: string, measured: string, wanted: string, met: boolean];
const rows: Row[] = [
  [
    `warm verdicts, throughput against a bare node:https handler (${reviewBytes} bytes, 16 connections)`,
    `${ratio.toFixed(2)}×  (${gateRps.toFixed(0)} against ${bareRps.toFixed(0)} a second)`,
    "≥ 0.70×, aim 0.80×",
    ratio >= 0.7,
  ],
  [
    "warm verdicts, p99 above the bare handler's",
    `${(gateP99Ms - bareP99Ms).toFixed(1)} ms  (${gateP99Ms.toFixed(1)} against ${bareP99Ms.toFixed(1)})`,
    "≤ 3 ms",
    gateP99Ms - bareP99Ms <= 3,
  ],
  [
    "a warm review's own work, from parsed body to answer, against parsing the body",
    `${(judgeUs / parseUs).toFixed(2)}×  (${judgeUs.toFixed(0)} µs against ${parseUs.toFixed(0)} µs)`,
    "about 60 µs in all",
    judgeUs <= 80,
  ],
  [
    "its decision record, from the decision to the line in the log, against parsing the body",
    `${(recordUs / parseUs).toFixed(2)}×  (${recordUs.toFixed(0)} µs against ${parseUs.toFixed(0)} µs)`,
    "≤ 1×",
    recordUs <= parseUs,
  ],
  [
    "a warm review's own work where the evidence must be signed, against where it need not",
    `${(signedUs / judgeUs).toFixed(2)}×  (${signedUs.toFixed(0)} µs against ${judgeUs.toFixed(0)} µs)`,
    "≤ 1.1×",
    signedUs <= judgeUs * 1.1,
  ],
  [
    "a cold review of signed evidence: answers of the registry one after the other, against unsigned",
    `${signedRounds} against ${plainRounds}`,
    "the list, the bundle's manifest and the bundle; the evaluation meanwhile",
    signedRounds <= 3,
  ],
  [
    `${cold.reviews} cold reviews at once of one digest: manifest requests`,
    `${cold.manifestRequests}  (${cold.admitted} admitted)`,
    "exactly 1",
    cold.manifestRequests === 1 && cold.admitted === cold.reviews,
  ],
  [
    `RSS after ${memory.digests.toLocaleString("en")} distinct digests, against after the first 50,000`,
    `${(memory.lateMiB / memory.earlyMiB).toFixed(2)}×  (${memory.lateMiB.toFixed(0)} against ${memory.earlyMiB.toFixed(0)} MiB; ${memory.entries} entries kept)`,
    "within 10 %",
    memory.lateMiB <= memory.earlyMiB * 1.1,
  ],
  ...transfers.map(({ what, ratio: against, oursMs, orasMs, oursRssMiB }): Row => [
    `${what}, time against oras; peak RSS`,
    `${against.toFixed(2)}×  (${(oursMs / 1000).toFixed(1)} against ${(orasMs / 1000).toFixed(1)} s); ${oursRssMiB.toFixed(0)} MiB`,
    "≤ 1.2×, ≤ 150 MiB",
    against <= 1.2 && oursRssMiB <= 150,
  ]),
  ["from process start to a green /readyz, bundled", `${startupMs.toFixed(0)} ms`, "below 1 s", startupMs < 1_000],
];

const notes =
  seen === undefined
    ? "Not measured through a real API server: its programs are missing here."
    : `Through a real kube-apiserver, ${seen.reviews} warm reviews, four at a time: ${seen.apiServerMs.toFixed(2)} ms on average by its own \`apiserver_admission_webhook_admission_duration_seconds\` (${(100 * seen.within5Ms).toFixed(1)} % within 5 ms), of which ${seen.gateMs.toFixed(2)} ms by the gate's \`assaygate_admission_duration_seconds\`. The rest is the API server's: its connection, its JSON.`;

const table = [
  "| what | measured | wanted | met |",
  "| --- | --- | --- | --- |",
  ...rows.map(([what, measured, wanted, met]) => `| ${what} | ${measured} | ${wanted} | ${met ? "yes" : "NO"} |`),
].join("\n");
const hostileTable = [
  "| what | measured | wanted | met |",
  "| --- | --- | --- | --- |",
  ...hostile.map(({ what, measured, wanted, met }) => `| ${what} | ${measured} | ${wanted} | ${met ? "yes" : "NO"} |`),
].join("\n");
const text = `# Bench\n\nMade by \`npm run bench\` with Node ${process.versions.node}. Ratios compare with a baseline in the same run on the same machine.\n\n${table}\n\n${notes}\n\n## Hostile\n\nWhat one who means harm, or one registry that is broken, does to everybody else. \`node bench/hostile.ts\` measures this alone.\n\n${hostileTable}\n`;
console.log(text);
if (!values.quick) writeFileSync(join(import.meta.dirname, "results.md"), text);
process.exitCode = rows.every(([, , , met]) => met) && hostile.every(({ met }) => met) ? 0 : 1;
