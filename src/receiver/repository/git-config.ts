/** Faults of old commits that harm nobody; whoever has them in a history cannot mend them. */
const harmlessFaults = [
  "badDate",
  "badDateOverflow",
  "badEmail",
  "badName",
  "badTimezone",
  "missingEmail",
  "missingNameBeforeEmail",
  "missingSpaceBeforeDate",
  "missingSpaceBeforeEmail",
  "multipleAuthors",
  "zeroPaddedDate",
  "zeroPaddedFilemode",
];

/**
 * Text of the configuration that all repositories include. What git would refuse after the `update` hook has deployed
 * is allowed here or refused before; objects that could leave their folder when a tree is unpacked are refused at the door.
 * @param hooks absolute path of the folder of hooks
 */
export function gitConfig(hooks: string): string {
  const lines = [
    "# Written by Goku at every start; changes are lost.",
    "[core]",
    `\thooksPath = ${quote(hooks)}`,
    "[receive]",
    "\tdenyDeleteCurrent = ignore",
    "\tdenyDeletes = false",
    "\tdenyNonFastForwards = false",
    "\tshallowUpdate = true",
    // One deploy cannot be taken back because another failed, so `--atomic` is refused by git at the start.
    "\tadvertiseAtomic = false",
    "\tautogc = false",
    "\tfsckObjects = true",
    '[receive "fsck"]',
    ...harmlessFaults.map((fault) => `\t${fault} = ignore`),
    "[gc]",
    "\tauto = 0",
  ];
  return `${lines.join("\n")}\n`;
}

function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/**
 * Wins over the tree's own .gitattributes: every file is deployed, and as it is. What an archive holds is what Goku read, of which
 * another encoding would make something else. A `-working-tree-encoding` is a value that git takes for a mistake.
 */
export const attributes =
  "* -export-ignore -export-subst -text -ident -filter !working-tree-encoding\n";
