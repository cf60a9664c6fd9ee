/** Waits for a state, by asking for it again and again; the limit is far beyond what it takes. */
export async function eventually(holds: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (performance.now() < endMs) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`did not come about within ${limitMs} ms: ${holds.toString()}`);
}
