import { readNetwork } from "../../config/network.ts";
import { followLink, followModelLink } from "../../mlflow/follow-link.ts";
import type { LinkFinding } from "../../mlflow/link-finding.ts";
import { isModelId } from "../../mlflow/logged-model.ts";
import { createSource } from "../../config/sources.ts";
import type { Command } from "../command.ts";
import { configOption } from "../config.ts";
import { UsageError } from "../failure.ts";
import { outputOption, parseFormat, printAs } from "../format.ts";
import { exit, type ExitCode } from "../io.ts";
import { parseOptions } from "../options.ts";
import { createPainter, type Paint } from "../paint.ts";
import { accessOptionsForAll, readAccess } from "../registry-access.ts";
import { parseDuration } from "../values.ts";
import { connect, mlflowOption, parseRunId } from "./connect.ts";

const options = {
  "mlflow-uri": mlflowOption,
  ...accessOptionsForAll,
  config: configOption,
  timeout: { type: "string", value: "DURATION", help: "time limit; default 30s" },
  output: outputOption,
} as const;

/** Whether a run, or a logged model, and its artifact name each other. */
export const verify: Command = {
  name: "verify",
  summary: "Follows the link from an MLflow run to its artifact and back",
  operands: "RUN|MODEL",
  options,
  details: `RUN is the run's id. Its tags assaygate.oci.reference and assaygate.oci.digest must name an artifact that is in its registry,
and the artifact's annotation dev.assaygate.mlflow.run the same run. An artifact of EvalHub's own that has no such
annotation must be of the run's job. MODEL is a logged model's id, m- and 32 digits: its tags are the same, and the run that
the artifact names must have made or measured the model. MLFLOW_WORKSPACE names the workspace that is asked. Signs in with
MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or with MLFLOW_TRACKING_TOKEN, and to the registry as \`docker login\`
did, or as --config says. Exits with 1 when a part is missing, changed or gone, with 3 when MLflow or the registry gives no
answer. Layers are not read: \`assaygate verify\` does that.

Example:
  assaygate mlflow verify 0a1b2c3d4e5f60718293a4b5c6d7e8f9 --mlflow-uri https://mlflow.example.com`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    const format = parseFormat(values.output);
    const [text, ...more] = positionals;
    if (text === undefined || more.length > 0) throw new UsageError("mlflow verify takes one RUN or MODEL");
    const isModel = isModelId(text);
    const id = isModel ? text : parseRunId(text);
    const timeoutMs = parseDuration("--timeout", values.timeout ?? "30s");
    const config = readAccess(values, undefined, io);
    await using client = connect(values["mlflow-uri"], readNetwork(config, io.env), io);
    const source = createSource(config, io.env);
    try {
      const follow = isModel ? followModelLink : followLink;
      const findings = await follow(client, source, id, AbortSignal.timeout(timeoutMs));
      const paint = createPainter(io);
      printAs(format, io, isModel ? { model: id, findings } : { run: id, findings }, () =>
        findings.map((finding) => toLine(finding, paint)),
      );
      return toExitCode(findings);
    } finally {
      await source.close();
    }
  },
};

/** What was disproved stays disproved, whatever else could not be looked at. */
function toExitCode(findings: readonly LinkFinding[]): ExitCode {
  const states = findings.map(({ state }) => state);
  if (states.some((state) => state !== "ok" && state !== "unknown")) return exit.rejected;
  return states.includes("unknown") ? exit.couldNotLook : exit.ok;
}

function toLine({ part, state, said }: LinkFinding, paint: Paint): string {
  switch (state) {
    case "ok":
      return `${paint("green", "✔")} ${part}: ${said}`;
    case "missing":
    case "changed":
    case "gone":
      return `${paint("red", "✖")} ${part}: ${state}: ${said}`;
    case "unknown":
      return `${paint("red", "?")} ${part}: could not look: ${said}`;
  }
}
