import { type DestinationStream, type Logger, pino } from "pino";

export type Log = Logger;

/** So much of what a full disk refuses is kept until it takes it; newer lines are lost. */
const maxKeptBytes = 2 ** 20;

/** JSON lines on stderr; stdout belongs to the line `ready`. */
export function createLog(level: string, destination: DestinationStream = standardError()): Log {
  return pino({ level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

/** Each line is written before the call returns: what is left for later, pino tries for ever to write when the process ends. */
function standardError(): DestinationStream {
  const destination = pino.destination({ dest: 2, sync: true, maxLength: maxKeptBytes });
  // There is nobody to tell that the log cannot be written, and it is no reason to end.
  return destination.on("error", () => undefined);
}
