/**
 * How long a client of the webhook's port may take, in milliseconds: for the handshake, for a request's head, for all of a
 * request, and between two requests. They are looked at every second: by default Node looks every thirty, and whoever
 * sends nothing would stay for as much longer.
 *
 * The API server keeps idle connections for 90 s; closing earlier than that breaks a review now and then.
 * https://nodejs.org/api/http.html#httpcreateserveroptions-requestlistener
 */
export const clientTimes = {
  handshakeTimeout: 15_000,
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 95_000,
  connectionsCheckingInterval: 1_000,
} as const;
