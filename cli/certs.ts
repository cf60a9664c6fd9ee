import { inject } from "./certs/inject.ts";
import { make } from "./certs/make.ts";
import { rotate } from "./certs/rotate.ts";
import { show } from "./certs/show.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./failure.ts";
import { suggest } from "./suggest.ts";

const subcommands = [make, rotate, inject, show] as const;

/** Serving certificates by hand: what replicas with tls.selfManaged do by themselves. */
export const certs: Command = {
  name: "certs",
  summary: "Makes, rotates, injects and shows serving certificates",
  operands: "COMMAND",
  options: {},
  details: `A gate with tls.selfManaged in its configuration does all of this by itself.

Example:
  assaygate certs make --service assaygate --namespace assaygate-system --out certificates/
  kubectl -n assaygate-system create secret tls assaygate-tls --cert=certificates/tls.crt --key=certificates/tls.key
  assaygate certs inject --webhook assaygate --ca certificates/ca-bundle.crt`,
  subcommands,
  async run([word]) {
    const known = subcommands.map(({ name }) => name);
    if (word === undefined) throw new UsageError(`certs needs a command: ${known.join(", ")}`);
    throw new UsageError(`unknown command certs ${word}: ${suggest(word, known)}`);
  },
};
