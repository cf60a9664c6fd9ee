import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { requirePath } from "../../../scripts/components/locate.ts";

/** What a person at a terminal would have. */
export interface KubectlResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KubectlOptions {
  /** Acts as this user, such as `jane` or `system:serviceaccount:default:builder`. Default: the admin. */
  readonly as?: string;
  readonly groups?: readonly string[];
  readonly stdin?: string;
}

/** Told of each command as a person would type it, and of the first line that it printed. */
export type Recorder = (command: string, firstLine: string) => void;

const timeoutMs = 60_000;

/** Runs kubectl and waits for its end. Rejects only when it cannot be run. */
export async function runKubectl(
  kubeconfig: string,
  home: string,
  args: readonly string[],
  { as, groups = [], stdin = "" }: KubectlOptions,
  record?: Recorder,
): Promise<KubectlResult> {
  const impersonation = [...(as === undefined ? [] : [`--as=${as}`]), ...groups.map((group) => `--as-group=${group}`)];
  const all = [...args, ...impersonation];
  const child = spawn(requirePath("kubectl"), all, {
    env: { PATH: process.env["PATH"], GOGC: process.env["GOGC"], HOME: home, KUBECONFIG: kubeconfig },
    timeout: timeoutMs,
  });
  const status = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  // kubectl may end without having read its input; that shows in its status.
  child.stdin.on("error", () => undefined);
  child.stdin.end(stdin);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const result = { status: await status, stdout, stderr };
  record?.(`kubectl ${all.map(quote).join(" ")}`, firstLine(result));
  return result;
}

/** On a terminal, what goes to standard error comes first: warnings before the result. */
function firstLine({ stdout, stderr }: KubectlResult): string {
  return `${stderr}${stdout}`.trimStart().split("\n")[0] ?? "";
}

function quote(argument: string): string {
  return /^[\w./:=@,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}
