import { badProject } from "../../errors.ts";
import { maxReplicas } from "../../project/compose/services.ts";

/** How many containers each service should run in. */
export interface Scale {
  /** Of a Dockerfile app, or of the service that serves a project's hosts; null where nobody has said. */
  readonly main: number | null;
  /** Of services by name. */
  readonly services: Readonly<Record<string, number>>;
}

/**
 * The config var CONTAINERS: `3`, or for services of a project `worker=2`, or both: `3 worker=2`.
 * @param app for the hint
 * @throws badProject
 */
export function readScale(text: string | undefined, app = "APP"): Scale {
  const words = (text ?? "").split(/[\s,]+/).filter((word) => word !== "");
  const services = new Map<string, number>();
  let main: number | null = null;
  for (const word of words) {
    const [, service, count = ""] = /^(?:([A-Za-z0-9._-]+)=)?(\d+)$/.exec(word) ?? [];
    const scale = Number(count);
    const isTwice = service === undefined ? main !== null : services.has(service);
    if (count === "" || scale < 1 || scale > maxReplicas || isTwice) {
      throw badProject(
        `CONTAINERS is "${(text ?? "").slice(0, 80)}", and must be a whole number from 1 to ${maxReplicas}, or such numbers by service.`,
        `Set it right: octo scale ${app}=2, or octo scale ${app} worker=2. To take it off the air: octo stop ${app}`,
      );
    }
    if (service === undefined) {
      main = scale;
    } else {
      services.set(service, scale);
    }
  }
  return { main, services: Object.fromEntries(services) };
}

export function writeScale({ main, services }: Scale): string {
  const named = Object.entries(services)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([service, count]) => `${service}=${count}`);
  return [...(main === null ? [] : [String(main)]), ...named].join(" ");
}
