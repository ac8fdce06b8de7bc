import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { MillraceError } from "../../errors/millrace-error.ts";

/** Binds the server's port. Rejects with `configuration-invalid` where that cannot be; resolves with the URL. */
export async function listen(server: Server, port: number, host: string | undefined): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(explain(error, port, host));
    server.once("error", fail);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off("error", fail);
      resolve();
    });
  });
  // A server that listens on a port has an address of this shape.
  const address = server.address() as AddressInfo;
  const everywhere = address.address === "::" || address.address === "0.0.0.0";
  const name = everywhere
    ? "localhost"
    : address.family === "IPv6"
      ? `[${address.address}]`
      : address.address;
  return `http://${name}:${address.port}`;
}

function explain(cause: NodeJS.ErrnoException, port: number, host: string | undefined): unknown {
  const at = host === undefined ? `Port ${port}` : `Port ${port} of ${host}`;
  const message =
    cause.code === "EADDRINUSE"
      ? `${at} is in use by another process. Stop that one, or set PORT to another (0 takes a free one).`
      : cause.code === "EACCES"
        ? `${at} may not be taken by this user. Set PORT to one above 1023.`
        : cause.code === "EADDRNOTAVAIL" || cause.code === "ENOTFOUND"
          ? `${host} is no address of this machine. Set HOST to one that is.`
          : undefined;
  return message === undefined ? cause : new MillraceError("configuration-invalid", message, { cause });
}
