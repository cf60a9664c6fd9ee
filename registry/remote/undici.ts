/** What registries are asked with, apart, so that it is loaded when one is first asked: the library is large. */
export { Agent, buildConnector } from "undici";
