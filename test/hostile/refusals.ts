import { noSuchApp, notAllowed } from "../../src/errors.ts";

/*
 * What counts as a refusal is one of Goku's own sentences for want of a right, word by word: that something broke, or that
 * a stub knew no answer, is none.
 */

/** The sentence of a failure in an answer: of the API, of octo, of git's doors or of a hook. Null where nothing failed. */
export function sentenceIn(answer: string): string | null {
  const inFrame = answer.split("\n").flatMap(messageOf)[0];
  return inFrame ?? /^\|? ! {5}(.*)$/m.exec(answer)?.[1] ?? null;
}

/** What somebody is told who may not use a verb about an app, or who may not know of it. */
export function refusals(who: string, verb: string, app: string): string[] {
  return [
    noSuchApp(app, null),
    notAllowed(who, `${verb} ${app}`),
    notAllowed(who, `use ${verb}, which is for admins`),
  ].map(({ message }) => message);
}

function messageOf(line: string): string[] {
  if (!line.startsWith('{"error":')) {
    return [];
  }
  const frame: { error: { message: string } } = JSON.parse(line);
  return [frame.error.message];
}
