/** One thing that was verified, or not. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly said: string;
  /** False where it is only told: it was not asked to hold. */
  readonly verified?: false;
}
