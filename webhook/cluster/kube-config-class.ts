/** The one class of its library that reads kubeconfigs, by itself: so that the bundle leaves out the hundreds that nobody uses. */
export { KubeConfig } from "@kubernetes/client-node";
