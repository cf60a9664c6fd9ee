import { certs } from "./certs.ts";
import { check } from "./check.ts";
import type { Command } from "./command.ts";
import { explain } from "./explain.ts";
import { inspect } from "./inspect.ts";
import { lint } from "./lint.ts";
import { mlflow } from "./mlflow.ts";
import { pull } from "./pull.ts";
import { push } from "./push.ts";
import { registryProxy } from "./registry-proxy.ts";
import { serve } from "./serve.ts";
import { test } from "./test.ts";
import { trustedRoot } from "./trusted-root.ts";
import { verify } from "./verify.ts";
import { version } from "./version.ts";

/** Every command that works, in the order of the help. */
export const commands: readonly Command[] = [
  serve,
  check,
  lint,
  test,
  explain,
  push,
  pull,
  inspect,
  verify,
  mlflow,
  registryProxy,
  trustedRoot,
  certs,
  version,
];
