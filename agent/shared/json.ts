// JSON that somebody else wrote: a message from the network, a line of a file that was brought.

/** What it says; undefined: it is no JSON. What it may say, a schema tells. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
