import { isIP } from "node:net";
import { badProject } from "../../errors.ts";
import { isDomain, mostDomains } from "../../route.ts";
import { quote } from "../bad-line.ts";
import { plain } from "./dollars.ts";
import type { ComposeModel } from "./model.ts";
import { adviceFor } from "./nearest-service.ts";

/** Where HTTP goes, as the file's author says it. */
export interface Target {
  readonly service: string;
  /** Null where the author leaves it to the service's own ports. */
  readonly port: number | null;
}

export interface DomainTarget {
  readonly domain: string;
  readonly target: Target;
}

/** What `x-goku` says. */
export interface Extension {
  /** False for a project without HTTP, null where nothing is said. */
  readonly web: Target | false | null;
  readonly routes: readonly DomainTarget[];
  readonly release: { readonly service: string | null; readonly command: string } | null;
  /** Ports of the server that lead to a routed port stay published. */
  readonly publish: boolean;
  /** Services to replace in place although they could run twice for a moment. */
  readonly inPlace: readonly string[];
}

const knownKeys = ["web", "routes", "release", "publish", "in_place"];

/** @throws badProject for an unknown key, a value of another kind, a service that is not in the file */
export function readExtension(model: ComposeModel, file: string): Extension {
  const services = Object.keys(model.services);
  const read = new ExtensionReader(file, services);
  const values = read.map("x-goku", model["x-goku"]);
  read.onlyKeys("x-goku", values, knownKeys);
  return {
    web: read.web(values["web"]),
    routes: read.routes(values["routes"]),
    release: read.release(values["release"]),
    publish: read.flag("x-goku: publish", values["publish"], false),
    inPlace: read.inPlace(values["in_place"]),
  };
}

/**
 * Notes on pgo's `x-pgo`.
 * @throws badProject for a key that pgo does not know either
 */
export function readPgoExtension(model: ComposeModel, file: string): string[] {
  const read = new ExtensionReader(file, []);
  const values = read.map("x-pgo", model["x-pgo"]);
  read.onlyKeys("x-pgo", values, ["reload"]);
  const reload = read.flag("x-pgo: reload", values["reload"], true);
  return reload ? [] : ["x-pgo: {reload: false} counts for repositories that are polled."];
}

class ExtensionReader {
  readonly #file: string;
  readonly #services: readonly string[];

  constructor(file: string, services: readonly string[]) {
    this.#file = file;
    this.#services = services;
  }

  map(where: string, value: unknown, example = "{web: web:8080}"): Record<string, unknown> {
    if (value === undefined || value === null) {
      return {};
    }
    if (typeof value !== "object" || Array.isArray(value)) {
      throw this.#bad(`${where} is not a map`, `Write it as in: ${where}: ${example}`);
    }
    return { ...value };
  }

  onlyKeys(where: string, values: Record<string, unknown>, known: readonly string[]): void {
    const unknown = Object.keys(values).find((key) => !known.includes(key));
    if (unknown !== undefined) {
      throw this.#bad(
        `${where} has no key ${quote(plain(unknown))}`,
        `Its keys are: ${known.join(", ")}.`,
      );
    }
  }

  flag(where: string, value: unknown, otherwise: boolean): boolean {
    if (value === undefined || value === null) {
      return otherwise;
    }
    if (typeof value !== "boolean") {
      throw this.#bad(`${where} is neither true nor false`, "Write true or false, without quotes.");
    }
    return value;
  }

  web(value: unknown): Extension["web"] {
    return value === undefined || value === null
      ? null
      : value === false
        ? false
        : this.#target("x-goku: web", value);
  }

  routes(value: unknown): DomainTarget[] {
    const where = "x-goku: routes";
    const entries = Object.entries(this.map(where, value, '{"www.example.org": "web:8080"}'));
    if (entries.length > mostDomains) {
      throw this.#bad(
        `${where} has ${entries.length} domains, and an app can have ${mostDomains}`,
        "A wildcard stands for all names below a domain: *.example.org",
      );
    }
    const routes = entries.map(([key, target]) => {
      const domain = plain(key).toLowerCase().replace(/\.$/, "");
      if (!isDomain(domain) || isIP(domain) !== 0) {
        throw this.#bad(
          `${where} names ${quote(plain(key))}, which is no domain`,
          'Write a domain without scheme, port and path, as in: {"www.example.org": "web:8080"}',
        );
      }
      return { domain, target: this.#target(`${where}: ${domain}`, target) };
    });
    const twice = routes.find(
      ({ domain }, index) => routes.findIndex((other) => other.domain === domain) !== index,
    );
    if (twice !== undefined) {
      throw this.#bad(`${where} names ${twice.domain} twice`, "Take one of the two out.");
    }
    return routes;
  }

  release(value: unknown): Extension["release"] {
    if (value === undefined || value === null) {
      return null;
    }
    if (typeof value === "string") {
      return { service: null, command: this.#command(value) };
    }
    const where = "x-goku: release";
    const values = this.map(where, value, "{service: web, command: ./migrate}");
    this.onlyKeys(where, values, ["service", "command"]);
    const { service, command } = values;
    return {
      service: service === undefined || service === null ? null : this.#service(where, service),
      command: this.#command(command),
    };
  }

  inPlace(value: unknown): string[] {
    const where = "x-goku: in_place";
    if (value === undefined || value === null) {
      return [];
    }
    if (!Array.isArray(value)) {
      throw this.#bad(`${where} is not a list of services`, `Write it as in: in_place: [worker]`);
    }
    return value.map((service: unknown) => this.#service(where, service));
  }

  #command(value: unknown): string {
    if (typeof value !== "string" || value.trim() === "") {
      throw this.#bad(
        "x-goku: release has no command",
        "Write it as in: release: ./migrate, or: release: {service: web, command: ./migrate}",
      );
    }
    return plain(value);
  }

  #target(where: string, value: unknown): Target {
    const [, service, digits] =
      typeof value === "string" ? (/^([^:\s]+)(?::(\d{1,5}))?$/.exec(plain(value)) ?? []) : [];
    const port = digits === undefined ? null : Number(digits);
    if (service === undefined || (port !== null && (port < 1 || port > 65_535))) {
      const given = typeof value === "string" ? quote(plain(value)) : "what it names";
      throw this.#bad(
        `${where}: ${given} is not a service and its port`,
        'Write it as in: "web:8080", or "web" where the service has one port.',
      );
    }
    return { service: this.#service(where, service), port };
  }

  #service(where: string, value: unknown): string {
    if (typeof value === "string" && this.#services.includes(value)) {
      return value;
    }
    const name = typeof value === "string" ? plain(value) : "";
    throw this.#bad(
      `${where} names the service ${quote(name)}, and there is none of that name`,
      adviceFor(name, this.#services),
    );
  }

  #bad(problem: string, fix: string) {
    return badProject(`${this.#file}: ${problem}.`, fix);
  }
}
