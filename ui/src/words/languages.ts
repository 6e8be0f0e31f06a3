// Every language that has a code of two letters (ISO 639-1), by its own name.
const CODES =
  "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu zh-Hans zh-Hant pt-BR";

export interface Named {
  code: string;
  name: string;
}

/** Those that were meant for this page first, then by their names. */
export function languages(first: readonly string[]): Named[] {
  const all = CODES.split(" ").map((code) => ({ code, name: nameOf(code) }));
  const rank = ({ code }: Named) => (first.includes(code) ? first.indexOf(code) : first.length);
  return all.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

function nameOf(code: string): string {
  try {
    return new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}
