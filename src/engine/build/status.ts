import protobuf from "protobufjs";

/** What BuildKit tells of a build, piece by piece (`moby.buildkit.v1.StatusResponse`). */
export interface Status {
  readonly vertexes: readonly Vertex[];
  readonly logs: readonly VertexLog[];
}

/** A step. It is told of again each time something about it changes. */
export interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly cached: boolean;
  readonly started: boolean;
  readonly completed: boolean;
  /** Empty while nothing is wrong. */
  readonly error: string;
}

export interface VertexLog {
  /** Digest of the step that wrote it. */
  readonly vertex: string;
  readonly text: string;
}

/** The fields that are read, with the numbers BuildKit's control.proto gives them. */
const schema = protobuf.Root.fromJSON({
  nested: {
    Status: {
      fields: {
        vertexes: { rule: "repeated", type: "Vertex", id: 1 },
        logs: { rule: "repeated", type: "VertexLog", id: 3 },
      },
    },
    Vertex: {
      fields: {
        digest: { type: "string", id: 1 },
        name: { type: "string", id: 3 },
        cached: { type: "bool", id: 4 },
        started: { type: "bytes", id: 5 },
        completed: { type: "bytes", id: 6 },
        error: { type: "string", id: 7 },
      },
    },
    VertexLog: {
      fields: {
        vertex: { type: "string", id: 1 },
        msg: { type: "bytes", id: 4 },
      },
    },
  },
});
const statusType = schema.lookupType("Status");

interface Decoded {
  readonly vertexes?: readonly {
    readonly digest: string;
    readonly name?: string;
    readonly cached?: boolean;
    /** A timestamp, of which only its presence counts. */
    readonly started?: Uint8Array;
    readonly completed?: Uint8Array;
    readonly error?: string;
  }[];
  readonly logs?: readonly { readonly vertex: string; readonly msg?: Uint8Array }[];
}

/** @param aux of a line whose id is `moby.buildkit.trace`: base64 */
export function decodeStatus(aux: string): Status {
  const message = statusType.decode(Buffer.from(aux, "base64"));
  const { vertexes = [], logs = [] } = statusType.toObject(message) as Decoded;
  return {
    vertexes: vertexes.map(
      ({ digest, name = "", cached = false, started, completed, error = "" }) => ({
        digest,
        name,
        cached,
        started: started !== undefined,
        completed: completed !== undefined,
        error,
      }),
    ),
    logs: logs.map(({ vertex, msg }) => ({
      vertex,
      text: msg === undefined ? "" : Buffer.from(msg).toString("utf8"),
    })),
  };
}
