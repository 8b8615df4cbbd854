/** A shorter value could stand in any line by chance, and hides nothing. */
const shortest = 4;

/** Puts `***` where a line shows one of the secrets, or a line of one. */
export function createMask(secrets: Readonly<Record<string, string>>): (line: string) => string {
  const parts = Object.values(secrets)
    .flatMap((value) => [[value], value.split(/\r?\n/)])
    .flat()
    .filter((part) => part.length >= shortest)
    .sort((one, other) => other.length - one.length);
  return (line) => parts.reduce((masked, part) => masked.replaceAll(part, "***"), line);
}
