import { install } from "../fake-host";

const asked = new URLSearchParams(location.search);
install({
  language: asked.get("lang") === "en" ? "en" : "ja",
  seed: { queue: 5, held: true, unknown: true, drafts: 3 },
});
