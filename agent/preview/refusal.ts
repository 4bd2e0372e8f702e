// The page for who is not let in: it says why and what to do, and nothing of what there is.

export function refusalPage(reason: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Preview: not shown</title>
<h1>This preview is not shown</h1>
<p>${reason.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)}</p>
<p>Each address that <code>anpr preview</code> prints works once, in one browser. For another one press Enter in its
terminal, or run it again.</p>
</html>
`;
}
