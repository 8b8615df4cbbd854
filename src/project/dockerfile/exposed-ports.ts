import { badLine, quote } from "../bad-line.ts";
import { expand, type Expanded } from "./expand.ts";
import type { Instruction } from "./instructions.ts";
import { dockerfileName } from "../project-files.ts";
import { declare, type Variables } from "./scope.ts";
import { lineage, type Stage } from "./stages.ts";

/** A TCP port of an EXPOSE line; of a range the first. */
export interface ExposedPort {
  readonly port: number;
  /** As the Dockerfile has it: `3000`, `3000-3002`. */
  readonly text: string;
}

/**
 * TCP ports that a stage exposes, in the order of its lines, and after them those of the stages it
 * inherits from. UDP and SCTP cannot be HTTP and are left out.
 * @throws badProject for a port that is none, or whose variables have no value
 */
export function exposedPorts(final: Stage, variables: Variables): ExposedPort[] {
  const scope = new Map<string, Expanded>();
  const perStage = lineage(final)
    .toReversed()
    .map((stage) =>
      stage.instructions.flatMap((instruction) => {
        declare(instruction, scope, variables);
        return instruction.keyword === "EXPOSE"
          ? portsOf(instruction, expand(instruction.text, scope, variables.escape))
          : [];
      }),
    );
  const seen = new Set<number>();
  return perStage
    .toReversed()
    .flat()
    .filter(({ port }) => !seen.has(port) && seen.add(port));
}

function portsOf({ line, text }: Instruction, { value, problem }: Expanded): ExposedPort[] {
  if (problem !== null) {
    throw badLine(
      dockerfileName,
      line,
      `The port ${quote(text)} is not known: ${problem}.`,
      "Give the variable a default in the same stage, as in: ARG PORT=8080",
    );
  }
  const words = value.split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) {
    throw notAPort(line, text);
  }
  return words.flatMap((word) => portOf(line, word) ?? []);
}

/** Docker also takes an address and a host port before the container's, and does nothing with them. */
const exposePattern =
  /^(?:.*:)?(?<first>\d{1,5})(?:-(?<last>\d{1,5}))?(?:\/(?<protocol>[a-z]*))?$/i;

function portOf(line: number, word: string): ExposedPort | null {
  const { first, last, protocol = "" } = exposePattern.exec(word)?.groups ?? {};
  const port = Number(first);
  const end = last === undefined ? port : Number(last);
  const known = ["", "tcp", "udp", "sctp"].includes(protocol.toLowerCase());
  if (first === undefined || !known || port < 1 || end > 65_535 || end < port) {
    throw notAPort(line, word);
  }
  if (protocol !== "" && protocol.toLowerCase() !== "tcp") {
    return null;
  }
  return { port, text: end === port ? String(port) : `${port}-${end}` };
}

function notAPort(line: number, text: string) {
  return badLine(
    dockerfileName,
    line,
    `${quote(text)} is not a port.`,
    "Write the port the app listens on, as in: EXPOSE 8080",
  );
}
