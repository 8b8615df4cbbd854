/** What may stand behind `key =`: a text in quotes, or a number. */
const value = String.raw`("(?:[^"\\]|\\.)*"|'[^']*'|[^\s#]+)`;

/**
 * The text of a goku.toml with these settings in it; everything else stays, comments included. A setting is written
 * where it is, else where its default is shown behind a #, else at the end.
 * @param {string} text
 * @param {Record<string, string>} given
 * @returns {string}
 */
export function mergeSettings(text, given) {
  return Object.entries(given).reduce((merged, [key, wanted]) => {
    const written = JSON.stringify(wanted);
    const live = new RegExp(String.raw`^([ \t]*${key}[ \t]*=[ \t]*)${value}`, "m");
    if (live.test(merged)) {
      return merged.replace(live, (_, start) => start + written);
    }
    const line = `${key} = ${written}`;
    const shown = new RegExp(String.raw`^#[ \t]*${key}[ \t]*=.*$`, "m");
    if (shown.test(merged)) {
      return merged.replace(shown, () => line);
    }
    return `${merged}${merged === "" || merged.endsWith("\n") ? "" : "\n"}${line}\n`;
  }, text);
}
