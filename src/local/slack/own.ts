import type { IncomingMessage } from "node:http";

/**
 * Whether a request comes from this machine and from no foreign web page: the name it was sent to is this machine's (a page whose
 * domain suddenly points here still names its domain), and where a browser says which page asks, it is this one. Of a picture, a
 * script or a stream that a foreign page asks for, a browser names no origin, but says that it is foreign; a link to the page is
 * nobody's harm.
 */
export function isOwn(request: IncomingMessage, port: number): boolean {
  const allowed = [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
  const { host, origin } = request.headers;
  if (host === undefined || !allowed.includes(host)) return false;
  if (origin !== undefined) return allowed.some((one) => origin === `http://${one}`);
  const { "sec-fetch-site": from = "none", "sec-fetch-dest": what } = request.headers;
  return from === "same-origin" || from === "none" || (request.method === "GET" && what === "document");
}
