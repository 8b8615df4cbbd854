import type { ZodType } from "zod";
import type { Parts, Request } from "../deploy/parts.ts";
import { type GokuError, usage } from "../errors.ts";
import type { RunIo } from "../ports.ts";
import type { Holder, Identity } from "./identity.ts";
import { wrongInput } from "./wrong-input.ts";

export type Right = "admin" | "deploy" | "read" | "anyone";

/** What a verb works with while it runs. */
export interface VerbContext {
  readonly parts: Parts;
  readonly identity: Identity;
  /** Its signal aborts when the client goes away. */
  readonly request: Request;
  /** Sends a line of output and waits until the client keeps up. */
  readonly line: (text: string) => Promise<void>;
  /** Standard streams of the client, for verbs with `duplex`. */
  readonly io: RunIo | null;
  /** Brings authorized_keys in line with the store. */
  readonly keysChanged: () => Promise<void>;
  /** Ends for this reason the other calls of a key or token that is gone. */
  readonly shutOut: (holder: Holder, name: string, reason: GokuError) => void;
}

export interface VerbDefinition<Input> {
  /** As people type it after `octo`. */
  readonly name: string;
  /** Needed for the app that the input names. Where it names none, `read` and `deploy` mean that `run` tells of nothing else. */
  readonly right: Right;
  /** What of this input only admins may do, as it goes on after `may not`; null where it asks for no such thing. */
  readonly forAdmins?: (input: Input) => string | null;
  readonly input: ZodType<Input>;
  /** Name or id of the app that the input is about; null for none. */
  readonly app?: (input: Input) => string | null;
  /** The app may be one that is yet to be pushed. */
  readonly absent?: true;
  /** The client's standard input follows the input, and its output streams back. */
  readonly duplex?: true;
  /** The verb changes something: what the event says of it, without secrets. */
  readonly event?: (input: Input) => string;
  /** @returns what `octo --json` prints */
  run(context: VerbContext, input: Input): Promise<unknown>;
}

/** A verb whose input is still to be read. */
export interface Verb {
  readonly name: string;
  readonly duplex: boolean;
  /** What `read` takes. */
  readonly input: ZodType;
  /** @throws usage */
  read(input: unknown): Call;
}

/** A verb with its input. */
export interface Call {
  readonly verb: string;
  readonly right: Right;
  /** What of it only admins may do, as it goes on after `may not`; null for nothing. */
  readonly forAdmins: string | null;
  readonly app: string | null;
  readonly absent: boolean;
  readonly event: string | null;
  run(context: VerbContext): Promise<unknown>;
}

export function verb<Input>(definition: VerbDefinition<Input>): Verb {
  const { name, right, forAdmins, app, event } = definition;
  return {
    name,
    duplex: definition.duplex ?? false,
    input: definition.input,
    read: (raw) => {
      const input = readInput(name, definition.input, raw);
      return {
        verb: name,
        right,
        forAdmins: right === "admin" ? `use ${name}` : (forAdmins?.(input) ?? null),
        app: app === undefined ? null : app(input),
        absent: definition.absent ?? false,
        event: event === undefined ? null : event(input),
        run: (context) => definition.run(context, input),
      };
    },
  };
}

function readInput<Input>(name: string, schema: ZodType<Input>, raw: unknown): Input {
  const read = schema.safeParse(raw, { error: wrongInput(name) });
  if (read.success) {
    return read.data;
  }
  const [issue] = read.error.issues;
  throw usage(issue?.message ?? `${name} does not take this.`, `See: octo ${name} --help`);
}
