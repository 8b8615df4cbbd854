/** BuildKit ends its reading here, and the build with it; the message is a sentence for people. */
export class Unread extends Error {}
