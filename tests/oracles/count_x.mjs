// Lines of JSON strings come in; for each, what X's own library counts goes out.
import { createInterface } from "node:readline";
import twitter from "twitter-text";

const counts = [];
for await (const line of createInterface({ input: process.stdin })) {
  counts.push(twitter.parseTweet(JSON.parse(line)).weightedLength);
}
process.stdout.write(`${counts.join("\n")}\n`);
