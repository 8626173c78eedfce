const ANSWER_LIMIT_MS = 60_000;

/** The interface's answer to a GET.
 * @throws Error with any other answer than 200 */
export async function read<T>(httpUrl: string, path: string): Promise<T> {
  const response = await fetch(httpUrl + path, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
  const text = await response.text();
  if (response.status === 200) return JSON.parse(text);
  throw new Error(`GET ${path} is answered ${response.status} ${text}`);
}
