/** Told of each file in an archive, in its order; reads it to its end before the next one comes. */
export type OnFile = (name: string, chunks: AsyncIterable<Uint8Array>) => Promise<void>;
