/** nginx didn't take a configuration; what it said, in its own words. */
export class Refused extends Error {
  readonly lines: readonly string[];

  constructor(message: string, lines: readonly string[]) {
    super(message);
    this.name = "Refused";
    this.lines = lines;
  }
}
