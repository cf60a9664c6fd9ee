/**
 * `npm run demo`: the gate as one process (`demo/reviews.ts`). `npm run demo -- --cluster`: the gate in a Kubernetes cluster
 * with a real node (`demo/cluster.ts`).
 */
const isCluster = process.argv.includes("--cluster");
await (isCluster ? import("./demo/cluster.ts") : import("./demo/reviews.ts"));
