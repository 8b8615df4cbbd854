import { type DestinationStream, type Logger, pino } from "pino";

export type Log = Logger;

/** So much of what stderr does not take now is kept until it takes the next line; newer lines are lost. */
const maxKeptBytes = 2 ** 20;

/** JSON lines on stderr; stdout belongs to the line `ready`. */
export function createLog(level: string, destination: DestinationStream = standardError()): Log {
  return pino({ level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

/** Each line is written before the call returns: what is left for later, pino tries for ever to write when the process ends. */
function standardError(): DestinationStream {
  const destination = pino.destination({
    // A pipe or socket that is full answers at once from when node has its stream.
    dest: process.stderr.fd,
    sync: true,
    maxLength: maxKeptBytes,
    retryEAGAIN: () => false,
  });
  // There is nobody to tell that the log cannot be written, and it is no reason to end, or to wait.
  return destination.on("error", () => undefined);
}
