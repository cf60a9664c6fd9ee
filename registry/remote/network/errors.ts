import { getErrorCode } from "../../../runtime/error-code.ts";

/** The address that would have been connected to is one that this host may not have. */
export class AddressRefused extends Error {
  override readonly name = "AddressRefused";
}

/** The proxy did not do what it was asked for. */
export class ProxyFailure extends Error {
  override readonly name = "ProxyFailure";
  /** What it answered; undefined where it gave no answer, and then the cause says why. */
  readonly status: number | undefined;
  /** That of the cause, so that what may pass is tried again. */
  readonly code: string | undefined;

  constructor(status: number | undefined, cause?: unknown) {
    super(status === undefined ? "the proxy gave no answer" : `the proxy answered ${status}`, { cause });
    this.status = status;
    this.code = toFinalCode(getErrorCode(cause));
  }
}

/** undici connects again, without end, where the code of what a connector throws is one of its own for a broken socket. */
function toFinalCode(code: string | undefined): string | undefined {
  return code === "UND_ERR_SOCKET" || code === "UND_ERR_INFO" ? "ECONNRESET" : code;
}
