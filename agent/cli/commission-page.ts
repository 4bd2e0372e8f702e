// The technician confirms or corrects reads on a page: a laptop's browser at the end of a tunnel shows the pictures as they are.

import type { ApiClient } from '../api/index.ts';
import type { ReviewEnd, Session } from '../commission/index.ts';
import type { Language } from '../shared/languages.ts';
import type { Output } from './output.ts';
import { openPageKeys, tellAddress, tellViewers } from './page-shown.ts';

export interface ReviewShown {
  output: Output;
  api: Pick<ApiClient, 'picture'>;
  port: number | undefined;
  language: Language | undefined;
}

/** @throws {AnprError} `usage.port-taken`, `usage.port`, `commission.unwritable` */
export async function reviewOnPage(
  session: Session,
  { output, api, port, language }: ReviewShown,
): Promise<ReviewEnd> {
  const { openReview, startReviewPage } = await import('../commission/index.ts');
  const { camera, site, box } = session.state;
  const review = openReview(session);
  if (!review.question) return 'finished';
  const page = await startReviewPage({
    ...{ session, review, api, port, language, place: `${site}/${box}` },
    onViewers: tellViewers(output),
  });
  const keys = openPageKeys(output);
  tellAddress(
    ...([output, page, keys, `The plates of ${camera}`] as const),
    'It ends with the last answer, a quarter of an hour after the last viewer',
  );
  try {
    return await Promise.race([page.ended, keys.ended.then((): ReviewEnd => 'left')]);
  } finally {
    keys.close();
    await page.close();
  }
}
