import { isIP } from "node:net";
import { isAbsolute, normalize } from "node:path";
import { isDomain } from "../route.ts";
import { Problem, text } from "./schemas.ts";

/** Linux: sockaddr_un has room for 108 bytes, the last of them zero. */
const longestSocketPath = 107;
const socketName = "/goku.sock";

export const folder = text((value) => {
  const path = normalize(value).replace(/(?<=.)\/$/, "");
  if (!isAbsolute(value) || path === "/" || /[\p{Cc}"'$;{}]/u.test(value)) {
    const problem = `"${value}" is not the absolute path of a folder that Goku can have for itself`;
    return new Problem(problem, "Write it as /var/lib/goku.");
  }
  if (Buffer.byteLength(path + socketName) > longestSocketPath) {
    const most = longestSocketPath - socketName.length;
    return new Problem(`"${value}" is too long for a socket in it`, `Use at most ${most} bytes.`);
  }
  return path;
});

/** As a path, or as Docker writes it in DOCKER_HOST. */
export const socket = text((value) => {
  const path = value.replace(/^unix:\/\//, "");
  if (!isAbsolute(path) || Buffer.byteLength(path) > longestSocketPath) {
    const problem = `"${value}" is not the path of a socket`;
    return new Problem(problem, "Write it as unix:///var/run/docker.sock.");
  }
  return path;
});

/** A label of a domain name. */
export const label = text((value) =>
  /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(value)
    ? value
    : new Problem(
        `"${value}" cannot begin a name in Docker`,
        "Use lower-case letters, digits and dashes, at most 63, no dash at either end.",
      ),
);

const longestLabel = "a".repeat(63);

/** Suffix of app host names: one label (`localhost`) will do. */
export const domain = text((value) => {
  const name = value.toLowerCase().replace(/\.$/, "");
  if (isIP(name) !== 0) {
    const fix = `Names below an address resolve as ${name.replaceAll(":", "-")}.sslip.io.`;
    return new Problem(`"${value}" is an address, and nothing resolves below one`, fix);
  }
  return isDomain(`${longestLabel}.${name}`) && !name.startsWith("*")
    ? name
    : new Problem(
        `"${value}" is not a domain that app names can stand before`,
        "Write it as apps.example.org.",
      );
});

/** Folders of Consul's key-value store. */
export const keyPrefix = text((value) =>
  /^[\w.-]+(?:\/[\w.-]+)*$/.test(value)
    ? value
    : new Problem(
        `"${value}" is not a path of keys`,
        "Write it as goku or servers/goku, with no slash at either end.",
      ),
);

/** `host[:port][/path]`, as the name of an image begins. */
export const registry = text((value) => {
  const pattern =
    /^(?<host>[a-z0-9][a-z0-9.-]*|\[[0-9a-f:]+\])(?<port>:\d{1,5})?(?:\/[a-z0-9._-]+)*$/;
  const { host = "", port } = pattern.exec(value)?.groups ?? {};
  const named = host.includes(".") || host.startsWith("[") || host === "localhost";
  return named || port !== undefined
    ? value
    : new Problem(
        "it is not the name of a registry",
        "Write it as registry.example.org or 127.0.0.1:5000/team, without http:// and without a password (docker login keeps that).",
      );
});
