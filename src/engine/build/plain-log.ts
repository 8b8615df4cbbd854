import type { Status, Vertex } from "./status.ts";

const numbered = /^#(\d+) (.*)$/;
const output = /^\d+\.\d+ (.*)$/;
const ending = /^(DONE|CACHED|CANCELED|ERROR)(?::? (.*))?$/;
/** Progress of downloads and the like, told under a step's number. */
const progress =
  /^(?:sha256:|extracting |transferring |resolve |writing |naming |exporting |preparing |unpacking )/;

/** Reads the lines of `docker buildx build --progress=plain` into what the API would have told. */
export function createPlainReader() {
  const known = new Map<string, Vertex>();

  function tell(digest: string, change: Partial<Vertex>): Status {
    const fresh = { name: "", cached: false, started: true, completed: false, error: "" };
    const vertex = { ...fresh, ...known.get(digest), ...change, digest };
    known.set(digest, vertex);
    return { vertexes: [vertex], logs: [] };
  }

  /** Null for a line that belongs to no step. */
  return function read(line: string): Status | null {
    const [, digest, text] = numbered.exec(line) ?? [];
    if (digest === undefined || text === undefined) {
      return null;
    }
    const step = known.get(digest);
    const [, end, detail = ""] = ending.exec(text) ?? [];
    if (end !== undefined && step !== undefined) {
      const error = end === "ERROR" ? detail : end === "CANCELED" ? "context canceled" : "";
      return tell(digest, { completed: true, cached: end === "CACHED", error });
    }
    const [, said] = output.exec(text) ?? [];
    if (said !== undefined && step !== undefined) {
      return { vertexes: [], logs: [{ vertex: digest, text: `${said}\n` }] };
    }
    if (progress.test(text) && step !== undefined) {
      return null;
    }
    return step === undefined ? tell(digest, { name: text }) : null;
  };
}
