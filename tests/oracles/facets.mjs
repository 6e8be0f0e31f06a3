// Lines of JSON strings come in; for each a line goes out with what Bluesky's own library takes for a link, a tag or a
// mention: [[from, to, kind, value], …], in UTF-8 bytes, in order.
import { createInterface } from "node:readline";
import { RichText } from "@atproto/api";

const kind = (feature) => feature.$type.split("#")[1];
const value = (feature) => feature.uri ?? feature.tag ?? feature.did;
const lines = [];
for await (const line of createInterface({ input: process.stdin })) {
  const text = new RichText({ text: JSON.parse(line) });
  text.detectFacetsWithoutResolution();
  const facets = (text.facets ?? []).flatMap(({ index, features }) =>
    features.map((feature) => [index.byteStart, index.byteEnd, kind(feature), value(feature)]),
  );
  facets.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  lines.push(JSON.stringify(facets));
}
process.stdout.write(`${lines.join("\n")}\n`);
