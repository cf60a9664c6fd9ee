import type { Command } from "./command.ts";
import { UsageError } from "./failure.ts";
import { verify } from "./mlflow/verify.ts";
import { suggest } from "./suggest.ts";

const subcommands = [verify] as const;

/** The link between the runs of an MLflow server and the artifacts that hold their results. */
export const mlflow: Command = {
  name: "mlflow",
  summary: "Follows the link between an MLflow run and its artifact",
  operands: "COMMAND",
  options: {},
  details: `Example:
  assaygate mlflow verify 0a1b2c3d4e5f60718293a4b5c6d7e8f9 --mlflow-uri https://mlflow.example.com`,
  subcommands,
  async run([word]) {
    const known = subcommands.map(({ name }) => name);
    if (word === undefined) throw new UsageError(`mlflow needs a command: ${known.join(", ")}`);
    throw new UsageError(`unknown command mlflow ${word}: ${suggest(word, known)}`);
  },
};
