/** Waits for a state, by asking for it again and again; the limit is far beyond what it takes. */
export async function expectSoon(holds: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 25_000;
  while (performance.now() < endMs) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("did not come about within 25 s");
}
