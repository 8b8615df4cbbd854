import { BlockList, isIP, isIPv4 } from "node:net";
import { Problem, text } from "./schemas.ts";
import type { Listen } from "./settings.ts";

/** `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `:8080` (every IPv4 address), `[::]:8080` (every address of both kinds). */
export const listen = text((value): Listen | Problem => {
  const { host = "", port = "" } = /^(?<host>.*):(?<port>\d{1,5})$/.exec(value)?.groups ?? {};
  const address = addressOf(host);
  const number = Number(port);
  if (address === null || number < 1 || number > 65_535) {
    const fix = /^\d+$/.test(value) ? `:${value}` : "0.0.0.0:80, [::1]:80 or :80";
    const problem = `"${value}" is not an address of this machine and a port`;
    return new Problem(problem, `Write it as ${fix}.`);
  }
  return { host: address, port: number };
});

function addressOf(host: string): string | null {
  if (host === "") {
    return "0.0.0.0";
  }
  if (host === "localhost") {
    return "127.0.0.1";
  }
  const bracketed = /^\[(.+)\]$/.exec(host)?.[1];
  if (bracketed !== undefined) {
    return isIP(bracketed) === 6 ? bracketed : null;
  }
  return isIPv4(host) ? host : null;
}

/** True when both cannot listen at the same time. */
export function clash(one: Listen, other: Listen): boolean {
  const everywhere = (host: string) => host === "0.0.0.0" || host === "::";
  const sameHost = one.host === other.host || everywhere(one.host) || everywhere(other.host);
  return one.port === other.port && sameHost;
}

const privateNetworks = new BlockList();
privateNetworks.addSubnet("10.0.0.0", 8);
privateNetworks.addSubnet("172.16.0.0", 12);
privateNetworks.addSubnet("192.168.0.0", 16);

const widest = 16;
const narrowest = 22;

/** A private IPv4 network of a size that the routed network can be cut from. */
export const subnet = text((value) => {
  const { address = "", bits = "" } =
    /^(?<address>[\d.]+)\/(?<bits>\d{1,2})$/.exec(value)?.groups ?? {};
  const prefix = Number(bits);
  if (!isIPv4(address) || prefix < widest || prefix > narrowest) {
    const problem = `"${value}" is not an IPv4 network between /${widest} and /${narrowest}`;
    return new Problem(problem, "Write it as 10.213.0.0/16.");
  }
  if (!privateNetworks.check(address)) {
    const problem = `"${value}" is not private: machines of the Internet have its addresses`;
    return new Problem(problem, "Take one of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.");
  }
  const network = `${firstAddress(address, prefix)}/${prefix}`;
  return network === value
    ? value
    : new Problem(`"${value}" is an address inside a network`, `The network is ${network}.`);
});

function firstAddress(address: string, prefix: number): string {
  const number = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - prefix);
  const first = number - (number % size);
  return [24, 16, 8, 0].map((shift) => (first >>> shift) & 255).join(".");
}

/** `http://127.0.0.1:8500`; a user or password in it would reach logs. The value is not shown: it may hold one. */
export const serverUrl = text((value) => {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url !== null && (url.username !== "" || url.password !== "")) {
    const fix = "Take it out of the address; a token belongs in consul_token (GOKU_CONSUL_TOKEN).";
    return new Problem("it holds a user or a password", fix);
  }
  const web = url?.protocol === "http:" || url?.protocol === "https:";
  return url !== null && web && `${url.pathname}${url.search}${url.hash}` === "/"
    ? url.origin
    : new Problem("it is not the address of a server", "Write it as http://127.0.0.1:8500.");
});
