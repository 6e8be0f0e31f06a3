/** Wide and narrow, large and small letters mean the same. */
const plain = (text: string) => text.normalize("NFKC").toLowerCase();

export function has(query: string, ...texts: string[]): boolean {
  const wanted = plain(query).trim();
  return wanted === "" || texts.some((text) => plain(text).includes(wanted));
}
