/**
 * `npm run bench`: measures the gate against baselines in the same run, prints a table and keeps it in bench/results.md.
 * `--quick` for a look, with fewer rounds and digests; it keeps nothing.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureThroughApiServer } from "./api-server.ts";
import { measureAudit } from "./process/audit.ts";
import { measureBesideCosign } from "./beside-cosign.ts";
import { measureBesideAudit, type AuditedFigures } from "./beside/audit.ts";
import { show } from "./beside/show.ts";
import { measureStarts } from "./beside/start.ts";
import { bareHandler, buildGate } from "./beside/subject.ts";
import { fewObjects, manyObjects, measureWarm } from "./beside/warm.ts";
import { measureColdBurst, measureColdResults } from "./cold.ts";
import { measureHostile } from "./hostile.ts";
import { median } from "./median.ts";
import { measureMemory } from "./memory.ts";
import { measureOwnWork, measureSignedWork } from "./own-work.ts";
import { measureTransfers } from "./process/push.ts";
import { measureStartup } from "./startup.ts";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const root = join(import.meta.dirname, "..");
const subject = await buildGate("gate", root);
const bundle = subject.file;

const pace = { rounds: values.quick ? 2 : 7, seconds: values.quick ? 2 : 5, paced: subject.name };
const anew = await measureBeside(manyObjects);
const again = await measureBeside(fewObjects);
const { bare, warm } = anew;
const [starts] = await measureStarts([subject], values.quick ? 3 : 9);
if (starts === undefined) throw new Error("nothing was started");
const { parseUs, judgeUs, recordUs } = await measureOwnWork();
const { signedUs, plainRounds, signedRounds } = await measureSignedWork();
const cold = await measureColdBurst(1_000);
const results = await measureColdResults(values.quick ? 10 : 150);
const startupMs = await measureStartup(values.quick ? 3 : 7, bundle);
const seen = await measureThroughApiServer(bundle, values.quick ? 400 : 4_000, 4);
const looking = await measureBesideAudit({
  bundle,
  rounds: values.quick ? 2 : 7,
  seconds: 5,
  workloads: 500,
  objectsPerSecond: 10,
});
const transfers = await measureTransfers(
  bundle,
  (values.quick ? 256 : 2048) * 1024 ** 2,
  values.quick ? 500 : 2000,
  values.quick ? 1 : 5,
);
const beside = await measureBesideCosign(bundle, values.quick ? 3 : 15);
const hostile = await measureHostile(values.quick, bundle);
const audited = await measureAudit(bundle, values.quick ? 1_000 : 5_000);
const memory = await measureMemory(values.quick ? 100_000 : 1_000_000);

async function measureBeside(objects: number) {
  const [baseline, own] = await measureWarm([bareHandler, subject], { ...pace, objects });
  if (baseline === undefined || own === undefined) throw new Error("nothing was measured");
  const ofBare = own.rounds.map(({ perSecond }, at) => perSecond / (baseline.rounds[at]?.perSecond ?? Number.NaN));
  return { bare: baseline, warm: own, ofBare };
}

type Row = [what: string, measured: string, wanted: string, met: boolean];

function toRow({ perSecond, objectsPerSecond, besideP99Ms, aloneP99Ms }: AuditedFigures): Row {
  const against = median(besideP99Ms) / median(aloneP99Ms);
  return [
    `p99 of ${perSecond.toFixed(0)} warm reviews a second while the gate audits ${objectsPerSecond} objects a second, against without`,
    `${against.toFixed(2)}×  (${show(besideP99Ms, 1)} against ${show(aloneP99Ms, 1)} ms)`,
    "≤ 1.2×",
    against <= 1.2,
  ];
}

const rows: Row[] = [
  [
    "warm signed reviews of objects that are read anew, against a bare node:https handler, each on one core",
    `${show(anew.ofBare, 2)}×`,
    "≥ 0.65×, aim 0.75×",
    median(anew.ofBare) >= 0.65,
  ],
  [
    "the same of objects that are shown again",
    `${show(again.ofBare, 2)}×`,
    "≥ 0.92×; only what was read is remembered, no verdict",
    median(again.ofBare) >= 0.92,
  ],
  [
    "p99 of those in an open loop at half of the gate's capacity, against the bare handler's at the same rate",
    `${(median(warm.openP99Ms) / median(bare.openP99Ms)).toFixed(2)}×  (${show(warm.openP99Ms, 1)} against ${show(bare.openP99Ms, 1)} ms)`,
    "≤ 1.5×",
    median(warm.openP99Ms) <= 1.5 * median(bare.openP99Ms),
  ],
  [
    "a warm review's own work, of an object that is shown again, from parsed body to answer, against parsing the body",
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
    `cold reviews of ${(results.bytes / 1024).toFixed(0)} KiB of lm-evaluation-harness, against as much of EvalHub's`,
    `${(results.evaluatorMs / results.evalhubMs).toFixed(2)}×  (${results.evaluatorMs.toFixed(1)} against ${results.evalhubMs.toFixed(1)} ms)`,
    "≤ 1.2×",
    results.evaluatorMs <= 1.2 * results.evalhubMs,
  ],
  [
    `held after ${memory.digests.toLocaleString("en")} distinct digests, against after the first 50,000`,
    `${(memory.heldLateMiB / memory.heldEarlyMiB).toFixed(2)}×  (${memory.heldLateMiB.toFixed(1)} against ${memory.heldEarlyMiB.toFixed(1)} MiB; ${memory.entries} entries kept)`,
    "within 10 %",
    memory.heldLateMiB <= memory.heldEarlyMiB * 1.1,
  ],
  [
    "the highest RSS from the first 150,000 of them on, against then",
    `${(memory.rssHighestMiB / memory.rssEarlyMiB).toFixed(2)}×  (${memory.rssHighestMiB.toFixed(0)} against ${memory.rssEarlyMiB.toFixed(0)} MiB)`,
    "within 10 %",
    memory.rssHighestMiB <= memory.rssEarlyMiB * 1.1,
  ],
  ...transfers.map(({ what, ratio: against, oursMs, orasMs, oursRssMiB }): Row => [
    `${what}, time against oras; peak RSS`,
    `${against.toFixed(2)}×  (${(oursMs / 1000).toFixed(1)} against ${(orasMs / 1000).toFixed(1)} s); ${oursRssMiB.toFixed(0)} MiB`,
    "≤ 1.2×, ≤ 150 MiB",
    against <= 1.2 && oursRssMiB <= 150,
  ]),
  [
    "assaygate check over a layout, a signature verified and a Deployment judged, against cosign verify --key on the same",
    `${beside.ratio.toFixed(2)}×  (${beside.checkMs.toFixed(0)} against ${beside.cosignMs.toFixed(0)} ms)`,
    "≤ 1.50×",
    beside.ratio <= 1.5,
  ],
  [
    `assaygate audit of ${audited.workloads} workloads that share ${audited.artifacts} artifacts: requests of the registry; peak RSS`,
    `${audited.requests}; ${audited.rssMiB.toFixed(0)} MiB`,
    "about one for each artifact; ≤ 150 MiB",
    audited.requests <= audited.artifacts * 1.1 && audited.rssMiB <= 150,
  ],
  [
    "its time, start and all, against the same objects as warm reviews",
    `${(audited.auditMs / audited.reviewsMs).toFixed(2)}×  (${(audited.auditMs / 1000).toFixed(1)} against ${(audited.reviewsMs / 1000).toFixed(1)} s)`,
    "≤ 1.5×",
    audited.auditMs <= 1.5 * audited.reviewsMs,
  ],
  ...(looking === undefined ? [] : [toRow(looking)]),
  ["from process start to a green /readyz, bundled", `${startupMs.toFixed(0)} ms`, "below 1 s", startupMs < 1_000],
];

const micros = (rounds: readonly { reviewUs: number }[]): string =>
  show(
    rounds.map(({ reviewUs }) => reviewUs),
    0,
  );
const idle = starts.idle.map(({ anonymousMiB }) => anonymousMiB);
const costs = `A warm signed review takes ${micros(warm.rounds)} µs of processor time, one of an object that is shown again ${micros(again.warm.rounds)}, where the bare handler takes ${micros(bare.rounds)}. A start takes ${show(starts.readyProcessorMs, 0)} ms of it. Memory that no file stands behind: ${show(idle, 0)} MiB idle, ${warm.loaded.anonymousMiB.toFixed(0)} MiB after all these reviews (RSS ${warm.loaded.rssMiB.toFixed(0)} MiB). \`node bench/beside.ts --against FOLDER\` measures the gate of another checkout in the same rounds.`;

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
const text = `# Bench\n\nMade by \`npm run bench\` with Node ${process.versions.node}. Ratios compare with a baseline in the same run on the same machine.\n\n${table}\n\n${costs}\n\n${notes}\n\n## Hostile\n\nWhat one who means harm, or one registry that is broken, does to everybody else. \`node bench/hostile.ts\` measures this alone.\n\n${hostileTable}\n`;
console.log(text);
if (!values.quick) writeFileSync(join(import.meta.dirname, "results.md"), text);
process.exitCode = rows.every(([, , , met]) => met) && hostile.every(({ met }) => met) ? 0 : 1;
