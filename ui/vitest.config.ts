import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { messages } from "./vite.config.ts";

// Times in the tests are Tokyo's, wherever they run.
process.env.TZ = "Asia/Tokyo";

export default defineConfig({
  plugins: [svelte(), messages()],
  test: { include: ["tests/unit/**/*.test.ts"], environment: "node" },
});
