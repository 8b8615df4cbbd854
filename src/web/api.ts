import { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { type Request as HttpRequest, Router } from "express";
import type { Parts } from "../deploy/parts.ts";
import { lineReport } from "../deploy/report.ts";
import { cancelled, type GokuError, isGokuError, noSuchVerb, usage } from "../errors.ts";
import type { RunIo } from "../ports.ts";
import { Answer } from "./answer.ts";
import { authorize } from "./authorize.ts";
import { asGokuError } from "./failure.ts";
import { type Holder, identityOf } from "./identity.ts";
import { readInput, readInputThenStdin } from "./input.ts";
import { nearest } from "../nearest.ts";
import { OpenCalls } from "./open-calls.ts";
import type { Call, Verb, VerbContext } from "./verb.ts";
import { inputThenStdinType, inputType } from "./wire.ts";

/** `POST /api/VERB` for every verb; who asks has been settled before. */
export function apiRoutes(
  parts: Parts,
  verbs: readonly Verb[],
  keysChanged: () => Promise<void>,
): Router {
  const byName = new Map(verbs.map((verb) => [verb.name, verb]));
  const calls = new OpenCalls();
  const router = Router();
  router.post("/api/:verb", async (http: HttpRequest<{ verb: string }>, response) => {
    const answer = new Answer(response);
    const name = http.params.verb;
    const identity = identityOf(http);
    const signal = calls.begin(identity, response);
    try {
      const verb = byName.get(name);
      if (verb === undefined) {
        throw noSuchVerb(name, nearest(name, [...byName.keys()]));
      }
      const { input, stdin } = await readBody(http, verb);
      signal.throwIfAborted();
      const call = verb.read(input);
      authorize(parts, identity, call);
      const io = stdin === null ? null : streamsOf(stdin, answer);
      if (io !== null) {
        answer.keepLooking();
      }
      const { name: by, rights } = identity;
      const request = { by, byAdmin: rights.admin, report: reportTo(answer), signal };
      const line = (text: string) => answer.send({ line: text });
      const shutOut = (holder: Holder, holderName: string, reason: GokuError) =>
        calls.shutOut(holder, holderName, reason, signal);
      const context = { parts, identity, request, line, io, keysChanged, shutOut };
      const result = await runRecorded(call, context);
      if (call.event !== null) {
        await sync(parts, name);
      }
      if (io !== null) {
        await Promise.all([flushed(io.stdout), flushed(io.stderr)]);
      }
      answer.finish(result);
    } catch (error) {
      const isGone = isAbort(error, signal) || error === http.errored;
      const seen = isGone ? cancelled("whoever asked has gone") : error;
      answer.fail(asGokuError(wasShutOut(signal) ?? seen, parts.log, name));
    }
  });
  return router;
}

/** A type that no form of a browser can send keeps other sites from using a browser's stored credentials. */
async function readBody(
  http: HttpRequest,
  verb: Verb,
): Promise<{ input: unknown; stdin: RunIo["stdin"] }> {
  const type = verb.duplex ? inputThenStdinType : inputType;
  if (http.is(type) === false) {
    throw usage(`${verb.name} takes a body of the type ${type}.`);
  }
  return verb.duplex ? readInputThenStdin(http) : { input: await readInput(http), stdin: null };
}

/** Who did what, also when it failed: it may have got half-way. */
async function runRecorded(call: Call, context: VerbContext): Promise<unknown> {
  const { parts, identity } = context;
  const app = call.app === null ? null : (parts.store.apps.find(call.app)?.id ?? call.app);
  const record = (ending: string) => {
    if (call.event !== null) {
      const detail = `${call.event}${ending}`;
      parts.store.events.add({ app, who: identity.name, what: call.verb, detail });
    }
  };
  try {
    const result = await call.run(context);
    record("");
    return result;
  } catch (error) {
    record(` (${isGokuError(error) ? error.code : "internal"})`);
    throw error;
  }
}

/** What was changed outlives a power cut before anybody is told that it was. @throws notOnDisk */
async function sync({ log, store }: Parts, verb: string): Promise<void> {
  try {
    await store.sync();
  } catch (error) {
    log.error({ err: error, verb }, "the disk does not confirm a change");
    throw error;
  }
}

function reportTo(answer: Answer) {
  // Progress is a few lines a second at most: nothing waits for a client that reads slowly.
  return lineReport((text) => void answer.send({ line: text }));
}

/** Why the call could not go on, where its key or token has been removed meanwhile. */
function wasShutOut({ reason }: AbortSignal): GokuError | null {
  return isGokuError(reason) ? reason : null;
}

/** A wait that ended because nobody waits for it is no bug. */
function isAbort(error: unknown, signal: AbortSignal): boolean {
  return (
    signal.aborted &&
    (error === signal.reason || (error instanceof Error && error.name === "AbortError"))
  );
}

function streamsOf(stdin: RunIo["stdin"], answer: Answer): RunIo {
  return {
    stdin,
    stdout: base64Writer((out) => answer.send({ out })),
    stderr: base64Writer((err) => answer.send({ err })),
  };
}

/** What was written waits its turn while the client is slow; nothing may overtake it. */
async function flushed(stream: Writable): Promise<void> {
  if (!stream.writableEnded) {
    stream.end();
  }
  if (!stream.writableFinished) {
    await finished(stream);
  }
}

function base64Writer(send: (text: string) => Promise<void>): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      void callAfter(send(chunk.toString("base64")), done);
    },
  });
}

async function callAfter(sent: Promise<void>, done: () => void): Promise<void> {
  await sent;
  done();
}
