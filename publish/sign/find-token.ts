import { request } from "../../registry/remote/network/undici.ts";
import * as z from "zod";
import { describeConnectionProblem, showStatus } from "../../registry/remote/failure.ts";
import { PublishError } from "../../registry/publish-error.ts";
import { isPrivateEnough } from "./services.ts";
import { SigningError } from "./signing-error.ts";

/** What is known of where a command runs. */
export interface TokenSurroundings {
  readonly env: NodeJS.ProcessEnv;
  /** The text of a file; undefined where there is none. Throws for one that cannot be read. */
  readFile(path: string): string | undefined;
}

/** Where a token comes from: known before anything is published, and asked when it is needed, for it may last a few minutes. */
export interface TokenProvider {
  /** For messages. */
  readonly from: string;
  /** The text, where it is at hand already. A file may hold a newer one later. */
  readonly text?: string | undefined;
  getText(signal: AbortSignal): Promise<string>;
}

/** Where cosign looks, too: https://docs.sigstore.dev/certificate_authority/oidc-in-fulcio/ */
const projectedToken = "/var/run/sigstore/cosign/oidc-token";

/** What Fulcio's public instance takes tokens for. */
const defaultAudience = "sigstore";

/**
 * Finds who can give a token: a file that is named, SIGSTORE_ID_TOKEN (which GitLab's `id_tokens` fills), GitHub's service for
 * workflows, or the token that Kubernetes projects into a pod. Throws PublishError, with what would make one be there.
 */
export function findTokenProvider(file: string | undefined, { env, readFile }: TokenSurroundings): TokenProvider {
  const fromFile = (path: string, from: string): TokenProvider => ({
    from,
    text: readFile(path),
    getText: () => Promise.resolve(readFile(path) ?? ""),
  });
  if (file !== undefined) {
    if (readFile(file) === undefined) throw new PublishError(`--identity-token ${file}: there is no such file`);
    return fromFile(file, `--identity-token ${file}`);
  }
  const text = env["SIGSTORE_ID_TOKEN"] ?? "";
  if (text !== "") return { from: "SIGSTORE_ID_TOKEN", text, getText: () => Promise.resolve(text) };
  const github = findGithub(env);
  if (github !== undefined) return github;
  if (readFile(projectedToken) !== undefined) return fromFile(projectedToken, projectedToken);
  throw new PublishError(`there is no identity token to sign with: ${advise(env)}`);
}

function advise(env: NodeJS.ProcessEnv): string {
  if (env["GITHUB_ACTIONS"] === "true") return "the workflow's job needs permissions: id-token: write";
  if (env["GITLAB_CI"] === "true") return `the job needs id_tokens: SIGSTORE_ID_TOKEN: aud: ${defaultAudience}`;
  return `set SIGSTORE_ID_TOKEN, name a file with --identity-token, run it in GitHub Actions or GitLab CI, or project a service account's token with the audience ${defaultAudience} to ${projectedToken}. Or sign with a key`;
}

/** https://docs.github.com/actions/reference/security/oidc */
function findGithub(env: NodeJS.ProcessEnv): TokenProvider | undefined {
  const address = env["ACTIONS_ID_TOKEN_REQUEST_URL"] ?? "";
  const bearer = env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] ?? "";
  if (address === "" || bearer === "") return undefined;
  const url = URL.parse(address);
  if (url === null || !isPrivateEnough(url))
    throw new PublishError("ACTIONS_ID_TOKEN_REQUEST_URL is not an address that begins with https://");
  url.searchParams.set("audience", defaultAudience);
  return { from: "GitHub Actions", getText: (signal) => askGithub(url, bearer, signal) };
}

const githubAnswer = z.object({ value: z.string().min(1) });
const maxAnswerBytes = 256 * 1024;

async function askGithub(url: URL, bearer: string, signal: AbortSignal): Promise<string> {
  const about = `GitHub's service for identity tokens, ${url.host}`;
  try {
    const headers = { accept: "application/json", authorization: `Bearer ${bearer}`, "user-agent": "assaygate" };
    const response = await request(url, { headers, signal, headersTimeout: 15_000, bodyTimeout: 15_000 });
    const text = await readText(response.body);
    if (response.statusCode !== 200)
      throw new SigningError(
        response.statusCode >= 500 ? "unavailable" : "refused",
        `${about}, answered ${showStatus(response.statusCode)}: does the job have permissions: id-token: write?`,
      );
    const answer = parse(text);
    if (answer === undefined) throw new SigningError("unavailable", `${about}, did not answer with a token`);
    return answer.value;
  } catch (cause) {
    if (cause instanceof SigningError) throw cause;
    const problem = signal.aborted ? "no answer in time" : describeConnectionProblem(cause);
    throw new SigningError("unavailable", `${about}: ${problem}`, { cause });
  }
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > maxAnswerBytes) return "";
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parse(text: string): z.infer<typeof githubAnswer> | undefined {
  try {
    return githubAnswer.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
