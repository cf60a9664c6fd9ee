/** The HTTP client, apart: it is half as large as all of our own code, and most commands do without. */
export { Agent, buildConnector, Client, Dispatcher, request } from "undici";
