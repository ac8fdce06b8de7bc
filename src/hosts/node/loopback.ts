import type { IncomingMessage } from "node:http";

/**
 * Whether a request was made on this very machine: by the socket's remote address, which no header can forge. Headers
 * only ever take away: a request that a proxy passed on, or that a web page sent to a name of its own that leads here
 * (DNS rebinding), does not count.
 */
export function isFromLoopback(incoming: Pick<IncomingMessage, "socket" | "headers">): boolean {
  const { socket, headers } = incoming;
  if (!isLoopbackAddress(socket.remoteAddress ?? "")) return false;
  if (headers.forwarded !== undefined || headers["x-forwarded-for"] !== undefined) return false;
  return headers.host === undefined || isLoopbackName(headers.host);
}

function isLoopbackAddress(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
}

function isLoopbackName(host: string): boolean {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return name === "localhost" || name === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(name);
}
