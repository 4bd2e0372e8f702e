// The page for who is not let in: it says why and what to do, and nothing of what there is.

/**
 * @param title what the page is called: "Preview"
 * @param help how to get in, HTML
 */
export function refusalPage({ title, help }: { title: string; help: string }, reason: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}: not shown</title>
<h1>This page is not shown</h1>
<p>${reason.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)}</p>
<p>${help}</p>
</html>
`;
}
