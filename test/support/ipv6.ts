import { existsSync } from "node:fs";
import { networkInterfaces } from "node:os";

/** False where the kernel has no IPv6: then nothing can listen on `::`. */
export const knowsIpv6 = existsSync("/proc/net/if_inet6");

/** Loopback in each family that this machine has; it may know IPv6 and still have no address of it. */
export const loopbacks = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ address }) => address === "127.0.0.1" || address === "::1")
  .map(({ address }) => address);
