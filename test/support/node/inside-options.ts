import { join } from "node:path";
import * as z from "zod";

/** What the process inside the namespaces is told. */
export const insideOptions = z.object({
  /** Of the run; the same path inside and outside. */
  folder: z.string(),
  nodes: z.union([z.literal(1), z.literal(2)]),
  /** Archives of the images that every node has. */
  images: z.array(z.string()),
});
export type InsideOptions = z.infer<typeof insideOptions>;

/** What it says when its nodes are ready. The URL is one inside. */
export const ready = z.object({ url: z.string(), ca: z.string(), kubeconfig: z.string(), auditLog: z.string() });
export type Ready = z.infer<typeof ready>;

/** Where it says so. */
export const readyFile = (folder: string): string => join(folder, "ready.json");

/** The API server, for processes outside. A socket in the file system can be reached from any network namespace. */
export const socketFile = (folder: string): string => join(folder, "api-server.sock");
