/** Seconds. A database may have much to write; a day would keep all deploys of the server waiting. */
const longest = 600;

/** The grace, in seconds, that a container gets which asks for this much; Docker takes less than 0 for no end. */
export function boundedGrace(seconds: number): number {
  return seconds < 0 || seconds > longest ? longest : seconds;
}
