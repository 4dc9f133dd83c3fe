/**
 * Asks again and again until the answer is right.
 *
 * @param withinMs the last question that counts is asked so long after the first
 * @throws when it is not in time
 */
export async function soon<Answer>(
  ask: () => Promise<Answer>,
  isRight: (answer: Answer) => boolean,
  withinMs: number,
): Promise<Answer> {
  const startedAt = performance.now();
  for (;;) {
    const asked = performance.now() - startedAt;
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (asked > withinMs) throw new Error(`not within ${withinMs} ms: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
