import { setFlagsFromString } from "node:v8";

/*
 * Loaded before anything else: V8 keeps the heap small from the beginning, instead of letting up to 50 MB of garbage
 * lie until it needs the room. A daemon that mostly waits gains nothing by that room, and starting git costs the
 * more, the more memory it has.
 */
setFlagsFromString("--optimize-for-size");
